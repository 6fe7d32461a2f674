"""Expressions: what an elementwise result is until somebody wants its values."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.element import Element
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.placement.devices import Device

__all__ = [
    "Expression",
    "Operation",
    "Program",
    "Reduction",
    "awaits_rows",
    "copying",
    "defer",
    "expression_of",
    "is_deferred",
    "parts",
    "program_of",
]

#: An expression of more operations or arrays is computed first: kernels beyond take long to compile.
MOST_STEPS, MOST_LEAVES = 64, 12


class Operation:
    """An elementwise function for operands of certain dtypes; the same object for the same function and dtypes.

    function: of one element each, given in the dtypes `compute`
    step: (device, operands) -> Array: the operation by itself, by whatever route is best
    into: (*values, out): the same by NumPy, of values in the dtypes `taken`; None if NumPy has no such function
    """

    __slots__ = ("name", "function", "compute", "result", "step", "into", "taken")

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        compute: tuple[str, ...],
        result: np.dtype,
        step: Callable[[Device, tuple[Any, ...]], Array],
        into: Callable[..., Any] | None = None,
        taken: tuple[np.dtype, ...] = (),
    ):
        self.name, self.function, self.compute, self.result, self.step = name, function, compute, result, step
        self.into, self.taken = into, taken


class Reduction(Operation):
    """Each row of the last axis made one element, and the axis kept: `function` of two elements, cast to the dtype
    `compute`, gives one of that dtype.

    start: what combines with any element to that element
    """

    __slots__ = ("start",)

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        compute: np.dtype,
        result: np.dtype,
        step: Callable[[Device, tuple[Any, ...]], Array],
        start: Any,
    ):
        super().__init__(name, function, (compute.name,), result, step)
        self.start = start


class Expression:
    """An operation on operands that are arrays, NumPy scalars, or expressions of the same shape."""

    __slots__ = ("operation", "operands", "shape", "leaves", "places", "steps", "number", "full")

    #: (expression, array): computes the array, whose expression it is; evaluation.py, which stands above, says how
    materialize: ClassVar[Callable[[Expression, Array], None]]

    def fetch(self, array: Array) -> None:
        """It is the device that computes, whoever reads."""

    def __init__(self, operation: Operation, operands: tuple[Any, ...], shape: tuple[int, ...]):
        self.operation = operation
        self.operands = operands
        self.shape = shape
        base: Expression | None = None
        for operand in operands:
            if type(operand) is Expression and (base is None or len(operand.leaves) > len(base.leaves)):
                base = operand
        leaves: list[Any] = [] if base is None else base.leaves.copy()
        places: dict[int, int] = {} if base is None else base.places.copy()
        steps: int = 1
        full = operands[0].shape if type(operation) is Reduction else None
        key: list[Any] = [operation]
        for operand in operands:
            if type(operand) is not Expression:
                key += operand.dtype, _place(operand, leaves, places)
                continue
            steps += operand.steps
            full = full or operand.full
            key.append(operand.number)
            if operand is not base:
                key.append(tuple([_place(leaf, leaves, places) for leaf in operand.leaves]))
        #: the arrays and scalars that are read, each once: those of the largest operand come first
        self.leaves: list[Any] = leaves
        #: id of a leaf -> its place among them
        self.places: dict[int, int] = places
        #: operations, or more: what several others use may be counted several times
        self.steps: int = steps
        #: the shape that is reduced along its last axis, if something is: the expression's own, but for that axis
        self.full: tuple[int, ...] | None = full
        #: what the expression is but for its leaves: the same for the same operations on leaves in the same places
        self.number: int = _number(tuple(key))

    @property
    def arrays(self) -> list[Array]:
        """The arrays that are read."""
        return [leaf for leaf in self.leaves if type(leaf) is Array]

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


def is_deferred(device: Device, size: int, operands: tuple[Any, ...] = ()) -> bool:
    """Whether an elementwise result of `size` elements becomes an expression.

    Small ones do not pay (`Runtime.defer_from`, measured), unless an operand waits that has one element for each
    row of something larger; a preference for kernels defers all, one for the library none.
    """
    preferred, fusion = current().route, current().fusion
    if preferred == "library" or fusion == "off":
        return False
    if size >= device.runtime.defer_from or preferred == "kernel" or fusion == "always":
        return size > 0
    for operand in operands:
        if type(operand) is Array and operand._buffer is None and awaits_rows(operand):
            return size > 0
    return False


def expression_of(x: Array) -> Expression | None:
    """The expression of operations that x is as long as it is not computed."""
    waiting = x._expression
    return waiting if type(waiting) is Expression else None


def awaits_rows(x: Array) -> bool:
    """Whether x is an expression in which rows are reduced."""
    expression = expression_of(x)
    return expression is not None and expression.full is not None


def defer(operation: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
    """An array of the operation's result that is computed when it is read."""
    reduces = type(operation) is Reduction
    expression = Expression(operation, parts(operands, operands[0].shape if reduces else shape, reduces), shape)
    if expression.steps > MOST_STEPS:
        expression.steps = _distinct(expression)
    many = len(expression.leaves) > MOST_LEAVES and len(expression.arrays) > MOST_LEAVES
    if expression.steps > MOST_STEPS or many:
        for operand in operands:
            if type(operand) is Array:
                operand._native  # noqa: B018  the longest part is computed, and with it the array that has it
        expression = Expression(operation, operands, shape)
    array = Array(None, device, expression)
    array._shape, array._dtype, array._read_only = shape, operation.result, not shape
    pending.enter(array)
    return array


