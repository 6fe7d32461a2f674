"""dpbench's programs: kernels that others wrote for numba-dpex, on `xpuarray.dpex`, and the same by Numba's prange.

    git clone https://github.com/IntelPython/dpbench
    python -m benchmarks dpbench --dpbench dpbench [knn gpairs]

None of it is part of this repository.  Each program's `*_numba_dpex_k.py` runs with `xpuarray.dpex` in numba-dpex's
place, on dpnp's arrays; its `*_numba_npr.py` computes the same from the same data, in double precision as there.
Python 3.11 or later.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.command import Command
from benchmarks.harness import Contender, Options, Race, measure, report, table
from benchmarks.sides import sycl_names
from xpuarray.placement.devices import as_device

#: What takes tenths of a second on a few cores, in place of the presets S (too short) and M (gigabytes).
SIZES: dict[str, dict[str, int]] = {
    "black_scholes": {"nopt": 1 << 22},
    "dbscan": {"n_samples": 1 << 12},
    "gpairs": {"nopt": 1 << 12},
    "kmeans": {"npoints": 1 << 18},
    "knn": {"test_size": 1 << 15},
    "l2_norm": {"npoints": 1 << 22},
    "pairwise_distance": {"npoints": 1 << 12},
    "rambo": {"nevts": 1 << 18},
}
PRECISION = {"float": np.dtype(np.float64), "int": np.dtype(np.int64)}
#: What dpbench's files import, and what it is called here
_NAMES = {r"\bnumba_dpex\b": "xpuarray.dpex", r"\bfrom dpctl import tensor\b": "from dpnp import tensor"}


class Program:
    """One program's functions, its data, and what of them a call changes."""

    def __init__(self, folder: Path, name: str, quick: bool):
        import tomllib

        text = (folder / f"dpbench/configs/bench_info/{name}.toml").read_text()
        about = tomllib.loads(text)["benchmark"]
        self.name, self.title = name, about["name"]
        self._folder = folder / "dpbench/benchmarks/default" / about["relative_path"]
        self._function = about["func_name"]
        given = about["parameters"]["S"] | ({} if quick else SIZES[name])
        initialize = getattr(self._module("initialize"), about["init"]["func_name"])
        made = initialize(*({**given, "types_dict": PRECISION}[a] for a in about["init"]["input_args"]))
        self.data: dict[str, Any] = given | dict(zip(about["init"]["output_args"], made))
        self.parameters: Sequence[str] = about["input_args"]
        self.arrays: Sequence[str] = about["array_args"]
        self.outputs: Sequence[str] = about.get("output_args", ())

    def function(self, kind: str) -> Callable[..., Any]:
        return getattr(self._module(kind), self._function)

    def _module(self, kind: str) -> ModuleType:
        file = self._folder / f"{self._folder.name}_{kind}.py"
        source = file.read_text()
        for pattern, instead in _NAMES.items():
            source = re.sub(pattern, instead, source)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        exec(compile(source, str(file), "exec"), module.__dict__)
        return module


class _Side:
    """A program's arrays in one library, written anew before each call: some programs add to what they find."""

    def __init__(self, program: Program, function: Callable[..., Any], asarray: Callable[[np.ndarray], Any]):
        self._program, self._function = program, function
        data = program.data
        self._arrays = {name: asarray(data[name]) for name in program.arrays}
        self._fresh = {name: asarray(data[name]) for name in program.arrays}
        self._changed: Sequence[str] = program.arrays

    def call(self) -> tuple[float, Any]:
        """Seconds, and what it returned."""
        for name in self._changed:
            self._arrays[name][...] = self._fresh[name]
        data = {**self._program.data, **self._arrays}
        arguments = {name: data[name] for name in self._program.parameters}  # by name, for the orders differ
        start = time.perf_counter()
        returned = self._function(**arguments)
        return time.perf_counter() - start, returned

    def values(self, asnumpy: Callable[[Any], np.ndarray]) -> np.ndarray:
        """What a first call leaves in the outputs, or returns."""
        returned = self.call()[1]
        now: Mapping[str, np.ndarray] = {name: asnumpy(a) for name, a in self._arrays.items()}
        self._changed = [name for name, a in now.items() if not np.array_equal(a, self._program.data[name])]
        parts = [now[name].ravel() for name in self._program.outputs] or [np.atleast_1d(returned)]
        return np.concatenate([part.astype(np.float64) for part in parts])

    def contender(self, name: str, asnumpy: Callable[[Any], np.ndarray]) -> Contender:
        return Contender(
            name,
            lambda: self.values(asnumpy),
            seconds=lambda loops: sum(self.call()[0] for _ in range(loops)),
        )


def _prange(program: Program) -> Contender:
    return _Side(program, program.function("numba_npr"), np.copy).contender("numba prange", np.copy)


def _kernel(program: Program, device: str) -> Contender:
    import dpnp

    queue = as_device(device).sycl_queue
    side = _Side(program, program.function("numba_dpex_k"), lambda a: dpnp.asarray(a, sycl_queue=queue))
    return side.contender(f"xpuarray.dpex, {device}", dpnp.asnumpy)


def races(folder: Path, names: Sequence[str], options: Options) -> Iterator[Race]:
    """One race a program."""
    for name in names:
        program = Program(folder, name, options.quick)
        reference = _Side(program, program.function("numba_npr"), np.copy).values(np.copy)
        makers = [("numba prange", partial(_prange, program))]
        makers += [(f"xpuarray.dpex, {d}", partial(_kernel, program, d)) for d in sycl_names()]
        bound = 1e-9 * max(1.0, float(np.max(np.abs(reference))))
        title = f"dpbench's {program.title}, {', '.join(f'{k} = {program.data[k]:,}' for k in SIZES[name])}"
        yield Race(name, title, makers, reference, bound, peer="numba prange")


def main(arguments: list[str]) -> int:
    """Returns 0; a program with wrong values raises."""
    command = Command("dpbench", __doc__)
    command.add_argument("names", nargs="*", metavar="program", help=f"of {', '.join(SIZES)}; all by default")
    command.add_argument("--dpbench", type=Path, default="dpbench", metavar="FOLDER", help="dpbench's sources")
    given, options = command.parse(arguments, rounds=(11, 3), seconds=(0.5, 0.02))
    found = []
    for race in races(given.dpbench, given.names or list(SIZES), options):
        results = measure(race, options)
        print(table(race, results), flush=True)
        found.append(report(race, results))
    command.write({"races": found})
    return 0
