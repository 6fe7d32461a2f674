"""Histogram: counted in local memory first, then added to the device's counts with atomic updates.

On a GPU the work-items of a group share a few copies of the counts and update them atomically, which is
quick in local memory (J. Gómez-Luna et al., "An optimized approach to histogram computation on GPU", 2013).
On a CPU an atomic update costs as much as twenty others, so each work-item has a copy of its own.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import AtomicRef, LocalAccessor, NdRange, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["histogram", "histogram_local"]

ITEMS = 256  # a group, on a GPU
COPIES = 4  # of the counts a group, on a GPU


@kernel
def histogram_local(
    nd,  # NdItem over (groups * items,)
    x,  # in     (n,)  integers in [0, bins)
    counts,  # inout  (bins,)  int32
    local,  # local  (copies, bins)  int32; copies: at most `items`
):
    group = nd.get_group()
    k, items = nd.get_local_id(0), nd.get_local_range(0)
    copies, bins = local.shape[0], local.shape[1]
    for b in range(k, bins, items):
        for c in range(copies):
            local[c, b] = 0
    group_barrier(group)
    size = np.uint64(x.size)
    share = (size + group.get_group_range(0) - np.uint64(1)) // group.get_group_range(0)
    first = group.get_group_id(0) * share
    last = first + share if first + share < size else size
    copy = k % copies
    if copies == items:
        for i in range(first + k, last, items):  # neighbours read neighbours
            local[copy, np.uint32(x[i])] += 1  # an unsigned position never counts from the end
    else:
        for i in range(first + k, last, items):
            AtomicRef(local, (copy, np.uint32(x[i]))).fetch_add(1)
    group_barrier(group)
    for b in range(k, bins, items):
        total = 0
        for c in range(copies):
            total += local[c, b]
        AtomicRef(counts, b).fetch_add(total)


def histogram(x, counts):
    """Add to counts[b] how often the integer `b` occurs in `x`; no element of `x` may be outside `counts`."""
    info = x.device.info
    if info.type == "cpu":
        items, copies, groups = 1, 1, 4 * info.compute_units
    else:
        copies = max(1, min(COPIES, info.local_memory // counts.nbytes))
        items, groups = ITEMS, 8 * info.compute_units
    local = LocalAccessor((copies, counts.size), counts.dtype)
    call_kernel(histogram_local, NdRange((groups * items,), (items,)), x, counts, local)
