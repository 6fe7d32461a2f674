"""What `python -m xpuarray coverage sklearn` says computes a name is what computes it; and unpatched scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import estimators
import pytest
import sklearn.cluster
import sklearn.ensemble
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.naive_bayes
import sklearn.neighbors
import sklearn.preprocessing
import sklearn.svm
import sklearn.tree
from estimators import CANCER, CANCER_X, needs_sycl

import xpuarray as xp
from xpuarray.commands import cli, coverage_sklearn
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import edge, libraries, routes

opencl, patched = estimators.opencl, estimators.patched
sk: Any = sklearn

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "KMeans": lambda X, y: sk.cluster.KMeans(2, random_state=0).fit(X),
    "DBSCAN": lambda X, y: sk.cluster.DBSCAN(3).fit(X),
    "LinearRegression": lambda X, y: sk.linear_model.LinearRegression().fit(X, y),
    "KNeighborsClassifier": lambda X, y: sk.neighbors.KNeighborsClassifier().fit(X, y),
    "RandomForestClassifier": lambda X, y: sk.ensemble.RandomForestClassifier(3).fit(X, y),
    "GaussianNB": lambda X, y: sk.naive_bayes.GaussianNB().fit(X, y),
    "StandardScaler": lambda X, y: sk.preprocessing.StandardScaler().fit(X),
    "DecisionTreeClassifier": lambda X, y: sk.tree.DecisionTreeClassifier().fit(X, y),
    "LinearSVC": lambda X, y: sk.svm.LinearSVC().fit(X, y),
    "mean_squared_error": lambda X, y: sk.metrics.mean_squared_error(y, y),
    "roc_auc_score": lambda X, y: sk.metrics.roc_auc_score(y, X[:, 0]),
    "silhouette_score": lambda X, y: sk.metrics.silhouette_score(X, y),
    "train_test_split": lambda X, y: sk.model_selection.train_test_split(X, y),
}


@pytest.fixture(scope="module")
def cells() -> dict[str, dict[str, str]]:
    return {entry.name: entry.engines for entry in coverage_sklearn.entries()}


def engine(name: str, device: Device) -> str:
    """What computes it: the words at the end of its route."""
    X, y = xp.asarray(CANCER_X, device=device), xp.asarray(CANCER.target.astype(float), device=device)
    with xp.explain() as calls:
        CALLS[name](X, y)
    return calls[-1].route.rpartition("(")[2].rstrip(")")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("place", ["host", pytest.param("opencl:cpu", marks=needs_sycl)])
@pytest.mark.usefixtures("patched")
def test_on_processors(name: str, place: str, cells: dict[str, dict[str, str]]) -> None:
    assert engine(name, as_device(place)) == cells[name]["processors"].partition(",")[0]


@needs_sycl
@pytest.mark.parametrize("name", ["KMeans", "LinearRegression", "LinearSVC", "mean_squared_error", "silhouette_score"])
@pytest.mark.usefixtures("patched")
def test_on_a_queue(
    name: str, opencl: Device, cells: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    if libraries.missing:
        pytest.skip(libraries.missing)
    for place in (edge, routes):
        monkeypatch.setattr(place, "choices", lambda device: (routes.Usm(device), routes.Own(device)))
    expected = cells[name]["Intel's GPUs"]
    if expected:
        assert engine(name, opencl) == expected
    else:
        with pytest.raises(xp.FallbackError, match=rf"{name} has no implementation on {opencl}: .*xp.allow_fallback"):
            engine(name, opencl)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["coverage", "sklearn", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 400 and all(row["engines"]["processors"] for row in rows)
    assert cli.main(["coverage", "sklearn"]) == 0
    assert "NVIDIA's GPUs: " in capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name in CALLS if name != "train_test_split"])
def test_unpatched_scikit_learn_says_what_to_do(name: str) -> None:
    X, y = xp.asarray(CANCER_X, device="host"), xp.asarray(CANCER.target.astype(float), device="host")
    with pytest.raises(xp.ImplicitTransferError, match=r"patch_sklearn\(\) before .* or .*array_api_dispatch=True"):
        CALLS[name](X, y)
