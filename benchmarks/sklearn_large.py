"""Eight calls of scikit-learn on data for GPUs, with what a plain CuPy program does in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.sklearn_cases import Case, call, fit

__all__ = ["LARGE"]


def samples(rows: int, features: int, what: str = "") -> Callable[..., tuple[np.ndarray, ...]]:
    """Singles around a few centers; with classes or quantities, if that is asked for."""

    def make(options: Any) -> tuple[np.ndarray, ...]:
        n = options.size(rows, rows // 1000)
        centers = 3 * options.rng.normal(size=(64, features)).astype(np.float32)
        X = centers[options.rng.integers(0, 64, n)]
        X += options.rng.standard_normal((n, features), dtype=np.float32)
        told = X @ options.rng.normal(size=features).astype(np.float32)
        told += options.rng.standard_normal(n, dtype=np.float32)
        return (X, (told > 0).astype(np.int32), told) if what else (X,)

    return make


def cupy_kmeans(cp: Any, X: Any) -> Any:
    """Five of Lloyd's steps."""
    centers = X[:64]
    norms = (X * X).sum()
    for _ in range(5):
        scores = (centers * centers).sum(axis=1) - 2 * (X @ centers.T)
        labels = scores.argmin(axis=1)
        sums = cp.stack([cp.bincount(labels, weights=X[:, f], minlength=64) for f in range(X.shape[1])], axis=1)
        centers = (sums / cp.bincount(labels, minlength=64)[:, None]).astype(X.dtype)
    scores = (centers * centers).sum(axis=1) - 2 * (X @ centers.T)
    return scores.min(axis=1).sum() + norms


def cupy_pca(cp: Any, X: Any) -> Any:
    centred = X - X.mean(axis=0)
    return cp.linalg.eigvalsh(centred.T @ centred / (len(X) - 1))[::-1][:8]


def cupy_linear(cp: Any, X: Any, classes: Any, y: Any) -> Any:
    centred = X - X.mean(axis=0)
    return cp.abs(cp.linalg.solve(centred.T @ centred, centred.T @ (y - y.mean())))


def cupy_neighbors(cp: Any, X: Any) -> Any:
    norms, total = (X * X).sum(axis=1), 0
    for first in range(0, 65_536, 1024):
        Q = X[first : first + 1024]
        squares = norms - 2 * (Q @ X.T)
        near = cp.argpartition(squares, 5, axis=1)[:, :5]
        total += cp.sqrt(
            cp.maximum(cp.take_along_axis(squares, near, axis=1) + norms[first : first + 1024, None], 0)
        ).sum()
    return total / (5 * min(65_536, len(X)))


def cupy_logistic(cp: Any, X: Any, classes: Any, y: Any) -> Any:
    from scipy.optimize import minimize

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        c = cp.asarray(w, dtype=X.dtype)
        raw = X @ c[:-1] + c[-1]
        rest = 1 / (1 + cp.exp(-raw)) - classes
        value = (cp.logaddexp(0, raw) - classes * raw).sum() + (c[:-1] @ c[:-1]) / 2
        return float(value), cp.asnumpy(cp.concatenate([X.T @ rest + c[:-1], rest.sum()[None]])).astype(float)

    return np.abs(
        minimize(loss, np.zeros(X.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 30}).x[None, :-1]
    )


def cupy_scaled(cp: Any, X: Any) -> Any:
    return ((X - X.mean(axis=0)) / X.std(axis=0)).std()


def cupy_split(cp: Any, X: Any) -> Any:
    order = cp.asarray(np.random.RandomState(0).permutation(len(X)))
    return X[order[: len(X) // 4]].mean() * 0 + X[order[len(X) // 4 :]].mean()


def scaled(kind: Any, X: Any) -> Callable[[], Any]:
    return lambda: kind().fit_transform(X)


def neighbors(kind: Any, X: Any) -> Callable[[], Any]:
    model = kind(n_neighbors=5, algorithm="brute").fit(X)
    return lambda: model.kneighbors(X[:65_536])


LARGE = {
    "KMeans": Case(
        "cluster.KMeans",
        **fit("inertia_", n_clusters=64, init=lambda X: X[:64], n_init=1, max_iter=5, tol=0),
        data=samples(10_000_000, 32),
        cupy=cupy_kmeans,
        bound=0.02,
        about="10 M x 32, 64 clusters, 5 steps",
    ),
    "PCA": Case(
        "decomposition.PCA",
        **fit("explained_variance_", n_components=8),
        data=samples(4_000_000, 64),
        cupy=cupy_pca,
        about="4 M x 64, 8 components",
    ),
    "LinearRegression": Case(
        "linear_model.LinearRegression",
        **fit("coef_", True),
        data=samples(10_000_000, 50, "y"),
        cupy=cupy_linear,
        about="10 M x 50",
    ),
    "NearestNeighbors": Case(
        "neighbors.NearestNeighbors",
        ready=neighbors,
        value=lambda found, home, X: np.mean(home(found[0])),
        data=samples(1_000_000, 32),
        cupy=cupy_neighbors,
        bound=0.02,
        about="65,536 of 1 M x 32",
    ),
    "DBSCAN": Case("cluster.DBSCAN", **fit("labels_", eps=0.05), data=samples(200_000, 3), about="200k x 3"),
    "LogisticRegression": Case(
        "linear_model.LogisticRegression",
        **fit("coef_", False, max_iter=30),
        data=samples(4_000_000, 40, "y"),
        cupy=cupy_logistic,
        bound=0.03,
        about="4 M x 40, 30 steps",
    ),
    "StandardScaler": Case(
        "preprocessing.StandardScaler",
        ready=scaled,
        value=lambda found, home, X: np.std(home(found)),
        data=samples(10_000_000, 64),
        cupy=cupy_scaled,
        about="10 M x 64, fit_transform",
    ),
    "train_test_split": Case(
        "model_selection.train_test_split",
        **call(lambda X: ((X,), {"random_state": 0})),
        data=samples(10_000_000, 32),
        cupy=cupy_split,
        bound=0.05,
        about="10 M x 32",
    ),
}
