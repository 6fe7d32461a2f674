"""What the simulator computes: of Python's integers exactly, of NumPy's scalars as IEEE has it."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["COMPUTE", "LOGICAL", "MIXED", "RING", "ROUNDED", "WHOLE", "numpys"]


def _floordiv(x: Any, y: Any) -> Any:
    return x // y if y else 0


def _mod(x: Any, y: Any) -> Any:
    return x % y if y else 0


def _fmod(x: int, y: int) -> int:
    return (abs(x) % abs(y)) * (1 if x >= 0 else -1) if y else 0


def _power(x: int, y: int) -> int:
    if y >= 0:
        return pow(x, y, 1 << 64)
    return 0 if abs(x) != 1 else x if y % 2 else 1


def _least(*values: Any) -> Any:
    return functools.reduce(lambda a, b: b if b < a else a, values)


def _greatest(*values: Any) -> Any:
    return functools.reduce(lambda a, b: b if b > a else a, values)


#: Of integers: what is right but for a multiple of 2**64, and what is not.
RING: dict[Any, Callable[..., int]] = {
    operator.add: int.__add__, operator.sub: int.__sub__, operator.mul: int.__mul__, operator.neg: int.__neg__,
    operator.and_: int.__and__, operator.or_: int.__or__, operator.xor: int.__xor__, operator.invert: int.__invert__,
    operator.pos: int.__pos__,
    np.bitwise_and: int.__and__, np.bitwise_or: int.__or__, np.bitwise_xor: int.__xor__, np.invert: int.__invert__,
    np.add: int.__add__, np.subtract: int.__sub__, np.multiply: int.__mul__, np.negative: int.__neg__,
}  # fmt: skip
LOGICAL = (operator.and_, operator.or_, operator.xor)
WHOLE: dict[Any, Callable[..., int]] = {
    operator.floordiv: _floordiv, np.floor_divide: _floordiv, operator.mod: _mod, np.remainder: _mod, np.fmod: _fmod,
    operator.pow: _power, pow: _power, np.power: _power,
    min: _least, max: _greatest, np.minimum: _least, np.maximum: _greatest, abs: abs, np.abs: abs,
    **dict.fromkeys((operator.lshift, np.left_shift), lambda x, y: x << y if 0 <= y < 64 else 0),
    **dict.fromkeys((operator.rshift, np.right_shift), lambda x, y: x >> (y if 0 <= y < 64 else 64)),
}  # fmt: skip
ROUNDED: dict[Any, Callable[..., float]] = {
    operator.add: float.__add__, operator.sub: float.__sub__, operator.mul: float.__mul__, operator.neg: float.__neg__,
}  # fmt: skip
MIXED = (math.ldexp, np.ldexp)  # of a float and an integer


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return (_floordiv(x, y), _mod(x, y)) if isinstance(x, np.integer) else divmod(x, y)


def _complex(*parts: Any) -> complex:
    return complex(*map(float, parts)) if len(parts) == 2 else complex(*parts)


#: Of NumPy's scalars.
COMPUTE: dict[Any, Callable[..., Any]] = {
    min: _least, max: _greatest, divmod: _divmod, pow: np.power, round: np.round, complex: _complex,
    **dict.fromkeys((int, float, math.trunc), lambda x: x), math.floor: np.floor, math.ceil: np.ceil,
    math.pow: np.power, math.asin: np.arcsin, math.acos: np.arccos, math.atan: np.arctan, math.atan2: np.arctan2,
    math.asinh: np.arcsinh, math.acosh: np.arccosh, math.atanh: np.arctanh,
}  # fmt: skip


#: Functions of `math` that raise where NumPy's of the same name have IEEE's results.
_SAME = frozenset(
    ("fabs", "sqrt", "exp", "expm1", "log", "log10", "log2", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    + ("hypot", "fmod", "copysign")
)


def numpys(function: Any) -> Callable[..., Any]:
    """NumPy's function in place of one of `math` that raises."""
    same = getattr(function, "__module__", None) == "math" and function.__name__ in _SAME
    return getattr(np, function.__name__) if same else function
