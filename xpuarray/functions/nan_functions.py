"""NumPy's reductions that leave NaN out: the standard's reductions of x with other values in place of NaN."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

from xpuarray.core.array import Array
from xpuarray.functions.numpy_outputs import delivered
from xpuarray.functions.reductions import Axis
from xpuarray.functions.statistics import floating

__all__ = [
    "nan_to_num", "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmin", "nanprod",
    "nanstd", "nansum", "nanvar",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


def _filled(x: Array, value: float) -> tuple[Array, Array | None]:
    """x with `value` in place of NaN, and where NaN was (None: nowhere can be)."""
    if x.dtype.kind not in "fc":
        return x, None
    missing = xp.isnan(x)
    return xp.where(missing, value, x), missing


def _counting(x: Array, where: Any) -> Array:
    """x with NaN where `where` does not hold."""
    return x if where is True else xp.astype(xp.where(where, x, math.nan), x.dtype, copy=False)


def _totals(name: str, reduction: str, neutral: float) -> Callable[..., Array]:
    def function(
        a: Array,
        axis: Axis = None,
        dtype: Any = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        options = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "initial": initial, "where": where}
        return delivered(name, getattr(xp, reduction)(_filled(a, neutral)[0], **options), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{reduction}` over `axis`, with NaN counted as {neutral:g}."
    return function


nansum, nanprod = _totals("nansum", "sum", 0.0), _totals("nanprod", "prod", 1.0)


def _running(name: str, reduction: str, neutral: float) -> Callable[..., Array]:
    def function(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
        filled = _filled(a, neutral)[0]
        filled = xp.reshape(filled, (-1,)) if axis is None else filled
        return delivered(name, getattr(xp, reduction)(filled, axis=axis or 0, dtype=dtype), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{reduction}` along `axis` (None: of a flattened), with NaN counted as {neutral:g}."
    return function


nancumsum = _running("nancumsum", "cumulative_sum", 0.0)
nancumprod = _running("nancumprod", "cumulative_prod", 1.0)


def _extremes(name: str, reduction: str, neutral: float) -> Callable[..., Array]:
    def function(
        a: Array,
        axis: Axis = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        if a.dtype.kind not in "fc":
            options = {"axis": axis, "keepdims": keepdims, "initial": initial, "where": where}
            return delivered(name, getattr(xp, reduction)(a, **options), out)
        if where is not True and initial is None:
            raise ValueError(f"{name}: with `where` there may be nothing to reduce; give `initial`")
        filled, missing = _filled(_counting(a, where), neutral)
        value = getattr(xp, reduction)(filled, axis=axis, keepdims=keepdims)
        value = xp.where(xp.all(missing, axis=axis, keepdims=keepdims), math.nan, value)
        if initial is not None:
            value = xp.astype(getattr(xp, f"f{reduction}")(value, initial), a.dtype, copy=False)
        return delivered(name, value, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{reduction}` over `axis`, NaN left out; NaN where there is nothing else."
    return function


nanmin, nanmax = _extremes("nanmin", "min", math.inf), _extremes("nanmax", "max", -math.inf)


def _places(name: str, reduction: str, neutral: float) -> Callable[..., Array]:
    def function(a: Array, axis: int | None = None, out: Array | None = None, *, keepdims: bool = False) -> Array:
        filled, missing = _filled(a, neutral)
        if missing is not None and bool(xp.any(xp.all(missing, axis=axis))):
            raise ValueError(f"{name}: nothing but NaN along axis {axis}")
        return delivered(name, getattr(xp, reduction)(filled, axis=axis, keepdims=keepdims), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{reduction}` along `axis`, NaN left out.  Raises ValueError where there is nothing else."
    return function


nanargmin, nanargmax = _places("nanargmin", "argmin", math.inf), _places("nanargmax", "argmax", -math.inf)


def _mean(x: Array, axis: Axis) -> tuple[Array, Array]:
    """The mean over `axis` without NaN, and how many elements it is of; both with the dimensions kept."""
    filled, missing = _filled(x, 0.0)
    assert missing is not None
    count = xp.astype(xp.sum(~missing, axis=axis, keepdims=True), xp.abs(filled).dtype)
    return xp.sum(filled, axis=axis, keepdims=True) / count, count


def _without(x: Array, axis: Axis, keepdims: bool) -> Array:
    if keepdims:
        return x
    from xpuarray.functions.reductions import normalise_axes

    return xp.squeeze(x, axis=normalise_axes("nan", axis, x.ndim))


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
    x = _counting(floating("nanmean", a) if dtype is None else xp.astype(a, dtype), where)
    return delivered("nanmean", _without(_mean(x, axis)[0], axis, keepdims), out)


def _variance(a: Array, axis: Axis, dtype: Any, ddof: float, keepdims: bool, where: Any) -> Array:
    x = _counting(floating("nanvar", a) if dtype is None else xp.astype(a, dtype), where)
    mean, count = _mean(x, axis)
    distance = xp.abs(_filled(x - mean, 0.0)[0])
    free = count - ddof
    free = xp.where(free > 0, free, math.nan)
    return _without(xp.sum(distance * distance, axis=axis, keepdims=True) / free, axis, keepdims)


def nanvar(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    correction: float | None = None,
) -> Array:
    """The variance over `axis`, NaN left out, divided by n - ddof (or `correction`); NaN where n is not larger."""
    value = _variance(a, axis, dtype, ddof if correction is None else correction, keepdims, where)
    return delivered("nanvar", value, out)


def nanstd(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    correction: float | None = None,
) -> Array:
    """The square root of `nanvar`."""
    value = _variance(a, axis, dtype, ddof if correction is None else correction, keepdims, where)
    return delivered("nanstd", xp.sqrt(value), out)


def nan_to_num(
    x: Array, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Array:
    """x with numbers in place of NaN and of infinities (default: the type's largest).  copy=False: in x itself."""
    if x.dtype.kind not in "fc":
        return xp.asarray(x, copy=True) if copy else x
    if x.dtype.kind == "c":
        parts = [nan_to_num(p, True, nan, posinf, neginf) for p in (xp.real(x), xp.imag(x))]
        result = xp.astype(parts[0] + parts[1] * 1j, x.dtype, copy=False)
    else:
        top = float(xp.finfo(x.dtype).max)
        result = xp.where(xp.isnan(x), nan, x)
        result = xp.where(x == math.inf, top if posinf is None else posinf, result)
        result = xp.where(x == -math.inf, -top if neginf is None else neginf, result)
    return result if copy else delivered("nan_to_num", result, x)
