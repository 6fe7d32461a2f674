"""The shortest way of a call: few elements, by NumPy, in memory that host and device share.

Whatever is not quite as usual here (somebody watches or prefers a route, the device is at work, the operands are
large) goes the whole way, which is the function that each of these is given.  This file is compiled where there is a C
compiler, by Cython, with the types in `quick.pxd`; where not, it runs as it is.
"""

from __future__ import annotations

import contextvars
import math
import operator
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from xpuarray.core import pending
from xpuarray.core.array import Array, allocated
from xpuarray.core.modes import current
from xpuarray.core.plans import NUMPYS, Bounded
from xpuarray.core.shared_memory import at_home, quiet
from xpuarray.placement.discovery import Device
from xpuarray.spans import watched

if TYPE_CHECKING:
    import cython
else:
    cython = SimpleNamespace(compiled=False)  # as the compiler reads it, it is True

if cython.compiled:
    from cython.cimports.xpuarray.core.layout import (
        array_of,
        array_of_number,
        arrays_1,
        arrays_2,
        arrays_2_into,
        asked,
        check_layout,
        have_same_shape,
        is_array,
        is_number,
        number_1,
        number_2,
        owns_memory,
        product_2,
        product_size,
        quiet_2,
        quiet_3,
        size_of,
    )
else:
    from xpuarray.core.uncompiled import (
        array_of,
        array_of_number,
        arrays_1,
        arrays_2,
        arrays_2_into,
        asked,
        have_same_shape,
        is_array,
        is_number,
        number_1,
        number_2,
        owns_memory,
        product_2,
        product_size,
        quiet_2,
        quiet_3,
        size_of,
    )

#: Whether this runs as C.
COMPILED: bool = cython.compiled

__all__ = [
    "COMPILED", "Last", "LibraryProduct", "Plan", "Power", "Product", "asked_for_nothing", "at_hand", "dtype_of",
    "in_place", "into_out", "of_numpys", "of_one", "of_three", "of_two", "of_two_reflected", "plans", "settled",
    "together", "values_until",
]  # fmt: skip


class Plans(Bounded[tuple[Any, ...], Any]):
    """The plan table.  What has used a plan remembers it, too, as long as it is in the table."""

    __slots__ = ()

    def clear(self) -> None:
        super().clear()
        for last in _lasts:
            last.plan = last.reduction = None


class Last:
    """The plan that a function or an operator has used last, and of a reduction its own kind of such."""

    def __init__(self, name: str):
        self.name = name
        self.plan: Any = None
        self.reduction: Any = None
        _lasts.append(self)


#: One for each function and operator.
_lasts: list[Last] = []
#: (function, device, kind of each operand) -> plan
plans: Plans = Plans(1 << 12)
if hasattr(os, "register_at_fork"):  # a child must go the whole way, on which it learns that the device is lost
    os.register_at_fork(after_in_child=plans.clear)

#: Whose functions take a place for what they make behind their operands; `np.round` takes the digits there.
_UFUNC = np.ufunc
_WATCHERS: Any = watched.__self__  # type: ignore[attr-defined]  # the context variables themselves
_MODES: Any = current.__self__  # type: ignore[attr-defined]
_USUAL = _MODES.get()
_ESCAPED, _WAITING = pending._escaped, pending._waiting


def _quiet_context() -> contextvars.Context:
    context = contextvars.copy_context()
    context.run(np.seterr, all="ignore")
    return context


if cython.compiled:
    check_layout(NUMPYS)
#: Contexts without NumPy's warnings, for one call at a time each; the first entry makes one.
_quiet: Any = [_quiet_context] if cython.compiled else quiet


def asked_for_nothing() -> bool:
    """Whether nobody has asked here for anything but what is usual."""
    modes = asked(_MODES)
    return (modes is _USUAL or modes.ordinary) and not asked(_WATCHERS)


def settled(x: Array) -> bool:
    """Whether x's memory, as NumPy has it, is as it will be, with nothing to wait for; and nobody prefers a route."""
    runtime = x._device.runtime
    if not runtime.host_until or runtime.busy or _ESCAPED:
        return False
    modes = asked(_MODES)
    return modes is _USUAL or modes.ordinary


