"""Estimators stay estimators: NumPy use, cloning, pipelines, threads, moving and pickling."""

from __future__ import annotations

import copy
import os
import pickle
import threading
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
    FEW,
    MODELS,
    PCA,
    KMeans,
    LinearRegression,
    LogisticRegression,
    assert_close,
    assert_same_labels,
    descent,
    fitted,
    same_class,
    used,
)
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import libraries, patch_sklearn, unpatch_sklearn

placed, patched = estimators.placed, estimators.patched
pytestmark = pytest.mark.usefixtures("patched")


# -- NumPy users --------------------------------------------------------------------------------


def test_numpy_arrays_go_as_before() -> None:
    unpatch_sklearn()
    base = KMeans(5, random_state=0).fit(FEW)
    patch_sklearn()
    ours = KMeans(5, random_state=0).fit(FEW)
    assert vars(ours).keys() == vars(base).keys()
    for name in ("labels_", "cluster_centers_"):
        assert type(getattr(ours, name)) is np.ndarray
        np.testing.assert_array_equal(getattr(ours, name), getattr(base, name))
    np.testing.assert_array_equal(ours.predict(FEW.tolist()), base.predict(FEW))
    assert isinstance(ours, sklearn.cluster.KMeans) and ours.get_params() == base.get_params()
    loaded = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(loaded.predict(FEW), ours.labels_)


def test_a_refit_forgets_the_former_place(placed: Device) -> None:
    X = xp.asarray(FEW)
    model = PCA(3).fit(FEW)
    assert model.fit(X) is model
    assert model.components_.device is placed
    model.fit(FEW)
    assert type(model.components_) is np.ndarray and type(model.transform(FEW)) is np.ndarray


# -- being an estimator -------------------------------------------------------------------------


def test_clone_params_and_repr(placed: Device) -> None:
    X = xp.asarray(FEW)
    model = KMeans(10, init=X[:10]).set_params(max_iter=50).fit(X)
    twin = clone(model)
    assert type(twin) is KMeans and twin.max_iter == 50 and not hasattr(twin, "labels_")
    assert_same_labels(twin.fit(X).labels_, xp.asnumpy(model.labels_), placed)
    assert model.init is not twin.init and twin.init.device is placed
    assert "n_clusters=10" in repr(model) and "KMeans" in model._repr_html_()
    assert "labels_" in dir(model) and model.labels_ is model.labels_


def test_a_failed_fit_leaves_the_model_as_it_was(placed: Device) -> None:
    X = xp.asarray(FEW)
    model = KMeans(10, init=X[:10]).fit(X)
    labels = model.labels_
    with pytest.raises(ValueError, match="NaN"):
        model.fit(xp.full((20, 64), xp.nan))
    assert model.labels_ is labels


def test_fitted_attributes_can_be_set(placed: Device, request: pytest.FixtureRequest) -> None:
    X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
    model = libraries.stock_class(LinearRegression)()
    if "queue" not in request.node.name:
        before = xp.asnumpy(model.fit(X, y).predict(X))
        model.coef_ = 2 * model.coef_
        model.intercept_ = 2 * model.intercept_
        assert_close(model.predict(X), 2 * before, placed)
        assert model.coef_.device is placed
    if not libraries.missing:
        model = KMeans(3, random_state=0).fit(X)
        with pytest.raises(AttributeError, match=r"cluster_centers_ can't be set: .* import KMeans before"):
            model.cluster_centers_ = model.cluster_centers_ + 1
        model.max_iter = 7
        assert model.get_params()["max_iter"] == 7


def test_pipeline(placed: Device) -> None:
    X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
    ours = make_pipeline(PCA(8), LogisticRegression()).fit(X, y)
    numpy = make_pipeline(same_class(PCA, placed)(8), same_class(LogisticRegression, placed)())
    numpy.fit(CANCER_X, CANCER.target)
    assert_same_labels(ours.predict(X), numpy.predict(CANCER_X), placed)
    assert_close(ours.score(X, y), numpy.score(CANCER_X, CANCER.target), placed)
    assert_close(ours.predict_proba(X), numpy.predict_proba(CANCER_X), placed, descent(placed))
    assert_same_labels(clone(ours).fit(X, y).predict(X), numpy.predict(CANCER_X), placed)


@pytest.mark.parametrize("placed", [estimators.CPU], indirect=True)
def test_workers_get_native_parameters(placed: Device) -> None:
    kinds: list[type] = []

    def score(model: Any, X: Any, y: Any = None) -> float:
        kinds.append(type(pickle.loads(pickle.dumps(model)).means_init))  # as joblib does, with processes
        return 0.0

    X = xp.asarray(CANCER_X)
    cross_val_score(GaussianMixture(2, means_init=X[:2], tol=1e3), X, cv=2, scoring=score)
    assert kinds == [np.ndarray] * 2


def test_warm_start(placed: Device) -> None:
    X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
    model = LogisticRegression(warm_start=True).fit(X, y)
    first = model.n_iter_[0]
    assert model.fit(X, y).n_iter_[0] < first


@pytest.mark.filterwarnings("ignore:'Threading' parallel backend is not supported")
def test_threads_on_different_devices() -> None:
    devices = [d for d in xp.devices() if d.usable]
    expected = KMeans(3, init=FEW[:3]).fit(FEW).labels_
    found: list[np.ndarray] = []

    def work(device: Device) -> None:
        X = xp.asarray(FEW, device=device)
        found.extend(xp.asnumpy(KMeans(3, init=X[:3]).fit(X).labels_) for _ in range(3))

    threads = [threading.Thread(target=work, args=(d,)) for d in devices * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 3 * len(threads)
    for labels in found:
        np.testing.assert_array_equal(labels, expected)
    assert os.environ.get("SCIPY_ARRAY_API") is None


# -- moving and pickling ------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("way", ["pickle", "deepcopy", "to_device"])
def test_copies_predict_the_same(placed: Device, name: str, way: str) -> None:
    model = fitted(name)
    expected = xp.asnumpy(used(model, placed))
    if way == "pickle":
        twin = pickle.loads(pickle.dumps(model))
    else:
        twin = copy.deepcopy(model) if way == "deepcopy" else model.to_device(placed)
    assert twin is not model and twin.get_params() == model.get_params()
    assert_close(used(twin, placed), expected, placed)


@pytest.mark.parametrize("name", MODELS)
def test_fit_here_predict_there(placed: Device, name: str) -> None:
    model = fitted(name)
    expected = xp.asnumpy(used(model, placed))
    host = as_device("host")
    moved = model.to_device(host)
    # stock KMeans wants its input in the dtype of its centers
    assert_close(used(moved, host, None if placed.fp64 else "float32"), expected, host, None if placed.fp64 else 1e-4)
    back = moved.to_device(placed)
    assert_close(used(back, placed), expected, placed)


def test_to_device_takes_numpy_models_along(placed: Device) -> None:
    numpy = PCA(5).fit(FEW)
    moved = numpy.to_device(placed)
    assert_close(moved.transform(xp.asarray(FEW)), numpy.transform(FEW), placed)
    assert type(numpy.components_) is np.ndarray
