"""On processors the faster of two engines computes: which that is, is told by the method and the size of X."""

from __future__ import annotations

import math
from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
import sklearn.pipeline
import sklearn.svm

import xpuarray as xp
from xpuarray.sklearn import libraries, models
from xpuarray.sklearn.choosing import Few, SeveralClasses, TellApart
from xpuarray.sklearn.table import OURS_ON_CPUS, STOCK_ON_CPUS

patched = estimators.patched
pytestmark = [
    pytest.mark.usefixtures("patched"),
    pytest.mark.skipif(bool(libraries.missing), reason=libraries.missing or "scikit-learn-intelex is there"),
]
sk: Any = sklearn
X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
KINDS = {
    kind.__name__: kind
    for _, _, kind in (*libraries.engines(),)
    if isinstance(kind, type) and f"{kind.__name__}." in " ".join(STOCK_ON_CPUS)
}


def test_each_class_is_known_by_its_own_name() -> None:
    kinds = [kind for _, _, kind in libraries.engines() if isinstance(kind, type)]
    assert [kind.__name__ for kind in map(libraries.stock_class, kinds)] == [kind.__name__ for kind in kinds]
    assert not any(map(libraries.accelerated, map(libraries.stock_class, kinds)))
    derived = type("Derived", (KINDS["PCA"],), {})
    assert libraries.stock_class(derived) is libraries.stock_class(KINDS["PCA"])


def ran(name: str, some: Any, device: str = "host") -> str:
    """The engine of a method of a model."""
    kind, _, method = name.partition(".")
    with xp.device(device):
        model, given, told = KINDS[kind](), xp.asarray(some), xp.asarray(Y[: len(some)])
        if not method.startswith("fit"):
            model.fit(xp.asarray(X), xp.asarray(Y))
        with xp.explain() as calls:
            getattr(model, method)(given, told) if method == "fit" else getattr(model, method)(given)
    return calls[-1].route.rpartition("(")[2].rstrip(")")


@pytest.mark.parametrize("name", STOCK_ON_CPUS)
def test_few_elements_are_computed_by_the_faster(name: str) -> None:
    assert ran(name, X) == "NumPy"


BY_SIZE = [name for name, rule in STOCK_ON_CPUS.items() if isinstance(rule, Few) and rule.most < math.inf]


@pytest.mark.parametrize("name", BY_SIZE)
def test_many_elements_are_computed_by_onedal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in BY_SIZE:
        monkeypatch.setitem(STOCK_ON_CPUS, other, Few(X.size - 1))
    assert ran(name, X) == "oneDAL"


def test_a_model_of_onedals_is_forgotten_when_the_other_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, far = sk.linear_model.Ridge(), X[:, 0] * 7
    with xp.device("host"):
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.fit", Few(0))
        ours.fit(xp.asarray(X), xp.asarray(Y.astype(np.float32)))
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.fit", Few(10_000))
        ours.fit(xp.asarray(X), xp.asarray(far))
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.predict", Few(0))
        found = xp.asnumpy(ours.predict(xp.asarray(X)))
    np.testing.assert_allclose(found, libraries.stock_class(type(ours))().fit(X, far).predict(X), atol=1e-5)


MANY = np.random.default_rng(1).normal(size=(400, 2)).astype(np.float32)
SIDE = np.arange(400) % 2
APART = MANY + 20 * SIDE[:, None].astype(np.float32)


@pytest.mark.parametrize("device", ["host", pytest.param("opencl:cpu", marks=estimators.needs_sycl)])
@pytest.mark.parametrize(
    ("data", "y", "engine"),
    [
        (APART, SIDE, "NumPy"),
        (MANY, SIDE, "oneDAL"),
        (MANY[:199], SIDE[:199], "NumPy"),  # few rows
        (MANY, np.arange(400) % 3, "NumPy"),  # more classes
    ],
)
def test_two_classes_that_overlap_are_onedals(
    data: np.ndarray, y: np.ndarray, engine: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STOCK_ON_CPUS, "SVC.fit", TellApart(many=200, some=200))
    with xp.device(device), xp.explain() as calls:
        model = sk.svm.SVC().fit(xp.asarray(data), xp.asarray(y))
        found = xp.asnumpy(model.predict(xp.asarray(data)))
    (fit,) = [call for call in calls if call.function == "SVC.fit"]
    assert fit.route.endswith(f"({engine})")
    assert np.mean(found == libraries.stock_class(type(model))().fit(data, y).predict(data)) > 0.95


def test_what_cannot_be_tried_is_refused_by_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STOCK_ON_CPUS, "SVC.fit", TellApart(many=40, some=40))
    with xp.device("host"):
        with pytest.raises(ValueError, match="Input X contains NaN"):
            sk.svm.SVC().fit(xp.asarray(np.full_like(X, np.nan)), xp.asarray(Y))
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            sk.svm.SVC().fit(xp.asarray(X), xp.asarray(Y[:50]))


@pytest.mark.parametrize("device", ["host", pytest.param("opencl:cpu", marks=estimators.needs_sycl)])
@pytest.mark.parametrize("name", OURS_ON_CPUS)
def test_several_classes_are_told_apart_by_ours(name: str, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, method = name.split(".")
    data, y = estimators.load_digits(return_X_y=True)
    data, y = data[:300], y[:300]
    how = {"nu": 0.1} if kind == "NuSVC" else {}
    with xp.device(device), xp.explain() as calls:
        model = getattr(sk.svm, kind)(**how).fit(xp.asarray(data), xp.asarray(y))
        found = getattr(model, method)(xp.asarray(data))
        few = getattr(model, method)(xp.asarray(data[: SeveralClasses().rows - 1]))
    assert str(found.device) == str(few.device) == device + ":0" * (device != "host") + ":cpu:0" * (device == "host")
    asked = [call.route.rpartition("(")[2].rstrip(")") for call in calls if call.function == name]
    assert asked[0] == "xpuarray" != asked[1]
    monkeypatch.delitem(OURS_ON_CPUS, name)
    with xp.device(device), xp.explain() as calls:
        expected = getattr(model, method)(xp.asarray(data))
    assert "xpuarray" not in calls[-1].route
    np.testing.assert_allclose(xp.asnumpy(found), xp.asnumpy(expected), atol=1e-9)


def test_kernels_of_the_user_are_left_to_scikit_learn() -> None:
    with xp.device("host"):
        model = sk.svm.SVC(kernel=lambda a, b: np.asarray(a) @ np.asarray(b).T).fit(
            xp.asarray(X), xp.asarray(Y + (X[:, 2] > 1))
        )
        assert model.predict(xp.asarray(X)).shape == (60,)


def test_messages_say_of_arrays_their_shape_and_type() -> None:
    start = xp.asarray(X[:3], device="fake")
    with pytest.raises(xp.FallbackError, match=r"MeanShift\(seeds=Array of \(3, 4\), float32\)\. Move"):
        sk.cluster.MeanShift(seeds=start).fit(start)
    whole = sk.pipeline.make_pipeline(sk.decomposition.PCA(2), sk.cluster.KMeans(init=X))
    steps = "[('pca', PCA(n_components=2)), ('kmeans', KMeans(init=ndarray of (60, 4), float32))]"
    assert models.described(whole) == f"Pipeline(steps={steps})"
