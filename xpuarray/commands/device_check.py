"""Does a device compute?  One small kernel, compiled, run and compared with NumPy's result.

In a process of its own: a driver that crashes or hangs is a finding, not the end of the caller.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np

from xpuarray.core.array import asnumpy
from xpuarray.functions.conversion import asarray
from xpuarray.lang import Range
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import as_device, synchronize
from xpuarray.placement.filters import FILTER, SELECTOR

__all__ = ["check", "check_in_a_process", "print_check"]

TIME_LIMIT = 120  # seconds; compiling takes about one


def check_in_a_process(name: str) -> dict[str, Any]:
    """`check` in a process of its own, without filters (which this one has already applied)."""
    env = {k: v for k, v in os.environ.items() if k not in (FILTER, SELECTOR)}
    code = "import sys; from xpuarray.commands import device_check; device_check.print_check(sys.argv[1])"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, name], env=env, capture_output=True, text=True, timeout=TIME_LIMIT
        )
    except subprocess.TimeoutExpired:
        return {"why": f"it did not end within {TIME_LIMIT} s"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-3:]
        how = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
        return {"why": "\n".join([f"the process ended with {how}", *last])}
    return json.loads(next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{")))


def print_check(name: str) -> None:
    """Print the result of `check` as a line of JSON."""
    print(json.dumps(check(name)))


@kernel
def probe(
    item,  # Item over (n,)
    alpha,  # in
    x,  # in   (n,)
    out,  # out  (n,)
):
    """out = alpha * x + sqrt(x)"""
    i = item.get_id(0)
    out[i] = alpha * x[i] + math.sqrt(x[i])


def check(name: str, elements: int = 1 << 16) -> dict[str, Any]:
    """Compile and run a kernel on one device and compare its result with NumPy's.

    Returns milliseconds to compile and to run, the largest error, and why it failed ("" if not).
    """
    try:
        device = as_device(name)
        host = np.linspace(0, 1, elements, dtype=np.float32)
        x, out = asarray(host, device=device), asarray(np.zeros_like(host), device=device)
        times = []
        for _ in range(2):  # the first run compiles
            start = time.perf_counter()
            call_kernel(probe, Range(elements), 2.0, x, out)
            synchronize(device)
            times.append(1e3 * (time.perf_counter() - start))
        exact = 2 * host.astype(np.float64) + np.sqrt(host.astype(np.float64))
        error = float(np.max(np.abs(asnumpy(out) - exact)))
    except Exception as failure:
        return {"why": f"{type(failure).__name__}: {failure}"}
    # Three roundings and a square root within 3 ulp, of values up to 3.
    why = "" if error <= 2e-6 else f"its result is wrong by {error:.3g} (at most 2e-6 is rounding)"
    return {"compile_ms": times[0] - times[1], "run_ms": times[1], "error": error, "why": why}
