"""Decompositions of the Gram matrix."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_array, check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import centred_gram, checked, floats, widest

#: The most features of which the Gram matrix is decomposed.
_MOST = 4096


class TruncatedSVD:
    """sklearn.decomposition.TruncatedSVD, exactly, whichever algorithm is named: both come near this."""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        self.fit_transform(X)
        return self

    def fit_transform(self: Any, X: Any, y: Any = None) -> Array:
        X = checked(self, X, reset=True, ensure_min_features=2)
        wide = widest(X)
        if self.n_components > X.shape[1]:
            raise ValueError(f"n_components({self.n_components}) must be <= n_features({X.shape[1]}).")
        if min(X.shape) > _MOST:
            raise libraries.Unsupported(f"a matrix of {X.shape[0]} x {X.shape[1]}: {_MOST} either way")
        if X.shape[0] < X.shape[1]:
            _, singular, rows = xp.linalg.svd(xp.astype(X, wide), full_matrices=False)
        else:
            values, vectors = xp.linalg.eigh(centred_gram(X, None, None, False)[0])
            singular, rows = xp.sqrt(xp.maximum(values[::-1], 0)), vectors.T[::-1]
        rows = rows[: self.n_components]
        highest = xp.take_along_axis(rows, xp.argmax(xp.abs(rows), axis=1)[:, None], axis=1)
        self.components_ = xp.astype(rows * xp.sign(highest), X.dtype)
        self.singular_values_ = xp.astype(singular[: self.n_components], X.dtype)
        scores = X @ self.components_.T
        self.explained_variance_ = xp.var(scores, axis=0)
        self.explained_variance_ratio_ = self.explained_variance_ / xp.sum(xp.var(X, axis=0))
        return scores

    def transform(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        return checked(self, X) @ self.components_.T

    def inverse_transform(self: Any, X: Any) -> Array:
        return check_array(X, dtype=floats(self.components_.device)) @ self.components_
