"""Product of two matrices by tiles in local memory: each work-group makes a tile of the result."""

import json

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi

TILE = 4


@dpex.kernel
def matmul(nd: kapi.NdItem, a, b, c, tile_a, tile_b):
    row, column = nd.get_global_id(0), nd.get_global_id(1)
    i, j = nd.get_local_id(0), nd.get_local_id(1)
    group = nd.get_group()
    total = a.dtype.type(0)
    for t in range(a.shape[1] // TILE):
        tile_a[i, j] = a[row, t * TILE + j]
        tile_b[i, j] = b[t * TILE + i, column]
        kapi.group_barrier(group)
        for k in range(TILE):
            total += tile_a[i, k] * tile_b[k, j]
        kapi.group_barrier(group)
    c[row, column] = total


def main():
    a = dpnp.reshape(dpnp.arange(64, dtype=dpnp.float64), (8, 8)) / 7
    b = dpnp.reshape(dpnp.arange(64, dtype=dpnp.float64), (8, 8)) - 30
    c = dpnp.zeros((8, 8), dtype=dpnp.float64)
    tiles = [kapi.LocalAccessor((TILE, TILE), dtype=c.dtype) for _ in range(2)]
    dpex.call_kernel(matmul, kapi.NdRange((8, 8), (TILE, TILE)), a, b, c, *tiles)
    return dpnp.asnumpy(c)


print(json.dumps(main().tolist()))
