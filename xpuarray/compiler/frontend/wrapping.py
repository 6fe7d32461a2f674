"""Sums, products, powers, shifts and extremes of integers as NumPy has them, made for kernels.

Numba (0.68) promises LLVM that sums of signed ones never overflow (`_int_arith_flags` in numba/cpython/numbers.py), so
that it may drop checks for negative indices.  LLVM then takes x + 1 > x for true, and y + y for 0 if it can see that y
is too large: neither is what NumPy computes, nor a library on the device.  What addresses memory is unsigned here, so
that there is little to win.  And a shift by 64 or more is whatever the processor makes of it.  So a pass puts functions
of our own in place of the operators and of NumPy's functions; min and max are here because Numba compiles a function
for each.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler_machinery import register_pass
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from xpuarray.compiler.frontend.replacing import ReplacingNumbers

__all__ = ["KNOWN", "OwnSums"]


def add(x: Any, y: Any) -> Any:
    """x + y"""


def subtract(x: Any, y: Any) -> Any:
    """x - y"""


def multiply(x: Any, y: Any) -> Any:
    """x * y"""


def power(x: Any, y: Any) -> Any:
    """x ** y; with y below 0, the part before the point of 1 / x ** -y, and 0 if x is."""


def left_shift(x: Any, y: Any) -> Any:
    """x << y; 0 if y is below 0 or above 63."""


def right_shift(x: Any, y: Any) -> Any:
    """x >> y; 0, or -1 if x is below 0, if y is below 0 or above 63."""


def least(x: Any, y: Any) -> Any:
    """min(x, y)"""


def greatest(x: Any, y: Any) -> Any:
    """max(x, y)"""


KNOWN: dict[Any, Any] = {
    **dict.fromkeys((operator.add, operator.iadd, np.add), add),
    **dict.fromkeys((operator.sub, operator.isub, np.subtract), subtract),
    **dict.fromkeys((operator.mul, operator.imul, np.multiply), multiply),
    **dict.fromkeys((operator.pow, operator.ipow, pow, np.power), power),
    **dict.fromkeys((operator.lshift, operator.ilshift, np.left_shift), left_shift),
    **dict.fromkeys((operator.rshift, operator.irshift, np.right_shift), right_shift),
    **dict.fromkeys((min, np.minimum, np.fmin), least),
    **dict.fromkeys((max, np.maximum, np.fmax), greatest),
}


def _power(builder, signed, x, y):
    """By squaring.  LLVM unrolls the loop if it knows y."""
    zero, one = y.type(0), y.type(1)
    below = builder.icmp_signed("<", y, zero) if signed else ir.IntType(1)(0)
    result, base, rest = (
        cgutils.alloca_once_value(builder, v) for v in (one, x, builder.select(below, builder.neg(y), y))
    )
    test, body, end = (builder.append_basic_block(f"power.{name}") for name in ("test", "body", "end"))
    builder.branch(test)
    builder.position_at_end(test)
    left = builder.load(rest)
    builder.cbranch(builder.icmp_unsigned("!=", left, zero), body, end)
    builder.position_at_end(body)
    square = builder.load(base)
    factor = builder.select(builder.trunc(left, ir.IntType(1)), square, one)
    builder.store(builder.mul(builder.load(result), factor), result)
    builder.store(builder.mul(square, square), base)
    builder.store(builder.lshr(left, one), rest)
    builder.branch(test)
    builder.position_at_end(end)
    whole = builder.load(result)
    unit = builder.icmp_unsigned("<=", builder.add(x, one), y.type(2))  # -1, 0 or 1
    inverse = builder.select(unit, whole, zero)
    return builder.select(below, inverse, whole)


def _shift(builder, signed, x, y, left):
    width = y.type(y.type.width)
    inside = builder.icmp_unsigned("<", y, width)
    if signed and not left:
        return builder.ashr(x, builder.select(inside, y, y.type(y.type.width - 1)))
    shifted = (builder.shl if left else builder.lshr)(x, builder.select(inside, y, y.type(0)))
    return builder.select(inside, shifted, x.type(0))


def _extreme(builder, signed, x, y, order):
    compare = builder.icmp_signed if signed else builder.icmp_unsigned
    return builder.select(compare(order, y, x), y, x)


_CODE: dict[Any, Any] = {
    add: lambda builder, signed, x, y: builder.add(x, y),
    subtract: lambda builder, signed, x, y: builder.sub(x, y),
    multiply: lambda builder, signed, x, y: builder.mul(x, y),
    power: _power,
    left_shift: functools.partial(_shift, left=True),
    right_shift: functools.partial(_shift, left=False),
    least: functools.partial(_extreme, order="<"),
    greatest: functools.partial(_extreme, order=">"),
}


def _register(function: Any) -> None:
    class Template(AbstractTemplate):
        key = function

        def generic(self, args, kws):
            return signature(args[0], *args)

    infer_global(function, types.Function(Template))

    @lower_builtin(function, types.Integer, types.Integer)
    def lower(context, builder, sig, args):
        return _CODE[function](builder, sig.args[0].signed, *args)


for _function in _CODE:
    _register(_function)


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnSums(ReplacingNumbers):
    """Replaces sums, differences, products, powers, shifts and extremes of integers by calls of the functions above."""

    _name = "xpuarray_wrapping"
    known = KNOWN
