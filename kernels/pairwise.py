"""Squared distances between all pairs of two sets of points, by tiles in local memory.

As in a matrix product, a work-group reads a tile of either set once for all its work-items, and each
work-item makes ROWS distances, so that what it reads of `c` serves all of them.
"""

from __future__ import annotations

from xpuarray.lang import LocalAccessor, NdRange, PrivateArray, call_kernel, group_barrier, kernel

__all__ = ["pairwise_squared_distance", "squared_distances"]

TILE = 32  # centers of a group, and features that it looks at together
ROWS = 8  # samples of a work-item
STEP = 4  # work-items that share a column of a tile, on a GPU
WIDTH = TILE + 1  # of the tile of centers: what a GPU's work-items write together lies in different banks


@kernel(fastmath={"contract"})
def pairwise_squared_distance(
    nd,  # NdItem over (samples / ROWS, centers), rounded up to whole tiles; groups of (any number, TILE)
    x,  # in     (samples, features)
    c,  # in     (centers, features)
    out,  # out    (samples, centers)
    tile_x,  # local  (samples of a group * TILE,)  samples, features; rows of a constant length allow wide reads
    tile_c,  # local  (TILE * WIDTH,)  features, centers
):
    group = nd.get_group()
    i, j, step = nd.get_local_id(0), nd.get_local_id(1), nd.get_local_range(0)
    top, left = nd.get_global_id(0) * ROWS, group.get_group_id(1) * TILE
    samples, centers, features = x.shape[0], c.shape[0], x.shape[1]
    zero = x.dtype.type(0)
    totals = PrivateArray(ROWS, x.dtype, True)
    for first in range(0, features, TILE):
        inside = first + j < features
        for r in range(ROWS):
            tile_x[(i * ROWS + r) * TILE + j] = x[top + r, first + j] if inside and top + r < samples else zero
        for k in range(i, TILE, step):
            tile_c[j * WIDTH + k] = c[left + k, first + j] if inside and left + k < centers else zero
        group_barrier(group)
        for k in range(TILE):
            there = tile_c[k * WIDTH + j]
            for r in range(ROWS):
                difference = tile_x[(i * ROWS + r) * TILE + k] - there
                totals[r] += difference * difference
        group_barrier(group)
    for r in range(ROWS):
        if top + r < samples and left + j < centers:
            out[top + r, left + j] = totals[r]


def squared_distances(x, c, out):
    """out[i, j] = squared distance of x[i] and c[j]."""
    step = 16 if x.device.info.type == "cpu" else STEP
    groups = [-(-extent // size) for extent, size in zip(out.shape, (ROWS * step, TILE))]
    local = [LocalAccessor(size, out.dtype) for size in (ROWS * step * TILE, TILE * WIDTH)]
    space = NdRange((groups[0] * step, groups[1] * TILE), (step, TILE))
    call_kernel(pairwise_squared_distance, space, x, c, out, *local)
