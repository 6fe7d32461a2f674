"""What our drivers compute on GPUs is what scikit-learn computes: on a processor, on the fake device, on CUDA."""

from __future__ import annotations

from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.decomposition
import sklearn.linear_model
import sklearn.metrics
import sklearn.neighbors
import sklearn.preprocessing
from estimators import CUDA, DIABETES, assert_close, assert_same_labels, digits
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier, RandomForestRegressor

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import kmeans

placed, patched = estimators.placed, estimators.patched
pytestmark = [
    pytest.mark.usefixtures("patched"),
    pytest.mark.parametrize("placed", ["drivers", "fake", CUDA], indirect=True),
]
sk: Any = sklearn
DATA, TARGET = DIABETES.data[:200] * 20, DIABETES.target[:200] / 100
WEIGHTS = np.random.default_rng(0).random(200) + 0.1


def data(device: Device) -> tuple[np.ndarray, np.ndarray]:
    """Samples and their classes."""
    X = digits(device)[:300]
    return X, estimators.load_digits().target[: len(X)]


def stock(estimator: type) -> Any:
    return libraries.stock_class(estimator)


LINEAR = {
    "LinearRegression": lambda: sk.linear_model.LinearRegression(),
    "LinearRegression through 0": lambda: sk.linear_model.LinearRegression(fit_intercept=False),
    "Ridge": lambda: sk.linear_model.Ridge(2.0),
    "Lasso": lambda: sk.linear_model.Lasso(0.05, tol=1e-10, max_iter=5000),
    "ElasticNet": lambda: sk.linear_model.ElasticNet(0.05, l1_ratio=0.3, tol=1e-10, max_iter=5000),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", LINEAR)
def test_linear_models(placed: Device, name: str, weighted: bool) -> None:
    X, y = xp.asarray(DATA), xp.asarray(TARGET)
    ours = LINEAR[name]().fit(X, y, sample_weight=xp.asarray(WEIGHTS) if weighted else None)
    numpy = stock(type(ours))(**{k: v for k, v in ours.get_params().items() if k != "n_jobs"})
    numpy.fit(DATA, TARGET, sample_weight=WEIGHTS if weighted else None)
    bound = 1e-8 if placed.fp64 else 1e-4  # of the Gram matrix, whose condition is that of X squared
    assert_close(ours.coef_, numpy.coef_, placed, bound)
    assert_close(ours.intercept_, numpy.intercept_, placed, bound)
    assert_close(ours.predict(X), numpy.predict(DATA), placed, bound)
    assert ours.n_features_in_ == 10


def test_features_that_depend_on_each_other(placed: Device) -> None:
    dependent = np.concatenate([DATA, DATA[:, :3] @ np.ones((3, 2))], axis=1)
    ours = sk.linear_model.LinearRegression().fit(xp.asarray(dependent), xp.asarray(TARGET))
    numpy = stock(sk.linear_model.LinearRegression)().fit(dependent, TARGET)
    assert ours.rank_ == numpy.rank_ == 10
    assert_close(ours.coef_, numpy.coef_, placed, 1e-10 if placed.fp64 else 1e-4)


def test_ridge_with_a_penalty_for_each_target(placed: Device) -> None:
    two, alpha = np.stack([TARGET, DATA[:, 0]], axis=1), np.array([0.1, 10.0])
    ours = sk.linear_model.Ridge(xp.asarray(alpha)).fit(xp.asarray(DATA), xp.asarray(two))
    assert_close(ours.coef_, stock(sk.linear_model.Ridge)(alpha).fit(DATA, two).coef_, placed)
    with pytest.raises(ValueError, match="penalties do not correspond"):
        sk.linear_model.Ridge(xp.asarray(alpha)).fit(xp.asarray(DATA), xp.asarray(TARGET))


def test_truncated_svd(placed: Device) -> None:
    X, _ = data(placed)
    ours, numpy = sk.decomposition.TruncatedSVD(4), sk.decomposition.TruncatedSVD(4, algorithm="arpack", random_state=0)
    scores, expected = ours.fit_transform(xp.asarray(X)), numpy.fit_transform(X)
    bound = 1e-10 if placed.fp64 else 1e-4
    for name in ("components_", "singular_values_", "explained_variance_", "explained_variance_ratio_"):
        assert_close(getattr(ours, name), getattr(numpy, name), placed, bound)
    assert_close(scores, expected, placed, bound)
    assert_close(ours.inverse_transform(scores), numpy.inverse_transform(expected), placed, bound)
    assert_close(ours.transform(xp.asarray(X[:5])), numpy.transform(X[:5]), placed, bound)


@pytest.mark.parametrize(("samples", "features", "clusters"), [(300, 5, 7), (130, 33, 10), (128, 64, 3)])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_of_kmeans_in_one_kernel(
    placed: Device, samples: int, features: int, clusters: int, weighted: bool
) -> None:
    generator = np.random.default_rng(0)
    X, w = generator.random((samples, features), dtype=np.float32), generator.random(samples, dtype=np.float32)
    ours = xp.asarray(X)
    found = kmeans._by_kernel(ours, xp.asarray(w) if weighted else None, ours[:clusters])
    labels = ((X[:, None] - X[:clusters]) ** 2).sum(axis=2).argmin(axis=1)
    members = (labels[:, None] == np.arange(clusters)) * (w[:, None] if weighted else 1.0)
    assert_same_labels(found[0], labels, placed)
    assert_close(found[1], members.T @ X, placed, 1e-5)  # at most 300 additions in singles
    assert_close(found[2], members.sum(axis=0), placed, 1e-5)


# -- neighbours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("neighbors", [1, 6])
def test_nearest_neighbors(placed: Device, neighbors: int) -> None:
    X, _ = data(placed)
    near = (X[:40] + np.random.default_rng(1).random((40, 64))).astype(np.float32)  # no two are equally near
    ours = sk.neighbors.NearestNeighbors(n_neighbors=neighbors).fit(xp.asarray(X))
    numpy = stock(sk.neighbors.NearestNeighbors)(n_neighbors=neighbors, algorithm="brute").fit(X)
    distances, places = ours.kneighbors(xp.asarray(near))
    expected, expected_places = numpy.kneighbors(near)
    assert_close(distances, expected, placed, 1e-8 if placed.fp64 else 1e-4)
    assert_same_labels(places, expected_places, placed)
    assert_close(ours.kneighbors()[0], numpy.kneighbors()[0], placed)
    assert_same_labels(ours.kneighbors(xp.asarray(near), return_distance=False), expected_places, placed)
    with pytest.raises(ValueError, match="n_neighbors <= n_samples_fit"):
        ours.kneighbors(xp.asarray(near), 1 + len(X))


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_voting_neighbors(placed: Device, weights: str) -> None:
    X, y = data(placed)
    train, test = slice(0, None, 2), slice(1, None, 2)
    kind = sk.neighbors.KNeighborsClassifier
    ours = kind(weights=weights).fit(xp.asarray(X[train]), xp.asarray(y[train]))
    numpy = stock(kind)(weights=weights, algorithm="brute").fit(X[train], y[train])
    assert_same_labels(ours.predict(xp.asarray(X[test])), numpy.predict(X[test]), placed)
    assert_close(ours.predict_proba(xp.asarray(X)), numpy.predict_proba(X), placed)
    assert_close(ours.score(xp.asarray(X), xp.asarray(y)), numpy.score(X, y), placed)
    kind, values = sk.neighbors.KNeighborsRegressor, X[:, 20:22].copy()
    ours = kind(weights=weights).fit(xp.asarray(X[train]), xp.asarray(values[train]))
    numpy = stock(kind)(weights=weights, algorithm="brute").fit(X[train], values[train])
    assert_close(ours.predict(xp.asarray(X[test])), numpy.predict(X[test]), placed)


def test_names_as_classes_of_neighbors(placed: Device) -> None:
    X, y = data(placed)
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])[y]
    model = sk.neighbors.KNeighborsClassifier(1).fit(xp.asarray(X), names)
    np.testing.assert_array_equal(model.predict(xp.asarray(X)), names)


