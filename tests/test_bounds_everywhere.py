"""XPUARRAY_CHECK=bounds: every kernel of a user's is checked, without a change of its source."""

from __future__ import annotations

import linecache

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


#: with i one too many for x's rows and columns, and for out
PARTS = """
x[i][0] = 1
x[i] = 1
x[i, :] = 1
x[i, ...] = 1
x[:, i] = 1
x[..., i] = 1
x[-1 - i] = 1
x[i, 1:] += 1
x[i] += x[0]
x[0] = x[i]
x[0] = x[i] * 2
row = x[i]; row[:] = 1
row = x[None, i]; row[0, 0] = 1
out[0] = x[i].max()
out[0] = np.sum(x[i])
out[0] = x[i] @ x[i]
for v in x[i]: out[0] += v
x[0] = out[k + i]
""".strip().splitlines()


@pytest.mark.parametrize("body", PARTS)
def test_parts_of_arrays(device, body):
    """A row that is outside has no elements: nothing is read or written there, and it is told."""
    source = f"def part(item, x, out, k):\n    i = 4 + item.get_id(0)\n    {body}\n"
    file = f"/kernels/{abs(hash(body))}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), scope := {"np": np})
    around = xp.zeros((6, 4), dtype=xp.float32)
    x, out, k = around[1:5], xp.zeros(4, dtype=xp.float32), xp.arange(4)
    with pytest.raises(IndexError, match=r"index (4|-5|-1) is out of bounds for axis [01]"):
        xp.call_kernel(xp.kernel(scope["part"]), xp.Range(1), x, out, k)
    assert not xp.any(around) and not xp.any(out[1:])


def test_parts_of_local_memory(device):
    @xp.kernel
    def beyond(nd, tile, out):
        row = tile[nd.get_local_id(0)]
        row[0] = 1
        out[nd.get_global_id(0)] = 1

    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0"):
        space, tile = xp.NdRange((8,), (4,)), xp.LocalAccessor((3, 2), np.float32)
        xp.call_kernel(beyond, space, tile, xp.zeros(8, dtype=xp.int32))


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
