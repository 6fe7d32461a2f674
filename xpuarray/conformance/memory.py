"""Local and private memory, barriers and fences."""

from __future__ import annotations

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, equal, has
from xpuarray.lang import (
    AtomicRef,
    LocalAccessor,
    MemoryOrder,
    MemoryScope,
    NdItem,
    NdRange,
    PrivateArray,
    atomic_fence,
    group_barrier,
)
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

GROUP = 16


def _numbers(size: int, dtype: object = np.int64) -> np.ndarray:
    return np.random.default_rng(size).integers(0, 100, size).astype(dtype)  # type: ignore[call-overload]


# -- local memory -------------------------------------------------------------------------------


@kernel
def _reverse(nd: NdItem, a, b, c, tile_a, tile_b, tile_c):
    i = nd.get_global_id(0)
    k = nd.get_local_id(0)
    last = nd.get_local_range(0) - 1
    tile_a[k] = a[i]
    tile_b[k] = b[i]
    tile_c[k] = c[i]
    group_barrier(nd.get_group())
    a[i] = tile_a[last - k]
    b[i] = tile_b[last - k]
    c[i] = tile_c[last - k]


@case(over=["int8 uint16 float32", "int32 uint64 int64", "uint8 int16 float64", "uint32 float32 int8"])
def local_memory(device: Device, dtypes: str) -> None:
    """Three arrays of different dtypes a group, one after the other in memory; values are not mixed up."""
    hosts = [_numbers(64, d if has(device, d) else "float32") for d in dtypes.split()]
    arrays = [xp.asarray(h) for h in hosts]
    call_kernel(_reverse, NdRange((64,), (GROUP,)), *arrays, *(LocalAccessor(GROUP, h.dtype) for h in hosts))
    for host, array in zip(hosts, arrays):
        equal(f"{host.dtype} reversed by group", array, host.reshape(-1, GROUP)[:, ::-1].ravel())


@kernel
def _transpose(nd: NdItem, x, out, tile):
    i, j = nd.get_local_id(0), nd.get_local_id(1)
    tile[i, j] = x[nd.get_global_id(0), nd.get_global_id(1)]
    group_barrier(nd.get_group())
    side = nd.get_local_range(0)
    row = nd.get_group().get_group_id(1) * side + i
    column = nd.get_group().get_group_id(0) * side + j
    out[row, column] = tile[j, i]


@case
def local_memory_2d(device: Device) -> None:
    """Tiles with a padded row: the transpose of a matrix."""
    x = _numbers(8 * 12, np.float32).reshape(8, 12)
    out = xp.zeros((12, 8), dtype=xp.float32)
    call_kernel(_transpose, NdRange((8, 12), (4, 4)), xp.asarray(x), out, LocalAccessor((4, 5), np.float32))
    equal("transpose", out, x.T)


@kernel
def _rotate_3d(nd: NdItem, x, out, tile):
    i, j, k = nd.get_local_id(0), nd.get_local_id(1), nd.get_local_id(2)
    tile[i, j, k] = x[nd.get_global_id(0), nd.get_global_id(1), nd.get_global_id(2)]
    group_barrier(nd.get_group())
    value = tile[1 - i, 2 - j, 3 - k] + tile.shape[0] * 100 + tile.shape[1] * 10 + tile.shape[2]
    out[nd.get_global_id(0), nd.get_global_id(1), nd.get_global_id(2)] = value


@case
def local_memory_3d(device: Device) -> None:
    """Three dimensions, and the array's shape."""
    x = _numbers(4 * 6 * 8).reshape(4, 6, 8)
    out = xp.zeros(x.shape, dtype=xp.int64)
    call_kernel(_rotate_3d, NdRange(x.shape, (2, 3, 4)), xp.asarray(x), out, LocalAccessor((2, 3, 4), np.int64))
    blocks = x.reshape(2, 2, 2, 3, 2, 4)[:, ::-1, :, ::-1, :, ::-1]
    equal("groups turned over", out, blocks.reshape(x.shape) + 234)


# -- barriers -----------------------------------------------------------------------------------


def _exchange(nd, tile, k, partner):
    """A barrier in a function that the kernel calls."""
    group_barrier(nd.get_group())
    found = tile[partner]
    group_barrier(nd.get_group())
    tile[k] += found


@kernel
def _barriers(nd: NdItem, x, rounds, tile):
    k = nd.get_local_id(0)
    n = nd.get_local_range(0)
    i = nd.get_global_id(0)
    tile[k] = x[i]
    distance = np.int64(1)
    for _ in range(rounds):  # barriers in a loop, whose length only the caller knows
        _exchange(nd, tile, k, (k + distance) % n)
        distance *= 2
    if rounds > 2:  # a branch that all take, or none
        group_barrier(nd.get_group(), MemoryScope.DEVICE)
        if k == 0:
            tile[0] = -tile[0]
        group_barrier(nd.get_group())
        x[i] = tile[(k + 1) % n]
    else:
        x[i] = tile[k]


