"""Estimators keep to the rules: compute follows data, no hidden copies, no silent fallback."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import estimators
import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.svm
from estimators import (
    CANCER,
    CANCER_X,
    DBSCAN,
    FEW,
    PCA,
    KMeans,
    LinearRegression,
    LogisticRegression,
    needs_sycl,
    on_queue,
)
from sklearn.exceptions import NotFittedError
from sklearn.utils._set_output import ADAPTERS_MANAGER

import xpuarray as xp
from xpuarray.core import dispatch
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import libraries, routes
from xpuarray.sklearn.crossing import Crossing

placed, opencl, patched = estimators.placed, estimators.opencl, estimators.patched
pytestmark = pytest.mark.usefixtures("patched")


# -- placement ----------------------------------------------------------------------------------


def test_operands_on_two_devices(two_devices: tuple[Device, Device]) -> None:
    here, there = two_devices
    X, y = xp.asarray(CANCER_X, device=here), xp.asarray(CANCER.target, device=there)
    with pytest.raises(xp.PlacementError, match=rf"X is on {here}, y is on {there}; move one: y.to_device"):
        LogisticRegression().fit(X, y)
    with pytest.raises(xp.PlacementError, match=rf"init is on {there}, X is on {here}"):
        KMeans(3, init=xp.asarray(CANCER_X[:3], device=there)).fit(X)


def test_fitted_on_one_device_and_used_on_another(two_devices: tuple[Device, Device]) -> None:
    here, there = two_devices
    model = KMeans(3, random_state=0).fit(xp.asarray(FEW, device=here))
    with pytest.raises(xp.PlacementError, match=rf"the model is on {here}, X is on {there}; .* or model.to_device"):
        model.predict(xp.asarray(FEW, device=there))


def test_a_hidden_copy_is_refused(placed: Device) -> None:
    X, y = xp.asarray(CANCER_X), CANCER.target
    for there in (y, y[:, None]):
        with pytest.raises(xp.ImplicitTransferError, match=r"fit: y is a numpy.ndarray, .* xp.asarray\(y"):
            LogisticRegression().fit(X, there)
    with pytest.raises(xp.ImplicitTransferError, match=r"X is a numpy.ndarray, y is on"):
        LogisticRegression().fit(CANCER_X, xp.asarray(y))
    with pytest.raises(xp.ImplicitTransferError, match=r"accuracy_score: y_pred is a numpy.ndarray, y_true is on"):
        sklearn.metrics.accuracy_score(xp.asarray(y), y)
    with pytest.raises(xp.ImplicitTransferError, match=r"train_test_split: arrays\[1\] is a numpy.ndarray"):
        sklearn.model_selection.train_test_split(X, y)
    with pytest.raises(xp.ImplicitTransferError, match=r"sample_weight is a numpy.ndarray"):
        DBSCAN().fit(X, sample_weight=CANCER_X[:, 0])


def test_a_model_and_its_input_are_in_one_place(placed: Device) -> None:
    X = xp.asarray(FEW)
    on_device, on_numpy = PCA(2).fit(X), PCA(2).fit(FEW)
    with pytest.raises(xp.ImplicitTransferError, match=rf"X is a numpy.ndarray, the model is on {placed}"):
        on_device.transform(FEW)
    with pytest.raises(xp.PlacementError, match=rf"fitted on NumPy arrays, .* model.to_device\('{placed}'\)"):
        on_numpy.transform(X)


def test_not_fitted_is_scikit_learns_error(placed: Device) -> None:
    with pytest.raises(NotFittedError):
        KMeans(2).predict(xp.asarray(FEW))
    with pytest.raises(NotFittedError):
        KMeans(2).to_device(placed)
    with pytest.raises(AttributeError, match="'KMeans' object has no attribute 'labels_'"):
        _ = KMeans(2).labels_


class Table:
    """What a library of tables gives scikit-learn."""

    container_lib = "table"

    def create_container(self, X: Any, original: Any, columns: Any, inplace: bool = True) -> Any:
        return X if isinstance(X, dict) else {"columns": list(columns()), "rows": len(X), "kind": type(X)}

    def is_supported_container(self, X: Any) -> bool:
        return isinstance(X, dict)


def test_tables_are_made_on_processors_alone(placed: Device) -> None:
    ADAPTERS_MANAGER.register(Table())
    X, model = xp.asarray(FEW), PCA(2).set_output(transform="table")
    if routes.choose(placed).native:
        with pytest.raises(xp.ImplicitTransferError, match=r"PCA.fit_transform.*'table'"):
            model.fit_transform(X)
    else:
        assert model.fit_transform(X) == {"columns": ["pca0", "pca1"], "rows": len(FEW), "kind": np.ndarray}


# -- no silent fallback -------------------------------------------------------------------------


def _weights() -> xp.Array:
    return xp.asarray(np.arange(1.0, len(CANCER_X) + 1))


UNSUPPORTED: dict[str, tuple[str, Callable[[xp.Array, xp.Array], Any]]] = {
    "KMeans one cluster": ("n_clusters=1", lambda X, y: KMeans(1).fit(X)),
    "KMeans weights": ("sample_weight", lambda X, y: KMeans(3, init=X[:3]).fit(X, sample_weight=_weights()).predict(X)),
    "KMeans function": ("init", lambda X, y: KMeans(3, init=lambda X, k, random_state: X[:k].copy()).fit(X)),
    "PCA randomized": ("svd_solver='randomized'", lambda X, y: PCA(2, svd_solver="randomized", random_state=0).fit(X)),
    "PCA arpack": ("svd_solver='arpack'", lambda X, y: PCA(2, svd_solver="arpack", random_state=0).fit_transform(X)),
    "PCA auto": ("solvers are supported", lambda X, y: PCA(2).fit(xp.ones((501, 60)))),
    "DBSCAN metric": ("metric='manhattan'", lambda X, y: DBSCAN(metric="manhattan").fit(X)),
    "DBSCAN tree": ("algorithm='ball_tree'", lambda X, y: DBSCAN(algorithm="ball_tree").fit(X)),
    "DBSCAN function": ("metric", lambda X, y: DBSCAN(metric=lambda a, b: 1.0).fit(X[:20])),
    "LinearRegression positive": ("positive=True", lambda X, y: LinearRegression(positive=True).fit(X, y)),
    "LinearRegression weights": ("[Ww]eight", lambda X, y: LinearRegression().fit(X, y, sample_weight=_weights())),
    "LogisticRegression class_weight": (
        "class_weight='balanced'",
        lambda X, y: LogisticRegression(class_weight="balanced").fit(X, y),
    ),
    **{
        f"LogisticRegression {solver}": (
            f"solver='{solver}'",
            lambda X, y, solver=solver: LogisticRegression(solver=solver, random_state=0).fit(X, y),
        )
        for solver in ("liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
    },
}  # fmt: skip


@needs_sycl
@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_a_queue_lacks_is_an_error_that_names_it(
    case: str, opencl: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_queue(monkeypatch)
    name, fit = UNSUPPORTED[case]
    with xp.device(opencl):
        X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
        with pytest.raises(xp.FallbackError, match=rf"(?s)has no implementation on {opencl}") as error:
            fit(X, y)
        assert error.match(name)


@needs_sycl
@pytest.mark.parametrize("case", UNSUPPORTED)
def test_it_runs_on_the_host_when_that_is_allowed(case: str, opencl: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    on_queue(monkeypatch)
    _, fit = UNSUPPORTED[case]
    results = []
    for device in (opencl, as_device("host")):
        with (
            xp.device(device),
            xp.allow_fallback(),
            xp.explain() as calls,
            warnings.catch_warnings(record=True) as seen,
        ):
            warnings.simplefilter("always")
            result = fit(xp.asarray(CANCER_X), xp.asarray(CANCER.target))
        learned = result if isinstance(result, xp.Array) else next(
            getattr(result, n) for n in ("labels_", "components_", "coef_") if hasattr(result, n)
        )  # fmt: skip
        assert learned.device is device
        results.append(xp.asnumpy(learned))
        if device is opencl:  # on the host it is no fallback
            assert any(c.route.startswith("host sklearn") for c in calls)
        else:
            assert not [w for w in seen if issubclass(w.category, xp.FallbackWarning)]
    assert results[0].shape == results[1].shape
    np.testing.assert_array_equal(results[0], results[1])


def test_a_device_without_estimators_says_so_once_an_estimator() -> None:
    X = xp.asarray(FEW, device="fake")
    y = xp.asarray(np.arange(len(FEW)) % 2, device="fake")
    with pytest.raises(xp.FallbackError, match=r"NuSVC has no implementation on fake.*xp.allow_fallback\(\)"):
        sklearn.svm.NuSVC().fit(X, y)
    dispatch._warned.clear()
    with xp.allow_fallback(), pytest.warns(xp.FallbackWarning, match=r"NuSVC on fake.*host") as seen:
        for nu in (0.3, 0.4, 0.5):
            model = sklearn.svm.NuSVC(nu=nu).fit(X, y)
    assert len(seen) == 1 and seen[0].filename == __file__
    assert model.support_vectors_.dtype == np.float32 and model.support_vectors_.device is X.device
    with pytest.raises(xp.FallbackError, match="NuSVC has"):
        model.predict(X)


def test_explain_shows_the_route(placed: Device) -> None:
    X, y = xp.asarray(CANCER_X), xp.asarray(CANCER.target)
    with xp.explain() as calls:
        KMeans(2).fit(X)
    call = calls[-1]
    assert (call.function, call.device) == ("KMeans.fit", str(placed))
    route = routes.choose(placed)
    if isinstance(route, routes.Own):
        assert call.route == "kernel xpuarray.sklearn.KMeans.fit (xpuarray)"
    elif not libraries.missing:
        assert call.route == "library sklearnex.cluster.KMeans.fit (oneDAL)"
    if not route.native:
        with xp.explain() as calls:
            PCA(2).fit(X)  # by oneDAL it takes longer
            sklearn.metrics.f1_score(y, y)
        assert [c.route.partition(" ")[2] for c in calls] == [
            "sklearn.decomposition.PCA.fit (NumPy)",
            "sklearn.metrics.f1_score (NumPy)",
        ]


def test_a_result_is_not_mistaken_for_what_came_in() -> None:
    device = as_device("host")
    crossing = Crossing("fit", routes.Copies(device))
    init = xp.asarray(FEW, device=device)
    crossing.replace(init, crossing.take(init) + 1)  # what it was taken as is held: its id is nobody else's
    results = [np.zeros_like(FEW) for _ in range(100)]
    given = [crossing.give(result) for result in results]
    assert not any(each is init for each in given)
