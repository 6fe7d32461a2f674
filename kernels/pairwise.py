"""Squared distances between all pairs of two sets of points, by tiles in local memory.

As in a matrix product, a work-group reads a tile of either set once for all its work-items.
"""

from __future__ import annotations

from xpuarray.lang import LocalAccessor, NdRange, call_kernel, group_barrier, kernel

__all__ = ["pairwise_squared_distance", "squared_distances"]

TILE = 16


@kernel
def pairwise_squared_distance(
    nd,  # NdItem over (samples, centers), rounded up to whole tiles; groups of (TILE, TILE)
    x,  # in     (samples, features)
    c,  # in     (centers, features)
    out,  # out    (samples, centers)
    tile_x,  # local  (TILE, TILE)      samples, features
    tile_c,  # local  (TILE, TILE + 1)  features, centers; a column more, so that columns lie in different banks
):
    group = nd.get_group()
    sample, center = nd.get_global_id(0), nd.get_global_id(1)
    i, j = nd.get_local_id(0), nd.get_local_id(1)
    samples, centers, features = x.shape[0], c.shape[0], x.shape[1]
    other = center - j + i  # the center whose features this work-item reads
    zero = x.dtype.type(0)
    total = zero
    for first in range(0, features, TILE):
        inside = first + j < features
        tile_x[i, j] = x[sample, first + j] if inside and sample < samples else zero
        tile_c[j, i] = c[other, first + j] if inside and other < centers else zero
        group_barrier(group)
        for k in range(TILE):
            difference = tile_x[i, k] - tile_c[k, j]
            total += difference * difference
        group_barrier(group)
    if sample < samples and center < centers:
        out[sample, center] = total


def squared_distances(x, c, out):
    """out[i, j] = squared distance of x[i] and c[j]."""
    extents = [-(-extent // TILE) * TILE for extent in out.shape]
    tiles = [LocalAccessor((TILE, TILE + extra), out.dtype) for extra in (0, 1)]
    call_kernel(pairwise_squared_distance, NdRange(extents, (TILE, TILE)), x, c, out, *tiles)
