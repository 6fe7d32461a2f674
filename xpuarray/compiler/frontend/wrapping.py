"""Sums, products and powers of signed integers that wrap around, made for kernels.

Numba (0.68) promises LLVM that they never overflow (`_int_arith_flags` in numba/cpython/numbers.py), so that it
may drop checks for negative indices.  LLVM then takes x + 1 > x for true, and y + y for 0 if it can see that y
is too large: neither is what NumPy computes, nor a library on the device.  Positions are unsigned here, so that
there is little to win, and a pass puts functions of our own in place of the operators and of NumPy's functions.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler_machinery import register_pass
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from xpuarray.compiler.frontend.replacing import ReplacingIntegers

__all__ = ["KNOWN", "OwnSums"]


def add(x: Any, y: Any) -> Any:
    """x + y"""


def subtract(x: Any, y: Any) -> Any:
    """x - y"""


def multiply(x: Any, y: Any) -> Any:
    """x * y"""


def power(x: Any, y: Any) -> Any:
    """x ** y; with y below 0, the part before the point of 1 / x ** -y, and 0 if x is."""


KNOWN: dict[Any, Any] = {
    **dict.fromkeys((operator.add, operator.iadd, np.add), add),
    **dict.fromkeys((operator.sub, operator.isub, np.subtract), subtract),
    **dict.fromkeys((operator.mul, operator.imul, np.multiply), multiply),
    **dict.fromkeys((operator.pow, operator.ipow, pow, np.power), power),
}


def _power(builder, x, y):
    """By squaring.  LLVM unrolls the loop if it knows y."""
    zero, one = y.type(0), y.type(1)
    result, base, rest = (
        cgutils.alloca_once_value(builder, v)
        for v in (one, x, builder.select(builder.icmp_signed("<", y, zero), builder.neg(y), y))
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
    return builder.select(builder.icmp_signed("<", y, zero), inverse, whole)


_CODE = {add: ir.IRBuilder.add, subtract: ir.IRBuilder.sub, multiply: ir.IRBuilder.mul, power: _power}


def _register(function: Any) -> None:
    class Template(AbstractTemplate):
        key = function

        def generic(self, args, kws):
            return signature(args[0], *args)

    infer_global(function, types.Function(Template))

    @lower_builtin(function, types.Integer, types.Integer)
    def lower(context, builder, sig, args):
        return _CODE[function](builder, *args)


for _function in _CODE:
    _register(_function)


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnSums(ReplacingIntegers):
    """Replaces sums, differences, products and powers of signed integers by calls of the functions above."""

    _name = "xpuarray_wrapping"
    known = KNOWN
    signed_only = True
