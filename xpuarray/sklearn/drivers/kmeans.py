"""KMeans: k-means++ as scikit-learn draws it, and Lloyd's steps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils.validation import check_array, check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.kernels import kmeans as kernel
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import checked, floats, one_hot, parts, weights_of, widest


class KMeans:
    """sklearn.cluster.KMeans; both algorithms are Lloyd's, which finds what Elkan's does."""

    def fit(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        if callable(self.init):
            raise libraries.Unsupported("init is a Python function, which expects NumPy arrays")
        X = checked(self, X, reset=True)
        self._check_params_vs_input(X)
        random_state = check_random_state(self.random_state)
        weights = weights_of(sample_weight, X)
        mean = xp.astype(xp.mean(X, axis=0, dtype=widest(X)), X.dtype)
        centred = X - mean  # for the digits that distances lose
        given = None
        if not isinstance(self.init, str):
            given = check_array(self.init, dtype=floats(X.device))
            self._validate_center_shape(X, given)
            given = xp.astype(given, X.dtype) - mean
        best: Any = None
        for _ in range(self._n_init):
            start = given
            if start is None:
                start = xp.take(centred, chosen_by(self.init, centred, self.n_clusters, weights, random_state), axis=0)
            run = _lloyd(centred, weights, start, self.max_iter, self._tol)
            if best is None or (run[1] < best[1] and not _same(run[0], best[0], self.n_clusters)):
                best = run
        self.labels_, self.inertia_, centers, self.n_iter_ = best
        self.cluster_centers_ = centers + mean
        self._n_features_out, self._n_threads = self.n_clusters, _openmp_effective_n_threads()
        found = int(xp.unique_values(self.labels_).shape[0])
        if found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({found}) found smaller than n_clusters ({self.n_clusters}). "
                "Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def predict(self: Any, X: Any) -> Array:
        return labels_of(*_asked(self, X))

    def transform(self: Any, X: Any) -> Array:
        X, centers = _asked(self, X)
        scores = xp.sum(X * X, axis=1)[:, None] + _scores(X, centers)
        return xp.sqrt(xp.maximum(scores, 0))

    def score(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        X, centers = _asked(self, X)
        return -inertia_of(X, weights_of(sample_weight, X), centers, labels_of(X, centers))

    def fit_predict(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        return self.fit(X, sample_weight=sample_weight).labels_

    def fit_transform(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        return self.fit(X, sample_weight=sample_weight).transform(X)


def _asked(model: Any, X: Any) -> tuple[Array, Array]:
    """Samples, and the centers that were learned, both less the centers' mean."""
    check_is_fitted(model)
    X = checked(model, X)
    centers = xp.astype(model.cluster_centers_, X.dtype)
    mean = xp.mean(centers, axis=0)
    return X - mean, centers - mean


# -- the first centers --------------------------------------------------------------------------


def _choice(random_state: Any, samples: int, size: int | None, weights: Array | None, replace: bool = True) -> Any:
    """What NumPy's generator chooses, whatever the number of samples."""
    p = None if weights is None else xp.asnumpy(weights).astype(float)
    if p is None and size is None:
        return min(int(random_state.random_sample() * samples), samples - 1)
    p = np.full(samples, 1 / samples) if p is None else p / p.sum()
    return random_state.choice(samples, size=size, replace=replace, p=p)


def chosen_by(init: str, X: Array, clusters: int, weights: Array | None, random_state: Any) -> Array:
    """Which samples are the first centers."""
    return xp.asarray(_START[init](X, clusters, weights, random_state), device=X.device)


def _spread(X: Array, clusters: int, weights: Array | None, random_state: Any) -> list[int]:
    """k-means++: each center is the best of a few samples drawn by their distance to the nearest center so far."""
    wide, trials = widest(X), 2 + int(np.log(clusters))
    norms = xp.sum(X * X, axis=1, dtype=wide)
    chosen = [_choice(random_state, X.shape[0], None, weights)]
    w: Any = 1 if weights is None else xp.astype(weights, wide)
    closest = _squares(X[chosen[0]][None], X, norms)[0]
    potential = float(xp.sum(closest * w))
    for _ in range(1, clusters):
        draws = random_state.uniform(size=trials) * potential
        heap = xp.cumulative_sum(closest * w)
        places = xp.searchsorted(heap, xp.asarray(draws.astype(wide), device=X.device))
        places = xp.minimum(places, X.shape[0] - 1)
        distances = xp.minimum(closest, _squares(xp.take(X, places, axis=0), X, norms))
        potentials = xp.asnumpy(xp.sum(distances * w, axis=1))
        best = int(np.argmin(potentials))
        potential, closest = float(potentials[best]), distances[best]
        chosen.append(int(places[best]))
    return chosen


def _squares(few: Array, X: Array, norms: Array) -> Array:
    """Squared distances of a few points to all samples."""
    few = xp.astype(few, norms.dtype)
    products = few @ xp.astype(X, norms.dtype).T
    return xp.maximum(xp.sum(few * few, axis=1)[:, None] - 2 * products + norms, 0)


