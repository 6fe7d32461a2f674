"""Reductions by kernel: the (outer, n, inner) view, the passes, and how each is shared out."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array, result_of
from xpuarray.core.plans import Bounded
from xpuarray.fusion.generate import column_loader, loader, rows_at_once
from xpuarray.fusion.launches import Launch, Made, launch_over
from xpuarray.fusion.layout import is_dense
from xpuarray.fusion.rows import GROUP, as_rows, reduce_rows, sub_group, team_of
from xpuarray.fusion.source import (
    ITEMS,
    WIDTH,
    Shape,
    Source,
    leaves_of,
    left_by,
    read_by,
    relaid,
    source_of,
    width_of,
)
from xpuarray.lang import NdRange, Range
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device

__all__ = ["again", "reduce_by_kernel"]

#: Elements a result that one work-item takes without help.
_FEW = 64
#: The same of rows that are read by chunks there: neighbours' elements would not lie side by side.
_FEWEST = 8
#: Work-groups for each that a GPU has room for (measured on an H200: sums over axis 0 take 147, 137, 150 and 145 µs
#: with 1, 2, 3 and 4, others differ little)
_WAVES, _ROW_WAVES = 2, 3
#: Elements that one pass is faster for than the launch of a second would be
_ONE_PASS = 1 << 16
#: Rows whose short columns a work-item reduces together
_ROWS = 8
#: Elements of a column that a work-item has under way at once, and those of an array as it stands (there: 127 µs
#: with 8, 137 with 4 or 16; with two operations a little more with 8 than with 4)
_FLIGHT, _PLAIN_FLIGHT = 4, 8


def reduce_by_kernel(
    x: Array,
    axes: Sequence[int],
    combine: Callable[..., Any],
    start: Any,
    accumulate: np.dtype,
    shape: tuple[int, ...],
    result: np.dtype,
    used: list[Launch] | None = None,
) -> Array | None:
    """x, or the expression it stands for, reduced over `axes` (sorted, not empty, no extent 0) with `combine`.

    start: what combines with any element to that element; a scalar of `accumulate`, in which all is combined
    shape: the result's: the axes removed, or of extent 1
    result: the dtype wanted; where kernels combine in the output, that of the result is `accumulate` still

    used: gets the launches, one after the other, if all that they read is x as it is: see `again`

    None if this call should go to the library.
    """
    device, given = x._device, x
    kind, leaves = read_by(x)
    key = kind and (device, kind, x.shape, axes, combine, accumulate, shape, result)
    plan = _known.get(key) if key else None
    if plan is None:
        source = source_of(x, axes, turned=True)
        if source is None:  # neither dense nor of a form that the kernels walk: a dense copy is
            key = None
            x._native  # noqa: B018
            library = device.runtime.library
            x = Array(library.asarray(x._native, order="C", copy=True), device) if not is_dense(x) else x
            source = source_of(x, axes, turned=True)
            assert source is not None
        launches = _planned(device, source, combine, start, accumulate, shape, result)
        plan = Plan(launches, x.size * (1 + len(source.program.steps)), source.orders)
        if key:
            _known[key] = plan
        leaves = source.leaves
    if not plan.launches[0].choose_kernel(plan.work):
        return None
    if plan.orders is not None:
        leaves = relaid(leaves, plan.orders)
    elif used is not None and len(leaves) == 1 and leaves[0] is given:
        used += plan.launches
    return again(plan.launches, leaves, device)


def again(launches: Sequence[Launch], leaves: Sequence[Any], device: Device) -> Array:
    """What these launches make of what they read."""
    for launch in launches:
        leaves = launch.start(leaves)
    return result_of(leaves[0], device)


class Plan(NamedTuple):
    """A reduction: its passes, each over what the one before has made."""

    launches: list[Launch]
    work: int  #: elements that the library would work through
    orders: Sequence[Any] | None  #: how to lay out operands, see `relaid`


#: (device, kind of what is read, shape, axes, ...) -> plan
_known: Bounded[Any, Plan] = Bounded(1 << 10)


def _planned(
    device: Device,
    source: Source,
    combine: Callable[..., Any],
    start: Any,
    accumulate: np.dtype,
    shape: tuple[int, ...],
    result: np.dtype,
) -> list[Launch]:
    """The passes, until nothing is left to be reduced."""
    passes, launches = list(source.passes), []
    while True:
        outer, _, inner = passes[0]
        step = _plan(device.runtime, passes[0], source.dense)
        ends = step.share == 1 and len(passes) == 1
        # Blocks of columns go on from what is in the output.
        made = result if ends and step.form != "column_blocks" else accumulate
        extents = shape if ends else (outer, step.share, inner)
        launches.append(_pass(device, source, passes[0], step, combine, start, accumulate, extents, made))
        if ends:
            return launches
        if step.share == 1:
            passes.pop(0)
        else:
            passes[0] = outer, step.share, inner
        source = left_by(made)


class Step(NamedTuple):
    """One pass: by which kernel (kernels/reduce.py), and how many partial results it leaves."""

    form: str
    share: int
    lanes: int = (
        1  # columns: how many they are; the rows are n * inner elements laid out anew if there are more than inner
    )


def _plan(runtime: Runtime, shape: Shape, dense: bool = True) -> Step:
    """The next pass: enough work-items to keep the device busy, its lanes side by side."""
    outer, n, inner = shape
    by_chunks = inner == 1 and n % 4 == 0
    if runtime.tiles and n * inner > (_FEWEST if by_chunks else _FEW) and not (n <= _FEW and inner >= WIDTH):
        waves = _WAVES if inner > 1 else _ROW_WAVES
        wanted = -(-runtime.parallelism * waves // (ITEMS * outer * -(-inner // WIDTH)))
        rows = max(1, ITEMS // width_of(inner))
        most = 1 if outer * n * inner <= _ONE_PASS else min(wanted, n // (_PLAIN_FLIGHT * rows))
        share = max(1, most, n >> 30)  # parts are counted in 32 bits
        return Step("tiles" if inner > 1 else "rows", share)
    if n <= _FEW:
        if inner < WIDTH or not runtime.interleaved:
            return Step("serial", 1)
        return Step("short_columns", 1) if runtime.tiles else Step("columns", 1, inner)
    wanted = -(-runtime.parallelism // (outer * inner))
    share = max(1, min(wanted, math.isqrt(n)))
    if not runtime.interleaved:
        return Step("column_blocks" if inner > 1 else "row_blocks", share)
    if inner >= runtime.lanes or (inner > 1 and not dense):
        return Step("columns", max(share, min(n // _FEW, math.isqrt(n))), inner)  # short blocks stay in cache
    # Rows of n * inner elements are laid out anew in as many columns as there are lanes: a multiple of inner, and a
    # divisor of a row unless there is but one, whose rest makes no trouble.
    most = max(1, min(runtime.lanes, n * inner // 8) // inner)
    lanes = inner * next(k for k in range(most, 0, -1) if outer == 1 or n % k == 0)
    parts = max(1, min(-(-runtime.parallelism // (outer * lanes)), n * inner // (_FEW * lanes)))
    return Step("columns", parts * lanes // inner, lanes)


def _pass(
    device: Device,
    source: Source,
    shape: Shape,
    step: Step,
    combine: Callable[..., Any],
    start: Any,
    accumulate: np.dtype,
    extents: tuple[int, ...],
    result: np.dtype,
) -> Launch:
    """One pass: (outer, n, inner) of a source to (outer, share, inner), in an array of those extents and dtype."""
    outer, n, inner = shape
    share, local = step.share, []
    made: tuple[int, ...] = outer, share, inner
    seen: tuple[int, ...] = shape
    sizes = [n]
    extent: Range | NdRange = Range(share, outer)
    match step.form:
        case "serial":
            sizes, made, extent = [n, inner], (outer * inner,), Range(outer * inner)
        case "short_columns":
            rows = _ROWS if outer % _ROWS == 0 and outer * inner >= _ROWS * device.runtime.parallelism else 1
            made, extent = (outer, inner), Range(outer // rows, inner)
        case "columns":
            lanes = step.lanes
            rows, rest = divmod(n * inner, lanes)
            if lanes != inner and not source.dense:  # then inner is 1
                source = source._replace(strides=[(s[0], s[1] * lanes, s[1]) for s in source.strides])
            seen, sizes, made = (outer, rows, lanes), [rows, rest], (outer, share * inner // lanes, lanes)
            extent = Range(*made)
        case "row_blocks":
            seen, made = (outer, n), (outer, share)
        case "tiles":
            width = width_of(inner)
            sizes = [n, inner, share]
            extent = NdRange((outer * share * -(-inner // width) * ITEMS,), (ITEMS,))
            local = [(accumulate, ITEMS)]
        case "rows":
            out = Made(extents, result, (outer * share,))
            return _rows(device, source, outer, n, share, combine, start, accumulate, out)
    types, forms, walks = leaves_of(source, seen)
    load = loader(source.program, forms, len(seen), accumulate.name)
    given: tuple[Any, ...] = combine, load
    if step.form == "short_columns":
        given = *rows_at_once(load, combine, rows), rows
    elif step.form == "tiles":
        flight = _FLIGHT if source.program.steps else _PLAIN_FLIGHT
        given += column_loader(load, combine, flight), flight, start, width_of(inner), ITEMS
    kernel = _kernel(step.form, *given)
    return launch_over(device, kernel, extent, types, walks, sizes, [Made(extents, result, made)], local)


def _rows(
    device: Device,
    source: Source,
    outer: int,
    n: int,
    share: int,
    combine: Callable[..., Any],
    start: Any,
    accumulate: np.dtype,
    made: Made,
) -> Launch:
    """Teams of work-items, each with its part of a row."""
    runtime, name = device.runtime, accumulate.name
    types, forms, walks, chunk = as_rows(runtime, source.leaves, source.strides, outer, n)
    chunks, rest = divmod(n, chunk)
    team = team_of(chunks // share // 2)
    extent = NdRange((-(-outer * share * team // GROUP) * GROUP,), (GROUP,))
    kernel = reduce_rows(source.program, forms, chunk, name, combine, start, team, sub_group(runtime, name))
    return launch_over(device, kernel, extent, types, walks, [chunks, rest, share], [made], [(accumulate, GROUP)])


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, *given: Any) -> Kernel:
    from xpuarray.kernels import reduce as kernels

    return getattr(kernels, form)(*given)
