"""CuPy's names beyond NumPy's: kernels from functions of elements, and which module an array is of."""

from __future__ import annotations

import math

import numpy as np
import pytest

import xpuarray as xp


def test_the_module_of_an_array(device):
    x = xp.ones(3, device=device)
    assert xp.get_array_module(1, x) is xp and xp.get_array_module(np.ones(3), 2) is np and xp.get_array_module() is np


def test_elementwise_kernels(device):
    apart = xp.ElementwiseKernel("float32 x, float32 y", "float32 z", lambda x, y: (x - y) * (x - y), "apart")
    larger = xp.ElementwiseKernel("T x, T y", "T z", lambda x, y: x if x > y else y)
    with xp.device(device):
        x, y = xp.arange(6, dtype=xp.int32).reshape(2, 3), xp.asarray([1, 2, 3], xp.float32)
        z = apart(x, y)
        assert z.dtype == np.float32 and z.tolist() == [[1, 1, 1], [4, 4, 4]]
        out = xp.zeros((2, 3), xp.float32)
        assert apart(x, y, out) is out and out.tolist() == z.tolist()
        assert larger(x, 2).tolist() == [[2, 2, 2], [3, 4, 5]] and larger(x, 2).dtype == np.int32
        with pytest.raises(TypeError, match="takes x, y"):
            apart(x)
        with pytest.raises(TypeError, match="one array to write into"):
            apart(x, y, out, out)
    with pytest.raises(TypeError, match=r"lambda x, y: x, not str; C\+\+ source takes cupy\.ElementwiseKernel"):
        xp.ElementwiseKernel("T x, T y", "T z", "z = x - y")
    with pytest.raises(ValueError, match="a type and a name"):
        xp.ElementwiseKernel("raw T x", "T z", lambda x: x)
    with pytest.raises(ValueError, match="one result"):
        xp.ElementwiseKernel("T x", "T z, T w", lambda x: x)


def test_reduction_kernels(device):
    norm = xp.ReductionKernel("T x", "T y", lambda x: x * x, lambda a, b: a + b, lambda a: math.sqrt(a), 0, "norm")
    far = xp.ReductionKernel("float32 x, float32 y", "float32 z", lambda x, y: abs(x - y), lambda a, b: max(a, b))
    values = np.arange(60, dtype=np.float32).reshape(3, 4, 5) / 7
    with xp.device(device):
        x = xp.asarray(values)
        for axis in (None, 0, -1, (0, 2)):
            for keepdims in (False, True):
                found = norm(x, axis=axis, keepdims=keepdims)
                expected = np.sqrt(np.sum(values**2, axis=axis, keepdims=keepdims))
                assert found.shape == expected.shape and found.dtype == np.float32
                np.testing.assert_allclose(xp.asnumpy(found), expected, rtol=1e-5)
        np.testing.assert_allclose(xp.asnumpy(far(x, 3, axis=0)), np.abs(values - 3).max(axis=0), rtol=1e-6)
        assert norm(x[:0], axis=0).tolist() == np.zeros((4, 5)).tolist()
        out = xp.zeros((4, 5), xp.float32)
        assert norm(x, axis=0, out=out) is out
        with pytest.raises(ValueError, match="nothing to reduce"):
            far(x[:0], 1)
        with pytest.raises(TypeError, match="reduce_expr is a Python function"):
            xp.ReductionKernel("T x", "T y", lambda x: x, "a + b")


SOURCE = """
extern "C" __global__ void scale(const float* x, float* y, float factor, int n) {
    int i = blockDim.x * blockIdx.x + threadIdx.x;
    if (i < n) y[i] = x[i] * factor;
}
"""


def test_raw_kernels_are_cupys(device):
    kernel = xp.RawKernel(SOURCE, "scale")
    x = xp.arange(100, dtype=xp.float32, device=device)
    y, before = xp.zeros_like(x), xp.zeros_like(x)
    later = y + before  # reads y as it was
    if device.info.backend != "cuda":
        with pytest.raises(xp.DeviceError, match=r"CUDA C\+\+ runs on NVIDIA GPUs.*xp\.kernel"):
            kernel((1,), (128,), (x, y, np.float32(3), np.int32(100)))
        return
    kernel((1,), (128,), (x * 1, y, np.float32(3), np.int32(100)))
    assert y.tolist() == [3.0 * k for k in range(100)] and later.tolist() == [0.0] * 100
