"""Sorting functions of the Array API standard, by the device's library."""

from __future__ import annotations

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.functions.operators import operation

__all__ = ["argsort", "sort"]


@operation
def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """A sorted copy of x along `axis`.  Raises TypeError for 0 dimensions."""
    return _sorted("sort", x, axis, descending, stable)


@operation
def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The indices (int64) that sort x along `axis`."""
    return _sorted("argsort", x, axis, descending, stable)


def _sorted(name: str, x: Array, axis: int, descending: bool, stable: bool) -> Array:
    device = common_device(name, x)
    library = device.runtime.library
    if not descending:
        return Array(library_call(name, device, name, x._native, axis=axis, stable=stable), device)
    if hasattr(library, "usm_ndarray"):
        native = library_call(name, device, name, x._native, axis=axis, descending=True, stable=stable)
        return Array(native, device)
    # NumPy has no descending order: sort what is flipped, flip back, and equals keep their order.
    flipped = library.flip(x._native, axis=axis)
    native = library.flip(library_call(name, device, name, flipped, axis=axis, stable=stable), axis=axis)
    return Array(native if name == "sort" else x.shape[axis] - 1 - native, device)
