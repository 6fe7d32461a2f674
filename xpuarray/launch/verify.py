"""kernel.verify: the same launch in the simulator, on the host and on the device, compared."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.compiler.targets import simulator
from xpuarray.core.array import Array, asnumpy
from xpuarray.lang.ranges import NdRange, Range
from xpuarray.launch.arguments import pack_arguments
from xpuarray.markup import block, code, join, mark, table
from xpuarray.placement.devices import Device, as_device

__all__ = ["Verification", "verify"]

#: How far results may differ: units in the last place of the greatest value in the array.  Functions
#: such as sin are right to a few ulp on each target, and sums add up in other orders.
ULPS = 64


@dataclasses.dataclass(frozen=True)
class Verification:
    """What `Kernel.verify` found."""

    places: tuple[str, ...]  #: where the kernel ran, the reference (simulator) first
    differences: tuple[str, ...]  #: the first element that differs, per argument and place
    races: tuple[str, ...]  #: elements that work-items touch without order, as the simulator saw it

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.differences and not self.races

    def __str__(self) -> str:
        agree = f"{', '.join(self.places[:-1])} and {self.places[-1]}"
        lines = list(self.differences) or [f"{agree} agree"]
        return "\n".join([*lines, *self.races] if self.races else [*lines[:-1], f"{lines[-1]}; no races seen"])

    def _repr_html_(self) -> str:
        state = mark("agree", "good") if self.ok else mark(f"{len(self.differences) + len(self.races)} found", "bad")
        found = [(mark("differs", "bad"), text) for text in self.differences]
        found += [(mark("race", "warn"), text.removeprefix("race: ")) for text in self.races]
        return block("", join([*map(code, self.places), state]), table([], found) if found else "No races seen.")


def verify(kernel: Any, range: Range | NdRange, args: Sequence[Any]) -> Verification:
    """See `Kernel.verify`."""
    device, _, _ = pack_arguments(kernel.__name__, kernel.parameters[1:], args)
    watch = _Watch()
    results = {"simulator": _simulate(kernel, range, args, device, watch)}
    for place in {as_device("host"), device}:
        copies = [_copied(a, place) for a in args]
        kernel.launch(range, copies)
        results[str(place)] = [asnumpy(c) if isinstance(c, Array) else None for c in copies]
    reference = results["simulator"]
    differences = [
        text
        for place, values in results.items()
        for name, expected, value in zip(kernel.parameters[1:], reference, values)
        if expected is not None and (text := _difference(name, place, expected, value))
    ]
    names = {k: name for k, name in enumerate(kernel.parameters[1:])}
    return Verification(tuple(results), tuple(differences), tuple(watch.report(names)))


def _copied(arg: Any, device: Device) -> Any:
    if not isinstance(arg, Array):
        return arg
    return Array(device.runtime.from_host(asnumpy(arg)), device)


def _simulate(kernel: Any, range: Range | NdRange, args: Sequence[Any], device: Device, watch: _Watch) -> list[Any]:
    """The arrays as the simulator leaves them."""
    host = as_device("host")
    copies = [_copied(a, host) for a in args]
    _, types, packed = pack_arguments(kernel.__name__, kernel.parameters[1:], copies)
    compiled = simulator.compile_kernel(kernel, range.space, types, device.info, watch)
    if isinstance(range, NdRange):
        compiled.binary(range.global_range, range.local_range, *packed)
    else:
        compiled.binary(range, None, *packed)
    return [asnumpy(c) if isinstance(c, Array) else None for c in copies]


def _difference(name: str, place: str, expected: np.ndarray, value: np.ndarray) -> str:
    """The first element that differs, in words; "" if none does."""
    if expected.dtype.kind in "fc":
        scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=0)
        close = np.isclose(value, expected, rtol=0, atol=ULPS * np.spacing(np.real(scale)), equal_nan=True)
        close |= value == expected  # infinities
    else:
        close = value == expected
    if close.all():
        return ""
    index = tuple(int(i) for i in np.argwhere(~close)[0])
    where = f"{name}[{', '.join(map(str, index))}]"
    return f"{where} is {value[index]} on {place}, {expected[index]} in the simulator ({(~close).sum()} differ)"


# -- races --------------------------------------------------------------------------------------


class _Watch(simulator.Observer):
    """Who touched which element, in which stretch between barriers."""

    LIMIT = 10  # races worth telling
    watching = True

    def __init__(self) -> None:
        self.item: tuple[int, ...] = ()
        self.group: tuple[int, ...] | None = None
        self.epochs: dict[tuple[int, ...] | None, int] = {}
        self.writes: dict[Any, tuple[Any, ...]] = {}
        self.reads: dict[Any, tuple[Any, ...]] = {}
        self.races: dict[Any, tuple[str, tuple[int, ...], tuple[int, ...]]] = {}

    def enter(self, group: tuple[int, ...] | None, item: tuple[int, ...]) -> None:
        self.group, self.item = group, item

    def barrier(self, group: tuple[int, ...]) -> None:
        self.epochs[group] = self.epochs.get(group, 0) + 1

    def touch(self, argument: Any, index: Any, write: bool, atomic: bool) -> None:
        """One access; a race if another work-item's is not ordered with it and one of them writes."""
        here = (self.item, self.group, self.epochs.get(self.group, 0), atomic)
        key = (argument, index)
        against = [self.writes.get(key)] + ([self.reads.get(key)] if write else [])
        for other in against:
            if other is not None and self._unordered(here, other) and key not in self.races:
                kind = "written" if other is self.writes.get(key) and write else "read and written"
                self.races[key] = (kind, other[0], self.item)
        (self.writes if write else self.reads)[key] = here

    @staticmethod
    def _unordered(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
        if a[0] == b[0] or (a[3] and b[3]):
            return False
        return a[1] is None or a[1] != b[1] or a[2] == b[2]

    def report(self, names: dict[int, str]) -> list[str]:
        """The races in words, the first ones only."""
        lines = []
        for (argument, index), (kind, first, second) in itertools.islice(self.races.items(), self.LIMIT):
            name = names[argument[0] if isinstance(argument, tuple) else argument]
            element = f"{name}[{', '.join(map(str, index))}]"
            lines.append(f"race: {element} is {kind} by work-items {first} and {second} in no order")
        if len(self.races) > self.LIMIT:
            lines.append(f"race: {len(self.races) - self.LIMIT} more")
        return lines
