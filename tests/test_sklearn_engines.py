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
from xpuarray.sklearn.table import STOCK_ON_CPUS

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


@pytest.mark.parametrize("name", [name for name, most in STOCK_ON_CPUS.items() if most < math.inf])
def test_many_elements_are_computed_by_onedal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other, most in STOCK_ON_CPUS.items():
        monkeypatch.setitem(STOCK_ON_CPUS, other, min(most, X.size - 1))
    assert ran(name, X) == "oneDAL"


def test_a_model_of_onedals_is_forgotten_when_the_other_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, far = sk.linear_model.Ridge(), X[:, 0] * 7
    with xp.device("host"):
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.fit", 0)
        ours.fit(xp.asarray(X), xp.asarray(Y.astype(np.float32)))
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.fit", 10_000)
        ours.fit(xp.asarray(X), xp.asarray(far))
        monkeypatch.setitem(STOCK_ON_CPUS, "Ridge.predict", 0)
        found = xp.asnumpy(ours.predict(xp.asarray(X)))
    np.testing.assert_allclose(found, libraries.stock_class(type(ours))().fit(X, far).predict(X), atol=1e-5)


def test_messages_say_of_arrays_their_shape_and_type() -> None:
    start = xp.asarray(X[:3], device="fake")
    with pytest.raises(xp.FallbackError, match=r"MeanShift\(seeds=Array of \(3, 4\), float32\)\. Move"):
        sk.cluster.MeanShift(seeds=start).fit(start)
    whole = sk.pipeline.make_pipeline(sk.decomposition.PCA(2), sk.cluster.KMeans(init=X))
    steps = "[('pca', PCA(n_components=2)), ('kmeans', KMeans(init=ndarray of (60, 4), float32))]"
    assert models.described(whole) == f"Pipeline(steps={steps})"
