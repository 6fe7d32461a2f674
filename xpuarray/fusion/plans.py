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
from numpy import ndarray

from xpuarray.backends.memory import LARGE
from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import at_hand, at_home, quiet, quietly
from xpuarray.fusion.evaluation import launched
from xpuarray.fusion.expression import Operation, defer, is_deferred
from xpuarray.placement.devices import Device
from xpuarray.spans import watched
from xpuarray.text import integer

__all__ = ["ElementwisePlan", "by_plan_of_one", "by_plan_of_two", "plans"]

#: (function, device, kind of each operand) -> plan
plans: Bounded[tuple[Any, ...], Any] = Bounded(1 << 12)
if hasattr(os, "register_at_fork"):  # a child must go the whole way, on which it learns that the device is lost
    os.register_at_fork(after_in_child=plans.clear)

#: Whether NumPy takes a number for one of the array's dtype: since version 2, which also says if it does not fit.
_WEAK = np.lib.NumpyVersion(np.__version__) >= "2.0.0"

#: They ask whether a number is true before it has the array's dtype, in which it may be 0, or not be at all.
_OF_TRUTHS = (np.logical_and, np.logical_or, np.logical_xor)

#: So many elements are less than `must_fit` asks about.
FEW = LARGE // 16


class ElementwisePlan:
    """An elementwise operation on operands of certain kinds."""

    __slots__ = ("call", "device", "dtypes", "function", "name", "numbers", "runtime", "weak", "work")

    def __init__(
        self,
        name: str,
        device: Device,
        work: Operation,
        dtypes: tuple[np.dtype, ...],
        kinds: tuple[bool, ...],
        function: Callable[..., Any] | None,
    ):
        """kinds: which of the operands are arrays; function: NumPy's, if it gives just this operation's values for
        operands of these kinds as they are"""
        self.name, self.device, self.work, self.dtypes = name, device, work, dtypes
        self.runtime = device.runtime
        shared = self.runtime.host_until and function is not None and _gives(function, dtypes, work)
        self.function: Any = function if shared else None
        #: what makes scalars of those dtypes
        self.numbers = tuple([functools.partial(scalar, name, dtype=dtype) for dtype in dtypes])
        self.weak = _WEAK and function not in _OF_TRUTHS  #: whether NumPy's function takes numbers as they are
        way = _BY_NUMPY.get(kinds, ElementwisePlan.several) if shared else ElementwisePlan.beyond
        #: the value of operands, by NumPy if they have few elements
        self.call: Callable[..., Array] = way.__get__(self)

    def one(self, x: Array) -> Array:
        values = at_hand(x)
        return self.run((x,)) if values is None else self._made(quiet.run(self.function, values))

    def two(self, x: Array, y: Array) -> Array:
        a, b, runtime = x._host, y._host, self.runtime
        if a is None or b is None or runtime.busy or pending._escaped:
            a, b = at_hand(x), at_hand(y)
        if a is None or b is None or not current().ordinary or watched():
            return self.run((x, y))
        size = a.size if a.shape == b.shape else _together(a, b)
        return self.run((x, y)) if size > runtime.host_until else self._made(quiet.run(self.function, a, b))

    def with_number(self, x: Array, number: Any) -> Array:
        values = at_hand(x)
        if values is None:
            return self.run((x, self.numbers[1](number)))
        return self._made(quiet.run(self.function, values, number if self.weak else self.numbers[1](number)))

    def of_number(self, number: Any, x: Array) -> Array:
        values = at_hand(x)
        if values is None:
            return self.run((self.numbers[0](number), x))
        return self._made(quiet.run(self.function, number if self.weak else self.numbers[0](number), values))

    def several(self, *operands: Any) -> Array:
        operands = self.typed(operands)
        values = [at_hand(o) if type(o) is Array else o for o in operands]
        if any(v is None for v in values) or _together(*values) > self.runtime.host_until:
            return self.run(operands)
        return self._made(quiet.run(self.function, *values))

    def beyond(self, *operands: Any) -> Array:
        return self.run(self.typed(operands))

    def typed(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands, scalars among them in their dtypes."""
        return tuple([o if type(o) is Array else number(o) for o, number in zip(operands, self.numbers)])

    def into(self, x: Array, other: Any) -> bool:
        """x = the value of x and another operand, in x's own memory, by NumPy; False if it can't be that."""
        held = at_hand(x)
        values = at_hand(other) if type(other) is Array else self.numbers[1](other)
        if held is None or values is None or self.function is None or self.work.result != held.dtype:
            return False
        if x._buffer is None and x._base is None and held.flags.owndata:
            memory: Any = held  # which nobody else has
        else:
            pending.materialize_readers(x)
            memory = at_home(x)
        try:
            if memory is not None:
                quiet.run(self.function, memory, values, memory)
        except ValueError:  # they don't broadcast to x's shape: the error to raise has the shapes in it
            return False
        return memory is not None

    def _made(self, value: Any) -> Array:
        """What NumPy has made as an array; it goes to the device's memory when that first needs it."""
        if type(value) is not ndarray:
            value = np.asarray(value)
        return Array(None, self.device, None, value, self.work.result)

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
        if (route == "auto" and size > runtime.host_until and size >= runtime.kernel_from) or route == "kernel":
            value = launched(work, device, operands, shape)
            if value is not None:
                return value
        return work.step(device, operands)


def by_plan_of_one(name: str, otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function of one operand that calls its plan, or, where there is none, `otherwise`."""

    def one(x: Any) -> Any:
        if type(x) is not Array:
            return otherwise(x)
        plan = plans.get((name, x._device, x.dtype if x._dtype is None else x._dtype))
        return otherwise(x) if plan is None else plan.call(x)

    return one


def by_plan_of_two(name: str, otherwise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The same of two operands; also where a number does not fit into the array's dtype, it is `otherwise`."""

    def two(x1: Any, x2: Any) -> Any:
        first: Any = type(x1)
        second: Any = type(x2)
        if first is Array:
            device = x1._device
            first = x1.dtype if x1._dtype is None else x1._dtype
            if second is Array:  # a plan is for operands on one device
                second = None if x2._device is not device else x2.dtype if x2._dtype is None else x2._dtype
        elif second is Array:
            device = x2._device
            second = x2.dtype if x2._dtype is None else x2._dtype
        else:
            return otherwise(x1, x2)
        plan = plans.get((name, device, first, second))
        if plan is not None:
            try:
                return plan.call(x1, x2)
            except OverflowError:
                pass
        return otherwise(x1, x2)

    return two


#: which operands are arrays -> the way of a call of few elements
_BY_NUMPY = {
    (True,): ElementwisePlan.one,
    (True, True): ElementwisePlan.two,
    (True, False): ElementwisePlan.with_number,
    (False, True): ElementwisePlan.of_number,
}


def _together(*values: Any) -> float:
    """The number of elements that they broadcast to; without end, if they don't."""
    try:
        return np.broadcast(*values).size
    except ValueError:  # the error to raise has the function's name in it
        return math.inf


def _gives(function: Callable[..., Any], dtypes: tuple[np.dtype, ...], work: Operation) -> bool:
    """Whether the function's results have the operation's dtype as they are."""
    return quietly(function, *(np.ones(1, dtype) for dtype in dtypes)).dtype == work.result


def scalar(name: str, value: Any, dtype: np.dtype) -> Any:
    """A scalar operand as a NumPy scalar.  Raises OverflowError if an integer does not fit."""
    if dtype.kind in "iu" and not isinstance(value, np.generic):
        least, greatest = _limits(dtype)
        if not least <= value <= greatest:
            raise OverflowError(f"{name}: {integer(value)} does not fit into {dtype}")
    return quiet.run(dtype.type, value)


@functools.lru_cache(maxsize=16)
def _limits(dtype: np.dtype) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return limits.min, limits.max
