"""npbench's programs, which others wrote for NumPy, with xpuarray in NumPy's place, beside NumPy and CuPy.

    python -m benchmarks npbench [devices] [--npbench FOLDER] [--programs NAME,NAME] [--preset S] [--json FILE]

None of it is part of this repository: FOLDER is a checkout of https://github.com/spcl/npbench, which is cloned if there
is none.  Each program's `*_numpy.py` runs as it is, but for `import numpy as np`; its data come from its own module, by
NumPy, and are on the device before a call, anew each time.  A program has a process of its own: what its first call
takes has nothing of an earlier one's.  Its values are compared with NumPy's as npbench does.
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.command import Command
from benchmarks.peers import Cupy
from benchmarks.sides import Numpy, Side, Xpu, parts
from xpuarray.placement.devices import as_device

__all__ = ["Program", "compare", "in_turns", "main", "summary"]

ADDRESS = "https://github.com/spcl/npbench"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "xpuarray-benchmarks" / "npbench"


def main(arguments: Sequence[str]) -> int:
    """Returns 0; a program that fails, or has wrong values, is listed."""
    command = Command("npbench", __doc__)
    command.add_argument("devices", nargs="*", help="filters of devices; all usable ones by default")
    command.add_argument("--npbench", type=Path, default=os.environ.get("NPBENCH", CACHE), metavar="FOLDER")
    command.add_argument("--programs", type=_names, metavar="NAME,NAME", help="all by default")
    command.add_argument("--preset", default="S", choices=("S", "M", "L", "paper"), help="how much data")
    command.add_argument("--limit", type=float, default=60.0, help="seconds that a call may take")
    command.add_argument("--inside", action="store_true", help="run one program here, and print JSON alone")
    given, options = command.parse(arguments, rounds=(9, 3), seconds=(20.0, 5.0))
    folder = checkout(Path(given.npbench))
    names = given.programs or sorted(file.stem for file in (folder / "bench_info").glob("*.json"))
    if given.inside:
        print(json.dumps(compare(Program(folder, names[0], given.preset), given.devices, given.limit, options)))
        return 0
    devices = [str(as_device(name)) for name in given.devices] or [str(d) for d in xp.devices() if d.usable]
    sides = [*devices, *(["CuPy"] if any(device.startswith("cuda") for device in devices) else [])]
    print(_line("ms", "NumPy", *(f"{side}: first | warm | times NumPy's" for side in sides)))
    print("|---" * (2 + 3 * len(sides)) + "|")
    found = []
    for name in names:
        found.append(_in_process(folder, name, devices, given))
        print(_row(found[-1], sides), flush=True)
    print(summary(found, sides))
    command.write({"programs": found})
    return 0


def _names(text: str) -> list[str]:
    return text.split(",")


def checkout(folder: Path) -> Path:
    """The folder, cloned into if it isn't there."""
    if not (folder / "bench_info").is_dir():
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", ADDRESS, folder], check=True)
    return folder


