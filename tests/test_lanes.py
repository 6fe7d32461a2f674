"""compiler/targets/lanes.py: how work-items lie beside each other; results are the same either way."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler import cache
from xpuarray.placement.devices import as_device

on_cpu = pytest.mark.needs_device("opencl:cpu")


@xp.kernel
def norms(item, a, out):
    i = item.get_id(0)
    out[i] = 0
    for k in range(a.shape[1]):
        out[i] += a[i, k] * a[i, k]


@xp.kernel
def norms_of_some(item, a, out):
    i = item.get_id(0)
    out[i] = 0
    if a[i, 0] > 0:
        for k in range(a.shape[1]):
            out[i] += a[i, k] * a[i, k]


@xp.kernel
def sums_of_columns(item, a, out):
    j = item.get_id(0)
    total = a[0, j]
    for k in range(1, a.shape[0]):
        total += a[k, j]
    out[j] = total


@xp.kernel
def histogram(item, a, out):
    i = item.get_id(0)
    counts = xp.PrivateArray(8, np.int64, True)
    for k in range(a.shape[1]):
        counts[int(a[i, k]) & 7] += 1
    for k in range(8):
        out[i, k] = counts[k]


@xp.kernel
def histogram_of_groups(item, a, out):
    i = item.get_global_id(0)
    counts = xp.PrivateArray(8, np.int64, True)
    for k in range(a.shape[1]):
        counts[int(a[i, k]) & 7] += 1
    for k in range(8):
        out[i, k] = xp.shuffle(item.get_sub_group(), counts[k], 0)


@xp.kernel
def place_columns(item, out):  # the first dimension is the one in which neighbours are written
    i, j = item.get_id(0), item.get_id(1)
    out[j, i] = item.get_linear_id() * 1000 + item.get_range(0) * 10 + item.get_range(1)


@xp.kernel
def place_rows(item, out):
    i, j = item.get_id(0), item.get_id(1)
    out[i, j] = item.get_linear_id() * 1000 + item.get_range(0) * 10 + item.get_range(1)


@xp.kernel
def place_columns_3d(item, out):
    i, j, k = item.get_id(0), item.get_id(1), item.get_id(2)
    out[k, j, i] = item.get_linear_id()


def made(kernel, *arguments):
    """What a kernel was compiled to for the CPU, after a launch."""
    with xp.device("opencl:cpu"):
        xp.call_kernel(kernel, *arguments)
    return next(iter(kernel._compiled.values()))


def rows(device="opencl:cpu"):
    return xp.asarray(np.random.default_rng(3).normal(size=(70, 9)), device=device)


@on_cpu
@pytest.mark.parametrize("kernel, volatile", [(norms, True), (norms_of_some, False), (sums_of_columns, False)])
def test_what_lies_far_apart_is_read_lane_by_lane(kernel, volatile):
    """Where all lanes go, and not where they are neighbours."""
    a = rows()
    llvm = made(kernel, xp.Range(9), a, xp.zeros(70, dtype=np.float64, device=a.device)).llvm
    loop = llvm[llvm.index(" = fmul") - 400 : llvm.index(" = fmul")] if " = fmul" in llvm else llvm
    assert ("load volatile double" in loop) == volatile


@on_cpu
@pytest.mark.parametrize("kernel, one_by_one", [(histogram, True), (norms, False)])
def test_private_arrays_in_memory_have_work_items_run_one_by_one(kernel, one_by_one):
    out = xp.zeros((70, 8), dtype=np.int64, device="opencl:cpu")
    arguments = (rows(), out) if kernel is histogram else (rows(), xp.zeros(70, dtype=np.float64, device=out.device))
    assert ("!intel_reqd_sub_group_size" in made(kernel, xp.Range(70), *arguments).llvm) == one_by_one


@on_cpu
def test_a_kernel_that_sees_its_sub_groups_keeps_them():
    out = xp.zeros((64, 8), dtype=np.int64, device="opencl:cpu")
    llvm = made(histogram_of_groups, xp.NdRange(xp.Range(64), xp.Range(64)), rows(), out).llvm
    assert "alloca [8 x i64]" in llvm
    assert "!intel_reqd_sub_group_size" not in llvm


@on_cpu
def test_a_range_is_turned_where_the_kernel_steps_through_memory_the_other_way():
    out = xp.zeros((5, 5), dtype=np.int64, device="opencl:cpu")
    compiled = made(place_columns, xp.Range(5, 5), out)
    assert compiled.turned
    assert not made(place_rows, xp.Range(5, 5), out).turned
    assert made(place_columns_3d, xp.Range(3, 3, 3), xp.zeros((3, 3, 3), dtype=np.int64, device=out.device)).turned
    again = cache._unpack("key", cache._pack("key", compiled))
    assert again is not None
    assert again.turned


@pytest.mark.parametrize("extents", [(3, 70), (70, 3), (1500, 130), (130, 1500), (1, 1), (0, 4)])
def test_ids_and_extents_are_the_same_either_way(device, extents):
    numbers = np.arange(extents[0] * extents[1]).reshape(extents) * 1000 + extents[0] * 10 + extents[1]
    for kernel, expected in ((place_rows, numbers), (place_columns, numbers.T)):
        out = xp.zeros(expected.shape, dtype=np.int64, device=device)
        xp.call_kernel(kernel, xp.Range(*extents), out)
        assert np.array_equal(xp.asnumpy(out), expected)


@pytest.mark.parametrize("extents", [(2, 3, 70), (70, 3, 2), (1100, 2, 66)])
def test_three_dimensions(device, extents):
    out = xp.zeros(extents[::-1], dtype=np.int64, device=device)
    xp.call_kernel(place_columns_3d, xp.Range(*extents), out)
    assert np.array_equal(xp.asnumpy(out), np.arange(out.size).reshape(extents).T)


@on_cpu
@pytest.mark.parametrize("extents", [(3, 400), (400, 3)])
def test_in_parts(extents, monkeypatch):
    """A range of too many work-items for one launch, turned."""
    from xpuarray.backends.sycl import large

    runtime = as_device("opencl:cpu").runtime
    out = xp.zeros(extents[::-1], dtype=np.int64, device="opencl:cpu")
    compiled = made(place_columns, xp.Range(*extents), out)
    expected = xp.asnumpy(out)
    out[...] = 0
    monkeypatch.setattr(large, "MOST", 500)
    arguments = [*runtime.pack(out.native, "C"), *map(ctypes.c_int64, extents)]
    large.launch(runtime, compiled, {}, extents[::-1], None, arguments, []).wait()
    assert np.array_equal(xp.asnumpy(out), expected)


def test_rows_and_private_arrays_are_right_everywhere(device):
    values = np.random.default_rng(5).integers(-50, 50, (1037, 21)).astype(np.float32)
    a = xp.asarray(values, device=device)
    for kernel in (norms, norms_of_some):
        out = xp.zeros(len(values), dtype=np.float32, device=device)
        xp.call_kernel(kernel, xp.Range(len(values)), a, out)
        expected = (values**2).sum(axis=1) * (1 if kernel is norms else values[:, 0] > 0)
        assert np.array_equal(xp.asnumpy(out), expected)  # sums of small integers: exact in any order
    counts = xp.zeros((len(values), 8), dtype=np.int64, device=device)
    xp.call_kernel(histogram, xp.Range(len(values)), a, counts)
    expected = (values.astype(np.int64)[:, :, None] & 7 == np.arange(8)).sum(axis=1)
    assert np.array_equal(xp.asnumpy(counts), expected)
