"""What the kernels of random numbers get to know of a distribution: parameters in fixed point, and tables."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "DOMAINS",
    "binomial_rows",
    "binomial_table",
    "bounded_rows",
    "gamma_parameters",
    "gamma_rows",
    "poisson_rows",
    "poisson_table",
    "split",
]

#: What the parameters of distributions are, by their names, some by those of their distributions, too: in words, and
#: what says so of a number or an array.
DOMAINS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(
        ("scale", "sigma", "lam", "n", "weibull.a", "kappa", "nonc"), ("is not negative", lambda v: v >= 0)
    ),
    **dict.fromkeys(
        ("a", "b", "df", "dfnum", "dfden", "negative_binomial.n", "wald.mean", "wald.scale"),
        ("is positive", lambda v: v > 0),
    ),
    "p": ("is a probability", lambda v: (v >= 0) & (v <= 1)),
    **dict.fromkeys(("geometric.p", "negative_binomial.p"), ("is a probability above 0", lambda v: (v > 0) & (v <= 1))),
    "logseries.p": ("is a probability below 1", lambda v: (v >= 0) & (v < 1)),
    "zipf.a": ("is above 1", lambda v: v > 1),
}


def split(value: float) -> tuple[np.uint64, int]:
    """`value` as a mantissa in Q64, with its highest bit set, and an exponent."""
    mantissa, exponent = math.frexp(value)
    return np.uint64(int(math.ldexp(mantissa, 64))), exponent


def gamma_rows(name: str, shapes: Any) -> tuple[np.ndarray, np.ndarray]:
    """What `gamma_parts` takes for each shape, (..., 5), and the factor by which its numbers are multiplied."""
    shapes = np.asarray(shapes, np.float64)
    wrong = shapes[~((shapes >= 1e-15) & (shapes <= 1e12))]
    if wrong.size:
        raise ValueError(f"{name}: a shape must be between 1e-15 and 1e12, not {wrong[0]}")
    d = np.where(shapes >= 1, shapes, shapes + 1) - 1 / 3
    mantissa, exponent = np.frexp(d)
    inverse, inverse_exponent = np.frexp(np.where(shapes < 1, 1 / shapes, 0.0))
    q64 = (np.ldexp(v, 64) for v in (1 / np.sqrt(9 * d), mantissa, inverse))
    c, mantissa, inverse = (v.astype(np.uint64) for v in q64)
    return np.stack([c, mantissa, exponent, inverse, inverse_exponent], axis=-1).astype(np.uint64), d * 2.0**-116


@functools.lru_cache(maxsize=64)
def gamma_parameters(name: str, shape: float) -> tuple[tuple[np.uint64, ...], float]:
    """The row of one shape."""
    row, factor = gamma_rows(name, shape)
    return tuple(row), float(factor)


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


# -- parameters of each number's own, a row each (kernels/random_rows.py) ----------------------


def bounded_rows(
    low: np.ndarray, high: np.ndarray, endpoint: bool, limits: tuple[int, int], dtype: np.dtype
) -> np.ndarray:
    """What `bounded` takes: a first value, the extent and what is rejected, all modulo 2**64."""
    least, greatest = limits
    holds = (low >= least) & ((low <= high) & (high <= greatest) if endpoint else (low < high) & (high - 1 <= greatest))
    if not holds.all():
        k = int(np.argmin(holds))
        raise ValueError(
            f"integers: {low[k]} to {int(high[k]) - (not endpoint)} is empty, or does not fit into {dtype}"
        )
    first = low.astype(np.uint64)
    extent = high.astype(np.uint64) - first + np.uint64(endpoint)
    reject = -extent % np.where(extent == 0, np.uint64(1), extent)
    return np.stack([first, extent, reject], axis=-1)


def poisson_rows(lam: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `poisson` takes: whole means and the rest (Q64); and the digits' table."""
    lam = lam.astype(np.float64)
    if lam.max() > 4e9:
        raise ValueError(f"poisson: lam must be between 0 and 4e9, not {lam.max()}")
    whole = np.floor(lam)
    rows = np.stack([whole, np.ldexp(lam - whole, 64), whole], axis=-1).astype(np.uint64)
    return rows, _digits("poisson", int(whole.max()).bit_length())


def binomial_rows(n: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `binomial` takes: tries, their chance (Q64), and how many are sure; and the digits' table."""
    if n.max() > 10**10:
        raise ValueError(f"binomial: n must be between 0 and 1e10, not {n.max()}")
    chance = np.ldexp(np.where(p < 1, p, 0.0).astype(np.float64), 64).astype(np.uint64)
    tries = n.astype(np.uint64)
    sure = np.where(p < 1, np.uint64(0), tries)
    return np.stack([tries - sure, chance, sure], axis=-1), _digits("binomial", max(int(n.max()).bit_length() - 6, 0))


def _digits(name: str, bits: int) -> np.ndarray:
    """`_digit_tables`, for so many digits or up to seven more, that not each number of them is kept; 25 MB at most."""
    return _digit_tables(name, min(-(-bits // 8) * 8 or 8, 32 if name == "poisson" else 28))


@functools.lru_cache(maxsize=4)
def _digit_tables(name: str, bits: int) -> np.ndarray:
    """The thresholds of the Poisson distributions of means 2**digit, or of 2**(6 + digit) coins, one after the other.

    Before them stand for each digit where its own begin, and its first count; then where the last ones end.
    """
    made = [poisson_table(2.0**k) if name == "poisson" else binomial_table(2 ** (6 + k), 0.5) for k in range(bits)]
    starts = np.cumsum([2 * bits + 1, *(thresholds.size for _, thresholds in made)])
    head = np.zeros(2 * bits + 1, np.uint64)
    head[::2], head[1::2] = starts, [first for first, _ in made]
    return np.concatenate([head, *(thresholds for _, thresholds in made)])
