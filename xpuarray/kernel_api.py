"""Everything a kernel may say, and how one is launched, under numba-dpex's names."""

from xpuarray.lang import *
from xpuarray.launch.kernel import Kernel, kernel
from xpuarray.launch.launch import call_kernel, call_kernel_async

__all__ = [
    "AddressSpace", "AtomicRef", "DeviceFunction", "Group", "Item", "Kernel", "LocalAccessor", "MemoryOrder",
    "MemoryScope", "NdItem", "NdRange", "PrivateArray", "Range", "SubGroup", "atomic_fence", "broadcast",
    "call_kernel", "call_kernel_async", "device_func", "group_all", "group_any", "group_barrier", "group_reduce",
    "group_scan", "kernel", "shuffle",
]  # fmt: skip
