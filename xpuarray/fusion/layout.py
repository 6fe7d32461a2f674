"""Broadcasting and the collapse of dimensions, on shapes and strides alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType, KernelType, dtype_name, scalar_type
from xpuarray.lang.ranges import Range

__all__ = ["broadcast_strides", "chunk_of", "collapse", "flatten", "is_dense", "view", "walk_operands"]

#: Below this extent of the last dimension, work-items are numbered through all elements instead.
_NARROW = 64


class Walk(NamedTuple):
    """How a kernel goes through its operands: over what, how each is indexed, and with what arguments."""

    range: Range
    forms: tuple[str, ...]  #: "scalar", dimensions, or over a narrow matrix "row" or "column" (see generate.py)
    types: tuple[KernelType, ...]
    arguments: list[Any]
    chunk: int = 1  #: elements of a work-item


def walk_operands(runtime: Runtime, shape: tuple[int, ...], operands: Sequence[Any]) -> Walk | None:
    """The walk through all operands (arrays and NumPy scalars), broadcast to `shape`.

    Arrays of the full shape that lie densely are walked as one dimension, with rows and columns that
    repeat beside them if the last dimension is narrow.  Others are walked with strides, over as few
    dimensions as possible; None if more than three remain.
    """
    arrays = [o for o in operands if isinstance(o, Array)]
    size = math.prod(shape)
    if all(o.shape == shape and is_dense(o) for o in arrays):
        chunk = chunk_of(runtime, arrays)
        views: list[_View] = [("0", "W" if chunk > 1 else "C", (size,), None)] * len(arrays)
        return _pack(runtime, Range(-(-size // chunk)), operands, views, chunk=chunk, size=size)
    extents, strides = collapse(shape, [broadcast_strides(o, shape) for o in arrays])
    if len(extents) == 2 and extents[1] < _NARROW and size < 2**32:
        repeated = [_repeated(array, extents, steps) for array, steps in zip(arrays, strides)]
        if all(repeated):
            return _pack(runtime, Range(size), operands, repeated, narrow=extents[1])
    if len(extents) > 3:
        return None
    views = [view(extents, steps, array.itemsize) for array, steps in zip(arrays, strides)]
    return _pack(runtime, Range(*extents), operands, views)


def flatten(
    runtime: Runtime, operands: Sequence[Any], shape: tuple[int, ...]
) -> tuple[tuple[KernelType, ...], list[Any]] | None:
    """Types and arguments of operands that all are dense and of that shape, or scalars; None for others."""
    types: list[KernelType] = []
    arguments: list[Any] = []
    for operand in operands:
        if type(operand) is not Array:
            name = dtype_name(operand.dtype)
            types.append(name)
            arguments += runtime.pack_scalar(operand, name)
            continue
        if operand.shape != shape:
            return None
        flat = operand._flat_argument()
        if flat is None:
            return None
        types.append(flat[0])
        arguments += flat[1]
    return tuple(types), arguments


_View = tuple[str, str, tuple[int, ...], tuple[int, ...] | None]  # form, layout, shape, strides


def view(extents: Sequence[int], steps: Sequence[int], itemsize: int) -> _View:
    """How an operand with these strides is seen: without the dimensions along which it repeats, and as dense ("C")
    if it is, so that compilers see that neighbours are neighbours.  The form names the dimensions left: "02"."""
    dims = [d for d, extent in enumerate(extents) if steps[d] and extent > 1]
    if not dims:
        return "none", "C", (1,), (itemsize,)
    shape, strides = tuple(extents[d] for d in dims), tuple(steps[d] for d in dims)
    dense = tuple(itemsize * math.prod(shape[k + 1 :]) for k in range(len(dims)))
    return "".join(map(str, dims)), "C" if strides == dense else "A", shape, strides


def _repeated(array: Array, extents: Sequence[int], steps: Sequence[int]) -> Any:
    """The view of an operand of a narrow matrix: dense, one row or one column; else None."""
    rows, columns = extents
    size = array.itemsize
    if tuple(steps) == (columns * size, size):
        return "0", "C", (rows * columns,), (size,)
    if tuple(steps) == (0, size):
        return "row", "C", (columns,), (size,)
    if tuple(steps) == (size, 0):
        return "column", "C", (rows,), (size,)
    return None


def chunk_of(runtime: Runtime, arrays: Sequence[Array]) -> int:
    """Elements of dense arrays that a work-item takes, so that it reads and writes 16 bytes at once."""
    if not runtime.wide or not all(runtime.is_aligned(array._native) for array in arrays):
        return 1
    return min(8, 16 // max(array.itemsize for array in arrays))


def _pack(
    runtime: Runtime,
    extent: Range,
    operands: Sequence[Any],
    views: Sequence[_View],
    narrow: int | None = None,
    chunk: int = 1,
    size: int = 0,
) -> Walk:
    forms: list[str] = []
    types: list[KernelType] = []
    arguments: list[Any] = []
    left = iter(views)
    for operand in operands:
        if isinstance(operand, Array):
            form, layout, shape, strides = next(left)
            types.append(ArrayType(dtype_name(operand.dtype), len(shape), layout))
            arguments.extend(runtime.pack(operand._native, layout, shape, strides))
        else:
            form = "scalar"
            name = scalar_type(operand)
            assert name is not None, operand
            types.append(name)
            arguments.extend(runtime.pack_scalar(operand, name))
        forms.append(form)
    if narrow is not None:
        types.append("uint32")
        arguments.extend(runtime.pack_scalar(narrow, "uint32"))
    if chunk > 1:
        types.append("uint64")
        arguments.extend(runtime.pack_scalar(size, "uint64"))
    return Walk(extent, tuple(forms), tuple(types), arguments, chunk)


def is_dense(array: Array) -> bool:
    return bool(array._native.flags.c_contiguous)


def broadcast_strides(array: Array, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides (bytes) that walk `array` as if it had `shape`: 0 along repeated dimensions."""
    missing = len(shape) - array.ndim
    own = [0 if extent == 1 else stride for extent, stride in zip(array.shape, array.strides)]
    return (0,) * missing + tuple(own)


def collapse(shape: Sequence[int], strides: Sequence[Sequence[int]]) -> tuple[list[int], list[list[int]]]:
    """Merge neighbouring dimensions that every operand walks as one; drop those of extent 1.

    Gives the extents that remain (at least one) and the strides of each operand over them.

    >>> collapse((4, 1, 3), [(12, 12, 4), (0, 0, 4)])
    ([4, 3], [[12, 4], [0, 4]])
    """
    extents: list[int] = []
    walks: list[list[int]] = [[] for _ in strides]
    for dim, extent in enumerate(shape):
        if extent == 1:
            continue
        if extents and all(w[-1] == s[dim] * extent for w, s in zip(walks, strides)):
            extents[-1] *= extent
            for walk, own in zip(walks, strides):
                walk[-1] = own[dim]
        else:
            extents.append(extent)
            for walk, own in zip(walks, strides):
                walk.append(own[dim])
    if not extents:
        return [1], [[0] for _ in strides]
    return extents, walks
