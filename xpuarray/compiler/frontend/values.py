"""What a value in a kernel may be: numbers, parts of its arguments, private arrays, and tuples of them.

A device has no memory to make anything else in. Numba would make some of it on the CPU; so that one source is one
language, a pass over the typed function refuses it for every target, by what makes it and at which line.
"""

from __future__ import annotations

from typing import Any

from numba.core import ir as numba_ir
from numba.core import types
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import TypingError

from xpuarray.compiler.frontend.numba_types import DeviceArray

__all__ = ["OnlyValues"]

_TEXT = "text", 'print takes constant text and numbers: print("x is", x)'
#: type -> what it is, and what to write instead
_REFUSED: dict[Any, tuple[str, str]] = {
    types.Buffer: ("an array", "write a loop over the elements, into an argument or an xp.PrivateArray"),
    (types.List, types.LiteralList, types.ListType): ("a list", "write a tuple, or an xp.PrivateArray"),
    (types.DictType, types.LiteralStrKeyDict): ("a dict", "write if and elif, or pass an array of its values"),
    types.Set: ("a set", "write comparisons, or pass an array"),
    (types.UnicodeType, types.Bytes, types.UnicodeCharSeq, types.CharSeq): _TEXT,
    (types.ClassType, types.ClassInstanceType): ("an object", "pass its numbers, one by one or as a tuple"),
    types.ExceptionInstance: ("an exception", "write a number into an array that says what went wrong"),
    (types.RawPointer, types.CPointer, types.ArrayCTypes): ("an address", "write an index"),
    (types.NPDatetime, types.NPTimedelta): ("a time", "pass it as an int64: x.view(xp.int64)"),
}  # fmt: skip


@register_pass(mutates_CFG=False, analysis_only=True)
class OnlyValues(FunctionPass):  # type: ignore[misc]
    """Raises a TypingError for the first variable that is nothing a kernel can have."""

    _name = "xpuarray_values"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        for _, block in sorted(state.func_ir.blocks.items()):
            for statement in block.find_insts(numba_ir.Print):
                _check_print(state.typemap, statement)
            for statement in block.find_insts(numba_ir.Assign):
                found = _refused(state.typemap[statement.target.name], statement.value)
                if found is not None:
                    told, (what, instead) = _told(state.func_ir, statement.value), found
                    raise TypingError(f"{told} {what}; a kernel can't allocate memory: {instead}", statement.loc)
        return False


_PRINTED = (types.StringLiteral, types.Integer, types.Float, types.Boolean)


def _check_print(typemap: Any, statement: Any) -> None:
    for argument in statement.args:
        if not isinstance(given := typemap[argument.name], _PRINTED):
            raise TypingError(
                f"print in a kernel takes text, integers, floats and bools, not {given}: print its parts", statement.loc
            )


def _refused(numba_type: types.Type, value: Any) -> tuple[str, str] | None:
    """What is wrong with a value of this type, and what to write instead; None if nothing is."""
    if isinstance(numba_type, types.BaseTuple):
        return next((found for part in numba_type if (found := _refused(part, value))), None)
    if isinstance(numba_type, types.Optional):
        return _refused(numba_type.type, value)
    if isinstance(numba_type, types.StringLiteral) and isinstance(value, numba_ir.Expr) and value.op == "call":
        return _TEXT  # Numba's str() of anything tells what it is
    if isinstance(numba_type, types.Array) and (isinstance(numba_type, DeviceArray) or not numba_type.mutable):
        return None  # an argument's memory, or a constant array's
    return next((told for kind, told in _REFUSED.items() if isinstance(numba_type, kind)), None)


_SIGNS = {
    **{name: sign for sign, name in zip("+-*/@%", ("add", "sub", "mul", "truediv", "matmul", "mod"))},
    **{name: sign for sign, name in zip(("<", "<=", "==", "!=", ">=", ">"), ("lt", "le", "eq", "ne", "ge", "gt"))},
}


def _told(func_ir: Any, value: Any) -> str:
    """An expression, as its author would name it, "makes" or "is"."""
    name = _name(func_ir, value)
    if isinstance(value, numba_ir.Expr) and value.op == "call":
        return f"{name}(...) makes"
    if isinstance(value, numba_ir.Expr) and value.op != "getattr":
        return f"{name} makes"
    return f"{name} is"


def _name(func_ir: Any, value: Any) -> str:
    """`np.zeros`, for the variable that stands for it or for its call."""
    while isinstance(value, numba_ir.Var):
        try:
            value = func_ir.get_definition(value)
        except KeyError:  # assigned more than once
            return value.name
    if isinstance(value, (numba_ir.Global, numba_ir.FreeVar, numba_ir.Arg)):
        return value.name
    if isinstance(value, numba_ir.Const):
        return repr(value.value)
    if not isinstance(value, numba_ir.Expr):
        return "this"
    if value.op == "getattr":
        return f"{_name(func_ir, value.value)}.{value.attr}"
    if value.op == "call":
        return _name(func_ir, value.func)
    if value.op in ("binop", "inplace_binop", "unary"):
        return f"`{_SIGNS.get(value.fn.__name__.lstrip('i'), value.fn.__name__)}`"
    return "this"
