"""Creation functions of the Array API standard.

All take `dtype` (default: the device's default float, or what the values say) and `device` (a
Device, a filter string, or None for the default device).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from types import GenericAlias
from typing import TYPE_CHECKING, Any

import numpy as np

from xpuarray.core.array import Array, allocated, from_numpy, made_by_numpy, view_of
from xpuarray.core.dispatch import common_device, computed
from xpuarray.core.modes import current
from xpuarray.core.promotion import as_dtype, default_float, number_of
from xpuarray.core.shapes import as_extents
from xpuarray.core.shared_memory import suits_numpy
from xpuarray.core.typing import Like, Order, Place, Shape
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray, values_of
from xpuarray.functions.data_types import copied
from xpuarray.functions.manipulation import broadcast_to
from xpuarray.functions.operands import NUMBERS, as_operand, as_operands
from xpuarray.functions.orders import chosen, laid_out, like, stored
from xpuarray.lang.counterpart import counterpart
from xpuarray.placement.devices import Device, as_device

__all__ = [
    "array",
    "asanyarray",
    "ascontiguousarray",
    "asfortranarray",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "frombuffer",
    "fromiter",
    "full",
    "full_like",
    "identity",
    "isfortran",
    "meshgrid",
    "ndarray",
    "ones",
    "ones_like",
    "require",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]


def _shape(shape: Shape) -> tuple[int, ...]:
    # NumPy's integers would overflow in products, which Python's do not
    whole = type(shape) is tuple and all([type(e) is int for e in shape])
    extents: tuple[int, ...] = shape if whole else as_extents("new array", shape)  # type: ignore[assignment]
    if extents and min(extents) < 0:
        raise ValueError(f"negative dimensions are not allowed: {extents}")
    return extents


@counterpart("empty")
@checked
def empty(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None, like: Like = None) -> Array:
    """An array of `shape` whose values are not set."""
    if order != "C":
        return stored(chosen("empty", order), _shape(shape), lambda extents: empty(extents, dtype, device=device))
    place = as_device(device)
    extents, wanted = _shape(shape), _or_float(dtype, place)
    place.runtime.must_fit(extents, wanted)
    made = allocated(place.runtime.empty(extents, wanted), place)
    if (recorder := current().recorder) is not None:
        recorder.enter(made)
    return made


@counterpart("zeros")
@checked
def zeros(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None, like: Like = None) -> Array:
    """An array of `shape`, all zeros."""
    return _constant("zeros", shape, 0, dtype, order, device)


@counterpart("ones")
@checked
def ones(shape: Shape, dtype: Any = None, order: Order = "C", *, device: Place = None, like: Like = None) -> Array:
    """An array of `shape`, all ones."""
    return _constant("ones", shape, 1, dtype, order, device)


def _constant(name: str, shape: Shape, number: int, dtype: Any, order: Order, device: Place) -> Array:
    place = as_device(device)
    wanted = _or_float(dtype, place)
    if order != "C":
        return stored(chosen(name, order), _shape(shape), lambda extents: _filled(extents, number, wanted, place))
    return _filled(_shape(shape), number, wanted, place)


def _filled(extents: tuple[int, ...], number: Any, dtype: np.dtype, place: Device) -> Array:
    """number: as Python's"""
    if (recorder := current().recorder) is not None:
        made = recorder.filled(place, extents, dtype, number)
        if made is not None:
            return made
    if suits_numpy(place.runtime, math.prod(extents)):
        if type(number) is int and number == 0:  # and not -0.0
            return made_by_numpy(np.zeros(extents, dtype), place)
        values = np.empty(extents, dtype)
        values.fill(number)
        return made_by_numpy(values, place)
    place.runtime.must_fit(extents, dtype)
    if place.runtime.numpy_native and type(number) is int and number == 0:  # pages that the system has zeroed
        return allocated(place.runtime.create("zeros", extents, dtype=dtype), place)
    return allocated(place.runtime.create("full", extents, number, dtype=dtype), place)


@checked
def full(
    shape: Shape, fill_value: Any, dtype: Any = None, order: Order = "C", *, device: Place = None, like: Like = None
) -> Array:
    """An array of `shape`, every element `fill_value` (whose kind decides the dtype); or an array that broadcasts."""
    place = as_device(device)
    if not isinstance(fill_value, NUMBERS):
        value = as_operand("full", fill_value, place)
        if value.ndim:
            filled = empty(shape, value.dtype if dtype is None else dtype, order, device=place)
            filled[...] = value
            return filled
        fill_value = value.item()
    wanted = place.info.fit(values_of("full", fill_value).dtype) if dtype is None else as_dtype(dtype, place)
    number = number_of("full", fill_value, wanted)
    return stored(chosen("full", order), _shape(shape), lambda extents: _filled(extents, number, wanted, place))


