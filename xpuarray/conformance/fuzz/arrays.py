"""The half of the fuzzer that tries array functions: programs drawn from a seed, on a device and with NumPy."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from xpuarray.conformance.fuzz.compare import Finding, check
from xpuarray.conformance.fuzz.generate import program
from xpuarray.conformance.fuzz.minimise import smallest
from xpuarray.conformance.fuzz.program import Step, script
from xpuarray.conformance.fuzz.report import Difference, Outcome, total
from xpuarray.conformance.fuzz.worker import Died, Worker, together
from xpuarray.placement.devices import as_device

__all__ = ["Drawn", "LeftOut", "answer", "run"]

_TRIES = {"crash": 60, "hang": 12}  # of the minimiser, which starts a process each time then
_USUAL_TRIES = 250
_ALIKE = 3  # differences at one function that are looked at
#: What assigns by arrays of indices.  Of values for one place any may stay on a GPU: see docs/differences.md.
_SCATTERS = re.compile(r"v\d+\[[^=]*v\d+[^=]*\] \S*= |put\(|put_along_axis\(|put_along\(")


class LeftOut(Exception):  # noqa: N818  it is an answer
    """A program to which the device has more than one right answer."""


class Drawn(NamedTuple):
    """A program by its number: drawing it takes NumPy as long as running it."""

    seed: int
    number: int
    compiled: float

    def steps(self) -> list[Step]:
        return program(self.seed, self.number, compiled=self.compiled)


def answer(request: tuple[str, Sequence[Step] | Drawn]) -> Finding | None:
    """What a worker does: the first difference of a program on a device.  Raises LeftOut."""
    device, steps = request
    if isinstance(steps, Drawn):
        steps = steps.steps()
    if any(_SCATTERS.search(step.line) for step in steps) and as_device(device).info.type == "gpu":
        raise LeftOut
    return check(steps, device)


def run(
    device: str, *, programs: int, seed: int, until: float = float("inf"), compiled: float = 1.0,
    tell: Callable[[Difference], Any] = lambda difference: None, numbers: Sequence[int] | None = None, jobs: int = 1,
) -> Outcome:  # fmt: skip
    """Try programs on a device until time.monotonic() is `until`; what differs, each kind of it once or a few times.

    compiled: how often large arrays and routes of our kernels are drawn, relative to the usual
    tell: is told of each difference as it is found
    numbers: of the programs, in place of the first ones
    jobs: processes that share the programs
    """
    seen: Counter[tuple[str, str]] = Counter()
    chosen = range(programs) if numbers is None else numbers

    def share(job: int, worker: Worker) -> Outcome:
        found, ran, left_out = list[Difference](), 0, 0
        for number in chosen[job::jobs]:
            if time.monotonic() > until:
                break
            drawn = Drawn(seed, number, compiled)
            try:
                finding = asked(worker, device, drawn)
                ran += 1
            except LeftOut:
                left_out += 1
                continue
            if finding is None:
                continue
            key = finding[0], _function(finding[2])
            seen[key] += 1
            if seen[key] <= _ALIKE:
                found.append(minimised(worker, device, drawn, finding, until))
                tell(found[-1])
        return Outcome(found, ran, left_out)

    return total(together(jobs, answer, share))


def asked(worker: Worker, device: str, steps: Sequence[Step] | Drawn) -> Finding | None:
    """The worker's answer, or what it came to.  Raises LeftOut."""
    try:
        return worker.ask((device, steps))
    except NameError:
        return None
    except Died as died:
        lines = steps.steps() if isinstance(steps, Drawn) else steps
        return died.kind, str(died), lines[-1].line


def _function(line: str) -> str:
    """What a line calls, without its operands."""
    return re.sub(r"\bv?\d+\b|'\w+'|\s", "", line.split(" = ", 1)[-1])[:40]


def minimised(worker: Worker, device: str, drawn: Drawn, finding: Finding, until: float = float("inf")) -> Difference:
    """What differs, in the smallest program that was found to do so."""
    kind, last = finding[0], [finding]

    def differs(candidate: list[Step]) -> bool:
        if not candidate or time.monotonic() > until + 60:
            return False
        if kind in _TRIES:
            worker.close()
        try:
            now = asked(worker, device, candidate)
        except LeftOut:
            return False
        if now is None or now[0] != kind or (kind == "exception" and now[1][:20] != finding[1][:20]):
            return False
        last[0] = now
        return True

    small = smallest(drawn.steps(), differs, _TRIES.get(kind, _USUAL_TRIES))
    return Difference("program", device, drawn.seed, drawn.number, kind, last[0][1], script(small, device))
