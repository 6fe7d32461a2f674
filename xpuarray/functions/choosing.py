"""Elementwise functions with more than a row: `where`, `clip`, `round`."""

from __future__ import annotations

from functools import partial
from typing import Any, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.modes import current
from xpuarray.core.promotion import promote
from xpuarray.core.quick import of_three
from xpuarray.core.shared_memory import by_numpy
from xpuarray.functions import elementwise
from xpuarray.functions.checking import checked
from xpuarray.functions.creation import full, zeros_like
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import SEQUENCES, as_operand
from xpuarray.functions.parts import imag, real
from xpuarray.functions.rows import plan_of_where, select
from xpuarray.functions.signatures import check_casting, write_out
from xpuarray.functions.ufunc_parameters import with_parameters
from xpuarray.lang.counterpart import counterpart

__all__ = ["around", "clip", "round", "where"]

_where_by_plan = of_three("where")


@overload
def where(condition: Any, /) -> tuple[Array, ...]: ...
@overload
def where(condition: Any, x1: Any, x2: Any, /) -> Array: ...
@counterpart("where")
@checked
def where(condition: Any, x1: Any = None, x2: Any = None, /) -> Array | tuple[Array, ...]:
    """x1 where `condition` holds (is not 0), else x2; the three broadcast against each other.

    Of the condition alone: the places where it holds, `nonzero(condition)`.

    Raises as the other elementwise functions do; ValueError for one value alone.

    >>> xp.where(x > 0, x, 0)                                              # doctest: +SKIP
    """
    value = _where_by_plan(condition, x1, x2)
    if value is not None:
        return value
    plan = plan_of_where(condition, x1, x2)
    if plan is not None:
        return plan.call(condition, x1, x2)
    if type(condition) is not Array or isinstance(x1, SEQUENCES) or isinstance(x2, SEQUENCES):
        place = next((v.device for v in (condition, x1, x2) if isinstance(v, Array)), None)
        condition = as_operand("where", condition, place)
        x1, x2 = (as_operand("where", v, condition.device) if isinstance(v, SEQUENCES) else v for v in (x1, x2))
    if x1 is None and x2 is None:
        return condition.nonzero()
    if x1 is None or x2 is None:
        raise ValueError("where: takes two values beside the condition, or none")
    device = common_device("where", condition, x1, x2)
    if condition.dtype != np.bool_:
        condition = condition != 0
    if not isinstance(x1, Array) and not isinstance(x2, Array):
        # libraries would take a dtype of their own for two scalars
        x1 = full((), x1, promote(device, x1, x2), device=device)
    return select(device, condition, x1, x2)


def _is_one_of_numpys(a: Array, low: Any, high: Any) -> bool:
    """Whether NumPy limits many integers: in one pass, where ours are two, and its loops of floats may turn zeros."""
    info, runtime = np.iinfo(a.dtype), a.device.runtime
    held = all([bound is None or (type(bound) is int and info.min <= bound <= info.max) for bound in (low, high)])
    many = runtime.host_until < a.size <= runtime.numpy_until("clip") and current().route == "auto"
    return held and many and (low, high) != (None, None)


@counterpart("clip")
@checked
def clip(
    a: Array,
    a_min: Any = None,
    a_max: Any = None,
    out: Array | None = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
    casting: str = "same_kind",
    where: Any = True,
    order: str = "K",
    subok: bool = True,
) -> Array:
    """a limited to [min, max]; either bound may be None, a scalar or an array that broadcasts.

    a_min, a_max: NumPy's names of min and max

    The result has the dtype that a and the bounds are promoted to; `dtype`: that in which all are taken.
    casting: NumPy's rule of what may be written into `out`;  where, order: as in elementwise functions
    """
    if where is not True or order != "K" or subok is not True:
        limited = partial(clip, a_min=a_min, a_max=a_max, min=min, max=max, dtype=dtype)
        return with_parameters("clip", limited, (a,), 1, out, where, casting, order, None, subok)
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise ValueError("clip: takes a_min and a_max or min and max, not some of both")
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    common_device("clip", a)
    check_casting("clip", a.dtype, a.dtype if dtype is None else dtype, casting)
    if dtype is not None:
        a = astype(a, dtype, copy=False)
    if a.dtype.kind in "iu":  # Python's integers are no bounds beyond those of the dtype
        info = np.iinfo(a.dtype)
        low = None if type(low) is int and low <= info.min else low
        high = None if type(high) is int and high >= info.max else high
        if dtype is None and _is_one_of_numpys(a, low, high):
            return write_out("clip", by_numpy("clip", a.device, np.clip, a._host_values(), low, high), out, casting)
    result = a if low is None else elementwise.maximum(a, low)
    result = result if high is None else elementwise.minimum(result, high)
    if result is a:
        result = astype(a, a.dtype)
    return write_out("clip", result if dtype is None else astype(result, a.dtype, copy=False), out, casting)


@counterpart("round")
@checked
def round(a: Any, decimals: int = 0, out: Array | None = None) -> Array:
    """a rounded to `decimals` digits behind the point, halves to even."""
    x = as_operand("round", a, None)
    if not decimals:
        return write_out("round", elementwise.rint(x), out)
    if x.dtype.kind == "c":
        value = round(real(x), decimals) + round(imag(x), decimals) * 1j
    elif x.dtype.kind == "f":
        factor = 10.0 ** abs(decimals)
        value = elementwise.rint(x * factor) / factor if decimals > 0 else elementwise.rint(x / factor) * factor
    else:
        value = astype(x, x.dtype) if decimals > 0 else _rounded_integers(x, 10**-decimals)
    return write_out("round", astype(value, x.dtype, copy=False), out)


around = round


def _rounded_integers(x: Array, unit: int) -> Array:
    if x.dtype.kind != "b" and unit > np.iinfo(x.dtype).max:
        return zeros_like(x)
    below = x // unit
    rest = x - below * unit
    more = unit - rest  # twice the rest may not fit
    up = (rest > more) | ((rest == more) & (below % 2 == 1))
    return (below + astype(up, x.dtype)) * unit
