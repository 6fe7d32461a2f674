"""NumPy's further ways to make arrays and to ask for dtypes: from buffers and functions, windows, polynomials' fits."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.creation import Place
from xpuarray.functions.numpy_outputs import beside
from xpuarray.functions.statistics import floating

__all__ = [
    "asanyarray", "bartlett", "blackman", "frombuffer", "fromfunction", "fromiter", "hamming", "hanning",
    "histogram2d", "histogramdd", "issubdtype", "kaiser", "matvec", "may_share_memory", "min_scalar_type", "polyfit",
    "promote_types", "vecmat",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete

# -- dtypes and memory --------------------------------------------------------------------------

issubdtype, min_scalar_type, promote_types = np.issubdtype, np.min_scalar_type, np.promote_types


def may_share_memory(a: Any, b: Any, max_work: int | None = None) -> bool:
    """Whether a and b are arrays in one allocation."""
    from xpuarray.core.pending import memory_of

    if not (isinstance(a, Array) and isinstance(b, Array)) or not (a.size and b.size) or a.device is not b.device:
        return False
    return memory_of(a) == memory_of(b)


# -- arrays -------------------------------------------------------------------------------------


def asanyarray(a: Any, dtype: Any = None, order: str | None = None, *, device: Place = None) -> Array:
    """`asarray`."""
    return xp.asarray(a, dtype, device=device)


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, device: Place = None) -> Array:
    """The elements that the bytes of a buffer are, copied to a device."""
    return xp.asarray(np.frombuffer(buffer, dtype, count, offset), device=device)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, device: Place = None) -> Array:
    """The elements that an iterable gives, copied to a device."""
    return xp.asarray(np.fromiter(iter, dtype, count), device=device)


def fromfunction(
    function: Callable[..., Any], shape: Sequence[int], *, dtype: Any = float, device: Place = None, **kwargs: Any
) -> Any:
    """What `function` makes of the indices of every element of an array of that shape: arrays, one a dimension."""
    place = xp.zeros(0, device=device).device
    grids = xp.indices(shape, place.info.fit(np.dtype(dtype)), device=place)
    return function(*(grids[k] for k in range(len(shape))), **kwargs)


def _window(name: str, doc: str, values: Callable[..., Any]) -> Callable[..., Array]:
    def window(M: int, *, device: Place = None) -> Array:
        if M < 1:
            return xp.zeros(0, device=device)
        if M == 1:
            return xp.ones(1, device=device)
        return values(xp.astype(xp.arange(1 - M, M, 2, device=device), xp.ones(1, device=device).dtype) / (M - 1))

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"{doc} window with M points, 1 in the middle."
    return window


bartlett = _window("bartlett", "Bartlett's (triangular)", lambda n: 1 - xp.abs(n))
hanning = _window("hanning", "Hann's", lambda n: 0.5 + 0.5 * xp.cos(math.pi * n))
hamming = _window("hamming", "Hamming's", lambda n: 0.54 + 0.46 * xp.cos(math.pi * n))
blackman = _window(
    "blackman", "Blackman's", lambda n: 0.42 + 0.5 * xp.cos(math.pi * n) + 0.08 * xp.cos(2 * math.pi * n)
)


def kaiser(M: int, beta: float, *, device: Place = None) -> Array:
    """Kaiser's window with M points and the shape `beta`."""

    def values(n: Array) -> Array:
        return xp.i0(beta * xp.sqrt(xp.clip(1 - n * n, min=0.0))) / xp.i0(beta * xp.ones_like(n[:1]))

    return _window("kaiser", "", values)(M, device=device)


# -- histograms over several dimensions ---------------------------------------------------------


def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array | None = None
) -> tuple[Array, tuple[Array, ...]]:
    """How many of the points (n, d), or of those that d vectors make, are in each bin of a d-dimensional grid; and
    the bins' edges, one array a dimension.

    bins: a number, or for each dimension a number or edges;  range: for each dimension a pair, or None
    """
    columns = [sample[:, k] for k in _range(sample.shape[1])] if isinstance(sample, Array) else list(sample)
    d = len(columns)
    common_device("histogramdd", *columns, *([] if weights is None else [weights]))
    each = [bins] * d if hasattr(bins, "__index__") else list(bins)
    ranges = [None] * d if range is None else list(range)
    if len(each) != d or len(ranges) != d:
        raise ValueError(f"histogramdd: {len(each)} bins and {len(ranges)} ranges for {d} dimensions")
    edges = [
        xp.histogram_bin_edges(x, beside("histogramdd", b, x.device) if isinstance(b, list) else b, r)
        for x, b, r in zip(columns, each, ranges)
    ]
    position, inside = xp.zeros(columns[0].shape, np.int64, device=columns[0].device), None
    for x, e in zip(columns, edges):
        place = xp.where(x == e[-1], e.size - 2, xp.searchsorted(e, x, side="right") - 1)
        within = (place >= 0) & (place <= e.size - 2)
        inside = within if inside is None else inside & within
        position = position * (e.size - 1) + place
    shape = tuple(e.size - 1 for e in edges)
    chosen = position[inside]
    counts = xp.bincount(chosen, None if weights is None else weights[inside], math.prod(shape))
    real = xp.astype(counts, xp.ones(1, device=counts.device).dtype, copy=False)
    grid = xp.reshape(real, shape)
    if density:
        grid = grid / xp.sum(grid)
        for k, e in enumerate(edges):
            grid = grid / xp.reshape(e[1:] - e[:-1], (1,) * k + (-1,) + (1,) * (d - 1 - k))
    return grid, tuple(edges)


_range = range


def histogram2d(
    x: Array, y: Array, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """How many of the points (x, y) are in each bin of a grid, and the edges along x and along y.

    bins: a number, edges for both, or a pair of either
    """
    if isinstance(bins, Array):
        bins = (bins, bins)
    counts, (first, second) = histogramdd((x, y), bins, range, density, weights)
    return counts, first, second


# -- products and fits --------------------------------------------------------------------------


def matvec(x1: Array, x2: Array) -> Array:
    """The products of matrices (..., m, n) with vectors (..., n): (..., m)."""
    return xp.matmul(x1, x2[..., None])[..., 0]


def vecmat(x1: Array, x2: Array) -> Array:
    """The products of vectors (..., m), conjugated, with matrices (..., m, n): (..., n)."""
    return xp.matmul((xp.conj(x1) if x1.dtype.kind == "c" else x1)[..., None, :], x2)[..., 0, :]


def polyfit(x: Array, y: Array, deg: int, rcond: float | None = None, *, w: Array | None = None) -> Array:
    """The coefficients, highest power first, of the polynomial of degree `deg` that fits the points (x, y) best:
    by least squares, each point's distance counting `w` times.

    y: (n,), or (n, k) for k fits
    """
    common_device("polyfit", x, y, *([] if w is None else [w]))
    if x.ndim != 1 or y.ndim not in (1, 2) or y.shape[0] != x.size or deg < 0:
        raise ValueError(f"polyfit: x {x.shape} and y {y.shape} are no points, or the degree {deg} is negative")
    x, y = floating("polyfit", x), floating("polyfit", y)
    matrix = xp.vander(x, deg + 1)
    if w is not None:
        matrix, y = matrix * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    scale = xp.sqrt(xp.sum(matrix * matrix, axis=0))
    rcond = x.size * float(xp.finfo(x.dtype).eps) if rcond is None else rcond
    found = xp.linalg.lstsq(matrix / scale, y, rcond)[0]
    return found / (scale[:, None] if y.ndim == 2 else scale)
