"""Cost as work grows: a + b and E1 of 1 to 2**27 elements, on each device and by its peers.

`python -m benchmarks sizes --json FILE` measures; `python -m benchmarks.plot FILE PICTURE` draws what is in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.chains import CASES, makers
from benchmarks.harness import Options, Race

__all__ = ["conclusion", "curves", "races"]

_LAST = 27


def races(options: Options) -> Iterator[Race]:
    """One race a function and size; of GPUs alone if there is no other device."""
    gpu = all(d.info.type == "gpu" for d in xp.devices())
    for name in ("add", "e1"):
        case = CASES[name]
        for power in range(0, 10 if options.quick else _LAST + 1, 3):
            inputs = [options.rng.random(1 << power, dtype=np.float32) for _ in range(2)]
            reference = np.asarray(case.function(np, *(x.astype(np.float64) for x in inputs)))
            title = f"{name} {1 << power}"
            contenders = makers(case, inputs, gpu)
            yield Race(title, title, contenders, reference, case.bound(reference), peer="" if gpu else "NumPy")


def curves(reports: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[int, float]]]:
    """Function -> contender -> elements -> seconds, the least of a race."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for report in reports:
        function, _, size = report["name"].partition(" ")
        for contender in report["contenders"]:
            found.setdefault(function, {}).setdefault(contender["name"], {})[int(size)] = contender["best_s"]
    return found


def conclusion(reports: Sequence[dict[str, Any]]) -> str:
    """A table a function: microseconds by number of elements."""
    lines = []
    for function, by_name in curves(reports).items():
        sizes = sorted({size for curve in by_name.values() for size in curve})
        lines += [f"### {function}, float32: µs by elements, the least of the turns", ""]
        lines += ["| | " + " | ".join(f"{n:,}" for n in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
        for name, curve in by_name.items():
            cells = (f"{curve[n] * 1e6:,.3g}" if n in curve else "" for n in sizes)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)
