"""How wide the bins of a histogram are, by the rules that NumPy names: `histogram(x, "auto")`."""

from __future__ import annotations

import math
from collections.abc import Callable

from xpuarray.core.array import Array
from xpuarray.functions import quantiles, reductions, statistics

__all__ = ["WIDTHS", "bins_by"]

#: Of the numbers that are counted: how many, from the least to the greatest, and the ends of the range.
Width = Callable[[Array, int, float, tuple[float, float]], float]


def _deviation(x: Array) -> float:
    return float(statistics.std(x))


def _doane(x: Array, n: int, apart: float, ends: tuple[float, float]) -> float:
    deviation = _deviation(x) if n > 2 else 0.0
    if not deviation:
        return 0.0
    skewness = abs(float(statistics.mean(((x - statistics.mean(x)) / deviation) ** 3)))
    spread = math.sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3)))
    return apart / (1.0 + math.log2(n) + math.log2(1.0 + skewness / spread))


def _freedman_diaconis(x: Array, n: int, apart: float, ends: tuple[float, float]) -> float:
    low, high = quantiles.percentile(x, [25.0, 75.0]).tolist()
    return 2.0 * (high - low) * n ** (-1.0 / 3.0)


def _sturges(x: Array, n: int, apart: float, ends: tuple[float, float]) -> float:
    return apart / (math.log2(n) + 1.0)


def _auto(x: Array, n: int, apart: float, ends: tuple[float, float]) -> float:
    """As many bins as Sturges takes, or more where Freedman and Diaconis do, but no more than twice the root of n."""
    quartiles = max(_freedman_diaconis(x, n, apart, ends), apart / math.sqrt(n) / 2)
    return min(quartiles, _sturges(x, n, apart, ends)) if quartiles else _sturges(x, n, apart, ends)


#: One more stands where histograms are made, which it takes.
WIDTHS: dict[str, Width] = {
    "auto": _auto,
    "doane": _doane,
    "fd": _freedman_diaconis,
    "rice": lambda x, n, apart, ends: apart / (2.0 * n ** (1.0 / 3)),
    "scott": lambda x, n, apart, ends: (24.0 * math.pi**0.5 / n) ** (1.0 / 3.0) * _deviation(x),
    "sqrt": lambda x, n, apart, ends: apart / math.sqrt(n),
    "sturges": _sturges,
}


def bins_by(rule: str, x: Array, low: float, high: float, weights: Array | None) -> int:
    """How many equal bins from low to high the rule takes for the elements of x that are there.

    Raises ValueError for a rule that is none, TypeError for weights, of which no rule knows.
    """
    if rule not in WIDTHS:
        raise ValueError(f"histogram: {rule!r} is not a valid estimator of bins; there are {', '.join(sorted(WIDTHS))}")
    if weights is not None:
        raise TypeError("histogram: the number of bins can't be estimated for weighted data; give it")
    x = x.reshape((-1,))
    if x.size and not (low <= float(reductions.min(x)) and float(reductions.max(x)) <= high):  # NaN is in no range
        x = x[(x >= low) & (x <= high)]
    if not x.size:
        return 1
    apart = float(reductions.max(x)) - float(reductions.min(x))
    width = WIDTHS[rule](x, x.size, apart, (low, high))
    width = max(width, 1.0) if width and x.dtype.kind in "iu" else width
    return math.ceil((high - low) / width) if width else 1
