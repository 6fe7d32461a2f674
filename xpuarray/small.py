"""Small arrays, where the call costs more than the work: what NumPy has done before it does again without a detour.

On CPU devices NumPy computes on memory that it shares with the device (`Runtime.host_until` says up to how many
elements).  The first call for some dtypes goes the whole way (placement, promotion, corrections, route) and is
learned if that ended in one function of NumPy's on just these operands; the next call finds it in a table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.array import Array
from xpuarray.devices import Device
from xpuarray.dispatch import explaining, route
from xpuarray.fusion import is_traced

__all__ = ["again", "learn", "made", "quietly"]

#: (function, device, dtype of an array or type of a scalar, of each operand)
#: -> NumPy's function, up to how many elements, type that scalars become
_known: dict[tuple[Any, ...], tuple[Callable[..., Any], int, Any]] = {}
if hasattr(os, "register_at_fork"):  # a child must go the whole way, on which it learns that the device is lost
    os.register_at_fork(after_in_child=_known.clear)


@np.errstate(all="ignore")
def quietly(function: Callable[..., Any], *values: Any) -> Any:
    """The function's value, without NumPy's warnings: devices and kernels don't warn of a division by zero."""
    return function(*values)


def made(value: Any, device: Device) -> Array:
    """What NumPy has made as an array; it goes to the device's memory when that first needs it."""
    if type(value) is not np.ndarray:
        value = np.asarray(value)
    return Array(value, device) if device.info.backend == "host" else Array(None, device, value)


def learn(name: str, device: Device, operands: Sequence[Any], dtypes: Sequence[np.dtype], function: Any) -> None:
    """`function` of NumPy's has just given the right value for these operands, converted to `dtypes`."""
    kinds: list[tuple[Any, ...]] = []
    for operand, dtype in zip(operands, dtypes):
        if type(operand) is Array:
            kinds.append((dtype,))
            if operand.dtype != dtype:
                return
        else:  # Python's numbers take an array's dtype; whether they fit, NumPy says of these two kinds
            weak = {"f": (float, int), "i": (int,) if dtype.itemsize == 8 else ()}
            kinds.append((dtype.type, *weak.get(dtype.kind, ())))
    for first in kinds[0]:
        for last in kinds[-1]:
            _known[name, device, first, last] = function, device.runtime.host_until, dtypes[0].type


def again(name: str, operands: tuple[Any, ...]) -> Array | None:
    """The function's value of one or two operands, if it is known and they are few and at hand; else None."""
    x, y = operands[0], operands[-1]
    a = _at_hand(x) if type(x) is Array else None
    b = a if y is x else _at_hand(y) if type(y) is Array else None
    if a is None:
        if b is None or type(x) is Array:
            return None
        device, shape = y._device, b.shape
    else:
        device, shape = x._device, a.shape
        if b is None:
            if type(y) is Array:
                return None
        elif y._device is not device or b.shape != shape:
            return None
    known = _known.get((name, device, type(x) if a is None else a.dtype, type(y) if b is None else b.dtype))
    if known is None or route() != "auto" or explaining() or is_traced():
        return None
    function, most, number = known
    if math.prod(shape) > most:
        return None
    try:
        if len(operands) == 1:
            return made(quietly(function, a), device)
        return made(quietly(function, number(x) if a is None else a, number(y) if b is None else b), device)
    except (OverflowError, ValueError, TypeError):  # the whole way has an error that says more
        return None


def _at_hand(x: Array) -> np.ndarray | None:
    """The values that NumPy has made, or sees in memory where no work is going on."""
    if x._buffer is None:
        values = x._expression
        return values if type(values) is np.ndarray else None
    return None if x._host is None or x._device.runtime.is_busy() else x._host
