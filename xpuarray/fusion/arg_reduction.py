"""Indices of extreme elements by kernel: reductions that carry an index beside each element."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, result_of
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.fusion.generate import loader
from xpuarray.fusion.launches import Launch, Made, launch_over
from xpuarray.fusion.source import ITEMS, WIDTH, Shape, Source, leaves_of, read_by, relaid, source_of, width_of
from xpuarray.lang import NdRange, Range
from xpuarray.lang.types import ArrayType, KernelType, TupleType
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
    device = x._device
    kind, leaves = read_by(x)
    key = kind and (device, kind, x.shape, axes, better)
    plan = _known.get(key) if key else None
    if plan is None:
        source = source_of(x, axes, turned=True)
        if source is None or len(source.passes) != 1:  # several stretches of axes, or no form that the kernels walk
            key, library = None, device.runtime.library
            x = Array(library.asarray(x._native, order="C", copy=True), device)
            source = source_of(x, axes, turned=True)
            assert source is not None and len(source.passes) == 1
        plan = _planned(x, source, axes, better)
        if key:
            _known[key] = plan
        leaves = source.leaves
    if (plan.is_of_rows and current().route != "kernel") or not plan.launches[0].choose_kernel(plan.work):
        return None
    if plan.orders is not None:
        leaves = relaid(leaves, plan.orders)
    for launch in plan.launches:
        leaves = launch.start(leaves)
    return result_of(leaves[1], device)


class Plan(NamedTuple):
    """Passes, each over the candidates and their indices that the one before has left; the last leaves the result."""

    launches: list[Launch]
    work: int  #: elements that the library would work through
    is_of_rows: bool  #: which NumPy compares by vectors, 40 times as fast as a thread of ours
    orders: Sequence[Any] | None  #: how to lay out operands, see `relaid`


#: (device, kind of what is read, shape, axes, function) -> plan
_known: Bounded[Any, Plan] = Bounded(1 << 10)


def _planned(x: Array, source: Source, axes: Sequence[int], better: Callable[..., Any]) -> Plan:
    device, runtime = x._device, x._device.runtime
    dtype = np.dtype(np.uint8) if x.dtype.kind == "b" else x.dtype
    (shape,) = source.passes
    is_of_rows = shape[2] == 1 and not source.program.steps and runtime.target == "prange"
    left = tuple([extent for k, extent in enumerate(x.shape) if k not in axes])
    step = _plan(runtime, shape, source.dense)
    launches = [_pass(device, source, shape, step, better, dtype, left)]
    while step.share > 1:
        shape = shape[0], step.share, shape[2]
        step = _plan(runtime, shape, True, chosen=True)
        launches.append(_pass(device, None, shape, step, better, dtype, left))
    return Plan(launches, x.size * (1 + len(source.program.steps)), is_of_rows, source.orders)


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


def _pass(
    device: Device,
    source: Source | None,
    shape: Shape,
    step: Step,
    better: Callable[..., Any],
    dtype: np.dtype,
    left: tuple[int, ...],
) -> Launch:
    """One pass: (outer, n, inner) of a source, or of what an earlier pass has left (None), to (outer, share, inner)
    candidates; the last one's are made in the shape `left`."""
    local: list[tuple[np.dtype, int]] = []
    runtime, (outer, n, inner) = device.runtime, shape
    share, seen, sizes = step.share, tuple(shape), [n]
    extent: Range | NdRange = Range(outer, share, inner)
    made: tuple[int, ...] = outer, share, inner
    rows_first = runtime.interleaved or outer >= share
    match step.form:
        case "serial":
            sizes, made, extent = [n, inner], (outer * inner,), Range(outer * inner)
        case "blocks" if not rows_first:
            extent = Range(share, outer, inner)
        case "lanes":
            seen, sizes = (outer, n * inner), [n, inner]
            made = outer, share * inner // step.lanes, step.lanes
            extent = Range(*made)
        case "tiles":
            width = width_of(inner)
            sizes = [n, share, inner, width]
            extent = NdRange((outer * share * -(-inner // width) * ITEMS,), (ITEMS,))
            local = [(dtype, ITEMS), (np.dtype(np.uint64), ITEMS)]
    #: what the indices are made as: at last, as what the user gets
    places = np.dtype(np.int64 if share == 1 else np.uint64)
    types: KernelType
    walks: list[Any]
    if source is None:
        load, walks = _candidate, [("C", seen, None)] * 2
        types = TupleType(tuple(ArrayType(name, len(seen), "C") for name in (dtype.name, "uint64")))
    else:
        types, forms, walks = leaves_of(source, seen)
        load = loader(source.program, forms, len(seen), dtype.name)
    kernel = _kernel(step.form, better, load, rows_first)
    outs = [Made(left if share == 1 else made, d, made) for d in (dtype, places)]
    return launch_over(device, kernel, extent, types, walks, sizes, outs, local)


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