def _distinct(expression: Expression) -> int:
    """The number of its operations, those that several others use counted once."""
    seen = {id(expression)}
    found = [expression]
    for e in found:
        for operand in e.operands:
            if type(operand) is Expression and id(operand) not in seen:
                seen.add(id(operand))
                found.append(operand)
    return len(seen)


def parts(operands: tuple[Any, ...], shape: tuple[int, ...], reduces: bool = False) -> tuple[Any, ...]:
    """What stands for each operand in an expression of `shape`, or (if it `reduces`) of that but for the last axis.

    An expression itself, if it has that shape, or has one element for each row of it that has been reduced.  What
    else is smaller, and broadcast, is computed once beforehand rather than for each element.
    """
    found: list[Any] = []
    for operand in operands:
        if type(operand) is Array and operand._buffer is None:
            expression = expression_of(operand)
            if expression is None:
                operand = _leaf(operand)
            elif expression.full is None and expression.shape != shape:
                operand._native  # noqa: B018
            elif expression.full is None:
                operand = expression
            else:
                return _parts_of_rows(operands, shape, reduces)
        found.append(operand)
    return tuple(found)


def _parts_of_rows(operands: tuple[Any, ...], shape: tuple[int, ...], reduces: bool) -> tuple[Any, ...]:
    """The same where a part of an operand is reduced."""
    waiting = [expression_of(o) if type(o) is Array else None for o in operands]
    fulls = {e.full for e in waiting if e is not None and e.full is not None}
    full = fulls.pop() if len(fulls) == 1 else None
    fit = not fulls and (full is None or shape == full or (not reduces and shape == (*full[:-1], 1)))
    found = []
    for operand, expression in zip(operands, waiting):
        if expression is not None and _fits(expression, shape, fit):
            operand = expression
        elif type(operand) is Array and operand._buffer is None:
            operand = _leaf(operand)
        found.append(operand)
    return tuple(found)


def _leaf(x: Array) -> Any:
    """What is read in place of x, which is no expression of operations: a number that NumPy has is an argument, an
    element is read where it is."""
    waiting, made = x._expression, x._host
    if type(waiting) is Element:
        return waiting.view
    if current().recorder is None:
        if isinstance(waiting, np.generic):
            return waiting
        if made is not None and not made.ndim and x._buffer is None and x._base is None:
            return made[()]
    x._native  # noqa: B018
    return x


