"""Devices: what is there, which of it the filters admit, and where new arrays go."""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xpuarray.backends.contract import DeviceInfo, Runtime
from xpuarray.errors import DeviceError, DeviceFilterError, DeviceUnusableError
from xpuarray.filters import Filter, active_filter

__all__ = ["Device", "devices", "default_device", "device", "select_device", "as_device", "synchronize"]


class Device:
    """One device.  Equal only to itself; everything in `DeviceInfo` is also an attribute of it.

    >>> import xpuarray as xp
    >>> d = xp.default_device()
    >>> d.filter_string, d.fp64                                          # doctest: +SKIP
    ('opencl:cpu:0', True)
    """

    __slots__ = ("info", "runtime", "parent", "__weakref__")

    def __init__(self, runtime: Runtime, parent: Device | None = None):
        self.info: DeviceInfo = runtime.info
        self.runtime = runtime
        self.parent = parent

    def __getattr__(self, name: str) -> Any:
        if name in _INFO_FIELDS:
            return getattr(self.info, name)
        raise AttributeError(f"a Device has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_INFO_FIELDS]

    @property
    def filter_string(self) -> str:
        """The full name, `backend:type:number`; `opencl:cpu:0.1` is the second part of a CPU."""
        return self.info.filter_string

    @property
    def usable(self) -> bool:
        """Whether arrays can live on it; if not, `why_not` says why."""
        return not self.info.why_not

    def create_sub_devices(self, counts: Sequence[int]) -> list[Device]:
        """Split the device; `counts` are compute units, one number a part.

        The parts are devices of their own: arrays on one can't be mixed with arrays on another.

        Raises DeviceError if the device can't be split so.

        >>> a, b = xp.device_named("opencl:cpu").create_sub_devices([1, 1])   # doctest: +SKIP
        """
        counts = list(counts)
        try:
            return [Device(runtime, self) for runtime in self.runtime.partition(counts)]
        except Exception as error:
            raise DeviceError(
                f"{self.filter_string} with {self.info.compute_units} compute unit(s) "
                f"can't be split into {counts}: {error}"
            ) from error

    def print_info(self) -> None:
        """Print every fact known about the device, one a line."""
        print(self.filter_string)
        for field in dataclasses.fields(self.info):
            value = getattr(self.info, field.name)
            if value not in ("", (), None):
                print(f"    {field.name.replace('_', ' '):20} {value:,}" if type(value) is int and value > 9999
                      else f"    {field.name.replace('_', ' '):20} {value}")

    def __repr__(self) -> str:
        return f"Device({self.filter_string!r})"

    def __str__(self) -> str:
        return self.filter_string

    def __reduce__(self) -> Any:
        return as_device, (self.filter_string,)


_INFO_FIELDS = frozenset(f.name for f in dataclasses.fields(DeviceInfo))

# -- discovery ----------------------------------------------------------------------------------

#: Backends in order of preference among devices of one type; a module with `discover()` each.
_BACKENDS = ("cuda", "sycl", "host", "fake")
_MODULE_NEEDS = {"cuda": "cupy", "sycl": "dpctl"}
_TYPE_RANK = {"gpu": 0, "accelerator": 1, "cpu": 2}
_lock = threading.RLock()
_missing: dict[str, str] = {}  # backend -> why it found nothing


@functools.lru_cache(maxsize=None)
def _discovered(backend: str) -> tuple[Device, ...]:
    import importlib

    try:
        module = importlib.import_module(f"xpuarray.backends.{backend}")
        return tuple(Device(runtime) for runtime in module.discover())
    except Exception as error:  # a broken driver must not take the other devices with it
        _missing[backend] = f"{type(error).__name__}: {error}"
        return ()


def all_devices() -> list[Device]:
    """Every device of every backend, whatever the filters say, best first."""
    wanted = [b for b in _BACKENDS if b != "fake" or _fake_wanted()]
    with _lock:
        found = [d for b in wanted for d in _discovered(b)]
    rank = {b: i for i, b in enumerate(("cuda", "level_zero", "opencl", "host", "fake"))}
    return sorted(found, key=lambda d: (
        d.info.backend == "fake", _TYPE_RANK.get(d.info.type, 3), rank.get(d.info.backend, 2), d.info.number))


def missing_backends() -> dict[str, str]:
    """Backends that could not be loaded, and why."""
    all_devices()
    return dict(_missing)


def _fake_wanted() -> bool:
    return bool(os.environ.get("XPUARRAY_FAKE")) or "fake" in os.environ.get("SYCL_DEVICE_FILTER", "").lower()


def devices(filter: str | None = None) -> list[Device]:
    """The devices that the environment's filters admit, best first; unusable ones are among them.

    filter: a filter string of the form SYCL_DEVICE_FILTER takes, instead of the environment's.

    Raises DeviceFilterError if the filter is malformed or admits none.
    """
    chosen = Filter.parse(filter, "the filter") if filter is not None else active_filter()
    found = all_devices()
    admitted = [d for d in found if chosen.admits(d.info)]
    if not admitted:
        raise DeviceFilterError(chosen.admits_nothing([d.info for d in found], missing_backends()))
    return admitted


def select_device(chooser: Callable[[Device], Any]) -> Device:
    """The usable, admitted device for which `chooser` gives the highest value.

    A chooser that gives True or False selects by property; among equals the better device wins.

    Raises DeviceError if no device has a true (or any positive) value.

    >>> xp.select_device(lambda d: d.fp64 and d.memory >= 2**30)           # doctest: +SKIP
    """
    candidates = [d for d in devices() if d.usable]
    scored = [(chooser(d), d) for d in candidates]
    scored = [(s, d) for s, d in scored if s]
    if not scored:
        raise DeviceError(
            f"no device satisfies the condition; looked at {', '.join(d.filter_string for d in candidates) or 'none'}"
        )
    return max(scored, key=lambda pair: pair[0])[1]


# -- the default device -------------------------------------------------------------------------

_scope: contextvars.ContextVar[Device | None] = contextvars.ContextVar("xpuarray_device", default=None)


def default_device() -> Device:
    """Where new arrays go: the innermost `xp.device` block's device, else the best usable one.

    Raises DeviceFilterError if the filters admit no usable device.
    """
    scoped = _scope.get()
    return scoped if scoped is not None else _best_device(active_filter())


@functools.lru_cache(maxsize=64)
def _best_device(chosen: Filter) -> Device:
    admitted = devices()
    for candidate in admitted:
        if candidate.usable:
            return candidate
    reasons = "; ".join(f"{d.filter_string}: {d.why_not}" for d in admitted)
    raise DeviceUnusableError(f"no device that {chosen} admits can be used: {reasons}")


def as_device(device: Device | str | None) -> Device:
    """A Device from a Device, a filter string or None (the default device).

    Raises DeviceFilterError for a string that names no device, DeviceUnusableError for one that
    can't be used, TypeError for anything else.
    """
    if device is None:
        return default_device()
    if isinstance(device, Device):
        chosen = device
    elif isinstance(device, str):
        chosen = _named(device)
    else:
        raise TypeError(f"a device is a Device, a string such as 'opencl:cpu' or None, not {type(device).__name__}")
    if chosen.info.why_not:
        raise DeviceUnusableError(f"{chosen.filter_string} can't be used: {chosen.info.why_not}")
    return chosen


@functools.lru_cache(maxsize=256)
def _named(name: str) -> Device:
    if "fake" in name.lower():
        candidates = list(_discovered("fake"))
    else:
        chosen = Filter.parse(name, "the device name")
        candidates = [d for d in all_devices() if chosen.admits(d.info)]
        if not candidates:
            raise DeviceFilterError(chosen.admits_nothing([d.info for d in all_devices()], missing_backends()))
    for candidate in candidates:
        if candidate.usable:
            return candidate
    return candidates[0]


@contextlib.contextmanager
def device(where: Device | str) -> Iterator[Device]:
    """New arrays go to `where` inside the block, in this thread or task only.

    >>> with xp.device("host"):
    ...     a = xp.ones(3)
    """
    chosen = as_device(where)
    token = _scope.set(chosen)
    try:
        yield chosen
    finally:
        _scope.reset(token)


def synchronize(device: Device | str | None = None) -> None:
    """Wait until all work on the device (default: the default device) has ended.

    Raises KernelRuntimeError if work on it failed.
    """
    as_device(device).runtime.wait()
