"""Scans by kernel: the (outer, n, inner) view, the passes, and how each is shared out."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, allocated
from xpuarray.core.plans import Bounded
from xpuarray.fusion.generate import loader
from xpuarray.fusion.launches import Launch, Made, launch_over
from xpuarray.fusion.source import ITEMS, WIDTH, Shape, Source, leaves_of, left_by, plain, read_by, source_of, width_of
from xpuarray.kernels import scan as kernels
from xpuarray.lang import NdRange, Range
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device

__all__ = ["scan_by_kernel"]

#: Elements of a column that a block should have: at the least; at the least if it is gone through one by one; and
#: about if threads go through its columns one by one (what the first brings into the cache serves all).
_FEW, _MANY, _SHORT = 64, 1024, 256


def scan_by_kernel(
    x: Array,
    axis: int,
    combine: Callable[..., Any],
    start: Any,
    dtype: np.dtype,
    initial: bool,
    divisible: bool = True,
    must: bool = False,
) -> Array | None:
    """x, or the expression it stands for, scanned along `axis` with `combine` (no extent is 0); C-contiguous.

    start: what combines with any element to that element; a scalar of the dtype in which all is combined
    dtype: of the result
    initial: whether `start` comes before all elements
    divisible: whether a column may be scanned in blocks, elements be combined before they meet the first ones
    must: the library is no choice

    None if this call should go to the library: on GPUs also where a column is not divisible.
    """
    device, runtime = x._device, x._device.runtime
    if runtime.tiles and not divisible:
        return None
    kind, leaves = read_by(x)
    key = kind and (device, kind, x.shape, axis, combine, start.dtype, dtype, initial, divisible)
    plan = _known.get(key) if key else None
    if plan is None:
        source = source_of(x, (axis,))
        # Neither dense nor of a form that the kernels walk, or one without the scanned dimension: a dense copy has it.
        if source is None or (initial and x.shape[axis] == 1 and not source.dense):
            key = None
            x = Array(runtime.library.asarray(x._native, order="C", copy=True), device)
            source = source_of(x, (axis,))
            assert source is not None
        shape, work = source.passes[0], x.size * (1 + len(source.program.steps))
        step = _plan(runtime, shape, source, divisible)
        if step.kept and initial:  # elements can't be kept where the scan puts others
            key = None
            x._native  # noqa: B018
            source, step, work = plain(x), step._replace(kept=False), x.size
        extents = tuple([extent + (initial and k == axis) for k, extent in enumerate(x.shape)])
        plan = _Scan(device, combine, start, dtype, initial, divisible).planned(source, shape, step, extents, work)
        if key:
            _known[key] = plan
        leaves = source.leaves
    first = plan.totals or plan.blocks
    if not must and not first.choose_kernel(plan.work):
        return None
    out = runtime.empty(plan.shape, dtype)
    plan.run(leaves, out)
    return allocated(out, device)


class Plan(NamedTuple):
    """A scan: what makes the totals of blocks, the scan of these where they lie, and what scans blocks with them."""

    blocks: Launch
    shape: tuple[int, ...]  #: the result's
    work: int = 0  #: elements that the library would work through
    before: Made | None = None  #: what comes before each block; None if the kernel wants none
    totals: Launch | None = None
    over: Plan | None = None  #: the totals
    kept: bool = False  #: whether what makes the totals keeps the elements of an expression

    def run(self, operands: Sequence[Any], out: Any) -> None:
        """Scan into a native array, which may be what is read."""
        if self.before is None:
            self.blocks.start(operands, (out,))
            return
        before = self.blocks.device.runtime.empty(self.before.shape, self.before.dtype)
        if self.totals is not None:
            self.totals.start(operands, (before, out if self.kept else before))
            if self.kept:
                operands = (out,)
        if self.over is not None:
            self.over.run((before,), before)
        self.blocks.start(operands, (before, out))


#: (device, kind of what is read, shape, axis, ...) -> plan
_known: Bounded[Any, Plan] = Bounded(1 << 10)


class Step(NamedTuple):
    """How a scan is shared out: by which kernels (kernels/scan.py), and in how many blocks."""

    form: str
    share: int = 1
    fold: int = 1  #: totals that each block has
    kept: bool = False  #: whether what makes the totals keeps the elements of an expression

    @property
    def makes_totals(self) -> bool:
        """Whether totals of blocks come first."""
        return self.share > 1 or self.kept


def _plan(runtime: Runtime, shape: Shape, source: Source, divisible: bool) -> Step:
    outer, n, inner = shape
    if runtime.tiles and n * inner > _FEW:
        wanted = -(-runtime.parallelism // (ITEMS * outer * -(-inner // WIDTH)))
        share = min(wanted, n * width_of(inner) // (4 * kernels.DEPTH * ITEMS))
        return Step("tiles", max(1, share) if divisible else 1)
    if n <= _FEW and inner < runtime.lanes:
        return Step("serial")
    if not runtime.interleaved:  # threads share out rows and blocks, not columns
        share = min(-(-runtime.parallelism // outer), n // _MANY) if inner == 1 else n // _SHORT
        return Step("blocks", max(1, share) if divisible else 1)
    if inner >= runtime.lanes or not source.dense:
        share = min(-(-runtime.parallelism // (outer * inner)), n // _FEW)
        return Step("blocks", max(1, share) if divisible else 1)
    # Columns are gone through one by one, without the help of lanes; so expressions are computed beforehand.
    wanted = -(-runtime.parallelism // (runtime.lanes * outer * inner))
    share = max(1, min(wanted, n // _MANY)) if divisible else 1
    kept = bool(source.program.steps)
    return Step("lanes", share, math.lcm(inner, runtime.lanes) // inner, kept) if share > 1 or kept else Step("blocks")


class _Scan:
    """What scans are planned by: the device, the function and the dtypes."""

    def __init__(
        self, device: Device, combine: Callable[..., Any], start: Any, dtype: np.dtype, initial: bool, divisible: bool
    ):
        self.device, self.combine, self.start, self.divisible = device, combine, start, divisible
        self.accumulate, self.dtype, self.initial = start.dtype, dtype, int(initial)

    def planned(self, source: Source, shape: Shape, step: Step, extents: tuple[int, ...], work: int = 0) -> Plan:
        """extents: the result's"""
        totals, over, before = None, None, None
        if step.form != "serial":
            before = self._before(shape, step)
        if step.makes_totals:
            totals = self._totals(source, shape, step)
        if step.kept:
            source = left_by(self.dtype)
        if step.share > 1:
            own, whole = left_by(self.accumulate), (shape[0], step.share * step.fold, shape[2])
            again = _Scan(self.device, self.combine, self.start, self.accumulate, False, True)
            over = again.planned(own, whole, _plan(self.device.runtime, whole, own, False), whole)
        return Plan(self._blocks(source, shape, step), extents, work, before, totals, over, step.kept)

    def _totals(self, source: Source, shape: Shape, step: Step) -> Launch:
        """What makes the totals of blocks: (outer, share * fold, inner)."""
        outer, n, inner = shape
        made = _made(self.accumulate, outer, step.share, inner)
        extent: Range | NdRange
        if step.form == "lanes":
            lanes = step.fold * inner
            seen, spread = (outer, n * inner), (outer, step.share, lanes)
            kept = _made(self.dtype, *seen) if step.kept else _made(self.accumulate, outer, step.share * lanes)
            made, extra = _made(self.accumulate, *spread), [step.kept]
            return self._launch("lane_totals", source, seen, Range(*spread), [n * inner], [made, kept], extra)
        if step.form == "tiles":
            extent, sizes = self._tiled(shape, step)
            local = [(self.accumulate, ITEMS)]
            return self._launch("tile_totals", source, shape, extent, sizes, [made], [self.start], local)
        extent, rows_first = self._ranged(shape, step)
        return self._launch("block_totals", source, shape, extent, [n], [made], [rows_first])

    def _blocks(self, source: Source, shape: Shape, step: Step) -> Launch:
        """What scans the blocks, from the scan of the totals."""
        outer, n, inner = shape
        before = self._before(shape, step)
        out = _made(self.dtype, outer, n + self.initial, inner)
        extent: Range | NdRange
        if step.form == "serial":
            sizes = [n, inner, self.initial]
            return self._launch("serial", source, shape, Range(outer * inner), sizes, [out], [self.start])
        if step.form == "tiles":
            extent, sizes = self._tiled(shape, step)
            tile = kernels.DEPTH * ITEMS
            local = [(self.accumulate, tile + tile // 32), (self.accumulate, ITEMS)]
            sizes.append(self.initial)
            return self._launch("tiles", source, shape, extent, sizes, [before, out], [self.start], local)
        extent, rows_first = self._ranged(shape, step)
        sizes, extra = [n, step.fold, self.initial], [self.start, rows_first, not self.divisible]
        return self._launch("blocks", source, shape, extent, sizes, [before, out], extra)

    def _before(self, shape: Shape, step: Step) -> Made:
        outer, _, inner = shape
        return _made(self.accumulate, outer, step.share * step.fold, inner)

    def _tiled(self, shape: Shape, step: Step) -> tuple[NdRange, list[int]]:
        outer, n, inner = shape
        width = width_of(inner)
        extent = NdRange((outer * step.share * -(-inner // width) * ITEMS,), (ITEMS,))
        return extent, [n, step.share, inner, width]

    def _ranged(self, shape: Shape, step: Step) -> tuple[Range, bool]:
        """A range over rows, blocks and columns; and whether rows are the first."""
        outer, _, inner = shape
        if self.device.runtime.interleaved or outer >= step.share:
            return Range(outer, step.share, inner), True
        return Range(step.share, outer, inner), False

    def _launch(
        self,
        form: str,
        source: Source,
        seen: tuple[int, ...],
        extent: Range | NdRange,
        sizes: Sequence[int],
        arrays: Sequence[Made],
        extra: Sequence[Any] = (),
        local: Sequence[tuple[np.dtype, int]] = (),
    ) -> Launch:
        leaves, forms, walks = leaves_of(source, seen)
        load = loader(source.program, forms, len(seen), self.accumulate.name)
        kernel = _kernel(form, self.combine, load, *extra)
        return launch_over(self.device, kernel, extent, leaves, walks, sizes, arrays, local)


def _made(dtype: np.dtype, *shape: int) -> Made:
    return Made(shape, dtype, shape)


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, combine: Callable[..., Any], load: Callable[..., Any], *extra: Any) -> Kernel:
    return getattr(kernels, form)(combine, load, *extra)
