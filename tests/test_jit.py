"""xp.jit: loops over xp.prange mean on every device what plain Python makes of them."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device

prange = xp.prange


def check(function: Any, device: Device, *arguments: Any, **options: Any) -> None:
    """What the function returns and leaves in its arrays is what it does as Python, on NumPy's arrays."""
    fit = lambda a: a.astype(device.info.fit(a.dtype)) if isinstance(a, np.ndarray) else a  # noqa: E731
    given = [fit(a) for a in arguments]
    there = [xp.asarray(a, device=device) if isinstance(a, np.ndarray) else a for a in given]
    expected = function(*given)
    found = xp.jit(**options)(function)(*there)
    for got, right in zip([found, *there], [expected, *given]):
        parts = zip(got, right) if isinstance(right, tuple) else [(got, right)]
        for value, wanted in parts:
            if isinstance(value, xp.Array):
                tolerance = 1e-4 if value.dtype in (np.float32, np.complex64) else 1e-10
                np.testing.assert_allclose(xp.asnumpy(value), wanted, rtol=tolerance, atol=tolerance)
            else:
                assert value == wanted


def saxpy(alpha, x, y, out):
    for i in xp.prange(x.shape[0]):
        out[i] = alpha * x[i] + y[i]
    return out


def rows(a, b, c):
    m = 3
    for i in prange(a.shape[0]):
        s = a[i, 0] * m
        c[i, :] = a[i] * s + b[i, :]
        c[i, 1] = np.sum(a[i]) - math.sqrt(abs(b[i, 2]))


def nested(a, b, c):
    n = a.shape[1]
    for i in prange(a.shape[0]):
        for j in prange(n):
            c[i, j] = a[i, j] * i + b[i, n - 1 - j] * j


def deep(a, b, c):
    for i in prange(2):
        for j in prange(1, 3):
            for k in prange(0, 6, 2):
                for half in prange(2):
                    c[i * 2 + j - 1, k + half] = a[i, k] + b[j, half]


def ranges(a, b, c):
    n = a.shape[0]
    for i in prange(1, n):
        c[i, 0] = a[i - 1, 0]
    for i in prange(0, n, 2):
        c[i, 1] = i
    for i in prange(n - 1, -1, -1):
        c[i, 2] = b[i, 0]
    for i in prange(n - 1, 0, -2):
        c[i, 3] = b[i, 0]
    for i in prange(n, 2):
        c[i, 4] = 1
    for i in prange(-2, 2):
        c[i + 2, 5] = i


def triangle(a, b, c):
    n = a.shape[0]
    for i in prange(n):
        for j in prange(i, n):
            c[i, j] = a[i, j] + b[j, i]


