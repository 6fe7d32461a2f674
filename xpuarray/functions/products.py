"""Products of vectors, matrices and tensors: by the device's library; of long vectors, by kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array, from_numpy, lies_dense, result_of
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.modes import current
from xpuarray.core.promotion import default_float, promote
from xpuarray.core.quick import LibraryProduct, Product, of_two, plans, values_until
from xpuarray.core.shared_memory import quiet
from xpuarray.functions import creation, elementwise, joining, manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_operand, as_operands
from xpuarray.functions.signatures import write_out
from xpuarray.functions.ufunc_parameters import with_parameters
from xpuarray.fusion import is_deferred, reduce_by_kernel
from xpuarray.kernels import reduce as kernels
from xpuarray.lang.counterpart import counterpart

__all__ = ["cross", "dot", "inner", "kron", "matmul", "matvec", "outer", "tensordot", "vdot", "vecdot", "vecmat"]


def _product(name: str, x1: Array, x2: Array, along: int | None = None, **options: Any) -> Array:
    """The library's product; or, if it is one of vectors along the dimension `along` (negative), our kernel's."""
    device = common_device(name, x1, x2)
    for x in (x1, x2):
        if not isinstance(x, Array):
            raise TypeError(f"{name}: {type(x).__name__} is no array; multiply by a scalar with *")
    same = x1.dtype is x2.dtype
    dtype = x1.dtype if same else promote(device, x1, x2)
    if dtype.kind == "b":
        # Whether there are two that are true: a sum of ones, however it is rounded, is 0 of none alone.
        return _product(name, astype(x1, np.float32), astype(x2, np.float32), along, **options) != 0
    if along is not None and dtype.kind in "iuf" and dtype != np.float16:
        value = _dot_by_kernel(x1, x2, along, dtype)
        if value is not None:
            return value
    native = (x1._native, x2._native) if same else (astype(x, dtype, copy=False)._native for x in (x1, x2))
    value = library_call(name, device, name, *native, **options)
    # NumPy's of vectors is a number.
    return result_of(value if value.shape else device.runtime.library.asarray(value), device)


def _by_numpy(function: Callable[..., Any], x1: Array, x2: Array, inner: int) -> Array | None:
    """The product of few elements of one dtype; inner: the extent over which is summed"""
    device, dtype = x1._device, x1.dtype
    if x2._device is not device or x2.dtype != dtype or dtype.kind == "b" or dtype == np.float16:
        return None
    few, most = device.runtime.host_until, device.runtime.numpy_until("matmul")
    a, b = values_until(x1, most), values_until(x2, most)
    if a is None or b is None or not inner or (a.size // inner) * (b.size // inner) > few:
        return None
    if a.ndim == b.ndim == 1 and inner > few:  # of long vectors a kernel may be quicker
        return None
    return from_numpy(quiet.run(function, a, b), device)


def _dot_by_kernel(x1: Array, x2: Array, along: int, dtype: np.dtype) -> Array | None:
    """The sum of products along a dimension in one pass that stores no product; None if the library should do it.

    Products of singles are exact, and summed in doubles, where the device has doubles.
    """
    fits = min(x1.ndim, x2.ndim) >= -along and x1.shape[along] == x2.shape[along]
    if not fits or not is_deferred(x1.device, max(x1.size, x2.size)):
        return None
    there = x1._buffer is not None and x2._buffer is not None
    if there and x1.device.runtime.target == "prange" and current().route != "kernel":
        return None  # BLAS multiplies by vectors, 8 times as fast as threads of ours
    wide = default_float(x1.device) if dtype == np.float32 else dtype
    products = elementwise.multiply(*(astype(x, wide, copy=False) for x in (x1, x2)))
    if not products.size:
        return None
    axis = products.ndim + along
    shape = (*products.shape[:axis], *products.shape[axis + 1 :])
    total = reduce_by_kernel(products, (axis,), kernels.add, wide.type(0), wide, shape, dtype)
    return None if total is None else astype(total, dtype, copy=False)


def _with_parameters(
    name: str,
    function: Callable[..., Array],
    x1: Any,
    x2: Any,
    out: Any,
    casting: str,
    order: str,
    dtype: Any,
    subok: bool,
    axes: Any,
    axis: int | None = None,
    keepdims: bool = False,
) -> Array:
    """A product with NumPy's parameters of such functions: `axes` says where the operands' and the result's dimensions
    are that are multiplied; `axis`, and whether it is kept, of vectors alone."""
    first, second, result = _CORE[name]
    if result and (axis is not None or keepdims):
        raise TypeError(f"{name}: axis and keepdims are of products of vectors alone; use axes")
    if axes is not None:
        if axis is not None or not isinstance(axes, (list, tuple)) or len(axes) not in (2 + bool(result), 3):
            raise TypeError(
                f"{name}: axes is a list of {2 + bool(result)} tuples of axes, and axis is not given beside it"
            )
        wanted = [(k,) if hasattr(k, "__index__") else tuple(k) for k in axes]
    elif axis is not None:
        wanted = [(axis,), (axis,)]
    else:
        wanted = [first, second, result]

    device = next((x.device for x in (x1, x2) if isinstance(x, Array)), None)
    x1, x2 = (as_operand(name, x, device) for x in (x1, x2))
    if name == "matmul" and axes is not None:  # a vector has one such dimension, and the result one less for each
        left = result[x1.ndim == 1 : 2 - (x2.ndim == 1)]
        first, second, result = first[-x1.ndim :], second[-x2.ndim :], tuple(range(-len(left), 0))
        wanted[2:] = [wanted[2] if len(wanted) > 2 and left else result]
    if x1.ndim < len(first) - (name == "matmul") or x2.ndim < len(second) - (name == "matmul"):
        raise ValueError(f"{name}: operands of {x1.ndim} and {x2.ndim} dimensions have too few")

    def product(a: Array, b: Array) -> Array:
        a, b = (x if w == c else manipulation.moveaxis(x, w, c) for x, w, c in zip((a, b), wanted, (first, second)))
        value = function(a, b)
        if result and wanted[2] != result:
            value = manipulation.moveaxis(value, result, wanted[2])
        return manipulation.expand_dims(value, axis=-1 if axis is None else axis) if keepdims else value

    return with_parameters(name, product, (x1, x2), 1, out, True, casting, order, dtype, subok)


#: The dimensions of both operands and of the result that a product is about.
_CORE: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "matmul": ((-2, -1), (-2, -1), (-2, -1)),
    "matvec": ((-2, -1), (-1,), (-1,)),
    "vecmat": ((-1,), (-2, -1), (-1,)),
    "vecdot": ((-1,), (-1,), ()),
}


@counterpart("matmul")
def matmul(
    x1: Array,
    x2: Array,
    /,
    out: Array | None = None,
    *,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
    axes: Any = None,
    axis: None = None,
    keepdims: bool = False,
) -> Array:
    """The matrix product (..., n, k) @ (..., k, m) -> (..., n, m); a 1-dimensional operand is a
    row or column vector, and its dimension drops out of the result.

    Raises ValueError for shapes that don't fit, PlacementError for operands on two devices.
    """
    if dtype is not None or axes is not None or casting != "same_kind" or order != "K" or axis is not None or keepdims:
        return _with_parameters(
            "matmul", matmul, x1, x2, out, casting, order, dtype, subok, axes, axis, keepdims
        )  # fmt: skip
    if type(x1) is not Array or type(x2) is not Array:
        x1, x2 = as_operands("matmul", (x1, x2))
    first, second = x1.shape, x2.shape
    if not first or not second:
        raise ValueError("matmul: operands need at least one dimension; multiply by a scalar with *")
    if first[-1] != second[-2 if len(second) > 1 else 0]:
        raise ValueError(f"matmul: shapes {first} and {second} don't fit: inner extents differ")
    vectors = len(first) == len(second) == 1
    value = _by_numpy(np.matmul, x1, x2, first[-1])
    if value is not None:
        for name, function in ("matmul", np.matmul), ("dot", np.dot):
            key = name, x1._device, x1.dtype, x2.dtype
            if key not in plans:
                plans[key] = Product(key, function, value.dtype)
        return value if out is None else write_out("matmul", value, out, spread=True)
    value = _product("matmul", x1, x2, along=-1 if vectors else None)
    key = "matmul", x1._device, x1.dtype, x2.dtype
    if not x1._device.runtime.host_until and x1.dtype is x2.dtype and x1.dtype.kind != "b" and key not in plans:
        plans[key] = LibraryProduct(key, x1._device.runtime.library.matmul, value.dtype, (), False)
    return value if out is None else write_out("matmul", value, out, spread=True)


@checked
def tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    """The sum of products over `axes` of both (a number: a's last with b's first ones)."""
    pair = axes if isinstance(axes, int) else tuple((k,) if isinstance(k, int) else tuple(k) for k in axes)
    return _product("tensordot", a, b, axes=pair)


@checked
def vecdot(
    x1: Array,
    x2: Array,
    /,
    out: Array | None = None,
    *,
    axis: int = -1,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
    axes: Any = None,
    keepdims: bool = False,
) -> Array:
    """The dot product of vectors along `axis`, the first one conjugated."""
    if dtype is not None or axes is not None or casting != "same_kind" or order != "K" or keepdims:
        along = None if axes is not None else axis
        return _with_parameters(
            "vecdot", vecdot, x1, x2, out, casting, order, dtype, subok, axes, along, keepdims
        )  # fmt: skip
    if axis >= 0 and isinstance(x1, Array) and isinstance(x2, Array):
        if x1.ndim == x2.ndim:
            axis -= x1.ndim
        else:  # which it is of each
            x1, x2, axis = manipulation.moveaxis(x1, axis, -1), manipulation.moveaxis(x2, axis, -1), -1
    value = _product("vecdot", x1, x2, along=axis if isinstance(axis, int) and axis < 0 else None, axis=axis)
    return write_out("vecdot", value, out, spread=True)


_dot_by_plan: Callable[[Any, Any], Any] = of_two("dot", lambda a, b: None)


@counterpart("dot")
def dot(a: Any, b: Any, out: Array | None = None) -> Array:
    """The product of vectors, matrices, or by scalars; of more dimensions, over a's last and b's last but one."""
    if out is None and (value := _dot_by_plan(a, b)) is not None:
        return value
    if type(a) is not Array or type(b) is not Array:
        a, b = as_operands("dot", (a, b))
    common_device("dot", a, b)
    if not (a.ndim and b.ndim):
        value = elementwise.multiply(a, b)
    else:
        value = matmul(a, b) if b.ndim <= 2 else tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 2,)))
    if isinstance(out, Array) and not (out.dtype == value.dtype and out.ndim == value.ndim and lies_dense(out)):
        raise ValueError(
            f"dot: out must lie row by row and have the result's dtype {value.dtype} and {value.ndim} dimension(s), "
            f"not {out.dtype} and {out.ndim}"
        )
    return write_out("dot", value, out)


def inner(a: Any, b: Any) -> Array:
    """The sum of products over the last dimension of both."""
    if type(a) is not Array or type(b) is not Array:
        a, b = as_operands("inner", (a, b))
    common_device("inner", a, b)
    if not (a.ndim and b.ndim):
        return elementwise.multiply(a, b)
    if a.ndim == b.ndim == 1:
        return matmul(a, b)
    return tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


@checked
def vdot(a: Array, b: Array) -> Array:
    """The sum of products of both, flattened, the first one conjugated."""
    return vecdot(*(x if x.ndim == 1 else manipulation.reshape(x, (-1,)) for x in (a, b)))


@whole_by_numpy
@checked
def outer(a: Array, b: Array, out: Array | None = None) -> Array:
    """The products of each element of a with each of b, both flattened."""
    return write_out("outer", manipulation.reshape(a, (-1, 1)) * manipulation.reshape(b, (1, -1)), out)


@whole_by_numpy
@checked
def cross(a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """The vector product of vectors of three elements; of two, the third is 0, and of both two, the third of the result
    is all there is."""
    if axis is not None:
        axisa = axisb = axisc = axis
    common_device("cross", a, b)
    x, y = manipulation.moveaxis(a, axisa, -1), manipulation.moveaxis(b, axisb, -1)
    if not {x.shape[-1], y.shape[-1]} <= {2, 3}:
        raise ValueError(f"cross: vectors have two or three elements, not {x.shape[-1]} and {y.shape[-1]}")
    if x.shape[-1] == y.shape[-1] == 2:
        return x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    x, y = (v if v.shape[-1] == 3 else joining.concat([v, creation.zeros_like(v[..., :1])], axis=-1) for v in (x, y))
    turns = [(1, 2), (2, 0), (0, 1)]
    parts = [x[..., i] * y[..., j] - x[..., j] * y[..., i] for i, j in turns]
    return manipulation.moveaxis(joining.stack(parts, axis=-1), -1, axisc)


@whole_by_numpy
@checked
def kron(a: Array, b: Array) -> Array:
    """Kronecker's product: blocks of b, each multiplied by an element of a."""
    common_device("kron", a, b)
    n = max(a.ndim, b.ndim)
    x, y = (manipulation.reshape(v, (1,) * (n - v.ndim) + v.shape) for v in (a, b))
    spread = tuple(e for extent in x.shape for e in (extent, 1)), tuple(e for extent in y.shape for e in (1, extent))
    product = manipulation.reshape(x, spread[0]) * manipulation.reshape(y, spread[1])
    return manipulation.reshape(product, tuple(p * q for p, q in zip(x.shape, y.shape)))


# -- products and fits --------------------------------------------------------------------------


def matvec(
    x1: Array,
    x2: Array,
    /,
    out: Array | None = None,
    *,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
    axes: Any = None,
    axis: None = None,
    keepdims: bool = False,
) -> Array:
    """The products of matrices (..., m, n) with vectors (..., n): (..., m)."""

    def product(x1: Array, x2: Array) -> Array:
        return matmul(x1, x2[..., None])[..., 0]

    return _with_parameters("matvec", product, x1, x2, out, casting, order, dtype, subok, axes, axis, keepdims)


def vecmat(
    x1: Array,
    x2: Array,
    /,
    out: Array | None = None,
    *,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
    axes: Any = None,
    axis: None = None,
    keepdims: bool = False,
) -> Array:
    """The products of vectors (..., m), conjugated, with matrices (..., m, n): (..., n)."""

    def product(x1: Array, x2: Array) -> Array:
        return matmul((elementwise.conj(x1) if x1.dtype.kind == "c" else x1)[..., None, :], x2)[..., 0, :]

    return _with_parameters("vecmat", product, x1, x2, out, casting, order, dtype, subok, axes, axis, keepdims)
