"""Whether indices are within bounds: libraries wrap or clip those that are not; NumPy raises, and so do we."""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.core.plans import Bounded
from xpuarray.functions.conversion import asarray
from xpuarray.fusion.launches import Launch
from xpuarray.kernels.bounds import mark_outside
from xpuarray.lang import Range
from xpuarray.lang.types import ArrayType
from xpuarray.placement.devices import Device
from xpuarray.spans import unwatched

__all__ = ["check_bounds"]


def check_bounds(name: str, indices: Array, extent: int) -> None:
    """Raise IndexError if one of them is none of an axis of that extent."""
    if indices.size == 0:
        return
    values = indices._host_values() if indices._device.runtime.host_until else None
    if values is None:
        with unwatched():  # nobody has asked for that number
            if not _is_outside(indices, extent):
                return
        values = asnumpy(indices)
    low, high = int(values.min()), int(values.max())
    if low < -extent or high >= extent:
        raise IndexError(f"{name}: index {low if low < -extent else high} is out of bounds for extent {extent}")


class _Marks(threading.local):
    """Where a thread's kernels mark that an index is out of bounds: device -> the mark, and the latest question."""

    def __init__(self) -> None:
        self.of: Bounded[Device, list[Any]] = Bounded(64)


_marks = _Marks()


def _is_outside(indices: Array, extent: int) -> bool:
    """Whether one of them is out of bounds.  Each question has a number, which the kernel writes, so that nobody has to
    take back the answer to the one before."""
    device = indices._device
    mark = _marks.of.get(device)
    if mark is None:
        mark = _marks.of[device] = [asarray(np.zeros(1, np.int64), device=device), 0]
    found, mark[1] = mark[0], mark[1] + 1
    kind, packed = indices._flat_argument() or indices.copy().reshape((-1,))._flat_argument()
    pack, where = device.runtime.pack_scalar, found._flat_argument()
    most = min(extent, np.iinfo(np.int64).max)
    arguments = [*packed, *pack(most, "int64"), *pack(mark[1], "int64"), *where[1]]
    _looking(device, kind, where[0]).run(arguments, (indices.size,))
    return int(device.runtime.to_host(found._native)[0]) == mark[1]


@functools.lru_cache(maxsize=256)
def _looking(device: Device, indices: ArrayType, found: ArrayType) -> Launch:
    return Launch(device, mark_outside, Range(1), (indices, "int64", "int64", found))