def test_scalers(placed: Device) -> None:
    for kind in (sk.preprocessing.StandardScaler, sk.preprocessing.MinMaxScaler, sk.preprocessing.MaxAbsScaler):
        ours, numpy = kind(), kind()
        scaled = ours.fit_transform(xp.asarray(DATA))
        assert_close(scaled, numpy.fit_transform(DATA), placed)
        assert_close(ours.scale_, numpy.scale_, placed)
        assert_close(ours.inverse_transform(scaled), DATA, placed)


# -- forests and metrics ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier])
def test_a_forest_predicts_where_it_is_moved(placed: Device, kind: Any) -> None:
    X, y = data(placed)
    numpy = kind(7, random_state=0).fit(X / 7, y)
    ours = numpy.to_device(placed)
    sample = xp.asarray(X / 7)
    if kind is RandomForestRegressor:
        assert_close(ours.predict(sample), numpy.predict(X / 7), placed)
    else:
        assert_same_labels(ours.predict(sample), numpy.predict(X / 7), placed)
        assert_close(ours.predict_proba(sample), numpy.predict_proba(X / 7), placed)
    with pytest.raises(xp.FallbackError, match="trees are grown on the host"):
        kind().fit(sample, xp.asarray(y))


def test_roc_auc_score(placed: Device) -> None:
    X, y = data(placed)
    second, scores = (y > 4).astype(int), X[:, 20] + X[:, 30]  # many are equal
    weights = WEIGHTS[: len(y)] if len(y) < 200 else np.resize(WEIGHTS, len(y))
    for w in (None, weights):
        ours = sk.metrics.roc_auc_score(
            xp.asarray(second), xp.asarray(scores), sample_weight=None if w is None else xp.asarray(w)
        )
        assert_close(ours, sk.metrics.roc_auc_score(second, scores, sample_weight=w), placed, 1e-6)


