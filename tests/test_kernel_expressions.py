"""Expressions of arrays in kernels: each means on every device what NumPy makes of it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device

ROWS, COLUMNS = 5, 9


class _At:
    """An item of plain Python's."""

    def __init__(self, i: int):
        self.i = i

    def get_id(self, dim: int) -> int:
        return self.i


def check(kernel: Any, dtype: Any, device: Device, result: Any = None) -> None:
    """The kernel leaves in its last argument, on the device, what it leaves there as Python on NumPy's arrays."""
    wide = np.dtype(result or dtype).name in ("float64", "complex128")
    if wide and not device.fp64:
        pytest.skip(f"{device} has no float64")
    rng = np.random.default_rng(7)
    a, b = (rng.integers(1, 60, (ROWS, COLUMNS)).astype(dtype) for _ in range(2))
    if np.dtype(dtype).kind == "f":
        a, b = (x / np.asarray(8, dtype) for x in (a, b))
    expected = np.zeros((ROWS, COLUMNS), result or dtype)
    there = [xp.asarray(x, device=device) for x in (a, b, expected)]
    xp.call_kernel(xp.kernel(kernel), xp.Range(ROWS), *there)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i in range(ROWS):
            kernel(_At(i), a, b, expected)
    np.testing.assert_allclose(xp.asnumpy(there[2]), expected, rtol=1e-5)


