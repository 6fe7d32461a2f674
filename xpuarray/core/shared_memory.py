"""NumPy on memory that host and device share: a launch costs more than it takes for few elements."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core import pending
from xpuarray.core.array import Array, from_numpy
from xpuarray.core.modes import current
from xpuarray.placement.devices import Device
from xpuarray.spans import Span, record, watched

__all__ = [
    "at_home",
    "by_numpy",
    "exceeds_library",
    "in_sight",
    "quiet",
    "quietly",
    "seen",
    "suits_numpy",
    "within_reach",
]


def suits_numpy(runtime: Runtime, size: int, name: str | None = None) -> bool:
    """Whether NumPy computes on so few elements: the one place that says so.

    name: of a function of NumPy's, which the runtime may leave to it however large; "complex": what no kernel takes
    """
    until = runtime.host_until if name is None or runtime.numpy_native else runtime.numpy_until(name)
    return size <= until > 0 and current().route == "auto"


def exceeds_library(runtime: Runtime, size: int) -> bool:
    """Whether NumPy computes on so many elements, for which the library starts no kernels."""
    return size > runtime.library_until and runtime.host_until > 0


def in_sight(x: Array) -> np.ndarray | None:
    """x's memory as NumPy sees it, whatever the device still does with it: to make parts of it, which are parts of the
    array.  None if the host can't reach it, or if a route is preferred."""
    runtime = x._device.runtime
    if not runtime.host_until or not current().ordinary:
        return None
    if x._buffer is None and x._base is None:
        x._materialize()
    if x._host is None:
        x._host = runtime.in_sight(x._buffer)
    return x._host


def at_home(x: Array) -> np.ndarray | None:
    """The same, to be read and written; None if there is something to wait for, too."""
    memory = in_sight(x)
    return None if x._device.runtime.busy or (pending._escaped and pending.has_escaped(x)) else memory


def within_reach(x: Array) -> np.ndarray | None:
    """x's values, however many, for what NumPy does as well as any kernel, once work on them has ended; None if the
    host can't reach them, or if a route is preferred."""
    return x._host_values() if x._device.runtime.host_until and current().route == "auto" else None


@np.errstate(all="ignore")
def quietly(function: Callable[..., Any], *values: Any, **options: Any) -> Any:
    """The function's value, without NumPy's warnings: devices and kernels don't warn of a division by zero."""
    return function(*values, **options)


def by_numpy(name: str, device: Device, function: Callable[..., Any], *values: Any, **options: Any) -> Array:
    """What NumPy's `function` makes of values on the host, as an array on the device, whose memory that is."""
    return from_numpy(seen(name, device, function, *values, **options), device)


def seen(name: str, device: Device, function: Callable[..., Any], *values: Any, **options: Any) -> Any:
    """The value of NumPy's `function`, and those who watch see it run on the device's memory."""
    if not watched():
        return quietly(function, *values, **options)
    record(name, device.info, f"NumPy {name} on shared memory")
    runtime = device.runtime
    with Span("library", name, device.info, runtime if runtime.numpy_native else None):
        return quietly(function, *values, **options)


class _Quiet(threading.local):
    """`run(function, *values)`: `quietly` for a function of NumPy's in which no Python runs.

    NumPy keeps what it warns of in a context variable, so each thread has a context where that is set once and for
    all (0.3 µs a call; `np.errstate` takes 0.9).  NumPy 1 kept it for the thread itself.
    """

    def __init__(self) -> None:
        if np.lib.NumpyVersion(np.__version__) < "2.0.0":
            self.run: Callable[..., Any] = quietly
            return
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


quiet = _Quiet()
