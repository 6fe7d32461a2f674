"""Counts: of integers, of values in bins."""

from __future__ import annotations

import math
from types import NoneType
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy, from_numpy
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import default_float
from xpuarray.core.shared_memory import by_numpy, seen, within_reach
from xpuarray.core.typing import Number, Operand
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import (
    choosing,
    creation,
    elementwise,
    indexing,
    manipulation,
    ranges,
    reductions,
    searching,
    sorting,
)
from xpuarray.functions.bin_widths import WIDTHS, bins_by
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype, result_type
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.numerics import steps
from xpuarray.functions.operands import SEQUENCES, as_operand, as_operands
from xpuarray.placement.devices import Device

__all__ = ["bincount", "digitize", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]


# -- counts -------------------------------------------------------------------------------------


@whole_by_numpy
@checked
def bincount(x: Array, /, weights: Array | None = None, minlength: int = 0) -> Array:
    """How often each integer from 0 occurs in x (1-dimensional); the sum of its `weights` instead, if given.

    minlength: so many counts at least, zeros at the end

    By sorting, not by atomic updates: sums are formed in the order of x, and are the same in every run.

    Raises ValueError for negative integers, UnsupportedDTypeError for no integers.
    """
    common_device("bincount", x, *([] if weights is None else [weights]))
    if x.ndim != 1 or (weights is not None and weights.shape != x.shape):
        raise ValueError(f"bincount: shapes {x.shape} and {None if weights is None else weights.shape} are not (n,)")
    if x.dtype.kind not in "biu" and x.size:
        raise UnsupportedDTypeError(f"bincount takes integers, not {x.dtype}")
    if minlength < 0:
        raise ValueError(f"bincount: minlength must not be negative: {minlength}")
    values = astype(x, np.int64, copy=False)
    if x.size and int(reductions.min(values)) < 0:
        raise ValueError(f"bincount: {int(reductions.min(values))} is negative")
    bins = max(minlength, int(reductions.max(values)) + 1 if x.size else 0)
    return _counts(values, bins, weights)


def _counts(x: Array, bins: int, weights: Array | None) -> Array:
    """Of each integer in [0, bins): how often it occurs in x (int64), or the sum of its weights."""
    held = within_reach(x)
    if held is not None:  # NumPy passes once over them
        x.device.runtime.must_fit((bins,), np.dtype(np.int64))
        sums = None if weights is None else astype(weights, default_float(x.device), copy=False)._host_values()
        return by_numpy("bincount", x.device, np.bincount, held, sums, bins)
    kinds = ranges.arange(bins + 1, device=x.device)
    if weights is None:
        return steps(searching.searchsorted(sorting.sort(x), kinds))
    order = sorting.argsort(x, stable=True)
    starts = searching.searchsorted(indexing.take(x, order), kinds)
    from xpuarray.kernels.segments import segment_sums
    from xpuarray.lang import Range
    from xpuarray.launch.launch import call_kernel

    values = astype(weights, default_float(x.device), copy=False)
    out = creation.zeros(bins, values.dtype, device=x.device)
    if bins and x.size:
        call_kernel(segment_sums, Range(bins), values, order, starts, out)
    return out


def _ascends(bins: Array) -> bool:
    """Whether no element is less than the one before it; NaN is greater than all."""
    return bool(reductions.all((bins[1:] >= bins[:-1]) | elementwise.isnan(bins[1:])))


@whole_by_numpy
@checked
def digitize(x: Number | Operand, bins: Array, right: bool = False) -> Array:
    """The index of the bin that each element of x is in: bins[i - 1] <= x < bins[i] (`right`: < and <=).

    bins: 1-dimensional, in ascending or (then with > and >=) descending order; else ValueError
    """
    x = as_operand("digitize", x, bins.device)
    if x.dtype.kind == "c":
        raise TypeError("digitize: x is real, not complex")
    if bins.dtype.kind == "c":
        raise TypeError("digitize: bins are real, not complex")
    common_device("digitize", x, bins)
    if bins.ndim != 1:
        raise ValueError(f"digitize: bins must have one dimension, not {bins.ndim}")
    ascending = _ascends(bins)
    if not ascending and not _ascends(manipulation.flip(bins)):
        raise ValueError("digitize: bins must be in ascending or descending order")
    side = "left" if right else "right"
    if ascending:
        return searching.searchsorted(bins, x, side=side)
    return bins.size - searching.searchsorted(manipulation.flip(bins), x, side=side)


