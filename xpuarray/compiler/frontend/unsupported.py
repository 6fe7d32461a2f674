"""Python that no target can run, found in a function's bytecode before anything is compiled.

Numba would compile some of it for the CPU; on a device there is nobody to raise an exception to, and no memory to
make a dict in.  The simulator refuses the same, so that what runs there runs.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator

__all__ = ["Unsupported", "refuse"]


class Unsupported(Exception):  # noqa: N818  `build` makes a KernelCompileError of it
    """A function does what no kernel can."""


_EXCEPTIONS = "raises or handles exceptions; on a device there is nobody to raise them to"
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
    "SETUP_WITH": _EXCEPTIONS,
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
    for what, line in _found(function.__code__):
        where = f'File "{function.__code__.co_filename}", line {line}'
        raise Unsupported(f"{function.__name__} {what}\n{where}")


def _found(code: types.CodeType, inner: bool = False) -> Iterator[tuple[str, int]]:
    """What `code`, and the functions inside it, do that can't be; each with its line."""
    if code.co_flags & 0x80:  # `async def`
        yield _ASYNC, code.co_firstlineno
    lines, line = dict(dis.findlinestarts(code)), code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = lines.get(instruction.offset) or line
        if instruction.opname in _REFUSED:
            yield _REFUSED[instruction.opname], line
        elif inner and instruction.opname == "STORE_DEREF" and instruction.argval in code.co_freevars:
            yield _OUTSIDE, line
        elif isinstance(instruction.argval, types.CodeType):
            yield from _found(instruction.argval, inner=True)
