"""NumPy's numerical functions beyond the Array API standard: interpolation, differences, convolution, comparisons."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.numpy_outputs import beside, delivered
from xpuarray.functions.reductions import normalise_axes
from xpuarray.functions.statistics import floating, steps

__all__ = [
    "allclose", "array_equal", "array_equiv", "convolve", "correlate", "cross", "dot", "ediff1d", "gradient", "inner",
    "interp", "isclose", "kron", "outer", "polyval", "trapezoid", "vander", "vdot",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete

# -- comparisons --------------------------------------------------------------------------------


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """Whether |a - b| <= atol + rtol * |b|, element by element; infinities are close to themselves alone."""
    device = common_device("isclose", a, b)
    a, b = (beside("isclose", v, device) for v in (a, b))
    a, b = floating("isclose", a), floating("isclose", b)
    finite = xp.isfinite(a) & xp.isfinite(b)
    close = (finite & (xp.abs(a - b) <= atol + rtol * xp.abs(b))) | (a == b)
    return close | (xp.isnan(a) & xp.isnan(b)) if equal_nan else close


def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere."""
    return bool(xp.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: Array, a2: Array, equal_nan: bool = False) -> bool:
    """Whether both have one shape and equal elements; nothing but numbers and arrays of them equals an array.

    Raises PlacementError for arrays on two devices, ImplicitTransferError for arrays of other libraries.
    """
    if any(isinstance(a, (str, bytes)) or a is None for a in (a1, a2)):
        return False
    common_device("array_equal", a1, a2)
    if getattr(a1, "shape", ()) != getattr(a2, "shape", ()):
        return False
    same = a1 == a2
    if equal_nan and a1.dtype.kind in "fc" and a2.dtype.kind in "fc":
        same = same | (xp.isnan(a1) & xp.isnan(a2))
    return bool(xp.all(same))


def array_equiv(a1: Array, a2: Array) -> bool:
    """Whether both broadcast to one shape, and are equal there."""
    common_device("array_equiv", a1, a2)
    try:
        a1, a2 = xp.broadcast_arrays(a1, a2)
    except ValueError:
        return False
    return bool(xp.all(a1 == a2))


# -- interpolation, integration, differences ----------------------------------------------------


def interp(x: Any, xp: Array, fp: Array, left: Any = None, right: Any = None, period: float | None = None) -> Array:
    """The values at x of the polygon through the points (xp, fp), xp ascending; `left` and `right` of them,
    fp's first and last value unless given.

    period: xp need not ascend then; it and x are taken modulo the period
    """
    return _interpolate(x, xp, fp, left, right, period)


def _interpolate(x: Any, knots: Array, values: Array, left: Any, right: Any, period: float | None) -> Array:
    device = common_device("interp", x, knots, values)
    if knots.ndim != 1 or knots.shape != values.shape or not knots.size:
        raise ValueError(f"interp: the points have shapes {knots.shape} and {values.shape}, not (n,)")
    x = beside("interp", x, device)
    x, knots, values = floating("interp", x), floating("interp", knots), floating("interp", values)
    if period is not None:
        if period == 0:
            raise ValueError("interp: the period must not be 0")
        period, left, right = abs(period), None, None
        x, knots = x % period, knots % period
        order = xp.argsort(knots)
        knots, values = xp.take(knots, order), xp.take(values, order)
        knots = xp.concat([knots[-1:] - period, knots, knots[:1] + period])
        values = xp.concat([values[-1:], values, values[:1]])
    flat = xp.reshape(x, (-1,))
    if knots.size == 1:
        result = xp.full(flat.shape, values[0], values.dtype, device=device)
    else:
        k = xp.clip(xp.searchsorted(knots, flat, side="right") - 1, 0, knots.size - 2)
        x0, y0 = xp.take(knots, k), xp.take(values, k)
        slope = (xp.take(values, k + 1) - y0) / (xp.take(knots, k + 1) - x0)
        result = xp.where(flat == x0, y0, slope * (flat - x0) + y0)
    below, above = (values[0] if left is None else left), (values[-1] if right is None else right)
    result = xp.where(flat < knots[0], below, xp.where(flat > knots[-1], above, result))
    result = xp.where(flat == knots[-1], values[-1], result)
    return xp.reshape(xp.where(xp.isnan(flat), float("nan"), result), x.shape)


