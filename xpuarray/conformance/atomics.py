"""AtomicRef: every operation on every dtype, in global and local memory, with many work-items at one element."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import NotApplicable, case, equal, kernel_from, needs
from xpuarray.lang import LocalAccessor, NdRange
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

INTEGERS = ("int32", "int64", "uint32", "uint64")
FLOATS = ("float32", "float64")
GROUPS, GROUP = 6, 32

#: fetch_... -> what all updates together come to; order does not matter to any of them
UPDATES: dict[str, Any] = {
    "add": np.add, "sub": np.subtract, "min": np.minimum, "max": np.maximum,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
SLOTS = 16


def _updates(dtype: str) -> list[str]:
    return [name for name in UPDATES if dtype in INTEGERS or name not in ("and", "or", "xor")]


def _kernel(dtype: str) -> xp.Kernel:
    """One slot an update, in global memory and in the group's; then tickets, exchanges, compare-exchanges."""
    number, lines = np.dtype(dtype).type, ["i, k = nd.get_global_id(0), nd.get_local_id(0)"]
    lines += ["for slot in range(k, SLOTS, nd.get_local_range(0)):", "    local[slot] = start[slot]"]
    lines += ["group_barrier(nd.get_group())"]
    for memory, column in (("out", 0), ("local", 2)):
        for slot, name in enumerate(_updates(dtype)):
            lines.append(f"AtomicRef({memory}, {slot}).fetch_{name}(x[i])")
        lines.append(f"old[i, {column}] = AtomicRef({memory}, 8).fetch_add(one)")
        lines.append(f"old[i, {column + 1}] = AtomicRef({memory}, 9).exchange(x[i])")
        lines += [
            f"expected[0] = AtomicRef({memory}, 10).load()",
            f"while not AtomicRef({memory}, 10).compare_exchange(expected, expected[0] + one + one, 0):",
            "    pass",
            f"AtomicRef({memory}, 11).store(x[0])",
        ]
    lines.insert(3, "expected = PrivateArray(1, number)")
    lines += ["group_barrier(nd.get_group())"]
    lines += ["for slot in range(k, SLOTS, nd.get_local_range(0)):"]
    lines += ["    groups[nd.get_group().get_group_id(0), slot] = local[slot]"]
    scope = {"number": number, "one": number(1), "SLOTS": SLOTS}
    return kernel_from("atomics", "nd, x, start, out, old, groups, local", lines, **scope)


@case(over=(*INTEGERS, *FLOATS))
def operations(device: Device, dtype: str) -> None:
    """All operations, their results and what they return."""
    needs(device, dtype)
    if np.dtype(dtype).itemsize == 8 and not device.info.atomic64:
        raise NotApplicable(f"{device} has no 64-bit atomic operations")
    size = GROUPS * GROUP
    rng = np.random.default_rng(7)
    x = rng.integers(1, 1000, size).astype(dtype)  # small: sums of floats are exact in any order
    start = rng.integers(400, 600, SLOTS).astype(dtype)
    start[8:11] = 0, 2000, 0
    out, old = xp.asarray(start), xp.zeros((size, 4), dtype=dtype)
    groups = xp.zeros((GROUPS, SLOTS), dtype=dtype)
    local = LocalAccessor(SLOTS, np.dtype(dtype))
    call_kernel(_kernel(dtype), NdRange((size,), (GROUP,)), xp.asarray(x), xp.asarray(start), out, old, groups, local)
    after, before, of_groups = map(xp.asnumpy, (out, old, groups))
    _check("global", dtype, start, x, after, before[:, :2])
    for g in range(GROUPS):
        part = slice(g * GROUP, (g + 1) * GROUP)
        _check("local", dtype, start, x[part], of_groups[g], before[part, 2:])


def _check(where: str, dtype: str, start: np.ndarray, x: np.ndarray, out: np.ndarray, old: np.ndarray) -> None:
    for slot, name in enumerate(_updates(dtype)):
        equal(f"{where} fetch_{name}", out[slot], functools.reduce(UPDATES[name], x, start[slot]))
    equal(f"{where} tickets", np.sort(old[:, 0]), np.arange(len(x)).astype(dtype))
    equal(f"{where} ticket counter", out[8], len(x))
    exchanged = np.concatenate([old[:, 1], out[9:10]])
    equal(f"{where} exchange", np.sort(exchanged), np.sort(np.concatenate([start[9:10], x])))
    equal(f"{where} compare_exchange", out[10], 2 * len(x))


ORDERS = ("RELAXED", "ACQUIRE", "RELEASE", "ACQ_REL", "SEQ_CST")
SCOPES = ("WORK_GROUP", "DEVICE", "SYSTEM")


@case
def orders_and_scopes(device: Device) -> None:
    """Every memory order and scope, an index of two dimensions, `ref`, a named address space."""
    lines = ["wrong = PrivateArray(3, np.int32)", "row = item.get_id(0) % 2"]
    for column, (order, scope) in enumerate((o, s) for o in ORDERS for s in SCOPES):
        how = f"MemoryOrder.{order}, MemoryScope.{scope}"
        lines.append(f"AtomicRef(x, (row, {column}), {how}).fetch_add(1)")
        lines.append("wrong[2] = -1")
        lines.append(f"AtomicRef(x, (row, {column}), {how}, AddressSpace.GLOBAL).compare_exchange(wrong, 9, 2)")
    lines.append("read[item.get_id(0)] = AtomicRef(read, item.get_id(0)).ref + 1")
    k = kernel_from("orders", "item, x, read", lines)
    x, read = xp.zeros((2, len(ORDERS) * len(SCOPES)), dtype=xp.int32), xp.ones(100, dtype=xp.int32)
    call_kernel(k, xp.Range(100), x, read)
    equal("every update took place", x, np.full(x.shape, 50))
    equal("ref", read, np.full(100, 2))


@case(over=("int32", "float32"))
def contention(device: Device, dtype: str) -> None:
    """Thousands of work-items at few elements, of an array with negative strides."""
    k = kernel_from(
        "crowd",
        "item, x, h",
        ["AtomicRef(h, x[item.get_id(0)]).fetch_add(1)", "AtomicRef(h, index=-1).fetch_max(item.get_id(0) % 1000)"],
    )
    x = np.random.default_rng(0).integers(0, 5, 4000)
    h = xp.zeros(12, dtype=dtype)[::-2]
    call_kernel(k, xp.Range(x.size), xp.asarray(x), h)
    equal("histogram", h, [*np.bincount(x), 999])
