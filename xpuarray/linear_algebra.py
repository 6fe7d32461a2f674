"""Linear algebra functions of the Array API standard: products, by the device's library.

What the standard keeps in its extension is in linalg.py.
"""

from __future__ import annotations

from typing import Any

from xpuarray.array import Array
from xpuarray.data_types import astype, promote
from xpuarray.dispatch import common_device, library_call
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.manipulation import matrix_transpose
from xpuarray.operators import operation

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


def _product(name: str, x1: Array, x2: Array, **options: Any) -> Array:
    device = common_device(name, x1, x2)
    for x in (x1, x2):
        if not isinstance(x, Array):
            raise TypeError(f"{name}: {type(x).__name__} is no array; multiply by a scalar with *")
    dtype = promote(device, x1, x2)
    if dtype.kind == "b":
        raise UnsupportedDTypeError(f"{name} is not defined for bool")
    native = (astype(x, dtype, copy=False)._native for x in (x1, x2))
    value = library_call(name, device, name, *native, **options)
    return Array(device.runtime.library.asarray(value), device)


@operation
def matmul(x1: Array, x2: Array, /) -> Array:
    """The matrix product (..., n, k) @ (..., k, m) -> (..., n, m); a 1-dimensional operand is a
    row or column vector, and its dimension drops out of the result.

    Raises ValueError for shapes that don't fit, PlacementError for operands on two devices.
    """
    if isinstance(x1, Array) and isinstance(x2, Array):
        if x1.ndim == 0 or x2.ndim == 0:
            raise ValueError("matmul: operands need at least one dimension; multiply by a scalar with *")
        if x1.shape[-1] != x2.shape[-2 if x2.ndim > 1 else 0]:
            raise ValueError(f"matmul: shapes {x1.shape} and {x2.shape} don't fit: inner extents differ")
    return _product("matmul", x1, x2)


@operation
def tensordot(x1: Array, x2: Array, /, *, axes: Any = 2) -> Array:
    """The sum of products over `axes` of both (a number: x1's last with x2's first ones)."""
    pair = axes if isinstance(axes, int) else tuple((a,) if isinstance(a, int) else tuple(a) for a in axes)
    return _product("tensordot", x1, x2, axes=pair)


@operation
def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The dot product of vectors along `axis`, the first one conjugated."""
    if axis >= 0 and isinstance(x1, Array) and isinstance(x2, Array):
        if x1.ndim != x2.ndim:
            raise ValueError(f"vecdot: axis {axis} must be negative for operands of {x1.ndim} and {x2.ndim} dimensions")
        axis -= x1.ndim
    return _product("vecdot", x1, x2, axis=axis)
