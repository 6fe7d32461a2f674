"""Linear algebra functions of the Array API standard: products, by the device's library; of long vectors, by kernel.

What the standard keeps in its extension is in linalg.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call, route
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.data_types import astype, default_float, promote
from xpuarray.functions.manipulation import matrix_transpose
from xpuarray.functions.operators import operation, operations
from xpuarray.fusion import is_deferred, reduce_by_kernel
from xpuarray.kernels import reduce as kernels

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


def _product(name: str, x1: Array, x2: Array, along: int | None = None, **options: Any) -> Array:
    """The library's product; or, if it is one of vectors along the dimension `along` (negative), our kernel's."""
    device = common_device(name, x1, x2)
    for x in (x1, x2):
        if not isinstance(x, Array):
            raise TypeError(f"{name}: {type(x).__name__} is no array; multiply by a scalar with *")
    dtype = promote(device, x1, x2)
    if dtype.kind == "b":
        raise UnsupportedDTypeError(f"{name} is not defined for bool")
    if along is not None and dtype.kind in "iuf" and dtype != np.float16:
        value = _dot_by_kernel(x1, x2, along, dtype)
        if value is not None:
            return value
    native = (astype(x, dtype, copy=False)._native for x in (x1, x2))
    value = library_call(name, device, name, *native, **options)
    return Array(device.runtime.library.asarray(value), device)


def _dot_by_kernel(x1: Array, x2: Array, along: int, dtype: np.dtype) -> Array | None:
    """The sum of products along a dimension in one pass that stores no product; None if the library should do it.

    Products of singles are exact, and summed in doubles, where the device has doubles.
    """
    fits = min(x1.ndim, x2.ndim) >= -along and x1.shape[along] == x2.shape[along]
    if not fits or not is_deferred(x1.device, max(x1.size, x2.size)):
        return None
    at_hand = x1._buffer is not None and x2._buffer is not None
    if at_hand and x1.device.runtime.target == "prange" and route() != "kernel":
        return None  # BLAS multiplies by vectors, 8 times as fast as threads of ours
    wide = default_float(x1.device) if dtype == np.float32 else dtype
    products = operations["multiply"](*(astype(x, wide, copy=False) for x in (x1, x2)))
    if not products.size:
        return None
    axis = products.ndim + along
    shape = (*products.shape[:axis], *products.shape[axis + 1 :])
    total = reduce_by_kernel(products, (axis,), kernels.add, wide.type(0), wide, shape, dtype)
    return None if total is None else astype(total, dtype, copy=False)


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
    vectors = isinstance(x1, Array) and isinstance(x2, Array) and x1.ndim == x2.ndim == 1
    return _product("matmul", x1, x2, along=-1 if vectors else None)


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
    return _product("vecdot", x1, x2, along=axis if isinstance(axis, int) and axis < 0 else None, axis=axis)
