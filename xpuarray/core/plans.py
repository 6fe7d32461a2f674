"""Tables of what has been worked out once, each with a bound."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

__all__ = ["NUMPYS", "Bounded"]

#: What compiled code takes of NumPy (`layout.h`, which names them).
NUMPYS = (
    np.ndarray, np.generic, np.float64, np.float32, np.complex128, np.bool_, np.True_, np.False_,
    np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32,
)  # fmt: skip

K = TypeVar("K")
V = TypeVar("V")


class Bounded(dict[K, V]):
    """A table that never has more than so many entries: when it is full, it forgets them all.

    So it holds nothing but what can be made again when it is asked for.  To forget everything takes no account of
    who asked for what, and a look-up stays a dict's: a program that does the same again and again fills no table,
    and one that never does gains nothing from what is kept.

    >>> squares = Bounded(2)
    >>> for k in 1, 2, 2, 3:
    ...     squares[k] = k * k
    >>> squares
    {3: 9}
    """

    __slots__ = ("most",)

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= self.most and key not in self:
            self.clear()
        super().__setitem__(key, value)

    def setdefault(self, key: K, default: V) -> V:  # type: ignore[override]
        """The value of `key`, which is `default` from now on if there is none."""
        if len(self) >= self.most and key not in self:
            self.clear()
        return super().setdefault(key, default)
