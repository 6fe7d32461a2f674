"""Reductions over an axis, shapes and products within expressions in kernels: one nest of loops, with NumPy's values.

Kernels compute narrow integers and bools as int64, so that is what NumPy is given here.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device

ROWS, COLUMNS = 5, 9


def nested(a, b, c):
    c[:, :] = np.sum(a * np.sum(b, axis=-1, keepdims=True), axis=0)
    c[0, :2] = np.sum(np.sum(np.sum(np.reshape(a[:4, :6], (2, 2, 3, 2)), axis=0), axis=-2), axis=0)


def slice_of_product(a, b, c):
    c[0, :] = np.sum(a[:, 1:4] @ b[:3, :], axis=0)
    c[1, :5] = np.sum(a[1:, :3] @ b[2:5, :5], axis=-2)


def kept(a, b, c):
    c[:, :] = (a * b) / (np.sum(a * b, axis=1, keepdims=True) + 1)
    c[:1, :] = b[0] + a.sum(axis=-2, keepdims=True) + np.sum(b[1], axis=0, keepdims=True)


def shapes(a, b, c):
    c[:, :] = np.reshape(np.reshape(a, (9, -1)) * 2, (5, 9))
    c[1, :] = np.reshape(b[:3, :3], -1)
    c[2:4, :] = a[:4, :].copy().reshape(2, 9, 2).sum(axis=-1)


def stretched(a, b, c):
    n, m = a.shape[0], a.shape[1]
    c[:, :] = np.sum(a.reshape(5, 1, 9) * b[:, :1].reshape(1, 5, 1), axis=1)
    c[0, :] = np.sum(np.reshape(a, (n, m, 1)) * np.reshape(b[:, :1], (n, 1, 1)), axis=-1).sum(axis=0)


def products(a, b, c):
    c[:, :] = (a[:, :5] @ a[:, :3]) @ b[:3, :]
    c[0, :2] = np.dot(a[:2, :5], np.sum(b, axis=1))
    c[1:, :] = (a[1:, :1] + b[1:, :3]) @ (b[:3, :] * a[:1, :])


def steps(a, b, c):
    c[::-1, ::2] = np.sum(a[::-1, ::-1].reshape(5, 9, 1) * b[1, :5], axis=1)


def truths(a, b, c):
    c[0, :] = np.any(a != b, axis=0)
    c[1, :5] = np.all(a != 0, axis=1)
    c[2, :] = np.count_nonzero(a, axis=0)


def extremes(a, b, c):
    c[0, :] = np.max(a, axis=0)
    c[1, :5] = b.min(axis=1)
    c[2, :] = np.argmax(a, axis=0)
    c[3, :5] = np.argmin(a + b, axis=-1)
    c[4, :] = np.max(np.min(a.reshape(5, 9, 1), axis=-1), axis=0)


def empty(a, b, c):
    n = a.shape[0] - 5
    c[:, :] = np.sum(a[:n], axis=0) + np.sum(b[:, :n], axis=1, keepdims=True) + a[:, :n] @ b[:n, :]
    c[0, 0] = np.sum(a[:n] * b[:n])
    c[2, 2] = np.prod(np.sum(a[:, :n], axis=0))
    c[:, 3] = np.sum(np.reshape(a[:n], (5, n)), axis=1)
    c[1, 0] = np.sum(np.reshape(a[:, :n], -1))
    c[:n, :] = a[:n] * 2


NESTS = nested, slice_of_product, kept, shapes, stretched, products, steps, truths, extremes, empty
DTYPES = np.float32, np.bool_, np.int8, np.complex64


def arrays(dtype: Any, device: Device) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    a, b = (rng.integers(0, 2 if dtype is np.bool_ else 5, (ROWS, COLUMNS)).astype(dtype) for _ in range(2))
    if dtype is np.complex64:
        a = a + b * np.complex64(1j)
    wide = device.fp64
    result = (np.complex128 if wide else dtype) if dtype is np.complex64 else np.float64 if wide else np.float32
    return [a, b, np.zeros((ROWS, COLUMNS), result)]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("nest", NESTS, ids=lambda nest: nest.__name__)
def test_nests_are_numpys(nest: Any, dtype: Any, device: Device):
    if nest is extremes and dtype is np.complex64:
        pytest.skip("complex numbers have no order")

    def kernel(item, a, b, c):
        nest(a, b, c)

    a, b, c = arrays(dtype, device)
    there = [xp.asarray(x, device=device) for x in (a, b, c)]
    xp.call_kernel(xp.kernel(kernel), xp.Range(1), *there)
    wide = [x.astype(np.int64) if x.dtype.kind in "iub" else x for x in (a, b)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nest(*wide, c)
    np.testing.assert_allclose(xp.asnumpy(there[2]), c, rtol=1e-5)


@pytest.mark.parametrize("nest", NESTS, ids=lambda nest: nest.__name__)
def test_the_simulator_says_the_same(nest: Any):
    def kernel(item, a, b, c):
        nest(a, b, c)

    for dtype in (np.float32, np.int8):
        there = [xp.asarray(x, device="host") for x in arrays(dtype, xp.devices("host")[0])]
        assert xp.kernel(kernel).verify(xp.Range(1), *there).differences == ()


def test_a_nest_of_many_indices_compiles_in_seconds(device: Device, monkeypatch: pytest.MonkeyPatch):
    """LLVM copies a nest for each way to make choices that don't change within it: of which many took 30 s."""
    monkeypatch.setenv("XPUARRAY_CACHE", "0")

    def convolution(item, x, w, out):
        i, n, k, channels, made = item.get_id(0), x.shape[0], w.shape[0], w.shape[2], w.shape[3]
        part = x[:, i : i + k, :k, :].copy()
        product = np.reshape(part, (n, k, k, channels, 1)) * np.reshape(w, (1, k, k, channels, made))
        out[i, :, :] = np.sum(np.sum(np.sum(product, axis=1), axis=1), axis=1)

    rng = np.random.default_rng(0)
    x, w = rng.random((4, 6, 3, 3), np.float32), rng.random((2, 2, 3, 5), np.float32)
    out = xp.zeros((5, 4, 5), dtype=xp.float32, device=device)
    there = [xp.asarray(each, device=device) for each in (x, w)]
    start = time.process_time()
    xp.call_kernel(xp.kernel(convolution), xp.Range(5), *there, out)
    assert time.process_time() - start < 12
    expected = [np.tensordot(x[:, i : i + 2, :2], w, ((1, 2, 3), (0, 1, 2))) for i in range(5)]
    np.testing.assert_allclose(xp.asnumpy(out), expected, rtol=1e-5)
