"""Joins and splits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array, made_by_numpy
from xpuarray.core.dispatch import computed
from xpuarray.core.promotion import as_dtype, promote
from xpuarray.core.quick import at_hand
from xpuarray.core.shapes import normalise_axes
from xpuarray.functions import manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.manipulation import atleast_1d, atleast_2d, atleast_3d, moveaxis
from xpuarray.functions.operands import NUMBERS, as_operand, as_operands, check_integers
from xpuarray.functions.signatures import check_casting, write_out

__all__ = [
    "append",
    "array_split",
    "block",
    "column_stack",
    "concat",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "row_stack",
    "split",
    "stack",
    "unstack",
    "vsplit",
    "vstack",
]


@checked
def concat(
    arrays: Sequence[Array],
    /,
    axis: int | None = 0,
    out: Array | None = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Array:
    """The arrays joined along an existing dimension (None: flattened first).

    dtype: that in which they are taken; default the one that they promote to

    Raises PlacementError for arrays on several devices, ValueError for shapes that don't match.
    """
    return _joined("concat", arrays, axis, out, dtype, casting)


concatenate = concat


@checked
def stack(
    arrays: Sequence[Array],
    axis: int = 0,
    out: Array | None = None,
    *,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Array:
    """The arrays, all of one shape, joined along a new dimension `axis`.

    dtype: that in which they are taken; default the one that they promote to

    Raises PlacementError for arrays on several devices, ValueError for shapes that differ.
    """
    return _joined("stack", arrays, axis, out, dtype, casting)


def _joined(name: str, arrays: Sequence[Array], axis: int | None, out: Any, dtype: Any, casting: str) -> Array:
    if out is not None and dtype is not None:
        raise TypeError(f"{name}: takes out or dtype, not both: what is written has the dtype of out")
    parts = as_operands(name, arrays)
    if not parts:
        raise ValueError(f"{name}: expected at least one array")
    device = parts[0].device
    wanted = _common(name, arrays, parts, axis) if dtype is None else as_dtype(dtype, device)
    if dtype is not None or casting != "same_kind":
        into = wanted if out is None or dtype is not None else out.dtype
        for p in parts:
            check_casting(name, p.dtype, into, casting)
    parts = [p if p.dtype == wanted else astype(p, wanted) for p in parts]
    values = [at_hand(p) for p in parts]
    if all(v is not None for v in values) and sum(p.size for p in parts) <= device.runtime.host_until:
        value = made_by_numpy(_NUMPYS[name](values, axis=axis), device)
    else:
        value = computed(name, device, name, parts, axis=axis)
    return value if out is None else write_out(name, value, out, casting)


def _common(name: str, given: Sequence[Any], parts: Sequence[Array], axis: int | None) -> np.dtype:
    """The dtype that they promote to; without an axis numbers are weak, as in NumPy, and have to fit into it."""
    if axis is not None or isinstance(given, Array):
        return promote(parts[0].device, *parts)
    operands = [g if isinstance(g, NUMBERS) else p for g, p in zip(given, parts)]
    wanted = promote(parts[0].device, *operands)
    for operand in operands:
        check_integers(name, operand, wanted)
    return wanted


_NUMPYS: dict[str, Any] = {"concat": np.concatenate, "stack": np.stack}


@checked
def unstack(x: Array, /, axis: int = 0) -> tuple[Array, ...]:
    """Views of the parts of x along `axis`."""
    return tuple(moveaxis(x, axis, 0))


# -- joins --------------------------------------------------------------------------------------


@whole_by_numpy
@checked
def vstack(tup: Sequence[Array], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """The arrays below each other: joined along axis 0, vectors being rows."""
    return concat([atleast_2d(x) for x in as_operands("vstack", tup)], axis=0, dtype=dtype, casting=casting)


row_stack = vstack


@whole_by_numpy
@checked
def hstack(tup: Sequence[Array], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """The arrays beside each other: joined along axis 1, vectors along axis 0."""
    parts = [atleast_1d(x) for x in as_operands("hstack", tup)]
    return concat(parts, axis=0 if parts and parts[0].ndim == 1 else 1, dtype=dtype, casting=casting)


@whole_by_numpy
@checked
def dstack(tup: Sequence[Array]) -> Array:
    """The arrays behind each other: joined along axis 2."""
    return concat([atleast_3d(x) for x in as_operands("dstack", tup)], axis=2)


@whole_by_numpy
@checked
def column_stack(tup: Sequence[Array]) -> Array:
    """The arrays beside each other, vectors being columns."""
    return concat(
        [
            x if x.ndim > 1 else manipulation.reshape(x, (-1, 1))
            for x in map(atleast_1d, as_operands("column_stack", tup))
        ],
        axis=1,
    )


@whole_by_numpy
@checked
def append(arr: Array, values: Any, axis: int | None = None) -> Array:
    """`values` joined to the end of `arr` along `axis` (None: both flattened)."""
    values = as_operand("append", values, arr.device)
    return concat([arr, values], axis=axis)


@whole_by_numpy
@checked
def block(arrays: Any) -> Array:
    """Nested lists of arrays put together: the innermost lists along the last axis, the next along that before, ...

    >>> xp.block([[a, b], [c, d]])                                         # doctest: +SKIP
    """

    def depth(part: Any) -> int:
        if isinstance(part, tuple):
            raise TypeError(f"block: takes lists of arrays, not a tuple: {part!r}")
        if not isinstance(part, list):
            return 0
        if not part:
            raise ValueError("block: an empty list has no shape")
        depths = {depth(p) for p in part}
        if len(depths) > 1:
            raise ValueError(f"block: lists are nested to different depths: {sorted(depths)}")
        return 1 + depths.pop()

    levels = depth(arrays)
    device = next((p.device for p in _leaves(arrays) if isinstance(p, Array)), None)
    leaves = [as_operand("block", p, device) for p in _leaves(arrays)]
    ndim = max([levels, *(p.ndim for p in leaves)])
    ready = iter([manipulation.reshape(p, (1,) * (ndim - p.ndim) + p.shape) for p in leaves])

    def join(part: Any, level: int) -> Array:
        if not isinstance(part, list):
            return next(ready)
        return concat([join(p, level - 1) for p in part], axis=-level)

    return join(arrays, levels)


def _leaves(part: Any) -> list[Any]:
    return [leaf for p in part for leaf in _leaves(p)] if isinstance(part, list) else [part]


# -- splits -------------------------------------------------------------------------------------


@checked
def array_split(ary: Array, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Views of parts along `axis`: so many, as equal as possible, or those between the indices."""
    (axis,) = normalise_axes("array_split", axis, ary.ndim)
    extent = ary.shape[axis]
    if hasattr(indices_or_sections, "__index__"):
        sections = int(indices_or_sections)  # type: ignore[call-overload]
        if sections < 1:
            raise ValueError(f"array_split: into {sections} parts")
        size, longer = divmod(extent, sections)
        ends = [0, *itertools.accumulate([size + 1] * longer + [size] * (sections - longer))]
    else:
        ends = [0, *map(int, indices_or_sections), extent]  # type: ignore[arg-type]
    before = (slice(None),) * axis
    return [ary[(*before, slice(a, b))] for a, b in itertools.pairwise(ends)]


@checked
def split(ary: Array, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Views of equal parts along `axis`, or of the parts between the indices.

    Raises ValueError if parts would not be equal; see `array_split`.
    """
    (axis,) = normalise_axes("split", axis, ary.ndim)
    if hasattr(indices_or_sections, "__index__") and ary.shape[axis] % int(indices_or_sections):  # type: ignore[call-overload]
        raise ValueError(f"split: {ary.shape[axis]} elements are not {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


@checked
def vsplit(ary: Array, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 0."""
    return _split_along("vsplit", 0, 2, ary, indices_or_sections)


@checked
def hsplit(ary: Array, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 1; of vectors, along axis 0."""
    return _split_along("hsplit", 1, 1, ary, indices_or_sections)


@checked
def dsplit(ary: Array, indices_or_sections: int | Sequence[int]) -> list[Array]:
    """`split` along axis 2."""
    return _split_along("dsplit", 2, 3, ary, indices_or_sections)


def _split_along(name: str, axis: int, least: int, ary: Array, parts: int | Sequence[int]) -> list[Array]:
    if ary.ndim < least:
        raise ValueError(f"{name} needs at least {least} dimension(s), not {ary.ndim}")
    return split(ary, parts, 0 if ary.ndim == 1 else axis)
