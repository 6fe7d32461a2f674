"""Sums of the elements that belong together, each formed by one work-item in the order of the elements."""

from __future__ import annotations

import numpy as np

from xpuarray.launch.kernel import kernel


@kernel
def segment_sums(
    item,  # Item over (segments,)
    values,  # in   (n,)
    order,  # in   (n,)  positions in `values`, gathered by segment
    starts,  # in   (segments + 1,)  where in `order` each segment begins, and the last one ends
    out,  # inout  (segments,)  added to
):
    segment = item.get_id(0)
    one = np.uint64(1)
    k, end = np.uint64(starts[segment]), np.uint64(starts[segment + one])
    while k < end:
        out[segment] += values[order[k]]
        k += one
