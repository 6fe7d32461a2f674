"""Functions that a loop's body calls: whether they may write into what they are given."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

__all__ = ["is_numpy", "may_write"]

_READING = ("numpy", "xpuarray", "math", "numba", "builtins")


def is_numpy(value: Any) -> bool:
    """Whether it is NumPy, or this package."""
    return getattr(value, "__name__", "") in ("numpy", "xpuarray")


def may_write(function: Any, seen: set[Any]) -> bool:
    """Whether a function, or one that it calls, may write into its arguments."""
    while not isinstance(function, FunctionType):
        inner = getattr(function, "function", None) or getattr(function, "py_func", None)
        if inner is None:
            return False  # NumPy's, math's, Python's
        function = inner
    if function in seen or (function.__module__ or "").partition(".")[0] in _READING:
        return False
    seen.add(function)
    if any(instruction.opname.startswith("STORE_SUBSCR") for instruction in dis.get_instructions(function)):
        return True
    return any(may_write(called, seen) for called in _named(function))


def _named(function: FunctionType) -> Iterator[Any]:
    """What a function's source names: global values, and of modules what it may mean in them."""
    names = function.__code__.co_names
    found = [function.__globals__[name] for name in names if name in function.__globals__]
    found += [cell.cell_contents for cell in function.__closure__ or ()]
    for value in found:
        yield value
        if isinstance(value, ModuleType) and not is_numpy(value):
            yield from (vars(value)[name] for name in names if name in vars(value))
