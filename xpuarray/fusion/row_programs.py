"""Programs with reductions over the last axis, as softmax is one: one kernel, in which a team of work-items has a row.

The team goes through its row once for each reduction that needs the one before, and once more for the outputs.  Only
the first time does the row come from memory.  After that it is in registers, if each work-item has the same few chunks
of it; else in the caches, if not too many rows are under way.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, result_of
from xpuarray.core.plans import Bounded
from xpuarray.fusion.expression import Program, Reduction
from xpuarray.fusion.generate import Body, define, pairwise
from xpuarray.fusion.launches import Launch, Made, launch_over
from xpuarray.fusion.layout import broadcast_strides, collapse, signature
from xpuarray.fusion.rows import GROUP, as_rows, sub_group, team_of
from xpuarray.lang import NdRange
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device

__all__ = ["compute_rows", "suits_rows"]

#: Work-items of a team, at the most; chunks that each should have, in teams that meet at barriers and in small ones
_LARGEST, _CHUNKS, _FEW_CHUNKS = 1024, 4, 2
#: Bytes of rows under way for each of a GPU's work-items: 2,048 of them have a first-level cache of 192 KiB or more
#: (measured on an H100: softmax over rows of 32 KiB takes 0.39 ms by teams of 512, and 0.65 ms by teams of 256)
_BYTES = 64
#: Bytes of all rows' chunks that a work-item may hold in registers
_HELD = 128
#: Rows longer than this must be as many as keep a GPU busy
_LONG = 1 << 14


def suits_rows(runtime: Runtime, shape: tuple[int, ...]) -> bool:
    """Whether reductions over the last axis of arrays of that shape may wait for what reads them."""
    if not runtime.tiles or len(shape) < 2 or shape[-1] < 2 or math.prod(shape) == 0:
        return False
    rows = math.prod(shape[:-1])
    return shape[-1] <= _LONG or (rows * _LARGEST >= runtime.parallelism and shape[-1] < 1 << 30)


def compute_rows(
    device: Device, full: tuple[int, ...], shape: tuple[int, ...], program: Program, leaves: list[Any]
) -> list[Array] | None:
    """The program's outputs, of `shape` (`full`, or that with a last extent of 1); None if an operand lies such that
    its rows are not evenly spaced, or if the library is the better choice."""
    kinds = signature(leaves)
    key = program, device, full, shape, kinds
    launch = _known.get(key) if kinds is not None else None
    if launch is None:
        launch = _prepare(device, full, shape, program, leaves)
        if launch is None:
            return None
        if kinds is not None:
            _known[key] = launch
    if not launch.choose_kernel(math.prod(full) * len(program.steps)):
        return None
    return [result_of(native, device) for native in launch.start(leaves)]


#: (program, device, shapes, types of operands that are dense) -> launch
_known: Bounded[Any, Launch] = Bounded(1 << 10)


def _prepare(
    device: Device, full: tuple[int, ...], shape: tuple[int, ...], program: Program, leaves: list[Any]
) -> Launch | None:
    runtime, rows, n = device.runtime, math.prod(full[:-1]), full[-1]
    strides = _strides(leaves, full)
    if strides is None:
        return None
    types, forms, walks, chunk = as_rows(runtime, leaves, strides, rows, n, whole=True)
    chunks = n // chunk
    team = _team(runtime, chunks, sum(leaf.itemsize * n for leaf, form in zip(leaves, forms) if "1" in form))
    group = max(team, GROUP)
    held = _held(
        chunks, team, rows * team % group == 0, chunk * sum(x.itemsize for x, f in zip(leaves, forms) if f == "01")
    )
    reduced = [np.dtype(step.compute[0]) for step, _ in program.steps if type(step) is Reduction]
    warp = min(sub_group(runtime, dtype.name) for dtype in reduced)
    made = [program.steps[int(name[1:])][0].result for name in program.outputs]
    flat, layout = (math.prod(shape),), "W" if chunk > 1 else "C"
    return launch_over(
        device,
        _kernel(program, forms, chunk, team, warp, held, shape == full),
        NdRange((-(-rows * team // group) * group,), (group,)),
        types,
        walks,
        [rows, chunks],
        [Made(shape, dtype, flat, layout) for dtype in made],
        [(dtype, group // warp) for dtype in reduced],
    )


def _team(runtime: Runtime, chunks: int, nbytes: int) -> int:
    most = min(_LARGEST, runtime.info.max_work_group_size or GROUP)
    return team_of(max(nbytes // _BYTES, min(chunks // _FEW_CHUNKS, max(16, chunks // _CHUNKS))), most)


def _held(chunks: int, team: int, full: bool, nbytes: int) -> int:
    """How many chunks each work-item of a team holds in registers; 0 if it is to read them again.

    full: whether all teams have a row
    nbytes: of the same chunk of all rows
    """
    share, rest = divmod(chunks, team)
    return share if full and rest == 0 and share * nbytes <= _HELD else 0


def _strides(leaves: Sequence[Any], full: tuple[int, ...]) -> list[Any] | None:
    """Bytes from row to row and from element to element, for each leaf that is an array."""
    arrays = [leaf for leaf in leaves if type(leaf) is Array]
    own = [broadcast_strides(leaf, full) for leaf in arrays]
    extents, outer = collapse(full[:-1], [steps[:-1] for steps in own])
    if len(extents) > 1:
        return None
    walks = iter(zip(outer, own))
    return [((walk := next(walks))[0][0], walk[1][-1]) if type(leaf) is Array else None for leaf in leaves]


class _Plan(NamedTuple):
    """Which of a program's values have an element for each place of a row, and when each can be computed."""

    wide: set[str]
    turn: dict[str, int]  #: after so many times through the row


