"""Scaling by the quantiles of each feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri
from sklearn.utils.validation import check_array, check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn.drivers.common import checked, floats

_WITH_NAN: dict[str, Any] = {"ensure_all_finite": "allow-nan"}


class RobustScaler:
    """sklearn.preprocessing.RobustScaler"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        X = checked(self, X, reset=True, **_WITH_NAN)
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(f"Invalid quantile range: {self.quantile_range}")
        self.center_ = xp.nanmedian(X, axis=0) if self.with_centering else None
        self.scale_ = None
        if self.with_scaling:
            apart = xp.nanpercentile(X, high, axis=0) - xp.nanpercentile(X, low, axis=0)
            # Of constant features nothing is told by what rounding has left.
            told = apart >= 10 * float(np.finfo(apart.dtype).eps)
            self.scale_ = xp.where(told, apart, 1)
            if self.unit_variance:
                self.scale_ = self.scale_ / float(ndtri(high / 100) - ndtri(low / 100))
        return self

    def transform(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        X = checked(self, X, **_WITH_NAN)
        X = X if self.center_ is None else X - self.center_
        return X if self.scale_ is None else X / self.scale_

    def inverse_transform(self: Any, X: Any) -> Array:
        check_is_fitted(self)
        X = check_array(X, dtype=floats(X.device), **_WITH_NAN)
        X = X if self.scale_ is None else X * self.scale_
        return X if self.center_ is None else X + self.center_