def at_hand(x: Array) -> np.ndarray | None:
    """The values of few elements, for NumPy to compute on, once work on them has ended; None if there are none, or
    too many, or if somebody watches or prefers a route."""
    values = few_or_none(x)
    return None if values is None or not size_of(values) else values


def few_or_none(x: Array) -> Any:
    """The same, and of no elements, too."""
    return values_until(x, x._device.runtime.host_until)


def values_until(x: Array, most: int) -> Any:
    """The same of so many elements at most."""
    values = x._host
    if values is None:
        if x._buffer is None:
            return x._host_values() if is_number(x._expression) and asked_for_nothing() else None
        if x._buffer.size > most or not asked_for_nothing():
            return None
        return x._host_values()
    if size_of(values) > most or not asked_for_nothing():
        return None
    return x._host_values() if x._device.runtime.busy or _ESCAPED else values


def number_or_values(x: Array) -> Any:
    """The same for a ufunc, which takes NumPy's scalar for an array of it."""
    return x._expression if is_number(x._expression) and asked_for_nothing() else few_or_none(x)


# -- elementwise ----------------------------------------------------------------------------------


class Plan:
    """What a call comes to for operands of certain kinds: NumPy's function, of few elements; else what `run` does."""

    __slots__ = (
        "device",
        "first",
        "function",
        "kind",
        "loop",
        "numbers",
        "operation",
        "result",
        "runtime",
        "scalar",
        "second",
        "third",
        "weak",
    )

    def __init__(
        self,
        key: tuple[Any, ...],
        function: Callable[..., Any] | None,
        result: np.dtype,
        numbers: tuple[Callable[[Any], Any], ...],
        weak: bool,
    ):
        """key: in the table; function: NumPy's; numbers: what makes scalars of each operand's dtype; weak: whether
        NumPy's function takes numbers as they are"""
        self.device: Any = key[1]
        self.first: Any = key[2]
        self.second: Any = key[3] if len(key) > 3 else None
        self.third: Any = key[4] if len(key) > 4 else None
        self.runtime: Any = self.device.runtime
        self.function: Any = function
        self.result: Any = result
        self.kind: Any = result.type
        self.numbers = numbers
        self.weak = weak
        self.loop = -1 if function is None else loop_of(function, key[2:], result)
        #: what computes with NumPy's scalars just as `function` does with arrays of one element
        self.scalar: Any = None
        #: the character that C knows that by
        self.operation = 0
        if function is not None and weak and key[0] in _OF_SCALARS:
            self.scalar, character = _OF_SCALARS[key[0]]
            self.operation = ord(character)

    def call(self, *operands: Any) -> Any:
        """The value of operands of these kinds."""
        if self.function is None or len(operands) > 2:
            return self.several(operands)
        return self.one(operands[0]) if len(operands) == 1 else self.of(operands[0], operands[1])

    def of(self, x1: Any, x2: Any) -> Array | None:
        """The value of two operands, of which one at least is an array."""
        if self.function is None:
            return self.several((x1, x2))
        if not is_array(x2):
            return self.with_number(x1, x2)
        return self.two(x1, x2) if is_array(x1) else self.of_number(x1, x2)

    def one(self, x: Array) -> Array:
        if self.scalar is not None and is_number(x._expression) and asked_for_nothing():
            return self.made(number_1(_quiet, self.scalar, self.operation, self.kind, x._expression), None)
        values = number_or_values(x)
        if values is None:
            return self.run((x,))
        return self.made(arrays_1(_quiet, self.function, self.loop, values), x._shape)

    def two(self, x: Array, y: Array) -> Array:
        if self.scalar is not None and is_number(x._expression) and is_number(y._expression) and asked_for_nothing():
            number = number_2(_quiet, self.scalar, self.operation, self.kind, x._expression, y._expression)
            return self.made(number, None)
        a, b = x._host, y._host
        if a is None or b is None or self.runtime.busy or _ESCAPED or not asked_for_nothing():
            a, b = number_or_values(x), number_or_values(y)
            if a is None or b is None:
                return self.run((x, y))
        shape: Any = None
        size = size_of(a)
        if have_same_shape(a, b):
            shape = x._shape
        else:
            size *= size_of(b)
            if size > self.runtime.host_until:
                size = together(a, b)
        if size > self.runtime.host_until:
            return self.run((x, y))
        return self.made(arrays_2(_quiet, self.function, self.loop, a, b), shape)

    def with_number(self, x: Array, number: Any) -> Array:
        if self.scalar is not None and is_number(x._expression) and asked_for_nothing():
            value = number_2(_quiet, self.scalar, self.operation, self.kind, x._expression, number)
            return self.made(value, None)
        values = number_or_values(x)
        if values is None:
            return self.run((x, self.numbers[1](number)))
        given = number if self.weak else self.numbers[1](number)
        return self.made(arrays_2(_quiet, self.function, self.loop, values, given), x._shape)

    def of_number(self, number: Any, x: Array) -> Array:
        if self.scalar is not None and is_number(x._expression) and asked_for_nothing():
            value = number_2(_quiet, self.scalar, self.operation, self.kind, number, x._expression)
            return self.made(value, None)
        values = number_or_values(x)
        if values is None:
            return self.run((self.numbers[0](number), x))
        given = number if self.weak else self.numbers[0](number)
        return self.made(arrays_2(_quiet, self.function, self.loop, given, values), x._shape)

    def into(self, x: Array, other: Any) -> bool:
        """x = the value of x and another operand, in x's own memory, by NumPy; False if it can't be that."""
        if self.function is None:
            return False
        return self.written(x, other, x)

    def written(self, x1: Any, x2: Any, out: Array) -> bool:
        """The value of two operands in `out`, by NumPy; False if it can't be that."""
        try:
            a, b = self.taken(0, x1), self.taken(1, x2)
            if a is None or b is None:
                return False
            memory = self.memory_to_write(out)
            if memory is None:
                return False
            arrays_2_into(_quiet, self.function, self.loop, a, b, memory)
        except (OverflowError, ValueError):  # the error to raise has the function's name, or the shapes, in it
            return False
        return True

    def written_of_one(self, x: Array, out: Array) -> bool:
        """The same of one operand."""
        values = None if is_number(x._expression) else few_or_none(x)
        memory = None if values is None else self.memory_to_write(out)
        if memory is None or not have_same_shape(values, memory):
            return False
        quiet_2(_quiet, self.function, values, memory)
        return True

    def memory_to_write(self, x: Array) -> Any:
        """x's memory, to be written as NumPy writes a result of this plan's; None if it can't be."""
        held = few_or_none(x)
        if held is None or self.result != held.dtype:
            return None
        if x._buffer is None and x._base is None and owns_memory(held):
            return held
        if _WAITING.get(x._device):
            pending.materialize_readers(x)
        return at_home(x) if x._host is None or self.runtime.busy or _ESCAPED else held

    def taken(self, k: int, x: Any) -> Any:
        """What NumPy's function takes for the operand of that number; None if it has to be got from the device."""
        if is_array(x):
            return number_or_values(x)
        return x if self.weak else self.numbers[k](x)

    def three(self, condition: Array, x1: Any, x2: Any) -> Array | None:
        """The value of a condition and two operands; None if it can't be by NumPy."""
        asks = at_hand(condition)
        a, b = self.operand(1, x1), self.operand(2, x2)
        if self.function is None or asks is None or a is None or b is None:
            return None
        shape: Any = asks.shape
        if not (same_shape(a, shape) and same_shape(b, shape)):
            shape = None
            if together(asks, a, b) > self.runtime.host_until:
                return None
        value = quiet_3(_quiet, self.function, asks, a, b)
        return self.made(value if value.ndim else value[()], shape)

    def operand(self, k: int, x: Any) -> Any:
        """What NumPy's function takes for the operand of that number; None if it has to be got from the device."""
        if is_array(x):
            return at_hand(x)
        return x if self.weak else self.numbers[k](x)

    def several(self, operands: tuple[Any, ...]) -> Array:
        """The value of operands of which there is no other way here."""
        raise NotImplementedError

    def run(self, operands: tuple[Any, ...]) -> Array:
        """The value of arrays and of scalars that have their dtypes, by the whole way."""
        raise NotImplementedError

    def made(self, value: Any, shape: tuple[int, ...] | None) -> Array:
        """What NumPy has made as an array; it goes to the device's memory when that first needs it."""
        if type(value) is ndarray:
            return array_of(self.device, value, self.result, shape)
        if type(value) is self.kind:
            return array_of_number(self.device, value, self.result)
        return array_of_number(self.device, self.kind(value), self.result)


