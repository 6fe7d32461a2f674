"""What the tests of the estimators share: data, fixtures, and what `the same as the NumPy run` means."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import edge, libraries, patch_sklearn, routes, unpatch_sklearn

patch_sklearn()
# The fastest classes there are; scikit-learn is patched in each test alone that takes the fixture `patched`.
from sklearn.cluster import DBSCAN, KMeans  # noqa: E402, F401
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402

unpatch_sklearn()

DIGITS = load_digits().data
FEW = DIGITS[:60]  # as many as a device that interprets its kernels computes quickly
DIABETES = load_diabetes()
CANCER = load_breast_cancer()
CANCER_X = (CANCER.data - CANCER.data.mean(axis=0)) / CANCER.data.std(axis=0)

needs_sycl = pytest.mark.needs_device("opencl:cpu")


@contextlib.contextmanager
def allowed() -> Iterator[None]:
    """A GPU may have scikit-learn run on the host."""
    with xp.allow_fallback(), warnings.catch_warnings():
        warnings.simplefilter("ignore", xp.FallbackWarning)
        yield


#: A processor; a GPU that oneDAL computes on, in whose place is opencl:cpu, by its queue; and what our drivers compute
#: on: the same processor, the fake device, CUDA.
CPU = next((str(d) for d in xp.devices() if d.usable and str(d).startswith("opencl:cpu")), "host")
CUDA = pytest.param("cuda", marks=pytest.mark.needs_device("cuda:gpu"))
PLACES = [CPU, pytest.param("queue", marks=needs_sycl), "drivers", "fake", CUDA]


@pytest.fixture(params=PLACES)
def placed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """Where arrays are made, and estimators may run."""
    place = request.param
    if place == "queue" and libraries.missing:
        pytest.skip(libraries.missing)
    device = as_device({"queue": "opencl:cpu", "drivers": CPU}.get(place, place))
    if place == "queue":
        on_queue(monkeypatch)
    if place == "drivers":
        by_drivers(monkeypatch)
    with xp.device(device), allowed() if place == "queue" else contextlib.nullcontext():
        yield device


#: The same where other things compute than in the workflows.
on_gpus = pytest.mark.parametrize("placed", PLACES[1:], indirect=True)


def on_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """SYCL devices are GPUs, as far as scikit-learn is concerned, and oneDAL is all there is."""

    def chosen(device: Device) -> tuple[routes.Route, ...]:
        return (routes.Usm(device),) if hasattr(device.runtime, "sycl_queue") else choices(device)

    choices = routes.choices
    for place in (edge, routes):
        monkeypatch.setattr(place, "choices", chosen)


def by_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our drivers compute on every device, and what they lack has no engine."""
    for place in (edge, routes):
        monkeypatch.setattr(place, "choices", lambda device: (routes.Own(device),))


@pytest.fixture
def patched() -> Iterator[None]:
    patch_sklearn()
    yield
    unpatch_sklearn()


@pytest.fixture
def opencl() -> Device:
    return as_device("opencl:cpu")


def assert_close(found: Any, expected: Any, device: Device, relative: float | None = None) -> None:
    """`found` is on `device`, and its largest error is within the bound, relative to the largest expected value.

    With doubles the NumPy run does the same sums in another order: 1e-12 allows for 2,000 additions and the
    condition of the data.  The fake device computes in singles: 2**-24 times the same gives 1e-4.
    """
    expected = np.asarray(expected)
    if expected.ndim:
        assert type(found) is xp.Array and found.device is device
        assert found.shape == expected.shape
        found = xp.asnumpy(found)
    allowed = relative or (1e-12 if device.fp64 else 1e-4)
    assert np.max(np.abs(found - expected), initial=0) <= allowed * np.max(np.abs(expected), initial=0)


def assert_same_labels(found: Any, expected: np.ndarray, device: Device) -> None:
    assert type(found) is xp.Array and found.device is device and found.dtype.kind == "i"
    np.testing.assert_array_equal(xp.asnumpy(found), expected)


def same_class(estimator: Any, device: Device) -> Any:
    """The class that decides as what works for `estimator` on `device`, where that is up to ties and stopping rules."""
    ours = isinstance(routes.choose(device), routes.Own)
    return libraries.stock_class(estimator) if ours else estimator


def digits(device: Device) -> np.ndarray:
    """As many as the device computes quickly."""
    return FEW if device.backend == "fake" else DIGITS


def descent(device: Device) -> float | None:
    """In singles the descent stops elsewhere, with a gradient below tol=1e-4; the Hessian is at least 1/n = 1/569."""
    return None if device.fp64 else 1e-4 * 569


MODELS: dict[str, Any] = {
    "KMeans": KMeans(4, random_state=0, max_iter=5),
    "PCA": PCA(5),
    "PCA whitened": PCA(5, whiten=True),
    "LinearRegression": LinearRegression(),
    "LogisticRegression": LogisticRegression(),
}


def fitted(name: str) -> Any:
    return clone(MODELS[name]).fit(xp.asarray(CANCER_X), xp.asarray(CANCER.target))


def used(model: Any, device: Device, dtype: str | None = None) -> xp.Array:
    X = xp.asarray(CANCER_X, dtype=dtype, device=device)
    return model.transform(X) if isinstance(model, PCA) else model.predict(X)
