"""What random programs have found that belongs to no other test's subject: each walks the kind of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.suite import has

FLOATS = (np.float16, np.float32, np.float64)


def floats(device: xp.Device) -> list[Any]:
    """The real dtypes that the device has."""
    return [dtype for dtype in FLOATS if has(device, dtype)]


def special(dtype: Any) -> np.ndarray:
    """Where exponents and distances end."""
    limits = np.finfo(dtype)
    values = [
        0.0,
        -0.0,
        1,
        -1,
        1.5,
        -2.5,
        limits.max,
        limits.smallest_normal,
        limits.smallest_subnormal,
        np.inf,
        np.nan,
    ]
    return np.array([*values, *(-v for v in values)], dtype)


@pytest.mark.parametrize("integer", (np.int8, np.int32, np.int64, np.uint8))
def test_ldexp_of_exponents_beyond_the_range(device: xp.Device, integer: Any) -> None:
    """Zeros stay zeros, and infinities infinities, however large the exponent; the smallest numbers become large."""
    for dtype in floats(device):
        info = np.iinfo(integer)
        exponents = np.array([0, 1, 3, 20, 40, 127, info.max, info.min], dtype=integer)
        if info.bits > 8:
            exponents = np.append(exponents, np.array([-1, -3, 280, 1500, 2090, 3000, -3000], integer))
        x, n = (a.ravel() for a in np.meshgrid(special(dtype), exponents))
        with np.errstate(all="ignore"):
            expected = np.ldexp(x, np.clip(n, -10_000, 10_000).astype(np.int32))
        got = xp.asnumpy(xp.ldexp(xp.asarray(x, device=device), xp.asarray(n, device=device)))
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, expected, f"{dtype.__name__}")


def test_spacing_from_either_zero_is_positive(device: xp.Device) -> None:
    """As NumPy's of singles and doubles; those of halves have no sign there, and here the same as all others."""
    for dtype in floats(device):
        x = special(dtype)
        with np.errstate(all="ignore"):
            expected = np.nextafter(x, np.where(x < 0, -np.inf, np.inf).astype(dtype)) - x
            if dtype != np.float16:
                np.testing.assert_array_equal(expected, np.spacing(x))
        np.testing.assert_array_equal(xp.asnumpy(xp.spacing(xp.asarray(x, device=device))), expected)


def test_vectorize_takes_a_function_without_a_module(device: xp.Device) -> None:
    """As `exec` makes them in names of its own."""
    names: dict[str, Any] = {}
    exec("def tripled(x):\n    return 3 * x", names)
    assert names["tripled"].__module__ is None
    with xp.device(device):
        assert xp.asnumpy(xp.vectorize(names["tripled"])(xp.arange(4, dtype="int32"))).tolist() == [0, 3, 6, 9]
