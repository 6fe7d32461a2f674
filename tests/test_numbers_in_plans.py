"""A number beside an array: whatever way a call takes, the answer is that of the first call, which has no plan."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.functions.elementwise import ROWS
from xpuarray.fusion.plans import plans
from xpuarray.placement.devices import Device

BINARY = [name for name, row in ROWS.items() if row.operands == 2]
WHOLE: list[Any] = [
    0,
    1,
    -1,
    3,
    127,
    255,
    300,
    -129,
    2**40,
    2**63,
    2**64,
    True,
    np.int8(3),
    np.uint64(7),
    np.bool_(True),
]
BROKEN: list[Any] = [0.0, -0.0, 0.5, -2.5, 1e300, 1e-50, np.inf, np.nan, np.float32(1.5), np.int8(3), np.bool_(True)]


def answer(function: Any, *operands: Any) -> Any:
    try:
        return function(*operands)
    except (ArithmeticError, TypeError, ValueError) as error:
        return type(error), str(error)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "uint64", "float32", "float64"])
def test_numbers_are_taken_as_at_first(dtype: str):
    x = xp.asarray(np.asarray([0, 1, -1, 5, 100, 2.5, -0.0]).astype(dtype), device="host")
    for name in BINARY:
        function = getattr(xp, name)
        for number in (*WHOLE, *BROKEN):
            for operands in ((x, number), (number, x)):
                plans.clear()
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    first, again = answer(function, *operands), answer(function, *operands)
                told = f"{name}, {number!r}, {operands[0] is x}"
                if isinstance(first, tuple):
                    assert again == first, told
                    continue
                assert first.dtype == again.dtype, told
                np.testing.assert_array_equal(xp.asnumpy(first), xp.asnumpy(again), told)


def test_a_square_is_a_product(device: Device):
    for dtype in (xp.int32, xp.float32):
        x = xp.asarray([-3, 0, 2], dtype=dtype)
        for _ in range(2):
            assert (x**2).dtype == dtype and (x**2).tolist() == [9, 0, 4]
    truths = xp.asarray([True, False])
    assert (truths**2).dtype == xp.int64 and (truths**2).tolist() == [1, 0]


def test_in_place_writes_into_the_memory_that_is_there(device: Device):
    x = xp.asarray([1, 2, 3], dtype=xp.float32)
    view, doubled = x[1:], x * 2
    for _ in range(2):
        x += xp.ones(3, dtype=xp.float32)
        x *= 2
    assert x.tolist() == [10, 14, 18] and view.tolist() == [14, 18] and doubled.tolist() == [2, 4, 6]
    x[1:] += x[:-1]
    x[1:] += x[:-1]
    assert x.tolist() == [10, 34, 56]
    for _ in range(2):
        with pytest.raises(ValueError, match="does not fit into"):
            x += xp.ones((2, 3), dtype=xp.float32)
        with pytest.raises(ValueError, match="can't be broadcast"):
            x += xp.ones(2, dtype=xp.float32)
    assert x.tolist() == [10, 34, 56]
