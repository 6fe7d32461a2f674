"""`x.flat`: an array's elements in one dimension, counted row by row, to read and to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xpuarray.core.array import Array
from xpuarray.functions.assigning import put
from xpuarray.functions.conversion import asarray
from xpuarray.functions.manipulation import reshape
from xpuarray.functions.ranges import arange

__all__ = ["Flat"]


class Flat:
    """What `x.flat` is: `x.flat[key]` copies elements, `x.flat[key] = values` writes into x, repeating the values."""

    __slots__ = ("base",)

    def __init__(self, base: Array):
        self.base = base  #: the array

    def __len__(self) -> int:
        return self.base.size

    def __iter__(self) -> Iterator[Array]:
        return iter(reshape(self.base, (-1,)))

    def __getitem__(self, key: Any) -> Array:
        part = reshape(self.base, (-1,))[key]
        return asarray(part, copy=True) if part.ndim else part

    def __setitem__(self, key: Any, values: Any) -> None:
        put(self.base, arange(self.base.size, device=self.base.device)[key], values)

    def copy(self) -> Array:
        """All elements, in one dimension."""
        return self[:]
