"""Creation functions of the Array API standard.

All take `dtype` (default: the device's default float, or what the values say) and `device` (a
Device, a filter string, or None for the default device).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from xpuarray.core.array import Array, allocated
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.promotion import as_dtype, default_float, number_of
from xpuarray.core.typing import Order, Place, Shape
from xpuarray.errors import ImplicitTransferError
from xpuarray.functions import exchange
from xpuarray.functions.data_types import from_array
from xpuarray.functions.signatures import check_ignored
from xpuarray.placement.devices import Device, as_device
from xpuarray.text import integer

__all__ = [
    "array",
    "asanyarray",
    "asarray",
    "ascontiguousarray",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "frombuffer",
    "fromiter",
    "full",
    "full_like",
    "identity",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def asarray(a: Any, dtype: Any = None, order: Order = None, *, device: Place = None, copy: bool | None = None) -> Array:
    """An array on `device` with the values of `a`: nested sequences, scalars, or an array.

    An xpuarray array stays on its device unless `device` says otherwise; so do sequences of 0-dimensional ones, whose
    dtypes count. A NumPy array is copied to
    the device (this is the place where that happens). Arrays of other libraries come in through
    `from_dlpack`.

    copy: True always copies; False raises ValueError where a copy is needed; None copies if it must

    Raises UnsupportedDTypeError if the device has no `dtype`; without `dtype`, doubles become
    singles on devices that have none.

    >>> xp.asarray([1, 2, 3], device="opencl:cpu")                        # doctest: +SKIP
    """
    check_ignored("asarray", order=order)
    if isinstance(a, Array):
        return from_array(a, dtype, device, copy)
    elements: list[Array] = []
    a = _without_arrays(a, elements)
    place = common_device("asarray", *elements) if elements and device is None else as_device(device)
    if copy is False:
        raise ValueError("asarray: values on the host can't become an array on a device without a copy")
    if hasattr(a, "__dlpack__") and not isinstance(a, (np.ndarray, np.generic)):
        return from_array(exchange.from_dlpack(a), dtype, device, copy)
    values = _values("asarray", a)
    if dtype is not None:
        wanted = as_dtype(dtype, place)
        values = _exactly(a, values, wanted)
    else:
        wanted = as_dtype(place.info.fit(values.dtype), place)
        values = values.astype(wanted, copy=False)
    if values.dtype == np.bool_ and hasattr(a, "dtype"):
        values = values.view(np.uint8) != 0  # others' memory may have other bytes than 0 and 1
    return allocated(place.runtime.from_host(values), place)


def _values(name: str, a: Any) -> np.ndarray:
    """NumPy's array of `a`.  Raises OverflowError for integers beyond 64 bits, of which NumPy makes objects."""
    values = np.asarray(a)
    if values.dtype == object:
        beyond = [v for v in values.flat if isinstance(v, int) and not -(2**63) <= v < 2**64]
        if beyond:
            raise OverflowError(f"{name}: {integer(beyond[0])} does not fit into int64 or uint64")
    return values


def _without_arrays(obj: Any, found: list[Array]) -> Any:
    """Sequences may hold 0-d arrays: these are read, and listed in `found`; larger ones would be a hidden copy."""
    if isinstance(obj, Array):
        if obj.ndim:
            raise ImplicitTransferError("asarray: a sequence of arrays would be copied to the host; use xp.stack")
        found.append(obj)
        return obj._scalar()
    if isinstance(obj, (list, tuple)):
        return [_without_arrays(o, found) for o in obj]
    return obj


def _exactly(obj: Any, values: np.ndarray, wanted: np.dtype) -> np.ndarray:
    if wanted.kind in "iu" and not hasattr(obj, "dtype"):
        return np.array(obj, dtype=wanted)  # raises OverflowError where one does not fit, ValueError for NaN
    return values.astype(wanted, copy=False)


def _shape(shape: Shape) -> tuple[int, ...]:
    extents = (shape,) if hasattr(shape, "__index__") else tuple(shape)  # type: ignore[arg-type]
    extents = tuple(e.__index__() for e in extents)  # type: ignore[union-attr]
    if any(e < 0 for e in extents):
        raise ValueError(f"negative dimensions are not allowed: {extents}")
    return extents


def empty(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None) -> Array:
    """An array of `shape` whose values are not set."""
    check_ignored("empty", order=order)
    place = as_device(device)
    extents, wanted = _shape(shape), _or_float(dtype, place)
    place.runtime.must_fit(extents, wanted)
    return allocated(place.runtime.empty(extents, wanted), place)


def zeros(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None) -> Array:
    """An array of `shape`, all zeros."""
    return full(shape, 0, _or_float(dtype, as_device(device)), order, device=device)


def ones(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None) -> Array:
    """An array of `shape`, all ones."""
    return full(shape, 1, _or_float(dtype, as_device(device)), order, device=device)


def full(shape: Shape, fill_value: Any, dtype: Any = None, order: Order = "C", *, device: Place = None) -> Array:
    """An array of `shape`, every element `fill_value` (whose kind decides the dtype)."""
    check_ignored("full", order=order)
    place = as_device(device)
    if isinstance(fill_value, Array):
        fill_value = fill_value.item()
    wanted = as_dtype(dtype, place) if dtype is not None else place.info.fit(_values("full", fill_value).dtype)
    extents = _shape(shape)
    place.runtime.must_fit(extents, wanted)
    return allocated(place.runtime.create("full", extents, number_of("full", fill_value, wanted), dtype=wanted), place)


