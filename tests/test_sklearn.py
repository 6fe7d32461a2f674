"""Estimators find on GPUs what the NumPy run finds; on processors test_sklearn_workflows.py has them."""

from __future__ import annotations

import estimators
import numpy as np
import pytest
import sklearn.utils
from estimators import (
    CANCER,
    CANCER_X,
    DBSCAN,
    DIABETES,
    PCA,
    KMeans,
    LinearRegression,
    LogisticRegression,
    assert_close,
    assert_same_labels,
    descent,
    digits,
    same_class,
)
from sklearn.datasets import load_digits

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries, routes

placed, patched = estimators.placed, estimators.patched
pytestmark = [pytest.mark.usefixtures("patched"), estimators.on_gpus]


# -- results ------------------------------------------------------------------------------------


def test_kmeans(placed: Device) -> None:
    data = digits(placed)
    start = data[:10]
    X = xp.asarray(data)
    ours = KMeans(10, init=X[:10], max_iter=4).fit(X)
    numpy = KMeans(10, init=start, max_iter=4).fit(data)
    assert type(numpy.labels_) is np.ndarray
    assert_same_labels(ours.labels_, numpy.labels_, placed)
    assert_same_labels(ours.predict(X[:99]), numpy.labels_[:99], placed)
    assert_same_labels(KMeans(10, init=X[:10], max_iter=4).fit_predict(X), numpy.labels_, placed)
    assert_close(ours.cluster_centers_, numpy.cluster_centers_, placed)
    assert_close(ours.transform(X), numpy.transform(data), placed)
    assert_close(KMeans(10, init=X[:10], max_iter=4).fit_transform(X), numpy.transform(data), placed)
    assert_close(ours.inertia_, numpy.inertia_, placed)
    assert_close(ours.score(X), numpy.score(data), placed)
    assert ours.n_iter_ == numpy.n_iter_ and ours.n_features_in_ == 64


@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_kmeans_starts_from_a_seed_as_the_numpy_run_does(placed: Device, init: str) -> None:
    # Some digits, of whole numbers, are as far from one digit as from another: the last bit of a sum would decide.
    noise = np.random.default_rng(0).uniform(size=digits(placed).shape)
    for dtype in ("float32", "float64") if placed.fp64 else ("float32",):
        data = (digits(placed) + noise).astype(dtype)
        ours = KMeans(10, init=init, random_state=3, n_init=2, max_iter=4).fit(xp.asarray(data))
        numpy = same_class(KMeans, placed)(10, init=init, random_state=3, n_init=2, max_iter=4).fit(data)
        assert_same_labels(ours.labels_, numpy.labels_, placed)


def test_labels_equal_those_of_stock_scikit_learn(placed: Device) -> None:
    data = digits(placed)
    X = xp.asarray(data)
    stock = libraries.stock_class(KMeans)(10, init=data[:10]).fit(data)
    assert_same_labels(KMeans(10, init=X[:10]).fit(X).labels_, stock.labels_, placed)


@pytest.mark.parametrize("whiten", [False, True])
def test_pca(placed: Device, whiten: bool) -> None:
    data = digits(placed)
    X = xp.asarray(data)
    ours, numpy = PCA(5, whiten=whiten).fit(X), PCA(5, whiten=whiten).fit(data)
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_", "noise_variance_"):
        assert_close(getattr(ours, name), getattr(numpy, name), placed)
    assert_close(xp.abs(ours.components_), np.abs(numpy.components_), placed)  # the sign is free
    scores = numpy.transform(data)
    assert_close(xp.abs(ours.transform(X)), np.abs(scores), placed)
    assert_close(xp.abs(PCA(5, whiten=whiten).fit_transform(X)), np.abs(scores), placed)
    assert_close(ours.inverse_transform(ours.transform(X)), numpy.inverse_transform(scores), placed)
    assert_close(ours.score_samples(X), numpy.score_samples(data), placed)
    assert_close(ours.get_covariance(), numpy.get_covariance(), placed)
    assert_close(ours.score(X), numpy.score(data), placed)
    assert list(ours.get_feature_names_out()) == [f"pca{k}" for k in range(5)]


@pytest.mark.filterwarnings("ignore:Function stable_cumsum is deprecated")
def test_pca_chooses_the_number_of_components(placed: Device) -> None:
    ours = PCA(0.9).fit(xp.asarray(CANCER_X))
    assert ours.n_components_ == 7 and type(ours.n_components_) is int
    assert ours.components_.shape == (7, 30)


@pytest.mark.parametrize("outputs", [1, 2])
def test_linear_regression(placed: Device, outputs: int) -> None:
    target = DIABETES.target if outputs == 1 else np.stack([DIABETES.target, DIABETES.data[:, 0]], axis=1)
    X, y = xp.asarray(DIABETES.data), xp.asarray(target)
    ours, numpy = LinearRegression().fit(X, y), LinearRegression().fit(DIABETES.data, target)
    assert_close(ours.coef_, numpy.coef_, placed)
    assert_close(ours.intercept_, numpy.intercept_, placed)
    assert_close(ours.predict(X), numpy.predict(DIABETES.data), placed)
    assert_close(ours.score(X, y), numpy.score(DIABETES.data, target), placed)


