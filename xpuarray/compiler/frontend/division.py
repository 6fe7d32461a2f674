"""Division of integers and of complex numbers, made for kernels: nothing traps, and there are no branches.

x // 0 and x % 0 of integers are 0, and the least integer // -1 is itself, as in NumPy.  Numba's own lowering

- ends the process with SIGFPE on the CPU for np.floor_divide, np.remainder and np.fmod of the least
  integer by -1 (Numba 0.68), and gives 0 for the operator //;
- branches around the division, which Intel's OpenCL CPU compiler (2026.2) gets wrong where the same
  quotient is wanted twice: it then gives x // 0 = x;
- raises ZeroDivisionError for a complex number / 0, which ends a work-item in silence.

So passes put functions of our own in place of the operators and of NumPy's functions.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba.core import cgutils, types
from numba.core.compiler_machinery import register_pass
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from xpuarray.compiler.frontend.replacing import ReplacingNumbers

__all__ = ["KNOWN", "OwnComplexDivision", "OwnDivision", "truncated_remainder"]


def floor_divide(x: Any, y: Any) -> Any:
    """The quotient, rounded down."""


def remainder(x: Any, y: Any) -> Any:
    """What is left, with the divisor's sign."""


def both(x: Any, y: Any) -> Any:
    """Quotient and remainder."""


def truncated_remainder(x: Any, y: Any) -> Any:
    """What is left, with the dividend's sign."""


def divide(x: Any, y: Any) -> Any:
    """The quotient of complex numbers."""


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


@infer_global(divide)
class _Divide(AbstractTemplate):
    def generic(self, args, kws):
        return signature(args[0], *args)


@lower_builtin(divide, types.Complex, types.Complex)
def _divide_complex(context, builder, sig, args):
    """By Smith's method, as NumPy does it: the part of y that is larger is taken out of both."""
    (a, b), (c, d) = ((v.real, v.imag) for v in (context.make_complex(builder, sig.args[0], value) for value in args))
    size_c, size_d = (builder.call(builder.module.declare_intrinsic("llvm.fabs", [v.type]), [v]) for v in (c, d))
    zero, one = c.type(0.0), c.type(1.0)
    first = builder.fcmp_ordered(">=", size_c, size_d)
    large, small = builder.select(first, c, d), builder.select(first, d, c)
    ratio = builder.fdiv(small, large)
    scale = builder.fdiv(one, builder.fadd(large, builder.fmul(small, ratio)))
    scaled_a, scaled_b = builder.fmul(a, ratio), builder.fmul(b, ratio)
    real = builder.select(first, builder.fadd(a, scaled_b), builder.fadd(scaled_a, b))
    imag = builder.select(first, builder.fsub(b, scaled_a), builder.fsub(scaled_b, a))
    by_zero = builder.and_(builder.fcmp_ordered("==", size_c, zero), builder.fcmp_ordered("==", size_d, zero))
    result = context.make_complex(builder, sig.return_type)
    for name, part, own in (("real", real, a), ("imag", imag, b)):
        setattr(result, name, builder.select(by_zero, builder.fdiv(own, size_c), builder.fmul(part, scale)))
    return result._getvalue()


# -- the passes ----------------------------------------------------------------------------------


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnDivision(ReplacingNumbers):
    """Replaces divisions of integers by calls of the functions above."""

    _name = "xpuarray_division"
    known = KNOWN


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnComplexDivision(ReplacingNumbers):
    """Replaces divisions of complex numbers by calls of `divide`."""

    _name = "xpuarray_complex_division"
    kind = types.Complex
    known = dict.fromkeys((operator.truediv, operator.itruediv, np.divide), divide)
