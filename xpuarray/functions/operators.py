"""Python's operators on arrays: each is the function of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions import elementwise, products
from xpuarray.functions.elementwise import ROWS, apply

__all__ = ["ArrayOperators"]

#: (array, other operand) -> result
Operator = Callable[[Any, Any], Array]

_NUMBERS = (int, float, complex, bool)


def _forward(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    def forward(self: Any, other: Any) -> Array:
        # Foreign types may have an operator of their own; arrays of any kind get our error.
        if type(other) is Array or isinstance(other, _NUMBERS) or hasattr(other, "dtype"):
            return function(self, other)
        return NotImplemented

    return forward


def _reflected(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    def reflected(self: Any, other: Any) -> Array:
        if isinstance(other, _NUMBERS) or hasattr(other, "dtype"):
            return function(other, self)
        return NotImplemented

    return reflected


def _in_place(function: Callable[..., Any]) -> Callable[[Any, Any], Array]:
    def update(self: Any, other: Any) -> Array:
        _update(self, function, other)
        return self

    return update


def _update(x: Array, function: Callable[..., Array], other: Any) -> None:
    """x = function(x, other), written into x's own memory, as NumPy's in-place operators do.

    Raises TypeError if the result's kind does not fit into x's dtype, ValueError if its shape does
    not fit into x's.
    """
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
    def apply(self: Any) -> Array:
        return function(self)

    return apply


class ArrayOperators:
    """Arithmetic, comparison and bitwise operators of Array (element by element), and the product of matrices."""

    __slots__ = ()

    __add__: Operator = _forward(elementwise.add)
    __radd__: Operator = _reflected(elementwise.add)
    __iadd__: Operator = _in_place(elementwise.add)
    __sub__: Operator = _forward(elementwise.subtract)
    __rsub__: Operator = _reflected(elementwise.subtract)
    __isub__: Operator = _in_place(elementwise.subtract)
    __mul__: Operator = _forward(elementwise.multiply)
    __rmul__: Operator = _reflected(elementwise.multiply)
    __imul__: Operator = _in_place(elementwise.multiply)
    __truediv__: Operator = _forward(elementwise.divide)
    __rtruediv__: Operator = _reflected(elementwise.divide)
    __itruediv__: Operator = _in_place(elementwise.divide)
    __floordiv__: Operator = _forward(elementwise.floor_divide)
    __rfloordiv__: Operator = _reflected(elementwise.floor_divide)
    __ifloordiv__: Operator = _in_place(elementwise.floor_divide)
    __mod__: Operator = _forward(elementwise.remainder)
    __rmod__: Operator = _reflected(elementwise.remainder)
    __imod__: Operator = _in_place(elementwise.remainder)
    __pow__: Operator = _forward(elementwise.pow)
    __rpow__: Operator = _reflected(elementwise.pow)
    __ipow__: Operator = _in_place(elementwise.pow)
    __matmul__: Operator = _forward(products.matmul)
    __rmatmul__: Operator = _reflected(products.matmul)
    __imatmul__: Operator = _in_place(products.matmul)
    __and__: Operator = _forward(elementwise.bitwise_and)
    __rand__: Operator = _reflected(elementwise.bitwise_and)
    __iand__: Operator = _in_place(elementwise.bitwise_and)
    __or__: Operator = _forward(elementwise.bitwise_or)
    __ror__: Operator = _reflected(elementwise.bitwise_or)
    __ior__: Operator = _in_place(elementwise.bitwise_or)
    __xor__: Operator = _forward(elementwise.bitwise_xor)
    __rxor__: Operator = _reflected(elementwise.bitwise_xor)
    __ixor__: Operator = _in_place(elementwise.bitwise_xor)
    __lshift__: Operator = _forward(elementwise.bitwise_left_shift)
    __rlshift__: Operator = _reflected(elementwise.bitwise_left_shift)
    __ilshift__: Operator = _in_place(elementwise.bitwise_left_shift)
    __rshift__: Operator = _forward(elementwise.bitwise_right_shift)
    __rrshift__: Operator = _reflected(elementwise.bitwise_right_shift)
    __irshift__: Operator = _in_place(elementwise.bitwise_right_shift)

    __lt__: Operator = _forward(elementwise.less)
    __le__: Operator = _forward(elementwise.less_equal)
    __gt__: Operator = _forward(elementwise.greater)
    __ge__: Operator = _forward(elementwise.greater_equal)
    __eq__: Operator = _forward(elementwise.equal)  # type: ignore[assignment]
    __ne__: Operator = _forward(elementwise.not_equal)  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    __neg__: Callable[[Any], Array] = _unary(elementwise.negative)
    __pos__: Callable[[Any], Array] = _unary(elementwise.positive)
    __abs__: Callable[[Any], Array] = _unary(elementwise.abs)
    __invert__: Callable[[Any], Array] = _unary(elementwise.bitwise_invert)
