"""Which estimators take xpuarray arrays."""

__all__ = ["ESTIMATORS"]

#: Every such estimator, and the module of scikit-learn that people import it from.
ESTIMATORS = {
    "DBSCAN": "sklearn.cluster",
    "KMeans": "sklearn.cluster",
    "LinearRegression": "sklearn.linear_model",
    "LogisticRegression": "sklearn.linear_model",
    "PCA": "sklearn.decomposition",
}
