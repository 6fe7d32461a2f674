"""Matrix product by tiles in local memory (CUDA C++ Programming Guide, section "Shared Memory").

Each work-group makes one tile of the result.  It walks along a row of tiles of `a` and a column of
tiles of `b`, and reads each element from the device's memory once for all work-items that need it.
Each work-item makes ROWS elements of a column, so that what it reads of `b` serves all of them.
"""

from __future__ import annotations

from xpuarray.lang import LocalAccessor, NdRange, PrivateArray, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["matmul", "matmul_tiled"]

TILE = 32
ROWS = 8
STEP = TILE // ROWS  # from one row of a work-item to its next


@kernel(fastmath={"contract"})
def matmul_tiled(
    nd,  # NdItem over (rows / ROWS, columns), rounded up to whole tiles; groups of (STEP, TILE)
    a,  # in     (rows, inner)
    b,  # in     (inner, columns)
    out,  # out    (rows, columns)
    tile_a,  # local  (TILE * TILE,)  rows of TILE elements: a constant, of which the compiler makes wide reads
    tile_b,  # local  (TILE * TILE,)
):
    group = nd.get_group()
    i, j = nd.get_local_id(0), nd.get_local_id(1)
    top, column = group.get_group_id(0) * TILE, nd.get_global_id(1)
    rows, inner, columns = a.shape[0], a.shape[1], b.shape[1]
    zero = a.dtype.type(0)
    totals = PrivateArray(ROWS, a.dtype, True)
    for first in range(0, inner, TILE):
        inside = first + j < inner
        for r in range(ROWS):
            k = i + r * STEP
            tile_a[k * TILE + j] = a[top + k, first + j] if inside and top + k < rows else zero
            tile_b[k * TILE + j] = b[first + k, column] if first + k < inner and column < columns else zero
        group_barrier(group)
        for k in range(TILE):
            factor = tile_b[k * TILE + j]
            for r in range(ROWS):
                totals[r] += tile_a[(i + r * STEP) * TILE + k] * factor
        group_barrier(group)
    for r in range(ROWS):
        row = top + i + r * STEP
        if row < rows and column < columns:
            out[row, column] = totals[r]


def matmul(a, b, out):
    """out = a @ b, for matrices of one real dtype on one device."""
    rows, columns = (-(-extent // TILE) * TILE for extent in out.shape)
    tile = LocalAccessor(TILE * TILE, out.dtype)
    call_kernel(matmul_tiled, NdRange((rows // ROWS, columns), (STEP, TILE)), a, b, out, tile, tile)
