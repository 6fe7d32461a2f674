"""More elements, or work-items, than SYCL starts at once (2**31 - 1): in parts, each id once.

With XPUARRAY_TEST_LARGE=1 also arrays of so many elements, which take 5 GiB and minutes.
"""

from __future__ import annotations

import ctypes
import math
import os

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import as_device

MANY = 2**31 + 5
on_cpu = pytest.mark.needs_device("opencl:cpu")
large = pytest.mark.skipif(not os.environ.get("XPUARRAY_TEST_LARGE"), reason="XPUARRAY_TEST_LARGE=1 runs it: 5 GiB")


@xp.kernel
def count_1(item, out):
    out[item.get_id(0)] += 1 + item.get_linear_id() - item.get_id(0)


@xp.kernel
def count_2(item, out):
    out[item.get_id(0), item.get_id(1)] += 1 + item.get_range(0) - out.shape[0]


@xp.kernel
def count_3(item, out):
    out[item.get_id(0), item.get_id(1), item.get_id(2)] += 1


@on_cpu
@pytest.mark.parametrize("extents", [(1000,), (3000,), (257, 3), (3, 300), (2000, 65), (5, 7, 90), (130, 2, 3)])
def test_parts_have_each_id_once(extents, monkeypatch):
    from xpuarray.backends.sycl import large as launches

    kernel = (count_1, count_2, count_3)[len(extents) - 1]
    runtime = as_device("opencl:cpu").runtime
    out = xp.zeros(extents, dtype=xp.int32, device="opencl:cpu")
    xp.call_kernel(kernel, xp.Range(*extents), out)
    monkeypatch.setattr(launches, "MOST", 2 * math.prod(extents) // 5)
    compiled = next(iter(kernel._compiled.values()))
    arguments = [*runtime.pack(out.native, "C"), *map(ctypes.c_int64, extents)]
    parts: dict = {}
    for _ in range(2):
        launches.launch(runtime, compiled, parts, extents, None, arguments, [])
    assert len(parts) == 1
    assert (xp.asnumpy(out) == 3).all()


@on_cpu
def test_groups_are_not_taken_apart():
    @xp.kernel
    def meet(item):
        xp.group_barrier(item.get_group())

    with xp.device("opencl:cpu"), pytest.raises(xp.KernelRangeError, match=r"2,147,483,647 .* not 2,147,483,648"):
        xp.call_kernel(meet, xp.NdRange(xp.Range(2**31), xp.Range(64)))


@large
@on_cpu
def test_arrays_of_more_than_an_int_holds():
    with xp.device("opencl:cpu"):
        x = xp.zeros(MANY, dtype=xp.uint8)
        assert int(xp.count_nonzero(x)) == 0
        x[...] = 1
        x += 1
        x[-3:] = 7
        assert int(xp.sum(x)) == 2 * (MANY - 3) + 21
        assert int(xp.max(x)) == 7
        assert int(xp.argmax(x)) == MANY - 3
        y = x * 2
        del x
        assert int(y[-1]) == 14
        assert int(y[2**31 - 2]) == 4
        assert int(xp.min(y)) == 4
        y = y.reshape(1, -1)[:, : 2**31 + 1]
        assert int(xp.count_nonzero(y == 4)) == y.size


@large
@pytest.mark.parametrize("place", ["host", pytest.param("opencl:cpu", marks=on_cpu)])
@pytest.mark.parametrize("extents", [(MANY,), (3, 2**30), (2**30 + 1, 2), (2, 3, 2**29)])
def test_every_shape_of_range(place, extents):
    @xp.kernel
    def ends(item, out):
        k = item.get_linear_id()
        if k < 2:
            out[k] += 1
        if k >= item.get_linear_range() - 2:
            out[2 + k - (item.get_linear_range() - 2)] += 1

    out = xp.zeros(5, dtype=xp.int32, device=place)
    xp.call_kernel(ends, xp.Range(*extents), out)
    assert out.tolist() == [1, 1, 1, 1, 0]


@on_cpu
@pytest.mark.parametrize(
    ("rows", "columns", "k"), [(3, 4, 0), (3, 4, 2), (4, 3, -2), (3, 3, 5), (3, 3, -5), (5, 2, 0), (2, 5, 4)]
)
def test_the_identity_of_more_elements_than_dpnp_makes(monkeypatch, rows: int, columns: int, k: int):
    """dpnp's `eye` starts a work-item an element; here more than five are too many."""
    from xpuarray.backends.sycl import large as launches

    monkeypatch.setattr(launches, "MOST", 5)
    runtime = xp.devices("opencl:cpu")[0].runtime
    made = runtime.create("eye", rows, columns, k=k, dtype=np.dtype(np.uint8))
    np.testing.assert_array_equal(runtime.to_host(made), np.eye(rows, columns, k))
