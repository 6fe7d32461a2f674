"""Metrics that scikit-learn computes with NumPy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import encoded, floats, one_hot, parts, widest


def roc_auc_score(
    y_true: Any,
    y_score: Any,
    *,
    average: Any = "macro",
    sample_weight: Any = None,
    max_fpr: float | None = None,
    multi_class: str = "raise",
    labels: Any = None,
) -> float:
    """Of two classes: how often one of the second has the higher score, of all pairs of both."""
    if type(y_score) is not Array or (y_score.ndim == 2 and y_score.shape[1] != 1) or max_fpr not in (None, 1):
        raise libraries.Unsupported("more than two classes, or max_fpr")
    y_score = check_array(y_score, ensure_2d=False, dtype=floats(y_score.device))
    check_consistent_length(y_true, y_score, sample_weight)
    classes, codes = encoded(column_or_1d(y_true), y_score.device)
    if classes.shape[0] > 2:
        raise ValueError("multi_class must be in ('ovo', 'ovr')")
    if classes.shape[0] < 2:
        raise libraries.Unsupported("one class alone")
    wide = widest(y_score)
    weights = xp.ones(codes.shape, dtype=wide, device=codes.device) if sample_weight is None else sample_weight
    weights = xp.astype(weights, wide)
    order = xp.argsort(y_score := xp.reshape(y_score, (-1,)))
    scores = xp.take(y_score, order)
    second = xp.astype(xp.take(codes, order), wide)
    weights = xp.take(weights, order)
    below = xp.concat([xp.zeros(1, dtype=wide, device=codes.device), xp.cumulative_sum(weights * (1 - second))])
    # Among equal scores half the pairs count.
    lower = xp.take(below, xp.searchsorted(scores, scores, side="left"))
    upper = xp.take(below, xp.searchsorted(scores, scores, side="right"))
    pairs = xp.sum(weights * second * (lower + upper)) / 2
    return float(pairs) / (float(xp.sum(weights * second)) * float(below[-1]))


def silhouette_samples(X: Any, labels: Any, *, metric: Any = "euclidean", **options: Any) -> Array:
    """How much nearer each sample is to its own cluster than to the next: from -1 to 1."""
    if metric not in ("euclidean", "l2") or options or type(X) is not Array:
        raise libraries.Unsupported(f"metric={metric!r}, {options or 'no options'}")
    X = check_array(X, dtype=floats(X.device))
    check_consistent_length(X, labels)
    classes, codes = encoded(labels, X.device)
    count = classes.shape[0]
    if not 1 < count < X.shape[0]:
        raise ValueError(f"Number of labels is {count}. Valid values are 2 to n_samples - 1 (inclusive)")
    members = one_hot(codes, count, X.dtype)
    sizes = xp.sum(members, axis=0)
    centred = X - xp.mean(X, axis=0)
    norms = xp.sum(centred * centred, axis=1)
    results = []
    for rows in parts(X, 3 * X.shape[0]):
        squares = norms[rows][:, None] - 2 * centred[rows] @ centred.T + norms
        own = xp.arange(rows.start, rows.stop, device=X.device)[:, None] == xp.arange(X.shape[0], device=X.device)
        totals = xp.sqrt(xp.maximum(xp.where(own, 0, squares), 0)) @ members
        mine = xp.astype(members[rows], np.bool_)
        size = xp.take(sizes, codes[rows])
        inside = xp.sum(xp.where(mine, totals, 0), axis=1) / xp.maximum(size - 1, 1)
        outside = xp.min(xp.where(mine, xp.inf, totals / sizes), axis=1)
        larger = xp.maximum(inside, outside)
        results.append(xp.where((size > 1) & (larger > 0), (outside - inside) / xp.where(larger > 0, larger, 1), 0))
    return xp.concat(results)


def silhouette_score(
    X: Any,
    labels: Any,
    *,
    metric: Any = "euclidean",
    sample_size: int | None = None,
    random_state: Any = None,
    **options: Any,
) -> float:
    """The mean of `silhouette_samples`, of some samples if `sample_size` says so."""
    if sample_size is not None and type(X) is Array and type(labels) is Array:
        chosen = xp.asarray(check_random_state(random_state).permutation(X.shape[0])[:sample_size], device=X.device)
        X, labels = xp.take(X, chosen, axis=0), xp.take(labels, chosen)
    return float(xp.mean(silhouette_samples(X, labels, metric=metric, **options)))
