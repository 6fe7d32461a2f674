"""How long a device works: clocks for `xp.profile`, one a way of measuring.

`clock.start()` before a piece of work is submitted gives a timer; `timer.stop()` comes after;
`timer.times()` are begin and end on the device, in seconds of time.perf_counter, and may wait.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Clock", "CudaClock", "SyclClock", "Timer", "WaitingClock", "WallClock"]


class Timer(ABC):
    """Times one piece of work."""

    @abstractmethod
    def stop(self) -> None:
        """The work is submitted."""

    @abstractmethod
    def times(self) -> tuple[float, float]:
        """When the work began and ended on the device."""


class Clock(ABC):
    """Times work on one device."""

    method: str  #: how, for the reader of a profile

    @abstractmethod
    def start(self) -> Timer:
        """A timer of the work that is submitted from now on until it is stopped."""


class WallClock(Clock):
    """For devices whose work has ended when the call returns."""

    method = "by the length of each call"

    def start(self) -> Timer:
        return _Wall()


class _Wall(Timer):
    def __init__(self) -> None:
        self._began = time.perf_counter()

    def stop(self) -> None:
        self._ended = time.perf_counter()

    def times(self) -> tuple[float, float]:
        return self._began, self._ended


class WaitingClock(Clock):
    """For devices that can't say themselves: each piece of work is waited for.

    What the device does while the host is still submitting counts as the host's time.
    """

    method = "by waiting after each call, counted from its return"

    def __init__(self, runtime: Any):
        self._runtime = runtime

    def start(self) -> Timer:
        self._runtime.wait()
        return _Waited(self._runtime)


class _Waited(_Wall):
    def __init__(self, runtime: Any):
        self._runtime = runtime

    def stop(self) -> None:
        self._began = time.perf_counter()
        self._runtime.wait()
        self._ended = time.perf_counter()


class _Marked(Timer):
    """Between two marks in the device's order of work."""

    def __init__(self, clock: _Marking):
        self._clock = clock
        self._before = clock.mark()

    def stop(self) -> None:
        self._after = self._clock.mark()

    def times(self) -> tuple[float, float]:
        return self._clock.time(self._before), self._clock.time(self._after)


class _Marking(Clock):
    def __init__(self) -> None:
        self._anchor = self.mark()
        self.reading(self._anchor)  # waits
        self._began = time.perf_counter()

    def start(self) -> Timer:
        return _Marked(self)

    def time(self, mark: Any) -> float:
        return self._began + self.reading(mark)

    @abstractmethod
    def mark(self) -> Any:
        """Put a mark behind the work submitted so far."""

    @abstractmethod
    def reading(self, mark: Any) -> float:
        """Seconds from the first mark to `mark`, once the device has come to it."""


class SyclClock(_Marking):
    """For queues with profiling: a barrier on each side of the work, whose times the device notes."""

    method = "by the device's own clock (SYCL event profiling)"

    def __init__(self, queue: Any, lock: Any):
        self._queue = queue
        self._lock = lock
        super().__init__()

    def mark(self) -> Any:
        with self._lock:
            return self._queue.submit_barrier()

    def reading(self, mark: Any) -> float:
        with self._lock:
            mark.wait()
        return (mark.profiling_info_end - self._anchor.profiling_info_end) * 1e-9


class CudaClock(_Marking):
    """CUDA events on the current stream."""

    method = "by the device's own clock (CUDA events)"

    def __init__(self, runtime: Any, cupy: Any):
        self._runtime = runtime
        self._cupy = cupy
        super().__init__()

    def mark(self) -> Any:
        with self._runtime.active():
            event = self._cupy.cuda.Event()
            event.record()
            return event

    def reading(self, mark: Any) -> float:
        with self._runtime.active():
            mark.synchronize()
            return self._cupy.cuda.get_elapsed_time(self._anchor, mark) * 1e-3
