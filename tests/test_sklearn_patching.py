"""Patching and unpatching, and the workarounds that new versions upstream may make needless."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
from estimators import (
    CANCER,
    CANCER_X,
    DIGITS,
    KMeans,
    LogisticRegression,
    needs_sycl,
)
from sklearn.base import BaseEstimator, TransformerMixin

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries, patch_sklearn, routes, unpatch_sklearn

opencl = estimators.opencl


# -- patching -----------------------------------------------------------------------------------


def everything() -> dict[tuple[str, str], Any]:
    """All that stands in scikit-learn's modules and classes."""
    owners: list[Any] = [m for n, m in list(sys.modules.items()) if n.startswith("sklearn.") and m is not None]
    kinds = {c for m in owners for c in vars(m).values() if isinstance(c, type) and c.__module__.startswith("sklearn")}
    owners.extend(kinds)
    return {(repr(o), name): value for o in owners for name, value in vars(o).items()}


def test_patching_and_back() -> None:
    patch_sklearn()
    unpatch_sklearn()  # all modules are there now
    before = everything()
    patch_sklearn()
    patch_sklearn()
    assert sklearn.cluster.KMeans is KMeans
    KMeans(2, init=xp.asarray(DIGITS[:2])).fit(xp.asarray(DIGITS))
    changed = [key for key, value in everything().items() if before.get(key) is not value]
    assert len(changed) > 700
    unpatch_sklearn()
    unpatch_sklearn()
    after = everything()
    assert [key for key in before.keys() | after.keys() if before.get(key) is not after.get(key)] == []


def test_another_patch_is_put_back_and_left_alone(patched_after: None) -> None:
    stock = sklearn.cluster.KMeans

    class Other(stock): ...

    sklearn.cluster.KMeans = Other
    try:
        patch_sklearn()
        assert sklearn.cluster.KMeans is KMeans or libraries.missing
        unpatch_sklearn()
        assert sklearn.cluster.KMeans is Other
        patch_sklearn()
        sklearn.cluster.KMeans = stock  # somebody else's business from here on
        unpatch_sklearn()
        assert sklearn.cluster.KMeans is stock
    finally:
        sklearn.cluster.KMeans = stock


def test_classes_that_were_imported_before_take_arrays_too(patched_after: None) -> None:
    stock = libraries.stock_class(KMeans)
    patch_sklearn()
    assert type(stock(2, init=xp.asarray(DIGITS[:2])).fit(xp.asarray(DIGITS)).labels_) is xp.Array


def test_estimators_of_others_take_arrays_too(patched_after: None) -> None:
    class Before(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            self.mean_ = np.mean(X, axis=0)
            return self

        def transform(self, X: Any) -> Any:
            assert type(X) is np.ndarray
            return X - self.mean_

    patch_sklearn()

    class After(Before):
        def transform(self, X: Any) -> Any:
            return super().transform(X)

    X = xp.asarray(DIGITS, device="host")  # on a GPU they have no engine
    for kind in (Before, After):
        model = kind().fit(X)
        assert type(model.mean_) is xp.Array and type(model.transform(X)) is xp.Array


# -- workarounds: each fails once upstream no longer needs it -----------------------------------


@pytest.fixture
def patched_after() -> Iterator[None]:
    yield
    unpatch_sklearn()


@pytest.fixture
def intelex() -> Any:
    if libraries.missing:
        pytest.skip(libraries.missing)
    return pytest.importorskip("sklearnex")


def test_upstream_kmeans_does_not_ask_whether_it_can_predict(intelex: Any) -> None:
    model = KMeans(3, random_state=0).fit(DIGITS, sample_weight=DIGITS[:, 5] + 1)
    assert not hasattr(model, "_onedal_estimator")
    assert KMeans._onedal_predict_supported.__wrapped__(model, "predict", DIGITS).get_status()  # so we ask
    assert model.predict(DIGITS).shape == (len(DIGITS),)


@needs_sycl
def test_upstream_logistic_regression_takes_no_device_arrays_on_cpus(intelex: Any, opencl: Device) -> None:
    import dpnp

    X, y = (dpnp.asarray(xp.asarray(v, device=opencl).native) for v in (CANCER_X, CANCER.target))
    with (
        libraries.array_api_dispatch(),
        libraries.watch([], refuse=True),
        pytest.raises(libraries.Unsupported, match="Array API"),
    ):
        LogisticRegression().fit(X, y)  # so it gets Views


def test_upstream_liblinear_is_handed_on_without_a_report(intelex: Any) -> None:
    accelerated: list[libraries.Ran] = []
    with libraries.watch(accelerated):  # so HANDED_ON lists it
        LogisticRegression(solver="liblinear").fit(CANCER_X, CANCER.target)
    assert accelerated == [("oneDAL", "LogisticRegression.fit")]


@needs_sycl
def test_upstream_kmeans_of_device_arrays_does_not_pickle(intelex: Any, opencl: Device) -> None:
    import dpnp

    with libraries.array_api_dispatch():
        model = KMeans(3).fit(dpnp.asarray(xp.asarray(DIGITS, device=opencl).native))
    assert callable(model._onedal_estimator._input_type)  # so Portable drops it
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        pickle.dumps(model._onedal_estimator._input_type)


@needs_sycl
def test_upstream_results_on_cpus_are_in_memory_the_host_does_not_see(intelex: Any, opencl: Device) -> None:
    import dpnp

    with libraries.array_api_dispatch():
        model = KMeans(3).fit(dpnp.asarray(xp.asarray(DIGITS, device=opencl).native))
    assert model.labels_.usm_type == "device"  # so Usm.give copies
    ours = routes.Usm(opencl).give(model.labels_)
    assert opencl.runtime.host_view(ours.native) is not None


def test_upstream_scikit_learn_insists_on_the_variable_of_scipy() -> None:
    assert os.environ.get("SCIPY_ARRAY_API") is None  # so array_api_dispatch sets it
    with pytest.raises(RuntimeError, match="SCIPY_ARRAY_API"), sklearn.config_context(array_api_dispatch=True):
        pass
