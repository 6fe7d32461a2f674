"""Integers in kernels: an int64, of which it may be known that it is not negative, or a uint64.

Numba computes integers in 64 bits, and so does the language; but its rules make int64 of uint64 beside a literal, and
doubles where the two are compared.  Here

- what has fewer bits is an int64, whatever its sign: so `x - y` of two bytes is what it says;
- Python's integers, ids, extents and the variables of loops are an `INDEX`, if they are not negative: an int64 of which
  that is known, and which beside uint64 is one.  So are bytes and their kin, and what is made of such numbers by sums,
  products, quotients and so on (`_KNOWN`), but not by differences;
- any other int64 and uint64 make float64; operations on bits refuse the two; comparisons are exact.

An INDEX addresses memory as uint64.  A signed index would bring Numba's wraparound for negative ones, behind which
Intel's compiler for CPUs no longer sees consecutive addresses: it is 5 times slower.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import IntegerModel
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import Signature, signature
from numba.cpython import rangeobj

from xpuarray.compiler.frontend.ops import current_device

__all__ = ["INDEX", "Natural", "as_address", "join", "of_call", "of_parameter", "plain", "resolve"]

_LEAST, _LARGEST = -(2**63), 2**64 - 1


class Natural(types.Integer):
    """An int64 that is not negative."""

    def __init__(self) -> None:
        super().__init__("int64>=0", bitwidth=64, signed=True)

    def can_convert_to(self, typingctx: Any, other: types.Type) -> Any:
        return typingctx.can_convert(types.int64, other)


register_default(Natural)(IntegerModel)

INDEX = Natural()

# -- the type in which integers meet ----------------------------------------------------------------


def _value(kind: types.Type) -> int | None:
    return kind.literal_value if isinstance(kind, types.IntegerLiteral) else None


def _not_negative(kind: types.Type) -> bool:
    """Whether that is known of an int64."""
    value = _value(kind)
    if value is not None:
        return value >= 0
    return isinstance(kind, (Natural, types.Boolean)) or (not kind.signed and kind.bitwidth < 64)


def common(kinds: Sequence[types.Type]) -> types.Type:
    """int64, uint64, or float64 for both.  Raises TypingError for a Python integer that the others' type lacks."""
    values = [kind.literal_value for kind in kinds if isinstance(kind, types.IntegerLiteral)]
    below, beyond = min(values, default=0) < 0, max(values, default=0) > types.int64.maxval
    typed = [kind for kind in kinds if isinstance(kind, types.Integer) and _value(kind) is None]
    unsigned = any(not kind.signed and kind.bitwidth == 64 for kind in typed)
    signed = any(kind.signed and not isinstance(kind, Natural) for kind in typed)
    if (signed and beyond) or (below and (unsigned or beyond)):
        value, other = (min(values), "uint64") if below else (max(values), "int64")
        raise TypingError(f"the Python integer {value} is out of bounds for {other}; {_CURE}")
    if signed and unsigned:
        return types.float64
    return types.uint64 if unsigned or beyond else types.int64


_CURE = "write np.int64(...) or np.uint64(...) of one of the operands, whichever is meant"


def join(first: types.Type, second: types.Type) -> types.Type | None:
    """The type of a variable that is set to a Python integer, or an INDEX, and to another integer; None if there is
    none."""
    try:
        kind = common((first, second))
    except TypingError:
        return None
    return INDEX if kind == types.int64 and _not_negative(first) and _not_negative(second) else kind


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
    **dict.fromkeys((abs, np.abs), _ALL),
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
_OF_BOOLS = (min, max, operator.and_, operator.or_, operator.xor, operator.iand, operator.ior, operator.ixor)
#: what makes integers of bools alone, as Python does; NumPy's functions, and those above, leave them bools
_COUNTING = {f for f in _KNOWN if not isinstance(f, np.ufunc) and f not in (*_OF_BOOLS, operator.invert)}


def of_call(function: Any, kinds: Sequence[types.Type]) -> bool:
    """Whether it is for `resolve` to say what `function` of such arguments gives."""
    if function in _KNOWN or function in _COMPARISONS or function is range:
        integers = all(isinstance(kind, (types.Integer, types.Boolean)) for kind in kinds)
        counts = function in _COUNTING or any(isinstance(kind, types.Integer) for kind in kinds)
        return bool(kinds) and integers and counts
    asked = {len: types.Array, int: Natural}.get(function)
    return asked is not None and len(kinds) == 1 and isinstance(kinds[0], asked)


