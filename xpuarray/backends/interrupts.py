"""Ctrl-C: long waits that it ends, and work that it must not cut in two.

Python handles signals between two instructions of its main thread, so while that is inside a library nothing is
handled.  What may be long there is therefore left to a helper, and the main thread waits for the helper, which a
signal can end.  The helper goes on to the end, and so what the work reads and writes stays alive.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

from xpuarray.backends import fork

__all__ = ["Patience", "on_own_stack", "postponed"]

P = ParamSpec("P")
T = TypeVar("T")


_NAME = "xpuarray helper"


class _Job:
    """What a helper does, and how it ended."""

    __slots__ = ("work", "value", "error", "ended")

    def __init__(self, work: Callable[[], Any]):
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.ended = threading.Lock()
        self.ended.acquire()


class _Helper:
    """A thread that works for the main one, which gets by with one unless it is interrupted."""

    def __init__(self, idle: deque[_Helper]):
        self.jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._idle = idle
        threading.Thread(target=self._serve, name=_NAME, daemon=True).start()

    def _serve(self) -> None:
        while True:
            job = self.jobs.get()
            try:
                job.value = job.work()
            except BaseException as error:  # for the main thread
                job.error = error
            self._idle.append(self)
            job.ended.release()
            del job


class _Helpers:
    """The helpers that have nothing to do."""

    def __init__(self) -> None:
        self.forked()
        fork.watch(self)

    def forked(self) -> None:
        """See fork.Watched: threads don't survive."""
        self.main = threading.main_thread().ident
        self._idle: deque[_Helper] = deque()

    def run(self, work: Callable[[], T]) -> T:
        """`work()`.  A signal does not end it, but it ends the wait for it."""
        job = _Job(work)
        (self._idle.pop() if self._idle else _Helper(self._idle)).jobs.put(job)
        job.ended.acquire()
        try:
            if job.error is not None:
                raise job.error
            return job.value  # type: ignore[no-any-return]
        finally:
            del job  # the error has this frame


_helpers = _Helpers()


def on_own_stack(work: Callable[P, T]) -> Callable[P, T]:
    """`work`, done in the caller's context, but by a helper, with none of the caller's stack.

    For what uses Numba, which fills its tables as it is imported and as it compiles, half of them for good where it
    comes to the end of the stack: so it has as much of it as at the top of a program, however deep the caller is in a
    recursion.
    """

    @functools.wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        module = sys.modules.get("numba.core.compiler_lock")
        lock = getattr(module, "global_compiler_lock", None)  # not there yet while another thread imports it
        if threading.current_thread().name == _NAME or (lock is not None and lock.is_locked()):
            return work(*args, **kwargs)  # Numba calls while it compiles: it would wait for another thread for ever
        context = contextvars.copy_context()
        return _helpers.run(lambda: context.run(work, *args, **kwargs))

    return done


#: Seconds: waits that are shorter are brief, and come one after another if less lies between them.
_BRIEF = 0.01
#: After so many brief waits, one after another, the next one is believed to be brief.
_USUAL = 16


class Patience:
    """How the main thread waits: by a helper, which takes 30 to 40 µs, unless it is in a loop of brief waits."""

    __slots__ = ("_brief", "_ended")

    def __init__(self) -> None:
        self._brief = 0  #: so many brief waits, one after another
        self._ended = 0.0  #: when the last one ended

    def __call__(self, wait: Callable[[], T]) -> T:
        """`wait()`, which a signal ends if it takes long."""
        if threading.get_ident() != _helpers.main:
            return wait()  # signals are the main thread's
        began = time.perf_counter()
        follows = began - self._ended < _BRIEF
        if follows and self._brief >= _USUAL:
            value = wait()
        else:
            value = _helpers.run(wait)
        self._ended = ended = time.perf_counter()
        self._brief = self._brief + 1 if follows and ended - began < _BRIEF else 0
        return value


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """Ctrl-C comes after the block: an import or a compilation that ends anywhere leaves Numba unusable, or is not
    ended at all, where Python is called by LLVM.  A second one comes at once."""
    handler = signal.getsignal(signal.SIGINT) if threading.get_ident() == _helpers.main else None
    if not callable(handler):
        yield
        return
    came: list[Any] = []

    def later(*signalled: Any) -> None:
        came.append(signalled)
        signal.signal(signal.SIGINT, handler)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is later:
            signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[0])
