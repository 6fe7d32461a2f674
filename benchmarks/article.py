"""The loop c[i] = a[i] + b[i] of the article that began this project: there it went from 24.3 s in
plain Python to 1.9 s compiled, 12 times as fast, on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.sides import Numpy, by_kernel, compiled_loop, device_names


def plain(a, b, c):
    """The loop as Python runs it, and as njit compiles it."""
    for i in range(len(a)):
        c[i] = a[i] + b[i]


@xp.kernel
def add(
    item,  # Item over n elements
    a,  # in   (n,)
    b,  # in   (n,)
    c,  # out  (n,)
):
    i = item.get_id(0)
    c[i] = a[i] + b[i]


def njit_loop() -> Callable[..., None]:
    """`plain` on one core."""
    import numba

    return numba.njit(plain)


def prange_loop() -> Callable[..., None]:
    """`plain` on all cores."""
    import numba

    @numba.njit(parallel=True)
    def parallel(a, b, c):
        for i in numba.prange(len(a)):
            c[i] = a[i] + b[i]

    return parallel


def makers(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """From slow to fast.  Plain Python adds one element in a hundred, and its time is scaled up."""
    slow = "plain Python (1 % of it, scaled)"
    yield slow, lambda: compiled_loop(slow, plain, a, b, part=a.size // 100)
    yield "NumPy", lambda: Numpy().contender("NumPy", lambda ns, x, y: x + y, a, b)
    yield "njit", lambda: compiled_loop("njit", njit_loop(), a, b)
    yield "prange", lambda: compiled_loop("prange", prange_loop(), a, b)
    for device in device_names():
        name = f"xpuarray kernel, {device}"
        yield name, partial(by_kernel, name, device, add, a, b)


def races(options: Options) -> Iterator[Race]:
    """One race a dtype, over 10 M elements."""
    n = options.size(10_000_000, 100_000)
    for dtype in (np.float64, np.float32):
        a, b = (options.rng.random(n, dtype=dtype) for _ in range(2))
        reference = a.astype(np.float64) + b.astype(np.float64)
        name = np.dtype(dtype).name
        title = f"The article's loop c[i] = a[i] + b[i], {name}, {n:,} elements"
        bound = 2 * float(np.finfo(dtype).eps)  # sums are below 2, and rounded once
        yield Race(f"article {name}", title, makers(a, b), reference, bound, peer="plain Python (1 % of it, scaled)")
