"""Sets: what elements there are, and which are in which."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, computed
from xpuarray.core.promotion import promote
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, within_reach
from xpuarray.functions import (
    creation,
    elementwise,
    indexing,
    joining,
    manipulation,
    ranges,
    reductions,
    scans,
    searching,
    sorting,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import astype, result_type
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_comparand, as_operand
from xpuarray.functions.sorting import lexsort

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


class UniqueAllResult(NamedTuple):
    """Of `unique_all`."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """Of `unique_counts`."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """Of `unique_inverse`."""

    values: Array
    inverse_indices: Array


#: function -> which of values, first indices, inverse and counts it returns
_PARTS = {"unique_all": (0, 1, 2, 3), "unique_counts": (0, 3), "unique_inverse": (0, 2), "unique_values": (0,)}


def _unique(name: str, x: Array) -> list[Array]:
    """The library's function; indices and counts are int64."""
    device = common_device(name, x)
    if device.runtime.faults.needs_kernel(name, x.dtype):
        found = unique(x, True, True, True, equal_nan=False)
        return [found[k] for k in _PARTS[name]]
    found = computed(name, device, name, x)
    values, *places = found if isinstance(found, tuple) else (found,)
    return [values, *(astype(a, np.int64, copy=False) for a in places)]


@checked
def unique_all(x: Array) -> UniqueAllResult:
    """x's distinct elements in ascending order, where each occurs first in x (flattened), which one each
    element of x is (in x's shape), and how often each occurs.  Every NaN is distinct.

    >>> xp.unique_all(xp.asarray([3, 1, 3])).counts                       # doctest: +SKIP
    """
    return UniqueAllResult(*_unique("unique_all", x))


@checked
def unique_counts(x: Array) -> UniqueCountsResult:
    """x's distinct elements in ascending order, and how often each occurs.  Every NaN is distinct."""
    return UniqueCountsResult(*_unique("unique_counts", x))


@checked
def unique_inverse(x: Array) -> UniqueInverseResult:
    """x's distinct elements in ascending order, and which one each element of x is (in x's shape)."""
    return UniqueInverseResult(*_unique("unique_inverse", x))


@checked
def unique_values(x: Array) -> Array:
    """x's distinct elements.  Every NaN is distinct."""
    return _unique("unique_values", x)[0]


@checked
def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: str | None = None
) -> Array:
    """Whether each element equals one of the test elements (`invert`: none of them); bool, in the shape of `element`.

    Either may be a number or a list of them.

    assume_unique, kind: have no effect

    >>> xp.isin(xp.asarray([1, 2, 3]), xp.asarray([2, 9]))                 # doctest: +SKIP
    """
    if kind not in (None, "sort", "table"):
        raise ValueError(f"isin: kind is None, 'sort' or 'table', not {kind!r}")
    x1, x2 = element, test_elements
    if not isinstance(x1, Array):
        x1 = as_comparand("isin", x1, x2) if isinstance(x2, Array) else as_operand("isin", x1, None)
    x2 = as_comparand("isin", x2, x1)
    device = common_device("isin", x1, x2)
    common = promote(device, x1, x2)
    if common.kind not in "biu" or within_reach(x1) is None:  # NumPy takes integers of two dtypes as they are
        x1, x2 = (astype(x, common, copy=False) for x in (x1, x2))
    if x1.size == 0 or x2.size == 0:
        return full(x1.shape, invert, np.bool_, device=device)
    values = [within_reach(x) for x in (x1, x2)]
    if all(v is not None for v in values):
        return by_numpy("isin", device, np.isin, *values, invert=invert)
    # The place of each element in x2's order, if it is there at all.
    ordered = sorting.sort(manipulation.ravel(x2))
    place = searching.searchsorted(ordered, manipulation.ravel(x1))
    found = indexing.take(ordered, elementwise.minimum(place, ordered.size - 1))
    same = manipulation.reshape(found == manipulation.ravel(x1), x1.shape)
    return elementwise.logical_not(same) if invert else same


# -- sets ---------------------------------------------------------------------------------------


