"""A plain loop over `range` under `xp.jit(parallel="auto")`: a prange, if the analysis proves that its turns are
independent; else it is run in its order (serial.py), or stays Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import KernelArgumentError, KernelCompileError, LoopError
from xpuarray.launch.kernel import Kernel
from xpuarray.loops.launches import Launches, as_number
from xpuarray.loops.loop import Loop
from xpuarray.loops.observed import note

__all__ = ["Proved"]

#: So many turns of whole arrays are worth a kernel: a turn of fewer is an operation for the whole device.
_MANY = 32
_NUMBERS = (Array, int, float, complex, np.generic)


class Proved:
    """One such loop, as it is called."""

    def __init__(self, loop: Loop | None, line: int, why: str = ""):
        self.loop, self.line = loop, line
        self.why = why  #: why it did not run in parallel when it was called last

    def __call__(self, values: tuple[Any, ...], spans: tuple[tuple[Any, Any, Any], ...]) -> tuple[Any, ...] | None:
        """Run it in parallel: the values of what all turns joined values in; None if it isn't parallel."""
        ranges = [range(*span) for span in spans]
        if not all(ranges):
            return None
        done = self._run(values, ranges)
        if done is None:
            self.tell()
        return done

    def tell(self) -> None:
        """Say why it does not run in parallel."""
        note(lambda _: f"line {self.line}: not in parallel: {self.why}", None)

    @property
    def kernels(self) -> list[Kernel]:
        """Those that have been made."""
        return [] if self.loop is None else self.loop.kernels

    def why_unbound(self, name: str) -> None:
        """Variables are after it what they are in Python."""

    def _run(self, values: tuple[Any, ...], ranges: list[range]) -> tuple[Any, ...] | None:
        assert self.loop is not None
        for name, value in zip(self.loop.names, values):
            if isinstance(value, np.ndarray) or (name in self.loop.nest.carried and not isinstance(value, _NUMBERS)):
                self.why = f"`{name}` is no number, and no array of the device's"
                return None
        found = self.loop.launches(values, ranges)
        self.why = found if isinstance(found, str) else found.reason or _against(found, ranges)
        if self.why or isinstance(found, str):
            return None
        try:
            done = found.run(values, ranges)
        except LoopError as error:  # of these arrays: they share memory
            self.why = str(error)
            return None
        except (KernelArgumentError, KernelCompileError) as error:
            found.reason = str(error)
            done = None
        self.why = found.reason or ""
        if done is not None:
            note(found.told, ranges)
        return None if done is None else tuple(map(as_number, done))


def _against(found: Launches, ranges: list[range]) -> str:
    """What speaks against running an independent loop in parallel."""
    if not found.plan.written and not found.recipe.reduced:
        return "it writes to no array"
    turns = math.prod(len(r) for r in ranges[: found.recipe.depth])
    if found.plan.whole and turns < _MANY:
        return f"its {turns} turn(s) are operations on whole arrays, each of which is parallel"
    return ""
