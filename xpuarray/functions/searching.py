"""Places of elements: of those that are not 0, of extremes, in what is sorted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array, from_numpy, result_of
from xpuarray.core.dispatch import common_device, computed, corrected_call
from xpuarray.core.promotion import promote
from xpuarray.core.quick import at_hand
from xpuarray.core.shapes import reduced, reduced_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy
from xpuarray.core.typing import Axis
from xpuarray.functions import reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import as_comparand, as_operand
from xpuarray.functions.signatures import write_out
from xpuarray.fusion import place_by_kernel
from xpuarray.kernels import arg_reduce as kernels
from xpuarray.lang.counterpart import counterpart

__all__ = ["argmax", "argmin", "count_nonzero", "nonzero", "searchsorted"]


@checked
def nonzero(a: Array) -> tuple[Array, ...]:
    """One array of indices (int64) per dimension: where a is not 0, in row-major order."""
    device = common_device("nonzero", a)
    if a.ndim == 0:
        raise ValueError("nonzero needs at least one dimension")
    return computed("nonzero", device, "nonzero", a)


@counterpart("count_nonzero")
@checked
def count_nonzero(a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """How many elements are not 0, over `axis` (default: all); int64."""
    return reductions.sum(a != 0, axis=axis, keepdims=keepdims)


@checked
def searchsorted(a: Array, v: Any, side: str = "left", sorter: Array | None = None) -> Array:
    """The positions (int64) in the sorted 1-dimensional a at which v's elements, an array or numbers, keep it sorted.

    side: "left": before equal elements; "right": behind them
    sorter: indices that sort a, if it is not sorted
    """
    v = as_comparand("searchsorted", v, a)
    device = common_device("searchsorted", a, v, *([] if sorter is None else [sorter]))
    dtype = promote(device, a, v)
    haystack, needles = (astype(x, dtype, copy=False) for x in (a, v))
    found = computed("searchsorted", device, "searchsorted", haystack, needles, side=side, sorter=sorter)
    return astype(found, np.int64, copy=False)


@counterpart("argmax")
def argmax(a: Array, axis: int | None = None, out: Array | None = None, keepdims: bool = False) -> Array:
    """The index (int64) of the first greatest element along `axis` (None: of a flattened).

    NaN counts as more extreme than any number.

    Raises ValueError if there is none.
    """
    value = _extreme("argmax", kernels.greater, a, axis, keepdims)
    return value if out is None else write_out("argmax", value, out)


@counterpart("argmin")
def argmin(a: Array, axis: int | None = None, out: Array | None = None, keepdims: bool = False) -> Array:
    """The index (int64) of the first least element along `axis` (None: of a flattened).

    NaN counts as more extreme than any number.

    Raises ValueError if there is none.
    """
    value = _extreme("argmin", kernels.less, a, axis, keepdims)
    return value if out is None else write_out("argmin", value, out)


def _extreme(name: str, better: Callable[..., Any], x: Array, axis: int | None, keepdims: bool) -> Array:
    if type(x) is not Array:
        x = as_operand(name, x, None)
    device = x._device
    values = at_hand(x)
    if values is not None and (axis is None or (type(axis) is int and -values.ndim <= axis < values.ndim)):
        found: Any = values.argmax if name == "argmax" else values.argmin
        return from_numpy(found(axis, keepdims=keepdims).astype(np.int64, copy=False), device)
    if isinstance(axis, (tuple, list)):
        raise TypeError(f"{name}: axis is an integer or None, not {axis}")
    axes = reduced_axes(name, axis, x.ndim)
    axis = axis if x.ndim else None
    if 0 in [x.shape[k] for k in axes]:
        extreme = "greatest" if name == "argmax" else "least"
        raise ValueError(f"{name}: there is no {extreme} element of nothing")
    if suits_numpy(device.runtime, x.size):
        return by_numpy(name, device, getattr(np, name), x._host_values(), axis=axis, keepdims=keepdims)
    if x.dtype == np.float16:  # of which there are no kernels; CuPy 14 finds any of several
        x = astype(x, np.float32)
    if x.size and x.ndim and x.dtype.kind != "c":
        places = place_by_kernel(x, axes, better)
        if places is not None:
            return places.reshape(reduced(x.shape, axes, keepdims)[0]) if keepdims else places
    options = {"axis": axis, "keepdims": keepdims}
    found = corrected_call(name, device, name, x._native, **options)
    library = device.runtime.library
    return result_of(library.astype(library.asarray(found), np.int64, copy=False), device)
