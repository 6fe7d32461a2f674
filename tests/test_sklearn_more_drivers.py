"""Mixtures, clusters of batches and areas of several classes: on devices what scikit-learn finds."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.cluster
import sklearn.metrics
import sklearn.mixture
from estimators import CUDA, assert_close, assert_same_labels
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import patch_sklearn, unpatch_sklearn

placed, patched = estimators.placed, estimators.patched
pytestmark = [
    pytest.mark.usefixtures("patched"),
    pytest.mark.parametrize("placed", ["drivers", "fake", CUDA], indirect=True),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
sk: Any = sklearn
# Few: the fake device interprets its kernels.
IRIS, DIGITS = load_iris().data[::3], load_digits().data[:150, 18:26]
START = {
    "means_init": IRIS[[0, 20, 40]],
    "weights_init": np.array([0.2, 0.3, 0.5]),
    "precisions_init": np.array([np.eye(4)] * 3),
}


@functools.cache
def plain(path: str, data: str, **given: Any) -> Any:
    """A fit of scikit-learn's own, whose parts nobody has patched."""
    unpatch_sklearn()
    try:
        module, _, name = path.partition(".")
        more = START if given.pop("start", False) else {}
        return getattr(getattr(sk, module), name)(**given, **more).fit({"IRIS": IRIS, "DIGITS": DIGITS}[data])
    finally:
        patch_sklearn()


def placed_start() -> dict[str, Any]:
    return {name: xp.asarray(value) for name, value in START.items()}


# -- mixtures -----------------------------------------------------------------------------------

MIXTURES: list[dict[str, Any]] = [
    {},
    {"n_init": 2, "max_iter": 3, "init_params": "k-means++", "reg_covar": 0.1},
    {"covariance_type": "tied", "init_params": "random_from_data"},
    {"covariance_type": "diag", "init_params": "random"},
    {"covariance_type": "spherical", "max_iter": 3},
    {"start": True},
    {"max_iter": 0},
]


@pytest.mark.parametrize("how", MIXTURES, ids=str)
def test_gaussian_mixture(placed: Device, how: dict[str, Any]) -> None:
    given = {"n_components": 3, "random_state": 1, **how}
    numpy, X = plain("mixture.GaussianMixture", "IRIS", **given), xp.asarray(IRIS)
    more = placed_start() if given.pop("start", False) else {}
    ours = sk.mixture.GaussianMixture(**given, **more).fit(X)
    bound = 1e-10 if placed.fp64 else 2e-3  # of variances of 0.01 about means of 6, in singles
    assert (ours.n_iter_, ours.converged_) == (numpy.n_iter_, numpy.converged_)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert_close(getattr(ours, name), getattr(numpy, name), placed, bound)
    for name in ("score_samples", "predict_proba"):
        assert_close(getattr(ours, name)(X), getattr(numpy, name)(IRIS), placed, bound)
    for name in ("bic", "aic", "score"):
        assert_close(getattr(ours, name)(X), getattr(numpy, name)(IRIS), placed, bound)
    np.testing.assert_allclose(ours.lower_bounds_, numpy.lower_bounds_, rtol=bound)
    assert_same_labels(ours.predict(X), numpy.predict(IRIS), placed)
    drawn, components = ours.sample(4)
    assert_close(drawn, numpy.sample(4)[0], placed, bound)
    assert_same_labels(components, numpy.sample(4)[1], placed)


def test_mixtures_go_on_pickle_and_move(placed: Device) -> None:
    X, kind = xp.asarray(IRIS), sk.mixture.GaussianMixture
    ours = kind(2, random_state=0, warm_start=True, max_iter=2, tol=0)
    for _ in range(3):
        with pytest.warns(ConvergenceWarning):
            ours.fit(X)
    whole = kind(2, random_state=0, max_iter=6, tol=0).fit(X)
    assert_close(ours.means_, xp.asnumpy(whole.means_), placed, 1e-12 if placed.fp64 else 1e-4)
    again = pickle.loads(pickle.dumps(ours))
    assert_close(again.predict_proba(X), xp.asnumpy(ours.predict_proba(X)), placed)
    host = ours.to_device("host")
    assert_same_labels(host.predict(xp.asarray(IRIS, device="host")), xp.asnumpy(ours.predict(X)), host.means_.device)


def test_mixtures_refuse_what_scikit_learn_refuses(placed: Device) -> None:
    X, kind = xp.asarray(IRIS), sk.mixture.GaussianMixture
    with pytest.raises(ValueError, match=r"shape of \(3, 4\), but got \(2, 4\)"):
        kind(3, means_init=X[:2]).fit(X)
    with pytest.raises(ValueError, match=r"n_samples >= n_components"):
        kind(200).fit(X)
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        kind(2, reg_covar=0.0).fit(xp.ones((50, 2)))
    with pytest.raises(ValueError, match="'covariance_type' parameter"):
        kind(2, covariance_type="round").fit(X)


