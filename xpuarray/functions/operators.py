"""Python's operators on arrays, each looked up in the table that the chapters fill.

Chapters import Array, so Array can't import them; they enter their functions here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xpuarray.core.array import Array

__all__ = ["Operators", "operation", "operations"]

operations: dict[str, Callable[..., Any]] = {}


def operation(function: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """Enter `function` into the table under its own name (or another); returns it."""
    operations[name or function.__name__] = function
    return function


def _binary(name: str, swap: bool = False) -> Any:
    def forward(self: Array, other: Any) -> Array:
        if not _operand(self, other):
            return NotImplemented
        return operations[name](self, other)

    def reflected(self: Array, other: Any) -> Array:
        if not _operand(self, other):
            return NotImplemented
        return operations[name](other, self)

    return reflected if swap else forward


def _inplace(name: str) -> Any:
    def update(self: Array, other: Any) -> Array:
        operations["inplace"](self, operations[name], other, name)
        return self

    return update


def _unary(name: str) -> Any:
    def apply(self: Array) -> Array:
        return operations[name](self)

    return apply


def _operand(self: Array, other: Any) -> bool:
    """Foreign types may have an operator of their own; arrays of any kind get our error."""
    return type(other) is type(self) or isinstance(other, (int, float, complex, bool)) or hasattr(other, "dtype")


class Operators:
    """Arithmetic, comparison and bitwise operators of Array (element by element)."""

    __slots__ = ()
    __add__, __radd__, __iadd__ = _binary("add"), _binary("add", True), _inplace("add")
    __sub__, __rsub__, __isub__ = _binary("subtract"), _binary("subtract", True), _inplace("subtract")
    __mul__, __rmul__, __imul__ = _binary("multiply"), _binary("multiply", True), _inplace("multiply")
    __truediv__, __rtruediv__, __itruediv__ = _binary("divide"), _binary("divide", True), _inplace("divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _binary("floor_divide", True)
    __ifloordiv__ = _inplace("floor_divide")
    __mod__, __rmod__, __imod__ = _binary("remainder"), _binary("remainder", True), _inplace("remainder")
    __pow__, __rpow__, __ipow__ = _binary("pow"), _binary("pow", True), _inplace("pow")
    __matmul__, __rmatmul__, __imatmul__ = _binary("matmul"), _binary("matmul", True), _inplace("matmul")
    __and__, __rand__, __iand__ = _binary("bitwise_and"), _binary("bitwise_and", True), _inplace("bitwise_and")
    __or__, __ror__, __ior__ = _binary("bitwise_or"), _binary("bitwise_or", True), _inplace("bitwise_or")
    __xor__, __rxor__, __ixor__ = _binary("bitwise_xor"), _binary("bitwise_xor", True), _inplace("bitwise_xor")
    __lshift__, __rlshift__ = _binary("bitwise_left_shift"), _binary("bitwise_left_shift", True)
    __ilshift__ = _inplace("bitwise_left_shift")
    __rshift__, __rrshift__ = _binary("bitwise_right_shift"), _binary("bitwise_right_shift", True)
    __irshift__ = _inplace("bitwise_right_shift")
    __lt__, __le__, __gt__, __ge__ = (_binary(n) for n in ("less", "less_equal", "greater", "greater_equal"))
    __eq__, __ne__ = _binary("equal"), _binary("not_equal")
    __neg__, __pos__, __abs__, __invert__ = (_unary(n) for n in ("negative", "positive", "abs", "bitwise_invert"))
    __hash__ = None  # type: ignore[assignment]
