"""Examples of scikit-learn's documentation, `xp.asarray` around the data, find what they find on NumPy's arrays."""

from __future__ import annotations

import ast
import doctest
import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import estimators
import numpy as np
import pytest
from estimators import CUDA, needs_sycl
from sklearn.utils import all_estimators

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device
from xpuarray.sklearn import patch_sklearn, unpatch_sklearn

placed, patched = estimators.placed, estimators.patched
pytestmark = [
    pytest.mark.usefixtures("patched"),
    pytest.mark.filterwarnings("ignore:.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

EXAMPLES = [
    "AdaBoostClassifier", "AgglomerativeClustering", "BaggingClassifier", "BayesianRidge", "CalibratedClassifierCV",
    "DBSCAN", "DecisionTreeClassifier", "ElasticNet", "EmpiricalCovariance", "FactorAnalysis", "FastICA",
    "GaussianMixture", "GaussianNB", "GaussianProcessRegressor", "GradientBoostingRegressor", "GridSearchCV",
    "HistGradientBoostingClassifier", "IsolationForest", "KBinsDiscretizer", "KMeans", "KNeighborsClassifier",
    "KNeighborsRegressor", "KernelPCA", "Lasso", "LedoitWolf", "LinearDiscriminantAnalysis", "LinearRegression",
    "LogisticRegression", "MinMaxScaler", "MultinomialNB", "PCA", "PLSRegression",
    "PolynomialFeatures", "RandomForestClassifier", "Ridge", "RobustScaler", "SVC", "SelectKBest", "StandardScaler",
    "VotingClassifier",
]  # fmt: skip
#: What runs on a GPU from beginning to end, without a copy on the host.  (PCA's example asks for svd_solver="arpack".)
ON_GPUS = [
    "DBSCAN", "ElasticNet", "EmpiricalCovariance", "GaussianMixture", "GaussianNB", "KMeans", "KNeighborsClassifier",
    "KNeighborsRegressor", "LedoitWolf", "LinearRegression", "MinMaxScaler", "PolynomialFeatures", "Ridge",
    "RobustScaler", "StandardScaler",
]  # fmt: skip
#: Where two solvers stop at different places, both within the tolerance that they were given.
BOUNDS = {"LogisticRegression": 2e-2}
#: Methods, and a function, whose arguments are data.
TAKE = (
    "cross_val_score",
    "fit", "fit_predict", "fit_transform", "inverse_transform", "kneighbors", "kneighbors_graph", "partial_fit",
    "predict", "predict_log_proba", "predict_proba", "decision_function", "score", "score_samples", "transform",
)  # fmt: skip


class _Around(ast.NodeTransformer):
    """`_given(...)` around the arguments of such methods, and of such functions."""

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in TAKE:
            node.args = [ast.Call(ast.Name("_given", ast.Load()), [arg], []) for arg in node.args]
        return node


def found(name: str, data: Callable[[Any], Any]) -> list[Any]:
    """All values that the example of an estimator shows."""
    shown: list[Any] = []
    names: dict[str, Any] = {"_given": data, "print": lambda *values: shown.extend(values)}
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(KINDS[name]) or ""):
        tree = ast.fix_missing_locations(_Around().visit(ast.parse(example.source)))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), names)
        if last is not None and not isinstance(last.value, ast.Name):  # which is data that nobody has computed
            shown.append(eval(compile(ast.Expression(last.value), name, "eval"), names))
    return [value for value in shown if value is not None]


KINDS = dict(all_estimators())


@functools.cache
def plain(name: str) -> list[Any]:
    """The same of scikit-learn that nobody has patched."""
    unpatch_sklearn()
    try:
        return found(name, lambda value: value)
    finally:
        patch_sklearn()


def on_device(value: Any) -> Any:
    """Numbers become an array of ours; text, and tables of it, stay what they are."""
    if isinstance(value, (list, np.ndarray)) and np.asarray(value).dtype.kind in "biuf":
        return xp.asarray(np.asarray(value))
    return value


def compare(ours: list[Any], theirs: list[Any], device: Device, bound: float) -> None:
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(other, (tuple, list)) and not isinstance(one, xp.Array):
            compare(list(one), list(other), device, bound)
        elif hasattr(other, "get_params"):
            assert type(one).__name__ == type(other).__name__
        elif hasattr(other, "toarray"):
            np.testing.assert_allclose(one.toarray(), other.toarray(), atol=bound)
        elif isinstance(other, (np.ndarray, np.generic, float, int)) and np.asarray(other).dtype.kind in "biuf":
            if isinstance(other, np.ndarray):
                assert type(one) is xp.Array and one.device is device
            size = np.abs(np.asarray(other, dtype=float)).max(initial=0)
            there = xp.asnumpy(one) if isinstance(one, xp.Array) else one
            np.testing.assert_allclose(there, other, rtol=bound, atol=bound * size)
        else:
            assert np.all(one == other)


def both(name: str, device: Device, bound: float) -> None:
    expected = plain(name)
    with xp.device(device), warnings.catch_warnings():
        warnings.simplefilter("error", xp.FallbackWarning)
        compare(found(name, on_device), expected, device, bound)


@pytest.mark.parametrize("place", ["host", pytest.param("opencl:cpu", marks=needs_sycl)])
@pytest.mark.parametrize("name", EXAMPLES)
def test_on_processors(name: str, place: str) -> None:
    both(name, as_device(place), BOUNDS.get(name, 1e-5))


@pytest.mark.parametrize("placed", ["drivers", "fake", CUDA], indirect=True)
@pytest.mark.parametrize("name", ON_GPUS)
def test_on_gpus(name: str, placed: Device) -> None:
    both(name, placed, 1e-6 if placed.fp64 else 1e-3)
