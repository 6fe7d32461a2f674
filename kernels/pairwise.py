"""Squared distances between all pairs of two sets of points, by tiles in local memory.

As in a matrix product, a work-group reads a tile of either set once for all its work-items, and each
work-item makes ROWS distances, so that what it reads of `c` serves all of them.
"""

from __future__ import annotations

from xpuarray.lang import LocalAccessor, NdRange, PrivateArray, call_kernel, group_barrier, kernel

__all__ = ["pairwise_squared_distance", "squared_distances"]

TILE = 32  # centers of a group, and features that it looks at together
ROWS = 8  # samples of a work-item
STEP = 4  # from one of them to the next, on a GPU


@kernel(fastmath={"contract"})
def pairwise_squared_distance(
    nd,  # NdItem over (samples / ROWS, centers), rounded up to whole tiles; groups of (any number, TILE)
    x,  # in     (samples, features)
    c,  # in     (centers, features)
    out,  # out    (samples, centers)
    tile_x,  # local  (samples of a group, TILE)
    tile_c,  # local  (TILE, at least TILE)  features, centers
):
    group = nd.get_group()
    i, j, step = nd.get_local_id(0), nd.get_local_id(1), nd.get_local_range(0)
    top, left = group.get_group_id(0) * tile_x.shape[0], group.get_group_id(1) * TILE
    samples, centers, features = x.shape[0], c.shape[0], x.shape[1]
    zero = x.dtype.type(0)
    totals = PrivateArray(ROWS, x.dtype, True)
    for first in range(0, features, TILE):
        inside = first + j < features
        for r in range(ROWS):
            k = i + r * step
            tile_x[k, j] = x[top + k, first + j] if inside and top + k < samples else zero
        for k in range(i, TILE, step):
            tile_c[j, k] = c[left + k, first + j] if inside and left + k < centers else zero
        group_barrier(group)
        for k in range(TILE):
            there = tile_c[k, j]
            for r in range(ROWS):
                difference = tile_x[i + r * step, k] - there
                totals[r] += difference * difference
        group_barrier(group)
    for r in range(ROWS):
        sample = top + i + r * step
        if sample < samples and left + j < centers:
            out[sample, left + j] = totals[r]


def squared_distances(x, c, out):
    """out[i, j] = squared distance of x[i] and c[j]."""
    cpu = x.device.info.type == "cpu"
    step = 16 if cpu else STEP
    height, width = ROWS * step, TILE if cpu else TILE + 1  # on a GPU columns are to lie in different banks
    groups = [-(-extent // size) for extent, size in zip(out.shape, (height, TILE))]
    local = LocalAccessor((height, TILE), out.dtype), LocalAccessor((TILE, width), out.dtype)
    space = NdRange((groups[0] * step, groups[1] * TILE), (step, TILE))
    call_kernel(pairwise_squared_distance, space, x, c, out, *local)
