"""Indexing: views by integers and slices, copies by masks and integer arrays, and assignment."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.array import Array
from xpuarray.data_types import astype
from xpuarray.dispatch import common_device, library_call, record, reject
from xpuarray.operators import operation

__all__ = ["take", "take_along_axis"]


def _native_key(x: Array, key: Any) -> tuple[Any, bool]:
    """The key with our arrays unwrapped, and whether it makes a view."""
    parts = key if isinstance(key, tuple) else (key,)
    native: list[Any] = []
    view = True
    for part in parts:
        if isinstance(part, Array):
            common_device("indexing", x, part)
            if part.dtype.kind not in "biu":
                raise IndexError(f"an index array must be of integers or bool, not {part.dtype}")
            if part.ndim == 0 and part.dtype.kind in "iu":
                native.append(int(part))
                continue
            view = False
            native.append(part._native)
        elif getattr(part, "ndim", 0) and hasattr(part, "dtype"):
            reject("indexing", part)
        elif part is None or part is Ellipsis or isinstance(part, (slice, int)) or hasattr(part, "__index__"):
            native.append(part)
        elif isinstance(part, list):
            view = False
            native.append(x.device.runtime.from_host(np.asarray(part, dtype=None if part else np.int64)))
        else:
            raise IndexError(f"an index is an int, a slice, ..., None, or an array of int or bool, not {part!r}")
    return (tuple(native) if isinstance(key, tuple) else native[0]), view


@operation
def getitem(x: Array, key: Any) -> Array:
    """x[key]: a view for integers, slices, `...` and None; a copy for masks and integer arrays.

    Raises IndexError out of bounds.
    """
    native_key, view = _native_key(x, key)
    device = x.device
    if not view:
        record("getitem", device, f"library {device.info.backend} indexing")
    with device.runtime.active():
        native = x._native[native_key]
    return Array(device.runtime.library.asarray(native) if isinstance(native, np.generic) else native, device)


@operation
def setitem(x: Array, key: Any, value: Any) -> None:
    """x[key] = value, converted to x's dtype; `value` is a scalar or an array that broadcasts.

    Raises PlacementError if `value` is on another device, ImplicitTransferError for arrays of other
    libraries, ValueError if it does not broadcast, IndexError out of bounds.
    """
    native_key, _ = _native_key(x, key)
    if isinstance(value, Array):
        common_device("setitem", x, value)
        if value.dtype.kind == "c" and x.dtype.kind != "c":
            raise TypeError(f"setitem: {value.dtype} does not fit into {x.dtype}")
        native = astype(value, x.dtype, copy=False)._native
    elif isinstance(value, (bool, int, float, complex, np.generic)):
        native = x.dtype.type(value).item()
    elif isinstance(value, (list, tuple)):
        native = x.device.runtime.from_host(np.asarray(value, dtype=x.dtype))
    else:
        reject("setitem", value)
    record("setitem", x.device, f"library {x.device.info.backend} assignment")
    with x.device.runtime.active():
        x._native[native_key] = native


@operation
def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The elements of x along `axis` at `indices` (1-dimensional integers); a copy.

    Raises IndexError out of bounds.
    """
    device = common_device("take", x, indices)
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"take: axis is needed for {x.ndim} dimensions")
        axis = 0
    _check_bounds("take", indices, x.shape[axis])
    return Array(library_call("take", device, "take", x._native, indices._native, axis=axis), device)


@operation
def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """The elements of x at `indices` along `axis`; both have as many dimensions; a copy."""
    device = common_device("take_along_axis", x, indices)
    _check_bounds("take_along_axis", indices, x.shape[axis])
    return Array(
        library_call("take_along_axis", device, "take_along_axis", x._native, indices._native, axis=axis), device
    )


def _check_bounds(name: str, indices: Array, extent: int) -> None:
    """dpnp wraps or clips indices out of bounds instead of complaining; NumPy raises, and so do we."""
    if indices.size == 0:
        return
    library = indices.device.runtime.library
    low, high = int(library.min(indices._native)), int(library.max(indices._native))
    if low < -extent or high >= extent:
        raise IndexError(f"{name}: index {low if low < -extent else high} is out of bounds for extent {extent}")
