"""What the walk through all calls (tests/every_call.py) has found with `--prefer library`: also of many elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.suite import has
from xpuarray.placement.devices import Device, as_device


@pytest.mark.parametrize("route", ("auto", "library"))
def test_answers_do_not_depend_on_the_route(device: Device, route: str) -> None:
    with xp.prefer(route):
        assert xp.asnumpy(xp.take(xp.asarray([1.0, 2.0]), xp.asarray([True, False, True]))).tolist() == [2, 1, 2]
        assert xp.argsort(xp.asarray(3.0)).tolist() == [0]
        for wrong in ((), (0,), (0, 1, 2)):
            with pytest.raises(ValueError, match="are not those of 2"):
                xp.permute_dims(xp.ones((2, 3)), wrong)
        nothing = np.zeros((0, 3), np.float32)
        for name in ("rfft", "ihfft", "irfft", "hfft", "fft"):
            got, expected = getattr(xp.fft, name)(xp.asarray(nothing)), getattr(np.fft, name)(nothing)
            assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        matrix = np.eye(6, dtype=np.float32) * np.arange(6, dtype=np.float32)
        part = xp.asarray(matrix)[::2, ::2]
        if device.backend != "fake":
            assert np.allclose(xp.asnumpy(xp.linalg.eigvalsh(part)), [0, 2, 4])


@pytest.mark.parametrize("route", ("auto", "kernel"))
def test_i0_overflows_no_earlier_than_it_must(device: Device, route: str) -> None:
    """exp(x), of which NumPy makes it, does."""
    values = np.asarray([0, 7, 9, 88, 89, 91.5], np.float32)
    expected = np.i0(values.astype(np.float64))
    with xp.prefer(route):
        assert np.allclose(xp.asnumpy(xp.i0(xp.asarray(values))), expected, rtol=1e-5)
        if has(device, "float64"):
            got = xp.asnumpy(xp.i0(xp.asarray([709.0, 712.0, 713.5, -712.0, 714.5])))
            # 712 and 713.5 by SciPy's i0e, which is i0(x) * exp(-x)
            assert np.allclose(got[:4] / 1e306, [1.2315477067, 24.684110578, 110.510121, 24.684110578], rtol=1e-4)
            assert np.isinf(got[4:]).all()


@pytest.mark.needs_device("opencl:cpu")
def test_what_the_library_starts_no_kernel_for_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more than 2**31 - 1 elements, here of 90,000; where NumPy does not see the memory there is an error."""
    runtime = as_device("opencl:cpu").runtime
    x = xp.arange(100_000, dtype=xp.int32, device="opencl:cpu")

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("The kernel was compiled with -fsycl-id-queries-range=int, but the provided range exceeds")

    monkeypatch.setattr(runtime, "library_until", 90_000)
    monkeypatch.setattr(runtime.library, "roll", refuse)
    assert xp.asnumpy(xp.roll(x, 3))[:4].tolist() == [99_997, 99_998, 99_999, 0]
    monkeypatch.setattr(runtime, "host_until", 0)
    with pytest.raises(xp.KernelRangeError, match=r"roll: .* starts up to 2,147,483,647 work-items"):
        xp.roll(x, 3)


@pytest.mark.parametrize("n", (5, 100_000))
def test_few_parts_are_taken_out_and_put_in_as_they_lie(device: Device, n: int) -> None:
    """Not by an index of each element; what nothing is taken out of is a copy all the same."""
    host = np.arange(2 * n, dtype=np.int8).reshape(2, n)
    x = xp.asarray(host)
    for obj in (2, [1, 3], slice(1, 4), [], [-1], slice(None, None, 3), slice(None)):
        for axis in (None, 1):
            np.testing.assert_array_equal(xp.asnumpy(xp.delete(x, obj, axis)), np.delete(host, obj, axis))
            np.testing.assert_array_equal(xp.asnumpy(xp.insert(x, obj, 7, axis)), np.insert(host, obj, 7, axis))
    same = xp.delete(x, [], 1)
    same += 1
    np.testing.assert_array_equal(xp.asnumpy(x), host)


def test_strided_indices_are_looked_at(device: Device) -> None:
    x, i = xp.arange(6), xp.asarray([0, 9, 1, 9])[::2]
    assert x[i].tolist() == xp.take(x, i).tolist() == xp.take_along_axis(x, i, 0).tolist() == [0, 1]
    xp.put_along_axis(x, i, 7, 0)
    assert x.tolist() == [7, 7, 2, 3, 4, 5]
    with pytest.raises(IndexError):
        x[xp.asarray([0, 1, 9, 1])[::2]]
