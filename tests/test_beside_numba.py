"""Numba beside us: functions under numba.njit take host arrays, and kernels and loops call such functions."""

from __future__ import annotations

import gc
import math
import sys

import numba
import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device


@numba.njit
def total(x):
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i]
    return s


@numba.njit
def doubled(x):
    x[...] = x * 2
    return x


@numba.njit
def parts(x):
    return x[1:], x.T, x * 2 + 1, np.zeros_like(x), x.sum()


@numba.njit(parallel=True)
def in_parallel(x, out):
    for i in numba.prange(x.shape[0]):
        out[i] = math.sqrt(x[i]) + x[i]
    return out


@numba.njit
def either(x, new):
    if new:
        x = np.ones(3, np.float32)
    return x.sum()


@numba.njit
def bent(v, power=2):
    return v**power + 1 if v > 1 else -v


@numba.njit
def bent_twice(v):
    return bent(bent(v))


def host(values, dtype=xp.float32) -> xp.Array:
    return xp.asarray(values, dtype=dtype, device="host")


def test_values_are_read_and_written_where_they_are():
    x = host([1, 2, 3])
    assert total(x) == 6
    address = xp.asnumpy(x, copy=None).ctypes.data
    y = doubled(x)
    assert x.tolist() == [2, 4, 6] and type(y) is xp.Array and y.device == x.device
    assert xp.asnumpy(y, copy=None).ctypes.data == address
    y[0] = 7
    assert x.tolist() == [7, 4, 6]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float32", "float64", "complex64", "complex128"])
def test_every_dtype(dtype: str):
    x = host([0, 1, 1], dtype)

    @numba.njit
    def turned(x):
        return x[::-1]

    assert turned(x).tolist() == x[::-1].tolist() and turned(x).dtype == x.dtype


def test_what_is_made_of_them_is_ours():
    x = host([[1, 2], [3, 4]])
    for found, right in zip(parts(x)[:-1], parts(xp.asnumpy(x))):
        assert type(found) is xp.Array and found.dtype == right.dtype
        np.testing.assert_array_equal(xp.asnumpy(found), right)
    assert parts(x)[-1] == 10


def test_beside_numpys_arrays():
    x = np.arange(4, dtype=np.float32)
    np.testing.assert_array_equal(in_parallel(host(x), np.zeros_like(x)), np.sqrt(x) + x)
    found = in_parallel(x, host(np.zeros(4)))
    assert type(found) is xp.Array and np.allclose(xp.asnumpy(found), np.sqrt(x) + x)
    assert either(host([1, 2]), False) == 3 and either(host([1, 2]), True) == 3


def test_what_waits_is_computed():
    x = host(range(1000))
    assert total(xp.sin(x) * 2 + 1) == pytest.approx(float(xp.sum(xp.sin(x) * 2 + 1)), rel=1e-4)
    assert total(x[::-3]) == sum(range(999, -1, -3))
    assert total(host([])) == 0


def test_arrays_to_be_read_only():
    x = xp.broadcast_to(host([1.0]), (3,))
    assert total(x) == 3
    with pytest.raises(numba.TypingError, match="readonly"):
        doubled(x)


def test_memory_is_held_and_given_back():
    x = host(range(100))
    y = doubled(x)
    del x
    gc.collect()
    assert y.tolist() == [*range(0, 200, 2)]
    memory = xp.asnumpy(y, copy=None)
    before = sys.getrefcount(memory)
    for _ in range(10):
        total(y)
        doubled(y)
    gc.collect()
    assert sys.getrefcount(memory) == before


def test_arrays_of_other_devices_are_refused(device: Device):
    x = xp.ones(3, dtype=xp.float32, device=device)
    if device.info.backend == "host":
        assert total(x) == 3
        return
    with pytest.raises(xp.ImplicitTransferError, match=r"is on .*asnumpy.*xp.jit"):
        total(x)


def test_kernels_and_loops_call_numbas_functions(device: Device):
    @xp.kernel
    def kernel(item, x, out):
        i = item.get_id(0)
        out[i] = bent_twice(x[i])

    @xp.jit(serial=True)
    def loops(x, out):
        for i in xp.prange(x.shape[0]):
            out[i] = bent_twice(x[i]) + bent(x[i], 3)
        for i in range(1, x.shape[0]):
            out[i] += bent(out[i - 1])

    given = np.array([0.5, 1.5, 2, -1], np.float32)
    x, out = xp.asarray(given, device=device), xp.zeros(4, dtype=xp.float32, device=device)
    xp.call_kernel(kernel, xp.Range(4), x, out)
    np.testing.assert_allclose(xp.asnumpy(out), [bent_twice(v) for v in given], rtol=1e-6)
    loops(x, out)
    right = np.zeros(4, np.float32)
    loops.py_func(given, right)
    np.testing.assert_allclose(xp.asnumpy(out), right, rtol=1e-5)
