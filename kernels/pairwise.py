"""Squared distances between all pairs of two sets of points, by tiles in local memory.

As in a matrix product, a work-group reads a tile of either set once for all its work-items, and each
work-item makes ROWS distances, so that what it reads of `c` serves all of them.
"""

from __future__ import annotations

from xpuarray.lang import LocalAccessor, NdRange, PrivateArray, call_kernel, group_barrier, kernel

__all__ = ["pairwise_squared_distance", "squared_distances"]

TILE = 32
ROWS = 8
STEP = TILE // ROWS  # from one sample of a work-item to its next


@kernel
def pairwise_squared_distance(
    nd,  # NdItem over (samples / ROWS, centers), rounded up to whole tiles; groups of (STEP, TILE)
    x,  # in     (samples, features)
    c,  # in     (centers, features)
    out,  # out    (samples, centers)
    tile_x,  # local  (TILE, TILE)      samples, features
    tile_c,  # local  (TILE, TILE + 1)  features, centers; a column more, so that columns lie in different banks
):
    group = nd.get_group()
    i, j = nd.get_local_id(0), nd.get_local_id(1)
    top, left = group.get_group_id(0) * TILE, group.get_group_id(1) * TILE
    samples, centers, features = x.shape[0], c.shape[0], x.shape[1]
    zero = x.dtype.type(0)
    totals = PrivateArray(ROWS, x.dtype, True)
    for first in range(0, features, TILE):
        inside = first + j < features
        for k in range(i, TILE, STEP):
            tile_x[k, j] = x[top + k, first + j] if inside and top + k < samples else zero
            tile_c[j, k] = c[left + k, first + j] if inside and left + k < centers else zero
        group_barrier(group)
        for k in range(TILE):
            there = tile_c[k, j]
            for r in range(ROWS):
                difference = tile_x[i + r * STEP, k] - there
                totals[r] += difference * difference
        group_barrier(group)
    for r in range(ROWS):
        sample = top + i + r * STEP
        if sample < samples and left + j < centers:
            out[sample, left + j] = totals[r]


def squared_distances(x, c, out):
    """out[i, j] = squared distance of x[i] and c[j]."""
    samples, centers = (-(-extent // TILE) * TILE for extent in out.shape)
    tiles = [LocalAccessor((TILE, TILE + extra), out.dtype) for extra in (0, 1)]
    call_kernel(pairwise_squared_distance, NdRange((samples // ROWS, centers), (STEP, TILE)), x, c, out, *tiles)
