"""Which backends there are: the folders and modules beside this file that say so, by a `BACKEND` of their own."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping, Sequence

from xpuarray.backends.contract import Runtime
from xpuarray.backends.interrupts import on_own_stack

__all__ = ["Backend", "backends", "in_process", "on_request", "ranks"]


@dataclasses.dataclass(frozen=True)
class Backend:
    """What a backend says of itself.  Its module must be cheap to import: what loads a library waits for `discover`."""

    #: must return one runtime a device, usable or not; raises ImportError for a package that is not there, DeviceError
    #: for anything else that its devices need
    discover: Callable[[], Sequence[Runtime]]
    #: must be: as what its devices go in filters (DeviceInfo.backend), and the rank of those: 0 is the best
    ranks: Mapping[str, int]
    hint: str = ""  #: should be: what installs its packages
    in_process: bool = False  #: must be: it needs no hardware but this process; only SYCL_DEVICE_FILTER restricts it
    #: may be: the environment variable that asks for it, as a filter does that names it; it's not there otherwise
    on_request: str = ""


@functools.cache
@on_own_stack
def backends() -> dict[str, Backend]:
    """All of them by their modules' names, the best first."""
    found = {module.name: _said_by(module.name) for module in pkgutil.iter_modules([os.path.dirname(__file__)])}
    there = {name: backend for name, backend in found.items() if backend is not None}
    return dict(sorted(there.items(), key=lambda item: min(item[1].ranks.values(), default=0)))


def _said_by(module: str) -> Backend | None:
    """What a module says, if it is a backend's; one that can't be imported fails once it is asked for devices."""
    try:
        return getattr(importlib.import_module(f"{__package__}.{module}"), "BACKEND", None)
    except Exception as error:
        reason = error  # `error` itself is forgotten after this block

    def fail() -> Sequence[Runtime]:
        raise reason

    return Backend(fail, {})


@functools.cache
def ranks() -> dict[str, int]:
    """What may be written for a backend in a filter, and the rank of its devices; the best first."""
    words = {word: rank for backend in backends().values() for word, rank in backend.ranks.items()}
    return dict(sorted(words.items(), key=lambda item: item[1]))


@functools.cache
def in_process() -> frozenset[str]:
    """Such words for backends that need no hardware but this process."""
    return frozenset(word for backend in backends().values() if backend.in_process for word in backend.ranks)


@functools.cache
def on_request() -> dict[str, Backend]:
    """The backends that are there only if they are asked for."""
    return {name: backend for name, backend in backends().items() if backend.on_request}
