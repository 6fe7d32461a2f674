"""Creation functions of the Array API standard.

All take `dtype` (default: the device's default float, or what the values say) and `device` (a
Device, a filter string, or None for the default device).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array, allocated
from xpuarray.errors import ImplicitTransferError
from xpuarray.functions.data_types import as_dtype, default_float
from xpuarray.functions.operators import operations
from xpuarray.placement.devices import Device, as_device

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "full", "full_like", "linspace", "meshgrid",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip

Shape = int | Sequence[int]
Place = Device | str | None


def asarray(obj: Any, /, dtype: Any = None, *, device: Place = None, copy: bool | None = None) -> Array:
    """An array on `device` with the values of `obj`: nested sequences, scalars, or an array.

    An xpuarray array stays on its device unless `device` says otherwise. A NumPy array is copied to
    the device (this is the place where that happens). Arrays of other libraries come in through
    `from_dlpack`.

    copy: True always copies; False raises ValueError where a copy is needed; None copies if it must

    Raises UnsupportedDTypeError if the device has no `dtype`; without `dtype`, doubles become
    singles on devices that have none.

    >>> xp.asarray([1, 2, 3], device="opencl:cpu")                        # doctest: +SKIP
    """
    if isinstance(obj, Array):
        return from_array(obj, dtype, device, copy)
    place = as_device(device)
    if copy is False:
        raise ValueError("asarray: values on the host can't become an array on a device without a copy")
    if hasattr(obj, "__dlpack__") and not isinstance(obj, (np.ndarray, np.generic)):
        return from_array(operations["from_dlpack"](obj), dtype, device, copy)
    values = np.asarray(_without_arrays(obj))
    if dtype is not None:
        wanted = as_dtype(dtype, place)
        values = _exactly(obj, values, wanted)
    else:
        wanted = as_dtype(place.info.fit(values.dtype), place)
        values = values.astype(wanted, copy=False)
    return allocated(place.runtime.from_host(values), place)


def from_array(x: Array, dtype: Any, device: Place, copy: bool | None) -> Array:
    place = x.device if device is None else as_device(device)
    wanted = x.dtype if dtype is None else as_dtype(dtype, place)
    if copy is False and (wanted != x.dtype or place is not x.device):
        raise ValueError(f"asarray: {x.dtype} on {x.device} to {wanted} on {place} needs a copy")
    moved = x.to_device(place)
    if wanted != moved.dtype or (copy and moved is x):
        return operations["astype"](moved, wanted)
    return moved


def _without_arrays(obj: Any) -> Any:
    """Sequences may hold 0-d arrays: these are read; larger ones would be a hidden copy."""
    if isinstance(obj, Array):
        if obj.ndim:
            raise ImplicitTransferError("asarray: a sequence of arrays would be copied to the host; use xp.stack")
        return obj.item()
    if isinstance(obj, (list, tuple)):
        return [_without_arrays(o) for o in obj]
    return obj


def _exactly(obj: Any, values: np.ndarray, wanted: np.dtype) -> np.ndarray:
    if wanted.kind in "iu" and values.dtype.kind in "iuO" and not hasattr(obj, "dtype"):
        return np.array(_without_arrays(obj), dtype=wanted)  # raises OverflowError where one does not fit
    return values.astype(wanted, copy=False)


def _shape(shape: Shape) -> tuple[int, ...]:
    extents = (shape,) if hasattr(shape, "__index__") else tuple(shape)  # type: ignore[arg-type]
    extents = tuple(e.__index__() for e in extents)  # type: ignore[union-attr]
    if any(e < 0 for e in extents):
        raise ValueError(f"negative dimensions are not allowed: {extents}")
    return extents


def empty(shape: Shape, dtype: Any = None, *, device: Place = None) -> Array:
    """An array of `shape` whose values are not set."""
    place = as_device(device)
    extents, wanted = _shape(shape), _or_float(dtype, place)
    place.runtime.must_fit(extents, wanted)
    return allocated(place.runtime.empty(extents, wanted), place)


def zeros(shape: Shape, dtype: Any = None, *, device: Place = None) -> Array:
    """An array of `shape`, all zeros."""
    return full(shape, 0, _or_float(dtype, as_device(device)), device=device)


def ones(shape: Shape, dtype: Any = None, *, device: Place = None) -> Array:
    """An array of `shape`, all ones."""
    return full(shape, 1, _or_float(dtype, as_device(device)), device=device)


def full(shape: Shape, fill_value: Any, dtype: Any = None, *, device: Place = None) -> Array:
    """An array of `shape`, every element `fill_value` (whose kind decides the dtype)."""
    place = as_device(device)
    if isinstance(fill_value, Array):
        fill_value = fill_value.item()
    wanted = as_dtype(dtype, place) if dtype is not None else place.info.fit(np.asarray(fill_value).dtype)
    extents = _shape(shape)
    place.runtime.must_fit(extents, wanted)
    return allocated(place.runtime.create("full", extents, wanted.type(fill_value).item(), dtype=wanted), place)


def _or_float(dtype: Any, place: Device) -> np.dtype:
    return default_float(place) if dtype is None else as_dtype(dtype, place)


def empty_like(x: Array, /, dtype: Any = None, *, device: Place = None) -> Array:
    """An array of x's shape (and dtype and device, unless given) whose values are not set."""
    return empty(x.shape, x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def zeros_like(x: Array, /, dtype: Any = None, *, device: Place = None) -> Array:
    """Zeros of x's shape (and dtype and device, unless given)."""
    return zeros(x.shape, x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def ones_like(x: Array, /, dtype: Any = None, *, device: Place = None) -> Array:
    """Ones of x's shape (and dtype and device, unless given)."""
    return ones(x.shape, x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def full_like(x: Array, /, fill_value: Any, dtype: Any = None, *, device: Place = None) -> Array:
    """x's shape (and dtype and device, unless given), every element `fill_value`."""
    return full(x.shape, fill_value, x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Place = None) -> Array:
    """start, start + step, ... up to, but without, stop; `arange(n)` counts from 0.

    Raises ValueError for a step of 0.
    """
    place = as_device(device)
    first, last = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ValueError("arange: the step must not be 0")
    integers = all(isinstance(v, (int, np.integer)) for v in (first, last, step))
    wanted = np.dtype(np.int64) if dtype is None and integers else _or_float(dtype, place)
    place.runtime.must_fit((max(0, math.ceil((last - first) / step)),), wanted)
    return allocated(place.runtime.from_host(np.arange(first, last, step, dtype=wanted)), place)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Place = None, endpoint: bool = True
) -> Array:
    """`num` values from start to stop, evenly spaced; `endpoint` says whether stop is the last."""
    place = as_device(device)
    if num < 0:
        raise ValueError(f"linspace: num must not be negative: {num}")
    wanted = place.info.fit(np.result_type(start, stop, np.float64)) if dtype is None else as_dtype(dtype, place)
    place.runtime.must_fit((num,), wanted)
    return allocated(place.runtime.from_host(np.linspace(start, stop, num, dtype=wanted, endpoint=endpoint)), place)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Place = None) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere; shape (n_rows, n_cols)."""
    place = as_device(device)
    columns = n_rows if n_cols is None else n_cols
    wanted = _or_float(dtype, place)
    place.runtime.must_fit(_shape((n_rows, columns)), wanted)
    return allocated(place.runtime.create("eye", n_rows, columns, k=k, dtype=wanted), place)


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinate matrices from 1-dimensional coordinate vectors, "xy" (Cartesian) or "ij" (matrix)."""
    from xpuarray.core.dispatch import common_device, library_call

    place = common_device("meshgrid", *arrays)
    grids = library_call("meshgrid", place, "meshgrid", *(a._native for a in arrays), indexing=indexing)
    return tuple(Array(g, place) for g in grids)


def _triangle(name: str) -> Callable[..., Array]:
    def triangle(x: Array, /, k: int = 0) -> Array:
        from xpuarray.core.dispatch import common_device, library_call

        place = common_device(name, x)
        if x.ndim < 2:
            raise ValueError(f"{name}: needs at least two dimensions, not {x.ndim}")
        return Array(library_call(name, place, name, x._native, k=k), place)

    triangle.__name__ = triangle.__qualname__ = name
    side = {"tril": "above", "triu": "below"}[name]
    triangle.__doc__ = f"A copy of each matrix in x with the elements {side} the k-th diagonal set to 0."
    return triangle


tril, triu = _triangle("tril"), _triangle("triu")
