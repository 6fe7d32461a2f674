"""Everyday workflows on arrays of every device find what plain scikit-learn finds on NumPy arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from estimators import CANCER, CANCER_X, needs_sycl
from workflows import WORKFLOWS

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import patch_sklearn, unpatch_sklearn

X, Y = CANCER_X[:300, :12], CANCER.target[:300]
T = CANCER.data[:300, 20] * 10  # quantities: another measure of the same tumours


@pytest.fixture(scope="module", autouse=True)
def patched() -> Iterator[None]:
    patch_sklearn()
    yield
    unpatch_sklearn()


_plain: dict[str, Any] = {}


def plain(name: str) -> Any:
    """What scikit-learn finds that nobody has patched."""
    if name not in _plain:
        unpatch_sklearn()
        try:
            _plain[name] = WORKFLOWS[name](X, Y, T, np.asarray)
        finally:
            patch_sklearn()
    return _plain[name]


def assert_same(found: Any, expected: Any, device: Device, where: str = "") -> None:
    """To five digits: that far iterations go that stop by a tolerance."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_same(found[key], expected[key], device, f"{where}[{key!r}]")
    elif isinstance(expected, (list, tuple)):
        assert type(found) is type(expected) and len(found) == len(expected)
        for k, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, device, f"{where}[{k}]")
    elif isinstance(expected, np.ndarray) and expected.dtype == object:
        assert_same(list(found), list(expected), device, where)
    elif isinstance(expected, np.ndarray) and expected.dtype.kind in "biuf":
        assert type(found) is xp.Array and found.device is device, (where, type(found))
        bound = 1e-5 * np.abs(expected[np.isfinite(expected)]).max(initial=0)
        np.testing.assert_allclose(xp.asnumpy(found), expected, rtol=1e-5, atol=max(bound, 1e-12), err_msg=where)
    elif isinstance(expected, (float, np.floating)):
        assert float(found) == pytest.approx(float(expected), rel=1e-5), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("place", ["host", pytest.param("opencl:cpu", marks=needs_sycl)])
@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow(place: str, name: str) -> None:
    device = as_device(place)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = plain(name)
        warnings.simplefilter("error", xp.FallbackWarning)
        with xp.device(device):
            found = WORKFLOWS[name](xp.asarray(X), xp.asarray(Y), xp.asarray(T), xp.asarray)
    assert_same(found, expected, device)
