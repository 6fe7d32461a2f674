"""Functions at the edges of dtypes: the least integers, infinities, exponents beyond 2**53, numbers beyond halves.

Each was wrong once on one device, or for one number of elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import UnsupportedDTypeError

COUNTS = (3, 100_000)  # NumPy's, or the library's, and a kernel's


def same(got: xp.Array, expected: Any) -> None:
    values, expected = xp.asnumpy(got), np.asarray(expected)
    np.testing.assert_array_equal(values, expected)
    if expected.dtype.kind == "f":
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(values[numbers]), np.signbit(expected[numbers]))


def has(device: xp.Device, dtype: str) -> None:
    try:
        xp.zeros(1, dtype=dtype, device=device)
    except UnsupportedDTypeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_the_least_integer_stays_what_it_is(device: xp.Device, dtype: str, count: int) -> None:
    """Minus the least one is that one, also where it is widened in the same kernel."""
    count = min(count, 1000) if device.backend == "fake" else count  # which interprets
    values = np.resize(np.array([np.iinfo(dtype).min, 5, -1], dtype), count)
    x, wide = xp.asarray(values), xp.asarray(np.arange(count))
    for function in ("negative", "abs"):
        expected = getattr(np, function)(values)
        same(getattr(xp, function)(x) + wide, expected + np.arange(count))
        same(xp.where(wide >= 0, getattr(xp, function)(x), wide), expected.astype(np.int64))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_which_exponents_are_odd(device: xp.Device, dtype: str, count: int) -> None:
    has(device, dtype)
    bases = [-3.0, -1.5, -np.inf, -0.0, -0.5]
    exponents = [1.0, 2.0, 3.0, -3.0, 2.0**24, 2.0**53 - 1, 2.0**53, 2.0**63, 2.0**64, 2.0**100, -(2.0**63), 2.0**-65]
    x, y = (
        np.resize(v.ravel(), max(count, 60)) for v in np.meshgrid(np.array(bases, dtype), np.array(exponents, dtype))
    )
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    ends = np.isinf(expected) | (expected == 0)
    same(xp.pow(xp.asarray(x), xp.asarray(y))[xp.asarray(ends)], expected[ends])


@pytest.mark.parametrize("count", (1, *COUNTS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_power_of_a_half_is_the_standards(device: xp.Device, dtype: str, count: int) -> None:
    has(device, dtype)
    values, roots = (-np.inf, -0.0, 4.0, -1.0, np.inf), (np.inf, 0.0, 2.0, np.nan, np.inf)
    x, expected = (np.resize(np.array(v, dtype), count) for v in (values, roots))
    x = xp.asarray(x)
    for exponent in (0.5, xp.asarray(0.5, dtype=dtype), xp.full_like(x, 0.5)):
        same(x**exponent, expected)


@pytest.mark.parametrize("count", COUNTS)
def test_a_number_beside_halves_is_a_half(device: xp.Device, count: int) -> None:
    has(device, "float16")
    x = xp.full(count, -60000, dtype="float16")
    same(xp.floor_divide(x, 1e10), np.full(count, -0.0, np.float16))
    same(x * 1e-9, np.full(count, -0.0, np.float16))
    same(xp.fmod(x, 1e10), np.full(count, -60000, np.float16))


@pytest.mark.parametrize("count", COUNTS)
def test_infinite_halves_have_neighbours(device: xp.Device, count: int) -> None:
    has(device, "float16")
    values = np.resize(np.array([np.inf, -np.inf, np.nan, 65504], np.float16), count)
    for to in (-1.5, np.inf, -np.inf, np.nan):
        with np.errstate(all="ignore"):
            same(xp.nextafter(xp.asarray(values), to), np.nextafter(values, np.float16(to)))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_reciprocals_of_large_complex_numbers(device: xp.Device, dtype: str) -> None:
    has(device, dtype)
    large = np.finfo(dtype).max
    for count in COUNTS:
        values = np.resize(np.array([large - 2j, large / 4 + 1j, 1e20 + 1e20j], dtype), count)
        result = xp.asnumpy(xp.reciprocal(xp.asarray(values)))
        assert np.isfinite(result).all()
        np.testing.assert_allclose(result, np.reciprocal(values), rtol=1e-5, atol=2 * np.finfo(dtype).smallest_normal)


def test_where_and_out_of_a_narrower_integer(device: xp.Device) -> None:
    x, out = xp.asarray([5, 1, 7], dtype="uint64"), xp.asarray([0, 9, 0], dtype="int16")
    same(xp.maximum(x, x, out=out, where=x > 1), np.array([5, 9, 7], np.int16))
    with pytest.raises(TypeError, match="cast"):
        xp.divide(x, x, out=out, where=x > 1)


def test_triangles_of_a_vector(device: xp.Device) -> None:
    values = np.arange(1, 6)
    same(xp.triu(xp.asarray(values), 1), np.triu(values, 1))
    same(xp.tril(xp.asarray(values)), np.tril(values))
