"""scikit-learn on xpuarray arrays: computed on the arrays' device, results there too.

    from xpuarray.sklearn import patch_sklearn

    patch_sklearn()
    from sklearn.cluster import KMeans

    labels = KMeans(8).fit(X).labels_     # X an xpuarray array; so is labels_, on X's device

With NumPy arrays everything does what it did before.  What a GPU has no engine for raises FallbackError;
inside `with xp.allow_fallback():` it runs on the host.
"""

from xpuarray.sklearn.patching import patch_sklearn, unpatch_sklearn

__all__ = ["patch_sklearn", "unpatch_sklearn"]