Numbas = Callable[[Sequence[types.Type]], Signature]  #: the signature that Numba has for arguments of such types


def resolve(function_type: types.Function, kinds: Sequence[types.Type], numbas: Numbas) -> Signature | None:
    """The signature of a call with integers."""
    function = function_type.typing_key
    if function is len:
        return numbas(kinds).replace(return_type=INDEX)
    if function is int:
        return _told(function_type, signature(*kinds, *kinds))
    if function is range:
        return _range(function_type, kinds, numbas)
    if function in _COMPARISONS:
        return _comparison(kinds, numbas)
    folded = _folded(function, kinds)
    if folded is not None:
        return numbas([types.unliteral(kind) for kind in kinds]).replace(return_type=folded)
    kind = common(kinds)
    if kind == types.float64:
        _check_float64(function)
    found = numbas([kind] * len(kinds))
    if kind != types.int64 or len(kinds) > 2 or not _KNOWN[function](list(map(_not_negative, kinds))):
        return found
    several = isinstance(found.return_type, types.UniTuple)
    return found.replace(return_type=types.UniTuple(INDEX, found.return_type.count) if several else INDEX)


def _check_float64(function: Any) -> None:
    name, info = getattr(function, "__name__", function), current_device.get()
    if function in _BITS:
        raise TypingError(f"{name} of int64 and uint64 has no type for its result; {_CURE}")
    if info is not None and not info.fp64:
        raise TypingError(f"{name} of int64 and uint64 is float64, which {info.filter_string} has not; {_CURE}")


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
    wide = [types.int64 if types.unliteral(each).signed else types.uint64 for each in kinds]
    return signature(types.boolean, *wide)


def _told(function_type: Any, found: Signature) -> Signature:
    """A signature of ours, where Numba's lowering looks for it."""
    function_type._impl_keys[found.args] = function_type.typing_key
    return found


lower_builtin(int, Natural)(lambda context, builder, sig, args: args[0])


def _absolute(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    zero = value.type(0)
    return builder.select(builder.icmp_signed("<", value, zero), builder.neg(value), value)


#: NumPy's functions that Numba's code for all of them would make, which has no type for an INDEX that is the result.
_CODE: dict[Any, Callable[..., ir.Value]] = {
    np.bitwise_and: ir.IRBuilder.and_,
    np.bitwise_or: ir.IRBuilder.or_,
    np.bitwise_xor: ir.IRBuilder.xor,
    np.positive: lambda builder, value: value,
    np.abs: _absolute,
}


def _lower(function: np.ufunc) -> None:
    @lower_builtin(function, *[types.Integer] * function.nin)
    def lower(context: Any, builder: ir.IRBuilder, sig: Signature, args: Sequence[ir.Value]) -> ir.Value:
        unsigned = function is np.abs and not sig.args[0].signed
        return args[0] if unsigned else _CODE[function](builder, *args)


for _function in _CODE:
    _lower(_function)

# -- loops --------------------------------------------------------------------------------------------

_RANGE = types.RangeType(INDEX)
rangeobj.make_range_impl(INDEX, _RANGE, _RANGE.iterator_type)


def _range(function_type: Any, kinds: Sequence[types.Type], numbas: Numbas) -> Signature:
    """A loop that starts at 0 or above and goes up stays there."""
    kind = common(kinds)
    start, step = (kinds[0] if len(kinds) > 1 else INDEX), (kinds[2] if len(kinds) > 2 else INDEX)
    if kind == types.int64 and _not_negative(start) and _not_negative(step):
        return _told(function_type, signature(_RANGE, *[INDEX] * len(kinds)))
    return numbas([types.uint64 if kind == types.uint64 else types.int64] * len(kinds))


def plain(kind: types.Type) -> types.Type:
    """What Numba knows it as: a type of its own, literals left as they are."""
    if isinstance(kind, types.BaseTuple) and any(isinstance(part, Natural) for part in kind):
        return types.BaseTuple.from_types([plain(part) for part in kind])
    return types.int64 if isinstance(kind, Natural) else kind


def of_parameter(kind: types.Type) -> types.Type:
    """As what a function's parameter takes it: one function for all literals, and they stay weak."""
    return (join(kind, kind) or kind) if isinstance(kind, types.IntegerLiteral) else kind


def as_address(index: types.Type) -> types.Type:
    """The type by which an index, or a tuple of indices, addresses memory."""
    if isinstance(index, types.BaseTuple):
        return types.BaseTuple.from_types([as_address(part) for part in index])
    return types.uint64 if isinstance(index, Natural) else index
