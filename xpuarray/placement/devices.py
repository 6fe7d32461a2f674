"""Choosing devices: which of them the filters admit, and where new arrays go."""

from __future__ import annotations

import contextlib
import contextvars
import copyreg
import functools
import importlib.util
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xpuarray.backends.launches import user_level
from xpuarray.backends.registry import in_process, on_request
from xpuarray.errors import DeviceError, DeviceFilterError, DeviceUnusableError
from xpuarray.placement.discovery import (
    Device,
    alive,
    all_devices,
    asked_for,
    discovered,
    lock,
    missing_backends,
    parts,
    rank,
)
from xpuarray.placement.filters import (
    FILTER,
    SELECTOR,
    Filter,
    active_filter,
    environment,
    found_and_missing,
)
from xpuarray.placement.showing import devices_html
from xpuarray.text import must_be_function

__all__ = ["Device", "devices", "default_device", "device", "select_device", "as_device", "synchronize"]


class Devices(list[Device]):
    """A list of devices that notebooks show as a table."""

    def _repr_html_(self) -> str:
        try:
            default = default_device()
        except DeviceError:  # which is what the table is looked at for
            default = None
        return devices_html(self, default)


def devices(filter: str | None = None) -> list[Device]:
    """The devices that the environment's filters admit, best first; unusable ones are among them.

    filter: a filter in SYCL_DEVICE_FILTER's language, instead of the environment's.

    Raises DeviceFilterError if the filter is malformed or admits none.

    >>> xp.devices()                                                        # doctest: +SKIP
    [Device('opencl:cpu:0'), Device('host:cpu:0')]
    >>> xp.devices("host")
    [Device('host:cpu:0')]
    """
    if filter is not None:
        return _admitted(_explained(lambda: Filter.parse(filter, "the filter"), "the filter", filter))
    return _admitted(_environments_filter())


def _environments_filter() -> Filter:
    return _explained(active_filter, *_cause())


def _cause() -> tuple[str, str]:
    """The variable to name in an error about the environment's filters, and its value."""
    filter_text, selector_text = environment()
    return (SELECTOR, selector_text) if selector_text and not filter_text else (FILTER, filter_text)


def _explained(parse: Callable[[], Filter], source: str, text: str) -> Filter:
    """A parsed filter; the error for a malformed one also lists the devices."""
    try:
        return parse()
    except DeviceFilterError as error:
        infos = [d.info for d in all_devices()]
        raise DeviceFilterError(f"{error}\n{found_and_missing(infos, missing_backends(), source, text)}") from None


def _admitted(chosen: Filter) -> Devices:
    found = all_devices()
    split = [p for d in found if d.usable and chosen.asks_for_parts(d.info) for p in _parts_by_hardware(d)]
    candidates = found + [p for p in split if chosen.admits_part(p.info)]
    infos = [d.info for d in candidates]
    if not chosen.admits_any(infos):
        raise DeviceFilterError(chosen.admits_nothing(infos, missing_backends()))
    return Devices(sorted((d for d in candidates if chosen.admits(d.info)), key=rank))


def _parts_by_hardware(device: Device) -> list[Device]:
    """The parts that ONEAPI_DEVICE_SELECTOR means by `0.1`: tiles of a GPU, sockets of a machine."""
    try:
        return device.create_sub_devices("next_partitionable")
    except DeviceError:
        return []


def select_device(chooser: Callable[[Device], Any]) -> Device:
    """The usable, admitted device for which `chooser` gives the highest value.

    A chooser that gives True or False selects by property.  Among equals the better device wins;
    one with False, 0 or a negative value is never chosen.

    Raises DeviceError if no device is chosen, DeviceFilterError if the filters admit none.

    >>> xp.select_device(lambda d: d.fp64 and d.memory >= 2**30)           # doctest: +SKIP
    """
    must_be_function("select_device", chooser)
    candidates = [d for d in devices() if d.usable]
    scored = [(chooser(d), d) for d in candidates]
    chosen = [(score, d) for score, d in scored if score and score > 0]
    if not chosen:
        looked_at = ", ".join(f"{d}: {score}" for score, d in scored) or "none is usable"
        raise DeviceError(f"no device satisfies the condition; looked at {looked_at}")
    return max(chosen, key=lambda pair: pair[0])[1]


# -- the default device -------------------------------------------------------------------------

_scope: contextvars.ContextVar[Device | None] = contextvars.ContextVar("xpuarray_device", default=None)


def default_device() -> Device:
    """Where new arrays go: the innermost `xp.device` block's device, else the best usable one
    that the filters admit (GPU before CPU before host).

    Raises DeviceFilterError if the filters are malformed or admit no device, DeviceUnusableError if
    none that they admit can be used.
    """
    scoped = _scope.get()
    return scoped if scoped is not None else _best_device(_surroundings())


def _surroundings() -> tuple[Any, ...]:
    """All of the environment on which devices and their names depend, as it is kept there: a key.  (`os.environ.get`
    takes a microsecond for a variable, whose value it decodes anew.)"""
    return tuple(map(os.environ._data.get, _variables()))  # type: ignore[attr-defined]


@functools.cache
def _variables() -> list[Any]:
    """The variables' names as they are kept: the filters, and those by which backends are asked for."""
    names = (FILTER, SELECTOR, *(backend.on_request for backend in on_request().values()))
    return [os.environ.encodekey(name) for name in names]


@functools.lru_cache(maxsize=64)
def _best_device(surroundings: tuple[Any, ...]) -> Device:
    """The argument is what the environment says; it is the key of the cache."""
    admitted = devices()
    for candidate in admitted:
        if candidate.usable:
            _warn_if_left_with_host(candidate, admitted)
            return candidate
    source, text = _cause()
    which = f"that {active_filter()} admits " if text else ""
    reasons = "; ".join(f"{d}: {d.why_not}" for d in admitted) or "there is none"
    everything = found_and_missing([d.info for d in all_devices()], missing_backends(), source, text)
    raise DeviceUnusableError(f"no device {which}can be used: {reasons}\n{everything}")


