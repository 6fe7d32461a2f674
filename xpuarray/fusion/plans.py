"""The plan table: what a call comes to, worked out once for each kind of operands.

`plans` has a plan, which runs, for (function, device, kind of each operand): of an array that is its dtype, of a scalar
its type.  Never a shape, so that a program that meets a new one at each step fills no table.  Whoever finds no plan
goes the whole way (placement, promotion, faults, route), and leaves one behind.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.memory import LARGE
from xpuarray.core.array import Array
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import quiet, quietly
from xpuarray.fusion.evaluation import launched
from xpuarray.fusion.expression import Operation, defer, is_deferred
from xpuarray.placement.devices import Device
from xpuarray.spans import watched
from xpuarray.text import integer

__all__ = ["ElementwisePlan", "plans"]

#: (function, device, kind of each operand) -> plan
plans: Bounded[tuple[Any, ...], Any] = Bounded(1 << 12)
if hasattr(os, "register_at_fork"):  # a child must go the whole way, on which it learns that the device is lost
    os.register_at_fork(after_in_child=plans.clear)

#: So many elements are less than `must_fit` asks about.
FEW = LARGE // 16


class ElementwisePlan:
    """An elementwise operation on operands of certain kinds."""

    __slots__ = ("device", "dtypes", "function", "name", "native", "runtime", "until", "work")

    def __init__(
        self,
        name: str,
        device: Device,
        work: Operation,
        dtypes: tuple[np.dtype, ...],
        function: Callable[..., Any] | None,
    ):
        """function: NumPy's, if it gives just this operation's values for operands of these kinds as they are"""
        self.name, self.device, self.work, self.dtypes = name, device, work, dtypes
        self.runtime = device.runtime
        self.native = self.runtime.numpy_native
        self.until = self.runtime.host_until  #: elements that NumPy computes in less time than a launch takes
        self.function = function if self.until and function is not None and _gives(function, dtypes, work) else None

    def one(self, x: Array) -> Array:
        """The value of one operand."""
        modes = current()
        if self.function is not None and modes.ordinary:
            values = x._host
            few = values is not None and values.size <= self.until and not watched()
            if few and ((x._buffer is None and x._base is None) or not self.runtime.busy):
                return self._made(quiet.run(self.function, values))
        return self.run((x,))

    def two(self, x: Any, y: Any) -> Array:
        """The value of two operands, one of which may be a scalar."""
        if type(x) is not Array:
            x = scalar(self.name, x, self.dtypes[0])
            a, device_may_write = x, False
        else:
            a, device_may_write = x._host, x._buffer is not None or x._base is not None
        if type(y) is not Array:
            b = y = scalar(self.name, y, self.dtypes[1])
        else:
            b, device_may_write = y._host, device_may_write or y._buffer is not None or y._base is not None
        few = a is not None and b is not None and self.function is not None
        if few and current().ordinary and not watched():
            size = a.size if a.shape == b.shape else a.size * b.size
            if size <= self.until and not (device_may_write and self.runtime.busy):
                try:
                    return self._made(quiet.run(self.function, a, b))
                except ValueError:
                    pass  # they don't broadcast: the error to raise has the shapes in it
        return self.run((x, y))

    def _made(self, value: Any) -> Array:
        """What NumPy has made as an array; it goes to the device's memory when that first needs it."""
        if type(value) is not np.ndarray:
            value = np.asarray(value)
        return Array(value, self.device) if self.native else Array(None, self.device, None, value)

    def run(self, operands: tuple[Any, ...]) -> Array:
        """The value of arrays and of scalars that have their dtypes: waiting, or by the best route."""
        work, device, runtime = self.work, self.device, self.runtime
        shape = broadcast(self.name, operands)
        size = math.prod(shape)
        if is_deferred(device, size, operands):
            # Asking takes 3 µs: about what is not that large it is asked when it is computed.
            if size > FEW and size * work.result.itemsize > device.info.memory // 8:
                runtime.must_fit(shape, work.result)
            return defer(work, device, operands, shape)
        route = current().route
        if (route == "auto" and size > self.until and size >= runtime.kernel_from) or route == "kernel":
            value = launched(work, device, operands, shape)
            if value is not None:
                return value
        return work.step(device, operands)


def _gives(function: Callable[..., Any], dtypes: tuple[np.dtype, ...], work: Operation) -> bool:
    """Whether the function's results have the operation's dtype as they are."""
    return quietly(function, *(np.ones(1, dtype) for dtype in dtypes)).dtype == work.result


def scalar(name: str, value: Any, dtype: np.dtype) -> Any:
    """A scalar operand as a NumPy scalar.  Raises OverflowError if an integer does not fit."""
    if dtype.kind in "iu" and not isinstance(value, np.generic):
        least, greatest = _limits(dtype)
        if not least <= value <= greatest:
            raise OverflowError(f"{name}: {integer(value)} does not fit into {dtype}")
    return dtype.type(value)


@functools.lru_cache(maxsize=16)
def _limits(dtype: np.dtype) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return limits.min, limits.max
