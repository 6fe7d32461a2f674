"""Variables that all iterations of a prange add to, or of which they keep the least or the greatest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_jit import check

import xpuarray as xp
from xpuarray import Device

prange = xp.prange
N = 1000


def sums(x, start):
    s = start
    for i in prange(x.shape[0]):
        s += x[i]
    return s


def subtracted(x, start):
    err, err2 = start, start
    for i in prange(x.shape[0]):
        err -= x[i]
        err2 = err2 - x[i] - 1
    return err, err2


def products(x, start):
    p, q = start + 1.0, start + 1.0
    for i in prange(0, 6):
        p *= x[i] / 8 + 1
        q /= x[i] / 8 + 1
    return p, q


def extremes(x, start):
    least, most, high = x[0] + 100, start, start
    for i in prange(x.shape[0]):
        least = min(least, x[i])
        most = max(x[i], most)
        if x[i] > high:
            high = x[i]
    return least, most, high


def counted(x, start):
    c, n = 0, 5
    for i in prange(x.shape[0]):
        if x[i] > 20:
            c += 1
            n += 2
    return c, n


def logical(x, start):
    every, some, none = True, False, True
    for i in prange(x.shape[0]):
        every = every and x[i] > 0
        some = some or x[i] > 10
        none = none and x[i] < 0
    return every, some, none


def whole_rows(x, start):
    acc = np.zeros(8)
    other = np.ones(8)
    low = np.full(8, 100.0)
    y = x[:64].reshape(8, 8)
    for i in prange(y.shape[0]):
        acc += y[i, :]
        other = other - y[i]
        if i > 2:
            low = np.minimum(low, y[i] * 2)
    return acc, other, low


def two_loops_deep(x, start):
    y = x[:60].reshape(6, 10)
    s, rows = start, np.zeros(6)
    for i in prange(6):
        inner = 0.0
        for j in prange(10):
            inner += y[i, j]
        rows[i] = inner
        s += inner
    t = 0.0
    for i in prange(6):
        for j in prange(1, 10):
            t += y[i, j] * i
    return s, t, rows


def with_memory(x, start):
    n = 4
    s = start
    for i in prange(x.shape[0] - n):
        window = np.zeros(n)
        for k in range(n):
            window[k] = x[i + k]
        s += window[0] * window[n - 1]
    return s


def read_between(x, start):
    s = 0.0
    for _ in range(3):
        for i in prange(x.shape[0]):
            s += x[i]
        if s > 1e9:
            break
        x[0] = s
    return s


BODIES = (sums, subtracted, products, extremes, counted, logical, whole_rows, two_loops_deep, with_memory, read_between)


@pytest.mark.parametrize("function", BODIES, ids=[f.__name__ for f in BODIES])
def test_reductions_are_pythons(function: Any, device: Device):
    x = np.random.default_rng(5).integers(1, 40, N).astype(np.float64)
    check(function, device, x, 3.0)


def test_the_type_is_the_variables(device: Device):
    def types(x, y):
        a, b, c = np.float32(1), 0, np.int64(2)
        for i in prange(x.shape[0]):
            a += x[i]
            b += y[i]
            c += 1
        return a, b, c

    x, y = xp.ones(7, dtype=xp.float32, device=device), xp.ones(7, dtype=xp.int32, device=device)
    found = xp.jit(types)(x, y)
    assert [f.dtype.name for f in found] == ["float32", "int64", "int64"]
    assert [float(f) for f in found] == [8, 7, 9]


def test_no_iterations_leave_what_was_there(device: Device):
    x = xp.ones(0, dtype=xp.float32, device=device)
    assert xp.jit(sums)(x, 4.0) == 4.0


def test_an_array_is_changed_in_place(device: Device):
    @xp.jit
    def added(acc, x):
        for i in prange(x.shape[0]):
            acc += x[i]

    @xp.jit
    def rebound(acc, x):
        for i in prange(x.shape[0]):
            acc = acc + x[i]
        return acc

    x = xp.ones((5, 3), dtype=xp.float32, device=device)
    acc = xp.ones(3, dtype=xp.float32, device=device)
    assert rebound(acc, x)[0] == 6 and acc[0] == 1
    added(acc, x)
    assert acc[0] == 6
