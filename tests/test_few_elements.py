"""Few elements on a CPU device: every function's are NumPy's on the device's memory, none the library's."""

from __future__ import annotations

import warnings

import every_call
import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.placement.devices import as_device

#: What is computed by kernels, however little: random numbers, which are the same on all devices, and convolutions.
BY_KERNELS = ("rng.", "random.", "convolve", "correlate", "polymul")


def routes(text: str, device: xp.Device) -> list[str]:
    """The routes of a call of the language of `coverage`, and of reading what it returns."""
    scope = every_call.names(xp, device)
    with xp.explain() as calls, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = eval(text, scope)
        for part in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(part, Array):
                part.tolist()
    return [call.route for call in calls]


@pytest.mark.needs_device("opencl:cpu")
def test_every_function_of_few_elements_is_numpys():
    """A call of the library takes 30 to 3,000 µs, whatever the size; a NumPy call on the same memory takes 2 to 20."""
    place = as_device("opencl:cpu")
    with xp.device(place):
        others = {text: routes(text, place) for text in every_call.calls() if not text.startswith(BY_KERNELS)}
    assert {text: found for text, found in others.items() if not all(r.startswith("NumPy") for r in found)} == {}


def test_new_arrays_of_few_elements_can_be_written_to(device: xp.Device):
    """What NumPy has made is the device's own memory as soon as somebody writes into it, and nobody else's."""
    x = xp.asarray(np.arange(6.0).reshape(2, 3), dtype=xp.float32)
    made = [xp.zeros((2, 3)), xp.ones((2, 3)), xp.full((2, 3), 2), xp.eye(2, 3), xp.concat([x[:1], x[1:]])]
    made += [xp.tril(x), xp.sort(x), xp.take(x, [0, 1], axis=0), xp.roll(x, 1), xp.tile(x, 1), xp.repeat(x, 1, axis=0)]
    for a in made:
        expected = xp.asnumpy(a)
        a[0, 1:] += 5
        expected[0, 1:] += 5
        assert np.array_equal(xp.asnumpy(a), expected)
    assert np.array_equal(xp.asnumpy(x), np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("shape, axis", [((1000,), 0), ((7, 90), 1), ((90, 7), 0)])
def test_zeros_keep_their_signs_in_order(device: xp.Device, shape: tuple[int, ...], axis: int):
    """A stable sort keeps -0.0 and 0.0, which are equal, in the order in which they were."""
    rng = np.random.default_rng(7)
    values = rng.choice(np.asarray([-1, -0.0, 0.0, 2, np.nan], np.float32), shape)
    x = xp.asarray(values)
    for descending in (False, True):
        got = xp.asnumpy(xp.sort(x, axis=axis, descending=descending))
        order = xp.asnumpy(xp.argsort(x, axis=axis, descending=descending))
        expected = np.take_along_axis(values, order, axis)
        np.testing.assert_array_equal(got, expected)
        assert np.array_equal(np.signbit(got), np.signbit(expected))


def test_complex_numbers_of_few_elements(device: xp.Device):
    z = np.asarray([1 + 2j, -3j, 0, np.inf], np.complex64)
    x = xp.asarray(z)
    np.testing.assert_array_equal(xp.asnumpy(xp.conj(x)), np.conj(z))
    np.testing.assert_array_equal(xp.asnumpy(x[:3] * x[:3]), z[:3] * z[:3])


@pytest.mark.needs_device("opencl:cpu")
def test_a_profile_shows_numpys_work():
    x = xp.asarray([2.0, 1.0], device="opencl:cpu")
    with xp.profile() as p:
        xp.sort(x)
    (row,) = [row for row in p.rows if row.name == "sort"]
    assert row.work > 0
    assert "Work on opencl:cpu:0, by NumPy is timed by the length of each call." in str(p)


@pytest.mark.parametrize(
    "dtype, options",
    [(np.float64, {}), (np.float32, {"density": True}), (np.int32, {"range": (1, 50)}), (np.uint8, {"weights": True})],
)
def test_histograms_of_many_elements(device: xp.Device, dtype: type, options: dict):
    """On CPU devices NumPy finds the bins without a search; elsewhere they are searched for."""
    rng = np.random.default_rng(3)
    values, weights = (rng.random(40_000) * 60).astype(dtype), rng.random(40_000).astype(np.float32)
    theirs, ours = (
        {**options, "weights": w} if "weights" in options else options for w in (weights, xp.asarray(weights))
    )
    counts, edges = np.histogram(values, 37, **theirs)
    got, places = xp.histogram(xp.asarray(values), 37, **ours)
    np.testing.assert_allclose(xp.asnumpy(places), edges, rtol=1e-6)
    inexact = device.info.backend == "fake" or counts.dtype.kind == "f" or dtype is np.float32  # edges of 32 bits
    np.testing.assert_allclose(
        xp.asnumpy(got), counts, rtol=1e-5, atol=2 if inexact and counts.dtype.kind == "i" else 0
    )
    assert float(xp.sum(got)) == pytest.approx(float(counts.sum()), rel=1e-5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex64, np.int16])
@pytest.mark.parametrize("axis, keepdims", [(None, False), (0, True), (-1, False), ((0, 1), True)])
def test_deviations_of_few_elements(device: xp.Device, dtype: type, axis, keepdims: bool):
    values = np.arange(12).reshape(3, 4).astype(dtype) + 1000
    for ddof in (0, 1):
        for name in ("var", "std"):
            got = getattr(xp, name)(xp.asarray(values), axis=axis, ddof=ddof, keepdims=keepdims)
            expected = getattr(np, name)(values.astype(np.complex128), axis=axis, ddof=ddof, keepdims=keepdims)
            assert got.dtype == (np.float64 if values.dtype.kind == "i" and device.info.fp64 else
                                 np.float64 if dtype is np.float64 and device.info.fp64 else np.float32)  # fmt: skip
            np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=1e-5)


def test_truths_of_many_elements(device: xp.Device):
    values = np.ones((300, 400), bool)
    for x in (values, ~values, np.eye(300, 400, dtype=bool)):
        a = xp.asarray(x)
        assert (bool(xp.all(a)), bool(xp.any(a))) == (x.all(), x.any())
        assert np.array_equal(xp.asnumpy(xp.all(a, axis=1)), x.all(axis=1))
