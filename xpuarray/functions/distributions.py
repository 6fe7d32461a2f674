"""What the kernels of random numbers get to know of a distribution: parameters in fixed point, and tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["DOMAINS", "binomial_table", "gamma_parameters", "poisson_table", "split"]

#: What the parameters of distributions are, by their names, some by those of their distributions, too: in words, and
#: what says so of a number or an array.
DOMAINS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("scale", "sigma", "lam", "n", "weibull.a"), ("is not negative", lambda v: v >= 0)),
    **dict.fromkeys(("a", "b", "df", "dfnum", "dfden"), ("is positive", lambda v: v > 0)),
    "p": ("is a probability", lambda v: (v >= 0) & (v <= 1)),
    "geometric.p": ("is a probability above 0", lambda v: (v > 0) & (v <= 1)),
}


def split(value: float) -> tuple[np.uint64, int]:
    """`value` as a mantissa in Q64, with its highest bit set, and an exponent."""
    mantissa, exponent = math.frexp(value)
    return np.uint64(int(math.ldexp(mantissa, 64))), exponent


def gamma_parameters(name: str, shape: float) -> tuple[tuple[np.uint64, ...], float]:
    """What `gamma_parts` takes for a shape, and the factor by which its numbers are multiplied."""
    if not 1e-15 <= shape <= 1e12:
        raise ValueError(f"{name}: a shape must be between 1e-15 and 1e12, not {shape}")
    d = (shape if shape >= 1 else shape + 1) - 1 / 3
    mantissa, exponent = split(d)
    inverse, inverse_exponent = split(1 / shape) if shape < 1 else (np.uint64(0), 0)
    c = np.uint64(int(math.ldexp(1 / math.sqrt(9 * d), 64)))
    parts = (c, mantissa, np.uint64(exponent), inverse, np.uint64(inverse_exponent))
    return parts, d * 2.0**-116


def poisson_table(lam: float) -> tuple[int, np.ndarray]:
    """Thresholds (see `_thresholds`) of the Poisson distribution."""
    return _thresholds(int(lam), math.sqrt(lam), lambda k: lam / k, None)


def binomial_table(n: int, p: float) -> tuple[int, np.ndarray]:
    """Thresholds (see `_thresholds`) of the binomial distribution."""
    if p in (0, 1):
        return (n if p else 0), np.zeros(0, np.uint64)
    return _thresholds(
        int(min(n, (n + 1) * p)), math.sqrt(n * p * (1 - p)), lambda k: (n + 1 - k) / k * (p / (1 - p)), n
    )


def _thresholds(mode: int, deviation: float, ratio: Callable[[Any], Any], most: int | None) -> tuple[int, np.ndarray]:
    """A first value, and 2**64 times the probability that a count is at most that value, the next one, ...

    ratio(k): the probability of k relative to that of k - 1.  Products and sums in one order, without a
    function of a C library: the same on every machine.
    """
    reach = int(10 * deviation) + 40
    up = np.arange(mode + 1, min(mode + reach, most if most is not None else mode + reach) + 1, dtype=np.float64)
    down = np.arange(mode, max(mode - reach, 0), -1, dtype=np.float64)
    above, below = np.cumprod(ratio(up)), np.cumprod(1 / ratio(down))
    masses = np.concatenate([below[::-1], [1.0], above])
    sums = np.cumsum(masses)
    scaled = np.minimum(sums / sums[-1], 1 - 2.0**-53) * 2.0**64
    return max(mode - reach, 0), scaled[:-1].astype(np.uint64)
