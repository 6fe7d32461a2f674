"""Set functions of the Array API standard."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, corrected_call
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import astype, promote
from xpuarray.functions.operators import operations

__all__ = ["isin", "unique_all", "unique_counts", "unique_inverse", "unique_values"]


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
    library = device.runtime.library
    if device.runtime.faults.needs_kernel(name, x.dtype):
        found = sys.modules["xpuarray"].unique(x, True, True, True, equal_nan=False)
        return [found[k] for k in _PARTS[name]]
    found = corrected_call(name, device, name, x._native)
    arrays = [Array(library.asarray(part), device) for part in (found if isinstance(found, tuple) else (found,))]
    return [arrays[0], *(astype(a, np.int64, copy=False) for a in arrays[1:])]


def unique_all(x: Array, /) -> UniqueAllResult:
    """x's distinct elements in ascending order, where each occurs first in x (flattened), which one each
    element of x is (in x's shape), and how often each occurs.  Every NaN is distinct.

    >>> xp.unique_all(xp.asarray([3, 1, 3])).counts                       # doctest: +SKIP
    """
    return UniqueAllResult(*_unique("unique_all", x))


def unique_counts(x: Array, /) -> UniqueCountsResult:
    """x's distinct elements in ascending order, and how often each occurs.  Every NaN is distinct."""
    return UniqueCountsResult(*_unique("unique_counts", x))


def unique_inverse(x: Array, /) -> UniqueInverseResult:
    """x's distinct elements in ascending order, and which one each element of x is (in x's shape)."""
    return UniqueInverseResult(*_unique("unique_inverse", x))


def unique_values(x: Array, /) -> Array:
    """x's distinct elements.  Every NaN is distinct."""
    return _unique("unique_values", x)[0]


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Array:
    """Whether each element of x1 equals one of x2's (`invert`: none of them); bool, in x1's shape.

    Either may be a scalar.

    >>> xp.isin(xp.asarray([1, 2, 3]), xp.asarray([2, 9]))                 # doctest: +SKIP
    """
    device = common_device("isin", x1, x2)
    dtype = promote(device, x1, x2)
    x1, x2 = (
        astype(x, dtype, copy=False) if isinstance(x, Array) else full((), x, dtype, device=device) for x in (x1, x2)
    )
    if x1.size == 0 or x2.size == 0:
        return full(x1.shape, invert, np.bool_, device=device)
    # The place of each element in x2's order, if it is there at all.
    ordered = operations["sort"](operations["ravel"](x2))
    place = operations["searchsorted"](ordered, operations["ravel"](x1))
    found = operations["take"](ordered, operations["minimum"](place, ordered.size - 1))
    same = operations["reshape"](found == operations["ravel"](x1), x1.shape)
    return operations["logical_not"](same) if invert else same
