"""Means, variances, covariances.

Composed of reductions and arithmetic: computed on the arrays' device, in their precision.
"""

from __future__ import annotations

import math
from typing import Any, Literal, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy
from xpuarray.core.typing import Axis
from xpuarray.functions import (
    choosing,
    creation,
    diagonals,
    elementwise,
    joining,
    manipulation,
    parts,
    products,
    reductions,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, result_type
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.reductions import computed_in, free_degrees, mask_of
from xpuarray.functions.signatures import write_out
from xpuarray.lang.counterpart import counterpart

__all__ = ["average", "corrcoef", "cov", "mean", "ptp", "std", "var"]


@counterpart("mean")
@checked
def mean(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Array:
    """The arithmetic mean over `axis`; NaN for nothing.  Integers give the default float.

    dtype: that in which it is computed; where: an array of bool that broadcasts: which elements count
    """
    a = a if dtype is None else astype(a, dtype)
    value = _mean(a, axis, keepdims) if where is True else _mean_where(a, axis, keepdims, where)
    if dtype is not None and a.dtype.kind in "iu":  # asked for: without a dtype integers give floats
        value = astype(value, a.dtype)
    return value if out is None else write_out("mean", value, out)


def _mean(x: Array, axis: Axis, keepdims: bool) -> Array:
    x, result = computed_in("mean", x)
    plan = reductions.plan_of("sum", x, None)
    total = plan.at_hand(x, axis, keepdims)
    if total is not None:
        return astype(plan.made(total / (x.size // total.size)), result, copy=False)
    value = reductions.sum(x, axis=axis, keepdims=keepdims) / _float(_count(x, axis, "mean"))
    return astype(value, result, copy=False)


def _count(x: Array, axis: Axis, name: str) -> int:
    return math.prod(x.shape[k] for k in normalise_axes(name, axis, x.ndim))


def _float(value: float) -> Any:
    return np.float64(value).item()


@checked
def var(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Array | None = None,
    correction: float | None = None,
) -> Array:
    """The variance over `axis`: the mean square distance from the mean, divided by n - correction.

    Two passes (mean first), so that it is accurate where the mean is large.

    ddof: NumPy's name of `correction`;  dtype, where: as in `mean`;  mean: if it is known, with the dimensions kept
    """
    common_device("var", a)
    a = a if dtype is None else astype(a, dtype)
    value, result = _variance("var", a, axis, free_degrees(ddof, correction), keepdims, where, mean)
    return write_out("var", astype(value, result, copy=False), out)


@checked
def std(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Array | None = None,
    correction: float | None = None,
) -> Array:
    """The standard deviation over `axis`: the square root of `var`, with the same parameters."""
    common_device("std", a)
    a = a if dtype is None else astype(a, dtype)
    value, result = _variance("std", a, axis, free_degrees(ddof, correction), keepdims, where, mean)
    return write_out("std", astype(elementwise.sqrt(value), result, copy=False), out)


def _variance(
    name: str, x: Array, axis: Axis, correction: float, keepdims: bool, where: Any, given: Array | None
) -> tuple[Array, np.dtype]:
    """The variance in the dtype it is computed in, and the result's dtype."""
    if where is not True:
        value = _variance_where(name, x, axis, correction, keepdims, where, given)
        return value, value.dtype
    x, result = computed_in(name, x)
    real = np.dtype(f"f{result.itemsize // 2}") if result.kind == "c" else result
    if given is None and suits_numpy(x.device.runtime, x.size):
        axes = normalise_axes(name, axis, x.ndim)
        wide = np.result_type(x.dtype, np.float64)

        def variance(values: np.ndarray) -> Any:
            value = np.var(values, axes, wide, ddof=correction, keepdims=keepdims)
            return value.real.copy() if value.dtype.kind == "c" else value  # every other number lies with gaps

        return by_numpy("var", x.device, variance, x._host_values()), real
    distance = elementwise.abs(x - (_mean(x, axis, True) if given is None else given))
    free = _count(x, axis, name) - correction
    value = reductions.sum(distance * distance, axis=axis, keepdims=keepdims) / _float(max(free, 0))
    return value, real


# -- where only some elements count -----------------------------------------------------------------


def _mean_where(x: Array, axis: Axis, keepdims: bool, where: Any) -> Array:
    x = as_floating("mean", x)
    mask = mask_of("mean", x, where)
    total = reductions.sum(choosing.where(mask, x, 0), axis=axis, keepdims=keepdims)
    return astype(total / _counted(mask, x, axis, keepdims), x.dtype, copy=False)


def _variance_where(
    name: str, x: Array, axis: Axis, correction: float, keepdims: bool, where: Any, given: Array | None
) -> Array:
    x = as_floating(name, x)
    mask = mask_of(name, x, where)
    if given is None:
        given = reductions.sum(choosing.where(mask, x, 0), axis=axis, keepdims=True) / _counted(mask, x, axis, True)
    distance = elementwise.abs(choosing.where(mask, x - given, 0))
    free = _counted(mask, x, axis, keepdims) - correction
    return reductions.sum(distance * distance, axis=axis, keepdims=keepdims) / choosing.clip(free, min=0.0)


def _counted(mask: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
    real = parts.real(x).dtype if x.dtype.kind == "c" else x.dtype
    return reductions.sum(astype(mask, real), axis=axis, keepdims=keepdims)


# -- ranges, averages, covariances ----------------------------------------------------------------


@whole_by_numpy
@checked
def ptp(a: Array, axis: Axis = None, out: Array | None = None, keepdims: bool = False) -> Array:
    """The range over `axis`: the greatest element minus the least."""
    value = reductions.max(a, axis=axis, keepdims=keepdims) - reductions.min(a, axis=axis, keepdims=keepdims)
    return write_out("ptp", value, out)


@overload
def average(
    a: Array,
    axis: Axis = None,
    weights: Array | None = None,
    returned: Literal[False] = False,
    *,
    keepdims: bool = False,
) -> Array: ...
@overload
def average(
    a: Array,
    axis: Axis = None,
    weights: Array | None = None,
    returned: Literal[True] = ...,
    *,
    keepdims: bool = False,
) -> tuple[Array, Array]: ...
@whole_by_numpy
@checked
def average(
    a: Array, axis: Axis = None, weights: Array | None = None, returned: bool = False, *, keepdims: bool = False
) -> Array | tuple[Array, Array]:
    """The mean over `axis`, weighted: by an array of a's shape, or of one axis' extent.

    returned: also return the sum of the weights, in the average's shape

    Raises ZeroDivisionError if the weights sum to 0.
    """
    if weights is None:
        value = mean(a, axis=axis, keepdims=keepdims)
        total = creation.full(value.shape, a.size / max(value.size, 1), value.dtype, device=a.device)
        return (value, total) if returned else value
    common_device("average", a, weights)
    if weights.shape != a.shape:
        if axis is None:
            raise TypeError(f"average: weights of shape {weights.shape} for {a.shape} need an axis")
        if not isinstance(axis, int) or weights.shape != (a.shape[axis],):
            raise ValueError(f"average: weights of shape {weights.shape} fit neither {a.shape} nor axis {axis}")
        axis %= a.ndim
        weights = manipulation.reshape(weights, (-1,) + (1,) * (a.ndim - 1 - axis))
    x = as_floating("average", a)
    weights = manipulation.broadcast_to(weights, a.shape)
    total = astype(reductions.sum(weights, axis=axis, keepdims=keepdims), result_type(x, weights), copy=False)
    if bool(reductions.any(total == 0)):
        raise ZeroDivisionError("average: weights sum to 0")
    value = reductions.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (value, total) if returned else value


@whole_by_numpy
@checked
def cov(
    m: Array,
    y: Array | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array | None = None,
    aweights: Array | None = None,
    *,
    dtype: Any = None,
) -> Array:
    """The covariance matrix of the rows (rowvar=False: the columns) of m, and of y's.

    bias, ddof: what is divided by is n - ddof; by default n - 1, with `bias` n
    fweights, aweights: how often each observation counts; how much it weighs
    """
    if m.ndim > 2 or (y is not None and y.ndim > 2):
        raise ValueError("cov: variables and observations make two dimensions at most")
    rows = [p if rowvar or p.ndim < 2 else manipulation.matrix_transpose(p) for p in (m, y) if p is not None]
    rows = [manipulation.reshape(p, (1, -1)) if p.ndim < 2 else p for p in rows]
    x = as_floating("cov", joining.concat(rows, axis=0) if len(rows) > 1 else rows[0])
    x = x if dtype is None else astype(x, dtype)
    given = [w for w in (fweights, aweights) if w is not None]
    if fweights is not None and fweights.dtype.kind not in "iu":
        raise TypeError(f"cov: fweights say how often an observation counts, by integers, not {fweights.dtype}")
    if any(w.shape != (x.shape[1],) for w in given):
        raise RuntimeError(
            f"cov: there is a weight for each of {x.shape[1]} observations, not {[w.shape for w in given]}"
        )
    ddof = (0 if bias else 1) if ddof is None else ddof
    real = parts.real(x).dtype if x.dtype.kind == "c" else x.dtype
    free: Any
    if given:
        weights = astype(given[0] * given[-1] if len(given) > 1 else given[0], real)
        total = reductions.sum(weights)
        used = 1 if aweights is None else reductions.sum(weights * astype(aweights, real)) / total
        free = total - ddof * used if ddof else total
        centred = x - reductions.sum(x * weights, axis=1, keepdims=True) / total
        other = centred * weights
    else:
        free = float(max(x.shape[1] - ddof, 0))
        centred = other = x - mean(x, axis=1, keepdims=True)
    value = (
        products.matmul(
            centred, manipulation.matrix_transpose(elementwise.conj(other) if x.dtype.kind == "c" else other)
        )
        / free
    )
    return manipulation.squeeze(value)


@whole_by_numpy
@checked
def corrcoef(x: Array, y: Array | None = None, rowvar: bool = True, *, dtype: Any = None) -> Array:
    """The matrix of Pearson's correlation coefficients of the rows (rowvar=False: the columns) of x, and of y's."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviations = elementwise.sqrt(parts.real(diagonals.diagonal(c)) if c.dtype.kind == "c" else diagonals.diagonal(c))
    value = c / deviations[:, None] / deviations[None, :]
    return value if c.dtype.kind == "c" else choosing.clip(value, -1.0, 1.0)
