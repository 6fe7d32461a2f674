"""What passes share that put functions of the kernel language in the place of Numba's own operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numba.core import ir as numba_ir
from numba.core import types
from numba.core.compiler_machinery import FunctionPass

from xpuarray.compiler.frontend.integers import plain

__all__ = ["Replacing", "ReplacingNumbers"]


class Replacing(FunctionPass):
    """Goes through the assignments of a typed function; `_replace` changes those that it is about."""

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        changed = False
        for block in state.func_ir.blocks.values():
            for statement in block.find_insts(numba_ir.Assign):
                changed |= self._replace(state, statement)
        return changed

    def _replace(self, state: Any, statement: Any) -> bool:
        """Change the statement if it is one to change; says whether it did."""
        raise NotImplementedError


class ReplacingNumbers(Replacing):
    """Replaces operators, and NumPy's functions of the same meaning, where their result is a number of a kind (or
    several)."""

    kind: type[types.Type] = types.Integer
    known: Mapping[Any, Any]  #: operator or NumPy's function -> ours, of two numbers of one type

    def _replace(self, state: Any, statement: Any) -> bool:
        function, operands = self._called(state, statement.value)
        if function is None:
            return False
        result = state.calltypes[statement.value].return_type
        number = types.unliteral(plain(result.dtype if isinstance(result, types.UniTuple) else result))
        if not isinstance(number, self.kind):
            return False
        sides = dict(zip(("lhs", "rhs"), operands), static_lhs=numba_ir.UNDEFINED, static_rhs=numba_ir.UNDEFINED)
        ours = numba_ir.Expr("binop", statement.value.loc, fn=function, **sides)
        function_type = state.typingctx.resolve_value_type(function)
        state.calltypes[ours] = function_type.get_call_type(state.typingctx, (number, number), {})
        statement.value = ours
        return True

    def _called(self, state: Any, value: Any) -> tuple[Any, tuple[Any, ...]]:
        """Our function for an expression, and its operands; None for anything else."""
        if not isinstance(value, numba_ir.Expr):
            return None, ()
        if value.op in ("binop", "inplace_binop"):
            return self.known.get(value.fn), (value.lhs, value.rhs)
        if value.op == "call" and len(value.args) == 2 and not value.kws:
            function_type = state.typemap[value.func.name]
            if isinstance(function_type, types.Function):
                return self.known.get(function_type.typing_key), tuple(value.args)
        return None, ()