class Product(Plan):
    """A product of matrices, or vectors, of one dtype, which NumPy's BLAS computes of operands however large, if that
    makes few elements."""

    __slots__ = ("most",)

    def __init__(self, key: tuple[Any, ...], function: Callable[..., Any], result: np.dtype):
        super().__init__(key, function, result, (), False)
        self.most = most_in_product(self.device)

    def of(self, x1: Any, x2: Any) -> Array | None:
        """By NumPy; else None."""
        if not is_array(x1) or not is_array(x2):
            return None
        a, b = values_until(x1, self.most), values_until(x2, self.most)
        if a is None or b is None or not 0 <= product_size(a, b) <= self.runtime.host_until:
            return None
        if a.ndim == b.ndim == 1 and size_of(a) > self.runtime.host_until:  # of long vectors a kernel may be quicker
            return None
        return self.made(product_2(_quiet, self.function, self.kind, a, b), None)

    def into(self, x: Array, other: Any) -> bool:
        """No product is written into an operand."""
        return False


class LibraryProduct(Plan):
    """A product of matrices of one dtype by the device's library, where NumPy sees no memory."""

    __slots__ = ()

    def of(self, x1: Any, x2: Any) -> Array | None:
        """None where something is to be computed first, of two vectors, and where the library raises: the whole way
        says what is wrong."""
        if not is_array(x1) or not is_array(x2) or not asked_for_nothing():
            return None
        a, b = x1._buffer, x2._buffer
        if a is None or b is None or a.ndim + b.ndim < 3:
            return None
        try:
            return allocated(self.function(a, b), self.device)
        except Exception:
            return None

    def into(self, x: Array, other: Any) -> bool:
        """No product is written into an operand."""
        return False