def _warn_if_left_with_host(chosen: Device, admitted: list[Device]) -> None:
    """Say so if the host is the default only because what would be better is installed but can't be used."""
    if chosen.backend != "host" or any(t.backend == "host" for c in active_filter().conditions for t in c.terms):
        return
    reasons = [f"{d} can't be used: {d.why_not}" for d in admitted if not d.usable]
    if "sycl" in missing_backends() and importlib.util.find_spec("dpctl"):
        reasons.append(missing_backends()["sycl"])
    if reasons:
        warnings.warn(f"new arrays go to {chosen}, since {'; '.join(reasons)}", RuntimeWarning, stacklevel=user_level())


def as_device(device: Device | str | None) -> Device:
    """A Device from a Device, a name (any filter that SYCL_DEVICE_FILTER takes) or None (the default device).

    A name that fits several devices means the best usable one.  Devices that the environment's
    filters exclude can't be named, except `host`, which is always within reach.  A sub-device has a
    name once it was made: `opencl:cpu:0.1` is the second part of the partition last asked for.

    Raises DeviceFilterError for a string that names no device, DeviceUnusableError for one that
    can't be used, TypeError for anything else.

    >>> xp.as_device("host")
    Device('host:cpu:0')
    """
    if device is None:
        return default_device()
    if isinstance(device, Device):
        chosen = device
    elif isinstance(device, str):
        chosen = _part_named(device) if "." in device else _named(device, _surroundings())
    else:
        raise TypeError(f"a device is a Device, a string such as 'opencl:cpu' or None, not {type(device).__name__}")
    return chosen.must_be_usable()


def admits(name: str, device: Device) -> bool:
    """Whether the name, which may fit several devices, fits this one, of which it is not the part.

    Raises DeviceFilterError for a string that is malformed.
    """
    return "." not in name and device.parent is None and _parsed(name).admits(device.info)


@functools.lru_cache(maxsize=256)
def _parsed(name: str) -> Filter:
    return _explained(lambda: Filter.parse(name, _NAME), _NAME, name)


_NAME = "the device name"


@functools.lru_cache(maxsize=256)
def _named(name: str, surroundings: tuple[Any, ...]) -> Device:
    """The last argument is what the environment says; it belongs to the key of the cache."""
    wanted, found = _wanted(name)
    candidates = [d for d in found if wanted.admits(d.info)]
    if not candidates:
        raise DeviceFilterError(wanted.admits_nothing([d.info for d in found], missing_backends()))
    return _best_within_reach(candidates, wanted)


def _part_named(name: str) -> Device:
    wanted, found = _wanted(name)
    candidates = [p for d in found for p in parts(d) if wanted.admits_part(p.info)]
    if not candidates:
        raise DeviceFilterError(_no_part(name, [d for d in found if wanted.asks_for_parts(d.info)]))
    return _best_within_reach(candidates, wanted)


def _wanted(name: str) -> tuple[Filter, list[Device]]:
    wanted = _parsed(name)
    backends = {term.backend for condition in wanted.conditions for term in condition.terms}
    if backends <= set(in_process()):  # `host`: no other library has to be loaded to know what it means
        with lock:
            found = [d for backend in sorted(backends) for d in discovered(backend)]
        if any(wanted.admits(d.info) for d in found):
            return wanted, found
    found = all_devices()
    with lock:
        found += [d for backend in asked_for(name) for d in discovered(backend) if d not in found]
    return wanted, found


def _best_within_reach(candidates: list[Device], wanted: Filter) -> Device:
    within_reach = [d for d in candidates if _within_reach(d, wanted)]
    if not within_reach:
        raise DeviceFilterError(
            f"{wanted} means {', '.join(map(str, candidates))}, which {active_filter()} excludes; "
            f"it admits {', '.join(map(str, devices()))}"
        )
    return next((d for d in within_reach if d.usable), within_reach[0])


def _within_reach(device: Device, wanted: Filter) -> bool:
    by_name = any(term.backend == device.info.backend for term in wanted.conditions[0].terms)
    return (by_name and device.info.backend in in_process()) or _environments_filter().admits(device.info)


def _no_part(name: str, wholes: Sequence[Device]) -> str:
    if not wholes:
        return f"{_NAME} {name!r} means a part of a device that is not there; found {', '.join(map(str, devices()))}"
    made = ", ".join(str(p) for d in wholes for p in parts(d))
    return f"{_NAME} {name!r}: {wholes[0]} with {wholes[0].compute_units} compute unit(s) has no such part" + (
        f" (it has {made})" if made else f" until it is split: as_device('{wholes[0]}').create_sub_devices([...])"
    )


def _reduced(device: Device) -> Any:
    """How a device is pickled: by its name; a part, by the partition that made it."""
    if device.parent is not None:
        return _part, (device.parent, device._made_by, device.info.part[-1])
    return as_device, (device.filter_string,)


def _part(whole: Device, partition: Any, position: int) -> Device:
    return whole.create_sub_devices(partition)[position]


copyreg.pickle(Device, _reduced)  # type: ignore[arg-type]


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


def stay_on(device: Device | None) -> None:
    """New arrays go there from now on, in this thread or task; None: where they go by default."""
    _scope.set(device)


def synchronize(device: Device | str | None = None) -> None:
    """Wait until all work on the device has ended; without an argument, on every device.

    Raises KernelRuntimeError if work on it failed.
    """
    for each in list(alive) if device is None else [as_device(device)]:
        if each.usable:
            each.runtime.wait()
