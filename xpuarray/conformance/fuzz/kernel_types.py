"""The types of numbers in kernels as the fuzzer knows them: from the language's rules, not from its compilers.

An integer is "uint64", "int64", or "nat": an int64 that is known not to be negative.  What is read from an array has
the array's dtype, and becomes one of the three as soon as something is done with it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "BITS",
    "COMPARE",
    "DTYPES",
    "SUMS",
    "arithmetic",
    "cast",
    "dtypes_of",
    "is_complex",
    "is_float",
    "is_int",
    "join",
    "meet",
]

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "complex64",
    "complex128",
)  # fmt: skip
#: what keeps a single a single
_SMALL = {"bool", "int8", "int16", "uint8", "float32", "complex64"}


def dtypes_of(doubles: bool) -> list[str]:
    """All that a device has."""
    return [d for d in DTYPES if doubles or d not in ("float64", "complex128")]


def is_int(kind: str) -> bool:
    """Whether it is an integer, or a bool, which counts as one."""
    return kind in ("nat", "bool") or "int" in kind


def is_float(kind: str) -> bool:
    """Whether it is a real float."""
    return kind.startswith("float")


def is_complex(kind: str) -> bool:
    """Whether it is a complex number."""
    return kind.startswith("complex")


def whole(kind: str) -> str:
    """Which of the three kinds of integers."""
    return kind if kind == "uint64" else "int64" if kind.startswith("int") else "nat"


def meet(a: str, b: str) -> str:
    """The type in which two numbers are added."""
    if is_int(a) and is_int(b):
        kinds = {whole(a), whole(b)}
        return "float64" if kinds == {"uint64", "int64"} else "uint64" if "uint64" in kinds else "int64"
    small = {a, b} <= _SMALL
    if is_complex(a) or is_complex(b):
        return "complex64" if small else "complex128"
    return "float32" if small else "float64"


def join(a: str, b: str) -> str:
    """The type of a value that is one or the other."""
    if is_int(a) and is_int(b):
        if "nat" not in (a, b):
            return np.promote_types(a, b).name
        kind = meet(a, b)
        return "nat" if kind == "int64" and whole(a) == whole(b) == "nat" else kind
    return meet(a, b)


def cast(value: Any, kind: str) -> Any:
    """A number in another type: integers are Python's and wrap, all else is NumPy's."""
    if is_int(kind):
        bits = 1 if kind == "bool" else 64 if kind == "nat" else int(kind.lstrip("uint"))
        if kind == "bool":
            return int(bool(value))
        number = int(value) % (1 << bits)
        return number if kind.startswith("u") or number < 1 << (bits - 1) else number - (1 << bits)
    if isinstance(value, int):
        value = np.uint64(value) if value >= 2**63 else np.int64(value)
    return np.dtype(kind).type(value)


def _divide(x: int, y: int) -> int:
    return x // y if y else 0


def _rest(x: int, y: int) -> int:
    return x % y if y else 0


SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": _divide, "%": _rest, "**": operator.pow,
}  # fmt: skip
BITS: dict[str, Callable[[int, int], int]] = {
    "&": operator.and_, "|": operator.or_, "^": operator.xor,
    "<<": lambda x, y: x << y if 0 <= y < 64 else 0, ">>": lambda x, y: x >> (y if 0 <= y < 64 else 64),
}  # fmt: skip
COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FLOATS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.remainder,
}


_WHOLE: dict[str, Callable[[Any, Any], Any]] = {**SUMS, **BITS, "min": min, "max": max}


def _known(symbol: str, a: bool, b: bool) -> bool:
    """Whether a result is known not to be negative, from what is known of the operands."""
    rules = {"-": False, "%": b, "**": a, "&": a or b, "<<": a, ">>": a, "max": a or b}
    return rules.get(symbol, a and b)


def arithmetic(symbol: str, a: str, b: str) -> tuple[str, Callable[[Any, Any], Any]] | None:
    """The type of `a symbol b`, and what computes it; None where the language has no answer, or none that is one."""
    kind = meet(a, b)
    if is_int(a) and is_int(b) and symbol == "/":
        return "float64", lambda x, y: np.divide(cast(cast(x, kind), "float64"), cast(cast(y, kind), "float64"))
    if is_int(kind):
        compute = _WHOLE[symbol]
        known = kind == "int64" and _known(symbol, whole(a) == "nat", whole(b) == "nat")
        return "nat" if known else kind, lambda x, y: cast(compute(cast(x, kind), cast(y, kind)), kind)
    if symbol not in _FLOATS or (is_complex(kind) and symbol in ("//", "%")):
        return None
    return kind, lambda x, y: _FLOATS[symbol](cast(x, kind), cast(y, kind))
