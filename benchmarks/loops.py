"""Programs that others wrote as loops over Numba's prange, with `xp.jit` and `xp.prange` in the place of Numba's.

    python -m benchmarks loops [devices] [--npbench FOLDER] [--dpbench FOLDER] [--programs NAME,NAME] [--json FILE]

None of it is part of this repository: the folders are checkouts of https://github.com/spcl/npbench and of
https://github.com/IntelPython/dpbench.  Each program's `*_numba_npr.py` runs as it is, but for three names: Numba's
decorator and prange, and NumPy in what is not under the decorator.  Values are compared with what the program computes
for NumPy, or, where there is no such file, with what Numba makes of it; calls of Numba's and ours take turns.
Where npbench and dpbench have the same program, it is dpbench's that runs: npbench's `mlp` has a race.
The data are npbench's preset S, and for dpbench's own what `python -m benchmarks dpbench` takes; `--quick`: S for all.
"""

from __future__ import annotations

import importlib.util
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import dpbench, npbench
from benchmarks.command import Command
from benchmarks.sides import Numpy, Side, Xpu, parts
from xpuarray.placement.devices import as_device

__all__ = ["main"]

#: what the others are compared with
PEER = "Numba"
#: Numba's names -> ours
NAMES = {
    r"\bimport numba as nb\b": "import xpuarray as xp",
    r"\bimport numpy as np\b": "import xpuarray as np",
    r"\bnb\.n?jit\b": "xp.jit",
    r"\bnb\.prange\b": "xp.prange",
}
#: the programs of dpbench's own; the others are npbench's
DPBENCH = tuple(dpbench.SIZES)
NPBENCH = (
    "azimint_hist", "azimint_naive", "cholesky", "contour_integral", "conv2d_bias", "correlation", "covariance",
    "floyd_warshall", "go_fast", "lenet", "mandelbrot1", "mlp", "resnet", "scattering_self_energies", "softmax", "spmv",
    "stockham_fft", "symm", "trmm",
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Returns 0; a program that fails, or has wrong values, is listed."""
    command = Command("loops", __doc__)
    command.add_argument("devices", nargs="*", help="filters of devices; all usable ones by default")
    command.add_argument("--npbench", type=Path, default=npbench.CACHE, metavar="FOLDER")
    command.add_argument("--dpbench", type=Path, default="dpbench", metavar="FOLDER")
    command.add_argument("--programs", type=lambda text: text.split(","), metavar="NAME,NAME", help="all by default")
    command.add_argument("--limit", type=float, default=240.0, help="seconds that a program may take")
    command.add_argument("--check", action="store_true", help="whether values are right; no times beside Numba's")
    command.add_argument("--unsafe", action="store_true", help="with xp.jit(unsafe=True)")
    command.add_argument("--inside", action="store_true", help="run one program here, and print JSON alone")
    given, options = command.parse(arguments, rounds=(9, 1), seconds=(6.0, 0.1))
    names = given.programs or [*DPBENCH, *NPBENCH]
    if given.inside:
        print(json.dumps(_compared(names[0], given, options)))
        return 0
    devices = given.devices or [str(d) for d in _usable()]
    found = []
    for name in names:
        found.append(_in_process(name, devices, given))
        print(_row(found[-1], devices), flush=True)
    for device in devices:
        right = [f for f in found if device in f["sides"]]
        ratios = [f["sides"][device]["ratio"] for f in right if PEER in f["sides"]]
        mean = f", {statistics.geometric_mean(ratios):.2f} times Numba's time" if ratios else ""
        print(f"{device}: {len(right)} of {len(found)} right{mean}")
    command.write({"programs": found})
    return 0


def _usable() -> list[Any]:
    import xpuarray as xp

    return [d for d in xp.devices() if d.usable]


def _in_process(name: str, devices: Sequence[str], given: Any) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", "loops", *devices, "--inside", "--programs", name]
    command += ["--npbench", str(given.npbench), "--dpbench", str(given.dpbench)]
    command += [f"--{key}={value}" for key in ("rounds", "seconds") if (value := getattr(given, key))]
    command += [f"--{key}" for key in ("quick", "check", "unsafe") if getattr(given, key)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=given.limit, check=False)
        return json.loads(done.stdout.rstrip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        why = f"ended after {given.limit:.0f} s"
    except ValueError:
        why = f"the process ended with {done.returncode}: {done.stderr.rstrip().rpartition(chr(10))[2]}"
    return {"name": name, "sides": {}, "failed": dict.fromkeys(devices, why)}


class _Program:
    """One program: its data, and its function with Numba's names or ours."""

    def __init__(self, name: str, given: Any):
        self.name, self._unsafe = name, given.unsafe
        self.by_name = name in DPBENCH  # whose files differ in the order of parameters, npbench's in their names
        if self.by_name:
            made = dpbench.Program(given.dpbench, name, given.quick)
            self.data, self.arrays, self.outputs = made.data, made.arrays, made.outputs
            self.parameters, self._function, self.numpy = made.parameters, made._function, None
            self._file = made._folder / f"{made._folder.name}_numba_npr.py"
            self.wrong = lambda values, right: _far(values, right)
            return
        program = npbench.Program(given.npbench, name, "S")
        about = program.about
        self.data, self.arrays, self.outputs = program.data, about["array_args"], about["output_args"]
        self.parameters, self._function = about["input_args"], about["func_name"]
        self.numpy, self.wrong = program.function("numpy"), program.wrong
        self._file = program._folder / f"{about['module_name']}_numba_npr.py"
        file = f"{about['module_name']}_numba_npr.py"
        self._file = next((given.dpbench / "dpbench/benchmarks").rglob(file), self._file)

    def function(self, names: dict[str, str]) -> Callable[..., Any]:
        source = self._file.read_text()
        for pattern, instead in names.items():
            source = re.sub(pattern, instead, source)
        if self._unsafe:
            source = re.sub(r"xp\.jit\(", "xp.jit(unsafe=True, ", source)
        file = Path(tempfile.mkdtemp()) / self._file.name
        file.write_text(source)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module
        spec.loader.exec_module(module)
        return getattr(module, self._function)


def _far(values: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> str:
    if len(values) != len(right):
        return f"{len(values)} values for {len(right)}"
    for value, expected in zip(values, right):
        if not np.allclose(value, expected, rtol=1e-6, atol=1e-9):
            return f"off by {np.max(np.abs(value - expected)):.3g}"
    return ""


def _run(program: _Program, function: Callable[..., Any], side: Side) -> tuple[float, list[np.ndarray]]:
    """Seconds, and all that the program returns or writes into."""
    with side.place():
        arrays = {name: side.asarray(program.data[name]) for name in program.arrays}
        data = {**program.data, **arrays}
        side.wait()
        start = time.perf_counter()
        given = {name: data[name] for name in program.parameters}
        returned = function(**given) if program.by_name else function(*given.values())
        made = [returned, [data[name] for name in program.outputs]]
        side.finish(made)
        side.wait()
        seconds = time.perf_counter() - start
        return seconds, [np.asarray(side.asnumpy(p) if hasattr(p, "shape") else p) for p in parts(made)]


def _compared(name: str, given: Any, options: Any) -> dict[str, Any]:
    """First calls, and whether they are right; then turns: side -> first, seconds and ratios; failed: side -> why."""
    program = _Program(name, given)
    numba = program.function({}) if not given.check or program.numpy is None else None
    reference = program.numpy or numba
    assert reference is not None
    expected = _run(program, reference, Numpy())[1]
    calls: dict[str, Callable[[], float]] = {}
    firsts: dict[str, float] = {}
    failed: dict[str, str] = {}
    for side_name in ([PEER] if not given.check else []) + given.devices:
        try:
            side = Numpy() if side_name == PEER else Xpu(str(as_device(side_name)))
            function = numba if side_name == PEER and numba else program.function(NAMES)
            firsts[side_name], values = _run(program, function, side)
            if wrong := program.wrong(values, expected):
                failed[side_name] = wrong
            else:
                calls[side_name] = partial(_seconds, program, function, side)
        except Exception as error:
            failed[side_name] = f"{type(error).__name__}: {error}"
    peer = PEER if PEER in calls else next(iter(calls), "")
    sides = npbench.in_turns(calls, peer, firsts, options) if calls else {}
    return {"name": name, "sides": sides, "failed": failed}


def _seconds(program: _Program, function: Callable[..., Any], side: Side) -> float:
    return _run(program, function, side)[0]


def _row(found: dict[str, Any], devices: Sequence[str]) -> str:
    cells = [f"{name}: {why.partition(chr(10))[0]}" for name, why in found["failed"].items()]
    for name in devices:
        if side := found["sides"].get(name):
            beside = f", {side['ratio']:.2f} times Numba's" if PEER in found["sides"] else ""
            cells.append(f"{name}: right, first {side['first_s']:.2f} s, then {side['median_s'] * 1e3:.3g} ms{beside}")
    return f"{found['name']}: " + " | ".join(cells)
