"""E1 and the cost of a launch on opencl:cpu, by whatever compiles SPIR-V kernels in this environment.

.venv/bin/python -m benchmarks.compilers          # xpuarray's own compiler
.venv-dpex/bin/python -m benchmarks.compilers     # numba-dpex, behind xpuarray and by itself
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.backends.sycl import versions

SIZE, REPEATS = 1 << 23, 15


def e1(item, a, b, out):
    i = item.get_id(0)
    out[i] = np.sin(a[i]) * b[i] + np.exp(-a[i]) * np.sqrt(b[i]) + np.float32(1)


def least(run: Callable[[], Any], repeats: int) -> float:
    """Seconds of the fastest of some runs, after one that compiles."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def contenders(a: np.ndarray, b: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Name -> a run of E1 over these arrays, to its end."""
    kernel, device = xp.kernel(e1), "opencl:cpu"
    x, y = xp.asarray(a, device=device), xp.asarray(b, device=device)
    out = xp.empty_like(x)

    def ours() -> None:
        xp.call_kernel(kernel, xp.Range(a.size), x, y, out)
        xp.synchronize(device)

    found = {f"xpuarray, compiled by {versions.kernel_compiler()}": ours}
    if importlib.util.find_spec("numba_dpex"):
        import dpnp
        import numba_dpex
        from numba_dpex import kernel_api

        @numba_dpex.kernel
        def by_itself(item, a, b, out):
            i = item.get_id(0)
            out[i] = dpnp.sin(a[i]) * b[i] + dpnp.exp(-a[i]) * dpnp.sqrt(b[i]) + dpnp.float32(1)

        arrays = [dpnp.asarray(array.native) for array in (x, y, out)]
        extent = kernel_api.Range(a.size)
        found["numba_dpex.call_kernel"] = lambda: numba_dpex.call_kernel(by_itself, extent, *arrays)
    return found


def main() -> None:
    """Print a line a contender."""
    rng = np.random.default_rng(0)
    a, b = (rng.random(SIZE, np.float32) for _ in range(2))
    whole, few = contenders(a, b), contenders(a[:16], b[:16])
    for name in whole:
        seconds, launch = least(whole[name], REPEATS), least(few[name], 2000)
        print(f"{name:34}  E1 of 8 M elements {seconds * 1e3:7.2f} ms   launch and wait {launch * 1e6:6.1f} us")


if __name__ == "__main__":
    main()
