"""What is not computed yet: arrays that wait to be read, and the memory that they will read from.

An elementwise result may be an expression (`fusion/expression.py`) until somebody wants its values.
Whoever writes into memory calls `materialize_readers` first, so that what waits to read there is computed from
the old values.  Whoever gives memory out of our hands (DLPack, `.native`, a NumPy view) calls
`mark_escaped`: from then on nothing is left waiting that reads from it.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from xpuarray.backends import fork
from xpuarray.errors import KernelCompileError

if TYPE_CHECKING:
    from xpuarray.core.array import Array
    from xpuarray.placement.devices import Device

__all__ = [
    "compute_all",
    "enter",
    "forget_escaped",
    "has_escaped",
    "leave",
    "lock",
    "mark_escaped",
    "materialize_all_readers",
    "materialize_readers",
    "memory_of",
]

#: One thread computes at a time: whoever waits for it must find the array done, not do it again from
#: memory that has been written into since.  It takes the device (`Runtime.active`) while it has this lock, so
#: nobody may read an array that is not computed yet while he has taken the device.
lock = fork.Lock()

#: So many arrays may wait on a device: an expression takes 6 KiB.
MOST = 1 << 13
#: device -> its arrays that are not computed yet
_waiting: dict[Device, dict[int, weakref.ref[Array]]] = {}
#: (device, address of an allocation) that others may write into -> weak reference to what keeps the memory
#: (None if nothing is known to)
_escaped: dict[tuple[Device, int], weakref.ref[Any] | None] = {}


def enter(array: Array) -> None:
    """Enter `array`, which has an expression in place of memory; what reads from memory that others may write into is
    computed at once."""
    key, device = id(array), array._device
    waiting = _waiting.setdefault(device, {})
    if len(waiting) >= MOST:
        _compute_oldest(waiting)
    waiting[key] = weakref.ref(array, lambda _: waiting.pop(key, None))
    if _escaped and any(map(has_escaped, array._expression.arrays)):
        array._materialize()
        if device.info.type == "cpu":
            device.runtime.wait()  # whoever has the memory may write into it next, without asking the device


def _alive(references: Iterable[weakref.ref[Array]]) -> Iterator[Array]:
    """One after the other, so that none is kept by the list of them."""
    for reference in references:
        array = reference()
        if array is not None:
            yield array


def _compute_oldest(waiting: dict[int, weakref.ref[Array]]) -> None:
    """Half of what waits, unless there is no memory for it: then it goes on waiting."""
    with contextlib.suppress(MemoryError):
        for array in _alive(list(waiting.values())[: MOST // 2]):
            array._materialize()


def leave(array: Array) -> None:
    """`array` has its values now."""
    _waiting.get(array._device, {}).pop(id(array), None)


def memory_of(array: Array) -> tuple[Device, int]:
    """Which allocation a computed array is in: the same for all views of it."""
    return array._device, array._device.runtime.address(array._native)


def materialize_readers(target: Array) -> None:
    """Compute what waits to read the memory of `target`, which is about to be written."""
    waiting = _waiting.get(target._device)
    if not waiting or (target._buffer is None and target._base is None):
        return
    where = memory_of(target)
    for array in _alive(list(waiting.values())):
        if array._buffer is None and reads(array._expression, where):
            array._materialize()


def materialize_all_readers(arguments: Any) -> None:
    """`materialize_readers` every array among `arguments`, also those in tuples: a kernel may write into any."""
    if not any(_waiting.values()):
        return
    for argument in arguments:
        if isinstance(argument, (tuple, list)):
            materialize_all_readers(argument)
        elif hasattr(argument, "_buffer"):
            materialize_readers(argument)


def compute_all() -> None:
    """Compute all that enter, on every device.  What can't be compiled is left to whoever reads it, who is told."""
    for waiting in list(_waiting.values()):
        for array in _alive(list(waiting.values())):
            try:
                array._materialize()
            except KernelCompileError:
                leave(array)


def reads(expression: Any, where: tuple[Device, int]) -> bool:
    """Whether an expression has yet to read the memory `where`."""
    return any(memory_of(leaf) == where for leaf in expression.arrays)


def mark_escaped(array: Array) -> None:
    """The memory of `array` goes out of our hands: others may write into it at any time."""
    materialize_readers(array)
    where, keeper = memory_of(array), array._device.runtime.keeper(array._native)
    known = _escaped.get(where)
    if keeper is None:
        _escaped[where] = None
    elif known is None or known() is not keeper:
        _escaped[where] = weakref.ref(keeper, functools.partial(_ended, where))


def _ended(where: tuple[Device, int], reference: weakref.ref[Any]) -> None:
    """Nobody refers to the memory any more: what is there next is not shared."""
    if _escaped.get(where) is reference:
        _escaped.pop(where, None)


def has_escaped(array: Array) -> bool:
    """Whether others may write into the array's memory."""
    return bool(_escaped) and memory_of(array) in _escaped


def forget_escaped(array: Array) -> None:
    """`array` was just allocated: what others did at its address is over."""
    if _escaped:
        _escaped.pop(memory_of(array), None)
