"""Comparison of a signed with an unsigned integer, made for kernels: it is exact.

Numba converts both to float64, which not every device has, and by which neighbours beyond 2**53 are equal.  So a pass
puts functions of our own in place of the operators.
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import ir as numba_ir
from numba.core import types
from numba.core.compiler_machinery import register_pass
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

from xpuarray.compiler.frontend.replacing import Replacing

__all__ = ["OwnComparison"]


def less(x: Any, y: Any) -> Any:
    """x < y"""


def less_equal(x: Any, y: Any) -> Any:
    """x <= y"""


def greater(x: Any, y: Any) -> Any:
    """x > y"""


def greater_equal(x: Any, y: Any) -> Any:
    """x >= y"""


def equal(x: Any, y: Any) -> Any:
    """x == y"""


def not_equal(x: Any, y: Any) -> Any:
    """x != y"""


_OURS = {
    operator.lt: less,
    operator.le: less_equal,
    operator.gt: greater,
    operator.ge: greater_equal,
    operator.eq: equal,
    operator.ne: not_equal,
}
_SYMBOLS = dict(zip(_OURS.values(), ("<", "<=", ">", ">=", "==", "!=")))


def _register(function: Any) -> None:
    class Template(AbstractTemplate):
        key = function

        def generic(self, args, kws):
            return signature(types.boolean, *args)

    infer_global(function, types.Function(Template))
    symbol = _SYMBOLS[function]

    def lower(context, builder, sig, args):
        signed_first = sig.args[0].signed
        signed = args[0 if signed_first else 1]
        negative = builder.icmp_signed("<", signed, signed.type(0))
        otherwise = builder.icmp_unsigned(symbol, *args)
        true_if_negative = symbol == "!=" or symbol[0] == ("<" if signed_first else ">")
        if true_if_negative:
            return builder.or_(negative, otherwise)
        return builder.and_(builder.not_(negative), otherwise)

    lower_builtin(function, types.int64, types.uint64)(lower)
    lower_builtin(function, types.uint64, types.int64)(lower)


for _function in _SYMBOLS:
    _register(_function)


@register_pass(mutates_CFG=False, analysis_only=False)
class OwnComparison(Replacing):
    """Replaces comparisons of integers of two kinds by calls of the functions above."""

    _name = "xpuarray_comparison"

    def _replace(self, state, statement):
        value = statement.value
        if not (isinstance(value, numba_ir.Expr) and value.op == "binop" and value.fn in _OURS):
            return False
        kinds = state.calltypes[value].args
        if not all(isinstance(kind, types.Integer) for kind in kinds) or kinds[0].signed == kinds[1].signed:
            return False
        function = _OURS[value.fn]
        sides = dict(lhs=value.lhs, rhs=value.rhs, static_lhs=numba_ir.UNDEFINED, static_rhs=numba_ir.UNDEFINED)
        ours = numba_ir.Expr("binop", value.loc, fn=function, **sides)
        function_type = state.typingctx.resolve_value_type(function)
        state.calltypes[ours] = function_type.get_call_type(state.typingctx, kinds, {})
        statement.value = ours
        return True
