"""What the fuzzer says of a program whose answer differs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

__all__ = ["Difference", "Outcome", "total"]


@dataclasses.dataclass(frozen=True)
class Difference:
    """One program that a device answers otherwise than its reference, as small as it could be made."""

    half: str  #: "program" (of array functions) or "kernel"
    device: str  #: which device answers otherwise
    seed: int  #: of the run
    number: int  #: of the program in that run: both make it again
    kind: str  #: "values", "dtype", "shape", "aliasing", "exception", "crash" or "hang"
    why: str  #: one line: what came, and what should have
    script: str  #: a plain Python script that shows it

    def __str__(self) -> str:
        title = f"{self.half} {self.number} of seed {self.seed} on {self.device}: {self.kind}"
        return f"{title}\n  {self.why}\n" + "".join(f"    {line}\n" for line in self.script.splitlines())


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a run came to, or one job's part of it."""

    found: list[Difference]
    ran: int = 0  #: programs, or kernels
    left_out: int = 0  #: of which the device may give one of several answers

    def told(self, what: str, seconds: float) -> str:
        """One line about it."""
        left_out = f", {self.left_out} left out" if self.left_out else ""
        return f"{self.ran} {what} in {seconds:.0f} s, {self.ran / max(seconds, 1e-9):.1f} a second{left_out}"


def total(parts: Iterable[Outcome]) -> Outcome:
    """What all jobs came to."""
    parts = list(parts)
    found = [difference for part in parts for difference in part.found]
    return Outcome(found, sum(part.ran for part in parts), sum(part.left_out for part in parts))
