"""Sum of an array as a tree: in each work-group half of the work-items add the other half's numbers to
their own, then half of those, and so on (M. Harris, "Optimizing Parallel Reduction in CUDA", 2007).
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import LocalAccessor, NdRange, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["sum_tree", "tree_sum"]


@kernel
def tree_sum(
    nd,  # NdItem over (groups * items,); items: a power of two
    x,  # in     (n,)
    out,  # out    (groups,)
    partial,  # local  (items,)
):
    group = nd.get_group()
    k, items = nd.get_local_id(0), nd.get_local_range(0)
    g, groups = group.get_group_id(0), group.get_group_range(0)
    rows = np.uint64(x.size) // items
    first = g * rows // groups * items
    steps = (g + np.uint64(1)) * rows // groups - g * rows // groups
    total = x.dtype.type(0)
    for step in range(steps):
        total += x[first + step * items + k]  # neighbours read neighbours
    if g == 0 and rows * items + k < x.size:
        total += x[rows * items + k]
    partial[k] = total
    half = items // 2
    while half > 0:
        group_barrier(group)
        if k < half:
            partial[k] += partial[k + half]
        half //= 2
    if group.leader:
        out[g] = partial[0]


def sum_tree(x, partial, out):
    """out[0] = sum of `x`; `partial` has an element for each group of the first pass."""
    items = 16 if x.device.info.type == "cpu" else 256
    local = LocalAccessor(items, out.dtype)
    call_kernel(tree_sum, NdRange((partial.size * items,), (items,)), x, partial, local)
    call_kernel(tree_sum, NdRange((items,), (items,)), partial, out, local)
