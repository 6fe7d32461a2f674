"""The half of the fuzzer that tries array functions: programs drawn from a seed, on a device and with NumPy."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from xpuarray.conformance.fuzz.compare import Finding, check
from xpuarray.conformance.fuzz.generate import program
from xpuarray.conformance.fuzz.minimise import smallest
from xpuarray.conformance.fuzz.program import Step, script
from xpuarray.conformance.fuzz.report import Difference
from xpuarray.conformance.fuzz.worker import Died, Worker
from xpuarray.placement.devices import as_device

__all__ = ["answer", "run"]

_TRIES = {"crash": 60, "hang": 12}  # of the minimiser, which starts a process each time then
_USUAL_TRIES = 250
_ALIKE = 3  # differences at one function that are looked at
#: What assigns by arrays of indices.  Of values for one place any may stay on a GPU: see docs/differences.md.
_SCATTERS = re.compile(r"v\d+\[[^=]*v\d+[^=]*\] \S*= |put\(|put_along_axis\(|put_along\(")


def answer(request: tuple[str, Sequence[Step]]) -> Finding | None:
    """What a worker does: the first difference of a program on a device."""
    device, steps = request
    return check(steps, device)


def run(
    device: str, *, programs: int, seed: int, until: float = float("inf"), compiled: float = 1.0,
    tell: Callable[[Difference], Any] = lambda difference: None, numbers: Sequence[int] | None = None,
) -> list[Difference]:  # fmt: skip
    """Try programs on a device until time.monotonic() is `until`; what differs, each kind of it once or a few times.

    compiled: how often large arrays and routes of our kernels are drawn, relative to the usual
    tell: is told of each difference as it is found
    numbers: of the programs, in place of the first ones
    """
    found: list[Difference] = []
    seen: Counter[tuple[str, str]] = Counter()
    on_gpu = as_device(device).info.type == "gpu"
    with Worker(answer) as worker:
        for number in range(programs) if numbers is None else numbers:
            if time.monotonic() > until:
                break
            steps = program(seed, number, compiled=compiled)
            if on_gpu and any(_SCATTERS.search(step.line) for step in steps):
                continue
            finding = _asked(worker, device, steps)
            if finding is None:
                continue
            key = finding[0], _function(finding[2])
            seen[key] += 1
            if seen[key] <= _ALIKE:
                found.append(_minimised(worker, device, seed, number, steps, finding, until))
                tell(found[-1])
    return found


def _asked(worker: Worker, device: str, steps: Sequence[Step]) -> Finding | None:
    try:
        return worker.ask((device, steps))
    except NameError:
        return None
    except Died as died:
        return died.kind, str(died), steps[-1].line


def _function(line: str) -> str:
    """What a line calls, without its operands."""
    return re.sub(r"\bv?\d+\b|'\w+'|\s", "", line.split(" = ", 1)[-1])[:40]


def _minimised(
    worker: Worker, device: str, seed: int, number: int, steps: list[Step], finding: Finding, until: float
) -> Difference:
    kind, last = finding[0], [finding]

    def differs(candidate: list[Step]) -> bool:
        if not candidate or time.monotonic() > until + 60:
            return False
        if kind in _TRIES:
            worker.close()
        now = _asked(worker, device, candidate)
        if now is None or now[0] != kind or (kind == "exception" and now[1][:20] != finding[1][:20]):
            return False
        last[0] = now
        return True

    small = smallest(steps, differs, _TRIES.get(kind, _USUAL_TRIES))
    return Difference("program", device, seed, number, kind, last[0][1], script(small, device))
