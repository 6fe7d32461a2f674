"""Functions of integers at the ends of their ranges, against Python's integers, which have none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def floor_divide(a: int, b: int) -> int:
    return a // b if b else 0


def remainder(a: int, b: int) -> int:
    return a % b if b else 0


def fmod(a: int, b: int) -> int:
    return int(math.copysign(1, a)) * (abs(a) % abs(b)) if b else 0


UNARY: dict[str, Callable[[int], int]] = {
    "abs": abs, "negative": lambda a: -a, "positive": lambda a: a, "square": lambda a: a * a,
    "sign": lambda a: (a > 0) - (a < 0), "bitwise_invert": lambda a: ~a, "bitwise_count": lambda a: abs(a).bit_count(),
    "floor": lambda a: a, "ceil": lambda a: a, "trunc": lambda a: a, "rint": lambda a: a,
    "logical_not": lambda a: not a,
}  # fmt: skip
BINARY: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "floor_divide": floor_divide, "remainder": remainder, "fmod": fmod,
    "gcd": math.gcd, "lcm": math.lcm, "maximum": max, "minimum": min, "fmax": max, "fmin": min,
    "bitwise_and": lambda a, b: a & b, "bitwise_or": lambda a, b: a | b, "bitwise_xor": lambda a, b: a ^ b,
    "less": lambda a, b: a < b, "less_equal": lambda a, b: a <= b, "greater": lambda a, b: a > b,
    "greater_equal": lambda a, b: a >= b, "equal": lambda a, b: a == b, "not_equal": lambda a, b: a != b,
    "logical_and": lambda a, b: bool(a and b), "logical_or": lambda a, b: bool(a or b),
    "logical_xor": lambda a, b: bool(a) != bool(b),
}  # fmt: skip
SHIFTS: dict[str, Callable[[int, int], int]] = {
    "bitwise_left_shift": lambda a, b: a << b, "bitwise_right_shift": lambda a, b: a >> b,
    "pow": lambda a, b: a**b,
}  # fmt: skip


def extremes(dtype: str) -> list[int]:
    info = np.iinfo(dtype)
    near = {
        info.min,
        info.min + 1,
        info.min // 2,
        info.max // 2 + 1,
        info.max - 1,
        info.max,
        -7,
        -2,
        -1,
        0,
        1,
        2,
        3,
        7,
        60,
    }
    return sorted(v for v in near if info.min <= v <= info.max)


def wrapped(values: list[int], dtype: np.dtype) -> list[int]:
    """The values modulo the dtype's range."""
    if dtype == np.bool_:
        return [bool(v) for v in values]
    bits, info = 8 * dtype.itemsize, np.iinfo(dtype)
    return [(v - info.min) % 2**bits + info.min for v in values]


def routes(device: Device, dtype: str) -> list[str]:
    """(Each of a library's functions is compiled for each dtype, at a tenth of a second.)"""
    if device.parent or device.backend == "host":
        return ["auto"]
    return ["auto", "kernel", "library"] if dtype == "int64" else ["auto", "kernel"]


def check(functions: dict[str, Callable[..., int]], arguments: list[list[int]], dtype: str, device: Device) -> None:
    for route in routes(device, dtype):
        with xp.prefer(route):
            arrays = [xp.asarray(a, dtype=dtype) for a in arguments]
            results = {name: getattr(xp, name)(*arrays) for name in functions}
            xp.evaluate(*results.values())  # by one kernel
        for name, got in results.items():
            values = [int(v) for v in xp.asnumpy(got)]
            expected = wrapped([functions[name](*a) for a in zip(*arguments)], got.dtype)
            wrong = [(*a, v, e) for *a, v, e in zip(*arguments, values, expected) if v != e]
            assert not wrong, (name, dtype, route, wrong[:5])


@pytest.mark.parametrize("dtype", DTYPES)
def test_of_one_operand(dtype: str, device: Device):
    check(UNARY, [extremes(dtype)], dtype, device)


@pytest.mark.parametrize("dtype", DTYPES)
def test_of_two_operands(dtype: str, device: Device):
    pairs = [(a, b) for a in extremes(dtype) for b in extremes(dtype)]
    check(BINARY, [list(part) for part in zip(*pairs)], dtype, device)


@pytest.mark.parametrize("dtype", DTYPES)
def test_of_small_second_operands(dtype: str, device: Device):
    pairs = [(a, b) for a in extremes(dtype) for b in (0, 1, 2, 7, 8, 31, 32, 63, 64, 100)]
    check(SHIFTS, [list(part) for part in zip(*pairs)], dtype, device)


REDUCTIONS: dict[str, Callable[[list[int]], int]] = {"sum": sum, "prod": math.prod, "max": max, "min": min}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str, device: Device):
    for dtype in DTYPES:
        values = extremes(dtype)
        for route in routes(device, dtype):
            with xp.prefer(route):
                got = getattr(xp, name)(xp.asarray(values, dtype=dtype))
            assert [int(got)] == wrapped([REDUCTIONS[name](values)], got.dtype), (name, dtype, route)


def test_differences_and_orders(device: Device):
    for dtype in DTYPES:
        values = extremes(dtype)
        x = xp.asarray(values[::-1], dtype=dtype)
        for route in ["auto", "kernel"] if device.backend == "fake" else ["auto"]:
            with xp.prefer(route):
                assert xp.asnumpy(xp.sort(x)).tolist() == values
                assert int(xp.argmax(x)) == 0 and int(xp.argmin(x)) == len(values) - 1
                assert xp.asnumpy(xp.cumulative_sum(x)).tolist() == np.cumsum(xp.asnumpy(x)).tolist()
                assert int(xp.clip(x, values[0], values[-1])[0]) == values[-1]
                assert int(xp.searchsorted(xp.sort(x), xp.asarray(values[-1:], dtype=dtype))[0]) == len(values) - 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_values_no_integer_has(value: float, device: Device):
    """Refused where Python's numbers become integers, as in NumPy."""
    makers: list[Callable[[], Any]] = [
        lambda: xp.asarray([1, value], dtype=xp.int32),
        lambda: xp.asarray([[value]], dtype=xp.int64),
        lambda: xp.full(3, value, dtype=xp.int32),
        lambda: xp.zeros(2, dtype=xp.int32).__setitem__(0, value),
        lambda: xp.zeros(2, dtype=xp.int32).__setitem__(slice(None), [value, 0]),
        lambda: xp.zeros(2, dtype=xp.int32).fill(value),
    ]
    for make in makers:
        with pytest.raises((ValueError, OverflowError)):
            make()
    assert xp.asnumpy(xp.asarray([1.9, -1.9], dtype=xp.int32)).tolist() == [1, -1]


def test_negative_powers(device: Device):
    """docs/differences.md: of an array's they are what is left of a fraction; a number is refused."""
    x = xp.asarray([2, -2, 1, -1, -1], dtype=xp.int32)
    for route in routes(device, "int64"):
        with xp.prefer(route):
            powers = x ** xp.asarray([-1, -2, -3, -3, -2], dtype=xp.int32)
            assert xp.asnumpy(powers).tolist() == [0, 0, 1, -1, 1]
    with pytest.raises(ValueError, match="negative power"):
        x**-1
