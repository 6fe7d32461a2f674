"""Comparison of signed with unsigned integers in kernels: exact, and without doubles."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
from bounds import assert_same

import xpuarray as xp
from xpuarray.backends.info import DeviceInfo
from xpuarray.lang.types import ArrayType, Space
from xpuarray.placement.devices import Device

OPERATORS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def values(dtype: str) -> np.ndarray:
    """The extremes, and neighbours that doubles take for equal."""
    limits = np.iinfo(dtype)
    near = [
        -2,
        -1,
        0,
        1,
        2,
        127,
        128,
        2**31 - 1,
        2**31,
        2**53,
        2**53 + 1,
        2**62,
        2**62 + 1,
        2**63 - 1,
        2**63,
        2**64 - 1,
    ]
    return np.array([v for v in (limits.min, limits.max, *near) if limits.min <= v <= limits.max], dtype)


@xp.kernel
def compare(item, x, y, out):
    i, j = item.get_id(0), item.get_id(1)
    out[0, i, j] = x[i] < y[j]
    out[1, i, j] = x[i] <= y[j]
    out[2, i, j] = x[i] > y[j]
    out[3, i, j] = x[i] >= y[j]
    out[4, i, j] = x[i] == y[j]
    out[5, i, j] = x[i] != y[j]


@pytest.mark.parametrize(
    "left, right",
    [("int64", "uint64"), ("uint64", "int64"), ("int32", "uint64"), ("uint8", "int8"), ("uint32", "int64")],
)
def test_signed_with_unsigned(device: Device, left: str, right: str):
    x, y = values(left), values(right)
    out = xp.zeros((6, x.size, y.size), dtype=xp.bool)
    xp.call_kernel(compare, xp.Range(x.size, y.size), xp.asarray(x), xp.asarray(y), out)
    exact = [[[op(int(a), int(b)) for b in y] for a in x] for op in OPERATORS]
    assert_same(out, np.array(exact))


def test_with_constants(device: Device):
    @xp.kernel
    def kernel(item, x, out):
        i = item.get_id(0)
        out[i] = (x[i] > -1) + 2 * (i >= 3) + 4 * (x[i] == -1) + 8 * (i > -1)

    x = values("uint64")
    out = xp.zeros(x.size, dtype=xp.int64)
    xp.call_kernel(kernel, xp.Range(x.size), xp.asarray(x), out)
    assert_same(out, 9 + 2 * (np.arange(x.size, dtype=np.int64) >= 3))


def test_positions_and_extents_are_compared_without_doubles():
    def kernel(item: Any, x: Any, out: Any) -> None:
        i = item.get_id(0)
        half = x.shape[0] // 2
        for j in range(x.shape[0]):
            if i < half and j != i:
                out[i] += x[j]

    array = ArrayType("float32", 1, "C")
    info = DeviceInfo("level_zero", "gpu", 0, "a GPU that is not here", fp64=False)
    from xpuarray.compiler.targets import spirv

    compiled = spirv.compile_kernel(xp.kernel(kernel), Space(1), (array, array), info)
    assert "double" not in compiled.llvm
