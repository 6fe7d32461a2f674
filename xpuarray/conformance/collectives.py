"""Functions that a group calls together: reductions, scans, votes, broadcasts, shuffles."""

from __future__ import annotations

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, close, equal, needs
from xpuarray.lang import NdItem, NdRange, broadcast, group_all, group_any, group_reduce, group_scan, shuffle
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

GROUPS, GROUP = 3, 40  # 40: the last sub-group is not full on most devices


@kernel
def _of_groups(nd: NdItem, x, out):
    i = nd.get_global_id(0)
    g = nd.get_group()
    out[i, 0] = group_reduce(g, x[i])
    out[i, 1] = group_reduce(g, x[i], "min")
    out[i, 2] = group_reduce(g, x[i], "max")
    out[i, 3] = group_scan(g, x[i])
    out[i, 4] = group_scan(g, x[i], "min")
    out[i, 5] = group_scan(g, x[i], "max")
    out[i, 6] = broadcast(g, x[i])
    out[i, 7] = broadcast(g, x[i], 33)


DTYPES = ("int8", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


@case(over=DTYPES)
def of_groups(device: Device, dtype: str) -> None:
    """Reductions, scans and broadcasts of a work-group."""
    needs(device, dtype)
    x = _values(dtype)
    out = xp.zeros((x.size, 8), dtype=dtype)
    call_kernel(_of_groups, NdRange((x.size,), (GROUP,)), xp.asarray(x), out)
    rows = x.reshape(GROUPS, GROUP)
    wide = rows.astype(np.float64) if rows.dtype.kind == "f" else rows
    scans = [f.accumulate(wide, axis=1).astype(wide.dtype) for f in (np.add, np.minimum, np.maximum)]
    columns = [np.broadcast_to(s[:, -1:], s.shape) for s in scans] + scans
    columns += [np.broadcast_to(wide[:, k : k + 1], wide.shape) for k in (0, 33)]
    _compare("group", out, np.stack(columns, axis=-1).reshape(x.size, 8), x)


def _values(dtype: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    if np.dtype(dtype).kind == "f":
        return rng.normal(size=GROUPS * GROUP).astype(dtype)
    limits = np.iinfo(dtype)
    bound = min(limits.max, 10**6) // GROUP  # sums of the group fit
    return rng.integers(max(limits.min, -bound), bound + 1, GROUPS * GROUP).astype(dtype)


def _compare(what: str, got: xp.Array, expected: np.ndarray, x: np.ndarray) -> None:
    if x.dtype.kind != "f":
        equal(what, got, expected)
    else:  # a sum of n numbers, in any order, is off by less than n * eps / 2 times the sum of their magnitudes
        eps = float(np.finfo(x.dtype).eps)
        close(what, got, expected, 0.5, absolute=GROUP * eps / 2 * np.abs(x).sum() / GROUPS)


@kernel
def _of_sub_groups(nd: NdItem, x, out, position):
    i = nd.get_global_id(0)
    s = nd.get_sub_group()
    lane, size = s.get_local_id(), s.get_local_range()
    position[i, 0] = s.get_group_id()
    position[i, 1] = lane
    out[i, 0] = group_reduce(s, x[i])
    out[i, 1] = group_reduce(s, x[i], "min")
    out[i, 2] = group_reduce(s, x[i], "max")
    out[i, 3] = group_scan(s, x[i])
    out[i, 4] = group_scan(s, x[i], "min")
    out[i, 5] = group_scan(s, x[i], "max")
    out[i, 6] = broadcast(s, x[i], size - 1)
    out[i, 7] = shuffle(s, x[i], (lane + 1) % size)
    out[i, 8] = shuffle(s, x[i], size - 1 - lane)


@case(over=DTYPES)
def of_sub_groups(device: Device, dtype: str) -> None:
    """The same of sub-groups, and shuffles; which items form one, and how many, is the device's choice."""
    needs(device, dtype)
    x = _values(dtype)
    out, position = xp.zeros((x.size, 9), dtype=dtype), xp.zeros((x.size, 2), dtype=xp.int64)
    call_kernel(_of_sub_groups, NdRange((x.size,), (GROUP,)), xp.asarray(x), out, position)
    expected = np.zeros((x.size, 9), np.float64 if x.dtype.kind == "f" else x.dtype)
    where = np.column_stack([np.arange(x.size) // GROUP, xp.asnumpy(position)])
    for sub_group in np.unique(where[:, :2], axis=0):
        members = np.flatnonzero((where[:, :2] == sub_group).all(axis=1))
        members = members[np.argsort(where[members, 2])]  # by lane
        values = x[members].astype(expected.dtype)
        scans = [f.accumulate(values).astype(values.dtype) for f in (np.add, np.minimum, np.maximum)]
        columns = [*(np.full(values.size, s[-1]) for s in scans), *scans, np.full(values.size, values[-1])]
        expected[members] = np.stack([*columns, np.roll(values, -1), values[::-1]], axis=1)
    _compare("sub-group", out, expected, x)


@kernel
def _votes(nd: NdItem, x, out):
    i = nd.get_global_id(0)
    g, s = nd.get_group(), nd.get_sub_group()
    out[i, 0] = group_any(g, x[i] > 5)
    out[i, 1] = group_all(g, x[i] >= 0)
    out[i, 2] = group_any(g, False)
    out[i, 3] = group_all(g, x[i] < 0)
    out[i, 4] = group_any(s, x[i] >= 0)
    out[i, 5] = group_all(s, x[i] > 5)


@case
def votes(device: Device) -> None:
    """Whether any, whether all."""
    x = np.zeros((GROUPS, GROUP), np.int32)
    x[0, -1], x[1, 7], x[2] = 9, -3, 6
    out = xp.zeros((x.size, 6), dtype=xp.bool)
    call_kernel(_votes, NdRange((x.size,), (GROUP,)), xp.asarray(x.ravel()), out)
    got = xp.asnumpy(out).reshape(GROUPS, GROUP, 6)
    for column, expected in enumerate([(1, 0, 1), (1, 0, 1), (0, 0, 0), (0, 0, 0)]):
        equal(f"vote {column}", got[:, :, column], np.array(expected, bool)[:, None] & np.ones(GROUP, bool))
    assert got[0, :, 4].all() and got[2, :, 4].all() and not got[0, :, 5].all() and got[2, :, 5].all()