@checked
def histogram_bin_edges(
    a: Array, bins: int | str | Operand = 10, range: Any = None, weights: Array | None = None
) -> Array:
    """The edges of `bins` equal bins from the least to the greatest element, or over `range`; edges as they are.

    bins: a number, edges, or the rule by which their number is found: "auto", "fd", "scott", ...
    """
    if isinstance(bins, (np.ndarray, *SEQUENCES)):
        bins = as_operand("histogram", bins, a.device)
    if isinstance(bins, Array) and bins.ndim:
        if bins.ndim != 1 or not bool(reductions.all(bins[1:] >= bins[:-1])):
            raise ValueError("histogram: edges must be 1-dimensional and ascending")
        return bins
    if not hasattr(bins, "__index__") and not isinstance(bins, str):
        raise TypeError(f"histogram: bins is a number or an array of edges, not {bins!r}")
    if not isinstance(bins, str) and int(bins) < 1:
        raise ValueError(f"histogram: there must be a bin, not {bins}")
    range = _given(range)
    if range is not None:
        if not isinstance(range, (tuple, list)) or len(range) != 2:
            kind = ValueError if isinstance(range, (tuple, list)) else TypeError
            raise kind(f"histogram: a range is a pair of numbers, not {range!r}")
        low, high = map(float, range)
    else:
        low, high = (float(reductions.min(a)), float(reductions.max(a))) if a.size else (0.0, 1.0)
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"histogram: the range from {low} to {high} is not finite, or descends")
    if low == high:
        low, high = low - 0.5, high + 0.5
    if isinstance(bins, str):
        bins = bins_by(bins, a, low, high, weights)
    dtype = result_type(a.dtype, default_float(a.device)) if a.dtype.kind in "biu" else a.dtype
    dtype = a.device.info.fit(result_type(dtype, *(end.dtype for end in range or () if hasattr(end, "dtype"))))
    own: Any = float if range is not None or a.dtype.kind != "f" else a.dtype.type  # whose precision the steps have
    return ranges.linspace(own(low), own(high), int(bins) + 1, dtype=dtype, device=a.device)


@checked
def histogram(
    a: Array,
    bins: int | str | Operand = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Array | None = None,
) -> tuple[Array, Array]:
    """How many elements of a (flattened) are in each bin, and the bins' edges; the last bin includes its upper edge.

    density: divide by the total and the bins' widths
    weights: an element's, counted in its place, in a's shape;  bins, range: as in `histogram_bin_edges`
    """
    if weights is not None and weights.shape != a.shape:
        raise ValueError(f"histogram: weights of shape {weights.shape} for elements of shape {a.shape}")
    range = _given(range)
    edges = histogram_bin_edges(a, bins, range, weights)
    x = manipulation.reshape(a, (-1,))
    whole = hasattr(bins, "__index__") and not getattr(bins, "ndim", 0)
    equal = whole and a.dtype.kind != "b" and a.dtype != np.float16
    held = within_reach(x) if equal else None
    if held is not None:
        counts, edges = _equal_bins(x.device, held, int(bins), range, weights)
        return (_density(counts, edges) if density else _as_weights(counts, weights)), edges
    last = edges.size - 2
    place = searching.searchsorted(edges, x, side="right") - 1
    place = choosing.where(x == edges[-1], last, place)
    inside = (place >= 0) & (place <= last)
    chosen = place[inside]
    counts = _counts(chosen, last + 1, None if weights is None else manipulation.reshape(weights, (-1,))[inside])
    return (_density(counts, edges) if density else _as_weights(counts, weights)), edges


def _as_weights(counts: Array, weights: Array | None) -> Array:
    """Sums of weights in their dtype."""
    return counts if weights is None else astype(counts, weights.dtype, copy=False)


def _equal_bins(
    place: Device, x: np.ndarray, bins: int, range: tuple[float, float] | None, weights: Array | None
) -> tuple[Array, Array]:
    """NumPy finds the bin of an element without a search."""
    sums = None
    if weights is not None:
        sums = manipulation.reshape(astype(weights, default_float(place), copy=False), (-1,))._host_values()
    found = seen("histogram", place, np.histogram, x, bins, range, weights=sums)
    counts, edges = (from_numpy(part, place) for part in found)
    return counts, edges


