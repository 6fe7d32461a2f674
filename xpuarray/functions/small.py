"""Small arrays, where the call costs more than the work: what NumPy has done before it does again without a detour.

On CPU devices NumPy computes on memory that it shares with the device (`Runtime.host_until` says up to how many
elements).  The first call for some dtypes goes the whole way (placement, promotion, corrections, route) and is
learned if that ended in one function of NumPy's on just these operands; the next call finds it in a table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array, from_numpy
from xpuarray.core.dispatch import route
from xpuarray.core.shared_memory import quiet
from xpuarray.fusion import is_traced
from xpuarray.placement.devices import Device
from xpuarray.spans import watched

__all__ = ["again", "learn"]


#: (function, device, dtype of an array or type of a scalar, of each operand)
#: -> NumPy's function, up to how many elements, type that scalars become
_known: dict[tuple[Any, ...], tuple[Callable[..., Any], int, Any]] = {}
if hasattr(os, "register_at_fork"):  # a child must go the whole way, on which it learns that the device is lost
    os.register_at_fork(after_in_child=_known.clear)


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
    a, b, there = x, y, False  # there: in memory that work on the device may write to
    kind: Any = type(x)
    last: Any = type(y)
    device: Any = None
    size = 0
    if kind is Array:
        a = x._host
        if a is None:
            return None
        device, size, kind, there = x._device, a.size, a.dtype, x._buffer is not None
        if y is x:
            b, last = a, kind
    if last is Array:
        b = y._host
        if b is None:
            return None
        if a is x:
            device, size = y._device, b.size
        elif y._device is not device or b.shape != a.shape:
            return None
        last, there = b.dtype, there or y._buffer is not None
    known = _known.get((name, device, kind, last))
    if known is None or route() != "auto" or watched() or is_traced() or (there and device.runtime.busy):
        return None
    function, most, number = known
    if size > most:
        return None
    if len(operands) == 1:
        return from_numpy(quiet.run(function, a), device)
    try:
        return from_numpy(quiet.run(function, number(x) if a is x else a, number(y) if b is y else b), device)
    except (OverflowError, ValueError, TypeError):  # the whole way has an error that says more
        return None
