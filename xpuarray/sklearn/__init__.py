"""scikit-learn's estimators on xpuarray arrays: fitted on the arrays' device, results there too.

    from xpuarray.sklearn import patch_sklearn

    patch_sklearn()
    from sklearn.cluster import KMeans

    labels = KMeans(8).fit(X).labels_     # X an xpuarray array; so is labels_, on X's device

The classes are also here, without patching anything: `from xpuarray.sklearn import KMeans`.  With
NumPy arrays they do what they did before.  An estimator with parameters that the device has no
implementation for raises FallbackError; inside `with xp.allow_fallback():` it runs on the host.
"""

from typing import Any

from xpuarray.sklearn.patching import patch_sklearn, unpatch_sklearn
from xpuarray.sklearn.table import ESTIMATORS

__all__ = ["DBSCAN", "KMeans", "LinearRegression", "LogisticRegression", "PCA", "patch_sklearn", "unpatch_sklearn"]


def __getattr__(name: str) -> Any:
    # scikit-learn takes seconds to import: only when an estimator is asked for.
    if name in ESTIMATORS:
        from xpuarray.sklearn import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
