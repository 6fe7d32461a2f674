"""What is computed in NumPy's place, compiled or not, is what NumPy makes of it: few floats, and its scalars."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

Function = Callable[[Any, Any], Any]
ARITHMETIC: list[Function] = [operator.add, operator.sub, operator.mul, operator.truediv]
COMPARISONS: list[Function] = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
BITS: list[Function] = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
IN_PLACE: list[Function] = [operator.iadd, operator.isub, operator.imul, operator.itruediv]
FLOATS = ["float32", "float64", "complex128"]
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
VALUES = [0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 1e30, 3e-39]


def layouts(dtype: str) -> Iterator[tuple[str, np.ndarray, Callable[[Any], Any]]]:
    """Memory, and which part of it is the operand."""
    rng = np.random.default_rng(5)
    for size in (0, 1, 9, 511, 512, 513):
        values = rng.choice(VALUES[2:4], size) + rng.random(size)
        yield f"{size}", values.astype(dtype), lambda x: x
    row = np.resize(VALUES, 60).astype(dtype)
    yield "stepped", row, lambda x: x[3:50:3]
    yield "backwards", row, lambda x: x[40::-2]
    yield "matrix", row.reshape(6, 10), lambda x: x
    yield "column", row.reshape(6, 10), lambda x: x[:, 3]
    yield "part", row.reshape(6, 10), lambda x: x[1:4, 2:7]
    yield "transposed", row.reshape(6, 10), lambda x: x.T


def numbers(dtype: str) -> list[Any]:
    kinds = np.dtype(dtype).type
    return [2, -3, 0, 2.5, np.inf, kinds(1.5), True, np.float64(0.1)] + ([1 - 2j] if dtype[0] == "c" else [])


def has(device: Device, dtype: str) -> bool:
    return device.info.fp64 or dtype not in ("float64", "complex128")


def same(got: xp.Array, want: Any, dtype: str) -> None:
    """NumPy's vector loops may fuse a product and a sum of complex numbers: not of others."""
    assert got.dtype == want.dtype and got.shape == np.shape(want)
    if dtype[0] == "c":
        np.testing.assert_allclose(xp.asnumpy(got), want, rtol=1e-15, atol=1e-15)
    else:
        np.testing.assert_array_equal(xp.asnumpy(got), want)


@pytest.mark.parametrize("dtype", FLOATS)
def test_arrays_and_numbers(device: Device, dtype: str):
    if not has(device, dtype):
        return
    functions = ARITHMETIC[:3] if dtype[0] == "c" else ARITHMETIC + COMPARISONS
    with np.errstate(all="ignore"):
        for (name, memory, part), function in itertools.product(layouts(dtype), functions):
            a, x = part(memory), part(xp.asarray(memory, device=device))
            finite = dtype[0] == "c" and not np.isfinite(a).all()
            for b in ([] if finite else numbers(dtype)) + [None]:
                if type(b) is np.float64 and not device.info.fp64:
                    continue
                for turned, _ in itertools.product((False, True), range(2)):  # the second time by the plan
                    c, y = (a[::-1], x[::-1]) if b is None else (b, b)
                    if finite:
                        c, y = a * 0 + 1, x * 0 + 1
                    want, got = (function(c, a), function(y, x)) if turned else (function(a, c), function(x, y))
                    if np.isinf(np.asarray(c)).any() and dtype[0] == "c":
                        continue  # which NaN comes of it depends on the loop
                    same(got, want, dtype), name


