"""The shortest way of a reduction: few elements, by NumPy.

As `quick.py`, which says more, this is compiled where there is a C compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import asarray, ndarray

from xpuarray.core.array import Array
from xpuarray.core.quick import plans
from xpuarray.placement.discovery import Device

if TYPE_CHECKING:
    import cython
else:
    cython = SimpleNamespace(compiled=False)

if cython.compiled:
    from cython.cimports.xpuarray.core.layout import array_of, array_of_number, is_array, quiet_1, quiet_2, quiet_5
    from cython.cimports.xpuarray.core.quick import Last, _quiet, at_hand, dtype_of
else:
    from xpuarray.core.quick import Last, _quiet, at_hand, dtype_of
    from xpuarray.core.uncompiled import array_of, array_of_number, is_array, quiet_1, quiet_2, quiet_5

__all__ = ["Reducing", "reducer"]


class Reducing:
    """A reduction of arrays of one dtype, by NumPy."""

    __slots__ = ("accumulator", "device", "first", "kind", "reduce", "result")

    def __init__(self, device: Device, dtype: np.dtype, reduce: Any, accumulator: Any, result: np.dtype):
        """reduce: a ufunc's; accumulator: the dtype in which it reduces, if that isn't its own choice"""
        self.device, self.first = device, dtype
        self.reduce, self.accumulator, self.result, self.kind = reduce, accumulator, result, result.type

    def at_hand(self, x: Array, axis: Any, keepdims: bool) -> Any:
        """x reduced, as NumPy accumulates it; None if it can't be."""
        values = at_hand(x)
        # NumPy takes axis 0 of no dimensions for none
        if values is None or type(axis) is list or (axis is not None and not values.ndim):
            return None
        try:
            return quiet_5(_quiet, self.reduce, values, axis, self.accumulator, None, keepdims)
        except (IndexError, ValueError, TypeError):  # the whole way has an error that says more
            return None

    def made(self, value: Any) -> Array:
        """What NumPy has accumulated as an array."""
        if type(value) is not ndarray:
            number = value if type(value) is self.kind else quiet_1(_quiet, self.kind, value)
            return array_of_number(self.device, number, self.result)
        if value.dtype is not self.result:
            value = quiet_2(_quiet, asarray, value, self.result)
        return array_of(self.device, value, self.result, None)


def reducer(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """The reduction of that name, with all of its parameters."""
    last = Last(name)

    def reduction(a: Any, axis: Any, dtype: Any, out: Any, keepdims: Any, initial: Any, where: Any) -> Any:
        if is_array(a) and dtype is None and out is None and initial is None and where is True:
            value = reduced(last, a, axis, keepdims)
            if value is not None:
                return value
        return otherwise(name, a, axis, dtype, out, keepdims, initial, where)

    return reduction


def reduced(last: Last, x: Array, axis: Any, keepdims: bool) -> Array | None:
    dtype = dtype_of(x)
    plan = last.reduction
    if plan is None or plan.device is not x._device or plan.first is not dtype:
        plan = plans.get((last.name, x._device, dtype, None))
        if plan is None:
            return None
        last.reduction = plan
    value = plan.at_hand(x, axis, keepdims)
    return None if value is None else plan.made(value)
