"""Item, NdItem, Group and SubGroup: every method in one to three dimensions, against NumPy's indices."""

from __future__ import annotations

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, equal, kernel_from
from xpuarray.lang import NdItem, NdRange, Range, group_reduce
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

EXTENTS = {1: (30,), 2: (4, 6), 3: (2, 4, 6)}
LOCAL = {1: (6,), 2: (2, 3), 3: (1, 2, 3)}


def _write(parameter: str, position: str, expressions: list[str]) -> list[str]:
    """Lines that write one expression a column, in the row that `position` says."""
    return [f"n = {position}"] + [f"out[n, {k}] = {e}" for k, e in enumerate(expressions)]


def _linear(position: list[np.ndarray], extents: tuple[int, ...]) -> np.ndarray:
    return np.ravel_multi_index(tuple(position), extents)


def _check(what: str, expressions: list[str], got: np.ndarray, columns: list) -> None:
    for expression, column, expected in zip(expressions, got.T, columns, strict=True):
        equal(f"{what}: {expression}", column, np.broadcast_to(expected, column.shape))


@case(over=(1, 2, 3))
def item(device: Device, ndim: int) -> None:
    """Where a work-item stands in a Range."""
    dims, extents = range(ndim), EXTENTS[ndim]
    expressions = [f"item.{method}({d})" for method in ("get_id", "get_range") for d in dims]
    expressions += ["item.get_linear_id()", "item.get_linear_range()", "item.dimensions"]
    k = kernel_from("items", "item, out", _write("item", "item.get_linear_id()", expressions))
    size = int(np.prod(extents))
    out = xp.zeros((size, len(expressions)), dtype=xp.int64)
    call_kernel(k, Range(*extents), out)
    ids = [i.ravel() for i in np.indices(extents)]
    _check(f"{ndim} dimensions", expressions, xp.asnumpy(out), [*ids, *extents, np.arange(size), size, ndim])


@case(over=(1, 2, 3))
def nd_item(device: Device, ndim: int) -> None:
    """Where a work-item stands in an NdRange, and its group."""
    dims, extents, local = range(ndim), EXTENTS[ndim], LOCAL[ndim]
    methods = {
        "nd.get_global_id": None, "nd.get_global_range": None, "nd.get_local_id": None, "nd.get_local_range": None,
        "group.get_group_id": None, "group.get_group_range": None, "group.get_local_range": None,
    }  # fmt: skip
    expressions = [f"{method}({d})" for method in methods for d in dims]
    expressions += [
        "nd.get_global_linear_id()", "nd.get_global_linear_range()", "nd.get_local_linear_id()",
        "nd.get_local_linear_range()", "nd.dimensions", "group.get_group_linear_id()",
        "group.get_group_linear_range()", "group.get_local_linear_range()", "group.dimensions", "group.leader",
    ]  # fmt: skip
    lines = ["group = nd.get_group()", *_write("nd", "nd.get_global_linear_id()", expressions)]
    size = int(np.prod(extents))
    out = xp.zeros((size, len(expressions)), dtype=xp.int64)
    call_kernel(kernel_from("nd_items", "nd, out", lines), NdRange(extents, local), out)
    ids = [i.ravel() for i in np.indices(extents)]
    groups = tuple(e // p for e, p in zip(extents, local))
    local_ids = [i % p for i, p in zip(ids, local)]
    group_ids = [i // p for i, p in zip(ids, local)]
    in_group, items = _linear(local_ids, local), int(np.prod(local))
    columns = [*ids, *extents, *local_ids, *local, *group_ids, *groups, *local]
    columns += [np.arange(size), size, in_group, items, ndim]
    columns += [_linear(group_ids, groups), int(np.prod(groups)), items, ndim, in_group == 0]
    _check(f"{ndim} dimensions", expressions, xp.asnumpy(out), columns)


@kernel
def _sub_groups(nd: NdItem, out):
    i = nd.get_global_id(0)
    s = nd.get_sub_group()
    out[i, 0] = s.get_group_id()
    out[i, 1] = s.get_local_id()
    out[i, 2] = s.get_local_range()
    out[i, 3] = group_reduce(s, np.int64(1))


@case
def sub_group(device: Device) -> None:
    """Sub-groups part a work-group, whatever their size; a group of 50 does not come out even."""
    items, groups = 50, 3
    out = xp.zeros((items * groups, 4), dtype=xp.int64)
    call_kernel(_sub_groups, NdRange((items * groups,), (items,)), out)
    for group in xp.asnumpy(out).reshape(groups, items, 4):
        numbers = np.unique(group[:, 0])
        equal("sub-groups are numbered from 0", numbers, np.arange(len(numbers)))
        for number in numbers:
            _, lanes, sizes, counted = group[group[:, 0] == number].T
            equal("lanes are numbered from 0", np.sort(lanes), np.arange(len(lanes)))
            equal("the size is the number of lanes", sizes, np.full(len(lanes), len(lanes)))
            equal("a reduction sees all lanes", counted, sizes)
