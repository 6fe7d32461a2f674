"""Machines, covariances, kernels, quantiles and given distances: on devices what scikit-learn finds."""

from __future__ import annotations

from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.covariance
import sklearn.decomposition
import sklearn.metrics.pairwise
import sklearn.neighbors
import sklearn.preprocessing
import sklearn.svm
from estimators import CUDA, assert_close, assert_same_labels
from sklearn.datasets import load_iris, load_wine

import xpuarray as xp
from xpuarray.placement.devices import Device
from xpuarray.sklearn import libraries

placed, patched = estimators.placed, estimators.patched
pytestmark = [
    pytest.mark.usefixtures("patched"),
    pytest.mark.parametrize("placed", ["drivers", "fake", CUDA], indirect=True),
]
sk: Any = sklearn
# Few: the fake device interprets its kernels.
IRIS, FLOWER = load_iris().data[::3], load_iris().target[::3]
WINE = load_wine().data[::4, :5]


def stock(kind: type, *args: Any, **given: Any) -> Any:
    return libraries.stock_class(kind)(*args, **given)


def moved(model: Any, placed: Device) -> Any:
    """A model that was fitted on NumPy's arrays, there."""
    return model.to_device(placed)


# -- support vector machines --------------------------------------------------------------------

MACHINES: list[tuple[str, dict[str, Any]]] = [
    ("SVC", {}),
    ("SVC", {"decision_function_shape": "ovo", "kernel": "linear"}),
    ("SVC", {"kernel": "poly", "degree": 2, "coef0": 1.0, "break_ties": True}),
    ("SVC", {"kernel": "sigmoid", "gamma": 0.01}),
    ("NuSVC", {"nu": 0.3, "gamma": "auto"}),
    ("SVR", {"C": 10.0}),
    ("NuSVR", {"kernel": "poly"}),
]


