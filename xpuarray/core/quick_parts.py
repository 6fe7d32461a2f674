"""The shortest way to parts of arrays: elements, views, copies by masks and indices, and assignments to them.

As `quick.py`, which says more, this is compiled where there is a C compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import setitem
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from xpuarray.backends.host.faults import assigned
from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.plans import NUMPYS
from xpuarray.core.shared_memory import quiet
from xpuarray.spans import watched

if TYPE_CHECKING:
    import cython
else:
    cython = SimpleNamespace(compiled=False)

if cython.compiled:
    from cython.cimports.xpuarray.core.layout import (
        are_apart_in_memory,
        are_safe_to_assign,
        are_same_memory,
        array_of,
        array_of_number,
        asked,
        check_layout,
        is_array,
        is_basic_key,
        is_number,
        owns_memory,
        part_at_once,
        part_of,
        size_of,
        store,
        take_slots,
    )
    from cython.cimports.xpuarray.core.quick import (
        Last,
        at_hand,
        called_with_one,
        called_with_two,
        dtype_of,
        few_or_none,
        settled,
        updated,
    )
else:
    from xpuarray.core.quick import at_hand, dtype_of, few_or_none, settled
    from xpuarray.core.uncompiled import (
        are_apart_in_memory,
        are_safe_to_assign,
        are_same_memory,
        array_of,
        array_of_number,
        asked,
        is_array,
        is_basic_key,
        is_number,
        owns_memory,
        part_at_once,
        part_of,
        size_of,
        store,
    )

__all__ = [
    "converted",
    "copied",
    "flipped",
    "getter",
    "is_basic",
    "is_element",
    "item",
    "reader",
    "RAVELLED",
    "reshaped",
    "setter",
    "take_over",
    "transposed",
]

_WATCHERS: Any = watched.__self__  # type: ignore[attr-defined]  # the context variable itself
_WAITING = pending._waiting
if cython.compiled:
    check_layout(NUMPYS)

_NUMBERS = frozenset((bool, int, float))
_BACKWARDS = slice(None, None, -1)
_DOUBLE = np.dtype(np.float64)
#: Integers that NumPy takes for what they are (uint64 become floats beside signed ones), and with them masks.
_INTEGERS = frozenset(map(np.dtype, "bhilqBHI"))
_INDICES = _INTEGERS | {np.dtype(bool)}


def is_basic(key: Any) -> bool:
    """Whether the key is of those parts that make a view, and are the same to every library."""
    return is_basic_key(key)


def getter(otherwise: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """x[key]"""

    def __getitem__(self: Any, key: Any) -> Any:  # noqa: N807
        if is_array(self):
            part = got(self, key)
            if part is not None:
                return part
        return otherwise(self, key)

    return __getitem__


def got(x: Array, key: Any) -> Array | None:
    if is_basic_key(key):
        return part_at(x, key)
    plain = None if asked(_WATCHERS) else plain_key(key)
    if plain is not None:
        return part_at(x, plain)
    return taken(x, key) if is_array(key) or type(key) is tuple else None


def plain_key(key: Any) -> Any:
    """A basic key with the values of the integers in it that are arrays; None: it is no such."""
    if type(key) is not tuple:
        return number_at(key) if is_array(key) else None
    parts: list[Any] = []
    for part in key:
        if is_array(part):
            part = number_at(part)
            if part is None:
                return None
        parts.append(part)
    plain = tuple(parts)
    return plain if is_basic_key(plain) else None


def number_at(x: Array) -> Any:
    """Python's integer that the array is; None if it is none, or not known here."""
    number = x._expression
    return int(number) if is_number(number) and dtype_of(x) in _INTEGERS else None


def part_at(x: Array, key: Any) -> Array | None:
    """A view, or an element, which is a value; None if that takes more than NumPy."""
    held = x._host
    if held is None or x._read_only or not settled(x):
        return None
    part = part_at_once(held, key)
    if part is None:
        part = held[key]
    if type(part) is not ndarray:
        return array_of_number(x._device, part, dtype_of(x))
    return part_of(x, part) if x._buffer is not None or x._base is not None else None


