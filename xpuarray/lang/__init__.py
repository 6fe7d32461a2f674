"""The kernel language: what a kernel may say, and how one is launched."""

from xpuarray.lang.item import Item
from xpuarray.lang.kernel import Kernel, call_kernel, call_kernel_async, kernel
from xpuarray.lang.ranges import NdRange, Range

__all__ = ["Item", "Kernel", "NdRange", "Range", "call_kernel", "call_kernel_async", "kernel"]
