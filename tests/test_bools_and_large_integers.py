"""What NumPy makes of bools where a function has none of its own for them, and of integers that a dtype lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.placement.devices import Device

KEPT = ("abs", "floor", "ceil", "trunc", "fix", "rint", "round")
BYTES = ("square", "conj", "floor_divide", "remainder", "fmod", "pow", "bitwise_left_shift", "bitwise_right_shift")
REFUSED = ("sign", "positive", "negative", "subtract", "gcd", "lcm")


@pytest.mark.parametrize(("n", "route"), [(3, "auto"), (3000, "library"), (3, "kernel")])
def test_bools(device: Device, n: int, route: str) -> None:
    """They stay bools where nothing is to be done, and are bytes where NumPy computes in bytes."""
    host, other = np.arange(n) % 3 > 0, np.arange(n) % 2 > 0
    x, y = xp.asarray(host), xp.asarray(other)
    if device.parent:
        route = "auto"  # its parent has gone the others
    with xp.prefer(route):
        for name in KEPT:
            got = getattr(xp, name)(x)
            assert got.dtype == np.bool_, name
            np.testing.assert_array_equal(xp.asnumpy(got), host, name)
        for name in BYTES:
            operands = 1 if name in ("square", "conj") else 2
            with np.errstate(all="ignore"):
                expected = getattr(np, {"pow": "power"}.get(name, name))(*(host, other)[:operands])
            got = getattr(xp, name)(*(x, y)[:operands])
            assert got.dtype == expected.dtype == np.int8, name
            np.testing.assert_array_equal(xp.asnumpy(got), expected, name)
    for name in REFUSED:
        with pytest.raises(UnsupportedDTypeError, match="bool"):
            getattr(xp, name)(*(x, y)[: 2 if name in ("subtract", "gcd", "lcm") else 1])


def test_no_integers_to_a_negative_power(device: Device) -> None:
    """There is none that could not be one."""
    nothing = xp.zeros((0, 3), dtype=xp.int32)
    assert (nothing**-1).shape == xp.power(nothing, -2).shape == (0, 3)
    assert (nothing**-1).dtype == xp.int32
    with pytest.raises(ValueError, match="negative power"):
        xp.ones(1, dtype=xp.int32) ** -1


NUMBERS: list[Any] = [5, 300, -300, 2**40, 2**70, -(2**70), 5.5, True, [3, 9], (1,), [300, 1], np.int64(300)]


@pytest.mark.parametrize("dtype", ("int8", "uint64"))
def test_numbers_that_a_dtype_lacks_are_in_no_array(device: Device, dtype: str) -> None:
    """They have a place among its elements all the same; lists of numbers, too."""
    host = np.array([1, 5, 9], dtype)
    x = xp.asarray(host)
    for number in NUMBERS:
        for side in ("left", "right"):
            got = xp.searchsorted(x, number, side=side)
            np.testing.assert_array_equal(xp.asnumpy(got), np.searchsorted(host, number, side=side))
        np.testing.assert_array_equal(xp.asnumpy(xp.isin(x, number)), np.isin(host, number))
        np.testing.assert_array_equal(xp.asnumpy(xp.isin(number, x)), np.isin(number, host))
        if isinstance(number, int) and not isinstance(number, bool):
            for name in ("equal", "less", "greater_equal"):
                np.testing.assert_array_equal(xp.asnumpy(getattr(xp, name)(x, number)), getattr(np, name)(host, number))
    limited = xp.clip(x, -300, 2**70)
    np.testing.assert_array_equal(xp.asnumpy(limited), host)
    if host.itemsize == 1:  # docs/differences.md
        with pytest.raises(OverflowError, match="does not fit"):
            xp.where(x > 3, x, 300)
