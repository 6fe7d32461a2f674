"""`x.flat`: an array's elements in one dimension, counted row by row, to read and to write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["Flat"]

xp: Any = sys.modules["xpuarray"]


class Flat:
    """What `x.flat` is: `x.flat[key]` copies elements, `x.flat[key] = values` writes into x, repeating the values."""

    __slots__ = ("base",)

    def __init__(self, base: Any):
        self.base = base  #: the array

    def __len__(self) -> int:
        return self.base.size

    def __iter__(self) -> Iterator[Any]:
        return iter(xp.reshape(self.base, (-1,)))

    def __getitem__(self, key: Any) -> Any:
        return xp.asarray(xp.reshape(self.base, (-1,))[key], copy=True)

    def __setitem__(self, key: Any, values: Any) -> None:
        xp.put(self.base, xp.arange(self.base.size, device=self.base.device)[key], values)

    def copy(self) -> Any:
        """All elements, in one dimension."""
        return self[:]
