"""The nearest of many points, kept while distances are made part by part."""

from __future__ import annotations

import numpy as np

from xpuarray.launch.kernel import kernel

__all__ = ["keep_nearest"]


@kernel
def keep_nearest(
    item,  # Item over (parts, queries): neighbours read neighbours
    distances,  # in     (rows, queries)
    first,  # in     the number of the first row
    values,  # inout  (parts, kept, queries): the least so far, ascending along `kept`
    places,  # inout  (parts, kept, queries): the numbers of their rows
):
    part, query = item.get_id(0), item.get_id(1)
    parts, one = item.get_range(0), np.uint64(1)
    rows, kept = np.uint64(distances.shape[0]), np.uint64(values.shape[1])
    begin, end = part * rows // parts, (part + one) * rows // parts
    worst = values[part, kept - one, query]
    for row in range(begin, end):
        distance = distances[row, query]
        if distance < worst:
            j = kept - one
            while j > np.uint64(0) and values[part, j - one, query] > distance:
                values[part, j, query] = values[part, j - one, query]
                places[part, j, query] = places[part, j - one, query]
                j -= one
            values[part, j, query] = distance
            places[part, j, query] = np.uint64(first) + row
            worst = values[part, kept - one, query]
