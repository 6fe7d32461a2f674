"""What devices there are: `Device`, and its discovery by the backends."""

from __future__ import annotations

import dataclasses
import functools
import operator
import os
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xpuarray.backends import fork
from xpuarray.backends.contract import Runtime
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.interrupts import on_own_stack, postponed
from xpuarray.backends.registry import backends, in_process, on_request, ranks
from xpuarray.backends.sycl.discovery import prepare_environment
from xpuarray.errors import DeviceError, DeviceUnusableError
from xpuarray.placement.filters import FILTER
from xpuarray.placement.showing import device_html
from xpuarray.variables import is_on

__all__ = ["Device", "alive", "all_devices", "asked_for", "discovered", "lock", "missing_backends", "parts", "rank"]

# Whoever makes the process's first SYCL call, it has to find the environment prepared.
prepare_environment()

#: Held while devices are being found or split.
lock = fork.Lock()
#: Every device in use, sub-devices included.
alive: weakref.WeakSet[Device] = weakref.WeakSet()


class Device:
    """One device.  Equal only to itself; everything in `DeviceInfo` is also an attribute of it.

    >>> import xpuarray as xp
    >>> d = xp.default_device()
    >>> d.filter_string, d.fp64                                          # doctest: +SKIP
    ('opencl:cpu:0', True)
    """

    __slots__ = ("info", "runtime", "parent", "numpy_native", "_partitions", "_made_by", "__weakref__")

    def __init__(self, runtime: Runtime, parent: Device | None = None, made_by: Any = None):
        self.info: DeviceInfo = runtime.info
        self.runtime = runtime
        self.parent = parent  #: of a sub-device, else None
        self.numpy_native = runtime.numpy_native  #: whether arrays are NumPy's; a forked child may ask, too
        self._partitions: dict[Any, list[Device]] = {}  # the one last asked for comes last
        self._made_by = made_by  # of a sub-device: the partition, as create_sub_devices takes it
        alive.add(self)

    if TYPE_CHECKING:  # for Python they are properties: a __getattr__ would slow all attributes down

        def __getattr__(self, name: str) -> Any: ...

    @property
    def filter_string(self) -> str:
        """The full name, `backend:type:number`; `opencl:cpu:0.1` is the second part of a CPU."""
        return self.info.filter_string

    @property
    def usable(self) -> bool:
        """Whether arrays can live on it; if not, `why_not` says why."""
        return not self.info.why_not

    def must_be_usable(self) -> Device:
        """The device itself.  Raises DeviceUnusableError if it can't be used."""
        if self.info.why_not:
            raise DeviceUnusableError(f"{self} can't be used: {self.info.why_not}")
        return self

    @property
    def sycl_queue(self) -> Any:
        """The dpctl.SyclQueue that all work on the device goes through (SYCL devices only)."""
        return self.runtime.sycl_queue

    def create_sub_devices(self, partition: int | Sequence[int] | str) -> list[Device]:
        """Split the device.  The same partition, asked for again, gives the same sub-devices.

        partition: numbers of compute units, one a part; one number, the size of as many equal parts
            as fit; or what a part's compute units share: "numa", "L4_cache" to "L1_cache" or
            "next_partitionable", where the hardware has it.

        The parts are devices of their own: arrays on one can't be mixed with arrays on another.

        Raises DeviceError if the device can't be split so.

        >>> a, b = xp.as_device("opencl:cpu").create_sub_devices([1, 1])      # doctest: +SKIP
        >>> a                                                                 # doctest: +SKIP
        Device('opencl:cpu:0.0')
        """
        self.must_be_usable()
        counts = self._counts(partition)
        with lock:
            made = self._partitions.pop(counts, None)
            if made is None:
                try:
                    runtimes = self.runtime.partition(counts)
                except Exception as error:
                    raise DeviceError(
                        f"{self} with {self.info.compute_units} compute unit(s) can't be split into "
                        f"{partition!r}: {error}"
                    ) from error
                made = [Device(runtime, self, counts) for runtime in runtimes]
            self._partitions[counts] = made
            return list(made)

    def _counts(self, partition: int | Sequence[int] | str) -> tuple[int, ...] | str:
        """A partition in the form in which backends take it: compute units a part, or a domain."""
        if isinstance(partition, str):
            return partition
        units = self.info.compute_units
        try:
            size = operator.index(partition)  # type: ignore[arg-type]
            counts = (size,) * (units // size if size > 0 else 0)
        except TypeError:
            try:
                counts = tuple(map(operator.index, partition))  # type: ignore[arg-type]
            except TypeError:
                raise TypeError(
                    "a partition is a number of compute units, several such numbers or the name of what they share, "
                    f"not {partition!r}"
                ) from None
        if not counts or min(counts) < 1 or sum(counts) > units:
            raise DeviceError(
                f"{self} has {units} compute unit(s), which can't be split into {partition!r}: "
                f"each part needs at least 1, and all parts at most {units}"
            )
        return counts

    def print_info(self) -> None:
        """Print every fact known about the device, one a line."""
        print(self.filter_string)
        for name, value in self._facts():
            print(f"    {name:20} {value}")

    def _facts(self) -> Iterator[tuple[str, str]]:
        for field in dataclasses.fields(self.info):
            value = getattr(self.info, field.name)
            if field.name in ("memory", "max_allocation", "local_memory"):
                yield field.name.replace("_", " "), f"{value:,} bytes"
            elif isinstance(value, bool):
                yield field.name, "yes" if value else "no"
            elif isinstance(value, tuple) and value:
                yield field.name.replace("_", " "), ", ".join(map(str, value))
            elif value not in ("", ()):
                yield field.name.replace("_", " "), str(value)
        yield "usable", "yes" if self.usable else "no"

    def _repr_html_(self) -> str:
        return device_html(self.info, self._facts())

    def __repr__(self) -> str:
        return f"Device({self.filter_string!r})"

    def __str__(self) -> str:
        return self.filter_string


for _name in {field.name for field in dataclasses.fields(DeviceInfo)} - vars(Device).keys():
    setattr(Device, _name, property(operator.attrgetter(f"info.{_name}")))


# -- discovery ----------------------------------------------------------------------------------

#: Best first.  A device of this process alone comes after all others.
_TYPE_RANK = {"gpu": 0, "accelerator": 1, "cpu": 2}
_MIDDLING = 4  # the rank of what no backend has named

_missing: dict[str, str] = {}  # backend -> why it found nothing


@functools.cache
def discovered(backend: str) -> tuple[Device, ...]:
    """The devices of one backend, looked for once; call it with `lock` held."""
    try:
        with postponed():
            return tuple(Device(runtime) for runtime in on_own_stack(backends()[backend].discover)())
    except Exception as error:  # a broken driver must not take the other devices with it
        _missing[backend] = _why_missing(backend, error)
        return ()


def _why_missing(backend: str, error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = backends()[backend].hint
        return f"the package {error.name} is not installed" + (f" ({hint})" if hint else "")
    return str(error) if isinstance(error, DeviceError) else f"{type(error).__name__}: {error}"


def all_devices() -> list[Device]:
    """Every device of every backend, whatever the filters say, best first."""
    wanted = asked_for(os.environ.get(FILTER, ""))
    with lock:
        found = [d for name, b in backends().items() if not b.on_request or name in wanted for d in discovered(name)]
    return sorted(found, key=rank)


def rank(device: Device) -> tuple[Any, ...]:
    """The key by which devices are sorted, best first."""
    info = device.info
    backend = ranks().get(info.backend, _MIDDLING)
    alone = backend if info.backend in in_process() else 0
    return alone, _TYPE_RANK.get(info.type, 3), backend, info.number, info.part


def asked_for(text: str) -> tuple[str, ...]:
    """The backends, of those that are there on request alone, which a filter's text or the environment asks for."""
    text = text.lower()
    return tuple(
        name for name, b in on_request().items() if is_on(b.on_request) or any(word in text for word in b.ranks)
    )


def missing_backends() -> dict[str, str]:
    """Backends that gave no device, and why."""
    all_devices()
    return dict(_missing)


def parts(device: Device) -> Iterator[Device]:
    """The sub-devices made of a device, and theirs; those last asked for come first."""
    with lock:
        partitions = list(device._partitions.values())
    for partition in reversed(partitions):
        yield from partition
        for part in partition:
            yield from parts(part)
