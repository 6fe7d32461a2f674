"""Whether two arrays that a loop is called with are in the same memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xpuarray.core.array import Array

__all__ = ["sharing"]


def sharing(values: Sequence[Any], written: Iterable[int]) -> tuple[int, int] | None:
    """Of which value, of these that are written, some memory is that of another one; both positions.

    Raises what assigning to an array does that is to be read only.
    """
    for k in written:
        values[k]._check_writable()
        for j, other in enumerate(values):
            others = () if j == k else other if type(other) is tuple else (other,)
            if any(_share(values[k], each) for each in others):
                return k, j
    return None


def _share(a: Any, b: Any) -> bool:
    if type(a) is not Array or type(b) is not Array or a._device is not b._device:
        return False
    runtime = a._device.runtime
    if not (a.size and b.size) or runtime.address(a._native) != runtime.address(b._native):
        return False
    (first, last), (begin, end) = _bounds(a), _bounds(b)
    return first < end and begin < last


def _bounds(x: Array) -> tuple[int, int]:
    """The addresses between which its elements are."""
    runtime, native = x._device.runtime, x._native
    spans = [(extent - 1) * stride for extent, stride in zip(x.shape, runtime.strides(native))]
    start = runtime.pointer(native)
    return start + sum(s for s in spans if s < 0), start + sum(s for s in spans if s > 0) + x.itemsize
