"""What reductions and scans read: an array, or the expression it stands for, seen as (outer, n, inner); and the tiles
of it that GPUs work on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array
from xpuarray.fusion.expression import Program, copying, expression_of, program_of
from xpuarray.fusion.layout import Fresh, broadcast_strides, is_dense, signature, view
from xpuarray.fusion.rows import GROUP
from xpuarray.lang.types import ArrayType, KernelType, TupleType
from xpuarray.spans import unwatched

__all__ = [
    "ITEMS",
    "WIDTH",
    "Shape",
    "Source",
    "leaves_of",
    "left_by",
    "plain",
    "program_behind",
    "read_by",
    "relaid",
    "source_of",
    "width_of",
]

Shape = tuple[int, int, int]  # outer, n, inner

#: Work-items of a group, and columns of its tile, on GPUs
ITEMS, WIDTH = GROUP, 32


def program_behind(x: Array) -> tuple[Program, list[Any]]:
    """x, or the expression it stands for, as a program."""
    expression = expression_of(x)
    return program_of((x if expression is None or expression.full is not None else expression,))


def read_by(x: Array) -> tuple[Any, Sequence[Any]]:
    """What x, or the expression it stands for, reads: its kind (None if something does not lie densely), by which and
    by x's shape a plan is found; and the arrays and scalars themselves."""
    if x._expression is None:
        kind = x._flat or x._flat_argument()
        return kind and kind[0], (x,)
    program, leaves = program_behind(x)
    kinds = signature(leaves)
    return kinds and (program, kinds), leaves


class Source(NamedTuple):
    """What is reduced: a program over leaves, seen as (outer, n, inner)."""

    program: Program
    leaves: Sequence[Any]
    passes: tuple[Shape, ...]  #: one for each stretch of neighbouring axes, the last stretch first
    strides: list[Any]  #: bytes along outer, n and inner, for each leaf; None for all if they are dense
    orders: list[Any] | None = None  #: see `relaid`, by which the strides are those of what it gives

    @property
    def dense(self) -> bool:
        return None in self.strides or not self.strides


def plain(x: Array) -> Source:
    program, leaves = program_of((x,))
    return Source(program, leaves, (), [None])


def left_by(dtype: np.dtype) -> Source:
    """What a pass reads that goes on from what the one before has made."""
    return Source(copying(dtype), [Fresh(dtype)], (), [None])


def source_of(x: Array, axes: Sequence[int], turned: bool = False) -> Source | None:
    """x as the kernels see it; None if it has to be computed, or copied, first.

    turned: n may be before or after both outer and inner: the kernel's results have no dimension n
    """
    program, leaves = program_behind(x)
    arrays = [leaf for leaf in leaves if type(leaf) is Array]
    if all(leaf.shape == x.shape and is_dense(leaf) for leaf in arrays):
        return Source(program, leaves, tuple(_stretches(x.shape, axes)), [None] * len(leaves))
    groups = _merged(x.shape, axes, [broadcast_strides(leaf, x.shape) for leaf in arrays])
    kinds = [reduced for _, reduced, _ in groups]
    if kinds.count(True) != 1 or len(kinds) > 3:
        return None
    at, gone = kinds.index(True), (1, False, [0] * len(arrays))
    n = groups.pop(at)
    if len(groups) == 2:
        if at != 1 and not turned:
            return None
        outer, inner = groups
    else:
        (own,) = groups or [gone]
        outer, inner = (own, gone) if at else (gone, own)
    walks = iter(zip(outer[2], n[2], inner[2]))
    strides = [next(walks) if type(leaf) is Array else (0, 0, 0) for leaf in leaves]
    shape = outer[0], n[0], inner[0]
    orders = [None] * len(leaves) if at < 2 else [_order(*leaf, x, axes, shape) for leaf in zip(leaves, strides)]
    for k, order in enumerate(orders):
        if order:
            strides[k] = 0, shape[2] * leaves[k].itemsize, leaves[k].itemsize
    return Source(program, leaves, (shape,), strides, orders if any(orders) else None)


#: How much smaller than all that is reduced an operand must be to be laid out anew.
_SMALLER = 8


def _order(
    leaf: Any, strides: tuple[int, int, int], x: Array, axes: Sequence[int], shape: Shape
) -> tuple[int, ...] | None:
    """In which order the leaf's dimensions should lie, so that neighbours along `inner` are neighbours in memory;
    None if they are, or are the same, or if the leaf is too large to be copied.

    (Distances of 65,536 x 1,024 points with 16 features each take 0.8 ms on an H100 so, and 2.3 as they lie.)
    """
    outer, n, inner = strides
    if outer or not n or inner in (0, leaf.itemsize) or leaf.size != shape[1] * shape[2]:
        return None
    if leaf.size * _SMALLER > x.size:
        return None
    missing = x.ndim - leaf.ndim
    return tuple(sorted(range(leaf.ndim), key=lambda d: d + missing not in axes))


def relaid(leaves: Sequence[Any], orders: Sequence[Any]) -> Sequence[Any]:
    """The leaves, those for which there is an order of dimensions as dense copies in that order."""
    return [leaf if order is None else _copied(leaf, order) for leaf, order in zip(leaves, orders)]


def _copied(leaf: Array, order: tuple[int, ...]) -> Array:
    device, values = leaf._device, leaf._host_values()
    if values is not None:
        with unwatched():  # the values stay where they are
            return Array(device.runtime.from_host(values.transpose(order)), device)
    library = device.runtime.library
    return Array(library.asarray(library.permute_dims(leaf._native, order), order="C", copy=True), device)


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


def width_of(inner: int) -> int:
    """Columns of a tile."""
    return min(WIDTH, 1 << (inner - 1).bit_length())


def leaves_of(source: Source, seen: tuple[int, ...]) -> tuple[KernelType, tuple[str, ...], list[Any]]:
    """Type of the tuple of leaves, how each is indexed, and as what it is seen (see layout.pack)."""
    types: list[KernelType] = []
    forms: list[str] = []
    walks: list[Any] = []
    for leaf, strides in zip(source.leaves, source.strides):
        name = leaf.dtype.name
        if isinstance(leaf, np.generic):
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
