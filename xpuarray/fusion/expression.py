"""Expressions: what an elementwise result is until somebody wants its values."""

from __future__ import annotations

import contextlib
import contextvars
import math
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from xpuarray import pending
from xpuarray.array import Array
from xpuarray.devices import Device
from xpuarray.dispatch import route
from xpuarray.operators import operations

__all__ = [
    "Expression",
    "Operation",
    "Program",
    "always",
    "defer",
    "eager",
    "is_deferred",
    "is_traced",
    "parts",
    "program_of",
]

#: An expression of more operations or arrays is computed first: kernels beyond take long to compile.
MOST_STEPS, MOST_LEAVES = 48, 12


class Operation:
    """An elementwise function for operands of certain dtypes; the same object for the same function and dtypes.

    function: of one element each, given in the dtypes `compute`
    step: (device, operands) -> Array: the operation by itself, by whatever route is best
    """

    __slots__ = ("name", "function", "compute", "result", "step")

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        compute: tuple[str, ...],
        result: np.dtype,
        step: Callable[[Device, tuple[Any, ...]], Array],
    ):
        self.name, self.function, self.compute, self.result, self.step = name, function, compute, result, step


class Expression:
    """An operation on operands that are arrays, NumPy scalars, or expressions of the same shape."""

    __slots__ = ("operation", "operands", "shape", "leaves", "steps")

    def __init__(self, operation: Operation, operands: tuple[Any, ...], shape: tuple[int, ...]):
        self.operation = operation
        self.operands = operands
        self.shape = shape
        leaves: dict[int, Array] = {}
        steps: int = 1
        for operand in operands:
            if type(operand) is Expression:
                leaves.update((id(leaf), leaf) for leaf in operand.leaves)
                steps += operand.steps
            elif type(operand) is Array:
                leaves[id(operand)] = operand
        self.leaves: tuple[Array, ...] = tuple(leaves.values())
        self.steps: int = steps

    # What an Array says of itself before it has memory.
    @property
    def dtype(self) -> np.dtype:
        return self.operation.result

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        return self.operation.result.itemsize


# -- when ---------------------------------------------------------------------------------------

#: "auto" (what pays), "off" (nothing waits) or "always" (everything does)
_fusion: contextvars.ContextVar[str] = contextvars.ContextVar(
    "xpuarray_fusion",
    default="off" if os.environ.get("XPUARRAY_FUSION", "1").lower() in ("0", "off", "no", "false") else "auto",
)


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Compute every result at once inside the block; `XPUARRAY_FUSION=0` does so everywhere.

    >>> with xp.eager():                                                   # doctest: +SKIP
    ...     y = xp.sin(x) * 2          # two kernels, one after the other
    """
    token = _fusion.set("off")
    try:
        yield
    finally:
        _fusion.reset(token)


@contextlib.contextmanager
def always() -> Iterator[None]:
    """Let every elementwise result wait inside the block, small ones too (unless XPUARRAY_FUSION=0, or `eager`)."""
    token = _fusion.set("off" if _fusion.get() == "off" else "always")
    try:
        yield
    finally:
        _fusion.reset(token)


def is_traced() -> bool:
    """Whether every elementwise result becomes an expression."""
    return _fusion.get() == "always"


def is_deferred(device: Device, size: int) -> bool:
    """Whether an elementwise result of `size` elements becomes an expression.

    Small ones do not pay (`Runtime.defer_from`, measured); a preference for kernels defers all, one
    for the library none.
    """
    preferred, fusion = route(), _fusion.get()
    if preferred == "library" or fusion == "off":
        return False
    return size > 0 and (size >= device.runtime.defer_from or preferred == "kernel" or fusion == "always")


def defer(operation: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
    """An array of the operation's result that is computed when it is read."""
    expression = Expression(operation, parts(operands, shape), shape)
    if expression.steps > MOST_STEPS or len(expression.leaves) > MOST_LEAVES:
        for operand in operands:
            if type(operand) is Array:
                operand._native  # noqa: B018  the longest part is computed, and with it the array that has it
        expression = Expression(operation, operands, shape)
    array = Array(None, device, expression)
    pending.waits(array)
    if any(pending.is_shared(leaf) for leaf in expression.leaves):
        operations["evaluate"](array)
        if device.info.type == "cpu":
            device.runtime.wait()  # whoever has the memory may write into it next, without asking the device
    return array


def parts(operands: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """What stands for each operand in an expression of `shape`."""
    return tuple(_part(operand, shape) for operand in operands)


def _part(operand: Any, shape: tuple[int, ...]) -> Any:
    """An expression of that shape itself.  A smaller one, which is broadcast, is computed once beforehand rather
    than for each element."""
    if type(operand) is Array and operand._buffer is None:
        expression = operand._expression
        if type(expression) is Expression and expression.shape == shape:
            return expression
        operand._native  # noqa: B018
    return operand


# -- programs -----------------------------------------------------------------------------------


class Program(NamedTuple):
    """Expressions as a list of steps, without their arrays: what a kernel is made of.

    A value is named "v0", "v1", ... if it is a leaf (array or scalar), "t0", "t1", ... if a step makes it.
    """

    leaves: tuple[str, ...]  #: dtype of each leaf
    steps: tuple[tuple[Operation, tuple[str, ...]], ...]
    outputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """The operations' names, as a kernel's name."""
        names = re.sub(r"\W", "_", "_".join(operation.name for operation, _ in self.steps)) or "copy"
        return names if len(names) < 60 else f"{names[:40]}_and_{len(self.steps)}_in_all"


def program_of(roots: tuple[Any, ...]) -> tuple[Program, list[Any]]:
    """The program that computes the roots (expressions, or arrays that are there), and its leaves."""
    leaves: list[Any] = []
    names: dict[int, str] = {}
    kinds: list[str] = []
    steps: dict[tuple[Operation, tuple[str, ...]], str] = {}

    def leaf(value: Any) -> str:
        leaves.append(value)
        kinds.append(value.dtype.name)
        return f"v{len(leaves) - 1}"

    def name_of(value: Any) -> str:
        known = names.get(id(value))
        if known is None:
            if type(value) is Expression:
                step = value.operation, tuple(name_of(operand) for operand in value.operands)
                known = steps.setdefault(step, f"t{len(steps)}")  # a common subexpression is computed once
            else:
                known = leaf(value)
            if type(value) is Expression or type(value) is Array:  # equal scalars must not look like one
                names[id(value)] = known
        return known

    outputs = tuple(name_of(root) for root in roots)
    return Program(tuple(kinds), tuple(steps), outputs), leaves
