"""Integers in kernels: what is typed, what is weak, and what is known not to be negative.

Numba computes them in 64 bits at least, and so does the language; beyond that it follows NumPy 2, where Numba does not:

- Python's integers are weak: literals, globals and what is made of them take the type of what they meet.
- int64 and uint64 make float64; operations on bits refuse the two; comparisons are exact.
- Ids, extents and the variables of loops are `INDEX`: an int64 of which it is known that it is not negative, and weak.
  So are sums, products and quotients of them, but no differences.  `NATURAL` is the same of what is no Python integer.

What is known not to be negative addresses memory as uint64.  A signed index would bring Numba's wraparound for
negative ones, behind which Intel's compiler for CPUs no longer sees consecutive addresses: it is 5 times slower.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import IntegerModel
from numba.core.errors import TypingError
from numba.core.typing.templates import Signature, signature
from numba.cpython import rangeobj

__all__ = ["INDEX", "NATURAL", "Natural", "as_address", "join", "of_call", "of_parameter", "plain", "resolve"]

_LEAST, _LARGEST = -(2**63), 2**64 - 1


class Natural(types.Integer):
    """An int64 that is not negative."""

    def __init__(self, name: str, weak: bool):
        self.weak = weak
        super().__init__(name, bitwidth=64, signed=True)

    def can_convert_to(self, typingctx: Any, other: types.Type) -> Any:
        return typingctx.can_convert(types.int64, other)


register_default(Natural)(IntegerModel)

INDEX = Natural("int>=0", weak=True)
NATURAL = Natural("int64>=0", weak=False)

# -- the type in which integers meet ----------------------------------------------------------------


def _value(kind: types.Type) -> int | None:
    return kind.literal_value if isinstance(kind, types.IntegerLiteral) else None


def _not_negative(kind: types.Type) -> bool:
    value = _value(kind)
    if value is not None:
        return value >= 0
    if isinstance(kind, types.Integer) and not kind.signed:
        return kind.bitwidth < 64
    return isinstance(kind, (Natural, types.Boolean))


def _weak(kind: types.Type) -> bool:
    return isinstance(kind, (types.IntegerLiteral, types.Boolean)) or (isinstance(kind, Natural) and kind.weak)


def common(kinds: Sequence[types.Type]) -> types.Type:
    """int64, uint64, or float64 for both.  Raises TypingError for a Python integer that the others' type does not
    have."""
    values = [kind.literal_value for kind in kinds if isinstance(kind, types.IntegerLiteral)]
    typed = [kind for kind in kinds if not _weak(kind)]
    signed = any(kind.signed for kind in typed)
    unsigned = any(kind.bitwidth == 64 for kind in typed if not kind.signed)
    if signed and unsigned:
        return types.float64
    below, beyond = min(values, default=0) < 0, max(values, default=0) > types.int64.maxval
    if (signed and beyond) or (below and (unsigned or beyond)):
        value, other = (min(values), "uint64") if below else (max(values), "int64")
        raise TypingError(
            f"the Python integer {value} is out of bounds for {other}; write np.int64(...) or np.uint64(...) of "
            "one of the operands, whichever is meant"
        )
    index = any(map(lambda kind: isinstance(kind, Natural), kinds))
    narrow = bool(typed) and not signed and not unsigned  # all of them unsigned, of fewer than 64 bits
    return types.uint64 if unsigned or beyond or (narrow and not index and not below) else types.int64


def join(first: types.Type, second: types.Type) -> types.Type | None:
    """The type of a variable that is set to a weak integer and to another one; None if there is none."""
    try:
        kind = common((first, second))
    except TypingError:
        return None
    return _known((first, second), kind) if _not_negative(first) and _not_negative(second) else kind


def _known(kinds: Sequence[types.Type], kind: types.Type) -> types.Type:
    """`kind`, of which it is known now that it is not negative."""
    if kind != types.int64:
        return kind
    return INDEX if all(map(_weak, kinds)) else NATURAL


# -- operations ---------------------------------------------------------------------------------------

_NEVER, _FIRST, _LAST, _ALL, _ANY = (
    lambda known: False,
    lambda known: known[0],
    lambda known: known[-1],
    all,
    any,
)
#: operation -> when its result is known not to be negative, from what is known of its operands
_ARITHMETIC: dict[Any, Callable[[list[bool]], bool]] = {
    **dict.fromkeys((operator.add, operator.iadd, np.add), _ALL),
    **dict.fromkeys((operator.sub, operator.isub, np.subtract), _NEVER),
    **dict.fromkeys((operator.mul, operator.imul, np.multiply), _ALL),
    **dict.fromkeys((operator.floordiv, operator.ifloordiv, np.floor_divide), _ALL),
    **dict.fromkeys((operator.mod, operator.imod, np.remainder), _LAST),
    **dict.fromkeys((operator.pow, operator.ipow, pow, np.power), _FIRST),
    **dict.fromkeys((divmod, np.divmod), _ALL),
    np.fmod: _FIRST,
    **dict.fromkeys((min, np.minimum, np.fmin), _ALL),
    **dict.fromkeys((max, np.maximum, np.fmax), _ANY),
    **dict.fromkeys((operator.neg, np.negative), _NEVER),
    **dict.fromkeys((operator.pos, np.positive), _ALL),
    **dict.fromkeys((abs, np.abs, int), _ALL),
}
_BITS: dict[Any, Callable[[list[bool]], bool]] = {
    **dict.fromkeys((operator.and_, operator.iand, np.bitwise_and), _ANY),
    **dict.fromkeys((operator.or_, operator.ior, np.bitwise_or), _ALL),
    **dict.fromkeys((operator.xor, operator.ixor, np.bitwise_xor), _ALL),
    **dict.fromkeys((operator.lshift, operator.ilshift, np.left_shift), _FIRST),
    **dict.fromkeys((operator.rshift, operator.irshift, np.right_shift), _FIRST),
    **dict.fromkeys((operator.invert, np.invert), _NEVER),
}
_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
_KNOWN = {**_ARITHMETIC, **_BITS}


def of_call(function: Any, kinds: Sequence[types.Type]) -> bool:
    """Whether it is for `resolve` to say what `function` of such arguments gives."""
    if function in _KNOWN or function in _COMPARISONS or function is range:
        integers = all(isinstance(kind, (types.Integer, types.Boolean)) for kind in kinds)
        return bool(kinds) and integers and any(isinstance(kind, types.Integer) for kind in kinds)
    return function is len and len(kinds) == 1 and isinstance(kinds[0], types.Array)


Numbas = Callable[[Sequence[types.Type]], Signature]  #: the signature that Numba has for arguments of such types


def resolve(function_type: types.Function, kinds: Sequence[types.Type], numbas: Numbas) -> Signature | None:
    """The signature of a call with integers."""
    function = function_type.typing_key
    if function is len:
        return numbas(kinds).replace(return_type=INDEX)
    if function is range:
        return _range(function_type, kinds, numbas)
    if function in _COMPARISONS:
        return _comparison(kinds, numbas)
    folded = _folded(function, kinds)
    if folded is not None:
        return numbas(list(map(plain, kinds))).replace(return_type=folded)
    if not any(map(_weak, kinds)) and len({kind.signed for kind in kinds}) == 1:
        given, kind = list(kinds), types.int64 if kinds[0].signed else types.uint64
    else:
        kind = common(kinds)
        given = [kind] * len(kinds)
    if kind == types.float64 and function in _BITS:
        raise TypingError(
            f"{getattr(function, '__name__', function)} of int64 and uint64 has no type for its result; write "
            "np.int64(...) or np.uint64(...) of one of the operands"
        )
    found = numbas(list(map(plain, given)))
    if len(kinds) > 2 or not _KNOWN[function]([_not_negative(each) for each in kinds]):
        return found
    result = found.return_type
    if isinstance(result, types.UniTuple):
        return found.replace(return_type=types.UniTuple(_known(kinds, result.dtype), result.count))
    return found.replace(return_type=_known(kinds, result))


def _folded(function: Any, kinds: Sequence[types.Type]) -> types.Type | None:
    """The literal that an operation on literals makes: it is as weak as they are."""
    values: Any = [_value(kind) for kind in kinds]
    if None in values or isinstance(function, np.ufunc) or function is divmod:
        return None
    if function in (operator.pow, operator.ipow, pow, operator.lshift, operator.ilshift) and values[1] > 64:
        return None
    try:
        result = function(*values)
    except (ArithmeticError, ValueError):
        return None
    return types.literal(result) if type(result) is int and _LEAST <= result <= _LARGEST else None


def _comparison(kinds: Sequence[types.Type], numbas: Numbas) -> Signature:
    """Of one type if they have one; else for comparison.py."""
    try:
        kind = common(kinds)
    except TypingError:
        kind = types.float64
    if kind != types.float64:
        return numbas([kind] * 2)
    wide = [types.int64 if plain(each).signed else types.uint64 for each in kinds]
    return signature(types.boolean, *wide)


# -- loops --------------------------------------------------------------------------------------------

_RANGE = types.RangeType(INDEX)
rangeobj.make_range_impl(INDEX, _RANGE, _RANGE.iterator_type)


def _range(function_type: Any, kinds: Sequence[types.Type], numbas: Numbas) -> Signature:
    """A loop that starts at 0 or above and goes up stays there."""
    kind = common(kinds)
    start, step = (kinds[0] if len(kinds) > 1 else INDEX), (kinds[2] if len(kinds) > 2 else INDEX)
    if kind == types.int64 and _not_negative(start) and _not_negative(step):
        found = signature(_RANGE, *[INDEX] * len(kinds))
        function_type._impl_keys[found.args] = range  # where Numba's lowering looks for it
        return found
    return numbas([types.uint64 if kind == types.uint64 else types.int64] * len(kinds))


def plain(kind: types.Type) -> types.Type:
    """What Numba knows it as."""
    if isinstance(kind, types.BaseTuple) and any(isinstance(part, Natural) for part in kind):
        return types.BaseTuple.from_types([plain(part) for part in kind])
    return types.int64 if isinstance(kind, Natural) else types.unliteral(kind)


def of_parameter(kind: types.Type) -> types.Type:
    """As what a function's parameter takes it: one function for all literals, and they stay weak."""
    return (join(kind, kind) or kind) if isinstance(kind, types.IntegerLiteral) else kind


def as_address(index: types.Type) -> types.Type:
    """The type by which an index, or a tuple of indices, addresses memory."""
    if isinstance(index, types.BaseTuple):
        return types.BaseTuple.from_types([as_address(part) for part in index])
    return types.uint64 if isinstance(index, Natural) else index
