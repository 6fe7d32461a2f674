"""Arguments as a function's annotations want them: what a parameter takes is written there, and seen to here.

Numbers and lists of them become arrays where an array is wanted, on the device of those that are there; integers of
NumPy's become Python's; and what can't be is refused with a sentence that names the parameter.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType, NoneType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions.operands import SEQUENCES, as_index, as_operand, as_operands
from xpuarray.functions.signatures import beside
from xpuarray.placement.devices import Device

__all__ = ["checked"]

F = TypeVar("F", bound=Callable[..., Any])


class Kind(NamedTuple):
    """What one annotation stands for."""

    types: frozenset[type]  #: whose values are taken as they are
    convert: Callable[[str, str, Any, Device | None], Any]  #: others: (function, parameter, value, device)


def _array(function: str, parameter: str, value: Any, place: Device | None) -> Array:
    return as_operand(function, value, place)


def _target(function: str, parameter: str, value: Any, place: Device | None) -> Array:
    if not isinstance(value, (Array, np.ndarray)):  # which would be a copy: what is written would be lost
        raise TypeError(f"{function}: {parameter} is an array, which is written into, not {_said(value)}")
    return as_operand(function, value, place)


def _index(function: str, parameter: str, value: Any, place: Device | None) -> Array:
    return as_index(function, value, place)


def _integer(function: str, parameter: str, value: Any, place: Device | None) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{function}: {parameter} is an integer, not {_said(value)}") from None


def _number(function: str, parameter: str, value: Any, place: Device | None) -> float:
    if isinstance(value, (np.floating, np.integer, np.bool_)) or (isinstance(value, Array) and not value.ndim):
        return float(value)
    raise TypeError(f"{function}: {parameter} is a number, not {_said(value)}")


def _truth(function: str, parameter: str, value: Any, place: Device | None) -> bool:
    if isinstance(value, (int, np.bool_)):
        return bool(value)
    raise TypeError(f"{function}: {parameter} is True or False, not {_said(value)}")


def _word(function: str, parameter: str, value: Any, place: Device | None) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(f"{function}: {parameter} is a string, not {_said(value)}")


def _is_whole(value: Any) -> bool:
    """Whether it is one integer: arrays of them have an __index__, too."""
    return hasattr(value, "__index__") and not getattr(value, "ndim", 0)


def _integers(function: str, parameter: str, value: Any, place: Device | None) -> int | tuple[int, ...]:
    if _is_whole(value):
        return _integer(function, parameter, value, place)
    return _sequence(function, parameter, value, place)


def _sequence(function: str, parameter: str, value: Any, place: Device | None) -> tuple[int, ...]:
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, dict)):
        raise TypeError(f"{function}: {parameter} takes integers, not {_said(value)}")
    return tuple([_integer(function, parameter, v, place) for v in value])


def _either(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    return (_integer if _is_whole(value) else _index)(function, parameter, value, place)


def _count_or_array(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    return (_integer if _is_whole(value) else _array)(function, parameter, value, place)


def _mask(function: str, parameter: str, value: Any, place: Device | None) -> Array:
    return as_index(function, value, place, kinds="biufc")


def _operands(function: str, parameter: str, value: Any, place: Device | None) -> list[Array]:
    return as_operands(function, value, place)


def _one(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    if isinstance(value, Array) and not value.ndim:
        return value.item()
    if isinstance(value, (int, float, complex, np.number, np.bool_)):
        return value
    raise TypeError(f"{function}: {parameter} is a number, not {_said(value)}")


def _scale(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    if isinstance(value, SEQUENCES):
        return as_operand(function, value, place)
    return value if isinstance(value, Array) else _number(function, parameter, value, place)


def _end(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    whole = isinstance(value, (int, float, complex, np.number, np.bool_))
    return value if whole else as_operand(function, value, place)


def _function(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    if not callable(value):
        raise TypeError(f"{function}: {parameter} is a function, not {_said(value)}")
    return value


def _as_it_is(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    return value


def _list(function: str, parameter: str, value: Any, place: Device | None) -> Any:
    if not isinstance(value, (Array, np.ndarray, *SEQUENCES)):
        raise TypeError(f"{function}: {parameter} takes a list or a tuple, not {_said(value)}")
    return value


def _said(value: Any) -> str:
    return repr(value) if isinstance(value, (str, float, NoneType)) else type(value).__name__


_WHOLE = Kind(frozenset((int, bool)), _integer)
_SEVERAL = Kind(frozenset((int, tuple)), _integers)
KINDS = {
    "Array": Kind(frozenset((Array,)), _array),
    "Target": Kind(frozenset((Array,)), _target),
    "Like": Kind(frozenset((NoneType,)), _as_it_is),  # what comes of it stands in `checked`
    "Operand": Kind(frozenset((Array,)), _array),
    "Sequence[Operand]": Kind(frozenset(), _operands),
    "Index": Kind(frozenset((Array,)), _index),
    "int | Operand": Kind(frozenset((int, Array)), _count_or_array),
    "int | Index": Kind(frozenset((int, Array)), _either),
    "Mask": Kind(frozenset((Array,)), _mask),
    "Number": Kind(frozenset((int, float, complex, bool)), _one),
    "Scale": Kind(frozenset((int, float, bool, Array)), _scale),
    "Number | Operand": Kind(frozenset((int, float, complex, bool)), _end),
    "Callable[..., Made]": Kind(frozenset((FunctionType,)), _function),
    "Callable[..., Any]": Kind(frozenset((FunctionType,)), _function),
    "Sequence[Any]": Kind(frozenset((list, tuple)), _list),
    "int": _WHOLE,
    "float": Kind(frozenset((float, int, bool)), _number),
    "bool": Kind(frozenset((bool,)), _truth),
    "str": Kind(frozenset((str,)), _word),
    "Axis": Kind(frozenset((int, tuple, NoneType)), _integers),
    "Shape": _SEVERAL,
    "Size": _SEVERAL._replace(types=frozenset((int, NoneType))),
    "int | Sequence[int]": _SEVERAL,
    "Sequence[int]": Kind(frozenset(), _sequence),
}


def _kind(parameter: str, annotation: str) -> Kind | None:
    """None if there is nothing to see to: `out` is looked at when there is something to write into it."""
    plain = annotation.removesuffix(" | None")
    kind = None if parameter == "out" else KINDS.get(plain)
    return kind if kind is None or plain == annotation else kind._replace(types=kind.types | {NoneType})


def checked(function: F) -> F:
    """See to the arguments of a public function.  A call whose arguments are right pays a look at each one's type."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    every = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    kinds = {n: k for n in every if (k := _kind(n, function.__annotations__.get(n, "Any")))}
    if not kinds:
        return function

    def otherwise(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("like") is not None:
            kwargs["device"] = beside(function.__name__, kwargs["like"], kwargs["device"])
        place = next((v._device for v in (*args, *kwargs.values()) if type(v) is Array), None)
        if place is None and names[:1] == ("self",):  # a generator's
            place = getattr(args[0], "device", None)
        given = [_seen(function, n, kinds.get(n), v, place) for n, v in zip(names, args)]
        named = {n: _seen(function, n, kinds.get(n), v, place) for n, v in kwargs.items()}
        return function(*given, *args[len(given) :], **named)

    return _written_out(function, kinds, otherwise)


def _written_out(function: F, kinds: dict[str, Kind], otherwise: Callable[..., Any]) -> F:
    """A function with the same parameters that calls `function`, if their types are of their kinds, or `otherwise`.

    They are written out in it, as parameters in *args and **kwargs would cost half a microsecond a call.
    """
    code = function.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    positional, named = list(code.co_varnames[:count]), code.co_varnames[count : count + only]
    others = list(code.co_varnames[count + only :])
    several = [f"*{others.pop(0)}"] if code.co_flags & CO_VARARGS else []
    further = [f"**{others.pop(0)}"] if code.co_flags & CO_VARKEYWORDS else []
    optional = {*positional[count - len(function.__defaults__ or ()) :], *(function.__kwdefaults__ or ())}
    taken = [f"{name}=None" if name in optional else name for name in (*positional, *named)]
    taken[count:count] = several or ["*"] * bool(named)
    if code.co_posonlyargcount:
        taken.insert(code.co_posonlyargcount, "/")
    given = ", ".join([*positional, *several, *(f"{name}={name}" for name in named), *further])
    right = " and ".join(f"type({name}) in _types_of_{name}" for name in kinds)
    lines = (
        f"def call({', '.join([*taken, *further])}):",
        f"    if {right}:",
        f"        return _function({given})",
        f"    return _otherwise({given})",
    )
    space: dict[str, Any] = {f"_types_of_{name}": kind.types for name, kind in kinds.items()}
    space |= {"__name__": function.__module__, "_function": function, "_otherwise": otherwise}
    exec(compile("\n".join(lines), f"<arguments of {function.__name__}>", "exec"), space)
    call: Any = functools.wraps(function)(space["call"])
    call.__defaults__, call.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return call


def _seen(function: Callable[..., Any], parameter: str, kind: Kind | None, value: Any, place: Device | None) -> Any:
    if kind is None or type(value) in kind.types or (value is None and NoneType in kind.types):
        return value
    return kind.convert(function.__name__, parameter, value, place)
