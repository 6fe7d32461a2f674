"""How often a compiled loop lets Python handle signals: Ctrl-C ends it within a turn, or some 50 ms."""

from __future__ import annotations

import ctypes
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["Pace", "look"]

#: Seconds between two looks.
_OFTEN = 0.05
#: So many times more turns at once lie between two looks than between the two before, at most.
_GROWTH = 4
#: Turns that nobody waits for: of a loop that a signal's handler runs while another one looks.
_NEVER = 1 << 62


class Pace:
    """Of a loop that runs inside the block; a signal's exception is raised at its end, which then comes soon.

    left: [0] is how many turns are left before the next look; below 0 after it: the loop is to end
    """

    def __init__(self, left: np.ndarray):
        self._left, self._turns = left, 1
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        self._around = getattr(_running, "pace", None)
        self._left[0] = 1 if self._around is None else _NEVER
        if self._around is None:
            _running.pace = self
        self._began = time.perf_counter()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        _running.pace = self._around
        if kind is None and (self._error is not None or self._left[0] < 0):  # another thread may count there, too
            raise self._error or KeyboardInterrupt

    def more(self) -> None:
        """Goes on to the next look."""
        now = time.perf_counter()
        fitting = self._turns * _OFTEN / max(now - self._began, 1e-9)
        self._began, self._turns = now, max(1, int(min(self._turns * _GROWTH, fitting)))
        self._left[0] = self._turns

    def end(self, error: BaseException) -> None:
        """Keeps what was raised meanwhile."""
        self._error = error
        self._left[0] = -1


_running = threading.local()


def _looking() -> Iterator[int]:
    """Python handles signals where it goes on after a `yield`, which is inside of a `try` here; at the beginning of a
    function it would be outside of all."""
    while True:
        try:
            _running.pace.more()
            yield 0
        except GeneratorExit:
            raise
        except BaseException as error:
            _running.pace.end(error)
            yield 0


#: What compiled code calls.
look = ctypes.CFUNCTYPE(ctypes.c_int64)(itertools.chain.from_iterable(iter(_looking, None)).__next__)