def elementwise(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = a[i] * 2 + b[i, :] - a[i] * b[i]
    c[i, 1:5] = np.where(a[i, :4] > b[i, :4], a[i, :4], 3)
    c[i, ::2] = np.maximum(a[i, ::2], b[i, ::2])


def floats(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = np.sqrt(a[i]) / b[i] + abs(-a[i]) ** 2 - np.exp(-b[i])


def whole(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = (a[i] // b[i]) + (a[i] % b[i]) * (a[i] & 3) + (b[i] >> 1)


def reductions(item, a, b, c):
    i = item.get_id(0)
    c[i, 0] = np.sum(a[i]) + a[i, 2:].sum()
    c[i, 1] = np.max(a[i]) - b[i].min()
    c[i, 2] = np.prod(a[i, :2])
    c[i, 3] = (a[i] > b[i]).any() + np.all(a[i] > 0) * 2
    c[i, 4] = a[i].argmax() + np.argmin(a[i] + b[i])
    c[i, 5] = np.count_nonzero(a[i] > 20)
    c[i, 6] = np.dot(a[i], b[i]) - a[i] @ b[i]
    c[i, 7] = (a[i] + b[i] * 2).sum()
    c[i, 8] = np.mean(a) + a.max()


def in_place(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = a[i]
    c[i, :] += a[i] * b[i]
    c[i, 2:4] -= 1
    row = c[i]
    row *= b[i]
    row[3:] += row[0]


def products(item, a, b, c):
    i = item.get_id(0)
    c[i, :5] = a[:, :4] @ b[i, :4]
    c[i, 5:] = a[i, :5] @ b[:, 5:] + 1


def blocks(item, a, b, c):
    if item.get_id(0) == 0:
        c[1:3, :2] = (a[:2, :3] @ b[:3, :2]) * 2


def private(item, a, b, c):
    i = item.get_id(0)
    t, u, v = np.zeros(4, np.float32), np.ones((2, 3), dtype=np.float32), np.empty(2, np.float32)
    t[1:] = a[i, :3] - b[i, 3:6]
    u[0, :] += t[1:]
    v[:] = u.sum() + t[:2]
    c[i, :2] = u @ t[1:] + v
    c[i, 2:6] = t


def stretched(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = a[i, :1] + b[i]
    c[i, 0] = (a[:, :1] * b[:1, :]).sum()
    c[i, 1] = np.sum(a[i] + b[:2, :])


def rows_of_one_array(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = a[i]
    c[i, :] -= a[i, 0] * b[i]


def rows_of_each_other(item, a, b, c):
    if item.get_id(0) == 0:
        c[:, :] = a - b
        c[2, :] = c[2] + c[3] * 2
        for k in range(1, 3):
            c[k, 1:] = c[k - 1, :-1] + c[k, 1:]


def along_axes(item, a, b, c):
    i = item.get_id(0)
    c[i, :] = np.sum(a, axis=0) - b.max(axis=0)
    c[i, 1:6] = np.min(a[:, :4] * 2, axis=-1) + 1
    c[i, 0] = np.sum(np.sum(a * b[:, :1], axis=1), axis=0)
    c[i, 7] = np.sum(a[i], axis=0)


def reshaped(item, a, b, c):
    i = item.get_id(0)
    n = a.shape[0]
    c[i, :6] = np.reshape(a[:2, :3], (6,))
    x = a[:3, : n - 1].copy()
    c[i, 6:] = np.sum(np.sum(x.reshape(3, n - 1, 1) * np.reshape(b[:4, :3], (1, 4, 3)), axis=0), axis=0)
    c[i, 2:5] = np.sum(np.reshape(b[:2, :6] + 1, (4, 3)), 0)


def products_of_expressions(item, a, b, c):
    i = item.get_id(0)
    c[i, :3] = np.sum((a[:3, :4] * 2) @ (b[:4, :3] + 1), axis=0)
    c[i, 3:6] = (a[:3, :4] @ b[:4, :2]) @ b[0, :2]


#: kernel -> the types of its arrays, and that of the result on devices with float64
KERNELS = {
    elementwise: ((np.float32, np.int64), None),
    floats: ((np.float32,), None),
    whole: ((np.int64, np.uint64), None),
    reductions: ((np.float32, np.int64), np.float64),
    in_place: ((np.float32,), None),
    products: ((np.float32,), np.float64),
    blocks: ((np.float32,), np.float64),
    private: ((np.float32,), np.float64),
    stretched: ((np.int64,), None),
    rows_of_one_array: ((np.float32,), None),
    rows_of_each_other: ((np.float32,), None),
    along_axes: ((np.float32, np.int64), np.float64),
    reshaped: ((np.float32,), np.float64),
    products_of_expressions: ((np.float32,), np.float64),
}
CASES = [(kernel, dtype, result) for kernel, (dtypes, result) in KERNELS.items() for dtype in dtypes]


@pytest.mark.parametrize(("kernel", "dtype", "result"), CASES, ids=[f"{k.__name__}-{d.__name__}" for k, d, _ in CASES])
def test_expressions_are_numpys(kernel: Any, dtype: Any, result: Any, device: Device):
    if dtype is np.int64 and kernel is reductions and not device.fp64:
        pytest.skip("means of integers are float64")
    check(kernel, dtype, device, result if device.fp64 else None)


def test_complex_numbers(device: Device):
    def kernel(item, a, b, c):
        i = item.get_id(0)
        c[i, :] = a[i] * b[i] + 1j
        c[i, 0] = np.sum(a[i] * 2)
        c[i, 1] = np.dot(a[i], b[i])

    check(kernel, np.complex64, device)


def test_reductions_find_nan(device: Device):
    def kernel(item, a, c):
        i = item.get_id(0)
        c[i, 0], c[i, 1], c[i, 2] = a[i].max(), a[i].argmax(), np.argmin(a[i])

    a = np.array([[1, np.nan, 3], [np.nan, 2, np.nan], [-np.inf, -np.inf, -np.inf]], np.float32)
    out = xp.zeros((3, 3), dtype=xp.float32, device=device)
    xp.call_kernel(xp.kernel(kernel), xp.Range(3), xp.asarray(a, device=device), out)
    expected = np.array([[np.nan, 1, 1], [np.nan, 0, 0], [-np.inf, 0, 0]])
    np.testing.assert_array_equal(xp.asnumpy(out), expected)


def test_the_simulator_agrees(device: Device):
    def kernel(item, a, b, c):
        i = item.get_id(0)
        c[i, :] = a[i] * b[i] // 3
        c[i, 0] = (a[i] + b[i]).sum() + np.argmax(a[i])

    rng = np.random.default_rng(1)
    for dtype in (np.uint8, np.int16, np.uint64):
        arrays = [xp.asarray(rng.integers(0, 99, (4, 6)).astype(dtype), device=device) for _ in range(3)]
        assert xp.kernel(kernel).verify(xp.Range(4), *arrays)


def refused(kernel: Any, device: Device) -> str:
    if device.runtime.target == "simulator":
        pytest.skip("the simulator runs what Python runs")
    a = xp.ones((3, 4), dtype=xp.float32, device=device)
    with pytest.raises(xp.KernelCompileError) as error:
        xp.call_kernel(xp.kernel(kernel), xp.Range(3), a, a)
    assert "test_kernel_expressions.py, line" in str(error.value)
    return str(error.value)


def test_what_would_need_memory_is_refused(device: Device):
    def kept(item, a, b):
        e = a[0] * 2
        a[0, :] = 1
        b[0, :] = e

    def kept_by_an_atomic(item, a, b):
        e = a[0] * 2
        xp.AtomicRef(a, (0, 0)).fetch_add(np.float32(1))
        b[0, :] = e

    def one_of_two(item, a, b):
        e = a[0] * 2 if item.get_id(0) else a[1] * 3
        b[0, :] = e

    def shifted(item, a, b):
        a[0, 1:] = a[0, :-1] * 2

    def shifted_in_place(item, a, b):
        row = a[0]
        row[1:] += row[:-1]

    def shifted_private(item, a, b):
        p = np.ones(4, np.float32)
        p[1:] = p[:-1] * 2
        b[0, :] = p

    def multiplied(item, a, b):
        a[:3, :3] = a[:3, :3] @ a[:3, :3]

    def multiplied_in_place(item, a, b):
        a[:3, :3] -= b[:3, :3] @ a[:3, :3]

    def multiplied_within(item, a, b):
        a[:3, :3] = (a[:3, :3] @ b[:3, :3]) * 2 + 1

    def masked(item, a, b):
        b[0, 0] = a[0][a[0] > 1][0]

    for kernel in (kept, kept_by_an_atomic, one_of_two, masked):
        assert "no memory" in refused(kernel, device)

    def multiplied_by_itself(item, a, b):
        a[0, :3] = a[:3, :3] @ a[0, :3]

    def of_sums(item, a, b):
        a[0, :3] = np.sum(a[:, :3], axis=1)

    shifts = shifted, shifted_in_place, shifted_private
    for kernel in (*shifts, multiplied, multiplied_in_place, multiplied_within, multiplied_by_itself, of_sums):
        assert "write a loop" in refused(kernel, device)


def test_our_names_of_numpys_functions_mean_numpys(device: Device):
    def named(item, a, b):
        i = item.get_id(0)
        b[i, 0] = xp.sum(a[i]) + xp.max(a, axis=0).sum() + xp.dot(a[i], a[i])
        b[i, 1:3] = xp.reshape(xp.zeros(2, dtype=xp.float32), (2,))

    a, b = xp.ones((3, 4), dtype=xp.float32, device=device), xp.ones((3, 4), dtype=xp.float32, device=device)
    xp.call_kernel(xp.kernel(named), xp.Range(3), a, b)
    np.testing.assert_array_equal(xp.asnumpy(b), [[12, 0, 0, 1]] * 3)


def test_what_has_no_meaning_is_refused(device: Device):
    def one_element(item, a, b):
        b[0, 0] = a[0] * 2

    def too_many(item, a, b):
        b[0, :] = a * 2

    def along_an_axis(item, a, b):
        b[0, :] = np.sum(a, axis=item.get_id(0))

    def no_such_axis(item, a, b):
        b[0, :] = np.sum(a, axis=2)

    def all_kept(item, a, b):
        b[:, :] = np.sum(a, keepdims=True)

    def of_another_type(item, a, b):
        b[0, :] = np.sum(a, axis=0, dtype=np.float64)

    assert "one element" in refused(one_element, device)
    assert "2 dimensions is" in refused(too_many, device)
    assert "no other argument" in refused(along_an_axis, device)
    assert "no axis 2" in refused(no_such_axis, device)
    assert "keepdims needs axis=" in refused(all_kept, device)
    assert "no other argument" in refused(of_another_type, device)
