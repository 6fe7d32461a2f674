"""What `layout.pxd` does in C, in Python: for `quick.py`, where it is not compiled."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array, part_of
from xpuarray.placement.devices import Device

__all__ = [
    "array_of", "array_of_number", "asked", "is_array", "part_of", "quiet_1", "quiet_2", "quiet_3",
    "quiet_5",
]  # fmt: skip


def is_array(x: Any) -> bool:
    """Whether it is one of ours."""
    return type(x) is Array


def array_of_number(device: Device, number: np.generic, dtype: np.dtype | None) -> Array:
    """The array of an element that has been read."""
    array = Array(None, device, number, None, dtype)
    array._shape = ()
    return array


def array_of(device: Device, host: np.ndarray, dtype: np.dtype | None, shape: tuple[int, ...] | None) -> Array:
    """The array of what NumPy has made; dtype and shape, if they are known."""
    array = Array(None, device, None, host, dtype)
    array._shape = shape
    return array


def asked(variable: contextvars.ContextVar[Any]) -> Any:
    """The variable's value here."""
    return variable.get()


def quiet_1(contexts: Any, function: Callable[..., Any], a: Any) -> Any:
    """The function's value, without NumPy's warnings; so do the others."""
    return contexts.run(function, a)


def quiet_2(contexts: Any, function: Callable[..., Any], a: Any, b: Any) -> Any:
    return contexts.run(function, a, b)


def quiet_3(contexts: Any, function: Callable[..., Any], a: Any, b: Any, c: Any) -> Any:
    return contexts.run(function, a, b, c)


def quiet_5(contexts: Any, function: Callable[..., Any], a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    return contexts.run(function, a, b, c, d, e)
