"""Support vector machines that were fitted on the host: kernel values of all support vectors, times one matrix.

libsvm walks the support vectors of each pair of classes for each sample; here a kernel value is made once, whichever
pairs it counts for.
"""

from __future__ import annotations

import weakref
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import checked, classes_at, floats, parts


class _Machine(NamedTuple):
    """A fitted machine as it decides."""

    fitted: Any  #: the coefficients it was made of: another fit has others
    centre: Array  #: (features,), for the digits that distances lose
    vectors: Array  #: (support vectors, features)
    weights: Array  #: (support vectors, decisions)
    biases: Array  #: (decisions,)


_machines: weakref.WeakKeyDictionary[Any, _Machine] = weakref.WeakKeyDictionary()


class SVR:
    """sklearn.svm.SVR and NuSVR"""

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise libraries.Unsupported("it is fitted on the host; move a fitted model: model.to_device(device)")

    def predict(self: Any, X: Any) -> Array:
        return _decisions(self, X, 1)[:, 0]


class SVC:
    """sklearn.svm.SVC and NuSVC"""

    fit = SVR.fit

    def decision_function(self: Any, X: Any) -> Array:
        classes = self.classes_.shape[0]
        decisions = _decisions(self, X, classes)
        if classes == 2:
            return decisions[:, 0]
        return _by_class(decisions, classes) if self.decision_function_shape == "ovr" else decisions

    def predict(self: Any, X: Any) -> Any:
        check_is_fitted(self)
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError("break_ties must be False when decision_function_shape is 'ovo'")
        classes = self.classes_.shape[0]
        decisions = _decisions(self, X, classes)
        if classes == 2:
            return classes_at(self.classes_, xp.astype(decisions[:, 0] > 0, np.int32))
        scores = _by_class(decisions, classes) if self.break_ties else _votes(decisions > 0, classes, decisions.dtype)
        return classes_at(self.classes_, xp.argmax(scores, axis=1))


NuSVR, NuSVC = SVR, SVC


# -- kernel values ------------------------------------------------------------------------------


def _rbf(model: Any, X: Array, Y: Array) -> Array:
    gamma = float(model._gamma)
    return xp.exp(X @ (2 * gamma * Y).T - gamma * xp.sum(X * X, axis=1)[:, None] - gamma * xp.sum(Y * Y, axis=1))


_KERNELS: dict[Any, Any] = {
    "linear": lambda model, X, Y: X @ Y.T,
    "poly": lambda model, X, Y: (float(model._gamma) * (X @ Y.T) + model.coef0) ** model.degree,
    "rbf": _rbf,
    "sigmoid": lambda model, X, Y: xp.tanh(float(model._gamma) * (X @ Y.T) + model.coef0),
}


def _decisions(model: Any, X: Any, classes: int) -> Array:
    """(samples, decisions): one of a regressor or of two classes, else one a pair of classes."""
    check_is_fitted(model)
    if model.kernel not in _KERNELS:
        raise libraries.Unsupported(f"kernel={model.kernel!r}")
    X = checked(model, X)
    machine = _machines.get(model)
    if machine is None or machine.fitted is not model.dual_coef_ or machine.vectors.device is not X.device:
        machine = _machines[model] = _machine(model, classes, X.device)
    X = xp.astype(X, machine.vectors.dtype, copy=False) - machine.centre
    found = [
        _KERNELS[model.kernel](model, X[rows], machine.vectors) @ machine.weights
        for rows in parts(X, 3 * machine.vectors.shape[0])
    ]
    return (xp.concat(found) if len(found) > 1 else found[0]) + machine.biases


def _machine(model: Any, classes: int, device: Any) -> _Machine:
    vectors, coefficients = _numpy(model.support_vectors_), _numpy(model.dual_coef_)
    weights = coefficients.T
    if classes > 2:  # those of a class beside each other: `coefficients` has a row for each other class
        last = np.cumsum(_numpy(model.n_support_))
        rows = [slice(stop - count, stop) for stop, count in zip(last, _numpy(model.n_support_), strict=True)]
        weights = np.zeros((vectors.shape[0], classes * (classes - 1) // 2))
        for pair, (a, b) in enumerate(combinations(range(classes), 2)):
            weights[rows[a], pair] = coefficients[b - 1, rows[a]]
            weights[rows[b], pair] = coefficients[a, rows[b]]
    centre = vectors.mean(axis=0) if model.kernel == "rbf" and len(vectors) else np.zeros(vectors.shape[1])
    wide = floats(device)[0]
    given = (centre, vectors - centre, weights, _numpy(model.intercept_))
    return _Machine(model.dual_coef_, *(xp.asarray(np.asarray(a, wide), device=device) for a in given))


def _numpy(value: Any) -> np.ndarray:
    if hasattr(value, "tocsr"):
        raise libraries.Unsupported("it was fitted on a sparse matrix")
    return xp.asnumpy(value, copy=None) if type(value) is Array else np.asarray(value)


# -- of pairs of classes ------------------------------------------------------------------------


def _sides(classes: int, like: Array) -> tuple[Array, Array]:
    """(pairs, classes) each: 1 for the first of a pair, and for the second."""
    first, second = zip(*combinations(range(classes), 2), strict=True)
    ones = np.eye(classes)
    return tuple(xp.asarray(ones[list(side)].astype(like.dtype), device=like.device) for side in (first, second))  # type: ignore[return-value]


def _votes(first: Array, classes: int, dtype: Any) -> Array:
    """(samples, classes): how many pairs each class has won; `first` where the first of the pair has."""
    first = xp.astype(first, dtype)
    mine, others = _sides(classes, first)
    return first @ mine + (1 - first) @ others


def _by_class(decisions: Array, classes: int) -> Array:
    """(samples, classes): votes, and by how much a class has won or lost, which is worth less than a vote."""
    mine, others = _sides(classes, decisions)
    sums = decisions @ (mine - others)
    return _votes(decisions >= 0, classes, decisions.dtype) + sums / (3 * (xp.abs(sums) + 1))
