"""The simulator's arrays: they give and take its numbers, and tell an observer of every access to an element."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.compiler.targets.simulated_numbers import number_class, typed

__all__ = ["Observer", "SimulatedArray"]


class Observer:
    """Told by the simulator which work-item runs and what it touches; `verify` learns from it who meets whom."""

    watching = False  #: whether `touch` wants to be told

    def enter(self, group: tuple[int, ...] | None, item: tuple[int, ...]) -> None:
        """The work-item at position `item` begins (or goes on), in `group` if there are groups."""

    def touch(self, argument: Any, index: tuple[int, ...], write: bool, atomic: bool) -> None:
        """An element of an argument is read or written; local memory is (argument, group)."""

    def barrier(self, group: tuple[int, ...]) -> None:
        """All work-items of `group` have met."""


class SimulatedArray:
    """An array as a kernel sees it.

    argument: what the observer is told of it; None: an array of one work-item's own
    """

    __slots__ = ("_argument", "_array", "_atomic", "_exactly", "_kind", "_observer")

    def __init__(self, array: np.ndarray, argument: Any = None, observer: Observer | None = None, atomic: bool = False):
        self._array, self._argument, self._atomic = array, argument, atomic
        self._observer = observer if observer is not None and observer.watching else None
        self._kind: Any = number_class(array.dtype.name)
        self._exactly = self._kind.exactly

    def atomic(self) -> SimulatedArray:
        """The same array, for accesses that are atomic."""
        return SimulatedArray(self._array, self._argument, self._observer, True)

    def converted(self, value: Any) -> Any:
        """A number as an element of this array, which may not hold all of it."""
        return self._kind(value)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._array, name)
        return (lambda *args: _seen(value(*args))) if callable(value) and not isinstance(value, type) else _seen(value)

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: Any) -> Any:
        if hasattr(index, "ndim") and index.ndim:
            return self._gathered(index)
        value = self._array[index]
        if isinstance(value, np.ndarray):
            return SimulatedArray(value)
        if self._observer is not None:
            self._touch(index, False)
        return self._exactly(value)

    def __setitem__(self, index: Any, value: Any) -> None:
        if self._observer is not None:
            self._touch(index, True)
        if isinstance(value, (int, float, complex)):  # as much of it as the array's type holds
            self._array[index] = value if type(value) is self._kind else self._kind(value)
        elif hasattr(value, "_values"):  # an expression's numbers
            part = self._array[index]
            for where, number in np.ndenumerate(np.broadcast_to(value._values, part.shape)):
                part[where] = self._kind(number)
        else:
            self._array[index] = getattr(value, "_array", value)

    def _touch(self, index: Any, write: bool) -> None:
        parts = index if isinstance(index, tuple) else (index,)
        if len(parts) == self._array.ndim and all(hasattr(p, "__index__") for p in parts):
            where = tuple(int(p) % n if n else int(p) for p, n in zip(parts, self._array.shape))
            self._observer.touch(self._argument, where, write, self._atomic)  # type: ignore[union-attr]


def _seen(value: Any) -> Any:
    return (
        SimulatedArray(value)
        if isinstance(value, np.ndarray)
        else typed(value)
        if isinstance(value, np.generic)
        else value
    )