def trapezoid(y: Array, x: Array | None = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """The integral of y along `axis` by the trapezoidal rule, at the points x or `dx` apart."""
    (axis,) = normalise_axes("trapezoid", axis, y.ndim)
    y = xp.moveaxis(floating("trapezoid", y), axis, -1)
    if x is not None:
        common_device("trapezoid", y, x)
        dx = steps(x if x.ndim == 1 else xp.moveaxis(x, axis, -1))
    return xp.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def ediff1d(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    """The differences of neighbours in ary (flattened), between `to_begin` and `to_end`."""
    x = xp.reshape(ary, (-1,))
    ends = [
        None if e is None else xp.reshape(xp.astype(beside("ediff1d", e, x.device), x.dtype), (-1,))
        for e in (to_begin, to_end)
    ]
    return xp.concat([p for p in (ends[0], x[1:] - x[:-1], ends[1]) if p is not None])


def gradient(f: Array, *varargs: Any, axis: int | Sequence[int] | None = None, edge_order: int = 1) -> Any:
    """The derivatives of f along `axis` (default: each, as a tuple): central differences of second order inside,
    one-sided ones of order `edge_order` at the ends.

    varargs: the distance of neighbours (default 1), or their positions (1-dimensional); one, or one an axis
    """
    axes = normalise_axes("gradient", axis, f.ndim)
    distances = list(varargs) * len(axes) if len(varargs) == 1 else list(varargs) or [1.0] * len(axes)
    if len(distances) != len(axes):
        raise TypeError(f"gradient: {len(varargs)} distances for {len(axes)} axes")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order is 1 or 2, not {edge_order}")
    f = floating("gradient", f)
    results = tuple(_derivative(f, step, k, edge_order) for step, k in zip(distances, axes))
    return results[0] if len(axes) == 1 and (axis is None or hasattr(axis, "__index__")) else results


def _derivative(f: Array, step: Any, axis: int, edge_order: int) -> Array:
    y = xp.moveaxis(f, axis, -1)
    n = y.shape[-1]
    if n <= edge_order:
        raise ValueError(f"gradient: {n} elements along axis {axis} are too few for edge_order {edge_order}")
    if isinstance(step, Array) and step.ndim:
        common_device("gradient", f, step)
        if step.shape != (n,):
            raise ValueError(f"gradient: positions of shape {step.shape} for {n} elements along axis {axis}")
        h = steps(floating("gradient", step))
    else:
        h = xp.full((n - 1,), step, xp.real(f).dtype if f.dtype.kind == "c" else f.dtype, device=f.device)
    d = steps(y) / h  # between neighbours
    left, right = h[:-1], h[1:]
    inside = (right * d[..., :-1] + left * d[..., 1:]) / (left + right)
    first, last = d[..., :1], d[..., -1:]
    if edge_order == 2:
        first = first + (first - d[..., 1:2]) * (h[0] / (h[0] + h[1]))
        last = last + (last - d[..., -2:-1]) * (h[-1] / (h[-1] + h[-2]))
    return xp.moveaxis(xp.concat([first, inside, last], axis=-1), -1, axis)


# -- products -----------------------------------------------------------------------------------


def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """The convolution of two vectors: "full" (n + m - 1 elements), "same" (as many as the longer one has) or "valid".

    By a kernel, as the definition says: sums of products, not Fourier transforms.
    """
    common_device("convolve", a, v)
    if a.ndim > 1 or v.ndim > 1 or not a.size or not v.size:
        raise ValueError(f"convolve: needs two vectors that are not empty, not {a.shape} and {v.shape}")
    a, v = xp.reshape(a, (-1,)), xp.reshape(v, (-1,))
    if v.size > a.size:
        a, v = v, a
    whole = _convolved(a, v)
    if mode == "full":
        return whole
    if mode == "same":
        start = (v.size - 1) // 2
        return whole[start : start + a.size]
    if mode == "valid":
        return whole[v.size - 1 : a.size]
    raise ValueError(f"convolve: mode is 'full', 'same' or 'valid', not {mode!r}")


def _convolved(a: Array, v: Array) -> Array:
    dtype = xp.result_type(a, v)
    if dtype.kind == "b":
        raise UnsupportedDTypeError("convolve is not defined for bool")
    if dtype.kind == "c":
        (ar, ai), (vr, vi) = ((xp.real(x), xp.imag(x)) for x in (a, v))
        real, imag = _convolved(ar, vr) - _convolved(ai, vi), _convolved(ar, vi) + _convolved(ai, vr)
        return xp.astype(real + imag * 1j, dtype, copy=False)
    from xpuarray.kernels.convolve import convolve_full
    from xpuarray.lang import Range
    from xpuarray.launch.launch import call_kernel

    held = np.dtype(np.float32) if dtype == np.float16 else dtype
    a, v = (xp.astype(x, held, copy=False) for x in (a, v))
    out = xp.empty(a.size + v.size - 1, held, device=a.device)
    call_kernel(convolve_full, Range(out.size), a, v, out)
    return xp.astype(out, dtype, copy=False)


def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """The cross-correlation of two vectors: the convolution of `a` with `v` conjugated and reversed."""
    if v.size > a.size:
        swapped = xp.flip(correlate(v, a, mode))
        return xp.conj(swapped) if swapped.dtype.kind == "c" else swapped
    return convolve(a, xp.flip(xp.conj(v) if v.dtype.kind == "c" else v), mode)


def dot(a: Any, b: Any, out: Array | None = None) -> Array:
    """The product of vectors, matrices, or by scalars; of more dimensions, over a's last and b's last but one."""
    common_device("dot", a, b)
    if not all(isinstance(v, Array) and v.ndim for v in (a, b)):
        return delivered("dot", xp.multiply(a, b), out)
    value = xp.matmul(a, b) if b.ndim <= 2 else xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 2,)))
    return delivered("dot", value, out)


