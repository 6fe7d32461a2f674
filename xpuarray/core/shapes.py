"""What shapes come to: axes as non-negative numbers, what is left of a reduced shape, what operands broadcast to, and
the part that a key makes."""

from __future__ import annotations

import operator
import sys
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from xpuarray.core.array import Array
from xpuarray.core.typing import Axis

__all__ = ["as_extents", "broadcast", "native_part", "normalise_axes", "reduced", "reduced_axes"]


def normalise_axes(name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes, non-negative and sorted.  Raises AxisError, an IndexError, out of bounds, ValueError for repeats."""
    if axis is None:
        return tuple(range(ndim))
    given = (axis,) if hasattr(axis, "__index__") else axis
    axes = []
    try:
        for a in map(operator.index, given):  # type: ignore[arg-type]
            if not -ndim <= a < ndim:
                raise AxisError(f"{name}: axis {a} is out of bounds for {ndim} dimension(s)")
            axes.append(a % ndim)
    except TypeError:
        raise TypeError(f"{name}: axis is an integer, several, or None, not {axis!r}") from None
    if len(axes) > 1:
        axes.sort()
        if len(set(axes)) != len(axes):
            raise ValueError(f"{name}: an axis appears twice in {given}")
    return tuple(axes)


def reduced_axes(name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """`normalise_axes` of what is reduced: NumPy lets an array of no dimension have one axis there, which is none."""
    return normalise_axes(name, () if not ndim and type(axis) is int and axis in (0, -1) else axis, ndim)


def as_extents(name: str, shape: Any, parameter: str = "shape") -> tuple[int, ...]:
    """An integer or several as a tuple of Python's integers.  Raises TypeError for anything else."""
    if type(shape) is int:
        return (shape,)
    try:
        return (shape.__index__(),) if hasattr(shape, "__index__") else tuple([e.__index__() for e in shape])
    except (TypeError, AttributeError):
        raise TypeError(f"{name}: {parameter} is an integer or several, not {shape!r}") from None


def reduced(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape with the axes kept, of extent 1, and that of the result."""
    kept, left = list(shape), list(shape)
    for axis in reversed(axes):
        kept[axis] = 1
        del left[axis]
    return tuple(kept), tuple(kept if keepdims else left)


def broadcast(name: str, operands: tuple[Any, ...]) -> tuple[int, ...]:
    """The one shape of the arrays among the operands.  Raises ValueError if there is none."""
    first: tuple[int, ...] | None = None
    for operand in operands:
        if type(operand) is Array:
            if first is None:
                first = operand.shape
            elif operand.shape != first:
                break
    else:
        assert first is not None
        return first
    shapes = [o.shape for o in operands if type(o) is Array]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{name}: shapes {', '.join(map(str, shapes))} can't be broadcast together") from None


def native_part(native: Any, key: Any) -> Any:
    """native[key], a view, of any library's array.

    Raises what NumPy raises.  Other libraries refuse bounds of slices that no int64 holds, NumPy takes them.
    """
    try:
        return native[key]
    except (IndexError, OverflowError):
        np.broadcast_to(np.empty(()), native.shape)[key]
    return native[tuple(map(_within_int64, key)) if type(key) is tuple else _within_int64(key)]


def _within_int64(part: Any) -> Any:
    if type(part) is not slice:
        return part
    bounds = (part.start, part.stop, part.step)
    return slice(*(b if b is None else max(-sys.maxsize, min(operator.index(b), sys.maxsize)) for b in bounds))