def test_silhouette(placed: Device) -> None:
    X, y = data(placed)
    ours, labels = xp.asarray(X), xp.asarray(y)
    assert_close(sk.metrics.silhouette_samples(ours, labels), sk.metrics.silhouette_samples(X, y), placed)
    assert_close(sk.metrics.silhouette_score(ours, labels), sk.metrics.silhouette_score(X, y), placed)
    some = sk.metrics.silhouette_score(ours, labels, sample_size=50, random_state=0)
    assert_close(some, sk.metrics.silhouette_score(X, y, sample_size=50, random_state=0), placed)
    with pytest.raises(ValueError, match="Number of labels is 1"):
        sk.metrics.silhouette_score(ours, xp.zeros_like(labels))


# -- what they don't compute, and what the next engine does ---------------------------------------

LACKS = {
    "KMeans init": lambda X, y: sk.cluster.KMeans(3, init=lambda X, k, random_state: X[:k]).fit(X),
    "LinearRegression positive": lambda X, y: sk.linear_model.LinearRegression(positive=True).fit(X, y),
    "NearestNeighbors metric": lambda X, y: sk.neighbors.NearestNeighbors(metric="manhattan").fit(X),
    "NearestNeighbors radius": lambda X, y: sk.neighbors.NearestNeighbors().fit(X).radius_neighbors(X),
    "DBSCAN algorithm": lambda X, y: sk.cluster.DBSCAN(algorithm="kd_tree").fit(X),
    "MultiTaskLasso": lambda X, y: sk.linear_model.MultiTaskLasso().fit(X, xp.stack([y, y], axis=1)),
}


@pytest.mark.parametrize("case", LACKS)
def test_what_they_lack_is_an_error_that_names_it(placed: Device, case: str) -> None:
    name, _, reason = case.partition(" ")
    with pytest.raises(xp.FallbackError, match=rf"{name} has no implementation on {placed}: .*{reason}"):
        LACKS[case](xp.asarray(DATA), xp.asarray(TARGET))


def test_models_of_drivers_predict_on_the_host(placed: Device) -> None:
    X, y, host = xp.asarray(DATA), xp.asarray(TARGET), as_device("host")
    for model in (
        sk.neighbors.KNeighborsRegressor(3).fit(X, y),
        sk.linear_model.Lasso(0.05).fit(X, y),
        sk.linear_model.Ridge().fit(X, y),
    ):
        there = model.to_device(host).predict(X.to_device(host))
        assert_close(there, xp.asnumpy(model.predict(X)), host, None if placed.fp64 else 1e-4)
