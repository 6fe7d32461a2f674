"""Neighbours by all distances, which are made part by part and never stored whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.kernels.nearest import keep_nearest
from xpuarray.lang import Range
from xpuarray.launch.launch import call_kernel
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import THEIRS
from xpuarray.sklearn.drivers.common import checked, classes_at, encoded, one_hot, parts, widest

#: Queries at a time, and from so many on one work-item each is enough.
_QUERIES = 1 << 16
#: How many more than asked for are kept, of which the nearest are told by exact distances.
_SPARE = 8
#: How scikit-learn checks distances that are given.
_APART = {"ensure_non_negative": True, "input_name": "precomputed distance matrix"}


class NearestNeighbors:
    """sklearn.neighbors.NearestNeighbors, with Euclidean distances"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        return _fit(self, checked(self, X, reset=True))

    def kneighbors(self: Any, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:
        check_is_fitted(self)
        count = self.n_neighbors if n_neighbors is None else n_neighbors
        if count <= 0:
            raise ValueError(f"Expected n_neighbors > 0. Got {count}")
        own = X is None
        if self.metric == "precomputed" and not own:
            check_array(X, **_APART)
        queries = self._fit_X if own else xp.astype(checked(self, X), self._fit_X.dtype)
        if count + own > self.n_samples_fit_:
            raise ValueError(
                f"Expected {'n_neighbors < n_samples_fit' if own else 'n_neighbors <= n_samples_fit'}, but "
                f"n_neighbors = {count}, n_samples_fit = {self.n_samples_fit_}, n_samples = {queries.shape[0]}"
            )
        found = (
            _given(queries, count, own) if self.metric == "precomputed" else _sought(self._fit_X, queries, count, own)
        )
        distances, places = (xp.concat(some) if len(found) > 1 else some[0] for some in zip(*found, strict=True))
        return (distances, places) if return_distance else places


class KNeighborsRegressor(NearestNeighbors):
    """sklearn.neighbors.KNeighborsRegressor"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        X, y = checked(self, X, y, reset=True, multi_output=True)
        self._y = y
        return _fit(self, X)

    def predict(self: Any, X: Any) -> Array:
        weights, places = _weighted(self, X)
        y = self._y if self._y.ndim == 2 else self._y[:, None]
        y = y if y.dtype.kind == "f" else xp.astype(y, widest(y))
        told = xp.take(y, xp.reshape(places, (-1,)), axis=0)
        told = xp.reshape(told, (*places.shape, -1))
        scale = xp.astype(weights, y.dtype)[..., None]
        result = xp.sum(told * scale, axis=1) / xp.sum(scale, axis=1)
        return result if self._y.ndim == 2 else result[:, 0]


class KNeighborsClassifier(NearestNeighbors):
    """sklearn.neighbors.KNeighborsClassifier"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        X, y = checked(self, X, y, reset=True, multi_output=True)
        check_classification_targets(y)
        self.outputs_2d_ = y.ndim == 2 and y.shape[1] > 1
        if self.outputs_2d_:
            found = [encoded(y[:, k], X.device) for k in range(y.shape[1])]
            self.classes_, self._y = [classes for classes, _ in found], xp.stack([codes for _, codes in found], axis=1)
        else:
            self.classes_, self._y = encoded(y.reshape(-1), X.device)
        return _fit(self, X)

    def predict_proba(self: Any, X: Any) -> Any:
        weights, places = _weighted(self, X)
        if not self.outputs_2d_:
            return _shares(self._y, self.classes_.shape[0], weights, places)
        return [_shares(self._y[:, k], c.shape[0], weights, places) for k, c in enumerate(self.classes_)]

    def predict(self: Any, X: Any) -> Any:
        shares = KNeighborsClassifier.predict_proba(self, X)
        if not self.outputs_2d_:
            return classes_at(self.classes_, xp.argmax(shares, axis=1))
        told = [classes_at(c, xp.argmax(s, axis=1)) for c, s in zip(self.classes_, shares, strict=True)]
        return (xp if type(told[0]) is Array else np).stack(told, axis=1)

    score = THEIRS


def _shares(codes: Array, classes: int, weights: Array, places: Array) -> Array:
    """(queries, classes): which share of the votes of the neighbours each class has."""
    votes = xp.zeros((places.shape[0], classes), dtype=weights.dtype, device=weights.device)
    for k in range(places.shape[1]):
        votes = votes + one_hot(xp.take(codes, places[:, k]), classes, votes.dtype) * weights[:, k, None]
    return votes / xp.sum(votes, axis=1, keepdims=True)


def _fit(model: Any, X: Array) -> Any:
    model._check_algorithm_metric()
    metric, params = model.metric, dict(model.metric_params or {})
    p = params.pop("p", model.p)
    known = metric in ("euclidean", "l2", "precomputed") or (metric == "minkowski" and p == 2)
    if not known or params or model.algorithm not in ("auto", "brute"):
        raise libraries.Unsupported(f"algorithm={model.algorithm!r}, metric={metric!r}, p={p}, {params or 'no more'}")
    if metric == "precomputed":
        check_array(X, **_APART)
        if X.shape[0] != X.shape[1]:
            raise ValueError(f"Precomputed matrix must be square. Input is a {X.shape[0]}x{X.shape[1]} matrix.")
    model.effective_metric_, model.effective_metric_params_ = (metric if metric == "precomputed" else "euclidean"), {}
    model._fit_X, model._tree, model._fit_method, model.n_samples_fit_ = X, None, "brute", X.shape[0]
    return model


def _weighted(model: Any, X: Any) -> tuple[Array, Array]:
    """How much each neighbour counts, and which these are."""
    check_is_fitted(model)
    if model.weights not in (None, "uniform", "distance"):
        raise libraries.Unsupported("weights is a Python function, which expects NumPy arrays")
    distances, places = NearestNeighbors.kneighbors(model, X)
    if model.weights != "distance":
        return xp.ones_like(distances), places
    same = distances == 0
    hit = xp.any(same, axis=1, keepdims=True)
    return xp.where(hit, xp.astype(same, distances.dtype), 1 / xp.where(same, 1, distances)), places


def _sought(X: Array, queries: Array, count: int, own: bool) -> list[tuple[Array, Array]]:
    """Distances and numbers of the nearest, for some queries at a time; own: the queries are the points themselves."""
    mean = xp.mean(X, axis=0)
    points = X - mean  # for the digits that distances lose
    norms = xp.sum(points * points, axis=1)[:, None]
    found = []
    for first in range(0, queries.shape[0], _QUERIES):
        asked, start = queries[first : first + _QUERIES], first if own else None
        candidates = _candidates(points, norms, asked - mean, count + own + _SPARE)
        found.append(_ranked(X, asked, *candidates, count, start))
    return found


def _given(apart: Array, count: int, own: bool) -> list[tuple[Array, Array]]:
    """The same of distances that are given, (queries, points)."""
    found = []
    for rows in parts(apart, 3 * apart.shape[1]):
        some = apart[rows]
        if own:
            points = xp.arange(apart.shape[1], device=apart.device)
            some = xp.where(xp.arange(rows.start, rows.stop, device=apart.device)[:, None] == points, xp.inf, some)
        order = xp.argsort(some, axis=1, stable=True)[:, :count]
        found.append((xp.take_along_axis(some, order, axis=1), xp.astype(order, np.int64)))
    return found


def _candidates(points: Array, norms: Array, asked: Array, kept: int) -> tuple[Array, Array]:
    """Numbers of points, (queries, candidates), among which so many nearest are; and whether each is one."""
    kept = min(points.shape[0], kept)
    asked = xp.concat([-2 * asked, xp.ones((asked.shape[0], 1), dtype=asked.dtype, device=asked.device)], axis=1).T
    shares = max(1, min(_QUERIES // asked.shape[1], points.shape[0] // (4 * kept)))
    values = xp.full((shares, kept, asked.shape[1]), xp.inf, dtype=asked.dtype, device=asked.device)
    places = xp.zeros(values.shape, dtype=np.int32, device=asked.device)
    for rows in parts(points, asked.shape[1]):
        scores = xp.concat([points[rows], norms[rows]], axis=1) @ asked
        call_kernel(keep_nearest, Range(shares, asked.shape[1]), scores, rows.start, values, places)
    places = xp.reshape(places, (shares * kept, -1)).T
    return places, xp.isfinite(xp.reshape(values, (shares * kept, -1)).T)


def _ranked(X: Array, queries: Array, places: Array, found: Array, count: int, own: int | None) -> tuple[Array, Array]:
    """Distances and numbers of the nearest of some candidates, (queries, candidates), ascending; equally near ones by
    number.

    own: the queries are the points from that one on, and none is a neighbour of its own
    """
    places = xp.sort(xp.where(found, places, np.iinfo(np.int32).max), axis=1)
    found = places < X.shape[0]
    squares = []
    for rows in parts(queries, 3 * X.shape[1] * places.shape[1]):
        some = xp.take(X, xp.reshape(xp.where(found[rows], places[rows], 0), (-1,)), axis=0)
        apart = xp.reshape(some, (-1, *places.shape[1:], X.shape[1])) - queries[rows][:, None]
        squares.append(xp.sum(apart * apart, axis=2))
    square = xp.where(found, xp.concat(squares), xp.inf)
    if own is not None:
        own_places = xp.arange(own, own + queries.shape[0], dtype=places.dtype, device=X.device)
        square = xp.where(places == own_places[:, None], xp.inf, square)
    order = xp.argsort(square, axis=1, stable=True)[:, :count]
    distances = xp.sqrt(xp.take_along_axis(square, order, axis=1))
    return distances, xp.astype(xp.take_along_axis(places, order, axis=1), np.int64)
