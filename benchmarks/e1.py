"""E1 = sin(a)*b + exp(-a)*sqrt(b) + 1 in float32: enough arithmetic that compiling pays, and too
little to hide a bad memory access."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.sides import Dpnp, Numpy, Xpu, by_kernel, compiled_loop, device_names, sycl_names


def expression(ns: Any, a: Any, b: Any) -> Any:
    """E1, operation by operation."""
    return ns.sin(a) * b + ns.exp(-a) * ns.sqrt(b) + 1


@xp.kernel
def e1(
    item,  # Item over n elements
    a,  # in   (n,)
    b,  # in   (n,)
    out,  # out  (n,)
):
    i = item.get_id(0)
    out[i] = math.sin(a[i]) * b[i] + math.exp(-a[i]) * math.sqrt(b[i]) + np.float32(1)


def prange_loop() -> Callable[..., None]:
    """The same with Numba alone, on all cores."""
    import numba

    @numba.njit(parallel=True)
    def e1_prange(a, b, out):
        for i in numba.prange(a.size):
            out[i] = math.sin(a[i]) * b[i] + math.exp(-a[i]) * math.sqrt(b[i]) + np.float32(1)

    return e1_prange


def makers(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """Every contender, kernels first."""
    for device in device_names():
        name = f"xpuarray kernel, {device}"
        yield name, partial(by_kernel, name, device, e1, a, b)
    yield "NumPy", lambda: Numpy().contender("NumPy", expression, a, b)
    yield "numba prange", lambda: compiled_loop("numba prange", prange_loop(), a, b)
    for device in device_names():
        name = f"xpuarray op by op, {device}"
        yield name, lambda name=name, device=device: Xpu(device).contender(name, expression, a, b)
    for device in sycl_names():
        name = f"dpnp op by op, {device}"
        yield name, lambda name=name, device=device: Dpnp(device).contender(name, expression, a, b)


def races(options: Options) -> Iterator[Race]:
    """One race, over 8 M elements."""
    n = options.size(8_000_000, 100_000)
    a, b = (options.rng.random(n, dtype=np.float32) for _ in range(2))
    reference = expression(np, a.astype(np.float64), b.astype(np.float64))
    title = f"E1 = sin(a)*b + exp(-a)*sqrt(b) + 1, float32, {n:,} elements"
    # Values are below 4, where two floats lie 2.4e-7 apart; a handful of operations each add half of that.
    yield Race("e1", title, makers(a, b), reference, bound=1e-6, peer="NumPy")
