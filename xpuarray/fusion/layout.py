"""Broadcasting and the collapse of dimensions, on shapes and strides alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType, KernelType, scalar_type
from xpuarray.lang.ranges import Range

__all__ = ["collapse", "pack_operands"]

Packed = tuple[Range, tuple[KernelType, ...], list[Any]]


def pack_operands(runtime: Runtime, shape: tuple[int, ...], operands: Sequence[Any]) -> Packed | None:
    """Range, types and launch arguments that walk all operands (arrays and NumPy scalars) together.

    Arrays of the full shape that lie densely are walked as one dimension.  Others are broadcast and
    walked with strides, over as few dimensions as possible; None if more than three remain.
    """
    types: list[KernelType] = []
    packed: list[Any] = []
    if all(not isinstance(o, Array) or (o.shape == shape and _is_dense(o)) for o in operands):
        size = 1
        for extent in shape:
            size *= extent
        for operand in operands:
            if isinstance(operand, Array):
                types.append(ArrayType(operand.dtype.name, 1, "C"))
                packed.extend(runtime.pack(operand._native, "C", (size,)))
            else:
                _pack_scalar(runtime, operand, types, packed)
        return Range(size), tuple(types), packed
    arrays = [o for o in operands if isinstance(o, Array)]
    extents, strides = collapse(shape, [_broadcast_strides(o, shape) for o in arrays])
    if len(extents) > 3:
        return None
    walked = iter(strides)
    for operand in operands:
        if isinstance(operand, Array):
            types.append(ArrayType(operand.dtype.name, len(extents), "A"))
            packed.extend(runtime.pack(operand._native, "A", tuple(extents), tuple(next(walked))))
        else:
            _pack_scalar(runtime, operand, types, packed)
    return Range(*extents), tuple(types), packed


def _is_dense(array: Array) -> bool:
    return bool(array._native.flags.c_contiguous)


def _pack_scalar(runtime: Runtime, value: Any, types: list[KernelType], packed: list[Any]) -> None:
    name = scalar_type(value)
    assert name is not None, value
    types.append(name)
    packed.extend(runtime.pack_scalar(value, name))


def _broadcast_strides(array: Array, shape: tuple[int, ...]) -> tuple[int, ...]:
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