def test_logistic_regression(placed: Device) -> None:
    X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
    ours = LogisticRegression().fit(X, y)
    numpy = same_class(LogisticRegression, placed)().fit(CANCER_X, CANCER.target)
    assert_same_labels(ours.predict(X), numpy.predict(CANCER_X), placed)
    assert_same_labels(ours.classes_, np.array([0, 1]), placed)
    assert_close(ours.score(X, y), numpy.score(CANCER_X, CANCER.target), placed)
    for name in ("coef_", "intercept_"):
        assert_close(getattr(ours, name), getattr(numpy, name), placed, descent(placed))
    for name in ("predict_proba", "decision_function"):
        assert_close(getattr(ours, name)(X), getattr(numpy, name)(CANCER_X), placed, descent(placed))


def test_logistic_regression_with_ten_classes(placed: Device) -> None:
    data = digits(placed) / 16
    target = load_digits().target[: len(data)]
    X, y = xp.asarray(data), xp.asarray(target)
    ours = LogisticRegression(C=0.01).fit(X, y)
    data = data.astype(X.dtype)
    numpy = same_class(LogisticRegression, placed)(C=0.01).fit(data, target)
    assert_same_labels(ours.classes_, np.arange(10), placed)
    assert_same_labels(ours.predict(X), numpy.predict(data), placed)


def test_class_names_stay_on_the_host(placed: Device) -> None:
    names = CANCER.target_names[CANCER.target]
    X = xp.asarray(CANCER_X)
    for y in (names, names.tolist()):
        ours = LogisticRegression().fit(X, y)
        np.testing.assert_array_equal(ours.predict(X), LogisticRegression().fit(CANCER_X, names).predict(CANCER_X))
        assert type(ours.coef_) is xp.Array and ours.score(X, y) > 0.98


@pytest.mark.parametrize(("features", "eps"), [(2, 0.3), (5, 1.0)])
def test_dbscan(placed: Device, features: int, eps: float) -> None:
    generator = np.random.default_rng(1)
    data = generator.normal(size=(60, features)) * (0.2 if features == 2 else 0.4)
    data += 3 * generator.integers(0, 4, (60, 1))
    data = data.astype(xp.asarray(data).dtype)
    X = xp.asarray(data)
    ours, numpy = DBSCAN(eps).fit(X), DBSCAN(eps).fit(data)
    assert set(numpy.labels_) == {-1, 0, 1, 2, 3}
    assert_same_labels(ours.labels_, numpy.labels_, placed)
    assert_same_labels(ours.core_sample_indices_, numpy.core_sample_indices_, placed)
    assert_same_labels(DBSCAN(eps).fit_predict(X), numpy.labels_, placed)
    assert_close(ours.components_, numpy.components_, placed)
    weights = generator.random(60).astype(data.dtype)
    if not isinstance(routes.choose(placed), routes.Usm):
        weighted = DBSCAN(eps).fit(X, sample_weight=xp.asarray(weights))
        assert_same_labels(weighted.labels_, DBSCAN(eps).fit(data, sample_weight=weights).labels_, placed)


def test_views_need_not_be_contiguous(placed: Device) -> None:
    data = digits(placed)
    X = xp.asarray(np.ascontiguousarray(data.T)).T[::2, 3:60]
    expected = PCA(4).fit(np.ascontiguousarray(data[::2, 3:60]))
    assert_close(PCA(4).fit(X).explained_variance_, expected.explained_variance_, placed)


# -- data types ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64"])
def test_whole_numbers_become_the_default_float(placed: Device, dtype: str) -> None:
    data = digits(placed)
    whole = data.astype(dtype)
    X = xp.asarray(whole)
    ours = KMeans(10, init=X[:10]).fit(X)
    assert ours.cluster_centers_.dtype == (np.float64 if placed.fp64 else np.float32)
    floats = xp.asarray(whole.astype(ours.cluster_centers_.dtype))
    assert_same_labels(ours.labels_, xp.asnumpy(KMeans(10, init=floats[:10]).fit(floats).labels_), placed)


def test_half_floats_become_the_default_float(placed: Device) -> None:
    data = digits(placed)
    if placed.fp16:
        ours = PCA(3).fit(xp.asarray(data, dtype=xp.float16))
        assert ours.components_.dtype == (np.float64 if placed.fp64 else np.float32)


def test_singles_stay_singles(placed: Device) -> None:
    data = digits(placed)
    X = xp.asarray(data, dtype=xp.float32)
    assert KMeans(3, init=X[:3]).fit(X).cluster_centers_.dtype == np.float32
    assert PCA(3).fit_transform(X).dtype == np.float32


def test_whole_numbers_as_a_regression_target(placed: Device) -> None:
    y = DIABETES.target.astype(np.int32)
    ours = LinearRegression().fit(xp.asarray(DIABETES.data), xp.asarray(y))
    assert_close(ours.coef_, LinearRegression().fit(DIABETES.data, y.astype(float)).coef_, placed)


def test_complex_numbers_are_refused(placed: Device) -> None:
    X = xp.asarray(np.ones((9, 2)), dtype=xp.complex64)
    with pytest.raises(xp.UnsupportedDTypeError, match=r"KMeans.fit: an argument is complex64"):
        KMeans(2).fit(X)
    with pytest.raises(xp.UnsupportedDTypeError, match=r"shuffle: an argument is complex64"):
        sklearn.utils.shuffle(X)


def test_bad_values_are_scikit_learns_errors(placed: Device) -> None:
    data = digits(placed)
    X = np.array(data)
    X[5, 5] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        KMeans(3).fit(xp.asarray(X))
    with pytest.raises(ValueError, match=r"2D array|features"):
        PCA(2).fit(xp.asarray(data[0]))
    with pytest.raises(ValueError, match="expecting 64 features"):
        PCA(2).fit(xp.asarray(data)).transform(xp.asarray(data[:, :9]))
