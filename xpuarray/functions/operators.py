"""Python's operators on arrays: each is the function of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from xpuarray.backends.host.library import numpy_library
from xpuarray.core.array import Array
from xpuarray.core.dispatch import is_foreign_array
from xpuarray.core.quick import in_place, of_one, of_two, of_two_reflected
from xpuarray.functions import elementwise, products
from xpuarray.functions.elementwise import OPERATORS, ROWS
from xpuarray.functions.operands import SEQUENCES
from xpuarray.functions.rows import apply

__all__ = ["ArrayOperators"]

#: (array, other operand) -> result
Operator = Callable[[Any, Any], Array]

#: What operands are as a rule.
_USUAL = frozenset((Array, int, float, bool, complex))
_VALUES = (Array, int, float, complex, bool, np.generic, *SEQUENCES)


def _taken(other: Any) -> bool:
    """Whether our function has an answer to that operand: a value, or, to arrays of other libraries, an error."""
    return isinstance(other, _VALUES) or is_foreign_array(type(other))


def _others(function: Callable[..., Any], first: Any, second: Any, other: Any) -> Any:
    """The answer of a type that wraps arrays: by its __array_ufunc__, as NumPy's operators ask it, or by its own
    operator, which Python tries next."""
    if getattr(type(other), "__array_ufunc__", None) is None:
        return NotImplemented
    return getattr(numpy_library(), function.__name__)(first, second)


def _forward(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    name = function.__name__
    call = OPERATORS.get(name, function)

    def forward(self: Any, other: Any) -> Array:
        if type(other) in _USUAL or _taken(other):
            return call(self, other)
        return _others(function, self, other, other)

    return of_two(name, forward)


def _reflected(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    name = function.__name__
    call = OPERATORS.get(name, function)

    def reflected(self: Any, other: Any) -> Array:
        if type(other) in _USUAL or _taken(other):
            return call(other, self)
        return _others(function, other, self, other)

    return of_two_reflected(name, reflected)


def _in_place(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    forward = _forward(function)

    def update(self: Any, other: Any) -> Array:
        if not _taken(other):
            return NotImplemented
        if self._is_value:
            return forward(self, other)  # a value: what has it under another name keeps it
        _update(self, function, other)
        return self

    return in_place(function.__name__, update)


def _update(x: Array, function: Callable[..., Array], other: Any) -> None:
    """x = function(x, other), written into x's own memory, as NumPy's in-place operators do.

    Raises TypeError if the result's kind does not fit into x's dtype, ValueError if its shape does
    not fit into x's.
    """
    x._check_writable()
    name = function.__name__
    row = ROWS.get(name)
    value = apply(row, (x, other), out=x) if row else function(x, other)
    if value is x:
        return
    if value.shape != x.shape:
        raise ValueError(f"in-place {name}: the result's shape {value.shape} does not fit into {x.shape}")
    if not np.can_cast(value.dtype, x.dtype, "same_kind"):
        raise TypeError(f"in-place {name}: the result's dtype {value.dtype} does not fit into {x.dtype}")
    x[...] = value


def _unary(function: Callable[..., Any]) -> Callable[[Any], Array]:
    return of_one(function.__name__, OPERATORS[function.__name__])


class ArrayOperators:
    """Arithmetic, comparison and bitwise operators of Array (element by element), and the product of matrices."""

    __slots__ = ()

    __add__: ClassVar[Operator] = _forward(elementwise.add)
    __radd__: ClassVar[Operator] = _reflected(elementwise.add)
    __iadd__: ClassVar[Operator] = _in_place(elementwise.add)
    __sub__: ClassVar[Operator] = _forward(elementwise.subtract)
    __rsub__: ClassVar[Operator] = _reflected(elementwise.subtract)
    __isub__: ClassVar[Operator] = _in_place(elementwise.subtract)
    __mul__: ClassVar[Operator] = _forward(elementwise.multiply)
    __rmul__: ClassVar[Operator] = _reflected(elementwise.multiply)
    __imul__: ClassVar[Operator] = _in_place(elementwise.multiply)
    __truediv__: ClassVar[Operator] = _forward(elementwise.divide)
    __rtruediv__: ClassVar[Operator] = _reflected(elementwise.divide)
    __itruediv__: ClassVar[Operator] = _in_place(elementwise.divide)
    __floordiv__: ClassVar[Operator] = _forward(elementwise.floor_divide)
    __rfloordiv__: ClassVar[Operator] = _reflected(elementwise.floor_divide)
    __ifloordiv__: ClassVar[Operator] = _in_place(elementwise.floor_divide)
    __mod__: ClassVar[Operator] = _forward(elementwise.remainder)
    __rmod__: ClassVar[Operator] = _reflected(elementwise.remainder)
    __imod__: ClassVar[Operator] = _in_place(elementwise.remainder)
    __pow__: ClassVar[Operator] = _forward(elementwise.pow)
    __rpow__: ClassVar[Operator] = _reflected(elementwise.pow)
    __ipow__: ClassVar[Operator] = _in_place(elementwise.pow)
    __matmul__: ClassVar[Operator] = _forward(products.matmul)
    __rmatmul__: ClassVar[Operator] = _reflected(products.matmul)
    __imatmul__: ClassVar[Operator] = _in_place(products.matmul)
    __and__: ClassVar[Operator] = _forward(elementwise.bitwise_and)
    __rand__: ClassVar[Operator] = _reflected(elementwise.bitwise_and)
    __iand__: ClassVar[Operator] = _in_place(elementwise.bitwise_and)
    __or__: ClassVar[Operator] = _forward(elementwise.bitwise_or)
    __ror__: ClassVar[Operator] = _reflected(elementwise.bitwise_or)
    __ior__: ClassVar[Operator] = _in_place(elementwise.bitwise_or)
    __xor__: ClassVar[Operator] = _forward(elementwise.bitwise_xor)
    __rxor__: ClassVar[Operator] = _reflected(elementwise.bitwise_xor)
    __ixor__: ClassVar[Operator] = _in_place(elementwise.bitwise_xor)
    __lshift__: ClassVar[Operator] = _forward(elementwise.bitwise_left_shift)
    __rlshift__: ClassVar[Operator] = _reflected(elementwise.bitwise_left_shift)
    __ilshift__: ClassVar[Operator] = _in_place(elementwise.bitwise_left_shift)
    __rshift__: ClassVar[Operator] = _forward(elementwise.bitwise_right_shift)
    __rrshift__: ClassVar[Operator] = _reflected(elementwise.bitwise_right_shift)
    __irshift__: ClassVar[Operator] = _in_place(elementwise.bitwise_right_shift)

    __lt__: ClassVar[Operator] = _forward(elementwise.less)
    __le__: ClassVar[Operator] = _forward(elementwise.less_equal)
    __gt__: ClassVar[Operator] = _forward(elementwise.greater)
    __ge__: ClassVar[Operator] = _forward(elementwise.greater_equal)
    __eq__: ClassVar[Operator] = _forward(elementwise.equal)  # type: ignore[assignment]
    __ne__: ClassVar[Operator] = _forward(elementwise.not_equal)  # type: ignore[assignment]

    def __hash__(self: Any) -> int:
        if self._is_value:
            return hash(self._scalar())
        raise TypeError(f"unhashable type: {type(self).__name__!r}, since its elements change; x.item() is not")

    __neg__: ClassVar[Callable[[Any], Array]] = _unary(elementwise.negative)
    __pos__: ClassVar[Callable[[Any], Array]] = _unary(elementwise.positive)
    __invert__: ClassVar[Callable[[Any], Array]] = _unary(elementwise.bitwise_invert)

    def __abs__(self: Any) -> Array:  # a protocol of Python's, for which it has to be a method
        return elementwise.abs(self)
