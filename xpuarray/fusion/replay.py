"""Plans of whole functions: the steps that a call came to, to be done again on other arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array, allocated, from_numpy
from xpuarray.fusion.recording import Recorder, disjoint_or_same
from xpuarray.fusion.steps import Launched, Scratch, Step, View, bind, is_small, run_all
from xpuarray.placement.devices import Device

__all__ = ["Plan", "planned"]

Memory = tuple[tuple[int, ...], np.dtype]


class _Argument(NamedTuple):
    """In place of an array in the result: the argument of that number."""

    place: int


class _Part(NamedTuple):
    """In place of an array in the result: a part of a memory."""

    view: View
    read_only: bool


#: Bytes that may be kept for what is made on the way, as long as the arguments are there.
_MOST = 1 << 26


class Plan:
    """What to do for arguments of one kind."""

    def __init__(
        self,
        device: Device,
        steps: list[Step],
        made: dict[int, Memory],
        owners: dict[int, int],
        result: Any,
    ):
        """made: the memories to make; owners: memory -> the argument that is in it first
        result: what the function returns, with parts in place of arrays"""
        self.device, self.steps, self.made, self.owners, self.result = device, steps, made, owners, result
        self.small = all(is_small(device, step) for step in steps)
        self.written = {owners[out.memory] for step in steps for out in step.outs if out.memory in owners}
        parts = list(_parts(result))
        #: views that are all of a memory that is made
        self.whole = {m: View(m, 0, shape, _dense(shape, dtype), dtype) for m, (shape, dtype) in made.items()}
        #: whether results are copies that NumPy makes: of few elements that takes less than to bind steps to new memory
        whole = all(self.whole.get(part.view.memory) == part.view for part in parts)
        self.copies = self.small and whole and len({part.view.memory for part in parts}) == len(parts)
        #: the memories that are new each time, and the steps that know them
        self.fresh = set() if self.copies else {part.view.memory for part in parts} & set(made)
        self.loose = [
            any(view.memory in self.fresh for view in (*step.reads(), *step.outs)) if self.fresh else False
            for step in steps
        ]
        kept = sum(math.prod(shape) * dtype.itemsize for m, (shape, dtype) in made.items() if m not in self.fresh)
        self.repeats = kept <= _MOST

    def run(self, given: Sequence[Any]) -> tuple[Any, Attached | None]:
        """What the function returns for these arguments, whose writes it does, too; and what does it again for the
        very arrays, if that may be kept."""
        with pending.lock:
            attached = Attached(self, given)
            return attached.run(given), attached if self.repeats and attached.is_settled() else None

    def memory(self, number: int) -> Any:
        """New native memory of that number."""
        shape, dtype = self.made[number]
        return allocated(self.device.runtime.empty(shape, dtype), self.device)._native

    def window(self, view: View, natives: dict[int, Any]) -> Any:
        """The native array of a view."""
        native = natives[view.memory]
        if self.whole.get(view.memory) == view:
            return native
        return self.device.runtime.window(native, view.offset, view.shape, view.strides, view.dtype)

    def bound(self, step: Step, natives: dict[int, Any], scratch: Scratch) -> Any:
        """The step on this memory."""
        leaves = [self.window(leaf, natives) if type(leaf) is View else leaf for leaf in step.leaves]
        return bind(self.device, step, leaves, [self.window(o, natives) for o in step.outs], self.small, scratch)


class Attached:
    """A plan on the memory of certain arguments."""

    def __init__(self, plan: Plan, given: Sequence[Any]):
        self.plan, self.scratch = plan, Scratch()
        self.natives = {memory: given[place]._native for memory, place in plan.owners.items()}
        for memory in plan.made.keys() - plan.fresh:
            self.natives[memory] = plan.memory(memory)
        bound = [
            None if loose else plan.bound(s, self.natives, self.scratch) for s, loose in zip(plan.steps, plan.loose)
        ]
        self.bound = bound if plan.fresh else _joined(bound)

    def is_settled(self) -> bool:
        """Whether what was bound is what will do it the next time."""
        return self.scratch.nbytes <= _MOST and all(b is None or type(b) in (Launched, list) for b in self.bound)

    def run(self, given: Sequence[Any]) -> Any:
        """What the function returns, for the arguments whose memory it is."""
        plan, device, natives, bound = self.plan, self.plan.device, self.natives, self.bound
        runtime = device.runtime
        with pending.lock:
            for place in plan.written:
                pending.materialize_readers(given[place])
            escaped = (
                pending._escaped
                and device.info.type == "cpu"
                and any(pending.has_escaped(given[place]) for place in plan.owners.values())
            )
            if escaped:
                runtime.wait()
            if plan.fresh:
                natives = natives | {memory: plan.memory(memory) for memory in plan.fresh}
                bound = [plan.bound(s, natives, self.scratch) if b is None else b for s, b in zip(plan.steps, bound)]
            run_all(bound, device)
            if escaped:
                runtime.wait()  # whoever has the memory may write into it next, without asking the device
        return self._filled(plan.result, natives, given)

    def _filled(self, result: Any, natives: dict[int, Any], given: Sequence[Any]) -> Any:
        if type(result) is _Argument:
            return given[result.place]
        if type(result) is _Part:
            device = self.plan.device
            native = self.plan.window(result.view, natives)
            if self.plan.copies:
                return from_numpy(np.array(device.runtime.in_sight(native)), device)
            array = Array(native, device)
            array._read_only = result.read_only
            return array
        if type(result) is dict:
            return {name: self._filled(part, natives, given) for name, part in result.items()}
        if type(result) in (tuple, list):
            return type(result)([self._filled(part, natives, given) for part in result])
        return result


def _parts(result: Any) -> Iterator[_Part]:
    if type(result) is _Part:
        yield result
    inside = result.values() if type(result) is dict else result if type(result) in (tuple, list) else ()
    for part in inside:
        yield from _parts(part)


def _dense(shape: tuple[int, ...], dtype: np.dtype) -> tuple[int, ...]:
    return tuple([dtype.itemsize * math.prod(shape[k + 1 :]) for k in range(len(shape))])


def _joined(bound: list[Any]) -> list[Any]:
    """The same, NumPy's calls that follow each other in one list."""
    joined: list[Any] = []
    for one in bound:
        if type(one) is list and joined and type(joined[-1]) is list:
            joined[-1] += one
        else:
            joined.append(one)
    return joined


