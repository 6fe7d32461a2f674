"""The types of a kernel's first argument: ItemType(ndim) over a Range, NdItemType(ndim) over an NdRange."""

from xpuarray.compiler.frontend.numba_types import GroupType, ItemType, NdItemType

__all__ = ["GroupType", "ItemType", "NdItemType"]
