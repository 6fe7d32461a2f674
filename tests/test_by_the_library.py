"""What the walk through all calls (tests/every_call.py) has found with `--prefer library`: also of many elements."""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device


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
