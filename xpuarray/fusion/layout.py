"""Broadcasting and the collapse of dimensions, on shapes and strides alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.core.array import Array
from xpuarray.core.plans import Bounded
from xpuarray.lang.ranges import Range
from xpuarray.lang.types import ArrayType, KernelType, dtype_name
from xpuarray.spans import unwatched

__all__ = [
    "Fresh",
    "Seen",
    "Walk",
    "broadcast_strides",
    "chunk_of",
    "collapse",
    "flatten",
    "is_dense",
    "pack",
    "row_form",
    "signature",
    "view",
    "walk_operands",
]

#: Below this extent of the last dimension, work-items are numbered through all elements instead.
_NARROW = 64
#: Where such a matrix has so many elements, and NumPy sees the memory, it is walked by rows of that length.
#: (1 M x 32 elements less a row, over a row, on a CPU: 9 instead of 26 ms, since nothing is divided or gathered.)
_MANY, _LONG = 1 << 18, 256

#: As what an array is passed: layout, shape, and strides in bytes (None if it is dense)
Seen = tuple[str, tuple[int, ...], "tuple[int, ...] | None"]


class Fresh(NamedTuple):
    """In place of an array that a launch has yet to make: dense, and as well aligned as all that is new."""

    dtype: np.dtype

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize


class Walk(NamedTuple):
    """How a kernel goes through its operands: over what, how each is indexed, and as what it is passed."""

    range: Range
    forms: tuple[str, ...]  #: "scalar", dimensions, or over a narrow matrix "row" or "column" (see generate.py)
    types: tuple[KernelType, ...]
    seen: tuple[Seen | None, ...]
    sizes: tuple[Any, ...]  #: packed
    chunk: int = 1  #: elements of a work-item
    repeats: int = 1  #: what has the form "1" is to lie so often in memory

    def arguments(self, runtime: Runtime, operands: Sequence[Any]) -> list[Any]:
        """The arguments that stand for these operands, laid out like those for which the walk was made."""
        if self.repeats > 1:
            operands = [_written_out(o, self.repeats) if f == "1" else o for f, o in zip(self.forms, operands)]
        return [*pack(runtime, operands, self.seen), *self.sizes]


def pack(runtime: Runtime, operands: Sequence[Any], seen: Sequence[Seen | None]) -> list[Any]:
    """The arguments that stand for arrays, seen as said, and (None) scalars."""
    arguments: list[Any] = []
    for operand, view in zip(operands, seen):
        if view is None:
            arguments += runtime.pack_scalar(operand, dtype_name(operand.dtype))
        else:
            arguments += runtime.pack(operand._native, *view)
    return arguments


#: (runtime, shape, shapes and types of operands) -> walk
_walks: Bounded[Any, Walk | None] = Bounded(1 << 10)
_UNKNOWN: Any = object()


def walk_operands(runtime: Runtime, shape: tuple[int, ...], operands: Sequence[Any]) -> Walk | None:
    """The walk through all operands (arrays and NumPy scalars), broadcast to `shape`.

    Arrays of the full shape that lie densely are walked as one dimension, with rows and columns that
    repeat beside them if the last dimension is narrow.  Others are walked with strides, over as few
    dimensions as possible; None if more than three remain.
    """
    key = signature(operands)
    if key is None:
        return _walk(runtime, shape, operands)
    key = runtime, shape, key
    walk = _walks.get(key, _UNKNOWN)
    if walk is _UNKNOWN:
        walk = _walks[key] = _walk(runtime, shape, operands)
    return walk


def signature(operands: Sequence[Any]) -> tuple[Any, ...] | None:
    """What the walk through dense operands depends on; None if one is not dense."""
    found: list[Any] = []
    for operand in operands:
        if type(operand) is not Array:
            found.append(operand.dtype)
            continue
        flat = operand._flat_argument()
        if flat is None:
            return None
        found += operand.shape, flat[0]
    return tuple(found)


def _walk(runtime: Runtime, shape: tuple[int, ...], operands: Sequence[Any]) -> Walk | None:
    arrays = [o for o in operands if isinstance(o, Array)]
    size = math.prod(shape)
    if all(o.shape == shape and is_dense(o) for o in arrays):
        chunk = chunk_of(runtime, arrays)
        views: list[_View] = [("0", "W" if chunk > 1 else "C", (size,), None)] * len(arrays)
        sizes = runtime.pack_scalar(size, "uint64") if chunk > 1 else ()
        return _made(Range(-(-size // chunk)), operands, views, sizes, chunk=chunk)
    extents, strides = collapse(shape, [broadcast_strides(o, shape) for o in arrays])
    if len(extents) == 2 and extents[1] < _NARROW and size < 2**32:
        repeated = [_repeated(array, extents, steps) for array, steps in zip(arrays, strides)]
        if all(repeated):
            return _narrow(runtime, extents, operands, repeated)
    if len(extents) == 2 and runtime.wide:
        wide = _wide(runtime, extents, operands, strides)
        if wide is not None:
            return wide
    if len(extents) > 3:
        return None
    views = [view(extents, steps, array.itemsize) for array, steps in zip(arrays, strides)]
    return _made(Range(*extents), operands, views)


def _wide(
    runtime: Runtime, extents: Sequence[int], operands: Sequence[Any], strides: Sequence[Sequence[int]]
) -> Walk | None:
    """The walk through a matrix by chunks of 16 bytes, with operands that are the same for all rows or columns; None
    if one lies otherwise."""
    rows, columns = extents
    arrays = [o for o in operands if isinstance(o, Array)]
    forms = [row_form(array, steps, rows, columns) for array, steps in zip(arrays, strides)]
    if "" in forms or "01" not in forms:
        return None
    chunk = chunk_of(runtime, [array for array, form in zip(arrays, forms) if "1" in form])
    if chunk == 1 or columns % chunk:
        return None
    sizes = {"01": rows * columns, "1": columns, "0": rows, "none": 1}
    views: list[_View] = [(form, "W" if "1" in form else "C", (sizes[form],), None) for form in forms]
    return _made(Range(rows, columns // chunk), operands, views, chunk=chunk)


def row_form(array: Array | Fresh, steps: Sequence[int] | None, rows: int, columns: int) -> str:
    """By which of row (0) and column (1) an array with these strides is indexed, if its rows are dense and lie one
    behind the other, or are the same, or all elements of a row are; else ""."""
    size = array.itemsize
    if steps is None:
        return "01"
    row, column = steps[0] if rows > 1 else 0, steps[1] if columns > 1 else size
    if column == size:
        return "01" if rows == 1 or row == columns * size else "1" if row == 0 else ""
    return "" if column else "none" if row == 0 else "0" if row == size else ""


def _narrow(runtime: Runtime, extents: Sequence[int], operands: Sequence[Any], views: list[_View]) -> Walk:
    """The walk through a matrix of short rows, with operands that are one row or one column.

    If it pays, as one of longer rows, each several of its own, for which a row has to lie repeated in memory.
    """
    rows, columns = extents
    repeats = next((k for k in range(_LONG // columns, 1, -1) if rows % k == 0), 1)
    pays = rows * columns >= _MANY and runtime.host_until > 0 and runtime.interleaved
    if repeats == 1 or not pays or "column" in [form for form, *_ in views]:
        return _made(Range(rows * columns), operands, views, runtime.pack_scalar(columns, "uint32"))
    rows, columns = shape = rows // repeats, columns * repeats
    views = [("1", "C", (columns,), None) if form == "row" else ("01", "C", shape, None) for form, *_ in views]
    return _made(Range(*shape), operands, views, repeats=repeats)


def _written_out(row: Array, repeats: int) -> Array:
    """A row so often, one behind the other."""
    values = row._host_values()
    assert values is not None
    with unwatched():  # the values stay where they are
        return Array(row._device.runtime.from_host(np.tile(values.reshape(-1), repeats)), row._device)


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


def chunk_of(runtime: Runtime, arrays: Sequence[Array | Fresh]) -> int:
    """Elements of dense arrays that a work-item takes, so that it reads and writes 16 bytes at once."""
    if not runtime.wide or not all(isinstance(a, Fresh) or runtime.is_aligned(a._native) for a in arrays):
        return 1
    return min(8, 16 // max(array.itemsize for array in arrays))


def _made(
    extent: Range, operands: Sequence[Any], views: Sequence[_View], sizes: tuple[Any, ...] = (), **more: int
) -> Walk:
    forms: list[str] = []
    types: list[KernelType] = []
    seen: list[Seen | None] = []
    left = iter(views)
    for operand in operands:
        name = dtype_name(operand.dtype)
        if isinstance(operand, Array):
            form, layout, shape, strides = next(left)
            types.append(ArrayType(name, len(shape), layout))
            seen.append((layout, shape, strides))
        else:
            form = "scalar"
            types.append(name)
            seen.append(None)
        forms.append(form)
    types += ["uint32" if "row" in forms or "column" in forms else "uint64"] * len(sizes)
    return Walk(extent, tuple(forms), tuple(types), tuple(seen), sizes, **more)


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
