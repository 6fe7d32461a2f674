"""What is not computed yet: arrays that wait to be read, and the memory that they will read from.

An elementwise result may be an expression (`fusion/expression.py`) until somebody wants its values.
Whoever writes into memory calls `settle` first, so that what waits to read there is computed from
the old values.  Whoever gives memory out of our hands (DLPack, `.native`, a NumPy view) calls
`share`: from then on nothing is left waiting that reads from it.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any

from xpuarray.functions.operators import operations

if TYPE_CHECKING:
    from xpuarray.core.array import Array
    from xpuarray.placement.devices import Device

__all__ = [
    "anything_is_shared",
    "compute_all",
    "is_fresh",
    "is_shared",
    "memory_of",
    "no_longer",
    "settle",
    "settle_all",
    "share",
    "waits",
]

#: device -> its arrays that are not computed yet
_waiting: dict[Device, dict[int, weakref.ref[Array]]] = {}
#: (device, address of an allocation) that others may write into -> weak reference to what keeps the memory
#: (None if nothing is known to)
_shared: dict[tuple[Device, int], weakref.ref[Any] | None] = {}


def waits(array: Array) -> None:
    """Enter `array`, which has an expression in place of memory."""
    key, waiting = id(array), _waiting.setdefault(array._device, {})
    waiting[key] = weakref.ref(array, lambda _: waiting.pop(key, None))


def no_longer(array: Array) -> None:
    """`array` has its values now."""
    _waiting.get(array._device, {}).pop(id(array), None)


def memory_of(array: Array) -> tuple[Device, int]:
    """Which allocation a computed array is in: the same for all views of it."""
    return array._device, array._device.runtime.address(array._native)


def settle(target: Array) -> None:
    """Compute what waits to read the memory of `target`, which is about to be written."""
    waiting = _waiting.get(target._device)
    if not waiting or target._buffer is None:
        return
    where = memory_of(target)
    for reference in list(waiting.values()):
        array = reference()
        if array is not None and array._buffer is None and reads(array._expression, where):
            operations["evaluate"](array)


def settle_all(arguments: Any) -> None:
    """`settle` every array among `arguments`, also those in tuples: a kernel may write into any."""
    if not any(_waiting.values()):
        return
    for argument in arguments:
        if isinstance(argument, (tuple, list)):
            settle_all(argument)
        elif hasattr(argument, "_buffer"):
            settle(argument)


def compute_all() -> None:
    """Compute all that waits, on every device."""
    for waiting in list(_waiting.values()):
        for reference in list(waiting.values()):
            array = reference()
            if array is not None:
                operations["evaluate"](array)


def reads(expression: Any, where: tuple[Device, int]) -> bool:
    """Whether an expression has yet to read the memory `where`."""
    return any(memory_of(leaf) == where for leaf in expression.arrays)


def share(array: Array) -> None:
    """The memory of `array` goes out of our hands: others may write into it at any time."""
    settle(array)
    where, keeper = memory_of(array), array._device.runtime.keeper(array._native)
    known = _shared.get(where)
    if keeper is None:
        _shared[where] = None
    elif known is None or known() is not keeper:
        _shared[where] = weakref.ref(keeper, functools.partial(_ended, where))


def _ended(where: tuple[Device, int], reference: weakref.ref[Any]) -> None:
    """Nobody refers to the memory any more: what is there next is not shared."""
    if _shared.get(where) is reference:
        _shared.pop(where, None)


def anything_is_shared() -> bool:
    """Whether others may write into any array's memory."""
    return bool(_shared)


def is_shared(array: Array) -> bool:
    """Whether others may write into the array's memory."""
    return bool(_shared) and memory_of(array) in _shared


def is_fresh(array: Array) -> None:
    """`array` was just allocated: what others did at its address is over."""
    if _shared:
        _shared.pop(memory_of(array), None)