@pytest.mark.parametrize("dtype", FLOATS)
def test_in_place(device: Device, dtype: str):
    """Also where what is read lies in the memory that is written, elsewhere."""
    if not has(device, dtype):
        return
    for function in IN_PLACE:
        for to, read in (
            (slice(1, None), slice(None, -1)),
            (slice(None, -1), slice(1, None)),
            (slice(None), slice(None)),
            (slice(None), slice(None, None, -1)),
            (slice(None, 20, 2), slice(0, 10)),
        ):
            for _ in range(2):
                memory = np.linspace(1, 2, 40).astype(dtype)
                x = xp.asarray(memory, device=device)
                part, mine = memory[to], x[to]
                function(part, memory[read])
                function(mine, x[read])
                np.testing.assert_allclose(xp.asnumpy(x), memory, rtol=1e-6 if dtype == "float32" else 1e-15)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_scalars_of_integers(device: Device, dtype: str):
    """What overflows, and shifts of more bits than there are, go round as NumPy's arrays do."""
    limits = np.iinfo(dtype)
    values = np.array([limits.min, limits.max, 0, 1, 3, limits.max // 2], dtype)
    x = xp.asarray(values, device=device)
    with np.errstate(all="ignore"):
        for function in ARITHMETIC[:3] + COMPARISONS + BITS:
            for i, j in itertools.product(range(len(values)), repeat=2):
                for _ in range(2):
                    got = function(x[i], x[j])
                    want = function(values[i : i + 1], values[j : j + 1])
                    assert got.dtype == want.dtype and xp.asnumpy(got) == want[0], (function, values[i], values[j])
                    got = function(x[i], 3)
                    want = function(values[i : i + 1], 3)
                    assert got.dtype == want.dtype and xp.asnumpy(got) == want[0], (function, values[i])


@pytest.mark.parametrize("dtype", FLOATS)
def test_scalars_of_floats(device: Device, dtype: str):
    if not has(device, dtype):
        return
    values = np.array(VALUES).astype(dtype)
    x = xp.asarray(values, device=device)
    functions = ARITHMETIC[:2] + COMPARISONS[4:] if dtype[0] == "c" else ARITHMETIC + COMPARISONS
    with np.errstate(all="ignore"):
        for function, i, _ in itertools.product(functions, range(len(values)), range(2)):
            for j in range(len(values)):
                same(function(x[i], x[j]), function(values[i : i + 1], values[j : j + 1])[0], "f")
            for number in (2, 0, -1.5, 2**60):
                same(function(x[i], number), function(values[i : i + 1], number)[0], "f")
                same(function(number, x[i]), function(number, values[i : i + 1])[0], "f")
        for one in (operator.neg, xp.sqrt) if dtype[0] == "f" else ():
            numpys = np.sqrt if one is xp.sqrt else operator.neg
            for i in range(len(values)):
                same(one(x[i]), numpys(values[i]), "f")


@pytest.mark.parametrize("dtype", FLOATS)
def test_products(device: Device, dtype: str):
    """By each layout of both, also where nothing is summed."""
    if not has(device, dtype):
        return
    rng = np.random.default_rng(3)
    memory = (rng.random((24, 24)) - 0.5).astype(dtype)
    x = xp.asarray(memory, device=device)
    for n, k, m in itertools.product((0, 1, 3, 8), (0, 1, 5, 24), (0, 2, 9)):
        lefts = [lambda a, n=n, k=k: a[:n, :k], lambda a, n=n, k=k: a.T[:n, :k], lambda a, k=k: a[2, :k]]
        rights = [lambda a, k=k, m=m: a[:k, :m], lambda a, k=k, m=m: a.T[:k, :m], lambda a, k=k: a[:k, 3]]
        for left, right, _ in itertools.product(lefts, rights, range(2)):
            got, want = left(x) @ right(x), left(memory) @ right(memory)
            assert got.shape == want.shape and got.dtype == want.dtype
            tolerance = 1e-5 if dtype == "float32" else 1e-14
            np.testing.assert_allclose(xp.asnumpy(got), want, rtol=tolerance, atol=tolerance)


def test_an_element_stays_a_value(device: Device):
    """However it has been read: what is made of it is another."""
    x = xp.asarray(np.array([3.0, 4.0, 5.0], np.float32), device=device)
    e = x[1]
    assert float((e * x)[0]) == 12
    e += e
    e *= xp.asarray(np.float32(2), device=device)
    e += 1
    assert float(e) == 17 and x.tolist() == [3, 4, 5]
    np.testing.assert_array_equal(xp.asnumpy(xp.stack([e, x[0]])), [17, 3])


def test_numpys_scalars_left_of_arrays(device: Device):
    """NumPy asks the array; also of more elements, of other dtypes, and in comparisons."""
    for dtype in ("float32", "int32", "float64") if device.info.fp64 else ("float32", "int32"):
        values = np.arange(5).astype(dtype)
        x = xp.asarray(values, device=device)
        for left, function, _ in itertools.product((np.float32(1.5), np.int32(2)), ARITHMETIC + COMPARISONS, range(2)):
            if dtype == "int32" and type(left) is np.float32 and not device.info.fp64:
                continue
            if dtype == "int32" and function is operator.truediv and not device.info.fp64:
                continue
            with np.errstate(all="ignore"):
                want, got = function(left, values), function(left, x)
            if got.dtype == want.dtype:
                np.testing.assert_array_equal(xp.asnumpy(got), want)
            else:
                np.testing.assert_allclose(xp.asnumpy(got), want, rtol=1e-6)
