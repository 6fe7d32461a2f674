"""MiniBatchKMeans: the batches and first centers that scikit-learn draws, each step on the device."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils.validation import check_array

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import kmeans
from xpuarray.sklearn.drivers.common import checked, weights_of
from xpuarray.sklearn.drivers.kmeans import assigned, chosen_by, inertia_of, labels_of


class MiniBatchKMeans(kmeans.KMeans):
    """sklearn.cluster.MiniBatchKMeans; as there X is not centred: what is equally near to two centers stays so."""

    def fit(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        X, weights, given = _started(self, X, sample_weight)
        random_state, samples = check_random_state(self.random_state), X.shape[0]
        valid = _rows(X, random_state.randint(0, samples, self._init_size))
        some, best = X[valid], np.inf
        for _ in range(self._n_init):
            start = _first(self, X, weights, given, random_state)
            found = inertia_of(some, None if weights is None else weights[valid], start, labels_of(some, start))
            if found < best:
                best, centers = found, start
        self._counts = np.zeros(self.n_clusters, dtype=X.dtype)
        self._ewa_inertia, self._ewa_inertia_min, self._no_improvement = None, None, 0
        self._n_since_last_reassign = 0
        steps = (self.max_iter * samples) // self._batch_size
        heap, total = _heap(X, weights)
        for step in range(steps):
            # What random_state.choice does, which would add up all probabilities each time.
            batch = heap.searchsorted(random_state.random_sample(self._batch_size), side="right")
            moved, inertia = _step(self, X[_rows(X, batch)], None, centers, random_state)
            shift = float(xp.sum((moved - centers) ** 2)) if self._tol > 0 else 0
            centers = moved
            if self._mini_batch_convergence(step, steps, samples, shift, inertia):
                break
        self.n_steps_ = step + 1
        self.n_iter_ = int(np.ceil(((step + 1) * self._batch_size) / samples))
        _learned(self, X, weights, centers)
        if not self.compute_labels:
            self.inertia_ = self._ewa_inertia * total
        return self

    def partial_fit(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        known = hasattr(self, "cluster_centers_")
        self._random_state = getattr(self, "_random_state", None) or check_random_state(self.random_state)
        if known:
            X = checked(self, X)
            weights = weights_of(sample_weight, X)
        else:
            X, weights, given = _started(self, X, sample_weight)
            self._counts, self._n_since_last_reassign = np.zeros(self.n_clusters, dtype=X.dtype), 0
        self.n_steps_ = getattr(self, "n_steps_", 0) + 1
        if type(self._counts) is Array:  # it has moved here
            self._counts = xp.asnumpy(self._counts)
        start = self.cluster_centers_ if known else _first(self, X, weights, given, self._random_state)
        centers, _ = _step(self, X, weights, xp.astype(start, X.dtype), self._random_state)
        return _learned(self, X, weights, centers)


def _started(model: Any, X: Any, sample_weight: Any) -> tuple[Array, Array | None, Array | None]:
    """Samples, their weights, and the first centers if they are given; parameters that depend on X are set."""
    if callable(model.init):
        raise libraries.Unsupported("init is a Python function, which expects NumPy arrays")
    X = checked(model, X, reset=True)
    model._check_params_vs_input(X)
    model._n_threads = _openmp_effective_n_threads()
    weights = weights_of(sample_weight, X)
    if isinstance(model.init, str):
        return X, weights, None
    given = check_array(model.init, dtype=X.dtype)
    model._validate_center_shape(X, given)
    return X, weights, given


def _rows(X: Array, places: np.ndarray) -> Array:
    return xp.asarray(places, device=X.device)


def _first(model: Any, X: Array, weights: Array | None, given: Array | None, random_state: Any) -> Array:
    """The first centers, of some of the samples if these are many."""
    if model._init_size < X.shape[0]:
        some = _rows(X, random_state.randint(0, X.shape[0], model._init_size))
        X, weights = X[some], None if weights is None else weights[some]
    if given is not None:
        return given
    return xp.take(X, chosen_by(model.init, X, model.n_clusters, weights, random_state), axis=0)


def _heap(X: Array, weights: Array | None) -> tuple[np.ndarray, float]:
    """The probabilities of all samples, added up, and the sum of their weights."""
    amounts = np.ones(X.shape[0], dtype=X.dtype) if weights is None else xp.asnumpy(weights)
    total = np.sum(amounts)
    heap = (amounts / total).astype(float).cumsum()
    return heap / heap[-1], total


def _step(model: Any, X: Array, weights: Array | None, centers: Array, random_state: Any) -> tuple[Array, float]:
    """The centers that a batch moves, and its inertia before; a center of few samples is put on another sample."""
    labels, sums, sizes = assigned(X, weights, centers)
    inertia = inertia_of(X, weights, centers, labels)
    again = model._random_reassign()
    counts = xp.asarray(model._counts, dtype=X.dtype, device=X.device)[:, None]
    after = counts + sizes[:, None]
    moved = xp.where(sizes[:, None] > 0, (centers * counts + sums) / xp.where(after > 0, after, 1), centers)
    model._counts += xp.asnumpy(sizes)
    if not again or model.reassignment_ratio <= 0:
        return moved, inertia
    few = model._counts < model.reassignment_ratio * model._counts.max()
    if few.sum() > 0.5 * X.shape[0]:
        few[np.argsort(model._counts)[int(0.5 * X.shape[0]) :]] = False
    if few.any():
        places = random_state.choice(X.shape[0], replace=False, size=few.sum())
        moved[_rows(X, np.flatnonzero(few))] = X[_rows(X, places)]
        model._counts[few] = np.min(model._counts[~few])
    return moved, inertia


def _learned(model: Any, X: Array, weights: Array | None, centers: Array) -> Any:
    model.cluster_centers_ = centers
    model._n_features_out = model.n_clusters
    if model.compute_labels:
        model.labels_ = labels_of(X, centers)
        model.inertia_ = inertia_of(X, weights, centers, model.labels_)
    return model