def _or_float(dtype: Any, place: Device) -> np.dtype:
    return default_float(place) if dtype is None else as_dtype(dtype, place)


def empty_like(
    prototype: Array,
    dtype: Any = None,
    order: Order = "K",
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: Place = None,
) -> Array:
    """An array of the prototype's shape (and dtype and device, unless given) whose values are not set."""
    extents, wanted, place = _like("empty_like", prototype, dtype, order, shape, device)
    return empty(extents, wanted, device=place)


def zeros_like(
    a: Array,
    dtype: Any = None,
    order: Order = "K",
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: Place = None,
) -> Array:
    """Zeros of a's shape (and dtype and device, unless given)."""
    extents, wanted, place = _like("zeros_like", a, dtype, order, shape, device)
    return zeros(extents, wanted, device=place)


def ones_like(
    a: Array,
    dtype: Any = None,
    order: Order = "K",
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: Place = None,
) -> Array:
    """Ones of a's shape (and dtype and device, unless given)."""
    extents, wanted, place = _like("ones_like", a, dtype, order, shape, device)
    return ones(extents, wanted, device=place)


def full_like(
    a: Array,
    fill_value: Any,
    dtype: Any = None,
    order: Order = "K",
    subok: bool = True,
    shape: Shape | None = None,
    *,
    device: Place = None,
) -> Array:
    """a's shape (and dtype and device, unless given), every element `fill_value`."""
    extents, wanted, place = _like("full_like", a, dtype, order, shape, device)
    return full(extents, fill_value, wanted, device=place)


def _like(
    name: str, x: Array, dtype: Any, order: Order, shape: Shape | None, device: Place
) -> tuple[Shape, Any, Place]:
    """Shape, dtype and device: x's, unless given."""
    check_ignored(name, order=order)
    common_device(name, x)
    wanted = x.dtype if dtype is None else dtype
    return (x.shape if shape is None else shape), wanted, (x.device if device is None else device)


def eye(
    N: int, M: int | None = None, k: int = 0, dtype: Any = None, order: Order = "C", *, device: Place = None
) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere; shape (N, M)."""
    check_ignored("eye", order=order)
    place = as_device(device)
    columns = N if M is None else M
    wanted = _or_float(dtype, place)
    place.runtime.must_fit(_shape((N, columns)), wanted)
    return allocated(place.runtime.create("eye", N, columns, k=k, dtype=wanted), place)


def tril(m: Array, k: int = 0) -> Array:
    """A copy of each matrix in m with the elements above the k-th diagonal set to 0."""
    return _triangle("tril", m, k)


def triu(m: Array, k: int = 0) -> Array:
    """A copy of each matrix in m with the elements below the k-th diagonal set to 0."""
    return _triangle("triu", m, k)


def _triangle(name: str, m: Array, k: int) -> Array:
    place = common_device(name, m)
    if m.ndim < 2:
        raise ValueError(f"{name}: needs at least two dimensions, not {m.ndim}")
    return Array(library_call(name, place, name, m._native, k=k), place)


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Order = "K",
    subok: bool = False,
    ndmin: int = 0,
    device: Place = None,
) -> Array:
    """A new array with the values of `object`: `asarray` with copy=True.

    ndmin: so many dimensions at least; those that are added stand in front
    """
    check_ignored("array", order=order)
    made = isinstance(object, Array)
    x = asarray(object, dtype, device=device, copy=copy if made else None)
    return x.reshape((1,) * (ndmin - x.ndim) + x.shape) if x.ndim < ndmin else x


def copy(a: Array, order: Order = "K", subok: bool = False) -> Array:
    """A copy of a."""
    return asarray(a, None, order, copy=True)


def ascontiguousarray(a: Any, dtype: Any = None, *, device: Place = None) -> Array:
    """The array itself if its elements lie in row-major order without gaps, else a copy where they do."""
    x = asarray(a, dtype, device=device)
    return x if x._native.flags.c_contiguous else asarray(x, copy=True)


def identity(n: int, dtype: Any = None, *, device: Place = None) -> Array:
    """The (n, n) matrix with ones on its diagonal."""
    return eye(n, dtype=dtype, device=device)


# -- arrays -------------------------------------------------------------------------------------


def asanyarray(a: Any, dtype: Any = None, order: Order = None, *, device: Place = None) -> Array:
    """`asarray`."""
    return asarray(a, dtype, order, device=device)


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, device: Place = None) -> Array:
    """The elements that the bytes of a buffer are, copied to a device.

    count, offset: how many (-1: all), from which byte on
    """
    return asarray(np.frombuffer(buffer, dtype, count, offset), device=device)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, device: Place = None) -> Array:
    """The elements that an iterable gives (`count`: the first so many), copied to a device."""
    return asarray(np.fromiter(iter, dtype, count), device=device)


def meshgrid(*xi: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinate matrices from coordinate vectors, "xy" (Cartesian) or "ij" (matrix); `sparse`: what broadcasts to
    them.  Always copies.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    n = len(xi)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [x.reshape([-1 if order[k] == axis else 1 for axis in range(n)]) for k, x in enumerate(xi)]
    if not sparse and n:
        place = common_device("meshgrid", *xi)
        whole = np.broadcast_shapes(*(grid.shape for grid in grids))
        library = place.runtime.library
        grids = [Array(library.broadcast_to(grid._native, whole), place) for grid in grids]
    return tuple(asarray(grid, copy=True) for grid in grids)