def _in_process(folder: Path, name: str, devices: Sequence[str], given: Any) -> dict[str, Any]:
    """What `compare` finds in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "npbench", *devices, "--inside", "--programs", name]
    command += ["--npbench", str(folder), "--preset", given.preset, "--limit", str(given.limit)]
    command += [f"--{key}={value}" for key in ("rounds", "seconds") if (value := getattr(given, key))]
    command += ["--quick"] if given.quick else []
    most = (2 + len(devices)) * 3 * given.limit  # where a limit can't end a call of a library
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=most, check=False)
        return json.loads(done.stdout.rstrip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        why = f"ended after {most:.0f} s"
    except ValueError:
        why = f"the process ended with {done.returncode}: {done.stderr.rstrip().rpartition(chr(10))[2]}"
    return {"name": name, "sides": {}, "failed": dict.fromkeys(devices, why)}


class Program:
    """One of npbench's programs, and its data."""

    def __init__(self, folder: Path, name: str, preset: str):
        self.name = name
        self.about = json.loads((folder / f"bench_info/{name}.json").read_text())["benchmark"]
        self._folder = folder / "npbench/benchmarks" / self.about["relative_path"]
        self.data: dict[str, Any] = dict(self.about["parameters"][preset])
        init = self.about.get("init")
        if init:
            make = self._defined(f"{self.about['module_name']}.py", "numpy")[init["func_name"]]
            made = make(*(self.data[argument] for argument in init["input_args"]))
            outputs = init["output_args"]
            self.data.update(zip(outputs, made) if len(outputs) > 1 else {outputs[0]: made})

    def function(self, module: str) -> Callable[..., Any]:
        """The program, for NumPy or with another module in its place."""
        return self._defined(f"{self.about['module_name']}_numpy.py", module)[self.about["func_name"]]

    def _defined(self, file: str, module: str) -> dict[str, Any]:
        source = (self._folder / file).read_text(encoding="utf-8")
        source = re.sub(r"^(\s*)import numpy as np\b", rf"\1import {module} as np", source, flags=re.MULTILINE)
        names: dict[str, Any] = {"__name__": Path(file).stem}
        exec(compile(source, file, "exec"), names)
        return names

    def wrong(self, values: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> str:
        """What is wrong with values beside NumPy's, by npbench's measure; empty if nothing is."""
        if len(values) != len(expected):
            return f"{len(values)} values for {len(expected)}"
        for value, right in zip(values, expected):
            if value.shape != right.shape:
                return f"shape {value.shape} for {right.shape}"
            if np.allclose(right, value, rtol=self.about.get("rtol", 1e-5), atol=self.about.get("atol", 1e-8)):
                continue
            error = float(np.linalg.norm(right - value) / np.linalg.norm(right))
            if not error < self.about.get("norm_error", 1e-5):
                return f"off by {error:.3g}"
        return ""


class _Run:
    """A program on one side."""

    def __init__(self, program: Program, side: Side):
        self.side, self._about, self._data = side, program.about, program.data
        with side.place():
            self._function = program.function(side.namespace.__name__)

    def time(self) -> tuple[float, Any]:
        """Seconds, and all that the program returns or writes into."""
        side = self.side
        with side.place():
            data = {**self._data, **{name: side.asarray(self._data[name]) for name in self._about["array_args"]}}
            arguments = [data[name] for name in self._about["input_args"]]
            side.wait()
            start = time.perf_counter()
            returned = self._function(*arguments)
            made = [returned, [data[name] for name in self._about["output_args"]]]
            side.finish(made)
            side.wait()
            return time.perf_counter() - start, made

    def values(self, made: Any) -> list[np.ndarray]:
        return [np.asarray(self.side.asnumpy(part) if hasattr(part, "shape") else part) for part in parts(made)]


def compare(program: Program, devices: Sequence[str], limit: float, options: Any) -> dict[str, Any]:
    """First calls, all of them right, then turns: side -> first, seconds and ratios; failed: side -> why."""
    makers: dict[str, Callable[[], Side]] = {"NumPy": Numpy, **{device: partial(Xpu, device) for device in devices}}
    if any(device.startswith("cuda") for device in devices):
        makers["CuPy"] = Cupy
    runs: dict[str, _Run] = {}
    firsts: dict[str, float] = {}
    failed: dict[str, str] = {}
    expected: list[np.ndarray] = []
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for name, make in makers.items():
        try:
            run = _Run(program, make())
            with _at_most(limit):
                firsts[name], made = run.time()
            expected = expected or run.values(made)
            if wrong := program.wrong(run.values(made), expected):
                failed[name] = wrong
            else:
                runs[name] = run
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    sides = in_turns({name: lambda run=run: run.time()[0] for name, run in runs.items()}, "NumPy", firsts, options)
    return {"name": program.name, "sides": sides, "failed": failed}


def in_turns(
    calls: dict[str, Callable[[], float]], peer: str, firsts: dict[str, float], options: Any
) -> dict[str, dict[str, Any]]:
    """Side -> what is said of its times, of calls in turns, until there are enough or time is up.

    calls: side -> a call that returns its seconds; peer: the side that the others are compared with, turn by turn
    """
    turns: dict[str, list[float]] = {name: [] for name in calls}
    start = time.perf_counter()
    while not turns[peer] or (len(turns[peer]) < options.rounds and time.perf_counter() - start < options.seconds):
        for name, call in calls.items():
            turns[name].append(call())
    return {
        name: {
            "first_s": firsts[name],
            "median_s": statistics.median(own),
            "best_s": min(own),
            "ratio": statistics.median(s / other for s, other in zip(own, turns[peer])),
            "seconds": own,
        }
        for name, own in turns.items()
    }


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """TimeoutError after so long, where a signal can say so."""

    def end(*_: Any) -> None:
        raise TimeoutError(f"over {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# -- reports --------------------------------------------------------------------------------------


def _row(report: dict[str, Any], sides: Sequence[str]) -> str:
    cells = []
    for name in sides:
        timed = report["sides"].get(name)
        if timed:
            cells += [_ms(timed["first_s"]), _ms(timed["median_s"]), f"{timed['ratio']:.2f}"]
        else:
            cells += [report["failed"].get(name, ""), "", ""]
    numpy = report["sides"].get("NumPy")
    return _line(report["name"], _ms(numpy["median_s"]) if numpy else "", *cells)


def summary(found: Sequence[dict[str, Any]], sides: Sequence[str]) -> str:
    """How many are right on each side, and their time over NumPy's: the geometric mean, and the slowest ten."""
    lines = [""]
    for name in sides:
        ratios = {report["name"]: report["sides"][name]["ratio"] for report in found if name in report["sides"]}
        if not ratios:
            lines.append(f"{name}: none of {len(found)} right")
            continue
        firsts = [r["sides"][name]["first_s"] / r["sides"]["NumPy"]["median_s"] for r in found if name in r["sides"]]
        ten = sorted(ratios, key=ratios.__getitem__, reverse=True)[:10]
        lines.append(
            f"{name}: {len(ratios)} of {len(found)} right, time over NumPy's: {_mean(ratios.values()):.3g} "
            f"(first calls: {_mean(firsts):.3g}); over 3: {sum(r > 3 for r in ratios.values())}; "
            f"slowest: {', '.join(f'{program} {ratios[program]:.3g}' for program in ten)}"
        )
    both = [r["sides"] for r in found if "CuPy" in r["sides"]]
    for name in sides:
        pairs = [s[name]["median_s"] / s["CuPy"]["median_s"] for s in both if name in s and name != "CuPy"]
        if pairs and name.startswith("cuda"):
            lines.append(f"{name}: {_mean(pairs):.3g} times CuPy's time over the {len(pairs)} right on both")
    lines += [f"{r['name']}, {name}: {why}" for r in found for name, why in r["failed"].items()]
    return "\n".join(lines)


def _mean(values: Any) -> float:
    return statistics.geometric_mean(values)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.3g}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
