"""What public functions take for a shape, for axes and for a place."""

from __future__ import annotations

from collections.abc import Sequence

from xpuarray.placement.devices import Device

__all__ = ["Axis", "Order", "Place", "Shape"]

Shape = int | Sequence[int]  #: extents, one a dimension
Axis = int | Sequence[int] | None  #: one dimension, several, or all
Order = str | None  #: of elements in memory: "C", "K" or "A", which all mean rows here
Place = Device | str | None  #: a device, a filter string, or the default device
