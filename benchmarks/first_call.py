"""What a first call costs in a new process, of a kernel and of a fused expression: with an empty cache, and with what
a process before left.

The time is from the call to the end of the wait after it; the process has imported xpuarray and made the arrays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race, WrongResultError
from benchmarks.sides import device_names
from xpuarray.compiler.targets import TARGETS
from xpuarray.placement.devices import as_device

N, LARGE = 1024, 1 << 20
PROGRAM = """
import json
import sys
import time

import numpy as np

import xpuarray as xp


@xp.kernel
def saxpy(item, alpha, x, y, out):
    i = item.get_id(0)
    out[i] = alpha * x[i] + y[i]


def kernel(x, y, out):
    xp.call_kernel(saxpy, xp.Range(x.size), np.float32(0.5), x, y, out)
    return out


def expression(x, y, out):
    found = xp.sin(x) * y + xp.exp(-x) * xp.sqrt(y) + 1
    xp.evaluate(found)
    return found


with xp.device(sys.argv[1]) as device:
    x, y, out = (xp.asarray(np.full(int(sys.argv[3]), value, np.float32)) for value in (2, 3, np.nan))
out.device.runtime.wait()
start = time.perf_counter()
out = globals()[sys.argv[2]](x, y, out)
out.device.runtime.wait()
seconds = time.perf_counter() - start
compiler = sorted({name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite"})
values = np.unique(xp.asnumpy(out)).tolist()
print(json.dumps({"seconds": seconds, "compiler": compiler, "values": values}))
"""


class FirstCall:
    """New processes on one device, each with a cache that is new too, or with the cache of one before it.

    Where kernels are kept on disk, a warm cache must spare the process the whole compiler.
    """

    def __init__(self, device: str, what: str, n: int, warm: bool):
        self.device, self.what, self.n, self.warm = device, what, n, warm
        self.keeps = TARGETS[as_device(device).runtime.target].stored
        self.folder = tempfile.TemporaryDirectory(prefix="xpuarray-first-call-")
        if warm:
            self.run(self.folder.name)

    def run(self, cache: str) -> dict[str, Any]:
        """One process: seconds, values, and which parts of the compiler it has imported."""
        root = str(Path(xp.__file__).parents[1])
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        environment = os.environ | {"XPUARRAY_CACHE_DIR": cache, "XPUARRAY_CACHE": "1", "PYTHONPATH": paths}
        command = [sys.executable, "-c", PROGRAM, self.device, self.what, str(self.n)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the first call on {self.device} failed:\n{done.stderr}")
        return json.loads(done.stdout)

    def call(self) -> dict[str, Any]:
        """The next process."""
        if not self.warm:
            with tempfile.TemporaryDirectory(prefix="xpuarray-first-call-") as empty:
                return self.run(empty)
        found = self.run(self.folder.name)
        if self.keeps and found["compiler"]:
            raise WrongResultError(
                f"{self.device}: with a warm cache a process imported {', '.join(found['compiler'])}"
            )
        return found

    def seconds(self, loops: int) -> float:
        """So many processes, one after the other."""
        return sum(self.call()["seconds"] for _ in range(loops))


def contender(name: str, *which: Any) -> Contender:
    """New processes on one device."""
    calls = FirstCall(*which)
    return Contender(name, calls.call, asnumpy=lambda found: np.array(found["values"]), seconds=calls.seconds)


def makers(what: str, n: int) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """Every device, with an empty cache and with a warm one."""
    for device in device_names():
        for warm in (False, True):
            name = f"{'warm' if warm else 'empty'} cache, {device}"
            yield name, partial(contender, name, device, what, n, warm)


def races(options: Options) -> Iterator[Race]:
    """A race for the kernel and one for the expression."""
    title = "The first call of saxpy in a new process (with a warm cache it does not import Numba, except on the host)"
    yield Race("first call", title, makers("kernel", N), np.array([4.0]), bound=0.0, ratio="cost")
    title = f"The same of E1 over {LARGE:,} elements (on the host NumPy does it, step by step)"
    value = np.sin(2) * 3 + np.exp(-2) * np.sqrt(3) + 1
    yield Race("first expression", title, makers("expression", LARGE), np.array([value]), bound=1e-6, ratio="cost")
