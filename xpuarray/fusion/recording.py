"""The recorder: what a function computes, copies and writes, noted as steps over known memory while it is done."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array, result_of
from xpuarray.core.modes import recording
from xpuarray.fusion.expression import Program, copying
from xpuarray.fusion.steps import Scratch, Step, View, bind, is_small, run_all
from xpuarray.placement.devices import Device
from xpuarray.spans import Call, Span

__all__ = ["Recorder", "disjoint_or_same"]

#: A function of more steps is called each time.
MOST = 1 << 14


class Recorder:
    """Watches one call of a function.  Each step is done when it is noted, so that giving up loses nothing."""

    def __init__(self, device: Device, arguments: Sequence[Array]):
        self.device = device
        self.steps: list[Step] = []
        self.given_up = self._at_work = False
        #: (shape, dtype) of each memory that was made; None for those of arguments
        self.made: list[tuple[tuple[int, ...], np.dtype] | None] = []
        self._places: list[int] = []  # where their first elements are
        self._known: dict[int, tuple[int, weakref.ref[Any]]] = {}  # address of an allocation -> its number, its owner
        for x in arguments:
            if x._device is not device:
                self.give_up()
            elif self._number(x) is None:
                self.enter(x, argument=True)

    def give_up(self) -> None:
        """The function does what can't be noted."""
        if not self._at_work:
            self.given_up = True

    # As a watcher it is told of all work; that of its own steps is noted.
    def call(self, call: Call) -> None:
        self.give_up()

    def begin(self, span: Span) -> None:
        self.give_up()

    def end(self, span: Span) -> None:
        pass

    # -- memory --------------------------------------------------------------------------------
    def enter(self, x: Array, argument: bool = False) -> Array:
        """Know the memory of x, which is an argument or was just allocated."""
        runtime, native = self.device.runtime, x._native
        if x._device is not self.device:
            self.give_up()
            return x
        self._known[runtime.address(native)] = len(self.made), weakref.ref(runtime.owner(native))
        self._places.append(runtime.pointer(native))
        self.made.append(None if argument else (x.shape, x.dtype))
        return x

    def _number(self, x: Array) -> int | None:
        found = self._known.get(self.device.runtime.address(x._native)) if x._device is self.device else None
        return None if found is None or found[1]() is None else found[0]

    def view(self, x: Array) -> View | None:
        """Which part of which memory x is; None, and the recorder gives up, if it is of none that is known."""
        number = self._number(x)
        if number is None:
            self.give_up()
            return None
        runtime, native = self.device.runtime, x._native
        return View(number, runtime.pointer(native) - self._places[number], x.shape, runtime.strides(native), x.dtype)

    # -- work ----------------------------------------------------------------------------------
    def compute(
        self, device: Device, shape: tuple[int, ...], full: tuple[int, ...] | None, program: Program, leaves: list[Any]
    ) -> list[Array] | None:
        """A program's outputs, as new arrays; None if it can't be noted."""
        sources = self._sources(leaves)
        if sources is None or device is not self.device:
            return None
        dtypes = [*map(np.dtype, program.leaves), *(operation.result for operation, _ in program.steps)]
        outs = []
        for name in program.outputs:
            dtype = dtypes[int(name[1:]) + len(program.leaves) * (name[0] == "t")]
            outs.append(self.enter(result_of(device.runtime.empty(shape, dtype), device)))
        self._do(Step(program, shape, full, sources, tuple(map(self._view, outs))), leaves, outs)
        return outs

    def write(
        self, shape: tuple[int, ...], full: tuple[int, ...] | None, program: Program, leaves: list[Any], out: Array
    ) -> bool:
        """Compute a program's output into `out`, as if it were read before anything is written; False if that can't be
        noted."""
        sources = self._sources(leaves)
        target = self.view(out)
        if sources is None or target is None:
            return False
        step = Step(program, shape, full, sources, (target,))
        if full is None and disjoint_or_same(step, target):
            self._do(step, leaves, [out])
            return True
        made = self.compute(self.device, shape, full, program, leaves)
        return made is not None and self.write(shape, None, copying(out.dtype), list(made), out)

    def assign(self, out: Array, value: Any) -> bool:
        """out[...] = value, an array or NumPy's scalar of its dtype, which broadcasts; False if that can't be noted."""
        return not out.size or self.write(out.shape, None, copying(out.dtype), [value], out)

    def copied(self, x: Array) -> Array | None:
        """A copy, row by row; None if that can't be noted."""
        made = self.compute(x._device, x.shape, None, copying(x.dtype), [x]) if x.size else None
        return None if made is None else made[0]

    def filled(self, device: Device, shape: tuple[int, ...], dtype: np.dtype, number: Any) -> Array | None:
        """A new array of one number; None if that can't be noted."""
        if 0 in shape:
            return None
        made = self.compute(device, shape, None, copying(dtype), [dtype.type(number)])
        return None if made is None else made[0]

    def _sources(self, leaves: Sequence[Any]) -> tuple[Any, ...] | None:
        found = [self.view(leaf) if type(leaf) is Array else leaf for leaf in leaves]
        return None if self.given_up or None in found else tuple(found)

    def _view(self, x: Array) -> View:
        view = self.view(x)
        assert view is not None
        return view

    def _do(self, step: Step, leaves: Sequence[Any], outs: Sequence[Array]) -> None:
        self.steps.append(step)
        if len(self.steps) > MOST:
            self.give_up()
        self._at_work = True
        try:
            with recording(None):
                natives = [leaf._native if type(leaf) is Array else leaf for leaf in leaves]
                made = [out._native for out in outs]
                run_all([bind(self.device, step, natives, made, is_small(self.device, step), Scratch())], self.device)
        finally:
            self._at_work = False


def disjoint_or_same(step: Step, target: View) -> bool:
    """Whether all that the step reads of the target's memory is the very elements, or others, so that it can write
    there at once."""
    return all(leaf.memory != target.memory or leaf == target or _apart(leaf, target) for leaf in step.reads())


def _apart(a: View, b: View) -> bool:
    """Whether they have no byte in common, as far as can be said soon."""
    low = min(_first(a), _first(b))
    span = max(_end(a), _end(b)) - low
    memory = np.lib.stride_tricks.as_strided(np.empty(0, np.uint8), (span,), (1,))  # nobody reads it
    one, other = (np.ndarray(v.shape, v.dtype, memory, v.offset - low, v.strides) for v in (a, b))
    try:
        return not np.shares_memory(one, other, max_work=1 << 12)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False


def _first(v: View) -> int:
    return v.offset + sum(min(0, (n - 1) * s) for n, s in zip(v.shape, v.strides))


def _end(v: View) -> int:
    return v.offset + v.dtype.itemsize + sum(max(0, (n - 1) * s) for n, s in zip(v.shape, v.strides))
