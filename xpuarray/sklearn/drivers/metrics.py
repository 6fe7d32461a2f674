"""Metrics that scikit-learn computes with NumPy alone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from sklearn.metrics._ranking import _multiclass_roc_auc_score
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import on_host
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
) -> Any:
    """Of two classes: how often one of the second has the higher score, of all pairs of both; of more a mean of it."""
    if type(y_score) is not Array or max_fpr not in (None, 1) or getattr(y_true, "ndim", 1) > 1:
        raise libraries.Unsupported("several labels a sample, or max_fpr")
    y_score = check_array(y_score, ensure_2d=False, dtype=floats(y_score.device))
    check_consistent_length(y_true, y_score, sample_weight)
    classes, codes = encoded(column_or_1d(y_true), y_score.device)
    wide = widest(y_score)
    weights = xp.ones(codes.shape, dtype=wide, device=codes.device) if sample_weight is None else sample_weight
    weights = xp.astype(weights, wide)
    if classes.shape[0] > 2 or (y_score.ndim == 2 and y_score.shape[1] > 2):
        if multi_class == "raise":
            raise ValueError("multi_class must be in ('ovo', 'ovr')")
        weighted = None if sample_weight is None else weights
        return _several(classes, codes, y_score, weighted, average, multi_class, labels)
    if classes.shape[0] < 2 or (y_score.ndim == 2 and y_score.shape[1] != 1):
        raise libraries.Unsupported("one class alone, or two scores")
    return _area(xp.astype(codes, wide), xp.reshape(y_score, (-1,)), weights)


def _area(second: Array, y_score: Array, weights: Array) -> float:
    """Of all pairs of one of the second class (1) and one of the first (0): how many have the higher score there."""
    order = xp.argsort(y_score)
    scores = xp.take(y_score, order)
    second = xp.take(second, order)
    weights = xp.take(weights, order)
    below = xp.cumulative_sum(weights * (1 - second), include_initial=True)
    # Among equal scores half the pairs count.
    lower = xp.take(below, xp.searchsorted(scores, scores, side="left"))
    upper = xp.take(below, xp.searchsorted(scores, scores, side="right"))
    pairs = xp.sum(weights * second * (lower + upper)) / 2
    return float(pairs) / (float(xp.sum(weights * second)) * float(below[-1]))


def _several(
    classes: Any, codes: Array, y_score: Array, weights: Array | None, average: Any, multi_class: str, labels: Any
) -> Any:
    """Of more than two classes: each against the rest (ovr), or each against each other (ovo)."""
    known = xp.asnumpy(classes) if type(classes) is Array else classes
    named = xp.asnumpy(labels) if type(labels) is Array else labels
    columns, sums = y_score.shape[-1], xp.sum(y_score, axis=-1)
    few = np.zeros((len(known), columns)) if y_score.ndim == 2 else np.zeros(len(known))
    few[..., 0] = 1 if bool(xp.all(xp.abs(sums - 1) <= 1e-5)) else 2
    few_weights = None if weights is None else np.ones(len(known))
    # Parameters that don't fit are refused by scikit-learn itself, of one sample a class.
    on_host(_multiclass_roc_auc_score, known, few, named, multi_class, average, few_weights)
    if len(known) < columns:
        raise libraries.Unsupported("a class without samples")
    wide = widest(y_score)
    members = one_hot(codes, columns, wide)
    given = xp.ones(codes.shape, dtype=wide, device=codes.device) if weights is None else weights
    if multi_class == "ovr":
        if average == "micro":
            return _area(xp.reshape(members, (-1,)), xp.reshape(y_score, (-1,)), xp.repeat(given, columns))
        areas = [_area(members[:, k], y_score[:, k], given) for k in range(columns)]
        shares = xp.asnumpy(xp.sum(members * given[:, None], axis=0)).tolist()
    else:
        areas, shares = [], []
        for a, b in combinations(range(columns), 2):
            both = xp.nonzero((codes == a) | (codes == b))[0]
            ones = xp.take(given, both)
            pair = [_area(xp.take(members[:, k], both), xp.take(y_score[:, k], both), ones) for k in (a, b)]
            areas.append(sum(pair) / 2)
            shares.append(both.shape[0])
    if average is None:
        return np.array(areas)
    return float(np.average(areas, weights=shares if average == "weighted" else None))


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
