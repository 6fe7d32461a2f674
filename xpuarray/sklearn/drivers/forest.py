"""Forests: fitted on the host and moved here, they predict here."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.kernels.forest import forest_sum
from xpuarray.lang import Range
from xpuarray.launch.launch import call_kernel
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import checked, classes_at, floats


class _Trees(NamedTuple):
    """All nodes of all trees, one after the other."""

    estimators: Any  #: whose they are
    roots: Array
    features: Array
    thresholds: Array
    children: Array
    values: Array


#: A forest's trees on its device, as long as the forest is there.
_trees: weakref.WeakKeyDictionary[Any, _Trees] = weakref.WeakKeyDictionary()


class RandomForestRegressor:
    """sklearn.ensemble.RandomForestRegressor and ExtraTreesRegressor"""

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise libraries.Unsupported("trees are grown on the host; move a fitted model: model.to_device(device)")

    def predict(self: Any, X: Any) -> Array:
        means = _means(self, X)
        return means[:, 0] if self.n_outputs_ == 1 else means


class RandomForestClassifier:
    """sklearn.ensemble.RandomForestClassifier and ExtraTreesClassifier, of one output"""

    fit = RandomForestRegressor.fit

    def predict_proba(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        if self.n_outputs_ > 1:
            raise libraries.Unsupported("several outputs")
        return _means(self, X)

    def predict_log_proba(self: Any, X: Any) -> Array:
        return xp.log(RandomForestClassifier.predict_proba(self, X))

    def predict(self: Any, X: Any) -> Any:
        shares = RandomForestClassifier.predict_proba(self, X)
        return classes_at(self.classes_, xp.argmax(shares, axis=1))


ExtraTreesRegressor, ExtraTreesClassifier = RandomForestRegressor, RandomForestClassifier


def _means(model: Any, X: Any) -> Array:
    """The mean of what the trees say, (samples, outputs)."""
    check_is_fitted(model)
    X = checked(model, X, dtype=np.float32)  # trees compare singles
    trees = _trees.get(model)
    if trees is None or trees.estimators is not model.estimators_:
        trees = _trees[model] = _moved(model.estimators_, X.device)
    sums = xp.zeros((X.shape[0], trees.values.shape[1]), dtype=trees.values.dtype, device=X.device)
    call_kernel(forest_sum, Range(X.shape[0]), X, *trees[1:], sums)
    return sums / len(model.estimators_)


def _moved(estimators: Any, device: Any) -> _Trees:
    trees = [estimator.tree_ for estimator in estimators]
    counts = np.array([tree.node_count for tree in trees])
    roots = np.concatenate([[0], np.cumsum(counts)[:-1]])
    children = np.concatenate(
        [np.stack([t.children_left, t.children_right], axis=1) + root for t, root in zip(trees, roots, strict=True)]
    )
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    features = np.where(leaf, -1, np.concatenate([tree.feature for tree in trees]))
    values = np.concatenate([t.value[:, 0] if t.n_outputs == 1 else t.value[:, :, 0] for t in trees])
    if trees[0].max_n_classes > 1:
        values = values / values.sum(axis=1, keepdims=True)
    # A single is above a double if it is above the next single below that.
    exact = np.concatenate([tree.threshold for tree in trees])
    near = exact.astype(np.float32)
    thresholds = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    whole: Any = [a.astype(np.int32) for a in (roots, features, children)]
    placed = [xp.asarray(a, device=device) for a in (*whole, thresholds, values.astype(floats(device)[0]))]
    return _Trees(estimators, placed[0], placed[1], placed[3], placed[2], placed[4])
