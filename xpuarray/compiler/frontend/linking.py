"""What a kernel refers to, found and replaced by what the target can compile.

A kernel may call any Python function that it sees as a global, through its closure or in a module.
Numba compiles only calls to dispatchers, so the kernel is rebuilt with each such function wrapped.
"""

from __future__ import annotations

import contextvars
import dis
import itertools
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from xpuarray import compiler, lang
from xpuarray.compiler.frontend.overloads import is_overloaded
from xpuarray.compiler.frontend.unsupported import Unsupported, at, refuse
from xpuarray.lang.counterpart import counterpart_of
from xpuarray.lang.device_functions import DeviceFunction

__all__ = ["function_of", "link"]

#: Packages whose names mean the compiler's own implementation.
_BUILT_IN = ("numpy", "numba", "math", "cmath", "operator", lang.__name__, compiler.__name__)
_OURS = __name__.partition(".")[0]
#: Our functions that are for outside of kernels, by their modules -> what they are
_OUTSIDE = {
    f"{_OURS}.{name}": what
    for what, names in {
        "takes whole arrays: write a loop over the elements": "core functions fft linalg random",
        "is called around launches: write it outside": (
            "placement launch observe fusion.evaluation fusion.tracing testing"
        ),
    }.items()
    for name in names.split()
}
#: Where our arrays are at home: Numba knows those of the host, and would take a copy for a constant.
_ARRAYS = f"{_OURS}.core.array"
#: Other array libraries whose functions on one number are NumPy's of the same name.
_LIKE_NUMPY = ("dpnp", "cupy")

_linking: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar("xpuarray_linking", default=())


def link(function: types.FunctionType, wrap: Callable[[Any], Any]) -> types.FunctionType:
    """A copy of `function` in which `wrap` has replaced what it refers to.

    wrap: gets each global and closure value that the code names; returns it or its stand-in

    Raises Unsupported for a function that calls itself, or does what no target can run.
    """
    refuse(function)

    def replace(value: Any) -> Any:
        if isinstance(value, types.ModuleType) and not _within(value.__name__, _BUILT_IN):
            return _Linked(value, replace)
        return wrap(_numpys(value))

    with _opened(function):
        scope, linked = dict(function.__globals__), {}
        closure = dict(zip(function.__code__.co_freevars, map(_contents, function.__closure__ or ())))
        for name, attributes, line, is_global in _names(function.__code__):
            try:
                _refuse_array(name, (scope if is_global else closure).get(name))
                if is_global and name in scope and name not in linked:
                    linked[name] = replace(scope[name])
                value = linked.get(name)
                for attribute in attributes:
                    value = getattr(value, attribute, None) if isinstance(value, _Linked) else None
            except Unsupported as reason:
                raise Unsupported(f'File "{function.__code__.co_filename}", line {line}\n{reason}') from None
        scope |= linked
        cells = None
        if function.__closure__:
            cells = tuple(_cell(cell, replace) for cell in function.__closure__)
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def function_of(value: Any) -> types.FunctionType | None:
    """The function to compile for calls of `value`: the user's (or the kernel library's) own, marked
    or not.  None for all else: NumPy's, Numba's and the language's have their meaning from the compiler,
    and a function with an @overload of Numba's has it from there."""
    if isinstance(value, DeviceFunction):
        value = value.function
    elif type(value).__module__.startswith("numba.") and hasattr(value, "py_func"):
        value = value.py_func  # under @njit, which would compile it for the CPU
    if isinstance(value, types.FunctionType) and is_overloaded(value):
        return None
    if isinstance(value, types.FunctionType):
        for module, what in _OUTSIDE.items():
            if _within(value.__module__, (module,)):
                raise Unsupported(f"kernels have no xp.{value.__name__}, which {what}")
    plain = isinstance(value, types.FunctionType) and not _within(value.__module__, _BUILT_IN)
    return value if plain else None


class _Linked(types.ModuleType):
    """A module as kernels see it: what they name in it is replaced, too."""

    def __init__(self, module: types.ModuleType, replace: Callable[[Any], Any]):
        super().__init__(module.__name__)
        self.__module, self.__replace = module, replace

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__module, name)
        _refuse_array(name, value)
        value = self.__replace(value)
        setattr(self, name, value)  # typing and lowering must see the same object
        return value


def _numpys(value: Any) -> Any:
    """NumPy's function for one of an array library: `xp.sqrt` or `dpnp.sqrt` of a number is `np.sqrt`."""
    name: Any = counterpart_of(value)
    home = getattr(value, "__module__", None) or type(value).__module__
    if callable(value) and not isinstance(value, type) and _within(home, _LIKE_NUMPY):
        name = getattr(value, "name_", None) or getattr(value, "__name__", None)  # dpnp has name_
    return value if name is None else getattr(np, name, value)


def _within(module: str | None, packages: tuple[str, ...]) -> bool:
    return module is not None and any(module == p or module.startswith(p + ".") for p in packages)


@contextmanager
def _opened(function: types.FunctionType) -> Iterator[None]:
    """Meeting the function again before it is linked means that it calls itself."""
    callers = _linking.get()
    if function in callers:
        through = " -> ".join(f.__name__ for f in (*callers[callers.index(function) :], function))
        what = f"{function.__name__} calls itself ({through}); kernels have no recursion: write a loop"
        raise at(function, function.__code__.co_firstlineno, what)
    token = _linking.set((*callers, function))
    try:
        yield
    finally:
        _linking.reset(token)


def _names(code: types.CodeType) -> Iterator[tuple[str, list[str], int, bool]]:
    """What the code reads from outside of it: the name, the attributes read from it at once, the line, and whether
    it is a global."""
    line, starts = code.co_firstlineno, dict(dis.findlinestarts(code))
    instructions = list(dis.get_instructions(code))
    for position, instruction in enumerate(instructions):
        line = starts.get(instruction.offset) or line
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF"):
            following = itertools.takewhile(
                lambda i: i.opname in ("LOAD_ATTR", "LOAD_METHOD"), instructions[position + 1 :]
            )
            yield instruction.argval, [i.argval for i in following], line, instruction.opname != "LOAD_DEREF"
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _refuse_array(name: str, value: Any) -> None:
    if type(value).__module__ == _ARRAYS:
        raise Unsupported(f"a kernel can't use {name}, which is an array outside of it; pass it as an argument")


_EMPTY = object()  #: what a variable holds that is not yet assigned


def _contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _cell(cell: types.CellType, replace: Callable[[Any], Any]) -> types.CellType:
    held = _contents(cell)
    return cell if held is _EMPTY else types.CellType(replace(held))