def inner(a: Any, b: Any) -> Array:
    """The sum of products over the last dimension of both."""
    common_device("inner", a, b)
    if not all(isinstance(v, Array) and v.ndim for v in (a, b)):
        return xp.multiply(a, b)
    if a.ndim == b.ndim == 1:
        return xp.matmul(a, b)
    return xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def vdot(a: Array, b: Array) -> Array:
    """The sum of products of both, flattened, the first one conjugated."""
    return xp.vecdot(*(x if x.ndim == 1 else xp.reshape(x, (-1,)) for x in (a, b)))


def outer(a: Array, b: Array, out: Array | None = None) -> Array:
    """The products of each element of a with each of b, both flattened."""
    return delivered("outer", xp.reshape(a, (-1, 1)) * xp.reshape(b, (1, -1)), out)


def cross(a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """The vector product of vectors of three elements."""
    if axis is not None:
        axisa = axisb = axisc = axis
    common_device("cross", a, b)
    x, y = xp.moveaxis(a, axisa, -1), xp.moveaxis(b, axisb, -1)
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ValueError(f"cross: vectors have three elements, not {x.shape[-1]} and {y.shape[-1]}")
    turns = [(1, 2), (2, 0), (0, 1)]
    parts = [x[..., i] * y[..., j] - x[..., j] * y[..., i] for i, j in turns]
    return xp.moveaxis(xp.stack(parts, axis=-1), -1, axisc)


def kron(a: Array, b: Array) -> Array:
    """Kronecker's product: blocks of b, each multiplied by an element of a."""
    common_device("kron", a, b)
    n = max(a.ndim, b.ndim)
    x, y = (xp.reshape(v, (1,) * (n - v.ndim) + v.shape) for v in (a, b))
    spread = tuple(e for extent in x.shape for e in (extent, 1)), tuple(e for extent in y.shape for e in (1, extent))
    product = xp.reshape(x, spread[0]) * xp.reshape(y, spread[1])
    return xp.reshape(product, tuple(p * q for p, q in zip(x.shape, y.shape)))


def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of the vector x as columns, descending unless `increasing`."""
    n = x.size if N is None else N
    powers = [xp.ones_like(x)] if n else []
    while len(powers) < n:
        powers.append(powers[-1] * x)
    columns = powers if increasing else powers[::-1]
    return xp.stack(columns, axis=1) if columns else xp.zeros((x.size, 0), x.dtype, device=x.device)


def polyval(p: Array, x: Any) -> Array:
    """The polynomial with the coefficients p, highest power first, at x (Horner's scheme)."""
    common_device("polyval", p, x)
    value = 0 * x
    for k in range(p.size):
        value = value * x + p[k]
    return value
