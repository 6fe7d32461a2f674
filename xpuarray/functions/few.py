"""Composed functions of few elements: a dozen steps of ours are one of NumPy's, where it sees the memory."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import NoneType
from typing import Any, TypeVar

import numpy as np

from xpuarray.core.array import Array, from_numpy
from xpuarray.core.quick import asked_for_nothing, at_hand
from xpuarray.core.shared_memory import quietly

__all__ = ["WHOLE", "by_numpys", "whole_by_linalg", "whole_by_numpy"]

F = TypeVar("F", bound=Callable[..., Any])

#: The names of these functions, as they are called.
WHOLE: set[str] = set()

#: What NumPy takes for just what we take it for.
_PLAIN = frozenset((bool, int, float, str, NoneType))
#: Of other dtypes NumPy's functions often make doubles or halves, where ours keep them.
_DTYPES = frozenset((np.dtype(np.float64), np.dtype(np.int64), np.dtype(bool)))


def whole_by_numpy(function: F) -> F:
    """For a function that makes new arrays, of the values and dtypes of NumPy's function of its name: of few elements
    NumPy's is called.  What NumPy refuses goes our way, and so does what has an array to write into."""
    WHOLE.add(function.__name__)
    return by_numpys(function.__name__, function)


def by_numpys(name: str, function: F) -> F:
    """The same of a function that has another name, or takes less."""
    return _whole(function, getattr(np, name), name)


def whole_by_linalg(function: F) -> F:
    """The same by `numpy.linalg`, whose functions are others than NumPy's of these names; NumPy 1 has not all."""
    numpys, name = getattr(np.linalg, function.__name__, None), f"linalg.{function.__name__}"
    WHOLE.add(name)
    return function if numpys is None else _whole(function, numpys, name)


def _whole(function: F, numpys: Callable[..., Any], name: str) -> F:
    code = inspect.unwrap(function).__code__
    names = code.co_varnames[: code.co_argcount]
    most = names.index("out") if "out" in names else len(names) + 64  #: arguments without a name

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        held: list[Array] = []
        try:
            given = [_plain(arg, held, name) for arg in args]
            named = {key: _plain(arg, held, name) for key, arg in kwargs.items()} if kwargs else kwargs
            device = held[0]._device
            if len(args) <= most and kwargs.get("out") is None and all([x._device is device for x in held]):
                value = quietly(numpys, *given, **named)
                if not any(value is values for values in given):  # else it is x itself, and ours is, too
                    return _made(value, device)
        except Exception:
            pass  # the whole way has an error of ours
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


class _OurWayError(Exception):
    """What NumPy might take, or has taken, for something else."""


def _plain(value: Any, held: list[Array], name: str) -> Any:
    """An argument for NumPy's function of that name; `held` gathers the arrays."""
    kind = type(value)
    if kind is Array:
        values = at_hand(value)
        if values is None and value.size <= value._device.runtime.numpy_until(name) and asked_for_nothing():
            values = value._host_values()
        if values is not None and values.dtype in _DTYPES:
            held.append(value)
            return values
    elif kind in _PLAIN:
        return value
    elif kind is list or kind is tuple:
        return kind([_plain(part, held, name) for part in value])
    raise _OurWayError


def _made(value: Any, device: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)([_made(part, device) for part in value])
    values = np.asarray(value)
    if values.dtype.kind not in "biufc":  # None among numbers makes objects of them
        raise _OurWayError
    return from_numpy(values if values.base is None else values.copy(), device)
