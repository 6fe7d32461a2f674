"""SYCL devices whose kernels numba-dpex compiles: they take their arguments in another form."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from xpuarray.backends.sycl.runtime import SyclRuntime
from xpuarray.backends.sycl.usm import memory_of

__all__ = ["DpexRuntime"]


class DpexRuntime(SyclRuntime):
    """An array is passed as number of elements, itemsize, pointer, shape and strides."""

    target = "dpex"

    @staticmethod
    @lru_cache(maxsize=1024)
    def _cover(
        extents: tuple[int, ...], cpu: tuple[int, int] | None, turned: bool = False
    ) -> tuple[list[int], list[int] | None, list[Any]]:
        """numba-dpex's kernels don't look whether a work-item lies in the range, so there is none beyond it."""
        return list(extents), None, []

    def pack(
        self,
        native: Any,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        if shape is None:
            shape, strides = native.shape, self.strides(native)
        return _array(memory_of(native), native.itemsize, shape, strides)

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        return _array(super().pack_local(dtype, shape)[0], dtype.itemsize, shape)


def _array(memory: Any, itemsize: int, shape: Sequence[int], strides: Sequence[int] | None = None) -> tuple[Any, ...]:
    if strides is None:  # contiguous
        steps = [itemsize]
        for extent in shape[:0:-1]:
            steps.insert(0, steps[0] * extent)
        strides = steps[: len(shape)]
    whole = ctypes.c_int64
    return whole(math.prod(shape)), whole(itemsize), memory, *map(whole, shape), *map(whole, strides)
