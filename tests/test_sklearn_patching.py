"""Patching and unpatching, and the workarounds that new versions upstream may make needless."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Any

import estimators
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
from estimators import (
    CANCER,
    CANCER_X,
    DIGITS,
    needs_sycl,
)

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import (
    DBSCAN,
    PCA,
    KMeans,
    LogisticRegression,
    libraries,
    patch_sklearn,
    unpatch_sklearn,
)

opencl = estimators.opencl


# -- patching -----------------------------------------------------------------------------------


@pytest.fixture
def patched_after() -> Iterator[None]:
    yield
    unpatch_sklearn()
    assert sklearn.cluster.KMeans is libraries.stock_class(KMeans)


def test_patching_and_back(patched_after: None) -> None:
    stock = sklearn.cluster.KMeans, sklearn.decomposition.PCA
    assert KMeans not in stock
    patch_sklearn()
    patch_sklearn()
    assert (sklearn.cluster.KMeans, sklearn.decomposition.PCA) == (KMeans, PCA)
    unpatch_sklearn("PCA")
    assert (sklearn.cluster.KMeans, sklearn.decomposition.PCA) == (KMeans, stock[1])
    unpatch_sklearn()
    unpatch_sklearn()
    assert (sklearn.cluster.KMeans, sklearn.decomposition.PCA) == stock


def test_patching_some_names(patched_after: None) -> None:
    patch_sklearn(["KMeans"])
    assert sklearn.cluster.KMeans is KMeans and sklearn.cluster.DBSCAN is not DBSCAN
    for bad in ("kmeans", ["KMeans", "SVC"]):
        with pytest.raises(ValueError, match=r"no estimator '.*' takes xpuarray arrays; these do: DBSCAN, KMeans"):
            patch_sklearn(bad)


def test_another_patch_is_put_back(patched_after: None) -> None:
    stock = sklearn.cluster.KMeans

    class Other(stock): ...

    sklearn.cluster.KMeans = Other
    try:
        patch_sklearn()
        assert sklearn.cluster.KMeans is KMeans
        unpatch_sklearn()
        assert sklearn.cluster.KMeans is Other
        patch_sklearn()
        sklearn.cluster.KMeans = stock  # somebody else's business from here on
        unpatch_sklearn()
        assert sklearn.cluster.KMeans is stock
    finally:
        sklearn.cluster.KMeans = stock


# -- workarounds: each fails once upstream no longer needs it -----------------------------------


@pytest.fixture
def intelex() -> Any:
    if libraries.missing:
        pytest.skip(libraries.missing)
    return pytest.importorskip("sklearnex")


def test_upstream_kmeans_can_not_predict_after_its_own_fallback(intelex: Any) -> None:
    model = KMeans._base(3, random_state=0).fit(DIGITS, sample_weight=DIGITS[:, 5] + 1)
    with pytest.raises(AttributeError, match="_onedal_estimator"):  # so Copies takes stock scikit-learn
        model.predict(DIGITS)


@needs_sycl
def test_upstream_logistic_regression_takes_no_device_arrays_on_cpus(intelex: Any, opencl: Device) -> None:
    import dpnp

    X, y = (dpnp.asarray(xp.asarray(v, device=opencl).native) for v in (CANCER_X, CANCER.target))
    with libraries.array_api_dispatch(), libraries.watch(), pytest.raises(libraries.Unsupported, match="Array API"):
        LogisticRegression._base().fit(X, y)  # so it gets Views


def test_upstream_liblinear_is_handed_on_without_a_report(intelex: Any) -> None:
    with libraries.watch() as accelerated:  # so _HANDED_ON lists it
        LogisticRegression._base(solver="liblinear").fit(CANCER_X, CANCER.target)
    assert accelerated == ["sklearn.linear_model.LogisticRegression.fit"]


@needs_sycl
def test_upstream_kmeans_of_device_arrays_does_not_pickle(intelex: Any, opencl: Device) -> None:
    import dpnp

    with libraries.array_api_dispatch():
        model = KMeans._base(3).fit(dpnp.asarray(xp.asarray(DIGITS, device=opencl).native))
    assert callable(model._onedal_estimator._input_type)  # so Portable drops it
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        pickle.dumps(model._onedal_estimator._input_type)


@needs_sycl
def test_upstream_results_on_cpus_are_in_memory_the_host_does_not_see(intelex: Any, opencl: Device) -> None:
    import dpnp

    with libraries.array_api_dispatch():
        model = KMeans._base(3).fit(dpnp.asarray(xp.asarray(DIGITS, device=opencl).native))
    assert model.labels_.usm_type == "device"  # so Usm.give copies
    ours = KMeans(3).fit(xp.asarray(DIGITS, device=opencl)).labels_
    assert opencl.runtime.host_view(ours.native) is not None


def test_upstream_scikit_learn_insists_on_the_variable_of_scipy() -> None:
    assert os.environ.get("SCIPY_ARRAY_API") is None  # so array_api_dispatch sets it
    with pytest.raises(RuntimeError, match="SCIPY_ARRAY_API"), sklearn.config_context(array_api_dispatch=True):
        pass
