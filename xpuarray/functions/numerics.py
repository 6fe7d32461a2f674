"""Numerical functions: differences, interpolation, integration, convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Number, Operand, Order, Place
from xpuarray.functions import (
    choosing,
    creation,
    elementwise,
    indexing,
    joining,
    manipulation,
    parts,
    reductions,
    searching,
    sorting,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, copied, result_type
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.joining import concat
from xpuarray.functions.manipulation import broadcast_to
from xpuarray.functions.operands import SEQUENCES, as_operand

__all__ = ["asarray_chkfinite", "convolve", "correlate", "diff", "ediff1d", "gradient", "interp", "trapezoid"]


# -- interpolation, integration, differences ----------------------------------------------------


@checked
def interp(
    x: Number | Operand, xp: Array, fp: Array, left: Any = None, right: Any = None, period: float | None = None
) -> Array:
    """The values at x of the polygon through the points (xp, fp), xp ascending; `left` and `right` of them,
    fp's first and last value unless given.

    period: xp need not ascend then; it and x are taken modulo the period
    """
    return _interpolate(x, xp, fp, left, right, period)


def _interpolate(x: Any, knots: Array, values: Array, left: Any, right: Any, period: float | None) -> Array:
    device = common_device("interp", x, knots, values)
    if values.dtype.kind == "c":  # each part by itself: beside an infinity the other one stays a number
        (low, below), (high, above) = ((None, None) if e is None else (e.real, e.imag) for e in (left, right))
        real = _interpolate(x, knots, values.real, low, high, period)
        imag = _interpolate(x, knots, values.imag, below, above, period)
        result = creation.empty(real.shape, np.result_type(real.dtype, np.complex64), device=device)
        result.real, result.imag = real, imag
        return result
    if knots.ndim != 1 or knots.shape != values.shape or not knots.size:
        raise ValueError(f"interp: the points have shapes {knots.shape} and {values.shape}, not (n,)")
    x = as_operand("interp", x, device)
    if "c" in (x.dtype.kind, knots.dtype.kind):
        raise TypeError(f"interp: x and xp are real numbers, not {x.dtype} and {knots.dtype}")
    x, knots, values = as_floating("interp", x), as_floating("interp", knots), as_floating("interp", values)
    if period is not None:
        if period == 0:
            raise ValueError("interp: the period must not be 0")
        period, left, right = abs(period), None, None
        x, knots = x % period, knots % period
        order = sorting.argsort(knots)
        knots, values = indexing.take(knots, order), indexing.take(values, order)
        knots = joining.concat([knots[-1:] - period, knots, knots[:1] + period])
        values = joining.concat([values[-1:], values, values[:1]])
    flat = manipulation.reshape(x, (-1,))
    if knots.size == 1:
        result = creation.full(flat.shape, values[0], values.dtype, device=device)
    else:
        k = choosing.clip(searching.searchsorted(knots, flat, side="right") - 1, 0, knots.size - 2)
        x0, y0 = indexing.take(knots, k), indexing.take(values, k)
        x1, y1 = indexing.take(knots, k + 1), indexing.take(values, k + 1)
        slope = (y1 - y0) / (x1 - x0)
        result = slope * (flat - x0) + y0
        result = choosing.where(elementwise.isnan(result), slope * (flat - x1) + y1, result)  # beside an infinity
        result = choosing.where((flat == x0) | (elementwise.isnan(result) & (y0 == y1)), y0, result)
    below, above = (values[0] if left is None else left), (values[-1] if right is None else right)
    result = choosing.where(flat < knots[0], below, choosing.where(flat > knots[-1], above, result))
    result = choosing.where(flat == knots[-1], values[-1], result)
    return manipulation.reshape(choosing.where(elementwise.isnan(flat), float("nan"), result), x.shape)


@checked
def trapezoid(y: Array, x: Array | None = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """The integral of y along `axis` by the trapezoidal rule, at the points x or `dx` apart."""
    (axis,) = normalise_axes("trapezoid", axis, y.ndim)
    y = manipulation.moveaxis(as_floating("trapezoid", y), axis, -1)
    if x is not None:
        common_device("trapezoid", y, x)
        dx = diff(x, axis=-1 if x.ndim == 1 else axis)
        dx = dx if x.ndim == 1 else manipulation.moveaxis(dx, axis, -1)
    return reductions.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


@whole_by_numpy
@checked
def ediff1d(ary: Array, to_end: Any = None, to_begin: Any = None) -> Array:
    """The differences of neighbours in ary (flattened), between `to_begin` and `to_end`."""
    x = manipulation.reshape(ary, (-1,))

    def end(name: str, given: Any) -> list[Array]:
        part = as_operand("ediff1d", given, x.device)
        if not np.can_cast(part.dtype, x.dtype, "same_kind"):
            raise TypeError(f"ediff1d: {name} is of {part.dtype}, which does not fit into {x.dtype}")
        return [manipulation.reshape(astype(part, x.dtype, copy=False), (-1,))]

    before, after = ([] if e is None else end(n, e) for n, e in (("to_begin", to_begin), ("to_end", to_end)))
    return joining.concat([*before, x[1:] - x[:-1], *after])


@overload
def gradient(f: Array, *varargs: Any, axis: int, edge_order: int = 1) -> Array: ...
@overload
def gradient(f: Array, *varargs: Any, axis: Sequence[int], edge_order: int = 1) -> tuple[Array, ...]: ...
@overload  # a vector's is an array, a matrix's a tuple; checkers don't know, and are not to complain of either
@whole_by_numpy
@checked
def gradient(f: Array, *varargs: Any, axis: None = None, edge_order: int = 1) -> Array | Any: ...
@whole_by_numpy
@checked
def gradient(
    f: Array, *varargs: Any, axis: int | Sequence[int] | None = None, edge_order: int = 1
) -> Array | tuple[Array, ...]:
    """The derivatives of f along `axis` (default: each, as a tuple): central differences of second order inside,
    one-sided ones of order `edge_order` at the ends.

    varargs: the distance of neighbours (default 1), or their positions (1-dimensional); one, or one an axis
    """
    normalise_axes("gradient", axis, f.ndim)  # refuses repeats
    given = range(f.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = [k % f.ndim for k in given]  # as they are given, as the distances are
    apart = [as_operand("gradient", d, f.device) if isinstance(d, SEQUENCES) else d for d in varargs]
    one = len(apart) == 1 and not getattr(apart[0], "ndim", 0)
    distances = apart * len(axes) if one else apart or [1.0] * len(axes)
    if len(distances) != len(axes):
        raise TypeError(f"gradient: {len(varargs)} distances for {len(axes)} axes")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order is 1 or 2, not {edge_order}")
    f = as_floating("gradient", f)
    results = tuple(_derivative(f, step, k, edge_order) for step, k in zip(distances, axes))
    return results[0] if len(axes) == 1 and (axis is None or hasattr(axis, "__index__")) else results


def _derivative(f: Array, step: Any, axis: int, edge_order: int) -> Array:
    n = f.shape[axis]
    if n <= edge_order:
        raise ValueError(f"gradient: {n} elements along axis {axis} are too few for edge_order {edge_order}")
    if isinstance(step, Array) and step.ndim:
        common_device("gradient", f, step)
        if step.shape != (n,):
            raise ValueError(f"gradient: positions of shape {step.shape} for {n} elements along axis {axis}")
        h = astype(steps(as_floating("gradient", step)), parts.real(f).dtype, copy=False)
        even = bool(reductions.all(h == h[:1]))
    else:
        even = True
        h = creation.full((n - 1,), step, parts.real(f).dtype if f.dtype.kind == "c" else f.dtype, device=f.device)
    h = h.reshape((n - 1,) + (1,) * (f.ndim - 1 - axis))  # beside f, whose axes stay where they are

    def part(x: Array, start: int | None, stop: int | None) -> Array:
        return x[(slice(None),) * axis + (slice(start, stop),)]

    def joined(start: int, stop: int, a: Array, b: Array, c: Array) -> Array:
        """Three neighbours of each, weighed: f from `start`, from the one behind it, and from the next up to `stop`."""
        before, at, after = (part(f, start + k, stop + k or None) for k in (-1, 0, 1))
        return before * a + at * b + after * c

    left, right = h[:-1], h[1:]
    both = left + right
    if even:
        inside = (part(f, 2, None) - part(f, None, -2)) / both
    else:
        inside = joined(1, -1, -right / (left * both), (right - left) / (left * right), left / (right * both))
    if edge_order == 1:
        first = (part(f, 1, 2) - part(f, None, 1)) / h[:1]
        last = (part(f, -1, None) - part(f, -2, -1)) / h[-1:]
    else:
        p, q, pq = left[:1], right[:1], both[:1]
        first = joined(1, 2, -(p + pq) / (p * pq), pq / (p * q), -p / (q * pq))
        p, q, pq = left[-1:], right[-1:], both[-1:]
        last = joined(-2, -1, q / (p * pq), -pq / (p * q), (q + pq) / (q * pq))
    return joining.concat([first, inside, last], axis=axis)


# -- products -----------------------------------------------------------------------------------


@checked
def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """The convolution of two vectors: "full" (n + m - 1 elements), "same" (as many as the longer one has) or "valid".

    By a kernel, as the definition says: sums of products, not Fourier transforms.
    """
    common_device("convolve", a, v)
    if a.ndim > 1 or v.ndim > 1 or not a.size or not v.size:
        raise ValueError(f"convolve: needs two vectors that are not empty, not {a.shape} and {v.shape}")
    a, v = manipulation.reshape(a, (-1,)), manipulation.reshape(v, (-1,))
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
    dtype = result_type(a, v)
    if dtype.kind == "b":  # whether there are two that are true
        return _convolved(astype(a, np.float32), astype(v, np.float32)) != 0
    if dtype.kind == "c":
        (ar, ai), (vr, vi) = ((parts.real(x), parts.imag(x)) for x in (a, v))
        real, imag = _convolved(ar, vr) - _convolved(ai, vi), _convolved(ar, vi) + _convolved(ai, vr)
        return astype(real + imag * 1j, dtype, copy=False)
    from xpuarray.kernels.convolve import convolve_full
    from xpuarray.lang import Range
    from xpuarray.launch.launch import call_kernel

    held = np.dtype(np.float32) if dtype == np.float16 else dtype
    a, v = (astype(x, held, copy=False) for x in (a, v))
    out = creation.empty(a.size + v.size - 1, held, device=a.device)
    call_kernel(convolve_full, Range(out.size), a, v, out)
    return astype(out, dtype, copy=False)


@checked
def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """The cross-correlation of two vectors: the convolution of `a` with `v` conjugated and reversed."""
    if not (a.ndim and v.ndim):
        raise ValueError("correlate: needs vectors, not numbers")
    if v.size > a.size:
        swapped = manipulation.flip(correlate(v, a, mode))
        return elementwise.conj(swapped) if swapped.dtype.kind == "c" else copied(swapped)
    return convolve(a, manipulation.flip(elementwise.conj(v) if v.dtype.kind == "c" else v), mode)


def steps(x: Array) -> Array:
    """The differences of neighbours along the last dimension."""
    return x[..., 1:] - x[..., :-1]


@whole_by_numpy
@checked
def diff(a: Array, n: int = 1, axis: int = -1, prepend: Array | None = None, append: Array | None = None) -> Array:
    """The n-th differences between neighbours along `axis`; of bools, whether they differ.

    prepend, append: what is joined to x along `axis` before, an array or a number

    Raises ValueError for a negative n, IndexError for an axis out of bounds.

    >>> xp.diff(xp.asarray([1, 4, 9]))                                     # doctest: +SKIP
    """
    (axis,) = normalise_axes("diff", axis, a.ndim)
    one = (*a.shape[:axis], 1, *a.shape[axis + 1 :])  # of a number
    parts = [
        part if part is a or part.ndim else broadcast_to(part, one) for part in (prepend, a, append) if part is not None
    ]
    common_device("diff", *parts)
    if n < 0:
        raise ValueError(f"diff: n must not be negative: {n}")
    joined = concat(parts, axis=axis) if len(parts) > 1 else a
    before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
    for _ in range(n):
        joined = joined[after] != joined[before] if joined.dtype == np.bool_ else joined[after] - joined[before]
    return joined


@checked
def asarray_chkfinite(a: Any, dtype: Any = None, order: Order = None, *, device: Place = None) -> Array:
    """`asarray`.  Raises ValueError for infinities and NaN."""
    x = creation.asarray(a, dtype, order, device=device)
    if x.dtype.kind in "fc" and not bool(reductions.all(elementwise.isfinite(x))):
        raise ValueError("asarray_chkfinite: there are infinities or NaN among the values")
    return x
