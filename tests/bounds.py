"""Comparison with a reference that is more precise than what is tested, in units of the last place."""

from __future__ import annotations

from typing import Any

import numpy as np

import xpuarray as xp


def assert_same(got: xp.Array, expected: Any, signs: bool = True) -> None:
    """Shape, dtype and every bit that matters are equal: NaN is NaN, and -0 is not 0 (unless `signs` is false)."""
    expected = np.asarray(expected)
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    values = xp.asnumpy(got)
    np.testing.assert_array_equal(values, expected, strict=True)
    if signs and expected.dtype.kind == "f":
        negative = np.where(np.isnan(expected), False, np.signbit(expected))
        np.testing.assert_array_equal(np.where(np.isnan(values), False, np.signbit(values)), negative, "sign of zero")


def assert_close(
    got: xp.Array, exact: np.ndarray, dtype: Any, ulp: float, absolute: Any = 0.0, signs: bool = True
) -> None:
    """`got` has `dtype` and lies within the bound of `exact`, a reference of higher precision.

    ulp: allowed distance, in distances between neighbours of the exact value in `dtype`
    absolute: allowed beside that (a number, or one for each element)
    signs: whether -0 and 0 differ

    NaN and infinities must be where they are in the reference, once that is rounded to `dtype`.
    """
    dtype = np.dtype(dtype)
    exact = np.asarray(exact)
    assert got.dtype == dtype
    assert got.shape == exact.shape
    values = xp.asnumpy(got)
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        wide = values.astype(exact.dtype)
        allowed = ulp * spacing(rounded).astype(exact.dtype) + absolute
        # Where the exact value is out of range, or within the bound of being so, infinity is right too.
        top = np.finfo(dtype).max
        limited = np.where(np.isinf(wide), np.copysign(np.asarray(top, exact.dtype), wide), wide)
        near = np.abs(limited - exact) <= allowed
        equal = (values == rounded) | (np.isnan(values) & np.isnan(rounded))
        wrong = ~(equal | near)
        if signs:
            wrong |= (values == 0) & (rounded == 0) & (np.signbit(values) != np.signbit(rounded))
    if wrong.any():
        where = tuple(np.argwhere(wrong)[0])
        distance = abs(wide[where] - exact[where]) / spacing(rounded)[where]
        raise AssertionError(
            f"{int(wrong.sum())} of {wrong.size} values are wrong; at {tuple(map(int, where))}: {values[where]!r}, "
            f"expected {exact[where]!r} = {rounded[where]!r}; {distance:.3g} units in the last place, allowed {ulp}"
        )


def spacing(values: np.ndarray) -> np.ndarray:
    """Distance from each value to its neighbour away from zero; of infinities, that of the largest number."""
    top = np.finfo(values.dtype).max
    with np.errstate(all="ignore"):
        return np.spacing(np.minimum(np.abs(np.where(np.isnan(values), 0, values)), top), dtype=values.dtype)
