"""NumPy's statistics beyond the Array API standard: averages, covariances, counts.

Composed from the standard's functions: computed on the arrays' device, in their precision.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.data_types import default_float
from xpuarray.functions.numpy_outputs import delivered
from xpuarray.functions.reductions import Axis

__all__ = [
    "average", "bincount", "corrcoef", "cov", "digitize", "histogram", "histogram_bin_edges", "ptp",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


def floating(name: str, x: Array) -> Array:
    """x, or if it holds integers or bools, x in the device's default float."""
    common_device(name, x)
    return xp.astype(x, default_float(x.device)) if x.dtype.kind in "biu" else x


def steps(x: Array) -> Array:
    """The differences of neighbours along the last dimension."""
    return x[..., 1:] - x[..., :-1]


# -- averages and covariances -------------------------------------------------------------------


def ptp(a: Array, axis: Axis = None, out: Array | None = None, keepdims: bool = False) -> Array:
    """The range over `axis`: the greatest element minus the least."""
    value = xp.max(a, axis=axis, keepdims=keepdims) - xp.min(a, axis=axis, keepdims=keepdims)
    return delivered("ptp", value, out)


def average(
    a: Array, axis: Axis = None, weights: Array | None = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The mean over `axis`, weighted: by an array of a's shape, or of one axis' extent.

    returned: also return the sum of the weights, in the average's shape

    Raises ZeroDivisionError if the weights sum to 0.
    """
    if weights is None:
        value = xp.mean(a, axis=axis, keepdims=keepdims)
        total = xp.full(value.shape, a.size / max(value.size, 1), value.dtype, device=a.device)
        return (value, total) if returned else value
    common_device("average", a, weights)
    if weights.shape != a.shape:
        if not isinstance(axis, int) or weights.shape != (a.shape[axis],):
            raise ValueError(f"average: weights of shape {weights.shape} fit neither {a.shape} nor axis {axis}")
        axis %= a.ndim
        weights = xp.reshape(weights, (-1,) + (1,) * (a.ndim - 1 - axis))
    x = floating("average", a)
    weights = xp.broadcast_to(weights, a.shape)
    total = xp.astype(xp.sum(weights, axis=axis, keepdims=keepdims), xp.result_type(x, weights), copy=False)
    if bool(xp.any(total == 0)):
        raise ZeroDivisionError("average: weights sum to 0")
    value = xp.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (value, total) if returned else value


def cov(
    m: Array,
    y: Array | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array | None = None,
    aweights: Array | None = None,
    *,
    dtype: Any = None,
) -> Array:
    """The covariance matrix of the rows (rowvar=False: the columns) of m, and of y's.

    bias, ddof: what is divided by is n - ddof; by default n - 1, with `bias` n
    fweights, aweights: how often each observation counts; how much it weighs
    """
    if m.ndim > 2 or (y is not None and y.ndim > 2):
        raise ValueError("cov: variables and observations make two dimensions at most")
    parts = [p if rowvar or p.ndim < 2 else xp.matrix_transpose(p) for p in (m, y) if p is not None]
    parts = [xp.reshape(p, (1, -1)) if p.ndim < 2 else p for p in parts]
    x = floating("cov", xp.concat(parts, axis=0) if len(parts) > 1 else parts[0])
    x = x if dtype is None else xp.astype(x, dtype)
    given = [w for w in (fweights, aweights) if w is not None]
    ddof = (0 if bias else 1) if ddof is None else ddof
    real = xp.real(x).dtype if x.dtype.kind == "c" else x.dtype
    if given:
        weights = xp.astype(given[0] * given[-1] if len(given) > 1 else given[0], real)
        total = xp.sum(weights)
        used = total if aweights is None else xp.sum(weights * xp.astype(aweights, real)) / total
        free = total - ddof * used if ddof else total
        centred = x - xp.sum(x * weights, axis=1, keepdims=True) / total
        other = centred * weights
    else:
        free = float(max(x.shape[1] - ddof, 0))
        centred = other = x - xp.mean(x, axis=1, keepdims=True)
    value = xp.matmul(centred, xp.matrix_transpose(xp.conj(other) if x.dtype.kind == "c" else other)) / free
    return xp.squeeze(value)


def corrcoef(x: Array, y: Array | None = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """The matrix of Pearson's correlation coefficients of the rows (rowvar=False: the columns) of x, and of y's."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviations = xp.sqrt(xp.real(xp.diagonal(c)) if c.dtype.kind == "c" else xp.diagonal(c))
    value = c / deviations[:, None] / deviations[None, :]
    return value if c.dtype.kind == "c" else xp.clip(value, -1.0, 1.0)


# -- counts -------------------------------------------------------------------------------------


def bincount(x: Array, /, weights: Array | None = None, minlength: int = 0) -> Array:
    """How often each integer from 0 occurs in x (1-dimensional); the sum of its `weights` instead, if given.

    By sorting, not by atomic updates: sums are formed in the order of x, and are the same in every run.

    Raises ValueError for negative integers, UnsupportedDTypeError for no integers.
    """
    common_device("bincount", x, *([] if weights is None else [weights]))
    if x.ndim != 1 or (weights is not None and weights.shape != x.shape):
        raise ValueError(f"bincount: shapes {x.shape} and {None if weights is None else weights.shape} are not (n,)")
    if x.dtype.kind not in "biu":
        raise UnsupportedDTypeError(f"bincount takes integers, not {x.dtype}")
    if minlength < 0:
        raise ValueError(f"bincount: minlength must not be negative: {minlength}")
    values = xp.astype(x, np.int64, copy=False)
    if x.size and int(xp.min(values)) < 0:
        raise ValueError(f"bincount: {int(xp.min(values))} is negative")
    bins = max(minlength, int(xp.max(values)) + 1 if x.size else 0)
    return _counts(values, bins, weights)


def _counts(x: Array, bins: int, weights: Array | None) -> Array:
    """Of each integer in [0, bins): how often it occurs in x (int64), or the sum of its weights."""
    kinds = xp.arange(bins + 1, device=x.device)
    if weights is None:
        return steps(xp.searchsorted(xp.sort(x), kinds))
    order = xp.argsort(x, stable=True)
    starts = xp.searchsorted(xp.take(x, order), kinds)
    from xpuarray.kernels.segments import segment_sums
    from xpuarray.lang import Range
    from xpuarray.launch.launch import call_kernel

    values = xp.astype(weights, default_float(x.device), copy=False)
    out = xp.zeros(bins, values.dtype, device=x.device)
    if bins and x.size:
        call_kernel(segment_sums, Range(bins), values, order, starts, out)
    return out


def digitize(x: Any, bins: Array, right: bool = False) -> Array:
    """The index of the bin that each element of x is in: bins[i - 1] <= x < bins[i] (`right`: < and <=).

    bins: 1-dimensional, in ascending or (then with > and >=) descending order; else ValueError
    """
    common_device("digitize", x, bins)
    ascending = bool(xp.all(bins[1:] >= bins[:-1]))
    if not ascending and not bool(xp.all(bins[1:] <= bins[:-1])):
        raise ValueError("digitize: bins must be in ascending or descending order")
    side = "left" if right else "right"
    if ascending:
        return xp.searchsorted(bins, x, side=side)
    return bins.size - xp.searchsorted(xp.flip(bins), x, side=side)


def histogram_bin_edges(
    a: Array, bins: int | Array = 10, range: tuple[float, float] | None = None, weights: Array | None = None
) -> Array:
    """The edges of `bins` equal bins from the least to the greatest element, or over `range`; edges as they are."""
    if isinstance(bins, Array):
        if bins.ndim != 1 or not bool(xp.all(bins[1:] >= bins[:-1])):
            raise ValueError("histogram: edges must be 1-dimensional and ascending")
        return bins
    if not hasattr(bins, "__index__"):
        raise TypeError(f"histogram: bins is a number or an array of edges, not {bins!r}")
    if int(bins) < 1:
        raise ValueError(f"histogram: there must be a bin, not {bins}")
    if range is not None:
        low, high = map(float, range)
    else:
        low, high = (float(xp.min(a)), float(xp.max(a))) if a.size else (0.0, 1.0)
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"histogram: the range from {low} to {high} is not finite, or descends")
    if low == high:
        low, high = low - 0.5, high + 0.5
    dtype = xp.result_type(a.dtype, default_float(a.device)) if a.dtype.kind in "biu" else a.dtype
    return xp.linspace(low, high, int(bins) + 1, dtype=dtype, device=a.device)


def histogram(
    a: Array,
    bins: int | Array = 10,
    range: tuple[float, float] | None = None,
    density: bool | None = None,
    weights: Array | None = None,
) -> tuple[Array, Array]:
    """How many elements of a (flattened) are in each bin, and the bins' edges; the last bin includes its upper edge.

    density: divide by the total and the bins' widths
    """
    edges = histogram_bin_edges(a, bins, range, weights)
    x = xp.reshape(a, (-1,))
    last = edges.size - 2
    place = xp.searchsorted(edges, x, side="right") - 1
    place = xp.where(x == edges[-1], last, place)
    inside = (place >= 0) & (place <= last)
    chosen = place[inside]
    counts = _counts(chosen, last + 1, None if weights is None else xp.reshape(weights, (-1,))[inside])
    if not density:
        return counts, edges
    real = xp.astype(counts, default_float(a.device), copy=False)
    return real / xp.sum(real) / steps(edges), edges
