"""XPUARRAY_CHECK=bounds: every kernel of a user's is checked, without a change of its source."""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    monkeypatch.setenv("XPUARRAY_CHECK", "bounds")


def test_one_work_item_too_many(device):
    @xp.kernel
    def double(item, x, out):
        i = item.get_id(0)
        out[i] = 2 * x[i]

    x, out = xp.arange(5, dtype=xp.float32), xp.zeros(5, dtype=xp.float32)
    told = r"kernel double: index 5 .* axis 0 of 'x', whose extent is 5 \(.*\.py, line \d+"
    with pytest.raises(IndexError, match="index 5" if device.backend == "fake" else told):
        double[xp.Range(6)](x, out)
    assert out.tolist() == [0, 2, 4, 6, 8]
    double[xp.Range(5)](x, out)


def test_options_and_device_functions(device):
    @xp.device_func
    def last(values, i):
        return values[i + 1]

    @xp.kernel(fastmath=True)
    def shift(item, x, out):
        i = item.get_global_id(0)
        out[i] = last(x, i)

    x, out = xp.arange(8, dtype=xp.int32), xp.zeros(8, dtype=xp.int32)
    with pytest.raises(IndexError, match="index 8 is out of bounds for axis 0"):
        xp.call_kernel(shift, xp.NdRange(xp.Range(8), xp.Range(4)), x, out)


def test_a_kernel_says_more_than_the_environment(monkeypatch):
    monkeypatch.delenv("XPUARRAY_CHECK")
    assert xp.kernel(lambda item: None).check is None
    assert xp.kernel(check="bounds")(lambda item: None).check == "bounds"
    monkeypatch.setenv("XPUARRAY_CHECK", "everything")
    with pytest.raises(ValueError, match=r"XPUARRAY_CHECK.*'everything'"):
        xp.kernel(lambda item: None)


def test_kernels_of_our_own_are_not_checked(device):
    """Some read a last, short row behind the extents that they are told."""
    x = xp.arange(100_003, dtype=xp.float32)
    with xp.prefer("kernel"):
        assert float(xp.sum(x * 2 + 1)) == pytest.approx(100_003**2, rel=1e-5)


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("wait", [True, False])
def test_kernels_in_numba_dpexs_words(wait):
    dpnp = pytest.importorskip("dpnp")
    from xpuarray import dpex
    from xpuarray.dpex import kernel_api

    @dpex.kernel
    def double(item, x):
        x[item.get_id(0)] *= 2

    @dpex.kernel
    def without_item(x):
        x[5] = 1

    x = dpnp.arange(5)
    for kernel, whole in ((double, kernel_api.Range(6)), (without_item, kernel_api.Range(1))):
        with pytest.raises(IndexError, match=f"kernel {kernel.__name__}: index 5 is out of bounds"):
            if wait:
                dpex.call_kernel(kernel, whole, x)
            else:
                dpex.call_kernel_async(kernel, whole, (), x)
    assert dpnp.asnumpy(x).tolist() == (2 * np.arange(5)).tolist()
