"""Steps: programs over known parts of memory, and what starts each: a kernel, NumPy's functions, or the library."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.host.faults import assigned
from xpuarray.core.array import Array
from xpuarray.core.modes import current, recording
from xpuarray.core.shared_memory import quiet
from xpuarray.fusion.evaluation import compute
from xpuarray.fusion.expression import Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.launches import Launch
from xpuarray.fusion.layout import Walk, walk_operands
from xpuarray.placement.devices import Device
from xpuarray.spans import record, watched

__all__ = ["Launched", "Scratch", "Step", "View", "bind", "is_small", "run_all"]


class View(NamedTuple):
    """A part of a memory: from so many bytes behind its first element on, with strides in bytes."""

    memory: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype


class Step:
    """A program (of no steps: a copy) that reads views and scalars and writes views of one shape."""

    __slots__ = ("full", "launch", "leaves", "outs", "program", "shape", "walk")

    def __init__(
        self,
        program: Program,
        shape: tuple[int, ...],
        full: tuple[int, ...] | None,
        leaves: tuple[Any, ...],
        outs: tuple[View, ...],
    ):
        """full: that of what is reduced in it, if something is"""
        self.program, self.shape, self.full, self.leaves, self.outs = program, shape, full, leaves, outs
        self.walk: Walk | None = None
        self.launch: Launch | None = None  #: once it has been planned

    @property
    def work(self) -> int:
        """Elements, each as often as there are operations on it."""
        return math.prod(self.shape) * max(1, len(self.program.steps))

    def reads(self) -> list[View]:
        """The views among the leaves."""
        return [leaf for leaf in self.leaves if type(leaf) is View]


#: NumPy does a step in the time of a launch up to so many elements and operations.
_FEW = 1 << 15


def is_small(device: Device, step: Step) -> bool:
    """Whether NumPy does the step in the time of a launch, where it sees the memory."""
    runtime = device.runtime
    if not runtime.host_until or current().route != "auto":
        return False
    return step.work <= _FEW or step.work < runtime.kernel_from


class Scratch:
    """Memory of NumPy's for what is computed on the way, used again by what comes later."""

    def __init__(self) -> None:
        self._free: dict[tuple[tuple[int, ...], np.dtype], list[np.ndarray]] = {}
        self._ours: dict[int, np.ndarray] = {}
        self.nbytes = 0

    def take(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Memory that nobody uses now."""
        free = self._free.get((shape, dtype))
        if free:
            return free.pop()
        made = np.empty(shape, dtype)
        self._ours[id(made)] = made
        self.nbytes += made.nbytes
        return made

    def give_back(self, values: Iterable[Any]) -> None:
        """What is scratch among the values is not used any more."""
        for value in {id(value): value for value in values if id(value) in self._ours}.values():
            self._free.setdefault((value.shape, value.dtype), []).append(value)


class Launched:
    """A launch with all its arguments."""

    __slots__ = ("arguments", "launch")

    def __init__(self, launch: Launch, arguments: list[Any]):
        self.launch, self.arguments = launch, arguments


def bind(device: Device, step: Step, leaves: Sequence[Any], outs: Sequence[Any], small: bool, scratch: Scratch) -> Any:
    """What does the step on these native arrays and scalars: a launch, or a list of NumPy's calls; or, each time by
    another way perhaps, a call."""
    if small:
        calls = _by_numpy(device, step, leaves, outs, scratch)
        if calls is not None:
            return calls
    elif step.full is None:
        started = _by_kernel(device, step, leaves, outs)
        if started is not None:
            return started
    return functools.partial(_anyhow, device, step, leaves, outs)


def run_all(bound: Iterable[Any], device: Device) -> None:
    """Do what was bound, one after the other."""
    runtime = device.runtime
    for one in bound:
        if type(one) is Launched:
            one.launch.run(one.arguments)
        elif type(one) is list:
            if runtime.busy:
                runtime.wait()
            if watched():
                record("fuse", device.info, "NumPy on shared memory")
            quiet.run(_each, one)
        else:
            one()


def _each(calls: list[Callable[[], Any]]) -> None:
    for call in calls:
        call()


# -- by a kernel ----------------------------------------------------------------------------------


def _by_kernel(device: Device, step: Step, leaves: Sequence[Any], outs: Sequence[Any]) -> Launched | None:
    """The launch, packed; None if there is none, or if the library is the better choice."""
    runtime = device.runtime
    if step.walk is None:
        arrays = [Array(o, device) if type(view) is View else o for o, view in zip(leaves, step.leaves)]
        arrays += [Array(o, device) for o in outs]
        walk = walk_operands(runtime, step.shape, arrays)
        if walk is None or walk.repeats > 1:
            return None
        kernel = elementwise_kernel(step.program, walk.forms, len(walk.range), walk.chunk)
        step.walk, step.launch = walk, Launch(device, kernel, walk.range, walk.types)
    walk, launch = step.walk, step.launch
    assert launch is not None
    if not launch.choose_kernel(step.work):
        return None
    arguments: list[Any] = []
    for operand, kind, seen in zip((*leaves, *outs), walk.types, walk.seen):
        arguments += runtime.pack_scalar(operand, kind) if seen is None else runtime.pack(operand, *seen)  # type: ignore[arg-type]
    arguments += walk.sizes
    return Launched(launch, arguments)


# -- by NumPy -------------------------------------------------------------------------------------


def _by_numpy(
    device: Device, step: Step, leaves: Sequence[Any], outs: Sequence[Any], scratch: Scratch
) -> list[Callable[[], Any]] | None:
    """Calls of NumPy's functions, each into memory that is there; None if it lacks one."""
    sight, program = device.runtime.in_sight, step.program
    values: dict[str, Any] = {
        f"v{k}": sight(o) if type(v) is View else o for k, (o, v) in enumerate(zip(leaves, step.leaves))
    }
    targets = [sight(out) for out in outs]
    last = {name: k for k, (_, names) in enumerate(program.steps) for name in names}
    last.update(dict.fromkeys(program.outputs, len(program.steps)))
    calls = list[Callable[[], Any]]()
    for k, (operation, names) in enumerate(program.steps):
        into = operation.into
        if into is None:
            return None
        operands, done = [values[name] for name in names], [values[name] for name in names if last[name] == k]
        for place, dtype in enumerate(operation.taken):
            if operands[place].dtype != dtype:
                old, operands[place] = operands[place], scratch.take(np.shape(operands[place]), dtype)
                calls.append(functools.partial(np.copyto, operands[place], old, casting="unsafe"))
                done.append(operands[place])
        elementwise = type(into) is np.ufunc  # which may write where it reads
        if elementwise:
            scratch.give_back(done)
        # The last writes where it is wanted: NumPy's functions have read what overlaps before.
        there = elementwise and k == len(program.steps) - 1 and program.outputs == (f"t{k}",)
        out = values[f"t{k}"] = targets[0] if there else scratch.take(step.shape, operation.result)
        if not elementwise:
            scratch.give_back(done)
        calls.append(functools.partial(into, *operands, out))
    for target, name in zip(targets, program.outputs):
        if values[name] is not target:
            calls.append(functools.partial(assigned, target, ..., values[name]))
    scratch.give_back([values[name] for name in program.outputs])
    return calls


# -- by whatever there is -------------------------------------------------------------------------


def _anyhow(device: Device, step: Step, leaves: Sequence[Any], outs: Sequence[Any]) -> None:
    """Computed apart, then copied where it is wanted."""
    operands = [Array(o, device) if type(view) is View else o for o, view in zip(leaves, step.leaves)]
    with recording(None):
        made = compute(device, step.shape, step.full, step.program, operands) if step.program.steps else operands
        for value, out in zip(made, outs):
            native = value._native if type(value) is Array else value
            with device.runtime.active():
                device.runtime.assign(out, ..., native)
