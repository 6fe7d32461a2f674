"""Forked processes.  Threads and drivers don't survive a fork: what waits for them waits for ever.

So a forked child may not use what its parent has opened.  The child's runtimes change their class
for one that raises DeviceError whatever is asked of it: nothing is checked, and nothing lost, before
a fork.  What the parent never opened, the child may open for itself.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import weakref
from abc import ABC
from typing import Any, Protocol

from xpuarray.backends.asked import Asked
from xpuarray.errors import DeviceError

__all__ = ["Guard", "Lock", "Lost", "compiler", "refuse_inherited", "threads", "watch"]

_ADVICE = "Start processes by multiprocessing.get_context('spawn'), or fork before the first use of a device"


class Watched(Protocol):
    """What wants to know that it is in a forked child."""

    def forked(self) -> None:
        """Called in the child, before anything else runs there."""


_watched: weakref.WeakSet[Watched] = weakref.WeakSet()
_mapped = ""  # in a child: what the parent had loaded into the process, if drivers were among it


def watch(thing: Watched) -> None:
    """Call `thing.forked()` in every forked child."""
    _watched.add(thing)


def _in_child() -> None:
    global _mapped
    for thing in list(_watched):
        thing.forked()
    if "dpctl" in sys.modules or "cupy" in sys.modules:
        try:
            with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
                _mapped = maps.read()
        except OSError:
            pass


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


# -- devices ------------------------------------------------------------------------------------


class Lost(Asked, ABC):
    """A runtime that a forked child has inherited: its class is replaced by this one.

    Its bases are Runtime's, without which Python would not let the classes change places.
    """

    def __getattribute__(self, name: str) -> Any:
        if name in ("info", "forked") or name.startswith("__"):
            return object.__getattribute__(self, name)
        info = object.__getattribute__(self, "info")
        raise DeviceError(
            f"this process was forked after {info.filter_string} was opened, and can't use that device. {_ADVICE}"
        )

    def forked(self) -> None:
        """A child's child has lost it too."""


def lose(runtime: Any) -> None:
    """Make every further use of `runtime` raise DeviceError."""
    runtime.busy, runtime.host_until = True, 0  # compiled code reads them where they are, and goes the whole way
    runtime.__class__ = Lost
    _leave_without_farewell()


def _leave_without_farewell() -> None:
    """Let this process end without the exit functions that C libraries have registered so far:
    among them are the drivers', which wait for threads that the fork left behind, or crash."""
    global _leaving
    libc = ctypes.CDLL(None)
    if not _leaving and hasattr(libc, "on_exit"):
        _leaving = True
        libc.on_exit(libc._exit, None)  # called with the exit status
        libc.on_exit(libc.fcloseall, None)  # called first: the last one registered


_leaving = False


def refuse_inherited(library: str) -> None:
    """Raises DeviceError in a forked child whose parent had loaded the driver `library` already."""
    if library in _mapped:
        raise DeviceError(f"this process was forked after {library} was loaded, and can't use its devices. {_ADVICE}")


# -- locks --------------------------------------------------------------------------------------


class Lock:
    """A re-entrant lock.  A forked child finds it free, whichever thread of its parent held it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        watch(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def forked(self) -> None:
        """See Watched."""
        self._lock = threading.RLock()


class Guard(Lock):
    """A lock around what a forked child can't use if it was in use at the fork: there it gets DeviceError."""

    def __init__(self, when: str):
        super().__init__()
        self.when = when
        self.lost = False
        self._inside = 0

    def __enter__(self) -> None:
        if self.lost:
            raise DeviceError(f"this process was forked {self.when}. {_ADVICE}")
        self._lock.acquire()
        self._inside += 1

    def __exit__(self, *error: object) -> None:
        self._inside -= 1
        self._lock.release()

    def forked(self) -> None:
        super().forked()
        self.lost = self.in_use

    @property
    def in_use(self) -> bool:
        """Whether children of this process will have lost it."""
        return self._inside > 0


class _Threads(Guard):
    """The threads of Numba's parallel loops, which are there as soon as one was compiled.

    Its layer `omp` aborts a child that runs a loop, its `workqueue` a process in which two Python
    threads do so at once.  A loop takes all cores anyway, so they run one after the other.
    """

    @property
    def in_use(self) -> bool:
        return bool(getattr(sys.modules.get("numba.np.ufunc.parallel"), "_is_initialized", False))


compiler = Guard("while another thread was compiling a kernel, and can't compile any itself")
threads = _Threads("after the host's threads were started, and can't run kernels on them")
