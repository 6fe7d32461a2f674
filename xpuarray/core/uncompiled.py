"""What `layout.pxd` does in C, in Python: for `quick.py`, where it is not compiled."""

from __future__ import annotations

import contextvars
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array, part_of
from xpuarray.placement.devices import Device

__all__ = [
    "are_apart_in_memory", "are_safe_to_assign", "are_same_memory", "array_in", "array_of", "array_of_number",
    "arrays_1", "arrays_2", "arrays_2_into", "asked", "BASIC", "elements_of", "have_same_shape", "is_array",
    "is_basic_key", "is_number", "number_1", "number_2", "owns_memory", "part_at_once", "part_of", "product_2",
    "product_size", "quiet_1", "quiet_2", "quiet_3", "quiet_5", "size_of", "store",
]  # fmt: skip

#: Parts of a key that make a view, and are the same to every library.
BASIC = frozenset((int, slice, type(Ellipsis), type(None)))


def is_array(x: Any) -> bool:
    """Whether it is one of ours."""
    return type(x) is Array


def array_of_number(device: Device, number: np.generic, dtype: np.dtype | None) -> Array:
    """The array of an element that has been read."""
    array = Array(None, device, number, None, dtype)
    array._shape, array._read_only = (), True
    return array


def array_of(device: Device, host: np.ndarray, dtype: np.dtype | None, shape: tuple[int, ...] | None) -> Array:
    """The array of what NumPy has made; dtype and shape, if they are known."""
    array = Array(None, device, None, host, dtype)
    array._shape = shape
    return array


def array_in(
    device: Device, native: Any, dtype: np.dtype, shape: tuple[int, ...], flat: tuple[Any, tuple[Any, ...]]
) -> Array:
    """The array of memory that was just allocated for what is computed; flat: it, packed."""
    array = Array(native, device, dtype=dtype)
    array._shape, array._read_only, array._flat = shape, not shape, flat
    return array


def elements_of(shape: tuple[int, ...]) -> int:
    """The number of elements."""
    return math.prod(shape)


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


def number_1(contexts: Any, function: Callable[..., Any], operation: int, kind: Any, a: Any) -> Any:
    """The function's value of a number, which C computes itself if it knows the operation."""
    return contexts.run(function, a)


def number_2(contexts: Any, function: Callable[..., Any], operation: int, kind: Any, a: Any, b: Any) -> Any:
    return contexts.run(function, a, b)


def is_number(x: Any) -> bool:
    """Whether it is a scalar of NumPy's."""
    return isinstance(x, np.generic)


def is_basic_key(key: Any) -> bool:
    """Whether the key is of those parts that make a view, and are the same to every library."""
    if type(key) is not tuple:
        return type(key) in BASIC
    for part in key:  # noqa: SIM110  a generator takes three times as long
        if type(part) not in BASIC:
            return False
    return True


def part_at_once(held: np.ndarray, key: Any) -> Any:
    """The element, or the view, that a basic key says; None if NumPy is to be asked."""
    return None


def store(memory: np.ndarray, key: Any, value: Any, most: int) -> bool:
    """Whether C has stored the value, of at most so many elements."""
    return False


def size_of(values: Any) -> int:
    """The number of elements."""
    return values.size


def product_size(a: Any, b: Any) -> int:
    """How many elements the product of two has; -1 if one of both has no dimensions."""
    if not (a.ndim and b.ndim):
        return -1
    own = b.shape
    return math.prod(a.shape[:-1]) * (math.prod(own[:-2]) * own[-1] if len(own) > 1 else 1)


def owns_memory(x: np.ndarray) -> bool:
    """Whether the array's memory is its own, in which it is no view."""
    return x.flags.owndata


def are_apart_in_memory(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays' elements lie in memory apart."""
    return not np.may_share_memory(a, b)


def have_same_shape(a: Any, b: Any) -> bool:
    """Whether both are arrays, of one shape."""
    return type(a) is type(b) is np.ndarray and a.shape == b.shape


def are_same_memory(a: Any, b: Any) -> bool:
    """Whether both are the same elements in memory; to know it takes longer than to copy them."""
    return False


def are_safe_to_assign(to: np.ndarray, value: np.ndarray) -> bool:
    """Whether it is plain that NumPy assigns the one to the other right: see `assigned`."""
    return to.ndim != 1 or value.strides == to.strides


def arrays_1(contexts: Any, function: Callable[..., Any], loop: int, a: Any) -> Any:
    """The function's value of arrays, which C computes itself by that loop of the ufunc's; so do the other two."""
    return contexts.run(function, a)


def arrays_2(contexts: Any, function: Callable[..., Any], loop: int, a: Any, b: Any) -> Any:
    return contexts.run(function, a, b)


def arrays_2_into(contexts: Any, function: Callable[..., Any], loop: int, a: Any, b: Any, out: Any) -> Any:
    return contexts.run(function, a, b, out)


def product_2(contexts: Any, function: Callable[..., Any], kind: Any, a: Any, b: Any) -> Any:
    return contexts.run(function, a, b)
