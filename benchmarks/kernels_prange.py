"""The kernels of `kernels/` as Numba's parallel loops: the same arithmetic in the order that suits such loops."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["loop"]


def matmul(prange: Any, threads: Any) -> Callable[..., None]:
    """Rows in parallel; the inner loop runs along a row of `b` and one of `out`."""

    def run(a, b, out):
        rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
        block = 8  # rows that share what is read of `b`
        for first in prange((rows + block - 1) // block):
            top, bottom = first * block, min(first * block + block, rows)
            out[top:bottom] = 0
            for k in range(inner):
                for i in range(top, bottom):
                    factor = a[i, k]
                    for j in range(columns):
                        out[i, j] += factor * b[k, j]

    return run


def reduce_tree(prange: Any, threads: Any) -> Callable[..., None]:
    """A sum that Numba makes into one partial sum a thread."""

    def run(x, out):
        total = np.float32(0)
        for i in prange(x.size):
            total += x[i]
        out[0] = total

    return run


def histogram(prange: Any, threads: Any) -> Callable[..., None]:
    """A copy of the counts a thread."""

    def run(x, counts):
        parts = threads()
        local = np.zeros((parts, counts.size), np.int32)
        for t in prange(parts):
            own = local[t]
            for i in range(t * x.size // parts, (t + 1) * x.size // parts):
                own[x[i]] += 1
        for t in range(parts):
            counts += local[t]

    return run


def stencil(prange: Any, threads: Any) -> Callable[..., None]:
    """Rows in parallel."""

    def run(x, rate, out):
        for i in prange(1, x.shape[0] - 1):
            for j in range(1, x.shape[1] - 1):
                here = x[i, j]
                flow = (x[i - 1, j] - here) + (x[i + 1, j] - here) + (x[i, j - 1] - here) + (x[i, j + 1] - here)
                out[i, j] = here + rate * flow

    return run


def black_scholes(prange: Any, threads: Any) -> Callable[..., None]:
    """Options in parallel."""
    from numba import njit

    half, root = np.float32(0.5), np.float32(math.sqrt(0.5))

    @njit
    def normal_from_zero(x):
        return half * math.erf(x * root)

    def run(price, strike, years, rate, volatility, out):
        for i in prange(price.size):
            s, k, t = price[i], strike[i], years[i]
            spread = volatility * math.sqrt(t)
            d1 = (math.log(s / k) + (rate + half * volatility * volatility) * t) / spread
            n1, n2 = normal_from_zero(d1), normal_from_zero(d1 - spread)
            discounted = k * math.exp(-rate * t)
            out[0, i] = s * (half + n1) - discounted * (half + n2)
            out[1, i] = discounted * (half - n2) - s * (half - n1)

    return run


def pairwise(prange: Any, threads: Any) -> Callable[..., None]:
    """Samples in parallel; features of centers side by side, so that centers can be vectorised."""

    def run(x, c, out):
        centers, features = c.shape
        columns = c.T.copy()
        for i in prange(x.shape[0]):
            row = out[i]
            row[:] = 0
            for k in range(features):
                here = x[i, k]
                for j in range(centers):
                    difference = here - columns[k, j]
                    row[j] += difference * difference

    return run


def nbody(prange: Any, threads: Any) -> Callable[..., None]:
    """Bodies in parallel, in blocks whose sums are arrays, so that bodies can be vectorised."""

    def run(position, mass, softening, out):
        n, block = mass.size, 64
        for b in prange((n + block - 1) // block):
            first, last = b * block, min(b * block + block, n)
            total = np.zeros((3, block), np.float32)
            for j in range(n):
                x, y, z, m = position[0, j], position[1, j], position[2, j], mass[j]
                for i in range(last - first):
                    dx = x - position[0, first + i]
                    dy = y - position[1, first + i]
                    dz = z - position[2, first + i]
                    squared = dx * dx + dy * dy + dz * dz + softening
                    pull = m / (squared * math.sqrt(squared))
                    total[0, i] += dx * pull
                    total[1, i] += dy * pull
                    total[2, i] += dz * pull
            for axis in range(3):
                for i in range(last - first):
                    out[axis, first + i] = total[axis, i]

    return run


_LOOPS = {f.__name__: f for f in (matmul, reduce_tree, histogram, stencil, black_scholes, pairwise, nbody)}


@functools.cache
def loop(name: str, contract: bool = False) -> Callable[..., None]:
    """The loop of that name, compiled: called as `loop(*inputs, out)`.

    contract: products may be joined to sums, as in the kernels, and on a GPU by default
    """
    import numba

    return numba.njit(parallel=True, fastmath={"contract"} if contract else False)(
        _LOOPS[name](numba.prange, numba.get_num_threads)
    )
