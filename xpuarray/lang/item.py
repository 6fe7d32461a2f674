"""Item: where one work-item stands, as plain Python.

The simulator passes these objects; the compiled targets give the same methods the same meaning
(compiler/item_lowering.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from xpuarray.lang.ranges import Range

__all__ = ["Item"]


class Item:
    """The position of a work-item in a Range."""

    __slots__ = ("_extent", "_index")

    def __init__(self, extent: Range, index: Sequence[int]):
        self._extent = extent
        self._index = index

    def get_id(self, dim: int) -> int:
        """The position along `dim` (0 to 2)."""
        return self._index[dim]

    def get_range(self, dim: int) -> int:
        """The extent of the range along `dim`."""
        return self._extent[dim]

    def get_linear_id(self) -> int:
        """The position counted row by row, the last dimension fastest."""
        linear = 0
        for index, extent in zip(self._index, self._extent):
            linear = linear * extent + index
        return linear

    def get_linear_range(self) -> int:
        """The number of work-items in the range."""
        return self._extent.size()

    @property
    def dimensions(self) -> int:
        """The number of dimensions of the range."""
        return len(self._extent)
