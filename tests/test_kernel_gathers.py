"""`x[indices]` in kernels and loops: elements that an array of indices picks, read where they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device

X = np.array([3, 1, 4, 1, 5, 9, 2, 6], np.float32)
K = np.array([[2, 0, 7, -1], [5, 5, -8, 3], [1, 6, 4, 4]], np.int32)


class _At:
    """An item of plain Python's."""

    def __init__(self, i: int):
        self.i = i

    def get_id(self, dim: int) -> int:
        return self.i


def picked(item, x, k, out):
    i = item.get_id(0)
    out[i, :] = x[k[i]]


def computed(item, x, k, out):
    i = item.get_id(0)
    out[i, :] = x[k[i] // 2 + 1] * 2 - x[k[i, ::-1]]


def reduced(item, x, k, out):
    i = item.get_id(0)
    row = k[i]
    out[i, 0] = np.sum(x[row])
    out[i, 1] = x[row].max()
    out[i, 2] = x[:4] @ x[row]
    out[i, 3] = np.dot(x[row], x[row] + 1)


def updated(item, x, k, out):
    i = item.get_id(0)
    out[i] = 1
    out[i] += x[k[i]]
    out[i, :2] += x[k[i, 1:3]]


def of_two_dimensions(item, x, k, out):
    i = item.get_id(0)
    out[i, 0] = np.sum(x[k] * k)
    out[i, 1] = x[k[:, i]].sum()


def by_masks(item, x, k, out):
    i = item.get_id(0)
    out[i, 0] = np.sum(x[x > 2]) + x[:4][k[i] > 0].sum(axis=0)
    out[i, 1] = x[np.logical_and(x > i, x <= 5)].mean() * 2
    out[i, 2] = np.max(k[i][k[i] < 4]) + (x * 2)[x == 1].prod() + x[x > 99].sum()
    out[i, 3] = k[i][k[i] % 2 == 0].argmin() + np.count_nonzero((x - 1)[x < 5]) + x[x < 1].any()


def of_indices(item, x, k, out):
    i = item.get_id(0)
    out[i, :] = x[k[0, :][k[i] // 8 + 1]]


KERNELS = (picked, computed, reduced, updated, of_two_dimensions, of_indices, by_masks)


@pytest.mark.parametrize(
    "kernel, index",
    [*zip(KERNELS, ["int32", "uint8", "int64", "int32", "uint8", "int64", "int32"])],
    ids=lambda k: getattr(k, "__name__", k),
)
def test_elements_are_numpys(kernel: Any, index: str, device: Device):
    k, expected = K.astype(index) if index != "uint8" else abs(K).astype(index) % 8, np.zeros((3, 4), np.float32)
    there = [xp.asarray(a, device=device) for a in (X, k, expected)]
    xp.call_kernel(xp.kernel(kernel), xp.Range(3), *there)
    for i in range(3):
        kernel(_At(i), X, k, expected)
    np.testing.assert_allclose(xp.asnumpy(there[2]), expected, rtol=1e-6)


def own_elements(item, x, k, out):
    x[:4] = x[k[0]]


def own_private(item, x, k, out):
    p = np.ones(4)
    p[:] = p[k[0] // 8]
    out[0, 0] = p[0]


def masked(item, x, k, out):
    out[0, :2] = x[x > 5]


def masked_twice(item, x, k, out):
    out[0, 0] = np.sum(x[x > 2] * 2)


def masked_element(item, x, k, out):
    out[0, 0] = x[x > 2][0]


def masked_copy(item, x, k, out):
    out[0, 0] = x[x > 2].copy().sum()


def masked_shape(item, x, k, out):
    out[0, 0] = np.sum(np.reshape(x[x > 5], (2, 1)))


def masked_and_kept(item, x, k, out):
    out[0, :] = np.sum(x[x > 5], axis=0, keepdims=True)


def of_a_matrix(item, x, k, out):
    out[0, 0] = np.sum(out[k[0] // 8])


@pytest.mark.parametrize(
    "kernel, why",
    [
        (own_elements, r"reads other elements of the array that it is assigned to"),
        (own_private, r"reads other elements of the array that it is assigned to"),
        *((each, r"no memory") for each in (masked, masked_twice, masked_element, masked_copy, masked_shape)),
        (masked_and_kept, r"no memory"),
        (of_a_matrix, r"no memory"),
    ],
    ids=lambda k: getattr(k, "__name__", ""),
)
def test_what_is_refused(kernel: Any, why: str):
    """By the compiler's common part."""
    there = [xp.asarray(a, device="host") for a in (X, K, np.zeros((3, 4), np.float32))]
    with pytest.raises(xp.KernelCompileError, match=why):
        xp.call_kernel(xp.kernel(kernel), xp.Range(1), *there)


def test_loops_over_rows_of_a_sparse_matrix_are_kernels(device: Device):
    @xp.jit
    def product(begins, columns, values, x):
        y = np.empty(begins.size - 1, values.dtype)
        for i in xp.prange(begins.size - 1):
            part = columns[begins[i] : begins[i + 1]]
            y[i] = values[begins[i] : begins[i + 1]] @ x[part]
        return y

    begins, columns = np.array([0, 2, 2, 5]), np.array([1, 7, 0, 3, 4])
    values = np.arange(1, 6, dtype=np.float32)
    there = [xp.asarray(a, device=device) for a in (begins, columns, values, X)]
    assert "as Python" not in product.explain(*there)
    right = [sum(values[k] * X[columns[k]] for k in range(*begins[i : i + 2])) for i in range(3)]
    assert product(*there).tolist() == right
