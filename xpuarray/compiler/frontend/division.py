"""Division of integers, made for kernels: nothing traps, and there are no branches.

x // 0 and x % 0 are 0, and the least integer // -1 is itself, as in NumPy.  Numba's own lowering

- ends the process with SIGFPE on the CPU for np.floor_divide, np.remainder and np.fmod of the least
  integer by -1 (Numba 0.68), and gives 0 for the operator //;
- branches around the division, which Intel's OpenCL CPU compiler (2026.2) gets wrong where the same
  quotient is wanted twice: it then gives x // 0 = x.

So a pass puts functions of our own in place of the operators and of NumPy's functions.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.compiler_machinery import register_pass
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from xpuarray.compiler.frontend.replacing import ReplacingIntegers

__all__ = ["KNOWN", "OwnDivision", "truncated_remainder"]


def floor_divide(x: Any, y: Any) -> Any:
    """The quotient, rounded down."""


def remainder(x: Any, y: Any) -> Any:
    """What is left, with the divisor's sign."""


def both(x: Any, y: Any) -> Any:
    """Quotient and remainder."""


def truncated_remainder(x: Any, y: Any) -> Any:
    """What is left, with the dividend's sign."""


#: What kernels call -> our function for it.
KNOWN: dict[Any, Any] = {
    **dict.fromkeys((operator.floordiv, operator.ifloordiv, np.floor_divide), floor_divide),
    **dict.fromkeys((operator.mod, operator.imod, np.remainder), remainder),
    **dict.fromkeys((divmod, np.divmod), both),
    np.fmod: truncated_remainder,
}


# -- their types and code -----------------------------------------------------------------------


def _register(function: Any) -> None:
    class Template(AbstractTemplate):
        key = function

        def generic(self, args, kws):
            result = types.UniTuple(args[0], 2) if function is both else args[0]
            return signature(result, *args)

    infer_global(function, types.Function(Template))

    @lower_builtin(function, types.Integer, types.Integer)
    def lower(context, builder, sig, args):
        quotient, rest, truncated = _divide(builder, sig.args[0].signed, *args)
        if function is both:
            return cgutils.pack_array(builder, [quotient, rest])
        return {floor_divide: quotient, remainder: rest, truncated_remainder: truncated}[function]


for _function in (floor_divide, remainder, both, truncated_remainder):
    _register(_function)


def _divide(builder, signed, x, y):
    """Quotient and remainder, rounded down, and the remainder of the quotient rounded to zero."""
    zero, one = y.type(0), y.type(1)
    by_zero = builder.icmp_unsigned("==", y, zero)
    if not signed:
        safe = builder.select(by_zero, one, y)
        quotient = builder.udiv(x, safe)
        rest = builder.sub(x, builder.mul(quotient, safe))
        return builder.select(by_zero, zero, quotient), rest, rest
    by_minus_one = builder.icmp_unsigned("==", y, y.type(-1))
    safe = builder.select(builder.or_(by_zero, by_minus_one), one, y)
    quotient = builder.sdiv(x, safe)
    truncated = builder.sub(x, builder.mul(quotient, safe))
    differ = builder.icmp_signed("<", builder.xor(truncated, safe), zero)
    below = builder.and_(builder.icmp_unsigned("!=", truncated, zero), differ)
    quotient = builder.select(below, builder.sub(quotient, one), quotient)
    rest = builder.select(below, builder.add(truncated, safe), truncated)
    quotient = builder.select(by_minus_one, builder.neg(x), builder.select(by_zero, zero, quotient))
    return quotient, rest, truncated


# -- the pass -----------------------------------------------------------------------------------


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnDivision(ReplacingIntegers):
    """Replaces divisions of integers by calls of the functions above."""

    _name = "xpuarray_division"
    known = KNOWN
