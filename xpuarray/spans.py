"""What goes on inside, told to those who watch in this thread or task: `xp.explain`, `xp.profile` and `xp.strict`.

Nobody watches as a rule, so the places that tell look first whether somebody does.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from xpuarray.progress import announced
from xpuarray.text import size

__all__ = ["Call", "Span", "Watcher", "record", "transfer", "unwatched", "watched", "watching"]


@dataclasses.dataclass(frozen=True)
class Call:
    """One call: which way it went."""

    function: str
    device: str
    route: str  #: "kernel add(float32[1C], ...)", "library dpnp.tensor.add", "host"
    compiled: bool  #: whether something was compiled for it


class Watcher(Protocol):
    """Who wants to know."""

    def call(self, call: Call) -> None:
        """A call has taken its route."""

    def begin(self, span: Span) -> None:
        """Work is about to begin; what this raises stops it."""

    def end(self, span: Span) -> None:
        """The host's part of it has ended well."""


_watchers: contextvars.ContextVar[tuple[Watcher, ...]] = contextvars.ContextVar("xpuarray_watchers", default=())

#: Those who watch here, none as a rule.
watched = _watchers.get


@contextlib.contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell `watcher` what goes on inside the block."""
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Tell nobody: what goes on inside the block is a part of something else."""
    token = _watchers.set(())
    try:
        yield
    finally:
        _watchers.reset(token)


def record(function: str, info: Any, route: str, compiled: bool = False) -> None:
    """Tell those who watch of one call on the device of that DeviceInfo."""
    watchers = _watchers.get()
    if watchers:
        call = Call(function, info.filter_string, route, compiled)
        for watcher in watchers:
            watcher.call(call)


class Span:
    """One piece of work, done inside `with Span(...):`, of which those who watch are told.

    kind: "kernel", "library", "to device", "to host", "fallback", "load" (a kernel, from the compiler or
        the disk) or "compile" (a part of that)
    info: the DeviceInfo of the device; `runtime` is there if the device takes part
    nbytes: what is moved
    """

    def __init__(self, kind: str, name: str, info: Any, runtime: Any = None, nbytes: int = 0):
        self.kind = kind
        self.name = name
        self.info = info
        self.runtime = runtime
        self.nbytes = nbytes
        self.thread = threading.get_ident()
        self.began = 0.0  #: by time.perf_counter, when the host began
        self.ended = 0.0  #: and when it was free to go on
        self.timer: Any = None  #: of the work on the device (backends/clocks.py)
        self.work: tuple[float, float] | None = None  #: what the timer says in the end

    def __enter__(self) -> None:
        for watcher in _watchers.get():
            watcher.begin(self)
        self.began = time.perf_counter()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self.ended = time.perf_counter()
        if error is None:
            for watcher in reversed(_watchers.get()):
                watcher.end(self)


#: So many elements may take a second.
_MANY = 1 << 26
_MOVING = {"to device": "moving to", "to host": "moving from"}

F = TypeVar("F", bound=Callable[..., Any])


def transfer(kind: str) -> Callable[[F], F]:
    """For a Runtime's method (self, array) that moves values: those who watch are told of it."""

    def decorate(method: F) -> F:
        @functools.wraps(method)
        def told(self: Any, array: Any) -> Any:
            if not _watchers.get():
                if array.size < _MANY:
                    return method(self, array)
                with announced(f"{_MOVING[kind]} {self.info.filter_string}: {size(array.size * array.itemsize)}"):
                    return method(self, array)
            with Span(kind, f"{array.dtype}{list(array.shape)}", self.info, self, array.size * array.itemsize):
                return method(self, array)

        return told  # type: ignore[return-value]

    return decorate
