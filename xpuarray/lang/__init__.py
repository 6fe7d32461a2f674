"""The kernel language: the words that a kernel may say (public, with its launch, as xpuarray.kernel_api)."""

from xpuarray.lang.atomic import AtomicRef, atomic_fence
from xpuarray.lang.device_functions import DeviceFunction, device_func
from xpuarray.lang.group import broadcast, group_all, group_any, group_barrier, group_reduce, group_scan, shuffle
from xpuarray.lang.item import Group, Item, NdItem, SubGroup
from xpuarray.lang.memory import AddressSpace, LocalAccessor, MemoryOrder, MemoryScope, PrivateArray
from xpuarray.lang.ranges import NdRange, Range

__all__ = [
    "AddressSpace", "AtomicRef", "DeviceFunction", "Group", "Item", "LocalAccessor", "MemoryOrder", "MemoryScope",
    "NdItem", "NdRange", "PrivateArray", "Range", "SubGroup", "atomic_fence", "broadcast", "device_func", "group_all",
    "group_any", "group_barrier", "group_reduce", "group_scan", "shuffle",
]  # fmt: skip
