"""Squared distances between all pairs of two sets of points, by tiles in local memory.

As in a matrix product, a work-group reads a tile of either set once for all its work-items, and each
work-item makes several distances, so that what it reads of `c` serves all of them.
"""

from __future__ import annotations

import functools

from xpuarray.lang import LocalAccessor, NdRange, PrivateArray, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["pairwise_squared_distance", "squared_distances"]

TILE = 32  # centers of a group, and features that it looks at together
WIDTH = TILE + 1  # of the tile of centers: what a GPU's work-items write together lies in different banks
#: Samples of a work-item, and work-items that share a column of a tile: measured on an H100; on 2 cores of an
#: EPYC (4, 64) was 1.1 times as fast as (8, 16).
ROWS, STEP = 8, 4
CPU_ROWS, CPU_STEP = 4, 64


@functools.cache
def pairwise_squared_distance(rows: int):
    """The kernel of which each work-item takes `rows` samples."""

    @kernel(fastmath={"contract"})
    def pairwise_squared_distance(
        nd,  # NdItem over (samples / rows, centers), rounded up to whole tiles; groups of (any number, TILE)
        x,  # in     (samples, features)
        c,  # in     (centers, features)
        out,  # out    (samples, centers)
        tile_x,  # local  (samples of a group * TILE,)  samples, features; rows of a constant length allow wide reads
        tile_c,  # local  (TILE * WIDTH,)  features, centers
    ):
        group = nd.get_group()
        i, j, step = nd.get_local_id(0), nd.get_local_id(1), nd.get_local_range(0)
        top, left = nd.get_global_id(0) * rows, group.get_group_id(1) * TILE
        samples, centers, features = x.shape[0], c.shape[0], x.shape[1]
        zero = x.dtype.type(0)
        totals = PrivateArray(rows, x.dtype, True)
        for first in range(0, features, TILE):
            inside = first + j < features
            for r in range(rows):
                tile_x[(i * rows + r) * TILE + j] = x[top + r, first + j] if inside and top + r < samples else zero
            for k in range(i, TILE, step):
                tile_c[j * WIDTH + k] = c[left + k, first + j] if inside and left + k < centers else zero
            group_barrier(group)
            for k in range(TILE):
                there = tile_c[k * WIDTH + j]
                for r in range(rows):
                    difference = tile_x[(i * rows + r) * TILE + k] - there
                    totals[r] += difference * difference
            group_barrier(group)
        for r in range(rows):
            if top + r < samples and left + j < centers:
                out[top + r, left + j] = totals[r]

    return pairwise_squared_distance


def squared_distances(x, c, out):
    """out[i, j] = squared distance of x[i] and c[j]."""
    info, size = x.device.info, out.dtype.itemsize
    rows, step = (CPU_ROWS, CPU_STEP) if info.type == "cpu" else (ROWS, STEP)
    while step > 1 and (rows * step + WIDTH) * TILE * size > info.local_memory > 0:
        step //= 2
    groups = [-(-extent // size) for extent, size in zip(out.shape, (rows * step, TILE))]
    local = [LocalAccessor(size, out.dtype) for size in (rows * step * TILE, TILE * WIDTH)]
    space = NdRange((groups[0] * step, groups[1] * TILE), (step, TILE))
    call_kernel(pairwise_squared_distance(rows), space, x, c, out, *local)