class _TypeOfArrays(type):
    """Of NumPy's name for the type of arrays: ours are its instances."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Array)

    def __getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(cls, item)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, Array)


if TYPE_CHECKING:
    ndarray = Array
else:

    class ndarray(metaclass=_TypeOfArrays):  # noqa: N801
        """NumPy's name for `xp.Array`: `isinstance(x, xp.ndarray)`, and `xp.ndarray(shape, dtype)`, which is
        `xp.empty`.

        >>> import xpuarray as xp
        >>> isinstance(xp.ndarray((2, 3), xp.float32, device="host"), xp.ndarray)
        True
        """

        def __new__(
            cls,
            shape: Shape,
            dtype: Any = float,
            buffer: None = None,
            offset: int = 0,
            strides: None = None,
            order: Order = "C",
            *,
            device: Place = None,
        ) -> Array:
            if buffer is not None or offset or strides is not None:
                raise TypeError("ndarray: makes new memory; of a buffer write xp.frombuffer(buffer, dtype, -1, offset)")
            return empty(shape, None if dtype is float else dtype, order, device=device)


def _or_float(dtype: Any, place: Device) -> np.dtype:
    return default_float(place) if dtype is None else as_dtype(dtype, place)


@checked
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
    order, extents, wanted, place = _like("empty_like", prototype, dtype, order, shape, device)
    return like(prototype, order, extents, lambda e: empty(e, wanted, device=place))


@checked
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
    order, extents, wanted, place = _like("zeros_like", a, dtype, order, shape, device)
    return like(a, order, extents, lambda e: zeros(e, wanted, device=place))


@checked
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
    order, extents, wanted, place = _like("ones_like", a, dtype, order, shape, device)
    return like(a, order, extents, lambda e: ones(e, wanted, device=place))


@checked
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
    order, extents, wanted, place = _like("full_like", a, dtype, order, shape, device)
    if isinstance(fill_value, Array) and fill_value.ndim:
        filled = empty_like(a, wanted, order, shape=extents, device=place)
        filled[...] = fill_value
        return filled
    return like(a, order, extents, lambda e: full(e, fill_value, wanted, device=place))


def _like(
    name: str, x: Array, dtype: Any, order: Order, shape: Shape | None, device: Place
) -> tuple[Order, tuple[int, ...], Any, Place]:
    """The order, and shape, dtype and device: x's, unless given."""
    order = chosen(name, order)
    common_device(name, x)
    wanted = x.dtype if dtype is None else dtype
    return order, (x.shape if shape is None else _shape(shape)), wanted, (x.device if device is None else device)


@checked
def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = None,
    order: Order = "C",
    *,
    device: Place = None,
    like: Like = None,
) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere; shape (N, M)."""
    if chosen("eye", order) == "F":
        return eye(N if M is None else M, N, -k, dtype, device=device).transpose()
    place = as_device(device)
    columns = N if M is None else M
    wanted = _or_float(dtype, place)
    if suits_numpy(place.runtime, math.prod(_shape((N, columns)))):
        return from_numpy(np.eye(N, columns, k, wanted), place)
    place.runtime.must_fit((N, columns), wanted)
    return allocated(place.runtime.create("eye", N, columns, k=k, dtype=wanted), place)


@checked
def tril(m: Array, k: int = 0) -> Array:
    """A copy of each matrix in m with the elements above the k-th diagonal set to 0."""
    return _triangle("tril", m, k)


@checked
def triu(m: Array, k: int = 0) -> Array:
    """A copy of each matrix in m with the elements below the k-th diagonal set to 0."""
    return _triangle("triu", m, k)


def _triangle(name: str, m: Array, k: int) -> Array:
    place = common_device(name, m)
    if m.ndim == 0:
        raise ValueError(f"{name}: needs at least one dimension, not 0")
    if m.ndim == 1:  # as in NumPy, each row of a square matrix
        m = broadcast_to(m, (m.size, m.size))
    return computed(name, place, name, m, k=k)


@checked
def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: Order = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    device: Place = None,
    like: Like = None,
) -> Array:
    """A new array with the values of `object`: `asarray` with copy=True.

    ndmin, ndmax: so many dimensions at least; those that are added stand in front; and at most (0: any number)
    """
    made = isinstance(object, Array)
    x = asarray(object, dtype, order, device=device, copy=copy if made else None)
    if not 0 <= ndmax <= 64:
        raise ValueError(f"array: ndmax is between 0 and 64, not {ndmax}")
    if 0 < ndmax < x.ndim:
        raise ValueError(f"array: {x.ndim} dimensions, where ndmax is {ndmax}: its elements would be no numbers")
    return x.reshape((1,) * (ndmin - x.ndim) + x.shape) if x.ndim < ndmin else x


@checked
def copy(a: Array, order: Order = "K", subok: bool = False) -> Array:
    """A copy of a, stored in that order; "K": as a is."""
    return laid_out(a, chosen("copy", order), copy=True)


@checked
def ascontiguousarray(a: Any, dtype: Any = None, *, device: Place = None, like: Like = None) -> Array:
    """The array itself if its elements lie in row-major order without gaps, else a copy where they do."""
    x = asarray(a, dtype, device=device)
    return laid_out(x if x.ndim else x.reshape((1,)), "C")  # as NumPy has it


@checked
def asfortranarray(a: Any, dtype: Any = None, *, device: Place = None, like: Like = None) -> Array:
    """The array itself if its elements lie column by column without gaps, else a copy where they do."""
    x = asarray(a, dtype, "F", device=device)
    return x if x.ndim else x.reshape((1,))


@checked
def isfortran(a: Array) -> bool:
    """Whether a's elements lie column by column without gaps, and not row by row."""
    return bool(a.flags.fnc)


