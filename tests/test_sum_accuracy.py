"""Sums of singles are as accurate by the device's library as by our kernel."""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device


@pytest.mark.parametrize("route", ["library", "kernel"])
def test_long_sums_of_singles(device: Device, route: str) -> None:
    n = 100_000
    values = np.random.default_rng(0).random((n, 2), dtype=np.float32) + np.float32(100)
    expected = values.sum(axis=0, dtype=np.float64)
    # Doubles leave one rounding to single.  Without them each of n additions may lose half a unit
    # in the last place of the sum so far; NumPy, adding rows one by one, comes near that.
    rounding = float(np.finfo(np.float32).eps) / 2
    bound = 2 * rounding if device.fp64 else n * rounding
    with xp.prefer(route):
        total = xp.asnumpy(xp.sum(xp.asarray(values), axis=0))
    assert total.dtype == np.float32
    np.testing.assert_allclose(total, expected, rtol=bound)


@pytest.mark.parametrize("route", ["auto", "kernel"])
def test_the_same_from_run_to_run(route: str, device: Device):
    """No partial results are added in the order in which they happen to be ready."""
    n = 200 if device.backend == "fake" else 70_000  # plain Python
    x = xp.asarray(np.random.default_rng(7).normal(size=(n // 2, 2)).astype(np.float32), device=device)
    flat = xp.reshape(x, (-1,))
    with xp.prefer(route):
        for f in (xp.sum, xp.mean, xp.var, lambda a, axis: xp.sum(a * a + 1, axis=axis)):
            for axis in (None, 0, 1):
                assert len({xp.asnumpy(f(x, axis=axis)).tobytes() for _ in range(4)}) == 1
        assert len({xp.asnumpy(xp.cumulative_sum(flat)).tobytes() for _ in range(4)}) == 1
        assert len({xp.asnumpy(xp.vecdot(flat, flat)).tobytes() for _ in range(4)}) == 1
