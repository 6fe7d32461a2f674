"""An element of an array, all integers in its index, is a value: what the array is given later does not change it.

On the host it is read at once; where that would have to wait for the device, or fetch it, it waits itself to be read,
as results of fused operations do, so that whoever writes into the array reads it first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array, from_numpy
from xpuarray.core.modes import current
from xpuarray.core.shapes import native_part
from xpuarray.spans import unwatched

__all__ = ["Element", "element"]


class Element:
    """An element that has yet to be read: what the array of it has in place of memory."""

    __slots__ = ("view",)

    shape: tuple[int, ...] = ()
    ndim, size = 0, 1

    def __init__(self, view: Array):
        #: the element in the memory of the array: to be read at once, or by what waits for that memory in its turn
        self.view = view

    @property
    def dtype(self) -> np.dtype:
        return self.view.dtype

    @property
    def itemsize(self) -> int:
        return self.view.itemsize

    @property
    def arrays(self) -> list[Array]:
        return [self.view]

    def materialize(self, array: Array) -> None:
        """Copy it within the device's memory, in the order of the device's work."""
        recorder = current().recorder
        copy = None if recorder is None else recorder.copied(self.view)
        native = array._device.runtime.library.asarray(self.view._native, copy=True) if copy is None else copy._native
        pending.leave(array)
        array._buffer, array._expression = native, None

    def fetch(self, array: Array) -> np.ndarray:
        """Copy it to the host, once work on it has ended."""
        with unwatched():  # it is the copy for which the values were asked that counts
            value = array._device.runtime.to_host(self.view._native)
        pending.leave(array)
        array._host, array._expression = value, None
        return value


def element(x: Array, key: Any) -> Array:
    """x[key], all of whose dimensions are indexed by integers.  Raises IndexError out of bounds."""
    device, buffer = x._device, x._buffer
    runtime = device.runtime
    if buffer is None and (x._host is None or x._base is not None):
        buffer = x._native
    if (buffer is None or not runtime.busy) and current().recorder is None:
        values = x._host_values()
        if values is not None:
            return from_numpy(values[key], device)
    view = native_part(buffer, (*key, ...) if type(key) is tuple else (key, ...))
    array = Array(None, device, Element(Array(view, device)))
    array._shape, array._read_only = (), True
    pending.enter(array)
    return array