@pytest.mark.parametrize(("name", "how"), MACHINES, ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_machines(placed: Device, name: str, how: dict[str, Any], classes: int) -> None:
    kind, y = getattr(sk.svm, name), FLOWER % classes if name.endswith("C") else IRIS[:, 1]
    numpy = stock(kind, **how).fit(IRIS, y)
    X, there = xp.asarray(IRIS), moved(stock(kind, **how).fit(IRIS, y), placed)
    bound = 1e-9 if placed.fp64 else 2e-4
    if name.endswith("C"):
        assert_close(there.decision_function(X), numpy.decision_function(IRIS), placed, bound)
        assert_same_labels(there.predict(X), numpy.predict(IRIS), placed)
        assert there.score(X, xp.asarray(y)) == pytest.approx(numpy.score(IRIS, y), rel=1e-6)
    else:
        assert_close(there.predict(X), numpy.predict(IRIS), placed, bound)


def test_machines_of_names_and_what_they_refuse(placed: Device) -> None:
    names = np.array(["setosa", "versicolor", "virginica"])[FLOWER]
    X = xp.asarray(IRIS)
    there = moved(sk.svm.SVC().fit(IRIS, names), placed)
    assert (there.predict(X) == stock(sk.svm.SVC).fit(IRIS, names).predict(IRIS)).all()
    with pytest.raises(ValueError, match="X has 3 features, but SVC is expecting 4"):
        there.predict(X[:, :3])
    with pytest.raises(ValueError, match="break_ties must be False when"):
        there.set_params(break_ties=True, decision_function_shape="ovo").predict(X)
    again = moved(sk.svm.SVC(kernel="linear").fit(IRIS[:, :2], FLOWER), placed)  # another fit, other coefficients
    assert_same_labels(again.predict(X[:, :2]), stock(sk.svm.SVC, kernel="linear").fit(IRIS[:, :2], FLOWER).predict(
        IRIS[:, :2]), placed)  # fmt: skip


# -- covariance ---------------------------------------------------------------------------------

COVARIANCES = [
    (name, how)
    for name in ("EmpiricalCovariance", "ShrunkCovariance", "LedoitWolf", "OAS")
    for how in ({}, {"assume_centered": True}, {"store_precision": False})
]


@pytest.mark.parametrize(("name", "how"), COVARIANCES, ids=str)
@pytest.mark.parametrize("features", [4, 1])
def test_covariances(placed: Device, name: str, how: dict[str, Any], features: int) -> None:
    kind, data = getattr(sk.covariance, name), IRIS[:, :features]
    ours, numpy, X = kind(**how).fit(xp.asarray(data)), kind(**how).fit(data), xp.asarray(data)
    bound = 1e-9 if placed.fp64 else 1e-4  # of an inverse whose condition is 100
    for part in ("location_", "covariance_"):
        assert_close(getattr(ours, part), getattr(numpy, part), placed, bound)
    assert (ours.precision_ is None) == (numpy.precision_ is None)
    assert_close(ours.get_precision(), numpy.get_precision(), placed, bound)
    assert_close(ours.mahalanobis(X), numpy.mahalanobis(data), placed, bound)
    assert ours.score(X) == pytest.approx(numpy.score(data), rel=bound)
    if hasattr(numpy, "shrinkage_"):
        assert ours.shrinkage_ == pytest.approx(float(numpy.shrinkage_), rel=bound)
    other = np.eye(features)
    for measure in ({}, {"norm": "spectral"}, {"scaling": False, "squared": False}):
        expected = numpy.error_norm(other, **measure)
        assert ours.error_norm(xp.asarray(other), **measure) == pytest.approx(float(expected), rel=bound)


def test_features_that_depend_on_each_other_have_a_pseudo_inverse(placed: Device) -> None:
    data = np.concatenate([IRIS[:, :2], IRIS[:, :1]], axis=1)
    ours, numpy = (sk.covariance.EmpiricalCovariance().fit(convert(data)) for convert in (xp.asarray, np.asarray))
    assert_close(ours.precision_, numpy.precision_, placed, 1e-9 if placed.fp64 else 1e-4)


# -- kernels and distances ----------------------------------------------------------------------

PAIRWISE = ["manhattan_distances", "laplacian_kernel", "additive_chi2_kernel", "chi2_kernel", "linear_kernel"]


@pytest.mark.parametrize("name", PAIRWISE)
@pytest.mark.parametrize("two", [False, True])
def test_kernels(placed: Device, name: str, two: bool) -> None:
    function, given = getattr(sk.metrics.pairwise, name), (WINE, WINE[:7] * 1.1) if two else (WINE,)
    how = {"gamma": 0.01} if name in ("laplacian_kernel", "chi2_kernel") else {}
    ours = function(*map(xp.asarray, given), **how)
    assert_close(ours, function(*given, **how), placed, 1e-12 if placed.fp64 else 1e-5)


def test_kernels_by_their_names(placed: Device) -> None:
    X, pairwise = xp.asarray(WINE), sk.metrics.pairwise
    bound = 1e-12 if placed.fp64 else 1e-5
    assert_close(
        pairwise.pairwise_distances(X, metric="l1"), pairwise.pairwise_distances(WINE, metric="l1"), placed, bound
    )
    found = pairwise.pairwise_kernels(X, metric="laplacian", gamma=0.01)
    assert_close(found, pairwise.pairwise_kernels(WINE, metric="laplacian", gamma=0.01), placed, bound)
    zeros = np.array([[0.0, 1.0], [0.0, 0.0]])
    assert_close(pairwise.chi2_kernel(xp.asarray(zeros)), pairwise.chi2_kernel(zeros), placed, bound)
    with pytest.raises(ValueError, match="X contains negative values"):
        pairwise.chi2_kernel(X - 100.0)
    with pytest.raises(ValueError, match="Incompatible dimension"):
        pairwise.manhattan_distances(X, X[:, :3])


# -- quantiles ----------------------------------------------------------------------------------

SCALERS: list[dict[str, Any]] = [
    {},
    {"with_centering": False, "quantile_range": (10.0, 90.0)},
    {"with_scaling": False},
    {"unit_variance": True},
]


@pytest.mark.parametrize("how", SCALERS, ids=str)
def test_robust_scaler(placed: Device, how: dict[str, Any]) -> None:
    data = np.concatenate([WINE, np.full((len(WINE), 1), 3.0)], axis=1)  # one is constant
    data[3, 1] = np.nan
    ours, numpy = (sk.preprocessing.RobustScaler(**how).fit(convert(data)) for convert in (xp.asarray, np.asarray))
    bound = 1e-12 if placed.fp64 else 1e-5
    for part in ("center_", "scale_"):
        if getattr(numpy, part) is None:
            assert getattr(ours, part) is None
        else:
            assert_close(getattr(ours, part), getattr(numpy, part), placed, bound)
    scaled = ours.transform(xp.asarray(data))
    for found, expected in ((scaled, numpy.transform(data)), (ours.inverse_transform(scaled), data)):
        assert np.isnan(xp.asnumpy(found)).sum() == 1 and np.isnan(float(found[3, 1]))
        assert_close(xp.nan_to_num(found), np.nan_to_num(expected), placed, bound)
    with pytest.raises(ValueError, match="Invalid quantile range"):
        sk.preprocessing.RobustScaler(quantile_range=(90.0, 10.0)).fit(xp.asarray(data))


# -- neighbours ---------------------------------------------------------------------------------

APART = np.sqrt(((IRIS[:, None] - IRIS[None]) ** 2).sum(axis=2))


def test_distances_that_are_given(placed: Device) -> None:
    kind, D = sk.neighbors.NearestNeighbors, xp.asarray(APART)
    ours, numpy = kind(metric="precomputed").fit(D), stock(kind, metric="precomputed").fit(APART)
    for given in ((), (APART[:9],)):
        found, expected = ours.kneighbors(*map(xp.asarray, given)), numpy.kneighbors(*given)
        assert_close(found[0], expected[0], placed, 1e-12 if placed.fp64 else 1e-6)
    near = sk.neighbors.KNeighborsClassifier(3, metric="precomputed").fit(D, xp.asarray(FLOWER))
    expected = stock(type(near), 3, metric="precomputed").fit(APART, FLOWER).predict(APART)
    assert_same_labels(near.predict(D), expected, placed)
    with pytest.raises(ValueError, match="must be square"):
        kind(metric="precomputed").fit(D[:5])
    with pytest.raises(ValueError, match="Negative values in data passed to precomputed distance matrix"):
        kind(metric="precomputed").fit(-1.0 * D)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_several_outputs(placed: Device, weights: str) -> None:
    both = np.stack([FLOWER * 2, FLOWER % 2], axis=1)
    kind, X = sk.neighbors.KNeighborsClassifier, xp.asarray(IRIS)
    ours, numpy = kind(4, weights=weights).fit(X, xp.asarray(both)), stock(kind, 4, weights=weights).fit(IRIS, both)
    assert [xp.asnumpy(c).tolist() for c in ours.classes_] == [c.tolist() for c in numpy.classes_]
    asked = IRIS + 0.013
    for found, expected in zip(ours.predict_proba(xp.asarray(asked)), numpy.predict_proba(asked), strict=True):
        assert_close(found, expected, placed, 1e-9 if placed.fp64 else 1e-4)
    assert_same_labels(ours.predict(xp.asarray(asked)), numpy.predict(asked), placed)
    assert ours.outputs_2d_
    rows = kind(4, weights=weights).fit(X, list(xp.asarray(both)))  # an array each
    assert_same_labels(rows.predict(xp.asarray(asked)), numpy.predict(asked), placed)


def test_what_scikit_learn_has_for_numpys_arrays_alone_has_no_engine(placed: Device) -> None:
    """It says so itself, in the middle of a fit."""
    if not placed.fp64:
        pytest.skip("PCA asks for doubles")
    X = xp.asarray(IRIS)
    model = sklearn.decomposition.PCA(2, svd_solver="arpack")
    with pytest.raises(xp.FallbackError, match=r"not supported for Array API inputs.*allow_fallback"):
        model.fit(X)
    with xp.allow_fallback(), pytest.warns(UserWarning):
        assert model.fit_transform(X).device is placed
