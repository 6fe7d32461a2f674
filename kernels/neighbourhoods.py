"""What is within a distance of each point: candidates lie in a few ranges of the points, which are sorted for that."""

from __future__ import annotations

import numpy as np

from xpuarray.lang import AtomicRef
from xpuarray.launch.kernel import kernel

__all__ = ["least_label_within", "weight_within"]


@kernel
def weight_within(
    item,  # Item over (points,)
    x,  # in   (points, features)
    weights,  # in   (points,)
    starts,  # in   (ranges, points)  where the candidates of a point begin
    ends,  # in   (ranges, points)
    square,  # in   the distance, squared
    out,  # out  (points,)  the weight of all within that distance
):
    i = item.get_id(0)
    total = weights.dtype.type(0)
    for r in range(starts.shape[0]):
        for j in range(starts[r, i], ends[r, i]):
            apart = x.dtype.type(0)
            for f in range(x.shape[1]):
                difference = x[i, f] - x[j, f]
                apart += difference * difference
            if apart <= square:
                total += weights[j]
    out[i] = total


@kernel
def least_label_within(
    item,  # Item over (points,)
    x,  # in     (points, features)
    core,  # in     (points,)  bool: whether others take this one's label
    labels,  # in     (points,)  int32
    places,  # in     (points,)  int32: at which point a label began
    starts,  # in     (ranges, points)
    ends,  # in     (ranges, points)
    square,  # in     the distance, squared
    out,  # inout  (points,)  int32: labels, lowered to the least within that distance, also where the former one began
):
    i = item.get_id(0)
    least = labels[i]
    for r in range(starts.shape[0]):
        for j in range(starts[r, i], ends[r, i]):
            if core[j] and labels[j] < least:
                apart = x.dtype.type(0)
                for f in range(x.shape[1]):
                    difference = x[i, f] - x[j, f]
                    apart += difference * difference
                if apart <= square:
                    least = labels[j]
    if least < labels[i]:
        AtomicRef(out, i).fetch_min(least)
        if core[i]:
            AtomicRef(out, np.uint64(places[labels[i]])).fetch_min(least)
