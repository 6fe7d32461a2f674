"""Reductions by kernel: the (outer, n, inner) view, the passes, and how each is shared out."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType, KernelType, LocalType, TupleType
from xpuarray.devices import Device
from xpuarray.dispatch import may_take_kernel, takes_kernel
from xpuarray.fusion.expression import Expression, Program, program_of
from xpuarray.fusion.generate import loader
from xpuarray.fusion.layout import broadcast_strides, flatten, is_dense, view
from xpuarray.fusion.rows import GROUP, as_rows, pack, reduce_rows, sub_group, team_of
from xpuarray.lang import Kernel, NdRange, Range

__all__ = ["reduce_by_kernel"]

Shape = tuple[int, int, int]  # outer, n, inner

#: Elements a result that one work-item takes without help.
_FEW = 64
#: Work-items of a group, and columns of its tile, on GPUs
_ITEMS, _WIDTH = GROUP, 32
#: The same of rows that are read by chunks there: neighbours' elements would not lie side by side.
_FEWEST = 8
#: Work-groups for each that a GPU has room for: with one or two, many places are empty at the end.
_WAVES = 4


def reduce_by_kernel(
    x: Array,
    axes: Sequence[int],
    combine: Callable[..., Any],
    start: Any,
    accumulate: np.dtype,
    shape: tuple[int, ...],
    result: np.dtype,
) -> Array | None:
    """x, or the expression it stands for, reduced over `axes` (sorted, not empty, no extent 0) with `combine`.

    start: what combines with any element to that element; a scalar of `accumulate`, in which all is combined
    shape: the result's: the axes removed, or of extent 1
    result: the dtype wanted; where kernels combine in the output, that of the result is `accumulate` still

    None if this call should go to the library.
    """
    device, runtime = x._device, x._device.runtime
    program, leaves = _program(x)
    flat = flatten(runtime, leaves, x.shape)
    key = flat and (program, device, flat[0], x.shape, axes, combine, accumulate, shape, result)
    known = _known.get(key) if may_take_kernel(runtime, x.size * (1 + len(program.steps))) else None
    if known is not None:
        for work, extents, dtype in known:
            native = runtime.empty(extents, dtype)
            work.start(leaves, native)
            leaves = [Array(native, device)]
        return leaves[0]
    source = _source(x, axes)
    if source is None:  # neither dense nor of a form that the kernels walk: a dense copy is
        x._native  # noqa: B018
        library = runtime.library
        x = Array(library.asarray(x._native, order="C", copy=True), device) if not is_dense(x) else x
        source = _source(x, axes)
        assert source is not None
    passes, made, done = list(source.passes), accumulate, []
    while True:
        step = _plan(runtime, passes[0], source.dense)
        ends = step.share == 1 and len(passes) == 1
        if ends and step.form != "column_blocks":  # which goes on from what is in the output
            made = result
        work = _Pass(device, source, passes[0], step, combine, start, accumulate, made)
        if source.passes:
            ready = work.kernel.is_ready(device, work.range.space, work.types)
            elements = x.size * (1 + len(source.program.steps))
            if not takes_kernel(runtime, (device, work.kernel, work.types), elements, ready):
                return None
        outer, _, inner = passes[0]
        extents = shape if ends else (outer, step.share, inner)
        value = Array(runtime.empty(extents, made), device)
        work.start(source.leaves, value._native)
        done.append((work, extents, made))
        if ends:
            if key is not None:
                _known[key] = done
            return value
        if step.share == 1:
            passes.pop(0)
        else:
            passes[0] = outer, step.share, inner
        source = _plain(value)


#: (program, device, types of dense operands, their shape, axes, ...) -> passes, and what each makes
_known: dict[Any, list[tuple[_Pass, tuple[int, ...], np.dtype]]] = {}


def _program(x: Array) -> tuple[Program, list[Any]]:
    """x, or the expression it stands for, as a program."""
    waits = x._buffer is None and type(x._expression) is Expression and x._expression.full is None
    return program_of((x._expression if waits else x,))


class _Source(NamedTuple):
    """What is reduced: a program over leaves, seen as (outer, n, inner)."""

    program: Program
    leaves: list[Any]
    passes: tuple[Shape, ...]  #: one for each stretch of neighbouring axes, the last stretch first
    strides: list[Any]  #: bytes along outer, n and inner, for each leaf; None for all if they are dense

    @property
    def dense(self) -> bool:
        return None in self.strides or not self.strides


def _plain(x: Array) -> _Source:
    program, leaves = program_of((x,))
    return _Source(program, leaves, (), [None])


def _source(x: Array, axes: Sequence[int]) -> _Source | None:
    """x as the kernels see it; None if it has to be computed, or copied, first."""
    program, leaves = _program(x)
    arrays = [leaf for leaf in leaves if type(leaf) is Array]
    if all(leaf.shape == x.shape and is_dense(leaf) for leaf in arrays):
        return _Source(program, leaves, tuple(_stretches(x.shape, axes)), [None] * len(leaves))
    groups = _merged(x.shape, axes, [broadcast_strides(leaf, x.shape) for leaf in arrays])
    kinds = [reduced for _, reduced, _ in groups]
    if kinds.count(True) != 1 or len(kinds) > 3 or (len(kinds) == 3 and not kinds[1]):
        return None
    at = kinds.index(True)
    if at > 1 or len(kinds) - at > 2:
        return None
    gone = (1, False, [0] * len(arrays))
    outer, n, inner = groups[0] if at else gone, groups[at], groups[at + 1] if at + 1 < len(groups) else gone
    walks = iter(zip(outer[2], n[2], inner[2]))
    strides = [next(walks) if type(leaf) is Array else None for leaf in leaves]
    shape = outer[0], n[0], inner[0]
    return _Source(program, leaves, (shape,), [s or (0, 0, 0) for s in strides])


def _stretches(shape: Sequence[int], axes: Sequence[int]) -> list[Shape]:
    """(outer, n, inner) for each stretch of neighbouring axes, from the last to the first: what is behind a
    stretch is reduced already when its turn comes."""
    found: list[Shape] = []
    inner, k = 1, len(shape) - 1
    while k >= 0:
        if k not in axes:
            inner *= shape[k]
            k -= 1
            continue
        n = 1
        while k >= 0 and k in axes:
            n *= shape[k]
            k -= 1
        found.append((math.prod(shape[: k + 1]), n, inner))
    return found


def _merged(
    shape: Sequence[int], axes: Sequence[int], strides: Sequence[Sequence[int]]
) -> list[tuple[int, bool, list[int]]]:
    """(extent, whether it is reduced, strides) of neighbouring dimensions that all operands walk as one."""
    groups: list[tuple[int, bool, list[int]]] = []
    for dim, extent in enumerate(shape):
        own, reduced = [s[dim] for s in strides], dim in axes
        if extent == 1 and (len(shape) > 1 or groups):
            continue
        if groups and groups[-1][1] == reduced and all(w == s * extent for w, s in zip(groups[-1][2], own)):
            groups[-1] = groups[-1][0] * extent, reduced, own
        else:
            groups.append((extent, reduced, own))
    if not any(reduced for _, reduced, _ in groups):
        groups.append((1, True, [0] * len(strides)))
    return groups


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
    if runtime.tiles and n * inner > (_FEWEST if by_chunks else _FEW):
        wanted = -(-runtime.parallelism * _WAVES // (_ITEMS * outer * -(-inner // _WIDTH)))
        share = max(1, min(wanted, n // (8 * max(1, _ITEMS // _width(inner)))), n >> 30)  # parts are counted in 32 bits
        return Step("tiles" if inner > 1 else "rows", share)
    if n <= _FEW:
        return Step("serial", 1)
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


def _width(inner: int) -> int:
    """Columns of a tile."""
    return min(_WIDTH, 1 << (inner - 1).bit_length())


class _Pass:
    """One pass, ready to be started: (outer, n, inner) of a source to (outer, share, inner) of `accumulate`."""

    def __init__(
        self,
        device: Device,
        source: _Source,
        shape: Shape,
        step: Step,
        combine: Callable[..., Any],
        start: Any,
        accumulate: np.dtype,
        result: np.dtype,
    ):
        self.device, self.accumulate, self._result = device, accumulate, result
        outer, n, inner = shape
        share, local = step.share, []
        made: tuple[int, ...] = shape[0], share, inner
        seen: tuple[int, ...] = shape
        sizes = [n]
        extent: Range | NdRange = Range(share, outer)
        match step.form:
            case "serial":
                sizes, made, extent = [n, inner], (outer * inner,), Range(outer * inner)
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
                width = _width(inner)
                sizes = [n, inner, share]
                extent = NdRange((outer * share * -(-inner // width) * _ITEMS,), (_ITEMS,))
                local = [(_ITEMS,)]
            case "rows":
                self._rows(source, outer, n, step.share, combine, start)
                return
        self.range, self._made, self._local = extent, made, local
        types, forms, self._walks = _leaves(source, seen)
        self._take(types, sizes)
        load = loader(source.program, forms, len(seen), accumulate.name)
        more = (start, _width(inner), _ITEMS) if step.form == "tiles" else ()
        self.kernel = _kernel(step.form, combine, load, *more)

    def _rows(self, source: _Source, outer: int, n: int, share: int, combine: Callable[..., Any], start: Any) -> None:
        """Teams of work-items, each with its part of a row."""
        runtime, name = self.device.runtime, self.accumulate.name
        types, forms, self._walks, chunk = as_rows(runtime, source.leaves, source.strides, outer, n)
        chunks, rest = divmod(n, chunk)
        team = team_of(chunks // share // 2)
        self.range = NdRange((-(-outer * share * team // GROUP) * GROUP,), (GROUP,))
        self._made, self._local = (outer * share,), [(GROUP,)]
        self._take(types, (chunks, rest, share))
        self.kernel = reduce_rows(source.program, forms, chunk, name, combine, start, team, sub_group(runtime, name))

    def _take(self, leaves: KernelType, sizes: Sequence[int]) -> None:
        """Types of the arguments: the leaves, sizes, the output, and local memory."""
        self.types = (
            leaves,
            *["uint64"] * len(sizes),
            ArrayType(self._result.name, len(self._made), "C"),
            *(LocalType(self.accumulate.name, 1) for _ in self._local),
        )
        self._sizes: list[Any] = []
        for size in sizes:
            self._sizes += self.device.runtime.pack_scalar(size, "uint64")

    def start(self, leaves: Sequence[Any], out: Any) -> None:
        """Reduce those leaves, of the same types and as dense as the source's, into a native array."""
        runtime = self.device.runtime
        arguments = [*pack(runtime, leaves, self._walks), *self._sizes, *runtime.pack(out, "C", self._made)]
        for shape in self._local:
            arguments += runtime.pack_local(self.accumulate, shape)
        self.kernel.start(self.device, self.range, self.types, arguments)


def _leaves(source: _Source, seen: tuple[int, ...]) -> tuple[KernelType, tuple[str, ...], list[Any]]:
    """Type of the tuple of leaves, how each is indexed, and as what it is seen (see rows.pack)."""
    types: list[KernelType] = []
    forms: list[str] = []
    walks: list[Any] = []
    for leaf, strides in zip(source.leaves, source.strides):
        name = leaf.dtype.name
        if type(leaf) is not Array:
            forms.append("scalar")
            types.append(name)
            walks.append(None)
            continue
        if strides is None:
            form, layout, shape, steps = "012"[: len(seen)], "C", seen, None
        else:
            form, layout, shape, steps = view(seen, strides[: len(seen)], leaf.itemsize)
        forms.append(form)
        types.append(ArrayType(name, len(shape), layout))
        walks.append((layout, shape, steps))
    return TupleType(tuple(types)), tuple(forms), walks


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, combine: Callable[..., Any], load: Callable[..., Any], *more: Any) -> Kernel:
    from xpuarray.kernels import reduce as kernels

    return getattr(kernels, form)(combine, load, *more)
