"""How far the host may run ahead of a device: what was interrupted, or has failed, must end soon."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["Ahead"]

#: Launches under way, at least and at most; where nothing is known yet; and how many come between two looks at them.
_FEWEST, _MOST, _USUALLY, _STRIDE = 1, 64, 1, 8
#: Seconds of work that should be under way.
_ENOUGH = 0.25
#: Seconds for which it is believed that launches take as long as those before.
_LATELY = 0.05


class Ahead:
    """The launches under way on one device, whose number is bounded.

    ended, wait: of an event: whether it has ended (at once), and the wait for it
    lock: held by whoever appends
    """

    def __init__(self, ended: Callable[[Any], bool], wait: Callable[[Any], None], lock: Any):
        #: [event, what to keep alive until then]; the event is None while a launch is being submitted
        self.marks: deque[list[Any]] = deque()
        self.look = _STRIDE  #: at so many marks somebody should look
        self._most = _USUALLY
        self._looked = 0.0  #: when something had ended, or all had
        self._ended, self._wait, self._lock = ended, wait, lock

    @property
    def slow(self) -> bool:
        """Whether single launches take so long that each should be counted."""
        return self._most < _STRIDE

    @property
    def lags(self) -> bool:
        """Whether the device has not come to the latest mark yet."""
        marks = self.marks
        return bool(marks) and (marks[-1][0] is None or not self._ended(marks[-1][0]))

    def clear(self) -> None:
        """All has ended.  Called with the lock held."""
        now = time.perf_counter()
        if now - self._looked > _LATELY:
            self._most = _USUALLY  # other launches may follow than those that it was worked out for
        self.marks.clear()
        self.look, self._looked = _STRIDE, now

    def keep_bound(self) -> None:
        """Wait until half as many launches as may be are under way, if there are more."""
        event = self._prune()
        if event is not None:
            self._wait(event)
            self._prune()
        self.look = len(self.marks) + min(_STRIDE, self._most)

    def _prune(self) -> Any:
        """Let go of what has ended, the oldest first, as launches end in order; how long each took says how many may
        be under way.  The event to wait for if there are more."""
        marks, ended = self.marks, self._ended
        with self._lock:
            before = len(marks)
            while marks and marks[0][0] is not None and ended(marks[0][0]):
                marks.popleft()
            now, done = time.perf_counter(), before - len(marks)
            if done:
                each = (now - self._looked) / done
                self._most = max(_FEWEST, min(_MOST, int(_ENOUGH / max(each, 1e-6))))
                self._looked = now
            return marks[-(self._most // 2 or 1)][0] if len(marks) > self._most else None
