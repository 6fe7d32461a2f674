"""Searching functions of the Array API standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, corrected_call, explaining, library_call, record, route
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import small
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import promote
from xpuarray.functions.operators import operation, operations
from xpuarray.functions.reductions import normalise_axes
from xpuarray.functions.reductions import sum as total
from xpuarray.fusion import place_by_kernel
from xpuarray.kernels import arg_reduce as kernels

__all__ = ["argmax", "argmin", "count_nonzero", "nonzero", "searchsorted"]


@operation
def nonzero(x: Array, /) -> tuple[Array, ...]:
    """One array of indices (int64) per dimension: where x is not 0, in row-major order."""
    device = common_device("nonzero", x)
    if x.ndim == 0:
        raise ValueError("nonzero needs at least one dimension")
    return tuple(Array(part, device) for part in corrected_call("nonzero", device, "nonzero", x._native))


@operation
def count_nonzero(x: Array, /, *, axis: Any = None, keepdims: bool = False) -> Array:
    """How many elements are not 0, over `axis` (default: all); int64."""
    return total(x != 0, axis=axis, keepdims=keepdims)


@operation
def searchsorted(x1: Array, x2: Any, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """The positions (int64) in the sorted 1-dimensional x1 at which x2's elements, or the scalar x2, keep it sorted."""
    device = common_device("searchsorted", x1, x2, *([] if sorter is None else [sorter]))
    library = device.runtime.library
    dtype = promote(device, x1, x2)
    if not isinstance(x2, Array):
        x2 = full((), x2, dtype, device=device)
    haystack, needles = (library.astype(a._native, dtype) for a in (x1, x2))
    order = {} if sorter is None else {"sorter": sorter._native}
    found = corrected_call("searchsorted", device, "searchsorted", haystack, needles, side=side, **order)
    return Array(library.astype(library.asarray(found), np.int64, copy=False), device)


def _extreme(name: str, extreme: str, better: Callable[..., Any]) -> Callable[..., Array]:
    def function(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
        device = common_device(name, x)
        if x.dtype.kind == "c":
            raise UnsupportedDTypeError(f"{name} is not defined for {x.dtype}")
        axes = normalise_axes(name, axis, x.ndim)
        if 0 in [x.shape[k] for k in axes]:
            raise ValueError(f"{name}: there is no {extreme} element of nothing")
        if x.size <= device.runtime.host_until > 0 and route() == "auto":
            if explaining():
                record(name, device, f"NumPy {name} on shared memory")
            value = getattr(np, name)(x._host_values(), axis=axis, keepdims=keepdims)
            return small.made(np.asarray(value, np.int64), device)
        if x.size and x.ndim and x.dtype != np.float16:
            places = place_by_kernel(x, axes, better)
            if places is not None:
                kept = tuple(1 if k in axes else extent for k, extent in enumerate(x.shape))
                return operations["reshape"](places, kept) if keepdims else places
        library = device.runtime.library
        stand_in = device.runtime.faults.correction(name, x.dtype)
        if stand_in is None:
            found = library_call(name, device, name, x._native, axis=axis, keepdims=keepdims)
        else:
            record(name, device, f"library {library.__name__}.{name}, corrected")
            found = stand_in(library, x._native, axis=axis, keepdims=keepdims)
        found = library.asarray(found)
        return Array(library.astype(found, np.int64, copy=False), device)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""The index (int64) of the first {extreme} element along `axis` (None: of x flattened).

    NaN counts as more extreme than any number.

    Raises ValueError if there is none.
    """
    return operation(function)


argmax, argmin = _extreme("argmax", "greatest", kernels.greater), _extreme("argmin", "least", kernels.less)
