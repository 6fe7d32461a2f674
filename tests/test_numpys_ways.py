"""Calls as programs written for NumPy have them, found by NumPy's and CuPy's own tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device


def same(found: Any, expected: Any) -> None:
    for f, e in zip(*(v if isinstance(v, tuple) else (v,) for v in (found, expected))):
        np.testing.assert_allclose(xp.asnumpy(f), e, rtol=1e-5)


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_transforms_of_nothing_are_of_the_zeros_it_is_filled_with(device: Device, name: str):
    """NumPy 2.4 transforms what its memory held before."""
    for shape in ((0,), (3, 0)):
        for _ in range(3):
            dirty = xp.full((64,), 7.0, xp.float32, device=device)
            del dirty
            value = getattr(xp.fft, name)(xp.zeros(shape, xp.float32, device=device), n=5)
            assert not xp.any(value) and value.shape == getattr(np.fft, name)(np.ones((*shape[:-1], 5)), n=5).shape
    assert not xp.any(xp.fft.fftn(xp.zeros((0, 3), xp.float32, device=device), s=(4, 3), axes=(0, 1)))


def test_no_axes_transform_nothing(device: Device):
    x = xp.ones((2, 2), xp.float32, device=device)
    assert xp.fft.fftn(x, axes=()) is x and xp.fft.fft2(x, axes=None).shape == (2, 2)


def test_orders_in_small_letters(device: Device):
    assert xp.zeros((2, 3), order="f", device=device).flags.f_contiguous
    assert xp.arange(6, device=device).reshape((2, 3), order="f").tolist() == [[0, 2, 4], [1, 3, 5]]
    assert xp.zeros_like(xp.zeros((2, 3), device=device), order="f").flags.f_contiguous
    assert xp.asarray([[1, 2], [3, 4]], order="f", device=device).flags.f_contiguous


def test_integers_round_without_overflow(device: Device):
    for dtype in (np.int8, np.uint8, np.int32):
        values = np.arange(0, 100, 7, dtype)
        for decimals in (-1, -2, -3, -30, 2):
            same(xp.round(xp.asarray(values, device=device), decimals), np.round(values, decimals))


def test_errors_are_numpys_kinds(device: Device):
    x = xp.arange(6.0, dtype=xp.float32, device=device)
    with pytest.raises(ValueError, match="one-dimensional"):
        xp.vander(x.reshape(2, 3))
    with pytest.raises(ValueError, match="dot: out"):
        xp.dot(x, x, out=xp.zeros((), dtype=xp.int32, device=device))
    with pytest.raises(ValueError, match="empty array"):
        xp.place(x, x > 2, [])
    with pytest.raises(ValueError, match="mode"):
        xp.put(x, [0], 1, mode="up")
    with pytest.raises(np.linalg.LinAlgError, match="empty"):
        xp.linalg.cond(xp.zeros((0, 0), dtype=xp.float32, device=device))
    with pytest.raises(TypeError, match="where is an array of bool"):
        xp.copyto(x, x, where=x)
    with pytest.raises(ValueError, match="vectors"):
        xp.correlate(x[0], x)


def test_least_squares_of_nothing(device: Device):
    for m, n, k in ((0, 3, 2), (3, 0, 2), (3, 2, 0)):
        a, b = np.zeros((m, n), np.float32), np.zeros((m, k), np.float32)
        found = xp.linalg.lstsq(xp.asarray(a, device=device), xp.asarray(b, device=device))
        expected = np.linalg.lstsq(a, b)
        assert [v.shape for v in (found.x, found.s)] == [expected[0].shape, expected[3].shape]
        assert int(found.rank) == expected[2] and found.rank.dtype == np.int32


def test_derivatives_keep_the_functions_dtype(device: Device):
    values = np.arange(12, dtype=np.float32).reshape(3, 4) ** 2
    x = xp.asarray(values, device=device)
    places = xp.asarray(np.array([0.0, 1, 3, 4], np.float32), device=device)
    assert xp.gradient(x, places, axis=1).dtype == xp.float32
    same(xp.gradient(x, places, axis=1), np.gradient(values, xp.asnumpy(places), axis=1))


def test_bins_may_be_nan(device: Device):
    x = np.array([0.5, np.nan, 4, 9], np.float32)
    for bins in ([1, 3, 5, np.nan], [np.nan, 5, 3, 1]):
        held = np.array(bins, np.float32)
        found = xp.digitize(xp.asarray(x, device=device), xp.asarray(held, device=device))
        np.testing.assert_array_equal(xp.asnumpy(found), np.digitize(x, held))


def test_what_may_be_left_out(device: Device):
    x = xp.asarray([[3, 1], [2, 0]], device=device)
    assert xp.arange(2, 5, None, device=device).tolist() == [2, 3, 4]
    assert xp.take_along_axis(x, xp.asarray([3, 0], device=device), axis=None).tolist() == [0, 3]
    with pytest.raises(ValueError, match="dimensions"):
        xp.take_along_axis(x, xp.asarray([0], device=device), axis=0)
    with pytest.raises(TypeError, match="indices are integers"):
        xp.unravel_index(xp.asarray([0.5], dtype=xp.float32, device=device), (2, 2))
    with pytest.raises(ValueError, match="two names of one parameter"):
        xp.var(x, ddof=1, correction=1)


def test_einsum_that_sums_nothing_is_a_view_of_whatever_dtype(device: Device):
    for dtype in (xp.int32, xp.bool, xp.float32):
        x = xp.ones((2, 2), dtype=dtype, device=device)
        for subscripts in ("ij->ji", "ii->i", "ij"):
            found = xp.einsum(subscripts, x, dtype=xp.float32)
            assert found.dtype == dtype == np.einsum(subscripts, xp.asnumpy(x), dtype=np.float32).dtype
            assert xp.may_share_memory(found, x)
    assert xp.einsum("ij->i", xp.ones((2, 2), dtype=xp.int32, device=device), dtype=xp.int64).dtype == np.int64
    flags = xp.asarray([[True, True], [False, False]], device=device)
    assert xp.einsum("ij->i", flags, dtype=xp.bool).tolist() == [True, False]


def test_extents_may_be_numpys_integers(device: Device):
    n, none = np.int64(2), np.uint8(0)
    for function in (xp.zeros, xp.ones, xp.empty):
        for shape in ((n, 3), (n, none), n, [n, np.int32(3)]):
            found = function(shape, xp.float32, device=device)
            assert found.shape == np.empty(shape).shape and {type(e) for e in found.shape} <= {int}
    assert (
        xp.full((n,), 1, device=device).shape == (2,) and xp.zeros_like(xp.ones(3, device=device), shape=(n,)).size == 2
    )
    huge = np.int64(2**40)
    with pytest.raises((MemoryError, ValueError)):
        xp.zeros((huge, huge), xp.float32, device=device)  # 2**80 elements, which are 0 in 64 bits


def test_a_length_of_minus_one_is_the_extent(device: Device):
    x = xp.ones((2, 3), xp.float32, device=device)
    same(xp.fft.fftn(x, s=(-1, 4)), np.fft.fftn(xp.asnumpy(x), s=(2, 4), axes=(0, 1)))


def test_edges_are_numpys_to_the_last_bit(device: Device):
    rng = np.random.default_rng(4)
    for dtype in (np.float32, *([np.float16] if device.info.fp16 else [])):
        values = (rng.random((50, 2)) * 100).astype(dtype)
        x = xp.asarray(values, device=device)
        edges = [*xp.histogramdd(x, bins=(7, 9))[1], xp.histogram_bin_edges(x, 7)]
        theirs = [*np.histogramdd(values, bins=(7, 9))[1], np.histogram_bin_edges(values, 7)]
        for found, expected in zip(edges, theirs):
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(xp.asnumpy(found), expected)