def _fits(expression: Expression, shape: tuple[int, ...], together: bool) -> bool:
    """Whether it can be a part of one of `shape`; together: whether all that is reduced has the same rows, its rows"""
    if expression.full is None:
        return expression.shape == shape
    return together and expression.shape in (shape, (*shape[:-1], 1))


# -- programs -----------------------------------------------------------------------------------


_count = itertools.count()


@dataclasses.dataclass(frozen=True)
class Program:
    """Expressions as a list of steps, without their arrays: what a kernel is made of.

    A value is named "v0", "v1", ... if it is a leaf (array or scalar), "t0", "t1", ... if a step makes it.
    """

    leaves: tuple[str, ...]  #: dtype of each leaf
    steps: tuple[tuple[Operation, tuple[str, ...]], ...]
    outputs: tuple[str, ...]
    #: as which tables of launches know it: never given twice
    number: int = dataclasses.field(default_factory=functools.partial(next, _count), compare=False)

    @functools.cached_property
    def _hash(self) -> int:
        return hash((self.leaves, self.steps, self.outputs))

    def __hash__(self) -> int:  # asked for at every launch
        return self._hash

    @property
    def name(self) -> str:
        """The operations' names, as a kernel's name."""
        names = re.sub(r"\W", "_", "_".join(operation.name for operation, _ in self.steps)) or "copy"
        return names if len(names) < 60 else f"{names[:40]}_and_{len(self.steps)}_in_all"


#: (operation, for each operand its number or dtype, and the places of its leaves) -> number
_numbers: Bounded[tuple[Any, ...], int] = Bounded(1 << 14)  # numbers are never given twice
#: (numbers of the roots, places of their leaves) -> program
_programs: Bounded[tuple[Any, ...], Program] = Bounded(1 << 14)


def _number(key: tuple[Any, ...]) -> int:
    number = _numbers.get(key)
    if number is None:
        number = _numbers.setdefault(key, next(_count))
    return number


def _place(leaf: Any, leaves: list[Any], places: dict[int, int]) -> int:
    """Where the leaf is among the leaves; it is put behind them if it is not."""
    place = places.setdefault(id(leaf), len(leaves))
    if place == len(leaves):
        leaves.append(leaf)
    return place


def program_of(roots: tuple[Any, ...]) -> tuple[Program, list[Any]]:
    """The program that computes the roots (expressions, or arrays that are there), and its leaves."""
    key: list[Any] = []
    leaves: list[Any] = []
    places: dict[int, int] = {}
    for root in roots:
        if type(root) is not Expression:
            key += root.dtype, _place(root, leaves, places)
        elif len(roots) == 1:
            key, leaves = [root.number], root.leaves
        else:
            key += root.number, tuple([_place(leaf, leaves, places) for leaf in root.leaves])
    whole = tuple(key)
    program = _programs.get(whole)
    if program is None:
        program = _programs[whole] = _traced(roots, leaves)
    return program, leaves


def _traced(roots: tuple[Any, ...], leaves: list[Any]) -> Program:
    """The program that computes the roots from these leaves."""
    # Equal scalars are two leaves, unless they are the same object.
    names = {id(leaf): f"v{k}" for k, leaf in enumerate(leaves)}
    steps: dict[tuple[Operation, tuple[str, ...]], str] = {}

    def name_of(value: Any) -> str:
        known = names.get(id(value))
        if known is None:
            step = value.operation, tuple(name_of(operand) for operand in value.operands)
            known = names[id(value)] = steps.setdefault(step, f"t{len(steps)}")  # what is common, once
        return known

    outputs = tuple(name_of(root) for root in roots)
    return Program(tuple(leaf.dtype.name for leaf in leaves), tuple(steps), outputs)


@functools.lru_cache(maxsize=64)
def copying(dtype: np.dtype) -> Program:
    """The program that copies elements."""
    return Program((dtype.name,), (), ("v0",))