def _plan(program: Program, forms: Sequence[str]) -> _Plan:
    wide = {f"v{k}" for k, form in enumerate(forms) if "1" in form}
    turn = {f"v{k}": 0 for k in range(len(forms))}
    for k, (operation, operands) in enumerate(program.steps):
        reduces = type(operation) is Reduction
        turn[f"t{k}"] = max(turn[name] for name in operands) + reduces
        if not reduces and any(name in wide for name in operands):
            wide.add(f"t{k}")
    return _Plan(wide, turn)


@functools.lru_cache(maxsize=1024)
def _kernel(
    program: Program, forms: tuple[str, ...], chunk: int, team: int, warp: int, held: int, wide_outputs: bool
) -> Kernel:
    """(item, leaves, rows, chunks, outputs..., partial totals...)."""
    return Kernel(_Source(program, forms, chunk, team, warp, held).function(wide_outputs))


class _Source:
    """The kernel's Python source."""

    def __init__(self, program: Program, forms: tuple[str, ...], chunk: int, team: int, warp: int, held: int):
        from xpuarray.kernels import reduce

        self.program, self.forms, self.chunk, self.held = program, forms, chunk, held
        self.loaded: set[int] = set()  #: leaves whose chunks are in registers
        self.plan = _plan(program, forms)
        self.reductions = [k for k, (step, _) in enumerate(program.steps) if type(step) is Reduction]
        body = Body(program, ())
        self.scope: dict[str, Any] = body.scope
        self.lines = [
            f"size, none = u({team}), u(0)",
            "lane = u(item.get_local_id(0)) % size",
            "where = u(item.get_group().get_group_id(0)) * (u(item.get_local_range(0)) // size)",
            "where = where + u(item.get_local_id(0)) // size",
            "inside = where < u(rows)",
            "row, end = w(where), u(chunks) if inside else none",
        ]
        index = {"scalar": "", "0": "[row if inside else w(0)]", "none": "[w(0)]"}
        self.lines += [f"x{k} = v[{k}]{index[form]}" for k, form in enumerate(forms) if "1" not in form]
        for k in self.reductions:
            step = program.steps[k][0]
            assert type(step) is Reduction
            self.scope[f"start{k}"] = step.start
            self.scope[f"combine{k}"] = step.function
            self.scope[f"together{k}"] = reduce.of_team(step.function, team, warp)

    def function(self, wide_outputs: bool) -> Any:
        program, turn = self.program, self.plan.turn
        turns = max(turn[f"t{k}"] for k in self.reductions)
        self._narrow(0)
        for t in range(1, turns + 1):
            now = [k for k in self.reductions if turn[f"t{k}"] == t]
            self._reduce(now, t)
            self._narrow(t)
        outs = [f"out{k}" for k in range(len(program.outputs))]
        if wide_outputs:
            stores = [f"{out}[{{place}}] = e{{c}}[{k}]" for k, out in enumerate(outs)]
            self._through(list(program.outputs), stores, "outputs")
        else:
            stores = [f"    {out}[row] = {name}" for out, name in zip(outs, program.outputs)]
            self.lines += ["if inside and lane == none:", *stores]
        name, partial = f"rows_{program.name}"[:60], [f"partial{k}" for k in self.reductions]
        head = f"def {name}(item, v, rows, chunks, {', '.join(outs + partial)}):"
        return define([head, *(f"    {line}" for line in self.lines)], name, self.scope)

    def _narrow(self, t: int) -> None:
        """The values that a row has one of, and that can be computed after going through it t times."""
        wide, turn = self.plan.wide, self.plan.turn
        steps = range(len(self.program.steps))
        only = [k for k in steps if f"t{k}" not in wide and turn[f"t{k}"] == t and k not in self.reductions]
        self.lines += Body(self.program, only, self.scope).lines

    def _reduce(self, now: list[int], t: int) -> None:
        program = self.program
        self.lines += [f"s{k} = start{k}" for k in now]
        values = [program.steps[k][1][0] for k in now]
        self._through(values, [], f"turn{t}", [program.steps[k][0].compute[0] for k in now], now)
        for k in now:
            self.lines.append(f"t{k} = to_{program.steps[k][0].result.name}(together{k}(item, s{k}, partial{k}))")
            self.scope[f"to_{program.steps[k][0].result.name}"] = program.steps[k][0].result.type

    def _through(
        self,
        values: list[str],
        stores: list[str],
        name: str,
        casts: Sequence[str] = (),
        now: Sequence[int] = (),
    ) -> None:
        """A loop through the row that computes the values, and stores or combines them."""
        needed, leaves, given = self._needed(values)
        body = Body(self.program, needed)
        results = [_local(v) for v in values]
        results = [f"{body.cast(c)}({r})" for c, r in zip(casts, results)] if casts else results
        parameters = [f"x{k}" for k in leaves] + given
        lines = [f"def {name}({', '.join(parameters)}):", *(f"    {line}" for line in body.lines)]
        lines.append(f"    return {', '.join(results)},")
        self.scope[name] = define(lines, name, body.scope)
        steps = self._loads(leaves)
        for c in range(self.chunk):
            steps.append(f"e{c} = {name}({', '.join([f'x{k}_{{q}}_{c}' for k in leaves] + given)})")
        for c in range(self.chunk):
            steps += [store.format(place=f"i + w({c})", c=c) for store in stores]
        for position, k in enumerate(now):
            tree = pairwise([f"e{c}[{position}]" for c in range(self.chunk)], f"combine{k}")
            steps.append(f"s{k} = combine{k}(s{k}, {tree})")
        if self.held:
            for q in range(self.held):
                self.lines += [f"j = lane + u({q}) * size", *(step.format(q=q) for step in steps)]
        else:
            self.lines += [
                "j = lane",
                "while j < end:",
                *(f"    {step.format(q=0)}" for step in steps),
                "    j += size",
            ]

    def _loads(self, leaves: list[int]) -> list[str]:
        """Chunk j of the row and of what is the same for all rows; {q}: the number of the chunk if it is held."""
        chunk = self.chunk
        lines = [f"i = (row * chunks + w(j)) * w({chunk})", f"k = w(j) * w({chunk})"]
        wanted = [k for k in leaves if k not in self.loaded]
        for c in range(chunk):
            for k in wanted:
                index = f"i + w({c})" if self.forms[k] == "01" else f"k + w({c})"
                if chunk == 1:
                    index = "row, w(j)" if self.forms[k] == "01" else "w(j)"
                lines.append(f"x{k}_{{q}}_{c} = v[{k}][{index}]")
        if self.held:
            self.loaded.update(k for k in wanted if self.forms[k] == "01")
        return lines

    def _needed(self, values: Sequence[str]) -> tuple[list[int], list[int], list[str]]:
        """The wide steps that compute the values, the wide leaves that they read, and other values, by their names."""
        wide = self.plan.wide
        steps: set[int] = set()
        leaves: set[int] = set()
        given: set[str] = set()
        left = list(values)
        while left:
            name = left.pop()
            number = int(name[1:])
            if name not in wide:
                given.add(_local(name))
            elif name[0] == "v":
                leaves.add(number)
            elif number not in steps:
                steps.add(number)
                left += self.program.steps[number][1]
        return sorted(steps), sorted(leaves), sorted(given)


def _local(name: str) -> str:
    return name.replace("v", "x")