class _NotPlanned(Exception):  # noqa: N818
    """Something else than arrays and numbers was returned."""


def planned(recorder: Recorder, result: Any, given: Sequence[Any]) -> Plan | None:
    """The plan of what was recorded, if it can be done again."""
    arguments = {id(v): k for k, v in reversed(list(enumerate(given))) if type(v) is Array}

    def emptied(part: Any) -> Any:
        if type(part) is Array:
            if id(part) in arguments:
                return _Argument(arguments[id(part)])
            view = recorder.view(part)
            if view is not None:
                views.append(view)
                return _Part(view, part._read_only)
        elif type(part) is dict:
            return {name: emptied(value) for name, value in part.items()}
        elif type(part) in (tuple, list):
            return type(part)([emptied(value) for value in part])
        elif part is None or isinstance(part, (bool, int, float, complex, str)):
            return part
        raise _NotPlanned

    views: list[View] = []
    try:
        emptied_result = emptied(result)
    except _NotPlanned:
        return None
    if recorder.given_up:
        return None
    owners: dict[int, int] = {}
    for k, value in enumerate(given):
        if type(value) is Array:
            owners.setdefault(recorder._view(value).memory, k)
    kept = {view.memory for view in views}
    steps = _merged(_needed(recorder.steps, {*owners, *kept}), {*owners, *kept})
    used = {view.memory for step in steps for view in (*step.reads(), *step.outs)} | kept
    made = {number: memory for number, memory in enumerate(recorder.made) if memory is not None and number in used}
    return Plan(recorder.device, steps, made, owners, emptied_result)


def _needed(steps: list[Step], outside: set[int]) -> list[Step]:
    """The steps without those whose outputs nobody reads, in memory that is not seen from outside."""
    read, needed = set(outside), list[Step]()
    for step in reversed(steps):
        if any(out.memory in read for out in step.outs):
            needed.append(step)
            read.update(view.memory for view in step.reads())
    return needed[::-1]


def _merged(steps: list[Step], outside: set[int]) -> list[Step]:
    """The steps, those that only copy what the one before has computed for them made one with it."""
    reads: dict[int, int] = {}
    for step in steps:
        for view in step.reads():
            reads[view.memory] = reads.get(view.memory, 0) + 1
    merged: list[Step] = []
    for step in steps:
        before = merged[-1] if merged else None
        if before is not None and not step.program.steps and step.reads() == [before.outs[0]]:
            (target,) = step.outs
            temporary = before.outs[0].memory
            fits = len(before.outs) == 1 and target.shape == before.shape and target.dtype == before.outs[0].dtype
            alone = temporary not in outside and reads[temporary] == 1
            if fits and alone and before.full is None and disjoint_or_same(before, target):
                merged[-1] = Step(before.program, before.shape, None, before.leaves, (target,))
                continue
        merged.append(step)
    return merged
