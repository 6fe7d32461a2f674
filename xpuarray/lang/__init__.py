"""The kernel language: what a kernel may say, and how one is launched (public as xpuarray.kernel_api)."""

from xpuarray.lang.atomic import AtomicRef, atomic_fence
from xpuarray.lang.device_func import DeviceFunction, device_func
from xpuarray.lang.group import broadcast, group_all, group_any, group_barrier, group_reduce, group_scan, shuffle
from xpuarray.lang.item import Group, Item, NdItem, SubGroup
from xpuarray.lang.kernel import Kernel, kernel
from xpuarray.lang.launch import call_kernel, call_kernel_async
from xpuarray.lang.memory import AddressSpace, LocalAccessor, MemoryOrder, MemoryScope, PrivateArray
from xpuarray.lang.ranges import NdRange, Range

__all__ = [
    "AddressSpace", "AtomicRef", "DeviceFunction", "Group", "Item", "Kernel", "LocalAccessor", "MemoryOrder",
    "MemoryScope", "NdItem", "NdRange", "PrivateArray", "Range", "SubGroup", "atomic_fence", "broadcast",
    "call_kernel", "call_kernel_async", "device_func", "group_all", "group_any", "group_barrier", "group_reduce",
    "group_scan", "kernel", "shuffle",
]  # fmt: skip
