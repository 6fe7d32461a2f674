"""Utility functions of the Array API standard; `all` and `any` are among the reductions (statistical.py)."""

from __future__ import annotations

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.manipulation import concat
from xpuarray.functions.operators import operation
from xpuarray.functions.reductions import normalise_axes

__all__ = ["diff"]


@operation
def diff(x: Array, /, n: int = 1, axis: int = -1, prepend: Array | None = None, append: Array | None = None) -> Array:
    """The n-th differences between neighbours along `axis`; of bools, whether they differ.

    prepend, append: what is joined to x along `axis` before

    Raises ValueError for a negative n, IndexError for an axis out of bounds.

    >>> xp.diff(xp.asarray([1, 4, 9]))                                     # doctest: +SKIP
    """
    parts = [part for part in (prepend, x, append) if part is not None]
    common_device("diff", *parts)
    (axis,) = normalise_axes("diff", axis, x.ndim)
    if n < 0:
        raise ValueError(f"diff: n must not be negative: {n}")
    joined = concat(parts, axis=axis) if len(parts) > 1 else x
    before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
    for _ in range(n):
        joined = joined[after] != joined[before] if joined.dtype == np.bool_ else joined[after] - joined[before]
    return joined
