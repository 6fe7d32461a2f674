"""CuPy's memory pool of one GPU, in the terms of `Memory`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.memory import LIMIT, Memory

__all__ = ["CupyMemory"]


class CupyMemory(Memory):
    """What CuPy's pool holds: arrays of xpuarray's and CuPy's own alike.

    The peak is looked at whenever a large array is made, as CuPy has no count of it.
    """

    def __init__(self, info: DeviceInfo, cupy: Any):
        super().__init__(info)
        self._runtime = cupy.cuda.runtime
        self._pool = cupy.get_default_memory_pool()
        self._device = cupy.cuda.Device(info.number)
        if os.environ.get(LIMIT):
            with self._device:
                self._pool.set_limit(size=self.limit)

    @property
    def in_use(self) -> int:
        with self._device:
            return self._pool.used_bytes()

    @property
    def held(self) -> int:
        with self._device:
            return self._pool.total_bytes()

    def _noted(self, owner: Any, nbytes: int) -> None:
        here = self._runtime.getDevice() == self.info.number  # entering a device takes 3 µs
        self._peak = max(self._peak, self._pool.used_bytes() if here else self.in_use)

    def release(self, wait: Callable[[], None]) -> int:
        before = self.held
        with self._device:
            self._pool.free_all_blocks()  # CUDA's own free waits
        return before - self.held