def _random(X: Array, clusters: int, weights: Array | None, random_state: Any) -> np.ndarray:
    chosen: np.ndarray = _choice(random_state, X.shape[0], clusters, weights, replace=False)
    return chosen


_START = {"k-means++": _spread, "random": _random}


# -- Lloyd's steps ------------------------------------------------------------------------------


def _lloyd(X: Array, weights: Array | None, centers: Array, most: int, tol: float) -> tuple[Array, float, Array, int]:
    """labels, inertia, centers, and the number of steps."""
    labels = None
    for step in range(most):  # noqa: B007
        before = labels
        labels, sums, sizes = assigned(X, weights, centers)
        sums, sizes = _fill_empty(X, weights, centers, labels, sums, sizes)
        moved = xp.where(sizes[:, None] > 0, sums / xp.where(sizes > 0, sizes, 1)[:, None], centers)
        centers, shift = moved, xp.sum((moved - centers) ** 2)
        if before is not None and not bool(xp.any(labels != before)):
            break
        if float(shift) <= tol:
            labels = labels_of(X, centers)
            break
    else:
        labels = labels_of(X, centers)
    return labels, inertia_of(X, weights, centers, labels), centers, step + 1


def _scores(X: Array, centers: Array) -> Array:
    """Squared distances, less the squares of X."""
    return xp.sum(centers * centers, axis=1) - 2 * (X @ centers.T)


def _nearest(X: Array, centers: Array) -> Array:
    """The nearest center of each of so many samples that all their scores are held."""
    return xp.astype(xp.argmin(_scores(X, centers), axis=1), np.int32)


def _suits_kernel(X: Array, centers: Array) -> bool:
    info = X.device.info
    many = info.type == "gpu" and X.shape[0] >= kernel.TILE * info.compute_units
    return many and bool(kernel.fits(X, centers.shape[0]))


def labels_of(X: Array, centers: Array) -> Array:
    """The nearest center of each sample."""
    if _suits_kernel(X, centers):
        return _by_kernel(X, None, centers)[0]
    return xp.concat([_nearest(X[rows], centers) for rows in parts(X, 3 * centers.shape[0])])


def assigned(X: Array, weights: Array | None, centers: Array) -> tuple[Array, Array, Array]:
    """The same, and for each center the sum of its samples and their number."""
    if _suits_kernel(X, centers):
        return _by_kernel(X, weights, centers)
    labels = xp.empty(X.shape[0], dtype=np.int32, device=X.device)
    sums, sizes = xp.zeros_like(centers), xp.zeros(centers.shape[0], dtype=X.dtype, device=X.device)
    for rows in parts(X, 3 * centers.shape[0]):
        labels[rows] = nearest = _nearest(X[rows], centers)
        members = one_hot(nearest, centers.shape[0], X.dtype)
        if weights is not None:
            members = members * weights[rows, None]
        sums = sums + members.T @ X[rows]
        sizes = sizes + xp.sum(members, axis=0)
    return labels, sums, sizes


def _by_kernel(X: Array, weights: Array | None, centers: Array) -> tuple[Array, Array, Array]:
    """The same of one look at X."""
    groups = min(8 * X.device.info.compute_units, -(-X.shape[0] // kernel.TILE))
    labels = xp.empty(X.shape[0], dtype=np.int32, device=X.device)
    sums = xp.empty((groups, *centers.shape), dtype=X.dtype, device=X.device)
    sizes = xp.empty((groups, centers.shape[0]), dtype=X.dtype, device=X.device)
    given = xp.ones(1, dtype=X.dtype, device=X.device) if weights is None else weights
    kernel.assign_and_sum(X, given, centers, xp.sum(centers * centers, axis=1), labels, sums, sizes)
    return labels, xp.sum(sums, axis=0), xp.sum(sizes, axis=0)


def _fill_empty(
    X: Array, weights: Array | None, centers: Array, labels: Array, sums: Array, sizes: Array
) -> tuple[Array, Array]:
    """A cluster without samples gets the one that is farthest from its center."""
    if bool(xp.all(sizes > 0)):
        return sums, sizes
    empty = np.flatnonzero(xp.asnumpy(sizes) == 0)
    distances = xp.sum((X - xp.take(centers, labels, axis=0)) ** 2, axis=1)
    for cluster in empty.tolist():
        far = int(xp.argmax(distances))
        former = int(labels[far])
        weight = 1 if weights is None else weights[far]
        for place, sign in ((former, -1), (cluster, 1)):
            sums[place] += sign * weight * X[far]
            sizes[place] += sign * weight
        distances[far] = -1
    return sums, sizes


def inertia_of(X: Array, weights: Array | None, centers: Array, labels: Array) -> float:
    squares = xp.sum((X - xp.take(centers, labels, axis=0)) ** 2, axis=1)
    return float(xp.sum(squares if weights is None else squares * weights, dtype=widest(X)))


def _same(labels: Array, others: Array, clusters: int) -> bool:
    """Whether two clusterings differ in their numbers alone."""
    pairs = xp.unique_values(labels * clusters + others)
    return bool(pairs.shape[0] == xp.unique_values(labels).shape[0] == xp.unique_values(others).shape[0])
