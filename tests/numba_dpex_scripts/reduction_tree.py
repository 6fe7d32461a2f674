"""Sum of an array as a tree: halves of each work-group are added until one number is left; then an atomic update."""

import json

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi

GROUP = 16


@dpex.kernel
def reduction_tree(nd: kapi.NdItem, x, partial, total, tile):
    i, l = nd.get_global_id(0), nd.get_local_id(0)  # noqa: E741
    group = nd.get_group()
    tile[l] = x[i]
    stride = nd.get_local_range(0) // 2
    while stride > 0:
        kapi.group_barrier(group)
        if l < stride:
            tile[l] += tile[l + stride]
        stride //= 2
    if l == 0:
        partial[group.get_group_id(0)] = tile[0]
        kapi.AtomicRef(total, 0).fetch_add(tile[0])


def main():
    x = dpnp.arange(128, dtype=dpnp.int64) * 3 - 50
    partial = dpnp.zeros(128 // GROUP, dtype=dpnp.int64)
    total = dpnp.zeros(1, dtype=dpnp.int64)
    tile = kapi.LocalAccessor(GROUP, dtype=x.dtype)
    dpex.call_kernel(reduction_tree, kapi.NdRange((128,), (GROUP,)), x, partial, total, tile)
    return dpnp.asnumpy(dpnp.concatenate([partial, total]))


print(json.dumps(main().tolist()))
