"""NumPy's functions of order and of sets beyond the Array API standard: composed of `argsort` and `take`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.numpy_outputs import beside
from xpuarray.functions.reductions import normalise_axes

__all__ = [
    "argpartition", "intersect1d", "lexsort", "partition", "setdiff1d", "setxor1d", "union1d", "unique",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete

# -- order --------------------------------------------------------------------------------------


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The indices (int64) that sort by several keys: by the last one, where that is equal by the one before, ...

    keys: arrays of one shape, or an array whose first dimension counts them
    """
    if isinstance(keys, Array) and keys.ndim < 1:
        raise TypeError("lexsort: needs a sequence of keys, or an array of at least one dimension")
    parts = [keys[k] for k in range(keys.shape[0])] if isinstance(keys, Array) else list(keys)
    if not parts:
        raise TypeError("lexsort: needs at least one key")
    common_device("lexsort", *parts)
    if len({p.shape for p in parts}) > 1:
        raise ValueError(f"lexsort: the keys have different shapes: {[p.shape for p in parts]}")
    if parts[0].ndim == 0:
        return xp.zeros((), np.int64, device=parts[0].device)
    order = xp.argsort(parts[0], axis=axis, stable=True)
    for key in parts[1:]:
        ordered = xp.take_along_axis(key, order, axis=axis)
        order = xp.take_along_axis(order, xp.argsort(ordered, axis=axis, stable=True), axis=axis)
    return order


def _places(name: str, a: Array, kth: Any, axis: int | None) -> tuple[Array, int]:
    """The array to sort and the axis, after a look at `kth`."""
    common_device(name, a)
    x = xp.reshape(a, (-1,)) if axis is None else a
    (axis,) = normalise_axes(name, -1 if axis is None else axis, x.ndim)
    for k in np.atleast_1d(np.asarray(kth)).tolist():
        if not -x.shape[axis] <= k < x.shape[axis]:
            raise ValueError(f"{name}: kth {k} is out of bounds for {x.shape[axis]} elements")
    return x, axis


def partition(a: Array, kth: Any, axis: int | None = -1, kind: str = "introselect", order: None = None) -> Array:
    """A copy of a along `axis` (None: flattened) in which the element `kth`, an index or several, is where sorting
    would put it, smaller ones before it and greater ones behind.  (It is sorted: no device selects faster.)
    """
    x, axis = _places("partition", a, kth, axis)
    return xp.sort(x, axis=axis)


def argpartition(a: Array, kth: Any, axis: int | None = -1, kind: str = "introselect", order: None = None) -> Array:
    """The indices (int64) that make a `partition` of a."""
    x, axis = _places("argpartition", a, kth, axis)
    return xp.argsort(x, axis=axis)


# -- sets ---------------------------------------------------------------------------------------


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The different elements of ar, or (`axis`) its different parts along that, ascending; and, if asked for, where
    each occurs first, which of them each element is, and how often each occurs.

    equal_nan: all NaN count as one element
    """
    x = beside("unique", ar, None)
    if axis is None:
        rows, order = xp.reshape(x, (-1,)), None
        order = xp.argsort(rows, stable=True)
        ordered = xp.take(rows, order)
        differ = ordered[1:] != ordered[:-1]
        if equal_nan and x.dtype.kind in "fc":
            differ = differ & ~(xp.isnan(ordered[1:]) & xp.isnan(ordered[:-1]))
    else:
        (axis,) = normalise_axes("unique", axis, x.ndim)
        parts = xp.moveaxis(x, axis, 0)
        rows = xp.reshape(parts, (parts.shape[0], parts.size // max(parts.shape[0], 1)))
        columns = xp.permute_dims(rows, (1, 0))
        order = lexsort(xp.flip(columns, axis=0)) if rows.shape[1] else xp.arange(rows.shape[0], device=x.device)
        ordered = xp.take(rows, order, axis=0)
        differ = xp.any(ordered[1:] != ordered[:-1], axis=1)
    n = rows.shape[0]
    first = xp.concat([xp.ones(min(n, 1), np.bool_, device=x.device), differ[: max(n - 1, 0)]])
    (starts,) = xp.nonzero(first)
    values = xp.take(ordered, starts, axis=0)
    if axis is not None:
        values = xp.moveaxis(xp.reshape(values, (starts.size, *parts.shape[1:])), 0, axis)
    found = [values]
    if return_index:
        found.append(xp.take(order, starts))
    if return_inverse:
        inverse = xp.empty(n, np.int64, device=x.device)
        if n:
            inverse[order] = xp.cumulative_sum(xp.astype(first, np.int64)) - 1
        found.append(xp.reshape(inverse, x.shape) if axis is None else inverse)
    if return_counts:
        ends = xp.concat([starts, xp.full(1, n, np.int64, device=x.device)])
        found.append((ends[1:] - ends[:-1]) if n else starts)
    return found[0] if len(found) == 1 else tuple(found)


def _flat(name: str, *arrays: Any) -> list[Array]:
    device = next((a.device for a in arrays if isinstance(a, Array)), None)
    parts = [xp.reshape(beside(name, a, device), (-1,)) for a in arrays]
    common_device(name, *parts)
    return parts


def union1d(ar1: Any, ar2: Any) -> Array:
    """The elements that are in either array, ascending, each once."""
    return unique(xp.concat(_flat("union1d", ar1, ar2)))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The elements that are in both arrays, ascending, each once.

    return_indices: also where each occurs first in ar1 and in ar2, flattened
    """
    a, b = _flat("intersect1d", ar1, ar2)
    (a, i), (b, j) = unique(a, return_index=True), unique(b, return_index=True)
    both = xp.isin(a, b)
    if not return_indices:
        return xp.astype(a[both], xp.result_type(a, b), copy=False)
    return xp.astype(a[both], xp.result_type(a, b), copy=False), i[both], j[xp.isin(b, a)]


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The elements of ar1 that are not in ar2, ascending and each once (`assume_unique`: in ar1's order)."""
    a, b = _flat("setdiff1d", ar1, ar2)
    a = a if assume_unique else unique(a)
    return a[xp.isin(a, b, invert=True)]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The elements that are in one of the arrays, but not in both, ascending, each once."""
    a, b = (unique(x) for x in _flat("setxor1d", ar1, ar2))
    values, counts = unique(xp.concat([a, b]), return_counts=True)
    return values[counts == 1]