def _stone(x: Array, n: int, apart: float, ends: tuple[float, float]) -> float:
    """The number of bins, up to 100 or the root of n, whose estimated loss is least.
    M. Stone, "An asymptotically optimal histogram selection rule", 1984."""

    def loss(bins: int) -> float:
        shares = histogram(x, bins, ends)[0] / n
        return (2 - (n + 1) * float(reductions.sum(shares * shares))) * bins / apart

    return apart / min(_range(1, max(100, math.isqrt(n)) + 1), key=loss) if n > 1 and apart else 0.0


WIDTHS["stone"] = _stone


def _density(counts: Array, edges: Array) -> Array:
    real = astype(counts, default_float(counts.device), copy=False)
    return real / steps(edges) / reductions.sum(real)


# -- histograms over several dimensions ---------------------------------------------------------


@checked
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array | None = None
) -> tuple[Array, tuple[Array, ...]]:
    """How many of the points (n, d), or of those that d vectors make, are in each bin of a d-dimensional grid; and
    the bins' edges, one array a dimension.

    bins: a number, or for each dimension a number or edges;  range: for each dimension a pair, or None
    density, weights: as in `histogram`
    """
    if isinstance(sample, Array):
        points = sample if sample.ndim > 1 else sample.reshape((-1, 1))
        columns = [points[:, k] for k in _range(points.shape[1])]
    elif isinstance(sample, SEQUENCES) and not any(
        isinstance(part, (Array, np.ndarray, *SEQUENCES)) for part in sample
    ):
        columns = [as_operand("histogramdd", sample, None)]
    else:
        columns = as_operands("histogramdd", sample)
    d = len(columns)
    if any(x.ndim != 1 for x in columns):
        raise ValueError(f"histogramdd: takes points (n, d), or vectors, not of shapes {[x.shape for x in columns]}")
    if any(x.dtype.kind == "c" for x in columns):
        raise UnsupportedDTypeError("histogramdd is not defined for complex numbers")
    common_device("histogramdd", *columns, *([] if weights is None else [weights]))
    several = isinstance(bins, (list, tuple)) or (isinstance(bins, (Array, np.ndarray)) and bins.ndim > 0)
    each: list[Any] = list(bins) if several else [bins] * d
    range = _given(range)
    if not isinstance(range, (list, tuple, NoneType)):
        raise TypeError(f"histogramdd: range is a pair a dimension, not {range!r}")
    if any(isinstance(b, (int, float)) and b < 1 for b in each):
        raise ValueError(f"histogramdd: there must be a bin in each dimension, not {bins!r}")
    ranges = [None] * d if range is None else list(range)
    if len(each) != d or len(ranges) != d:
        raise ValueError(f"histogramdd: {len(each)} bins and {len(ranges)} ranges for {d} dimensions")
    edges = [
        histogram_bin_edges(x, as_operand("histogramdd", b, x.device) if isinstance(b, list) else b, r)
        for x, b, r in zip(columns, each, ranges)
    ]
    position, inside = creation.zeros(columns[0].shape, np.int64, device=columns[0].device), None
    for x, e in zip(columns, edges):
        place = choosing.where(x == e[-1], e.size - 2, searching.searchsorted(e, x, side="right") - 1)
        within = (place >= 0) & (place <= e.size - 2)
        inside = within if inside is None else inside & within
        position = position * (e.size - 1) + place
    shape = tuple(e.size - 1 for e in edges)
    chosen = position[inside]
    counts = bincount(chosen, None if weights is None else weights[inside], math.prod(shape))
    real = astype(counts, creation.ones(1, device=counts.device).dtype, copy=False)
    grid = manipulation.reshape(real, shape)
    if density:
        total = reductions.sum(grid)
        for k, e in enumerate(edges):
            grid = grid / manipulation.reshape(e[1:] - e[:-1], (1,) * k + (-1,) + (1,) * (d - 1 - k))
        grid = grid / total
    return grid, tuple(edges)


_range = range


def _given(range: Any) -> Any:
    """A range, or several: parameters, which are read where they are in an array, and keep its dtype."""
    if isinstance(range, (Array, np.ndarray)):
        return list(asnumpy(range)) if range.ndim else asnumpy(range)[()]
    return [_given(part) for part in range] if isinstance(range, (list, tuple)) else range


@whole_by_numpy
@checked
def histogram2d(
    x: Array, y: Array, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """How many of the points (x, y) are in each bin of a grid, and the edges along x and along y.

    bins: a number, edges for both, or a pair of either
    range, density, weights: as in `histogramdd`
    """
    if isinstance(bins, Array):
        bins = (bins, bins)
    counts, (first, second) = histogramdd((x, y), bins, range, density, weights)
    return counts, first, second
