"""What the benchmark of scikit-learn runs: a table of calls, each with the value by which it is judged."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["CASES", "Case", "call", "fit"]


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of an estimator or function."""

    path: str  #: cluster.KMeans
    ready: Callable[..., Callable[[], Any]]  #: (class or function, X, classes, quantities) -> what is timed
    value: Callable[..., Any]  #: (result, as NumPy, X, classes, quantities) -> what has to be the same
    bound: float = 1e-3  #: relative to its largest element
    without: tuple[str, ...] = ()  #: sizes at which stock scikit-learn takes minutes
    data: Callable[..., tuple[np.ndarray, ...]] = lambda options: ()
    cupy: Callable[..., Any] | None = None
    about: str = ""

    def target(self) -> Any:
        """The class or function, as scikit-learn is patched now."""
        module, _, name = self.path.rpartition(".")
        return getattr(importlib.import_module(f"sklearn.{module}"), name)


def fit(value: str, quantities: bool | None = None, **params: Any) -> dict[str, Any]:
    """A fit, judged by an attribute or its score: of X alone, of classes (False) or of quantities (True)."""

    def told(X: Any, classes: Any = None, quantity: Any = None) -> tuple[Any, ...]:
        return (X,) if quantities is None else (X, quantity if quantities else classes)

    def ready(kind: Any, X: Any, *targets: Any) -> Callable[[], Any]:
        given = {k: v(X) if callable(v) else v for k, v in params.items()}
        data = told(X, *targets)
        return lambda: kind(**given).fit(*data)

    def judged(model: Any, home: Callable[[Any], np.ndarray], *arrays: Any) -> Any:
        return model.score(*told(*arrays)) if value == "score" else np.abs(home(getattr(model, value)))

    return {"ready": ready, "value": judged}


def use(method: str, quantities: bool | None = None, rows: int = 20_000, **params: Any) -> dict[str, Any]:
    """A method of a model that is fitted before, of so many rows; half of the classes may be told otherwise by ties."""

    def ready(kind: Any, X: Any, classes: Any = None, quantity: Any = None) -> Callable[[], Any]:
        rest = () if quantities is None else (quantity if quantities else classes,)
        model, asked = kind(**params).fit(X, *rest), X[:rows]
        return lambda: getattr(model, method)(asked)

    return {"ready": ready, "value": _mean}


def call(make: Callable[..., tuple[tuple[Any, ...], dict[str, Any]]]) -> dict[str, Any]:
    """A function of scikit-learn's."""

    def ready(function: Any, *arrays: Any) -> Callable[[], Any]:
        args, kwargs = make(*arrays)
        return lambda: function(*args, **kwargs)

    return {"ready": ready, "value": _mean}


def _mean(found: Any, home: Callable[[Any], np.ndarray], *arrays: Any) -> Any:
    """Of what a call gave, of the first if that are several."""
    return np.mean(home(found[0] if isinstance(found, (list, tuple)) else found))


BIG = ("500k x 20",)
CASES = {
    "KMeans.fit": Case("cluster.KMeans", **fit("inertia_", n_clusters=8, init=lambda X: X[:8], max_iter=20)),
    "MiniBatchKMeans.fit": Case("cluster.MiniBatchKMeans", **fit("inertia_", n_init=1, random_state=0), bound=0.05),
    "DBSCAN.fit": Case("cluster.DBSCAN", **fit("labels_", eps=2.5), without=BIG),
    "PCA.fit": Case("decomposition.PCA", **fit("explained_variance_", n_components=5)),
    "TruncatedSVD.fit": Case(
        "decomposition.TruncatedSVD", **fit("singular_values_", n_components=5, random_state=0), bound=0.05
    ),
    "LinearRegression.fit": Case("linear_model.LinearRegression", **fit("score", True)),
    "Ridge.fit": Case("linear_model.Ridge", **fit("coef_", True)),
    "Lasso.fit": Case("linear_model.Lasso", **fit("coef_", True, alpha=0.1), bound=0.02),
    "ElasticNet.fit": Case("linear_model.ElasticNet", **fit("coef_", True, alpha=0.1), bound=0.02),
    "LogisticRegression.fit": Case("linear_model.LogisticRegression", **fit("score", False, max_iter=30), bound=0.01),
    "RandomForestClassifier.fit": Case(
        "ensemble.RandomForestClassifier",
        **fit("score", False, n_estimators=20, max_depth=8, n_jobs=-1),
        bound=0.03,
        without=BIG,
    ),
    "HistGradientBoostingClassifier.fit": Case(
        "ensemble.HistGradientBoostingClassifier", **fit("score", False, max_iter=10, random_state=0), without=BIG
    ),
    "DecisionTreeRegressor.fit": Case(
        "tree.DecisionTreeRegressor", **fit("score", True, max_depth=8, random_state=0), without=BIG
    ),
    "KNeighborsClassifier.predict": Case(
        "neighbors.KNeighborsClassifier", **use("predict", False, 2_000), bound=0.05, without=BIG
    ),
    "NearestNeighbors.kneighbors": Case("neighbors.NearestNeighbors", **use("kneighbors", None, 2_000), without=BIG),
    "SVC.fit": Case("svm.SVC", **fit("score", False), bound=0.01, without=BIG),
    "SVC.predict": Case("svm.SVC", **use("predict", False, 2_000), bound=0.05, without=BIG),
    "GaussianNB.fit": Case("naive_bayes.GaussianNB", **fit("theta_", False)),
    "GaussianMixture.fit": Case(
        "mixture.GaussianMixture", **fit("score", n_components=3, max_iter=5, random_state=0), bound=0.02, without=BIG
    ),
    "StandardScaler.fit": Case("preprocessing.StandardScaler", **fit("mean_")),
    "train_test_split": Case("model_selection.train_test_split", **call(lambda X, c, q: ((X, c), {"random_state": 0}))),
    "roc_auc_score": Case("metrics.roc_auc_score", **call(lambda X, c, q: ((c > 0, X[:, 3]), {}))),
    "accuracy_score": Case("metrics.accuracy_score", **call(lambda X, c, q: ((c, c), {}))),
    "mean_squared_error": Case("metrics.mean_squared_error", **call(lambda X, c, q: ((q, X[:, 3]), {}))),
    "euclidean_distances": Case("metrics.pairwise.euclidean_distances", **call(lambda X, c, q: ((X, X[:100]), {}))),
    "rbf_kernel": Case("metrics.pairwise.rbf_kernel", **call(lambda X, c, q: ((X, X[:100]), {}))),
}
