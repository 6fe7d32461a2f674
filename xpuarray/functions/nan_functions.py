"""Reductions that leave NaN out: those of x with other values in place of NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array
from xpuarray.core.shapes import broadcast, normalise_axes
from xpuarray.core.typing import Axis, Scale
from xpuarray.functions import choosing, creation, elementwise, manipulation, reductions, scans, searching
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, finfo
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.reductions import free_degrees
from xpuarray.functions.signatures import write_out

__all__ = [
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _filled(x: Array, value: float) -> tuple[Array, Array | None]:
    """x with `value` in place of NaN, and where NaN was (None: nowhere can be)."""
    if x.dtype.kind not in "fc":
        return x, None
    missing = elementwise.isnan(x)
    return choosing.where(missing, value, x), missing


def _counting(x: Array, where: Any) -> Array:
    """x with NaN where `where` does not hold."""
    return x if where is True else astype(choosing.where(where, x, math.nan), x.dtype, copy=False)


@whole_by_numpy
@checked
def nansum(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """`sum` over `axis`, with the same parameters; NaN counts as 0."""
    value = reductions.sum(_filled(a, 0.0)[0], axis, dtype, None, keepdims, initial, where)
    return write_out("nansum", value, out)


@whole_by_numpy
@checked
def nanprod(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """`prod` over `axis`, with the same parameters; NaN counts as 1."""
    value = reductions.prod(_filled(a, 1.0)[0], axis, dtype, None, keepdims, initial, where)
    return write_out("nanprod", value, out)


@whole_by_numpy
@checked
def nancumsum(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """`cumsum` along `axis` (None: of a flattened), with NaN counted as 0."""
    return scans.cumsum(_filled(a, 0.0)[0], axis, dtype, out)


@whole_by_numpy
@checked
def nancumprod(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """`cumprod` along `axis` (None: of a flattened), with NaN counted as 1."""
    return scans.cumprod(_filled(a, 1.0)[0], axis, dtype, out)


@whole_by_numpy
@checked
def nanmin(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """`min` over `axis`, with the same parameters, NaN left out; NaN where there is nothing else."""
    value = _extreme("nanmin", reductions.min, elementwise.fmin, math.inf, a, axis, keepdims, initial, where)
    return write_out("nanmin", value, out)


@whole_by_numpy
@checked
def nanmax(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """`max` over `axis`, with the same parameters, NaN left out; NaN where there is nothing else."""
    value = _extreme("nanmax", reductions.max, elementwise.fmax, -math.inf, a, axis, keepdims, initial, where)
    return write_out("nanmax", value, out)


def _extreme(
    name: str,
    reduce: Callable[..., Array],
    merge: Callable[..., Array],
    neutral: float,
    a: Array,
    axis: Axis,
    keepdims: bool,
    initial: Any,
    where: Any,
) -> Array:
    if a.dtype.kind not in "fc":
        return reduce(a, axis=axis, keepdims=keepdims, initial=initial, where=where)
    if where is not True and initial is None:
        raise ValueError(f"{name}: with `where` there may be nothing to reduce; give `initial`")
    filled, missing = _filled(_counting(a, where), neutral)
    assert missing is not None
    value = reduce(filled, axis=axis, keepdims=keepdims)
    value = choosing.where(reductions.all(missing, axis=axis, keepdims=keepdims), math.nan, value)
    return value if initial is None else astype(merge(value, initial), a.dtype, copy=False)


@whole_by_numpy
@checked
def nanargmin(a: Array, axis: int | None = None, out: Array | None = None, *, keepdims: bool = False) -> Array:
    """`argmin` along `axis`, NaN left out.  Raises ValueError where there is nothing else."""
    value = searching.argmin(_numbers("nanargmin", math.inf, a, axis), axis, keepdims=keepdims)
    return write_out("nanargmin", value, out)


@whole_by_numpy
@checked
def nanargmax(a: Array, axis: int | None = None, out: Array | None = None, *, keepdims: bool = False) -> Array:
    """`argmax` along `axis`, NaN left out.  Raises ValueError where there is nothing else."""
    value = searching.argmax(_numbers("nanargmax", -math.inf, a, axis), axis, keepdims=keepdims)
    return write_out("nanargmax", value, out)


def _numbers(name: str, neutral: float, a: Array, axis: int | None) -> Array:
    filled, missing = _filled(a, neutral)
    if missing is not None and bool(reductions.any(reductions.all(missing, axis=axis))):
        raise ValueError(f"{name}: nothing but NaN along axis {axis}")
    return filled


def _mean(x: Array, axis: Axis) -> tuple[Array, Array]:
    """The mean over `axis` without NaN, and how many elements it is of; both with the dimensions kept."""
    filled, missing = _filled(x, 0.0)
    if missing is None:
        raise TypeError(f"the mean of {x.dtype} is of floats; choose a dtype of those")
    count = astype(reductions.sum(~missing, axis=axis, keepdims=True), elementwise.abs(filled).dtype)
    return reductions.sum(filled, axis=axis, keepdims=True) / count, count


def _without(x: Array, axis: Axis, keepdims: bool) -> Array:
    if keepdims:
        return x
    return manipulation.squeeze(x, axis=normalise_axes("nan", axis, x.ndim))


@whole_by_numpy
@checked
def nanmean(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Array:
    """The mean over `axis`, NaN left out; NaN where there is nothing else."""
    x = _counting(as_floating("nanmean", a) if dtype is None else astype(a, dtype), where)
    return write_out("nanmean", _without(_mean(x, axis)[0], axis, keepdims), out)


def _variance(a: Array, axis: Axis, dtype: Any, ddof: float, keepdims: bool, where: Any, given: Array | None) -> Array:
    x = _counting(as_floating("nanvar", a) if dtype is None else astype(a, dtype), where)
    mean, count = _mean(x, axis)
    mean = mean if given is None else given
    distance = choosing.where(elementwise.isnan(x), 0.0, elementwise.abs(x - mean))
    free = count - ddof
    free = choosing.where(free > 0, free, math.nan)
    return _without(reductions.sum(distance * distance, axis=axis, keepdims=True) / free, axis, keepdims)


@whole_by_numpy
@checked
def nanvar(
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
    """The variance over `axis`, NaN left out, divided by n - ddof (or `correction`); NaN where n is not larger."""
    value = _variance(a, axis, dtype, free_degrees(ddof, correction), keepdims, where, mean)
    return write_out("nanvar", value, out)


@whole_by_numpy
@checked
def nanstd(
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
    """The square root of `nanvar`, with the same parameters."""
    value = _variance(a, axis, dtype, free_degrees(ddof, correction), keepdims, where, mean)
    return write_out("nanstd", elementwise.sqrt(value), out)


@checked
def nan_to_num(
    x: Array, copy: bool = True, nan: Scale = 0.0, posinf: Scale | None = None, neginf: Scale | None = None
) -> Array:
    """x with numbers in place of NaN and of infinities (default: the type's largest; or of arrays that broadcast).
    copy=False: in x itself."""
    for value in (nan, posinf, neginf):
        if isinstance(value, Array) and broadcast("nan_to_num", (x, value)) != x.shape:
            raise ValueError(f"nan_to_num: a value of shape {value.shape} does not broadcast to x's, {x.shape}")
    if x.dtype.kind not in "fc":
        return creation.asarray(x, copy=True) if copy else x
    if x.dtype.kind == "c":
        result = creation.asarray(x, copy=True)
        result.real = nan_to_num(result.real, True, nan, posinf, neginf)
        result.imag = nan_to_num(result.imag, True, nan, posinf, neginf)
    else:
        top = float(finfo(x.dtype).max)
        result = choosing.where(elementwise.isnan(x), nan, x)
        result = choosing.where(x == math.inf, top if posinf is None else posinf, result)
        result = choosing.where(x == -math.inf, -top if neginf is None else neginf, result)
    return result if copy else write_out("nan_to_num", result, x)
