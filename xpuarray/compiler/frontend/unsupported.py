"""Python that no target can run, found in a function's bytecode before anything is compiled.

Numba would compile some of it for the CPU; on a device there is nobody to raise an exception to, and
the work-item would end in silence.  The simulator refuses the same, so that what runs there runs.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator

__all__ = ["Unsupported", "refuse"]


class Unsupported(Exception):  # noqa: N818  `build` makes a KernelCompileError of it
    """A function does what no kernel can."""


_EXCEPTIONS = "raises or handles exceptions; on a device there is nobody to raise them to"
#: name of an operation (Python 3.10 to 3.14) -> what the function does
_REFUSED = {
    "RAISE_VARARGS": _EXCEPTIONS,  # raise, assert
    "SETUP_FINALLY": _EXCEPTIONS,  # try, until Python 3.10
    "PUSH_EXC_INFO": _EXCEPTIONS,  # try, since Python 3.11
    "SETUP_WITH": _EXCEPTIONS,
    "YIELD_VALUE": "is a generator",
}


def refuse(function: types.FunctionType) -> None:
    """Raise Unsupported, naming the line, if `function` does what no kernel can."""
    for operation, line in _operations(function.__code__):
        if operation in _REFUSED:
            where = f'File "{function.__code__.co_filename}", line {line}'
            raise Unsupported(f"{function.__name__} {_REFUSED[operation]}\n{where}")


def _operations(code: types.CodeType) -> Iterator[tuple[str, int]]:
    lines, line = dict(dis.findlinestarts(code)), code.co_firstlineno
    for instruction in dis.get_instructions(code):
        line = lines.get(instruction.offset) or line
        yield instruction.opname, line
