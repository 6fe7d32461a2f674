"""Accelerations of bodies that attract each other, all pairs, by tiles in local memory
(L. Nyland, M. Harris, J. Prins, "Fast N-Body Simulation with CUDA", GPU Gems 3, chapter 31).
"""

from __future__ import annotations

import math

from xpuarray.lang import LocalAccessor, NdRange, group_barrier
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["accelerations", "nbody_accelerations"]

GROUP = 64


@kernel(fastmath={"contract"})
def nbody_accelerations(
    nd,  # NdItem over (n,), rounded up to whole groups of GROUP
    position,  # in     (3, n)
    mass,  # in     (n,)  times the gravitational constant
    softening,  # in     squared length below which attraction grows no more
    out,  # out    (3, n)
    tile,  # local  (4 * GROUP,)  positions and masses; rows of a constant length allow wide reads
):
    group = nd.get_group()
    i, k = nd.get_global_id(0), nd.get_local_id(0)
    n = mass.size
    zero = mass.dtype.type(0)
    mine = i if i < n else n - 1
    x, y, z = position[0, mine], position[1, mine], position[2, mine]
    ax, ay, az = zero, zero, zero
    for first in range(0, n, GROUP):
        other = first + k if first + k < n else n - 1
        for axis in range(3):
            tile[axis * GROUP + k] = position[axis, other]
        tile[3 * GROUP + k] = mass[other] if first + k < n else zero
        group_barrier(group)
        for j in range(GROUP):
            dx, dy, dz = tile[j] - x, tile[GROUP + j] - y, tile[2 * GROUP + j] - z
            squared = dx * dx + dy * dy + dz * dz + softening
            pull = tile[3 * GROUP + j] / (squared * math.sqrt(squared))
            ax += dx * pull
            ay += dy * pull
            az += dz * pull
        group_barrier(group)
    if i < n:
        out[0, i], out[1, i], out[2, i] = ax, ay, az


def accelerations(position, mass, softening, out):
    """out = acceleration of each body; arrays of one dtype."""
    items = -(-mass.size // GROUP) * GROUP
    tile = LocalAccessor(4 * GROUP, out.dtype)
    call_kernel(nbody_accelerations, NdRange((items,), (GROUP,)), position, mass, mass.dtype.type(softening), out, tile)
