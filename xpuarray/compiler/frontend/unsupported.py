"""Python that no target can run, found in a function's bytecode before anything is compiled.

Numba would compile some of it for the CPU; on a device there is nobody to raise an exception to, and no memory to
make a dict in.  The simulator refuses the same, so that what runs there runs.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

__all__ = ["Unsupported", "at", "refuse", "returns"]


class Unsupported(Exception):  # noqa: N818  `build` makes a KernelCompileError of it
    """A function does what no kernel can."""

    columns: tuple[int, int] | None = None  #: where in its line, if that is known


_EXCEPTIONS = (
    "raises or handles exceptions; on a device there is nobody to raise them to: write an if, and mark what failed in "
    "an array"
)
_WITH = "has a with block, which no kernel can have; open and close around the launch"
_GENERATOR = "is a generator; write a loop"
_ASYNC = "is asynchronous, which no kernel can be"
_DICT = "makes a dict; a kernel can't allocate memory: write if and elif, or pass an array of its values"
_SET = "makes a set; a kernel can't allocate memory: write comparisons, or pass an array"
_TEXT = 'makes text of a value; a kernel has constant text alone: print("x is", x) takes both'
_IMPORT = "imports; write the import at the top of the file"
_OUTSIDE = "sets a variable outside of it; return the value, or store it in an array"
#: name of an operation (Python 3.10 to 3.14) -> what the function does
_REFUSED = {
    "RAISE_VARARGS": _EXCEPTIONS,  # raise, assert
    "SETUP_FINALLY": _EXCEPTIONS,  # try, until Python 3.10
    "PUSH_EXC_INFO": _EXCEPTIONS,  # try, since Python 3.11
    **dict.fromkeys(("BEFORE_WITH", "LOAD_SPECIAL", "SETUP_WITH"), _WITH),  # LOAD_SPECIAL since Python 3.14
    **dict.fromkeys(("YIELD_VALUE", "GET_YIELD_FROM_ITER"), _GENERATOR),
    **dict.fromkeys(("GET_AWAITABLE", "GET_AITER", "BEFORE_ASYNC_WITH", "SETUP_ASYNC_WITH"), _ASYNC),
    **dict.fromkeys(("BUILD_MAP", "BUILD_CONST_KEY_MAP", "MAP_ADD"), _DICT),
    **dict.fromkeys(("BUILD_SET", "SET_ADD"), _SET),
    **dict.fromkeys(("FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC", "BUILD_STRING"), _TEXT),
    **dict.fromkeys(("IMPORT_NAME", "IMPORT_FROM", "IMPORT_STAR"), _IMPORT),
    **dict.fromkeys(("STORE_GLOBAL", "DELETE_GLOBAL"), _OUTSIDE),
    **dict.fromkeys(("STORE_ATTR", "DELETE_ATTR"), "sets an attribute; a kernel writes to arrays alone"),
    **dict.fromkeys(("DELETE_SUBSCR", "DELETE_FAST", "DELETE_DEREF"), "deletes something; leave that out"),
    "UNPACK_EX": "unpacks with a star; give each element a name",
    "LOAD_BUILD_CLASS": "makes a class; write it outside",
}


def refuse(function: types.FunctionType) -> None:
    """Raise Unsupported, naming the line, if `function` does what no kernel can."""
    for what, line, columns in _found(function.__code__):
        error = at(function, line, f"{function.__name__} {what}")
        error.columns = columns
        raise error


def at(function: types.FunctionType, line: int, what: str) -> Unsupported:
    """That, at this line of the function's file."""
    return Unsupported(f'{what}\nFile "{function.__code__.co_filename}", line {line}')


def returns(function: types.FunctionType, kind: object) -> Unsupported:
    """It returns a value."""
    line, starts, last = function.__code__.co_firstlineno, dict(dis.findlinestarts(function.__code__)), None
    for instruction in dis.get_instructions(function.__code__):
        nothing = instruction if instruction.opname == "RETURN_CONST" else last
        if instruction.opname.startswith("RETURN_") and getattr(nothing, "argval", "") is not None:
            break
        line, last = starts.get(instruction.offset) or line, instruction
    instead = "a kernel returns nothing: write it to an element of an array that is an argument"
    return at(function, line, f"kernel {function.__name__} returns a value ({kind}); {instead}")


def _found(code: types.CodeType, inner: bool = False) -> Iterator[tuple[str, int, tuple[int, int] | None]]:
    """What `code`, and the functions inside it, do that can't be; each with its line, and where in it."""
    if code.co_flags & 0x80:  # `async def`
        yield _ASYNC, code.co_firstlineno, None
    lines, line = dict(dis.findlinestarts(code)), code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = lines.get(instruction.offset) or line
        if instruction.opname in _REFUSED:
            yield _REFUSED[instruction.opname], line, _columns(instruction)
        elif inner and instruction.opname == "STORE_DEREF" and instruction.argval in code.co_freevars:
            yield _OUTSIDE, line, _columns(instruction)
        elif isinstance(instruction.argval, types.CodeType):
            yield from _found(instruction.argval, inner=True)


def _columns(instruction: Any) -> tuple[int, int] | None:
    """Where in its line an instruction is, since Python 3.11."""
    where = getattr(instruction, "positions", None)
    if where is None or where.lineno != where.end_lineno or where.col_offset == where.end_col_offset:
        return None
    return where.col_offset, where.end_col_offset
