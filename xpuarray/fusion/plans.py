"""The plan table: what a call comes to, worked out once for each kind of operands.

`plans` has a plan, which runs, for (function, device, kind of each operand): of an array that is its dtype, of a scalar
its type.  Never a shape, so that a program that meets a new one at each step fills no table.  Whoever finds no plan
goes the whole way (placement, promotion, faults, route), and leaves one behind.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.memory import LARGE
from xpuarray.core.array import Array, from_numpy
from xpuarray.core.modes import current
from xpuarray.core.quick import Plan, at_hand, plans, together
from xpuarray.core.quick_launches import DenseLaunch
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import quiet, quietly
from xpuarray.fusion.evaluation import launch_of, update_again
from xpuarray.fusion.expression import Operation, defer, is_deferred
from xpuarray.text import integer

__all__ = ["ElementwisePlan", "TypedPlan", "plans", "scalar"]

#: Whether NumPy takes a number for one of the array's dtype: since version 2, which also says if it does not fit.
_WEAK = np.lib.NumpyVersion(np.__version__) >= "2.0.0"

#: They ask whether a number is true before it has the array's dtype, in which it may be 0, or not be at all.
_OF_TRUTHS = (np.logical_and, np.logical_or, np.logical_xor)

#: Launches that a plan remembers.
_KEPT = 4
#: So many elements are less than `must_fit` asks about.
FEW = LARGE // 16


class TypedPlan(Plan):
    """An elementwise function of operands of certain kinds, each of which it takes in a dtype."""

    __slots__ = ("dtypes", "name")

    def __init__(
        self,
        name: str,
        kinds: tuple[Any, ...],
        dtypes: tuple[np.dtype, ...],
        result: np.dtype,
        function: Callable[..., Any] | None,
    ):
        """kinds: the key in the table; function: NumPy's, if it gives just this operation's values for operands of
        these kinds as they are"""
        device = kinds[1]
        shared = device.runtime.host_until and function is not None and _gives(function, dtypes, result)
        #: what makes scalars of those dtypes
        numbers = tuple([functools.partial(scalar, name, dtype=dtype) for dtype in dtypes])
        # Whether NumPy's function takes numbers as they are: `where`, which is no ufunc, would make 44 of 300.
        weak = _WEAK and isinstance(function, np.ufunc) and function not in _OF_TRUTHS
        super().__init__(kinds, function if shared else None, result, numbers, weak)
        self.name, self.dtypes = name, dtypes

    def several(self, operands: tuple[Any, ...]) -> Array:
        operands = self.typed(operands)
        if self.function is None:
            return self.run(operands)
        values = [at_hand(o) if type(o) is Array else o for o in operands]
        if any(v is None for v in values) or together(*values) > self.runtime.host_until:
            return self.run(operands)
        return from_numpy(quiet.run(self.function, *values), self.device)

    def typed(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands, scalars among them in their dtypes."""
        return tuple([o if type(o) is Array else number(o) for o, number in zip(operands, self.numbers)])


class ElementwisePlan(TypedPlan):
    """One that kernels are made of."""

    __slots__ = ("launches", "work")

    def __init__(
        self,
        name: str,
        kinds: tuple[Any, ...],
        work: Operation,
        dtypes: tuple[np.dtype, ...],
        function: Callable[..., Any] | None,
    ):
        super().__init__(name, kinds, dtypes, work.result, function)
        self.work = work
        #: what has computed it last, each of operands of other types: those of views may be aligned or not
        self.launches: tuple[DenseLaunch, ...] = ()

    def several(self, operands: tuple[Any, ...]) -> Array:
        for launch in self.launches:
            value = launch.repeat(operands, self.numbers)
            if value is not None:
                return value
        return super().several(operands)

    def into(self, x: Array, other: Any) -> bool:
        if self.function is not None:
            return super().into(x, other)
        return any(update_again(launch, (x, other), self.numbers, x) for launch in self.launches)

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
            launch, arguments = launch_of(work, device, operands, shape)
            if launch is not None:
                if len(launch.given) == len(operands) and launch not in self.launches:
                    self.launches = launch, *self.launches[: _KEPT - 1]
                return launch.again(shape, arguments)[0]
        return work.step(device, operands)


def _gives(function: Callable[..., Any], dtypes: tuple[np.dtype, ...], result: np.dtype) -> bool:
    """Whether the function's results have that dtype as they are."""
    return quietly(function, *(np.ones(1, dtype) for dtype in dtypes)).dtype == result


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
