"""Covariance from the moments of the data, shrunk or not."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from sklearn.utils.validation import check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn.drivers.common import centred_gram, checked, parts


class EmpiricalCovariance:
    """sklearn.covariance.EmpiricalCovariance"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        _fitted(self, X)
        return self

    def get_precision(self: Any) -> Array:
        return self.precision_ if self.store_precision else _inverse(self.covariance_)

    def score(self: Any, X_test: Any, y: Any = None) -> float:
        X = checked(self, X_test) - self.location_
        covariance = centred_gram(X, None, None, False)[0] / X.shape[0]
        precision = xp.astype(EmpiricalCovariance.get_precision(self), covariance.dtype)
        sign, logarithm = xp.linalg.slogdet(precision)
        volume = float(logarithm) if float(sign) > 0 else -math.inf
        return (volume - float(xp.sum(covariance * precision)) - precision.shape[0] * math.log(2 * math.pi)) / 2

    def error_norm(
        self: Any, comp_cov: Any, norm: str = "frobenius", scaling: bool = True, squared: bool = True
    ) -> Any:
        error = comp_cov - self.covariance_
        if norm == "frobenius":
            value = float(xp.sum(error * error))
        elif norm == "spectral":
            value = float(xp.max(xp.linalg.svdvals(error))) ** 2
        else:
            raise NotImplementedError("Only spectral and frobenius norms are implemented")
        value = value / error.shape[0] if scaling else value
        return value if squared else math.sqrt(value)

    def mahalanobis(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        apart = checked(self, X) - self.location_
        precision = xp.astype(EmpiricalCovariance.get_precision(self), apart.dtype)
        return xp.sum(apart @ precision * apart, axis=1)


class ShrunkCovariance(EmpiricalCovariance):
    """sklearn.covariance.ShrunkCovariance: by a share that is given"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        _fitted(self, X, lambda *data: float(self.shrinkage))
        return self


class LedoitWolf(EmpiricalCovariance):
    """sklearn.covariance.LedoitWolf: by the share that makes the expected error least"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        self.shrinkage_ = _fitted(self, X, _of_least_error)
        return self


class OAS(EmpiricalCovariance):
    """sklearn.covariance.OAS: by the share that is best of normally distributed data"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        self.shrinkage_ = _fitted(self, X, _of_normal_data)
        return self


Share = Callable[[Array, Array, Array], float]  #: of the samples, their mean and their covariance


def _fitted(model: Any, X: Any, share: Share | None = None) -> float:
    """Fit a model with its variances drawn to their mean by some share, which is returned."""
    X = checked(model, X, reset=True)
    if X.shape[0] == 1:
        warnings.warn("Only one sample available. You may want to reshape your data array", stacklevel=4)
    gram, _, location, _ = centred_gram(X, None, None, not model.assume_centered)
    covariance = gram / X.shape[0]
    shrinkage = share(X, location, covariance) if share is not None else 0.0
    features = X.shape[1]
    if shrinkage:
        mean = float(xp.linalg.trace(covariance)) / features
        towards = shrinkage * mean * xp.eye(features, dtype=gram.dtype, device=X.device)
        covariance = (1 - shrinkage) * covariance + towards
    model.location_ = xp.astype(location, X.dtype)
    model.covariance_ = xp.astype(covariance, X.dtype)
    model.precision_ = xp.astype(_inverse(covariance), X.dtype) if model.store_precision else None
    return shrinkage


def _of_least_error(X: Array, location: Array, covariance: Array) -> float:
    samples, features = X.shape
    if features == 1:
        return 0.0
    fourth = 0.0  # powers
    for rows in parts(X, 3 * features, covariance.dtype):
        some = xp.astype(X[rows], covariance.dtype) - location
        fourth += float(xp.sum(xp.sum(some * some, axis=1) ** 2))
    trace, squares = float(xp.linalg.trace(covariance)), float(xp.sum(covariance * covariance))
    delta = (squares - trace**2 / features) / features
    beta = min((fourth / samples - squares) / (features * samples), delta)
    return beta / delta if beta else 0.0


def _of_normal_data(X: Array, location: Array, covariance: Array) -> float:
    samples, features = X.shape
    if features == 1:
        return 0.0
    alpha, square = float(xp.mean(covariance * covariance)), (float(xp.linalg.trace(covariance)) / features) ** 2
    most = (samples + 1) * (alpha - square / features)
    return min((alpha + square) / most, 1.0) if most else 1.0


def _inverse(covariance: Array) -> Array:
    """The symmetric pseudo-inverse: what is next to nothing beside the largest eigenvalue stays nothing."""
    values, vectors = xp.linalg.eigh(covariance)
    least = values.shape[0] * float(xp.finfo(values.dtype).eps) * float(xp.max(xp.abs(values)))
    there = xp.abs(values) > least
    return (vectors * xp.where(there, 1 / xp.where(there, values, 1), 0)) @ vectors.T
