"""Manipulation functions of the Array API standard: shapes, joins, and views, by the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.functions.data_types import astype, promote
from xpuarray.functions.operators import operation

__all__ = [
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip", "matrix_transpose",
    "moveaxis", "permute_dims", "ravel", "repeat", "reshape", "roll", "squeeze", "stack", "tile", "unstack",
]  # fmt: skip


def _call(name: str, x: Array, *args: Any, **kwargs: Any) -> Array:
    device = common_device(name, x)
    return Array(library_call(name, device, name, x._native, *args, **kwargs), device)


@operation
def reshape(x: Array, /, shape: int | Sequence[int], *, copy: bool | None = None) -> Array:
    """x with another shape, in row-major order; one extent may be -1. A view where that is possible.

    copy: True always copies; False raises ValueError where a view is impossible

    Raises ValueError if the sizes differ.
    """
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _call("reshape", x, shape, copy=copy)


@operation
def permute_dims(x: Array, /, axes: Sequence[int]) -> Array:
    """A view of x with its dimensions in the order `axes`."""
    return _call("permute_dims", x, tuple(axes))


@operation
def matrix_transpose(x: Array, /) -> Array:
    """A view of x with its last two dimensions swapped.  Raises ValueError below two dimensions."""
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose needs at least two dimensions, not {x.ndim}")
    return _call("matrix_transpose", x)


@operation
def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int], /) -> Array:
    """A view of x with the dimensions `source` moved to the positions `destination`."""
    return _call("moveaxis", x, source, destination)


@operation
def expand_dims(x: Array, /, axis: int | Sequence[int] = 0) -> Array:
    """A view of x with new dimensions of extent 1 at `axis`."""
    for position in (axis,) if isinstance(axis, int) else axis:
        count = 1 if isinstance(axis, int) else len(axis)
        if not -x.ndim - count <= position < x.ndim + count:
            raise IndexError(f"expand_dims: axis {position} is out of bounds for {x.ndim} dimension(s)")
    return _call("expand_dims", x, axis=axis)


@operation
def squeeze(x: Array, /, axis: int | Sequence[int] | None = None) -> Array:
    """A view of x without the dimensions `axis` (default: all), which must have extent 1."""
    return _call("squeeze", x, axis=axis)


@operation
def flip(x: Array, /, *, axis: int | Sequence[int] | None = None) -> Array:
    """x in reverse order along `axis` (default: along all)."""
    return _call("flip", x, axis=axis)


@operation
def roll(x: Array, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> Array:
    """x with its elements shifted along `axis` (default: flattened), wrapping around."""
    if axis is None:
        # dpnp 0.20 corrupts memory when it rolls an array that is not contiguous as if it were flat.
        return reshape(_call("roll", reshape(x, (-1,)), shift, axis=0), x.shape)
    return _call("roll", x, shift, axis=axis)


@operation
def repeat(x: Array, repeats: int | Array, /, *, axis: int | None = None) -> Array:
    """Each element of x repeated along `axis` (default: flattened)."""
    if isinstance(repeats, Array):
        common_device("repeat", x, repeats)
    return _call("repeat", x, repeats._native if isinstance(repeats, Array) else repeats, axis=axis)


@operation
def tile(x: Array, repetitions: Sequence[int], /) -> Array:
    """x laid out `repetitions` times along each dimension."""
    return _call("tile", x, tuple(repetitions))


@operation
def broadcast_to(x: Array, /, shape: Sequence[int]) -> Array:
    """A view of x repeated to `shape`."""
    return _call("broadcast_to", x, tuple(shape))


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The one shape that arrays of these shapes broadcast to.  Raises ValueError if there is none."""
    return np.broadcast_shapes(*(tuple(shape) for shape in shapes))


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """Views of all arrays, broadcast to one shape."""
    device = common_device("broadcast_arrays", *arrays)
    views = library_call("broadcast_arrays", device, "broadcast_arrays", *(a._native for a in arrays))
    return tuple(Array(v, device) for v in views)


@operation
def ravel(x: Array, /) -> Array:
    """x as one dimension: reshape(x, (-1,))."""
    return reshape(x, (-1,))


def _joining(name: str) -> Callable[..., Array]:
    def join(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
        parts = list(arrays)
        if not parts:
            raise ValueError(f"{name}: expected at least one array")
        device = common_device(name, *parts)
        dtype = promote(device, *parts)
        native = [astype(p, dtype, copy=False)._native for p in parts]
        return Array(library_call(name, device, name, native, axis=axis), device)

    join.__name__ = join.__qualname__ = name
    return operation(join)


concat, stack = _joining("concat"), _joining("stack")
concat.__doc__ = """The arrays joined along an existing dimension (None: flattened first).

Raises PlacementError for arrays on several devices, ValueError for shapes that don't match.
"""
stack.__doc__ = """The arrays, all of one shape, joined along a new dimension `axis`.

Raises PlacementError for arrays on several devices, ValueError for shapes that differ.
"""


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """Views of the parts of x along `axis`."""
    return tuple(moveaxis(x, axis, 0))