@overload
def unique(
    ar: Any,
    return_index: Literal[False] = False,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Array: ...
@overload
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> tuple[Array, ...]: ...
@whole_by_numpy
@checked
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Array | tuple[Array, ...]:
    """The different elements of ar, or (`axis`) its different parts along that, ascending; and, if asked for, where
    each occurs first, which of them each element is, and how often each occurs.

    equal_nan: all NaN count as one element
    return_index, return_inverse, return_counts: ask for these, which come in this order
    sorted: has no effect
    """
    x = as_operand("unique", ar, None)
    if axis is None:
        rows = manipulation.reshape(x, (-1,))
        if return_index or return_inverse:
            order = sorting.argsort(rows, stable=True)
            ordered = indexing.take(rows, order)
        else:
            ordered = sorting.sort(rows)
        differ = ordered[1:] != ordered[:-1]
        if equal_nan and x.dtype.kind in "fc":
            differ = differ & ~(elementwise.isnan(ordered[1:]) & elementwise.isnan(ordered[:-1]))
    else:
        (axis,) = normalise_axes("unique", axis, x.ndim)
        parts = manipulation.moveaxis(x, axis, 0)
        rows = manipulation.reshape(parts, (parts.shape[0], parts.size // max(parts.shape[0], 1)))
        columns = manipulation.permute_dims(rows, (1, 0))
        order = (
            lexsort(manipulation.flip(columns, axis=0))
            if rows.shape[1]
            else ranges.arange(rows.shape[0], device=x.device)
        )
        ordered = indexing.take(rows, order, axis=0)
        differ = reductions.any(ordered[1:] != ordered[:-1], axis=1)
    n = rows.shape[0]
    first = joining.concat([creation.ones(min(n, 1), np.bool_, device=x.device), differ[: max(n - 1, 0)]])
    (starts,) = searching.nonzero(first)
    values = indexing.take(ordered, starts, axis=0)
    if axis is not None:
        values = manipulation.moveaxis(manipulation.reshape(values, (starts.size, *parts.shape[1:])), 0, axis)
    found = [values]
    if return_index:
        found.append(indexing.take(order, starts))
    if return_inverse:
        inverse = creation.empty(n, np.int64, device=x.device)
        if n:
            inverse[order] = scans.cumulative_sum(astype(first, np.int64)) - 1
        found.append(manipulation.reshape(inverse, x.shape) if axis is None else inverse)
    if return_counts:
        ends = joining.concat([starts, creation.full(1, n, np.int64, device=x.device)])
        found.append((ends[1:] - ends[:-1]) if n else starts)
    return found[0] if len(found) == 1 else tuple(found)


def _flat(name: str, *arrays: Any) -> list[Array]:
    device = next((a.device for a in arrays if isinstance(a, Array)), None)
    parts = [manipulation.reshape(as_operand(name, a, device), (-1,)) for a in arrays]
    common_device(name, *parts)
    return parts


@whole_by_numpy
@checked
def union1d(ar1: Any, ar2: Any) -> Array:
    """The elements that are in either array, ascending, each once."""
    return unique(joining.concat(_flat("union1d", ar1, ar2)))


@overload
def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: Literal[False] = False) -> Array: ...
@overload
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: Literal[True] = ...
) -> tuple[Array, Array, Array]: ...
@whole_by_numpy
@checked
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Array | tuple[Array, Array, Array]:
    """The elements that are in both arrays, ascending, each once.

    return_indices: also where each occurs first in ar1 and in ar2, flattened
    assume_unique: has no effect
    """
    a, b = _flat("intersect1d", ar1, ar2)
    (a, i), (b, j) = unique(a, return_index=True), unique(b, return_index=True)
    both = isin(a, b)
    if not return_indices:
        return astype(a[both], result_type(a, b), copy=False)
    return astype(a[both], result_type(a, b), copy=False), i[both], j[isin(b, a)]


@whole_by_numpy
@checked
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The elements of ar1 that are not in ar2, ascending and each once (`assume_unique`: in ar1's order)."""
    a, b = _flat("setdiff1d", ar1, ar2)
    a = a if assume_unique else unique(a)
    return a[isin(a, b, invert=True)]


@whole_by_numpy
@checked
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Array:
    """The elements that are in one of the arrays, but not in both, ascending, each once.

    assume_unique: has no effect
    """
    a, b = (unique(x) for x in _flat("setxor1d", ar1, ar2))
    values, counts = unique(joining.concat([a, b]), return_counts=True, equal_nan=False)
    return values[counts == 1]
