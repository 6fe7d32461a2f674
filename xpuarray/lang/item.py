"""Item, NdItem and Group: where one work-item stands, as plain Python (SYCL 2020, section 4.9.1).

The simulator passes these objects; the compiled targets give the same methods the same meaning
(compiler/frontend/item_lowering.py).  Dimensions count from 0, the last one varies fastest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xpuarray.lang.ranges import Range

__all__ = ["Group", "Item", "NdItem", "SubGroup"]


def _linear(index: Sequence[int], extent: Sequence[int]) -> int:
    linear = 0
    for position, size in zip(index, extent):
        linear = linear * size + position
    return linear


class Item:
    """The position of a work-item in a Range."""

    __slots__ = ("_extent", "_index")

    def __init__(self, extent: Range, index: Sequence[int]):
        self._extent = extent
        self._index = index

    def get_id(self, dim: int) -> int:
        """The position along `dim`."""
        return self._index[dim]

    def get_range(self, dim: int) -> int:
        """The extent of the range along `dim`."""
        return self._extent[dim]

    def get_linear_id(self) -> int:
        """The position counted row by row."""
        return _linear(self._index, self._extent)

    def get_linear_range(self) -> int:
        """The number of work-items in the range."""
        return self._extent.size()

    @property
    def dimensions(self) -> int:
        """The number of dimensions of the range."""
        return len(self._extent)


class Group:
    """The work-group a work-item belongs to; groups run independently of each other."""

    __slots__ = ("_global", "_index", "_local", "_meet", "_rank")

    def __init__(
        self,
        global_range: Range,
        local_range: Range,
        index: Sequence[int],
        rank: int = 0,
        meet: Callable[..., Any] | None = None,
    ):
        self._global = global_range
        self._local = local_range
        self._index = index
        self._rank = rank  # of the work-item that holds this object, in the group
        self._meet = meet  # the simulator's: waits for the whole group, exchanges values

    def get_group_id(self, dim: int) -> int:
        """The position of the group along `dim`."""
        return self._index[dim]

    def get_group_range(self, dim: int) -> int:
        """The number of groups along `dim`."""
        return self._global[dim] // self._local[dim]

    def get_local_range(self, dim: int) -> int:
        """The number of work-items of a group along `dim`."""
        return self._local[dim]

    def get_group_linear_id(self) -> int:
        """The position of the group, counted row by row."""
        return _linear(self._index, self._groups())

    def get_group_linear_range(self) -> int:
        """The number of groups."""
        return Range(*self._groups()).size()

    def get_local_linear_range(self) -> int:
        """The number of work-items in a group."""
        return self._local.size()

    def _groups(self) -> list[int]:
        return [self.get_group_range(dim) for dim in range(len(self._global))]

    @property
    def leader(self) -> bool:
        """Whether this work-item is the group's first: the one with local id 0."""
        return self._rank == 0

    @property
    def dimensions(self) -> int:
        """The number of dimensions of the range."""
        return len(self._global)


class SubGroup:
    """The work-items of a group that run in step; how many there are is up to the device."""

    __slots__ = ("_index", "_meet", "_rank", "_size")

    def __init__(self, rank: int, size: int, index: int, meet: Callable[..., Any] | None = None):
        self._rank = rank
        self._size = size
        self._index = index
        self._meet = meet

    def get_local_id(self) -> int:
        """The position of the work-item in its sub-group."""
        return self._rank

    def get_local_range(self) -> int:
        """The number of work-items in this sub-group."""
        return self._size

    def get_group_id(self) -> int:
        """The position of the sub-group in its work-group."""
        return self._index


class NdItem:
    """The position of a work-item in an NdRange: in the whole, and in its group."""

    __slots__ = ("_global", "_group", "_local", "_sub_group")

    def __init__(self, global_item: Item, local_item: Item, group: Group, sub_group: SubGroup | None = None):
        self._global = global_item
        self._local = local_item
        self._group = group
        self._sub_group = sub_group

    def get_global_id(self, dim: int) -> int:
        """The position in the global range along `dim`."""
        return self._global.get_id(dim)

    def get_global_linear_id(self) -> int:
        """The position in the global range, counted row by row."""
        return self._global.get_linear_id()

    def get_local_id(self, dim: int) -> int:
        """The position in the group along `dim`."""
        return self._local.get_id(dim)

    def get_local_linear_id(self) -> int:
        """The position in the group, counted row by row."""
        return self._local.get_linear_id()

    def get_global_range(self, dim: int) -> int:
        """The extent of the global range along `dim`."""
        return self._global.get_range(dim)

    def get_local_range(self, dim: int) -> int:
        """The extent of a group along `dim`."""
        return self._local.get_range(dim)

    def get_global_linear_range(self) -> int:
        """The number of work-items in all."""
        return self._global.get_linear_range()

    def get_local_linear_range(self) -> int:
        """The number of work-items in a group."""
        return self._local.get_linear_range()

    def get_group(self) -> Group:
        """The work-group."""
        return self._group

    def get_sub_group(self) -> SubGroup:
        """The sub-group."""
        assert self._sub_group is not None
        return self._sub_group

    @property
    def dimensions(self) -> int:
        """The number of dimensions of the range."""
        return self._global.dimensions