def time_loop(a, b, c):
    for step in range(3):
        for i in prange(1, a.shape[0] - 1):
            for j in prange(1, a.shape[1] - 1):
                b[i, j] = (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 4 + step
        a[:] = b


def privates(a, b, c):
    for i in prange(a.shape[0]):
        best, where = -1.0, -1
        for j in range(a.shape[1]):
            if a[i, j] > best:
                best, where = a[i, j], j
        if where < 0:
            continue
        c[i, 0] = best
        c[i, 1] = where
        k = 0
        while k < where:
            k += 2
        c[i, 2] = k


def memory(a, b, c):
    n = a.shape[1]
    for i in prange(a.shape[0]):
        copy = np.zeros(n)
        other = np.empty((2, n))
        for j in range(n):
            copy[j] += a[i, j]
            other[0, j], other[1, j] = b[i, j], j
        for j in range(n):
            c[i, j] = copy[n - 1 - j] + other[0, j] * other[1, 0]


def aliases(a, b, c):
    for i in prange(a.shape[0]):
        mine = c[i]
        row = a[i, 1:]
        for j in range(row.shape[0]):
            mine[j] += row[j]


def triples(a, b, c):
    flat = c.reshape(-1)
    n = a.shape[1]
    for i in prange(a.shape[0]):
        for j in range(n):
            flat[i * n + j] = a[i, j]


def pairs(a, b, c):
    for i in prange(a.shape[1] // 2):
        c[0, 2 * i] = a[0, i]
        c[0, 2 * i + 1] = b[0, i]


def symmetric(a, b, c):
    n = a.shape[0]
    for i in prange(n):
        c[i:n, i] = c[i, i:n] = a[i, : n - i] * 2


def own_row(a, b, c):
    for k in range(a.shape[0]):
        for i in prange(a.shape[0]):
            a[i, :] = np.minimum(a[i, :], a[i, k] + a[k, :])


def as_python(a, b, c):
    for i in prange(a.shape[0]):
        c[i] = np.sort(a[i])[::-1]
        mask = a > b[i, 0]
        c[i, 0] = a[mask].sum()


BODIES = (rows, nested, deep, ranges, triangle, time_loop, privates, memory, aliases, triples, pairs, symmetric,
          own_row, as_python)  # fmt: skip


@pytest.mark.parametrize("function", BODIES, ids=[f.__name__ for f in BODIES])
def test_loops_are_pythons(function: Any, device: Device):
    rng = np.random.default_rng(3)
    a, b = (rng.integers(1, 50, (5, 6)).astype(np.float64) for _ in range(2))
    check(function, device, a, b, np.zeros((5, 6)))


def test_numbers_and_a_result(device: Device):
    x, y = np.arange(8, dtype=np.float32), np.ones(8, np.float32)
    check(saxpy, device, 2, x, y, np.zeros(8, np.float32))
    check(saxpy, device, np.float32(-2.5), x, y, np.zeros(8, np.float32))


def test_complex_numbers(device: Device):
    def spin(x, y):
        for i in prange(x.shape[0]):
            y[i] = x[i] * 1j + x[x.shape[0] - 1 - i]

    check(spin, device, (np.arange(4) + 2j).astype(np.complex64), np.zeros(4, np.complex64))


# -- functions ------------------------------------------------------------------------------------------


class Scaled:
    """A method, a default, an attribute."""

    factor = 3.0

    @xp.jit
    def times(self, x, out, add=1.0, *, extra=0.0):
        """Docstring."""
        for i in xp.prange(x.shape[0]):
            out[i] = x[i] * 2 + add + extra
        return out, self.factor


def test_methods_defaults_and_keywords(device: Device):
    x, out = xp.arange(4, dtype=xp.float32, device=device), xp.zeros(4, dtype=xp.float32, device=device)
    found, factor = Scaled().times(x, out=out, extra=2.0)
    assert found is out and factor == 3.0
    np.testing.assert_array_equal(xp.asnumpy(out), [3, 5, 7, 9])
    assert Scaled.times.__name__ == "times" and Scaled.times.__doc__ == "Docstring."
    assert "extra" in str(__import__("inspect").signature(Scaled.times))


class Grid:
    """Attributes that loops read and write to."""

    def __init__(self, device: Device):
        self.values = xp.ones((3, 4), dtype=xp.float32, device=device)
        self.scale, self.count = 2, 0

    @xp.jit
    def grow(self, by):
        total = 0
        for i in prange(self.values.shape[0]):
            for j in range(self.values.shape[1]):
                self.values[i, j] = self.values[i, j] * self.scale + by
            total += self.scale
        self.count = total


def test_attributes_are_arguments(device: Device):
    grid = Grid(device)
    grid.grow(1)
    grid.scale = 3
    grid.grow(2)
    np.testing.assert_array_equal(xp.asnumpy(grid.values), np.full((3, 4), 11))
    assert grid.count == 9


def test_closures_and_functions_that_are_called(device: Device):
    shift = 4

    @xp.jit
    def square(v):
        return v * v

    def plain(v):
        return square(v) + 1

    @xp.jit
    def outer(x, out):
        for i in prange(x.shape[0]):
            out[i] = plain(x[i]) + shift + square(2)
        return np.zeros_like(out)

    x, out = xp.arange(3, dtype=xp.float32, device=device), xp.zeros(3, dtype=xp.float32, device=device)
    assert outer(x, out).device == device
    np.testing.assert_array_equal(xp.asnumpy(out), [9, 10, 13])


def test_what_is_around_is_what_it_is_now(device: Device):
    step = 1

    @xp.jit
    def added(x):
        for i in prange(x.shape[0]):
            x[i] += step

    x = xp.zeros(2, dtype=xp.float32, device=device)
    added(x)
    step = 2
    added(x)
    assert x.tolist() == [3, 3]


def test_loops_that_depend_on_each_other(device: Device):
    """Numba once merged them (its issue 8515)."""

    def one_after_the_other(x, y):
        for i in prange(x.shape[0]):
            y[i] = x[i] * 2
        for i in prange(1, x.shape[0]):
            x[i] = y[i - 1] + 1
        for i in prange(x.shape[0]):
            y[i] = x[x.shape[0] - 1 - i]

    check(one_after_the_other, device, np.arange(6.0), np.zeros(6))


def test_new_arrays_are_where_the_arguments_are(two_devices: tuple[Device, Device]):
    @xp.jit
    def made(x):
        y = np.ones(x.shape[0], np.float32)
        for i in prange(x.shape[0]):
            y[i] += x[i]
        return y

    for device in two_devices:
        assert made(xp.arange(3, dtype=xp.float32, device=device)).device == device


def test_numbas_prange_and_its_options(device: Device):
    numba = pytest.importorskip("numba")

    @xp.jit(nopython=True, parallel=True, fastmath=True, cache=True)
    def twice(x):
        for i in numba.prange(x.shape[0]):
            x[i] *= 2

    x = xp.arange(3, dtype=xp.float32, device=device)
    twice(x)
    np.testing.assert_array_equal(xp.asnumpy(x), [0, 2, 4])
    for wrong in ({"fast": True}, {"parallel": "always"}, {"locals": {}}):
        with pytest.raises(TypeError, match=r"jit has no option|parallel is True, False or 'auto'"):
            xp.jit(**wrong)


def test_a_loop_in_a_loop_compiles_once(device: Device):
    @xp.jit
    def repeated(x, n):
        for k in range(n):
            for i in prange(x.shape[0]):
                x[i] += k * 2

    x = xp.zeros(5, dtype=xp.float32, device=device)
    repeated(x, 2)
    with xp.explain() as calls:
        repeated(x, 5)
    launches = 1 if device.type == "cpu" else 5  # the host's compiled code starts them
    assert len(calls) == launches and not any(call.compiled for call in calls)


def test_numpy_arrays_are_refused_or_transferred():
    x = np.arange(4.0)
    with pytest.raises(xp.ImplicitTransferError, match=r"'y' is a NumPy array.*xp.asarray\(y\).*transfer=True"):
        xp.jit(saxpy)(2, xp.asarray(x), x, xp.asarray(x))
    out = np.zeros(4)
    found = xp.jit(saxpy, transfer=True)(2, x, x, out) if False else xp.jit(transfer=True)(saxpy)(2, x, x, out)
    np.testing.assert_array_equal(out, 3 * x)
    assert isinstance(found, np.ndarray)


def test_what_is_told(device: Device):
    x = xp.arange(4, dtype=xp.float32, device=device)
    jitted = xp.jit(saxpy)
    text = jitted.explain(2, x, x, x.copy())
    assert re.fullmatch(r"line \d+: kernel saxpy_\d+ over 4 iteration\(s\)", text)
    (verified,) = jitted.verify(2, x, x.copy(), x.copy())
    assert verified.ok, str(verified)
    np.testing.assert_array_equal(xp.asnumpy(x), range(4))
    assert all("saxpy" in llvm for llvm in jitted.inspect_llvm().values() if llvm)


def test_prange_elsewhere_is_a_range():
    assert [*xp.prange(3)] == [0, 1, 2] and xp.prange(2, 5, 2) == range(2, 5, 2)


def test_decorators_of_others_stay(device: Device):
    """Above and below."""

    def thrice(function):
        @functools.wraps(function)
        def called(*args):
            return 3 * function(*args)

        return called

    @thrice
    @xp.jit
    def one(x):
        for i in prange(1):
            x[i] = 1
        return x

    assert float(one(xp.zeros(1, dtype=xp.float32, device=device))[0]) == 3

    @xp.jit
    @thrice
    def two(x):
        """Text
        of several lines."""
        return x + 2

    assert float(two(xp.zeros(1, dtype=xp.float32, device=device))[0]) == 6
