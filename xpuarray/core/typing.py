"""What public functions take for a shape, for axes and for a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpuarray.placement.devices import Device

__all__ = ["Axis", "Index", "Like", "Mask", "Number", "Operand", "Order", "Place", "Scale", "Shape", "Target"]

Shape = int | Sequence[int]  #: extents, one a dimension
Axis = int | Sequence[int] | None  #: one dimension, several, or all
Order = str | None  #: of elements in memory: "C", "K" or "A", which all mean rows here
Like = Any  #: an array on whose device the new one is, if no device is named
Place = Device | str | None  #: a device, a filter string, or the default device
Target = Any  #: an array that is written into, so that no list will do
Operand = Any  #: an array, a number, or lists of numbers, which become an array
Number = Any  #: one number
Scale = Any  #: one number, or an array of them
Mask = Any  #: which elements: as an index, but numbers that are not 0 count as True
Index = Any  #: indices or a mask: an array, NumPy's too, or lists of numbers