@case
def barriers(device: Device) -> None:
    """In loops, in callees and in uniform branches: every item ends with the sum of all in its group."""
    for rounds in (4, 2, 0):
        x = _numbers(4 * GROUP)
        array = xp.asarray(x)
        call_kernel(_barriers, NdRange((4 * GROUP,), (GROUP,)), array, rounds, LocalAccessor(GROUP, np.int64))
        groups = x.reshape(-1, GROUP)
        sums = np.sum([np.roll(groups, -k, axis=1) for k in range(2**rounds)], axis=0)
        if rounds > 2:
            sums[:, 0] *= -1
            sums = np.roll(sums, -1, axis=1)
        equal(f"{rounds} rounds", array, sums.ravel())


@kernel
def _sub_barrier(nd: NdItem, x, out, tile):
    k = nd.get_local_id(0)
    s = nd.get_sub_group()
    tile[k] = x[nd.get_global_id(0)]
    group_barrier(s)
    lane, size = s.get_local_id(), s.get_local_range()
    out[nd.get_global_id(0)] = tile[k - lane + (lane + 1) % size]


@case
def sub_group_barrier(device: Device) -> None:
    """A barrier of a sub-group orders local memory among its items: each finds one of its own sub-group's values."""
    x = np.arange(4 * GROUP)
    out = xp.zeros(4 * GROUP, dtype=xp.int64)
    call_kernel(_sub_barrier, NdRange((4 * GROUP,), (GROUP,)), xp.asarray(x), out, LocalAccessor(GROUP, np.int64))
    equal("values moved within sub-groups", np.sort(xp.asnumpy(out)), x)
    assert max(device.info.sub_group_sizes, default=8) == 1 or (xp.asnumpy(out) != x).any()


# -- fences -------------------------------------------------------------------------------------


@kernel
def _last_group_sums(nd: NdItem, x, partial, tickets, total, last):
    group = nd.get_group()
    here = group.get_group_id(0)
    if group.leader:
        mine = x[nd.get_global_id(0)]
        for k in range(1, nd.get_local_range(0)):
            mine += x[nd.get_global_id(0) + np.uint64(k)]
        partial[here] = mine
        atomic_fence(MemoryOrder.RELEASE, MemoryScope.DEVICE)
        last[0] = AtomicRef(tickets, 0).fetch_add(1)
    group_barrier(group)
    if group.leader and last[0] == group.get_group_linear_range() - 1:  # all other groups have left theirs
        atomic_fence(MemoryOrder.ACQUIRE, MemoryScope.DEVICE)
        for k in range(group.get_group_range(0)):
            total[0] += partial[k]


@case
def fences(device: Device) -> None:
    """Whichever group is last finds the partial sums of all others (CUDA's sample threadFenceReduction)."""
    x = _numbers(64 * GROUP)
    partial, tickets, total = (xp.zeros(n, dtype=xp.int32) for n in (64, 1, 1))
    call_kernel(
        _last_group_sums, NdRange((64 * GROUP,), (GROUP,)), xp.asarray(x), partial, tickets, total,
        LocalAccessor(1, np.int32),
    )  # fmt: skip
    equal("total", total, [x.sum()])
    equal("tickets", tickets, [64])


# -- private memory -----------------------------------------------------------------------------


def _fill(memory, start):
    """Private memory may be passed to functions."""
    for k in range(memory.shape[0]):
        memory[k] = start + k


@kernel
def _private(item, x, out):
    i = item.get_id(0)
    numbers = PrivateArray(5, np.int64)
    zeros = PrivateArray((2, 3), np.float32, fill_zeros=True)
    _fill(numbers, x[i])
    zeros[1, 2] = x[i]
    zeros[0, i % 3] += 1
    total = 0
    for k in range(5):
        total += numbers[k] * (k + 1)
    out[i, 0] = total
    out[i, 1] = zeros[1, 2]
    out[i, 2] = zeros[0, 0] + 10 * zeros[0, 1] + 100 * zeros[0, 2]
    out[i, 3] = numbers[-1]
    for k in range(3):  # made anew in each turn
        fresh = PrivateArray(1, np.int32, True)
        fresh[0] += k
        out[i, 4] += fresh[0]


@case
def private_arrays(device: Device) -> None:
    """Each work-item has its own; zeros where they are asked for."""
    x = _numbers(50)
    out = xp.zeros((50, 5), dtype=xp.int64)
    call_kernel(_private, xp.Range(50), xp.asarray(x), out)
    weighted = 15 * x + sum(k * (k + 1) for k in range(5))
    columns = [weighted, x, 10 ** (np.arange(50) % 3), x + 4, np.full(50, 3)]
    equal("private arrays", out, np.stack(columns, axis=1))
