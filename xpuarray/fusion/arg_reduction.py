"""Indices of extreme elements by kernel: reductions that carry an index beside each element."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType, KernelType, LocalType
from xpuarray.devices import Device
from xpuarray.dispatch import route, takes_kernel
from xpuarray.fusion.generate import loader
from xpuarray.fusion.layout import pack
from xpuarray.fusion.source import ITEMS, WIDTH, Shape, Source, leaves_of, source_of, width_of
from xpuarray.lang import Kernel, NdRange, Range

__all__ = ["place_by_kernel"]

#: Elements of a column that a work-item should have at the least.
_FEW = 64
#: Rows of a block whose columns a thread walks through one by one: what the first brings into the cache serves all.
_SHORT = 256


def place_by_kernel(x: Array, axes: Sequence[int], better: Callable[..., Any]) -> Array | None:
    """The indices (int64) over `axes` (sorted, all or one, no extent 0) of the first elements that none is better than.

    x may be an expression: the kernel computes it as it goes.  The result is C-contiguous with the axes removed;
    None if this call should go to the library.
    """
    device, runtime = x._device, x._device.runtime
    source = source_of(x, axes, turned=True)
    if source is None or len(source.passes) != 1:  # several stretches of axes, or no form that the kernels walk
        library = runtime.library
        x = Array(library.asarray(x._native, order="C", copy=True), device)
        source = source_of(x, axes, turned=True)
        assert source is not None and len(source.passes) == 1
    rows = source.passes[0][2] == 1 and not source.program.steps
    if rows and runtime.target == "prange" and route() != "kernel":
        return None  # NumPy compares rows by vectors, 40 times as fast as a thread of ours
    dtype = np.dtype(np.uint8) if x.dtype.kind == "b" else x.dtype
    step = _plan(runtime, source.passes[0], source.dense)
    work = _Pass(device, source, source.passes[0], step, better, dtype)
    ready = work.kernel.is_ready(device, work.range.space, work.types)
    if not takes_kernel(runtime, (device, work.kernel, work.types), x.size * (1 + len(source.program.steps)), ready):
        return None
    left = tuple(extent for k, extent in enumerate(x.shape) if k not in axes)
    shape, chosen = source.passes[0], False
    while True:
        outer, _, inner = shape
        values, places = (runtime.empty((outer, step.share, inner), d) for d in (dtype, np.dtype(np.uint64)))
        work.start(values, places)
        if step.share == 1:
            return Array(runtime.library.astype(runtime.library.reshape(places, left), np.int64), device)
        shape, chosen = (outer, step.share, inner), True
        source = Source(source.program, [Array(values, device), Array(places, device)], (), [None, None])
        step = _plan(runtime, shape, True, chosen)
        work = _Pass(device, source, shape, step, better, dtype, chosen)


class Step(NamedTuple):
    """One pass: by which kernel (kernels/arg_reduce.py), and how many candidates it leaves."""

    form: str
    share: int
    lanes: int = 0  #: lanes: how many, a multiple of inner


def _plan(runtime: Runtime, shape: Shape, dense: bool, chosen: bool = False) -> Step:
    """The next pass; chosen: over what an earlier one has left, which is little."""
    outer, n, inner = shape
    if runtime.tiles and n * inner > _FEW:
        wanted = -(-runtime.parallelism // (ITEMS * outer * -(-inner // WIDTH)))
        return Step("tiles", 1 if chosen else max(1, min(wanted, n // (8 * max(1, ITEMS // width_of(inner))))))
    if chosen or n <= _FEW:
        return Step("serial", 1)
    if runtime.interleaved and inner < runtime.lanes and (dense or inner == 1):
        lanes = math.lcm(inner, runtime.lanes)
        share = _share(runtime, outer * lanes, n * inner // lanes)
        return Step("lanes", share * lanes // inner, lanes)
    share = _share(runtime, outer * inner, n)
    if not runtime.interleaved and inner > 1:
        share = max(share, n // _SHORT)
    return Step("blocks", share)


def _share(runtime: Runtime, columns: int, rows: int) -> int:
    """In how many blocks rows are divided, so that each column of a block is a work-item's."""
    return max(1, min(-(-runtime.parallelism // columns), rows // _FEW))


class _Pass:
    """One pass, ready to be started: (outer, n, inner) of a source to (outer, share, inner) candidates."""

    def __init__(
        self,
        device: Device,
        source: Source,
        shape: Shape,
        step: Step,
        better: Callable[..., Any],
        dtype: np.dtype,
        chosen: bool = False,
    ):
        self.device, self._dtype = device, dtype
        self._local: list[tuple[np.dtype, tuple[int, ...]]] = []
        runtime, (outer, n, inner) = device.runtime, shape
        share, seen, sizes = step.share, tuple(shape), [n]
        self.range: Range | NdRange = Range(outer, share, inner)
        self._made: tuple[int, ...] = outer, share, inner
        rows_first = runtime.interleaved or outer >= share
        match step.form:
            case "serial":
                sizes, self._made, self.range = [n, inner], (outer * inner,), Range(outer * inner)
            case "blocks" if not rows_first:
                self.range = Range(share, outer, inner)
            case "lanes":
                seen, sizes = (outer, n * inner), [n, inner]
                self._made = outer, share * inner // step.lanes, step.lanes
                self.range = Range(*self._made)
            case "tiles":
                width = width_of(inner)
                sizes = [n, share, inner, width]
                self.range = NdRange((outer * share * -(-inner // width) * ITEMS,), (ITEMS,))
                self._local = [(dtype, (ITEMS,)), (np.dtype(np.uint64), (ITEMS,))]
        types, forms, walks = leaves_of(source, seen)
        self._arguments = pack(runtime, source.leaves, walks)
        made: list[KernelType] = [ArrayType(name, len(self._made), "C") for name in (dtype.name, "uint64")]
        local: list[KernelType] = [LocalType(d.name, 1) for d, _ in self._local]
        self.types: tuple[KernelType, ...] = (types, *["uint64"] * len(sizes), *made, *local)
        for size in sizes:
            self._arguments += runtime.pack_scalar(size, "uint64")
        load = _candidate if chosen else loader(source.program, forms, len(seen), dtype.name)
        self.kernel = _kernel(step.form, better, load, rows_first)

    def start(self, values: Any, places: Any) -> None:
        runtime = self.device.runtime
        arguments = [*self._arguments, *runtime.pack(values, "C", self._made), *runtime.pack(places, "C", self._made)]
        for dtype, shape in self._local:
            arguments += runtime.pack_local(dtype, shape)
        self.kernel.start(self.device, self.range, self.types, arguments)


@functools.lru_cache(maxsize=1024)
def _numbered(load: Callable[..., Any]) -> Callable[..., Any]:
    """Of an array's elements: each with its index."""

    def numbered(v: Any, row: Any, j: Any, column: Any) -> Any:
        return load(v, row, j, column), j

    return numbered


def _candidate(v: Any, row: Any, j: Any, column: Any) -> Any:
    """Of what an earlier pass has left: an element and the index that it had."""
    return v[0][row, j, column], v[1][row, j, column]


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, better: Callable[..., Any], load: Callable[..., Any], rows_first: bool) -> Kernel:
    from xpuarray.kernels import arg_reduce as kernels

    numbered = load if form == "lanes" or load is _candidate else _numbered(load)
    match form:
        case "serial":
            return kernels.serial(better, numbered, load is not _candidate)
        case "blocks":
            return kernels.blocks(better, numbered, rows_first)
    return getattr(kernels, form)(better, numbered)
