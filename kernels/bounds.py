"""Whether indices are in bounds: libraries of GPUs wrap or clip those that are not, without a word."""

from __future__ import annotations

from xpuarray.lang import Item
from xpuarray.launch.kernel import kernel

__all__ = ["mark_outside"]


@kernel
def mark_outside(
    item: Item,  # over (n,)
    indices,  # in     (n,)  integers
    extent: int,  # of the axis
    question: int,  # its number
    found,  # out  (1,)  int64: the question's number if an index is out of bounds, else as before
):
    k = indices[item.get_id(0)]
    if k < -extent or k >= extent:
        found[0] = question  # whoever writes, writes this