def setter(otherwise: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    """x[key] = value"""

    def __setitem__(self: Any, key: Any, value: Any) -> None:  # noqa: N807
        if not (is_array(self) and assign(self, key, value)):
            otherwise(self, key, value)

    return __setitem__


def taken(x: Array, index: Any) -> Array | None:
    """A copy of the elements that a mask, or integers, say, or several of them; None if that takes more than NumPy."""
    held = x._host
    places = None if held is None or size_of(held) > x._device.runtime.host_until else places_in(x, index)
    if places is None or not settled(x):
        return None
    try:
        return array_of(x._device, held[places], dtype_of(x), None)
    except IndexError:  # the whole way has an error that says more
        return None


def places_in(x: Array, index: Any) -> Any:
    """The values of an array that says elements of x, or of a tuple of such of integers; None if they are not plain."""
    if is_array(index):
        i = index
        places = few_or_none(i)
        if places is None or i._device is not x._device or dtype_of(i) not in _INDICES or not places.ndim:
            return None
        return places
    several: list[Any] = []
    for part in index:
        if not is_array(part):
            return None
        i = part
        if dtype_of(i) not in _INTEGERS:
            return None
        several.append(places_in(x, part))
        if several[-1] is None:
            return None
    return tuple(several)


def assign(x: Array, key: Any, value: Any) -> bool:
    """x[key] = value by NumPy; False if that takes more, or can't be, of which the whole way says why."""
    memory = x._host
    if memory is None or x._read_only:
        return False
    if (
        x._buffer is None
        and x._base is None
        and not (owns_memory(memory) and size_of(memory) <= x._device.runtime.host_until)
    ):
        return False
    if _WAITING.get(x._device) or not settled(x) or asked(_WATCHERS):
        return False
    dtype = dtype_of(x)
    if is_array(value):
        y = value
        if y._device is not x._device or dtype_of(y) is not dtype:
            return False
        value = y._expression if is_number(y._expression) else y._host
        if value is None:
            return False
    elif type(value) not in _NUMBERS:
        return False
    try:
        if not is_basic_key(key):
            plain = plain_key(key)
            if plain is not None:
                key = plain
        if is_basic_key(key):
            if store(memory, key, value, x._device.runtime.host_until):
                return True
            return assigned_to_part(x, memory, key, value)
        if (is_array(key) or type(key) is tuple) and (type(value) is not ndarray or are_apart_in_memory(memory, value)):
            return assigned_by_index(x, memory, key, value)
    except (IndexError, OverflowError, TypeError, ValueError):
        pass
    return False


def assigned_to_part(x: Array, memory: Any, key: Any, value: Any) -> bool:
    if is_element(x, key):
        if type(value) is not float or dtype_of(x) is _DOUBLE:
            memory[key] = value
        else:
            quiet.run(setitem, memory, key, value)
        return True
    part = memory[key]
    if size_of(part) > x._device.runtime.host_until:
        return False
    if type(value) is ndarray:
        if are_safe_to_assign(part, value):
            if not are_same_memory(part, value):  # as it is of x[key] += y
                part[...] = value
        else:
            assigned(part, ..., value)
    elif type(value) is not float or dtype_of(x) is _DOUBLE:
        part.fill(value)
    else:
        quiet.run(setitem, part, ..., value)
    return True


def assigned_by_index(x: Array, memory: Any, index: Any, value: Any) -> bool:
    places = None if size_of(memory) > x._device.runtime.host_until else places_in(x, index)
    if places is None:
        return False
    quiet.run(setitem, memory, places, value)
    return True


def is_element(x: Array, key: Any) -> bool:
    """Whether a basic key has an integer for each dimension."""
    shape = x._shape
    if shape is None:
        shape = x._shape = x.shape
    if type(key) is not tuple:
        return type(key) is int and len(shape) == 1
    if len(key) != len(shape):
        return False
    for part in key:  # noqa: SIM110  a generator takes three times as long
        if type(part) is not int:
            return False
    return True


# -- what is a view, or a copy, of the whole --------------------------------------------------------


def transposed(x: Any) -> Array | None:
    """x with its axes in reverse order; None, here and below, if that takes more than NumPy."""
    held = usual_memory(x) if is_array(x) else None
    return None if held is None else part_of(x, held.T)


def flipped(x: Any) -> Array | None:
    """x in reverse order along all of its axes."""
    held = usual_memory(x) if is_array(x) else None
    return None if held is None else part_of(x, held[(_BACKWARDS,) * held.ndim])


#: In place of a shape: one dimension, whose elements lie side by side.
RAVELLED: Any = object()


def reshaped(x: Any, shape: Any) -> Array | None:
    """x in another shape, in row-major order; a view, or a copy of few elements."""
    held = usual_memory(x) if is_array(x) and not x._read_only else None
    if held is None:
        return None
    try:
        made = held.ravel() if shape is RAVELLED else held.reshape(shape)
    except (TypeError, ValueError):
        return None
    if made.base is held or (made.base is not None and made.base is held.base):
        return part_of(x, made)
    return array_of(x._device, made, dtype_of(x), None) if size_of(made) <= x._device.runtime.host_until else None


def usual_memory(x: Array) -> Any:
    """x's memory as NumPy has it, of which parts may be made."""
    if x._host is None or (x._buffer is None and x._base is None) or asked(_WATCHERS) or not settled(x):
        return None
    return x._host


def copied(x: Any) -> Array | None:
    """A copy of few elements, row by row."""
    values = at_hand(x) if is_array(x) else None
    return None if values is None else array_of(x._device, values.copy(), dtype_of(x), x._shape)


def converted(x: Any, dtype: np.dtype) -> Array | None:
    """A copy of few elements in that dtype, which their device has; None of those that do not lie row by row."""
    values = at_hand(x) if is_array(x) else None
    if values is None or not values.flags.c_contiguous:
        return None
    return array_of(x._device, quiet.run(values.astype, dtype), dtype, x._shape)


def take_over() -> None:
    """Have Python's operators on arrays call what is compiled, without a look at the methods."""
    if cython.compiled:
        take_slots(
            Array,
            Last,
            cython.cast(cython.p_void, called_with_one),
            cython.cast(cython.p_void, called_with_two),
            cython.cast(cython.p_void, updated),
            cython.cast(cython.p_void, got),
            cython.cast(cython.p_void, assign),
            cython.cast(cython.p_void, number_in),
        )


# -- one number -----------------------------------------------------------------------------------


def reader(convert: Callable[[Any], Any], otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """float(x) and its kin"""

    def read(self: Any) -> Any:
        if is_array(self):
            number = number_in(self)
            if number is not None:
                try:
                    return convert(number)
                except TypeError:  # the whole way has an error that says more
                    pass
        return otherwise(self)

    return read


def number_in(x: Array) -> Any:
    """NumPy's scalar that is all of x; None if there is no such, or if somebody watches."""
    return x._expression if is_number(x._expression) and not asked(_WATCHERS) else None


def item(x: Any, position: tuple[Any, ...]) -> Any:
    """Python's number at a position, row by row, or with an index; None if that takes more than NumPy."""
    if not is_array(x):
        return None
    number = number_in(x)
    held = usual_memory(x) if number is None else number
    try:
        return None if held is None else held.item(*position)
    except (IndexError, TypeError, ValueError):
        return None