def most_in_product(device: Device) -> int:
    """The number of elements up to which NumPy multiplies matrices."""
    return int(device.runtime.numpy_until("matmul"))


class Power(Plan):
    """An array to the power of a number, by NumPy, for which that number's value matters."""

    __slots__ = ("square",)

    def __init__(self, key: tuple[Any, ...], function: Callable[..., Any] | None, result: np.dtype):
        super().__init__(key, function, result, (), False)
        self.square: Any = None  #: the plan of that, which it is to the power of 2

    def of(self, x1: Any, x2: Any) -> Array | None:
        """By NumPy; None where another function has the right value."""
        if type(x2) is int and x2 == 2:
            if self.square is None:
                self.square = plans.get(("square", self.device, self.first))
            return None if self.square is None else self.square.call(x1)
        values = None if self.function is None or x2 == 0.5 else number_or_values(x1)
        return None if values is None else self.made(quiet_2(_quiet, self.function, values, x2), x1._shape)

    def written(self, x1: Any, x2: Any, out: Array) -> bool:
        """The whole way knows where another function has the right value."""
        return False

    def into(self, x: Array, other: Any) -> bool:
        return False


#: NumPy's functions that its scalars have as operators, with the same values, and by what character `layout.h` knows
#: those; a blank: it does not.
_OF_SCALARS: dict[str, tuple[Any, str]] = {
    "add": (operator.add, "+"),
    "subtract": (operator.sub, "-"),
    "multiply": (operator.mul, "*"),
    "divide": (operator.truediv, "/"),
    "floor_divide": (operator.floordiv, " "),
    "remainder": (operator.mod, " "),
    "bitwise_and": (operator.and_, "&"),
    "bitwise_or": (operator.or_, "|"),
    "bitwise_xor": (operator.xor, "^"),
    "bitwise_left_shift": (operator.lshift, "l"),
    "bitwise_right_shift": (operator.rshift, "r"),
    "equal": (operator.eq, "="),
    "not_equal": (operator.ne, "!"),
    "less": (operator.lt, "<"),
    "less_equal": (operator.le, "("),
    "greater": (operator.gt, ">"),
    "greater_equal": (operator.ge, ")"),
    "negative": (operator.neg, "n"),
    "sqrt": (np.sqrt, "s"),
    "abs": (np.abs, "a"),
    "square": (np.square, "q"),
}


