"""Plain functions that a kernel calls, found and replaced by what the target can compile.

A kernel may call any Python function that it sees as a global or through its closure.  Numba
compiles only calls to dispatchers, so the kernel is rebuilt with each such function wrapped.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Callable
from typing import Any

__all__ = ["is_plain", "link"]


def link(function: types.FunctionType, wrap: Callable[[Any], Any]) -> types.FunctionType:
    """A copy of `function` in which `wrap` has replaced what it refers to.

    wrap: gets each global and closure value that the code names; returns it or its stand-in
    """
    names = _global_names(function.__code__)

    def replace(value: Any) -> Any:
        return wrap(getattr(value, "function", value) if type(value).__name__ == "DeviceFunction" else value)

    scope = dict(function.__globals__)
    for name in names & scope.keys():
        scope[name] = replace(scope[name])
    cells = None
    if function.__closure__:
        cells = tuple(_cell(cell, replace) for cell in function.__closure__)
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def is_plain(value: Any) -> bool:
    """Whether `value` is a function of the user's (or of the kernel library), to be compiled as it
    is; NumPy's, Numba's and the language's own have their meaning from the compiler."""
    return isinstance(value, types.FunctionType) and not value.__module__.startswith(
        ("numpy", "numba.", "xpuarray.lang", "xpuarray.compiler")
    )


def _global_names(code: types.CodeType) -> set[str]:
    names = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


def _cell(cell: types.CellType, wrap: Callable[[Any], Any]) -> types.CellType:
    try:
        return types.CellType(wrap(cell.cell_contents))
    except ValueError:  # empty: a variable that is not yet assigned
        return cell
