"""The simulator's numbers: plain Python's, of the types that Numba would give them.

A number is an `int`, a `float` or a `complex` of a class that knows its Numba type.  What an operator or a function
makes of numbers is asked of the typing context that the compilers use, once for each combination of types; so the
simulator computes as wide as devices do, whatever their rules.  `True`, `3` and `0.5` in a kernel's source stay what
they are in Python, and have the types of literals.
"""

from __future__ import annotations

import builtins
import cmath
import contextlib
import ctypes
import functools
import math
import operator
import types as python_types
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.interrupts import on_own_stack
from xpuarray.compiler.targets.simulated_values import COMPUTE, LOGICAL, MIXED, RING, ROUNDED, WHOLE, numpys
from xpuarray.lang.types import scalar_type

__all__ = [
    "BUILTINS", "MODULES", "Module", "Natural", "Number", "called", "class_of", "ieee", "joined", "kind_of", "known",
    "number_class", "numba_type", "typed", "with_doubles",
]  # fmt: skip

_LEAST = -(2**63)


class Number:
    """What the classes of numbers have in common; operators are added below."""

    __slots__ = ()
    dtype: np.dtype
    exactly: Callable[[Any], Any]  #: the number of a value that the class has

    def __format__(self, spec: str) -> str:
        return format(self.plain(), spec)

    def plain(self) -> Any:
        """Python's own number."""
        raise NotImplementedError


class _Int(Number, int):
    __slots__ = ()
    bits = 64

    def __new__(cls, value: Any = 0) -> _Int:
        return int.__new__(cls, cls.wrapped(value))

    @classmethod
    def wrapped(cls, value: Any) -> int:
        """What is left of a value in this many bits; a float that no integer is equal to is the least one."""
        if isinstance(value, (float, np.floating)):
            value = int(value) if _LEAST <= value < (2**64 if cls.dtype.kind == "u" else 2**63) else _LEAST
        value = int(value) & ((1 << cls.bits) - 1)
        return value - (1 << cls.bits) if value >> (cls.bits - 1) and cls.dtype.kind == "i" else value

    def plain(self) -> int:
        return int(self)

    __repr__ = __str__ = int.__repr__
    __hash__ = int.__hash__
    real = property(lambda self: self)
    imag = property(lambda self: type(self)(0))


class _Bool(_Int):
    __slots__ = ()

    def __new__(cls, value: Any = False) -> _Bool:
        return int.__new__(cls, bool(value))

    def plain(self) -> bool:
        return bool(self)

    def __repr__(self) -> str:
        return repr(bool(self))

    __str__ = __repr__
    __hash__ = int.__hash__


class Natural(_Int):
    """An int64 of which the compilers know that it is not negative: a position, a loop's variable, a literal."""

    __slots__ = ()
    dtype = np.dtype(np.int64)
    exactly: Callable[[Any], Any]


Natural.exactly = functools.partial(int.__new__, Natural)


class _Float(Number, float):
    __slots__ = ()

    def plain(self) -> float:
        return float(self)

    def __repr__(self) -> str:  # as short as its precision allows
        return str(self.dtype.type(self))

    __str__ = __repr__
    __hash__ = float.__hash__
    real = property(lambda self: self)
    imag = property(lambda self: type(self)(0.0))


class _Single(_Float):
    __slots__ = ()

    def __new__(cls, value: Any = 0.0) -> _Single:
        if isinstance(value, int) and not -(2**53) <= value <= 2**53:  # rounded once, not by way of a double
            return float.__new__(cls, np.asarray(int(value)).astype(np.float32))
        return float.__new__(cls, ctypes.c_float(value).value)


class _Half(_Float):
    __slots__ = ()

    def __new__(cls, value: Any = 0.0) -> _Half:
        return float.__new__(cls, np.float16(np.float32(value)))


