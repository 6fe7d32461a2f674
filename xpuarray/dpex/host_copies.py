"""USM arrays as NumPy arrays for the simulator, and what it did to them back again."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["HostCopies"]


class HostCopies:
    """NumPy views of copies of USM allocations: arrays that share memory do so here, too."""

    def __init__(self) -> None:
        self._copies: dict[int, tuple[Any, np.ndarray]] = {}  # by address: the memory and its bytes

    def view(self, native: Any) -> np.ndarray:
        """The usm_ndarray `native`, in the copy of its allocation."""
        if not native.size:
            return np.empty(native.shape, native.dtype)
        memory = native.usm_data
        if memory._pointer not in self._copies:
            _finish(native.sycl_queue)
            self._copies[memory._pointer] = memory, memory.copy_to_host()
        offset = native._element_offset * native.itemsize
        strides = tuple(s * native.itemsize for s in native.strides)
        return np.ndarray(native.shape, native.dtype, self._copies[memory._pointer][1], offset, strides)

    def write_back(self) -> None:
        """Copy every allocation back."""
        for memory, values in self._copies.values():
            memory.copy_from_host(values)


def _finish(queue: Any) -> None:
    from xpuarray.backends.sycl.versions import order_of

    order_of(queue).wait()
    queue.wait()
