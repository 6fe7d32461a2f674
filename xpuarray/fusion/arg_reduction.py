"""Indices of extreme elements by kernel: reductions that carry an index beside each element."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, allocated
from xpuarray.core.dispatch import may_take_kernel, takes_kernel
from xpuarray.core.modes import current
from xpuarray.fusion.generate import loader
from xpuarray.fusion.layout import pack, signature
from xpuarray.fusion.source import ITEMS, WIDTH, Shape, Source, leaves_of, program_behind, relaid, source_of, width_of
from xpuarray.lang import NdRange, Range
from xpuarray.lang.types import ArrayType, KernelType, LocalType, TupleType
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device

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
    program, leaves = program_behind(x)
    kinds = signature(leaves)
    key = kinds and (program, device, kinds, x.shape, axes, better)
    left = tuple(extent for k, extent in enumerate(x.shape) if k not in axes)
    known = _known.get(key) if may_take_kernel(runtime, x.size * (1 + len(program.steps))) else None
    if known is not None:
        orders, works = known
        return _run(device, works, relaid(leaves, orders), left)
    source = source_of(x, axes, turned=True)
    if source is None or len(source.passes) != 1:  # several stretches of axes, or no form that the kernels walk
        key, library = None, runtime.library
        x = Array(library.asarray(x._native, order="C", copy=True), device)
        source = source_of(x, axes, turned=True)
        assert source is not None and len(source.passes) == 1
    shape = source.passes[0]
    if shape[2] == 1 and not source.program.steps and runtime.target == "prange" and current().route != "kernel":
        return None  # NumPy compares rows by vectors, 40 times as fast as a thread of ours
    dtype = np.dtype(np.uint8) if x.dtype.kind == "b" else x.dtype
    works = [_Pass(device, source, shape, _plan(runtime, shape, source.dense), better, dtype)]
    kernel, work = works[0].kernel, x.size * (1 + len(source.program.steps))
    ready = kernel.is_ready(device, works[0].range.space, works[0].types)
    if not takes_kernel(runtime, (device, kernel, works[0].types), work, ready):
        return None
    while works[-1].share > 1:
        shape = shape[0], works[-1].share, shape[2]
        works.append(_Pass(device, None, shape, _plan(runtime, shape, True, chosen=True), better, dtype))
    if key is not None:
        _known[key] = source.orders, works
    return _run(device, works, source.leaves, left)


#: (program, device, shapes and types of dense operands, shape, axes, function) -> how to lay out operands, and passes
_known: dict[Any, tuple[Any, list[_Pass]]] = {}


def _run(device: Device, works: list[_Pass], leaves: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """All passes, each over what the one before has left; the last one's indices, in that shape."""
    for work in works[:-1]:
        leaves = work.start(leaves, work.made)
    return works[-1].start(leaves, shape)[1]


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
    """One pass, ready to be started: (outer, n, inner) of a source, or of what an earlier pass has left (None), to
    (outer, share, inner) candidates."""

    def __init__(
        self,
        device: Device,
        source: Source | None,
        shape: Shape,
        step: Step,
        better: Callable[..., Any],
        dtype: np.dtype,
    ):
        self.device, self.share, self._dtype = device, step.share, dtype
        self._local: list[tuple[np.dtype, tuple[int, ...]]] = []
        runtime, (outer, n, inner) = device.runtime, shape
        share, seen, sizes = step.share, tuple(shape), [n]
        self.range: Range | NdRange = Range(outer, share, inner)
        self.made: tuple[int, ...] = outer, share, inner
        rows_first = runtime.interleaved or outer >= share
        match step.form:
            case "serial":
                sizes, self.made, self.range = [n, inner], (outer * inner,), Range(outer * inner)
            case "blocks" if not rows_first:
                self.range = Range(share, outer, inner)
            case "lanes":
                seen, sizes = (outer, n * inner), [n, inner]
                self.made = outer, share * inner // step.lanes, step.lanes
                self.range = Range(*self.made)
            case "tiles":
                width = width_of(inner)
                sizes = [n, share, inner, width]
                self.range = NdRange((outer * share * -(-inner // width) * ITEMS,), (ITEMS,))
                self._local = [(dtype, (ITEMS,)), (np.dtype(np.uint64), (ITEMS,))]
        #: what the indices are made as: at last, as what the user gets
        self._places = np.dtype(np.int64 if share == 1 else np.uint64)
        types: KernelType
        if source is None:
            load, self._walks = _candidate, [("C", seen, None)] * 2
            types = TupleType(tuple(ArrayType(name, len(seen), "C") for name in (dtype.name, "uint64")))
        else:
            types, forms, self._walks = leaves_of(source, seen)
            load = loader(source.program, forms, len(seen), dtype.name)
        made: list[KernelType] = [ArrayType(d.name, len(self.made), "C") for d in (dtype, self._places)]
        local: list[KernelType] = [LocalType(d.name, 1) for d, _ in self._local]
        self.types: tuple[KernelType, ...] = (types, *["uint64"] * len(sizes), *made, *local)
        self._sizes = [part for size in sizes for part in runtime.pack_scalar(size, "uint64")]
        self.kernel = _kernel(step.form, better, load, rows_first)

    def start(self, leaves: Sequence[Any], shape: tuple[int, ...]) -> tuple[Array, Array]:
        """The candidates and their indices, in that shape."""
        runtime = self.device.runtime
        made = [runtime.empty(shape, dtype) for dtype in (self._dtype, self._places)]
        arguments = [*pack(runtime, leaves, self._walks), *self._sizes]
        for native in made:
            arguments += runtime.pack(native, "C", self.made)
        for dtype, extent in self._local:
            arguments += runtime.pack_local(dtype, extent)
        self.kernel.start(self.device, self.range, self.types, arguments)
        values, places = (allocated(native, self.device) for native in made)
        return values, places


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
