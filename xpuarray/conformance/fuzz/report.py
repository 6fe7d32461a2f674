"""What the fuzzer says of a program whose answer differs."""

from __future__ import annotations

import dataclasses

__all__ = ["Difference"]


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
