"""Scans by kernel: the (outer, n, inner) view, the passes, and how each is shared out."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, allocated
from xpuarray.core.dispatch import takes_kernel
from xpuarray.fusion.generate import loader
from xpuarray.fusion.layout import pack
from xpuarray.fusion.source import ITEMS, WIDTH, Shape, Source, leaves_of, plain, source_of, width_of
from xpuarray.kernels import scan as kernels
from xpuarray.lang import NdRange, Range
from xpuarray.lang.types import ArrayType, KernelType, LocalType
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
    source = source_of(x, (axis,))
    # Neither dense nor of a form that the kernels walk, or a form without the scanned dimension: a dense copy has it.
    if source is None or (initial and x.shape[axis] == 1 and not source.dense):
        x = Array(runtime.library.asarray(x._native, order="C", copy=True), device)
        source = source_of(x, (axis,))
        assert source is not None
    shape = source.passes[0]
    plan = _plan(runtime, shape, source, divisible)
    if plan.kept and initial:  # elements can't be kept where the scan puts others
        x._native  # noqa: B018
        source, plan = plain(x), plan._replace(kept=False)
    scan = _Scan(device, combine, start, dtype, initial, divisible)
    if not must:
        first = scan.totals(source, shape, plan) if plan.makes_totals else scan.blocks(source, shape, plan)
        work, key = x.size * (1 + len(source.program.steps)), (device, first.kernel, first.types)
        if not takes_kernel(runtime, key, work, first.kernel.is_ready(device, first.range.space, first.types)):
            return None
    extents = tuple(extent + (initial and k == axis) for k, extent in enumerate(x.shape))
    out = allocated(runtime.empty(extents, dtype), device)
    scan.run(source, shape, plan, out)
    return out


class Plan(NamedTuple):
    """How a scan is shared out: by which kernels (kernels/scan.py), and in how many blocks."""

    form: str
    share: int = 1
    fold: int = 1  #: totals that each block has
    kept: bool = False  #: whether what makes the totals keeps the elements of an expression

    @property
    def makes_totals(self) -> bool:
        """Whether totals of blocks come first."""
        return self.share > 1 or self.kept


def _plan(runtime: Runtime, shape: Shape, source: Source, divisible: bool) -> Plan:
    outer, n, inner = shape
    if runtime.tiles and n * inner > _FEW:
        wanted = -(-runtime.parallelism // (ITEMS * outer * -(-inner // WIDTH)))
        share = min(wanted, n * width_of(inner) // (4 * kernels.DEPTH * ITEMS))
        return Plan("tiles", max(1, share) if divisible else 1)
    if n <= _FEW and inner < runtime.lanes:
        return Plan("serial")
    if not runtime.interleaved:  # threads share out rows and blocks, not columns
        share = min(-(-runtime.parallelism // outer), n // _MANY) if inner == 1 else n // _SHORT
        return Plan("blocks", max(1, share) if divisible else 1)
    if inner >= runtime.lanes or not source.dense:
        share = min(-(-runtime.parallelism // (outer * inner)), n // _FEW)
        return Plan("blocks", max(1, share) if divisible else 1)
    # Columns are gone through one by one, without the help of lanes; so expressions are computed beforehand.
    wanted = -(-runtime.parallelism // (runtime.lanes * outer * inner))
    share = max(1, min(wanted, n // _MANY)) if divisible else 1
    kept = bool(source.program.steps)
    return Plan("lanes", share, math.lcm(inner, runtime.lanes) // inner, kept) if share > 1 or kept else Plan("blocks")


class _Launch(NamedTuple):
    """A kernel with all its arguments but those arrays that are still to be made, and local memory."""

    kernel: Kernel
    range: Range | NdRange
    types: tuple[KernelType, ...]
    arguments: list[Any]
    arrays: Sequence[tuple[np.dtype, tuple[int, ...]]]
    local: Sequence[tuple[np.dtype, int]]

    def start(self, device: Device, *natives: Any) -> None:
        arguments, runtime = list(self.arguments), device.runtime
        for native, (_, shape) in zip(natives, self.arrays):
            arguments += runtime.pack(native, "C", shape)
        for dtype, elements in self.local:
            arguments += runtime.pack_local(dtype, (elements,))
        self.kernel.start(device, self.range, self.types, arguments)


class _Scan:
    """The passes of one scan."""

    def __init__(
        self, device: Device, combine: Callable[..., Any], start: Any, dtype: np.dtype, initial: bool, divisible: bool
    ):
        self.device, self.combine, self.start, self.divisible = device, combine, start, divisible
        self.accumulate, self.dtype, self.initial = start.dtype, dtype, int(initial)

    def run(self, source: Source, shape: Shape, plan: Plan, out: Array) -> None:
        """Scan into `out`, which may be what the source reads."""
        outer, _, inner = shape
        before = self.device.runtime.empty((outer, plan.share * plan.fold, inner), self.accumulate)
        if plan.makes_totals:
            self.totals(source, shape, plan).start(self.device, before, out._native if plan.kept else before)
        if plan.kept:
            source = plain(out)
        if plan.share > 1:
            totals = Array(before, self.device)
            whole, own = (outer, plan.share * plan.fold, inner), plain(totals)
            scan = _Scan(self.device, self.combine, self.start, self.accumulate, False, True)
            scan.run(own, whole, _plan(self.device.runtime, whole, own, False), totals)
        arrays = (out._native,) if plan.form == "serial" else (before, out._native)
        self.blocks(source, shape, plan).start(self.device, *arrays)

    def totals(self, source: Source, shape: Shape, plan: Plan) -> _Launch:
        """What makes the totals of blocks: (outer, share * fold, inner)."""
        outer, n, inner = shape
        made = self.accumulate, (outer, plan.share, inner)
        extent: Range | NdRange
        if plan.form == "lanes":
            lanes = plan.fold * inner
            seen, spread = (outer, n * inner), (outer, plan.share, lanes)
            kept = (self.dtype, seen) if plan.kept else (self.accumulate, (outer, plan.share * lanes))
            extra = [plan.kept]
            return self._launch(
                "lane_totals", source, seen, Range(*spread), [n * inner], [(made[0], spread), kept], extra
            )
        if plan.form == "tiles":
            extent, sizes = self._tiled(shape, plan)
            local = [(self.accumulate, ITEMS)]
            return self._launch("tile_totals", source, shape, extent, sizes, [made], [self.start], local)
        extent, rows_first = self._ranged(shape, plan)
        return self._launch("block_totals", source, shape, extent, [n], [made], [rows_first])

    def blocks(self, source: Source, shape: Shape, plan: Plan) -> _Launch:
        """What scans the blocks, from the scan of the totals."""
        outer, n, inner = shape
        before = self.accumulate, (outer, plan.share * plan.fold, inner)
        out = self.dtype, (outer, n + self.initial, inner)
        extent: Range | NdRange
        if plan.form == "serial":
            sizes = [n, inner, self.initial]
            return self._launch("serial", source, shape, Range(outer * inner), sizes, [out], [self.start])
        if plan.form == "tiles":
            extent, sizes = self._tiled(shape, plan)
            tile = kernels.DEPTH * ITEMS
            local = [(self.accumulate, tile + tile // 32), (self.accumulate, ITEMS)]
            sizes.append(self.initial)
            return self._launch("tiles", source, shape, extent, sizes, [before, out], [self.start], local)
        extent, rows_first = self._ranged(shape, plan)
        sizes, extra = [n, plan.fold, self.initial], [self.start, rows_first, not self.divisible]
        return self._launch("blocks", source, shape, extent, sizes, [before, out], extra)

    def _tiled(self, shape: Shape, plan: Plan) -> tuple[NdRange, list[int]]:
        outer, n, inner = shape
        width = width_of(inner)
        extent = NdRange((outer * plan.share * -(-inner // width) * ITEMS,), (ITEMS,))
        return extent, [n, plan.share, inner, width]

    def _ranged(self, shape: Shape, plan: Plan) -> tuple[Range, bool]:
        """A range over rows, blocks and columns; and whether rows are the first."""
        outer, _, inner = shape
        if self.device.runtime.interleaved or outer >= plan.share:
            return Range(outer, plan.share, inner), True
        return Range(plan.share, outer, inner), False

    def _launch(
        self,
        form: str,
        source: Source,
        seen: tuple[int, ...],
        extent: Range | NdRange,
        sizes: Sequence[int],
        arrays: Sequence[tuple[np.dtype, tuple[int, ...]]],
        extra: Sequence[Any] = (),
        local: Sequence[tuple[np.dtype, int]] = (),
    ) -> _Launch:
        runtime = self.device.runtime
        leaves, forms, walks = leaves_of(source, seen)
        arguments = pack(runtime, source.leaves, walks)
        types: list[KernelType] = [leaves, *["uint64"] * len(sizes)]
        types += [ArrayType(dtype.name, len(shape), "C") for dtype, shape in arrays]
        types += [LocalType(dtype.name, 1) for dtype, _ in local]
        for size in sizes:
            arguments += runtime.pack_scalar(size, "uint64")
        load = loader(source.program, forms, len(seen), self.accumulate.name)
        kernel = _kernel(form, self.combine, load, *extra)
        return _Launch(kernel, extent, tuple(types), arguments, arrays, local)


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, combine: Callable[..., Any], load: Callable[..., Any], *extra: Any) -> Kernel:
    return getattr(kernels, form)(combine, load, *extra)