# -- clusters of batches ------------------------------------------------------------------------

BATCHES: list[dict[str, Any]] = [
    {"n_clusters": 10, "max_iter": 10},
    {"n_clusters": 10, "init": "random", "max_no_improvement": None, "max_iter": 2, "batch_size": 50},
    {"n_clusters": 20, "batch_size": 40, "reassignment_ratio": 0.1, "tol": 1e-3, "init_size": 60, "max_iter": 2},
    {"n_clusters": 5, "compute_labels": False, "max_iter": 5},
]


@pytest.mark.parametrize("how", BATCHES, ids=str)
def test_mini_batch_kmeans(placed: Device, how: dict[str, Any]) -> None:
    given = {"random_state": 3, "n_init": 2, **how}
    numpy, X = plain("cluster.MiniBatchKMeans", "DIGITS", **given), xp.asarray(DIGITS)
    ours = sk.cluster.MiniBatchKMeans(**given).fit(X)
    assert (ours.n_steps_, ours.n_iter_) == (numpy.n_steps_, numpy.n_iter_)
    assert_close(ours.cluster_centers_, numpy.cluster_centers_, placed, 1e-12 if placed.fp64 else 1e-5)
    assert_close(ours.inertia_, numpy.inertia_, placed, 1e-12 if placed.fp64 else 1e-5)
    assert hasattr(ours, "labels_") == hasattr(numpy, "labels_")
    assert_same_labels(ours.predict(X), numpy.predict(DIGITS), placed)
    assert_close(ours.transform(X), numpy.transform(DIGITS), placed)
    assert_close(ours.score(X), numpy.score(DIGITS), placed)


@pytest.mark.parametrize("weighted", [False, True])
def test_batches_that_are_given(placed: Device, weighted: bool) -> None:
    kind, weights = sk.cluster.MiniBatchKMeans, np.random.default_rng(0).random(len(DIGITS)) + 0.1
    ours, numpy = kind(8, random_state=0, n_init=1), kind(8, random_state=0, n_init=1)
    for first in range(0, 150, 50):
        rows = slice(first, first + 50)
        numpy.partial_fit(DIGITS[rows], sample_weight=weights[rows] if weighted else None)
        ours.partial_fit(xp.asarray(DIGITS[rows]), sample_weight=xp.asarray(weights[rows]) if weighted else None)
    assert_close(ours.cluster_centers_, numpy.cluster_centers_, placed, 1e-12 if placed.fp64 else 1e-5)
    assert_same_labels(ours.labels_, numpy.labels_, placed)
    there = ours.to_device("host")  # and from there on
    there.partial_fit(xp.asarray(DIGITS[:50], dtype=ours.cluster_centers_.dtype, device="host"))
    numpy.partial_fit(DIGITS[:50])
    np.testing.assert_allclose(xp.asnumpy(there.cluster_centers_), numpy.cluster_centers_, atol=1e-4)
    with pytest.raises(ValueError, match="n_samples=20 should be >= n_clusters=30"):
        kind(30).fit(xp.asarray(DIGITS[:20]))


# -- areas of several classes -------------------------------------------------------------------

LABELS = np.random.default_rng(0).integers(0, 4, 60) * 2
SCORES = np.random.default_rng(1).random((60, 4)).round(1) + 0.05  # many are equal
SCORES[np.arange(60), LABELS // 2] += 0.3
SCORES = (SCORES / SCORES.sum(axis=1, keepdims=True)).astype(np.float32)
WEIGHTS = np.random.default_rng(2).random(60)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("average", ["macro", "weighted", "micro", None, "samples"])
@pytest.mark.parametrize("multi_class", ["ovr", "ovo", "raise", "all"])
def test_roc_auc_score_of_several_classes(
    placed: Device, multi_class: str, average: str | None, weighted: bool
) -> None:
    function = sk.metrics.roc_auc_score

    def found(convert: Any, scores: np.ndarray, labels: Any) -> Any:
        weights = convert(WEIGHTS) if weighted else None
        how = {"multi_class": multi_class, "average": average, "labels": labels, "sample_weight": weights}
        try:
            return function(convert(LABELS), convert(scores), **how)
        except (ValueError, NotImplementedError) as error:
            return type(error), str(error)

    for scores, labels in ((SCORES, None), (SCORES, [0, 2, 4, 6]), (SCORES, [0, 2, 4]), (SCORES * 2, None)):
        ours, expected = found(xp.asarray, scores, labels), found(np.asarray, scores, labels)
        if isinstance(expected, tuple):
            assert ours == expected
        else:
            assert_close(ours, expected, placed, 1e-6)


def test_parameters_of_functions_are_looked_at_first(placed: Device) -> None:
    with pytest.raises(ValueError, match="'sample_size' parameter of silhouette_score"):
        sk.metrics.silhouette_score(xp.asarray(IRIS), xp.asarray(load_iris().target[::3]), sample_size=-1)