def loop_of(function: Any, kinds: tuple[Any, ...], result: np.dtype) -> int:
    """Which of a ufunc's loops is for arrays of these dtypes, and numbers that take theirs; -1: none, or no matter."""
    if not isinstance(function, np.ufunc) or function.signature is not None or len(kinds) > 2:
        return -1
    dtypes = [kind for kind in kinds if isinstance(kind, np.dtype)]
    own = "".join([(kind if isinstance(kind, np.dtype) else dtypes[0]).char for kind in kinds]) + "->" + result.char
    return function.types.index(own) if dtypes and own in function.types else -1


def same_shape(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether it is a number, or an array of that shape."""
    return type(value) is not ndarray or value.shape == shape


def together(*values: Any) -> float:
    """The number of elements that they broadcast to; without end, if they don't."""
    try:
        return np.broadcast(*values).size
    except ValueError:  # the error to raise has the function's name in it
        return math.inf


def found(last: Last, x1: Any, x2: Any) -> Any:
    """The plan for two operands, if there is one."""
    first: Any = type(x1)
    second: Any = type(x2)
    if is_array(x1):
        x = x1
        device, first = x._device, dtype_of(x)
        if is_array(x2):  # a plan is for operands on one device
            y = x2
            if y._device is not device:
                return None
            second = dtype_of(y)
    elif is_array(x2):
        y = x2
        device, second = y._device, dtype_of(y)
    else:
        return None
    plan = last.plan
    if plan is None or plan.device is not device or plan.first is not first or plan.second is not second:
        plan = plans.get((last.name, device, first, second))
        if plan is not None:
            last.plan = plan
    return plan


def found_for_one(last: Last, x: Array) -> Any:
    """The plan for one operand, if there is one."""
    first = dtype_of(x)
    plan = last.plan
    if plan is None or plan.device is not x._device or plan.first is not first:
        plan = plans.get((last.name, x._device, first))
        if plan is not None:
            last.plan = plan
    return plan


def of_one(name: str, otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function of one operand that calls its plan, or, where there is none, `otherwise`."""
    last = Last(name)

    def one(x: Any) -> Any:
        value = called_with_one(last, x) if is_array(x) else None
        return otherwise(x) if value is None else value

    return one


def called_with_one(last: Last, x: Array) -> Array | None:
    plan = found_for_one(last, x)
    if plan is None:
        return None
    return plan.one(x) if plan.function is not None else plan.several((x,))


def of_two(name: str, otherwise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The same of two operands; also where a number does not fit into the array's dtype, it is `otherwise`."""
    last = Last(name)

    def two(x1: Any, x2: Any) -> Any:
        value = called_with_two(last, x1, x2)
        return otherwise(x1, x2) if value is None else value

    return two


def of_two_reflected(name: str, otherwise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator that has the first operand on its right; what is `otherwise` takes the operands as they come."""
    last = Last(name)

    def two(x2: Any, x1: Any) -> Any:
        value = called_with_two(last, x1, x2)
        return otherwise(x2, x1) if value is None else value

    return two


def called_with_two(last: Last, x1: Any, x2: Any) -> Array | None:
    try:
        plan = last.plan
        if cython.compiled and plan is not None and plan.operation:
            number = number_of_two(plan, x1, x2)
            if number is not None and type(number) is plan.kind:
                return array_of_number(plan.device, number, plan.result)
        plan = found(last, x1, x2)
        return None if plan is None else plan.of(x1, x2)
    except (OverflowError, ValueError):  # the whole way's error has the function's name in it, and the shapes
        return None


def number_of_two(plan: Any, x1: Any, x2: Any) -> Any:
    """The value of two elements that have been read, or of one and a number, by the latest plan, if it is one for such:
    all the way in one, since it is short.  None if it isn't."""
    first, second = number_of(x1, plan.first, plan.device), number_of(x2, plan.second, plan.device)
    if first is None or second is None or not asked_for_nothing():
        return None
    return number_2(_quiet, plan.scalar, plan.operation, plan.kind, first, second)


def number_of(x: Any, kind: Any, device: Any) -> Any:
    """The number that an operand is which a plan on that device takes as of that kind; None if it is none."""
    if not is_array(x):
        return x if type(x) is kind else None
    y = x
    return y._expression if is_number(y._expression) and y._dtype is kind and y._device is device else None


def of_numpys(
    names: dict[Any, str], otherwise: Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
) -> Callable[..., Any]:
    """`__array_ufunc__`: NumPy asks it where one of its scalars stands left of an array, too.

    names: the function of ours for NumPy's"""
    lasts = {function: Last(name) for function, name in names.items()}

    def __array_ufunc__(self: Any, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any:  # noqa: N807
        if len(inputs) == 2 and method == "__call__" and not kwargs and ufunc in lasts:
            value = called_with_two(lasts[ufunc], inputs[0], inputs[1])
            if value is not None:
                return value
        return otherwise(ufunc, method, inputs, kwargs)

    return __array_ufunc__


def in_place(name: str, otherwise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator that writes its result into the first operand."""
    last = Last(name)

    def update(x: Any, other: Any) -> Any:
        return x if is_array(x) and updated(last, x, other) else otherwise(x, other)

    return update


def updated(last: Last, x: Array, other: Any) -> bool:
    if x._read_only:  # also of a value: it never changes
        return False
    plan = found(last, x, other)
    return plan is not None and plan.into(x, other)


def into_out(name: str) -> Callable[..., bool]:
    """The function that writes the value of one operand or two into `out`, an array, by its plan; False where there is
    none, or where it can't."""
    last = Last(name)

    def into(out: Any, x1: Any, x2: Any = None) -> bool:
        return called_into(last, x1, x2, out)

    return into


def called_into(last: Last, x1: Any, x2: Any, out: Array) -> bool:
    plan = None
    if x2 is not None:
        plan = found(last, x1, x2)
    elif is_array(x1):
        plan = found_for_one(last, x1)
    if plan is None or type(plan.function) is not _UFUNC or out._read_only or out._device is not plan.device:
        return False
    return plan.written_of_one(x1, out) if x2 is None else plan.written(x1, x2, out)


def of_three(name: str) -> Callable[[Any, Any, Any], Any]:
    """The function of a condition and two operands by its plan; None where there is none."""
    last = Last(name)

    def three(condition: Any, x1: Any, x2: Any) -> Any:
        return called_with_three(last, condition, x1, x2) if is_array(condition) else None

    return three


def called_with_three(last: Last, condition: Array, x1: Any, x2: Any) -> Array | None:
    device = condition._device
    first, second, third = dtype_of(condition), kind_of(x1, device), kind_of(x2, device)
    if second is None or third is None:
        return None
    plan = last.plan
    if (
        plan is None
        or plan.device is not device
        or plan.first is not first
        or plan.second is not second
        or plan.third is not third
    ):
        plan = plans.get((last.name, device, first, second, third))
        if plan is None:
            return None
        last.plan = plan
    try:
        return plan.three(condition, x1, x2)
    except (OverflowError, ValueError):
        return None


def kind_of(x: Any, device: Device) -> Any:
    """What a plan is found by, of an operand; None for an array on another device."""
    if not is_array(x):
        return type(x)
    y = x
    return dtype_of(y) if y._device is device else None


def dtype_of(x: Array) -> np.dtype:
    """x.dtype"""
    dtype = x._dtype
    return x.dtype if dtype is None else dtype
