"""One of Lloyd's steps: the nearest center of each sample, and each cluster's sum and weight, of one look at samples.

A work-group takes a tile of samples after the other into local memory.  There each work-item finds the center that is
nearest to one sample; then it owns a column and a share of the clusters, and adds to their sums what of the tile
belongs to them.  So nobody adds to what another adds to, and the sums are the same each time.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import LocalAccessor, NdRange, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["assign_and_sum", "assign_tiles"]

TILE = 128  # samples of a tile, and work-items of a group
LANES = 32  # work-items side by side, which read samples side by side
BLOCK = 4  # centers that a work-item compares with its sample at a time


@kernel(fastmath={"contract"})
def assign_tiles(
    nd,  # NdItem over (groups * TILE,), groups of TILE
    x,  # in     (samples, features)
    weights,  # in     (samples,), or of one element for all
    centers,  # in     (clusters, features)
    squares,  # in     (clusters,)  of the centers
    labels,  # out    (samples,)  int32
    sums,  # out    (groups, clusters, features)
    totals,  # out    (groups, clusters)  weights
    tile,  # local  (TILE * (features + 1),)  samples; rows begin in different banks
    there,  # local  (features * clusters,)  centers, transposed: work-items read the same one
    mine,  # local  (TILE,)  int32: labels of the tile
    amount,  # local  (TILE,)  weights of the tile
):
    group = nd.get_group()
    k, one = nd.get_local_id(0), np.uint64(1)
    g, groups = group.get_group_id(0), group.get_group_range(0)
    samples, features, clusters = np.uint64(x.shape[0]), np.uint64(x.shape[1]), np.uint64(centers.shape[0])
    items, lanes, block = np.uint64(TILE), np.uint64(LANES), np.uint64(BLOCK)
    wide = features + one
    row, lane, rows = k // lanes, k % lanes, items // lanes
    for c in range(row, clusters, rows):
        for f in range(lane, features, lanes):
            there[f * clusters + c] = centers[c, f]
            sums[g, c, f] = x.dtype.type(0)
        if lane == np.uint64(0):
            totals[g, c] = x.dtype.type(0)
    tiles = (samples + items - one) // items
    for t in range(g, tiles, groups):
        first = t * items
        count = items if first + items <= samples else samples - first
        group_barrier(group)
        for i in range(k, count * features, items):
            tile[i // features * wide + i % features] = x[first + i // features, i % features]
        group_barrier(group)
        if k < count:
            best, nearest = x.dtype.type(np.inf), np.int32(0)
            c = np.uint64(0)
            while c + block <= clusters:
                d0, d1, d2, d3 = squares[c], squares[c + one], squares[c + one + one], squares[c + one + one + one]
                for f in range(features):
                    value = x.dtype.type(-2) * tile[k * wide + f]
                    at = f * clusters + c
                    d0 += value * there[at]
                    d1 += value * there[at + one]
                    d2 += value * there[at + one + one]
                    d3 += value * there[at + one + one + one]
                if d0 < best:
                    best, nearest = d0, np.int32(c)
                if d1 < best:
                    best, nearest = d1, np.int32(c + one)
                if d2 < best:
                    best, nearest = d2, np.int32(c + one + one)
                if d3 < best:
                    best, nearest = d3, np.int32(c + one + one + one)
                c += block
            while c < clusters:
                d0 = squares[c]
                for f in range(features):
                    d0 += x.dtype.type(-2) * tile[k * wide + f] * there[f * clusters + c]
                if d0 < best:
                    best, nearest = d0, np.int32(c)
                c += one
            mine[k] = nearest
            amount[k] = weights[first + k] if weights.shape[0] > 1 else weights[0]
            labels[first + k] = nearest
        group_barrier(group)
        for i in range(count):
            c = np.uint64(mine[i])
            if c % rows == row:  # these clusters are this row's of work-items
                for f in range(lane, features, lanes):
                    sums[g, c, f] += amount[i] * tile[i * wide + f]
                if lane == np.uint64(0):
                    totals[g, c] += amount[i]


def fits(x, clusters):
    """Whether a tile and the centers are few enough for the device's local memory."""
    return _bytes(x, clusters) <= x.device.info.local_memory


def _bytes(x, clusters):
    features, size = x.shape[1], x.dtype.itemsize
    return (TILE * (features + 2) + features * clusters) * size + TILE * 4


def assign_and_sum(x, weights, centers, squares, labels, sums, totals):
    """labels[i] = the nearest center of x[i]; sums and totals of each group, (groups, ...), of its samples."""
    features, clusters = x.shape[1], centers.shape[0]
    local = [
        LocalAccessor(TILE * (features + 1), x.dtype),
        LocalAccessor(features * clusters, x.dtype),
        LocalAccessor(TILE, np.int32),
        LocalAccessor(TILE, x.dtype),
    ]
    space = NdRange((sums.shape[0] * TILE,), (TILE,))
    call_kernel(assign_tiles, space, x, weights, centers, squares, labels, sums, totals, *local)
