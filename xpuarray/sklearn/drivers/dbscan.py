"""DBSCAN: points sorted into cells, and labels that sink to the least of their neighbours'."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.kernels.neighbourhoods import least_label_within, weight_within
from xpuarray.lang import Range
from xpuarray.launch.launch import call_kernel
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import checked, weights_of

#: The most features of which cells are made; of more there are too many cells beside each.
_FEATURES = 3
_CELLS = 1 << 62


class DBSCAN:
    """sklearn.cluster.DBSCAN, with Euclidean distances"""

    def fit(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        euclidean = self.metric == "euclidean" or (self.metric == "minkowski" and self.p in (None, 2))
        if not euclidean or self.metric_params or self.algorithm not in ("auto", "brute"):
            raise libraries.Unsupported(f"algorithm={self.algorithm!r}, metric={self.metric!r}, {self.metric_params}")
        X = checked(self, X, reset=True)
        weights = weights_of(sample_weight, X)
        order, starts, ends = _ranges(X, self.eps)
        points = xp.take(X, order, axis=0)
        weight = xp.ones(X.shape[0], dtype=X.dtype, device=X.device) if weights is None else xp.take(weights, order)
        square = np.dtype(X.dtype).type(self.eps) ** 2
        totals = xp.empty_like(weight)
        call_kernel(weight_within, Range(X.shape[0]), points, weight, starts, ends, square, totals)
        core = totals >= self.min_samples
        labels = _least(points, core, order, starts, ends, square)
        self.labels_ = _numbered(labels, core, order)
        self.core_sample_indices_ = xp.sort(order[core])
        self.components_ = xp.take(X, self.core_sample_indices_, axis=0)
        return self

    def fit_predict(self: Any, X: Any, y: Any = None, sample_weight: Any = None) -> Array:
        return self.fit(X, sample_weight=sample_weight).labels_


def _ranges(X: Array, eps: float) -> tuple[Array, Array, Array]:
    """An order of the points, and in that order the ranges (ranges, points) in which all lie that are near a point."""
    samples, features = X.shape
    least = xp.min(X, axis=0)
    extents = [int(e) + 3 for e in xp.asnumpy(xp.max(X, axis=0) - least) / eps]
    if features > _FEATURES or float(np.prod(extents, dtype=float)) >= _CELLS:
        ends = xp.full((1, samples), samples, dtype=np.int64, device=X.device)
        return xp.arange(samples, device=X.device), xp.zeros_like(ends), ends
    steps = [int(np.prod(extents[f + 1 :], dtype=object)) for f in range(features)]
    # A little wider than eps: what rounding puts beside its cell is still in one next to it.
    cells = xp.astype(xp.floor((X - least) / (eps * (1 + 1e-4))), np.int64) + 1
    keys = xp.zeros(samples, dtype=np.int64, device=X.device)
    for f, step in enumerate(steps):
        keys = keys + cells[:, f] * step
    order = xp.argsort(keys)
    keys = xp.take(keys, order)
    rows = [
        sum(o * s for o, s in zip(offsets, steps, strict=False)) for offsets in product((-1, 0, 1), repeat=features - 1)
    ]
    starts = xp.stack([xp.searchsorted(keys, keys + (row - 1), side="left") for row in rows])
    ends = xp.stack([xp.searchsorted(keys, keys + (row + 1), side="right") for row in rows])
    return order, starts, ends


def _least(points: Array, core: Array, order: Array, starts: Array, ends: Array, square: Any) -> Array:
    """Of each core point the least number of a point of its cluster; of others the least of their core neighbours'."""
    labels = xp.astype(order, np.int32)
    places = xp.astype(xp.argsort(order), np.int32)
    while True:
        lower = xp.asarray(labels, copy=True)
        call_kernel(least_label_within, Range(len(labels)), points, core, labels, places, starts, ends, square, lower)
        jumped = xp.minimum(lower, xp.take(lower, xp.take(places, lower)))
        lower = xp.where(core, jumped, xp.astype(order, np.int32))
        if not bool(xp.any(lower != labels)):
            break
        labels = lower
    none = xp.where(core, labels, np.iinfo(np.int32).max)
    lowest = xp.asarray(none, copy=True)
    call_kernel(least_label_within, Range(len(labels)), points, core, none, places, starts, ends, square, lowest)
    return lowest


def _numbered(labels: Array, core: Array, order: Array) -> Array:
    """Clusters numbered by their first core points, -1 for noise, in the points' own order."""
    first = xp.unique_values(labels[core])
    numbers = xp.searchsorted(first, labels)
    known = labels < np.iinfo(np.int32).max
    result = xp.empty(labels.shape, dtype=np.int64, device=labels.device)
    result[order] = xp.astype(xp.where(known, numbers, -1), np.int64)
    return result
