"""The estimators themselves, at module level so that models pickle by name."""

from __future__ import annotations

from xpuarray.sklearn.edge import on_devices
from xpuarray.sklearn.table import ESTIMATORS

__all__ = ["DBSCAN", "KMeans", "LinearRegression", "LogisticRegression", "PCA"]


def _estimator(name: str) -> type:
    return on_devices(ESTIMATORS[name], name, __name__)


DBSCAN = _estimator("DBSCAN")
KMeans = _estimator("KMeans")
LinearRegression = _estimator("LinearRegression")
LogisticRegression = _estimator("LogisticRegression")
PCA = _estimator("PCA")