class _Complex(Number, complex):
    __slots__ = ()

    def __new__(cls, *value: Any) -> _Complex:
        number = complex(*value)
        return complex.__new__(cls, cls.dtype.type(number) if cls.dtype.itemsize == 8 else number)

    def plain(self) -> complex:
        return complex(self)

    def __repr__(self) -> str:
        return str(self.dtype.type(self))

    __str__ = __repr__
    __hash__ = complex.__hash__
    real = property(lambda self: _part(self)(complex(self).real))
    imag = property(lambda self: _part(self)(complex(self).imag))

    def conjugate(self) -> Any:
        return type(self)(complex(self).conjugate())


def _part(value: _Complex) -> Any:
    return number_class("float32" if value.dtype.itemsize == 8 else "float64")


@functools.cache
def number_class(name: str) -> Any:
    """The class of the numbers of a dtype."""
    dtype = np.dtype(name)
    base: Any = {"b": _Bool, "i": _Int, "u": _Int, "f": _Float, "c": _Complex}[dtype.kind]
    base = {"float32": _Single, "float16": _Half}.get(name, base)
    known = {"__slots__": (), "dtype": dtype, "bits": 8 * dtype.itemsize, "__module__": __name__}
    made: Any = type(name, (base,), known)
    made.exactly = functools.partial({"f": float, "c": complex}.get(dtype.kind, int).__new__, made)
    return made


def typed(value: Any) -> Any:
    """A Python or NumPy scalar as a number; all else as it is."""
    if isinstance(value, Number) or not isinstance(value, (int, float, complex, np.generic)):
        return value
    name = scalar_type(value)
    return value if name is None else number_class(name)(value)


def with_doubles(code: python_types.CodeType) -> python_types.CodeType:
    """The code with numbers of ours for its floats: Python's own divide by an integer of ours as Python does."""
    return code.replace(co_consts=tuple(map(_constant, code.co_consts)))


def _constant(value: Any) -> Any:
    if isinstance(value, python_types.CodeType):
        return with_doubles(value)
    if type(value) is tuple:
        return tuple(map(_constant, value))
    return typed(value) if type(value) in (float, complex) else value


# -- what a function makes of numbers -----------------------------------------------------------


@functools.cache
@on_own_stack
def _context() -> Any:
    import xpuarray.compiler.frontend.language  # noqa: F401  registers the language with Numba
    from xpuarray.compiler.frontend.pipeline import typing_integers
    from xpuarray.compiler.frontend.registries import LanguageTyping

    context = LanguageTyping(lambda function: function)
    context.refresh()
    return typing_integers(context)


def kind_of(value: Any) -> Any:
    """What decides about a number's type: its class, and of Python's own integers the size."""
    if type(value) is not int:
        return type(value)
    return Natural if 0 <= value < -_LEAST else number_class("uint64") if value > 0 else int


@functools.cache
def numba_type(kind: Any) -> Any:
    from numba import from_dtype
    from numba.core import types

    from xpuarray.compiler.frontend.integers import INDEX

    if issubclass(kind, Number):
        return INDEX if kind is Natural else from_dtype(kind.dtype)
    return {bool: types.boolean, int: types.literal(-1), float: types.float64, complex: types.complex128}.get(kind)


def class_of(numba_type: Any) -> Any:
    """The class of numbers of a Numba type, or None."""
    from numba.core import types

    from xpuarray.compiler.frontend.integers import INDEX

    plain = types.unliteral(numba_type)
    if plain == INDEX:
        return Natural
    if isinstance(plain, (types.Boolean, types.Integer, types.Float, types.Complex)):
        return number_class("bool" if isinstance(plain, types.Boolean) else str(plain))
    return None


def called(function: Any, *args: Any) -> Any:
    """`function` of numbers, in the types that a compiled kernel computes it in."""
    key = (function, *map(kind_of, args))
    plan = _PLANS.get(key)
    if plan is None:
        plan = _PLANS[key] = _plan(function, key[1:])
    return plan(*args)


def joined(x: Any, y: Any) -> Any:
    """The class of numbers that a variable has whose values are both."""
    return class_of(_context().unify_types(numba_type(kind_of(x)), numba_type(kind_of(y))))


#: (function, types of its arguments) -> what computes it.  There are as many as functions times types.
_PLANS: dict[tuple[Any, ...], Callable[..., Any]] = {}