@checked
def require(a: Any, dtype: Any = None, requirements: Any = None, *, device: Place = None, like: Like = None) -> Array:
    """a as an array with what is required: NumPy's "C", "F", "A", "W" and "E", one or several; a copy where it must be.

    Raises ValueError for "C" together with "F"; for "O", as who owns memory is not known here.
    """
    wanted = {_REQUIREMENTS.get(str(r).upper(), str(r)) for r in requirements or ()}
    unknown = wanted - set(_REQUIREMENTS.values())
    if unknown or wanted >= {"C", "F"}:
        raise ValueError(f"require: C or F, A, W and E can be required, not {requirements!r}")
    x = asarray(a, dtype, next(iter(wanted & {"C", "F"}), None), device=device)
    return laid_out(x, "K", copy=True) if "W" in wanted and not x.flags.writeable else x


_REQUIREMENTS = {
    **{"C": "C", "C_CONTIGUOUS": "C", "CONTIGUOUS": "C", "F": "F", "F_CONTIGUOUS": "F", "FORTRAN": "F"},
    **{"A": "A", "ALIGNED": "A", "W": "W", "WRITEABLE": "W", "E": "E", "ENSUREARRAY": "E"},
}


@checked
def identity(n: int, dtype: Any = None, *, device: Place = None, like: Like = None) -> Array:
    """The (n, n) matrix with ones on its diagonal."""
    return eye(n, dtype=dtype, device=device)


# -- arrays -------------------------------------------------------------------------------------


@checked
def asanyarray(
    a: Any, dtype: Any = None, order: Order = None, *, device: Place = None, copy: bool | None = None, like: Like = None
) -> Array:
    """`asarray`."""
    return asarray(a, dtype, order, device=device, copy=copy)


@checked
def frombuffer(
    buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, device: Place = None, like: Like = None
) -> Array:
    """The elements that the bytes of a buffer are, copied to a device.

    count, offset: how many (-1: all), from which byte on
    """
    return asarray(np.frombuffer(buffer, dtype, count, offset), device=device)


@checked
def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, device: Place = None, like: Like = None) -> Array:
    """The elements that an iterable gives (`count`: the first so many), copied to a device."""
    return asarray(np.fromiter(iter, dtype, count), device=device)


@checked
def meshgrid(*xi: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinate matrices from coordinate vectors, "xy" (Cartesian) or "ij" (matrix); `sparse`: what broadcasts to
    them; `copy=False`: views, to be read only where elements repeat.
    """
    xi = tuple(as_operands("meshgrid", xi))
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is 'xy' or 'ij', not {indexing!r}")
    n = len(xi)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [x.reshape([-1 if order[k] == axis else 1 for axis in range(n)]) for k, x in enumerate(xi)]
    if not sparse and n:
        whole = np.broadcast_shapes(*(grid.shape for grid in grids))
        library = xi[0].device.runtime.library
        grids = [view_of(grid, library.broadcast_to(grid._native, whole)) for grid in grids]
    if copy:
        return tuple(copied(grid) for grid in grids)
    for grid in grids:
        grid._read_only |= not sparse and n > 1  # elements repeat
    return tuple(grids)
