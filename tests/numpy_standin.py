"""What NumPy's own tests get for `numpy`: xpuarray's functions under NumPy's names.

What says nothing of arrays (errstate, dtype, exceptions) is NumPy's; assertions take our arrays' values.  A name that
xpuarray lacks is there, so that the rest of a file can be collected, and raises AttributeError where it is used.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest
from foreign_assertions import comparing

import xpuarray as xp

#: NumPy's own: they describe dtypes, errors and the machine, and touch no array.
_PLAIN = """
    dtype errstate seterr geterr exceptions dtypes typecodes iinfo sctypeDict version __version__ __config__ testing
    bool_ object_ longdouble clongdouble generic number integer inexact floating complexfloating signedinteger
    unsignedinteger byte ubyte short ushort intc uintc int_ uint intp uintp long ulong longlong ulonglong half single
    double csingle cdouble str_ bytes_ void datetime64 timedelta64 character flexible isnat euler_gamma ScalarType
    printoptions set_printoptions get_printoptions typing lib char rec strings ma polynomial matrix show_config float128
    complex256 iterable"""
NUMPYS = frozenset(_PLAIN.split())

#: The module of xpuarray that has the functions of a module of NumPy's.
OURS = {
    "numpy.linalg": xp.linalg,
    "numpy.fft": xp.fft,
    "numpy.random": xp.random,
    "numpy.lib.stride_tricks": xp.lib.stride_tricks,
}


class Absent(type):
    """A name of NumPy's that xpuarray lacks, or what it refused to make while tests were collected: a class, as it may
    stand where a class has to, whose every use raises the error."""

    def __new__(cls, name: str, bases: tuple[type, ...] = (), body: Any = (), error: Exception | None = None) -> Absent:
        made: Any = super().__new__(cls, name, bases, dict(body))  # with bases it is a class derived from an absent one
        if not bases:
            made._error = error or AttributeError(f"xpuarray has no {name}")
        return made

    def __init__(cls, *args: Any, **kwargs: Any):
        pass

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if collecting:
            return cls
        raise cls._error  # type: ignore[attr-defined]

    def __getattr__(cls, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return cls()

    __add__ = __sub__ = __mul__ = __neg__ = __radd__ = __rmul__ = __getitem__ = __call__

    def __iter__(cls) -> Any:
        raise cls._error  # type: ignore[attr-defined]


#: Whether tests are being collected; and how often something of xpuarray's has been reached for, so that a test that
#: only looks at NumPy itself does not count as one that holds.
collecting = True
touched = 0


@functools.cache
def _lenient(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a file makes for its tests and we refuse fails those tests, and not the file."""

    @functools.wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        global touched
        touched += 1
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not collecting:
                raise
            return Absent(getattr(function, "__name__", "method"), error=error)

    return make


# NumPy's own functions in C make no methods of a class that has them; methods of their own, as ufuncs', they keep.
class _Unbound(staticmethod):  # type: ignore[type-arg]
    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)


_unbound = functools.cache(_Unbound)


class Standin(ModuleType):
    """A module of NumPy's, of whose functions xpuarray has some."""

    def __init__(self, name: str):
        super().__init__(name.replace("numpy", "numpy_here", 1))
        self._numpys = importlib.import_module(name)
        self._ours = OURS.get(name, xp)
        self._private = "._" in name or name.startswith("numpy.lib")
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in NUMPYS:
            raise AttributeError(name)
        if name.startswith("_"):
            return getattr(self._numpys, name)
        if f"{self.__name__}.{name}" in sys.modules:
            return sys.modules[f"{self.__name__}.{name}"]
        value = getattr(self._numpys, name)  # an AttributeError, if NumPy has no such name either
        if name in getattr(self._ours, "__all__", dir(self._ours)):
            global touched
            touched += 1
            value = getattr(self._ours, name)
            if isinstance(value, FunctionType):  # one object a name, as tests compare
                value, builtin = (
                    _lenient(value),
                    isinstance(getattr(self._numpys, name), (BuiltinFunctionType, np.ufunc)),
                )
                return _unbound(value) if builtin else value
            return value
        kept = name in NUMPYS or (isinstance(value, type) and issubclass(value, Exception))
        return value if kept or (self._private and not hasattr(np, name)) else Absent(name)


class Assertions(ModuleType):
    """`numpy.testing`, of arrays of ours too."""

    def __getattr__(self, name: str) -> Any:
        if name == "HAS_REFCOUNT":  # how many hold an object is Python's affair
            return False
        value = getattr(np.testing, name)
        if name.startswith("assert_raises"):  # which stand in the bodies of classes, too
            words = name == "assert_raises_regex"
            value = np.testing.assert_raises if words else value
            return lambda error, /, *args, **kwargs: (
                contextlib.nullcontext() if collecting else value(error, *args[words:], **kwargs)
            )
        plain = name.startswith(("assert_warns", "assert_no", "suppress")) or not callable(value)
        return comparing(name) if name.startswith("assert") and not plain else value


#: Methods that tests call while they are collected.
_METHODS = {name: getattr(xp.Array, name, Absent(name)) for name in ("astype", "view", "setflags", "transpose")}


def provide() -> None:
    """Make `import numpy_here` and its modules find the stand-ins."""
    sys.modules["numpy_here.testing"] = Assertions("numpy_here.testing")
    for name in MODULES:
        sys.modules[name.replace("numpy", "numpy_here", 1)] = Standin(name)
    for name, method in _METHODS.items():
        setattr(xp.Array, name, _lenient(method))


_raises = pytest.raises


def _raises_in_other_words(*args: Any, match: Any = None, **kwargs: Any) -> Any:
    """Errors are of NumPy's kinds, in words of ours."""
    return _raises(*args, **kwargs)


pytest.raises = _raises_in_other_words  # type: ignore[assignment]


def begin() -> None:
    """All tests are collected: from now on what we refuse is an error."""
    global collecting
    collecting = False
    for name, method in _METHODS.items():
        if isinstance(method, Absent):
            delattr(xp.Array, name)
        else:
            setattr(xp.Array, name, method)


MODULES = (
    *(
        "numpy",
        "numpy.linalg",
        "numpy.fft",
        "numpy.random",
        "numpy.lib",
        "numpy.lib.stride_tricks",
        "numpy.lib.array_utils",
    ),
    *("numpy.lib._index_tricks_impl", "numpy.lib._stride_tricks_impl", "numpy.lib._shape_base_impl"),
    *("numpy.lib._function_base_impl", "numpy.lib._nanfunctions_impl", "numpy.lib._arraypad_impl"),
    *("numpy._core", "numpy._core.numeric", "numpy._core.umath", "numpy.linalg._linalg"),
)

provide()