@on_own_stack
def _plan(function: Any, kinds: tuple[type, ...]) -> Callable[..., Any]:
    from numba.core import types

    signature, numba_types = None, tuple(map(numba_type, kinds))
    if None not in numba_types:
        with contextlib.suppress(Exception):  # of whatever kind: it is no function of numbers to the compilers
            signature = _context().resolve_function_type(function, numba_types, {})
    if signature is None:
        return _pythons(function)
    taken = [part for t in signature.args for part in (t if isinstance(t, types.BaseTuple) else (t,))]
    wide, result = list(map(class_of, taken)), signature.return_type
    if isinstance(result, types.BaseTuple):
        classes, compute = [class_of(t) for t in result], COMPUTE.get(function) or numpys(function)
        return lambda *args: tuple(m(v) for m, v in zip(classes, compute(*(_numpy(c(a)) for c, a in zip(wide, args)))))
    made = class_of(result)
    if made is None or None in wide:
        return _pythons(function)
    return _computing(function, made, kinds, [_operand(function, made, c) for c in wide])


def _pythons(function: Any) -> Callable[..., Any]:
    return lambda *args: typed(function(*map(_plain, args)))


def _operand(function: Any, made: Any, kind: Any) -> Any:
    """In which class a function computes: halves as singles, and integers as the floats that come of them."""
    if function in MIXED:
        return kind
    boolean = kind.dtype.kind == "b" and made.dtype.kind != "b" and isinstance(function, np.ufunc)
    if boolean or (made.dtype.kind in "fc" and issubclass(kind, int)):
        return made
    return number_class("float32") if kind is number_class("float16") else kind


def _computing(function: Any, made: Any, kinds: tuple[Any, ...], wide: list[Any]) -> Callable[..., Any]:
    if all(issubclass(c, int) for c in wide) and issubclass(made, int):
        if function in RING and (made.dtype.kind != "b" or function in LOGICAL):
            return _quick(RING[function], made)  # to wrap at the end is enough
        if function in WHOLE and made.dtype.kind != "b":
            compute = WHOLE[function]
            return lambda *args: made(compute(*(int(c(a)) for c, a in zip(wide, args))))
    if function in ROUNDED and all(issubclass(c, float) for c in kinds):
        rounded = ROUNDED[function]  # in double, then rounded once more: the same as in single
        return _exact(rounded, made) if made.bits == 64 else lambda *args: made(rounded(*args))
    compute = COMPUTE.get(function) or numpys(function)
    return lambda *args: made(compute(*(_numpy(c(a)) for c, a in zip(wide, args))))


def _quick(compute: Callable[..., int], made: Any) -> Callable[..., Any]:
    least, beyond = (_LEAST, -_LEAST) if made.dtype.kind == "i" else (0, 2**64)
    exactly = made.exactly
    if made.bits < 64:
        return lambda *args: made(compute(*args))

    def plan(*args: Any) -> Any:
        value = compute(*args)
        return exactly(value) if least <= value < beyond else made(value)

    return plan


def _exact(compute: Callable[..., float], made: Any) -> Callable[..., Any]:
    exactly = made.exactly
    return lambda *args: exactly(compute(*args))


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, Number) else value


def _numpy(value: Any) -> Any:
    """As a NumPy scalar: its arithmetic is IEEE's, and never raises."""
    return value.dtype.type(value) if isinstance(value, Number) else value


# -- operators, and the functions that kernels call ---------------------------------------------

_OPERATORS = "add sub mul truediv floordiv mod pow and_ or_ xor lshift rshift"


def _binary(function: Any, turned: bool) -> Callable[[Any, Any], Any]:
    plans: dict[tuple[type, type], Callable[..., Any]] = {}

    def operate(self: Any, other: Any) -> Any:
        kind = other.__class__
        if kind is int:
            kind = kind_of(other)
        plan = plans.get((self.__class__, kind))
        if plan is None:
            if not isinstance(other, (int, float, complex)):
                return NotImplemented
            made = _plan(function, (kind, type(self)) if turned else (type(self), kind))
            plan = plans[type(self), kind] = (lambda x, y: made(y, x)) if turned else made
        return plan(self, other)

    return operate


