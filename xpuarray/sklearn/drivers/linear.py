"""Linear models of the Gram matrix: X is read twice, for its means and for what it differs from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import on_host
from xpuarray.sklearn.drivers.common import centred_gram, checked, parts, weights_of, widest


class LinearModel:
    """What they have in common."""

    def predict(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        X = checked(self, X)
        coef = xp.astype(self.coef_, X.dtype)
        return X @ (coef if coef.ndim == 1 else coef.T) + self.intercept_


class LinearRegression(LinearModel):
    """sklearn.linear_model.LinearRegression"""

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        if self.positive:
            raise libraries.Unsupported("positive=True")
        X, y, weights = _data(self, X, y, sample_weight, ensure_non_negative=True)
        targets = y if y.ndim == 2 else y[:, None]
        gram, moment, *means = centred_gram(X, targets, weights, self.fit_intercept)
        values, vectors = xp.linalg.eigh(gram)
        values, vectors = values[::-1], vectors[:, ::-1]
        self.rank_, self.singular_ = X.shape[1], xp.astype(xp.sqrt(xp.maximum(values, 0)), X.dtype)
        if X.shape[0] < X.shape[1] or not float(values[-1]) > float(values[0]) * xp.finfo(values.dtype).eps ** 0.5:
            coef = _by_singular_values(self, X, targets, weights, means)
        else:
            coef = _solved(values[:, None], vectors, moment, X, targets, weights, means, 0)
        return _learned(self, coef, means, X.dtype, y.ndim)


class Ridge(LinearModel):
    """sklearn.linear_model.Ridge, by its normal equations whatever solver is named: they have one solution."""

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        if self.positive or self.solver not in ("auto", "svd", "cholesky"):
            raise libraries.Unsupported(f"positive={self.positive}, solver={self.solver!r}")
        X, y, weights = _data(self, X, y, sample_weight)
        targets = y if y.ndim == 2 else y[:, None]
        gram, moment, *means = centred_gram(X, targets, weights, self.fit_intercept)
        alpha = xp.asarray(self.alpha, dtype=gram.dtype, device=X.device)
        if alpha.ndim and alpha.shape != (targets.shape[1],):
            raise ValueError(
                f"Number of targets and number of penalties do not correspond: {targets.shape[1]} != {alpha.size}"
            )
        values, vectors = xp.linalg.eigh(gram)
        shifted = xp.maximum(values, 0)[:, None] + alpha
        shifted = xp.where(shifted > 0, shifted, xp.inf)
        coef = _solved(shifted, vectors, moment, X, targets, weights, means, alpha)
        self.n_iter_, self.solver_ = None, "cholesky"
        return _learned(self, coef, means, X.dtype, y.ndim)


class ElasticNet(LinearModel):
    """sklearn.linear_model.ElasticNet and Lasso: coordinates descend on the host, on a square root of the Gram matrix.

    Of (features + 1) rows R and targets t with R'R = X'X, R't = X'y, t't = y'y, scikit-learn's own descent takes the
    steps that it takes on X and y, and stops where it stops there.
    """

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        if self.warm_start or not isinstance(self.precompute, bool):
            raise libraries.Unsupported(f"warm_start={self.warm_start}, precompute={self.precompute!r}")
        X, y, weights = _data(self, X, y, None if isinstance(sample_weight, float) else sample_weight)
        if weights is not None:
            weights = weights * (X.shape[0] / xp.sum(weights))
        targets = y if y.ndim == 2 else y[:, None]
        gram, moment, *means = centred_gram(X, targets, weights, self.fit_intercept)
        centred = xp.astype(targets, gram.dtype) - means[1]
        squares = xp.asnumpy(xp.sum(centred**2 * (1 if weights is None else weights[:, None]), axis=0))
        values, vectors = np.linalg.eigh(xp.asnumpy(gram).astype(float))
        roots = np.sqrt(np.where(values > values[-1] * len(values) * np.finfo(gram.dtype).eps, values, 0))
        heights = (
            vectors.T @ xp.asnumpy(moment) * np.divide(1, roots, out=np.zeros_like(roots), where=roots > 0)[:, None]
        )
        rest = np.sqrt(np.maximum(squares - (heights**2).sum(axis=0), 0))
        rows = np.vstack([roots[:, None] * vectors.T, np.zeros(len(roots))])
        scale = len(rows) / X.shape[0]
        stock = libraries.stock_class(type(self))
        given = {name: getattr(self, name) for name in stock._get_param_names()}  # type: ignore[attr-defined]
        model = stock(**{**given, "alpha": self.alpha / scale, "fit_intercept": False, "precompute": False})
        on_host(model.fit, rows, np.vstack([heights, rest]))
        coef = xp.asarray(np.atleast_2d(model.coef_).T.astype(gram.dtype), device=X.device)
        gaps = np.asarray(model.dual_gap_) * scale
        self.n_iter_, self.dual_gap_ = model.n_iter_, gaps if y.ndim == 2 else float(gaps)
        return _learned(self, coef, means, X.dtype, y.ndim)


Lasso = ElasticNet


def _data(model: Any, X: Any, y: Any, sample_weight: Any, **how: Any) -> tuple[Array, Array, Array | None]:
    X, y = checked(model, X, y, reset=True, y_numeric=True, multi_output=True)
    if type(y) is not Array:
        raise libraries.Unsupported("y is no array of xpuarray's")
    return X, xp.astype(y, X.dtype), weights_of(sample_weight, X, **how)


def _solved(
    values: Array,
    vectors: Array,
    moment: Array,
    X: Array,
    y: Array,
    weights: Array | None,
    means: list[Array],
    alpha: Any,
) -> Array:
    """The solution of the normal equations, by their matrix's decomposition; what it leaves is solved once more."""
    coef = vectors @ ((vectors.T @ moment) / values)
    wide = widest(X)
    rest = -alpha * coef
    for rows in parts(X, 3 * X.shape[1], wide):
        left = xp.astype(X[rows], wide) - means[0]
        right = xp.astype(y[rows], wide) - means[1] - left @ coef
        rest = rest + left.T @ (right if weights is None else right * xp.astype(weights[rows, None], wide))
    return coef + vectors @ ((vectors.T @ rest) / values)


def _by_singular_values(model: Any, X: Array, y: Array, weights: Array | None, means: list[Array]) -> Array:
    """Of features that nearly depend on each other the shortest coefficients."""
    wide = widest(X)
    root: Any = 1 if weights is None else xp.sqrt(xp.astype(weights, wide))[:, None]
    left, singular, right = xp.linalg.svd((xp.astype(X, wide) - means[0]) * root, full_matrices=False)
    kept = singular > getattr(model, "tol", 1e-6) * singular[0]
    model.rank_, model.singular_ = int(xp.sum(kept)), xp.astype(singular, X.dtype)
    inverse = xp.where(kept, 1 / xp.where(kept, singular, 1), 0)
    return right.T @ (inverse[:, None] * (left.T @ ((xp.astype(y, wide) - means[1]) * root)))


def _learned(model: Any, coef: Array, means: list[Array], dtype: Any, ndim: int) -> Any:
    """Coefficients as scikit-learn has them: (features,) for one target given as (samples,)."""
    intercept = means[1] - means[0] @ coef
    model.coef_ = xp.astype(coef[:, 0] if ndim == 1 else coef.T, dtype)
    if not model.fit_intercept:
        model.intercept_ = 0.0
    else:
        model.intercept_ = float(intercept[0]) if ndim == 1 else xp.astype(intercept, dtype)
    return model