def _give_operators() -> None:
    for name in _OPERATORS.split():
        function, plain = getattr(operator, name), name.rstrip("_")
        setattr(Number, f"__{plain}__", _binary(function, False))
        setattr(Number, f"__r{plain}__", _binary(function, True))
    for name, function in _UNARY.items():
        setattr(Number, f"__{name}__", _of(function))
    for made, python, names in ((_Float, float, "eq ne lt le gt ge"), (_Complex, complex, "eq ne")):
        for name in names.split():
            setattr(made, f"__{name}__", _comparison(python, name))


def _comparison(python: Any, name: str) -> Callable[[Any, Any], Any]:
    """Devices make a float of an integer beside one; Python compares the two exactly.

    `3 < x` comes here, too, as `x > 3`: an `int` leaves it to the float.
    """
    plain, mixed = getattr(python, f"__{name}__"), _binary(getattr(operator, name), False)
    return lambda self, other: mixed(self, other) if isinstance(other, int) else plain(self, other)


_UNARY: dict[str, Any] = {
    "neg": operator.neg, "pos": operator.pos, "invert": operator.invert, "abs": abs, "round": round, "divmod": divmod,
}  # fmt: skip


def _of(function: Any) -> Callable[..., Any]:
    return lambda *args: called(function, *args)


_give_operators()


def _function(function: Any) -> Callable[..., Any]:
    """A function that kernels call, for numbers; of arrays it is NumPy's own."""

    @functools.wraps(function, assigned=("__name__", "__doc__"), updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and all(isinstance(a, (int, float, complex)) for a in args):
            return called(function, *args)
        return typed(function(*map(_unwrapped, args), **kwargs))

    return call


def _unwrapped(value: Any) -> Any:
    return getattr(value, "_array", value)


def _range(*bounds: Any) -> Any:
    """Loops have a type, too."""
    return map(_loop(tuple(map(kind_of, bounds))).exactly, range(*bounds))


@functools.cache
@on_own_stack
def _loop(kinds: tuple[Any, ...]) -> Any:
    return class_of(_context().resolve_function_type(range, tuple(map(numba_type, kinds)), {}).return_type.dtype)


#: Python's own functions, as kernels see them.
BUILTINS: dict[str, Any] = {
    **{name: _function(getattr(builtins, name)) for name in ("min", "max", "int", "float", "complex", "pow")},
    "range": _range,
}


class Module(python_types.ModuleType):
    """A module as kernels see it: `replace` has its say about each of its names."""

    def __init__(self, module: Any, replace: Callable[[Any], Any]):
        super().__init__(module.__name__)
        self.__module, self.__replace = module, replace

    def __getattr__(self, name: str) -> Any:
        value = self.__replace(getattr(self.__module, name))
        setattr(self, name, value)
        return value


def known(value: Any) -> Any:
    """The stand-in of a function or a type of numbers that a kernel names; all else as it is."""
    if isinstance(value, type):
        return number_class(np.dtype(value).name) if issubclass(value, (np.number, np.bool_)) else value
    if isinstance(value, (np.generic, float, complex)):
        return typed(value)
    if type(value) is tuple:
        return tuple(map(known, value))
    numeric = isinstance(value, np.ufunc) or getattr(value, "__module__", None) in (
        "math",
        "cmath",
        "_operator",
        "numpy",
    )
    return _function(value) if numeric and callable(value) else value


def ieee(value: Any) -> Any:
    """`math` and its functions as NumPy has them, for numbers that are NumPy's own."""
    if value is math:
        return _IEEE
    if isinstance(value, python_types.BuiltinFunctionType) and getattr(math, value.__name__, None) is value:
        return _PYTHONS.get(value) or COMPUTE.get(value) or numpys(value)
    return value


#: modules whose functions of numbers are replaced
MODULES = (np, math, cmath, operator)
_IEEE = Module(math, ieee)
_PYTHONS: dict[Any, Any] = {math.trunc: int, math.floor: math.floor, math.ceil: math.ceil}  # integers come of them
