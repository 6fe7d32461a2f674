"""The analysis: stages written once, which run on every device, and on NumPy for comparison.

A stage takes a `Library` and the samples' namespace `s`, and returns its results by name; later
stages find them in `s`.  Nothing here knows which device it runs on.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import xpuarray as xp

__all__ = ["LARGE", "SMALL", "Bound", "Library", "Stage", "by_kernel"]


@xp.kernel
def squared_distances(
    item,  # Item over (n_samples,)
    X,  # in   (n_samples, n_features)
    C,  # in   (n_centres, n_features)
    out,  # out  (n_samples, n_centres)
):
    i = item.get_id(0)
    for j in range(C.shape[0]):
        total = out.dtype.type(0)
        for f in range(X.shape[1]):
            apart = X[i, f] - C[j, f]
            total += apart * apart
        out[i, j] = total


def by_kernel(X: xp.Array, C: xp.Array) -> xp.Array:
    """Squared distances of each row of X (n, features) from each of C (k, features), as (n, k)."""
    out = xp.empty((X.shape[0], C.shape[0]), dtype=X.dtype, device=X.device)
    xp.call_kernel(squared_distances, xp.Range(X.shape[0]), X, C, out)
    return out


class Library(NamedTuple):
    """What the stages compute with: xpuarray on some device, or NumPy and stock scikit-learn."""

    xp: Any  #: the namespace of array functions
    sum: Callable[..., Any]  #: sum(x, axis=...) that adds in double precision
    squared_distances: Callable[[Any, Any], Any]  #: as `by_kernel`
    KMeans: type
    PCA: type
    LogisticRegression: type


# -- the stages ---------------------------------------------------------------------------------


def standardise(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """Each feature with mean 0 and standard deviation 1."""
    n = s.X.shape[0]
    centred = s.X - lib.sum(s.X, axis=0) / n
    spread = lib.xp.sqrt(lib.sum(centred * centred, axis=0) / n)
    return {"Z": centred / lib.xp.where(spread > 0, spread, 1)}  # some pixels are 0 in every picture


def all_distances(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """The squared distance of each sample from every other, by the demo's own kernel."""
    return {"distances": lib.squared_distances(s.Z, s.Z)}


def centre_distances(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """The squared distance of each sample from each first centre, by the same kernel."""
    return {"distances": lib.squared_distances(s.Z, s.Z[s.starts])}


def membership(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """How far each sample belongs to each centre: normal densities that add up to 1."""
    nearest = lib.xp.min(s.distances, axis=1, keepdims=True)
    density = lib.xp.exp((nearest - s.distances) * 0.5)
    return {"members": density / lib.xp.sum(density, axis=1, keepdims=True)}


def summary(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """Reductions of all samples: the size of each group, its spread, and the farthest sample."""
    sizes = lib.sum(s.members, axis=0)
    spreads = lib.sum(s.members * s.distances, axis=0) / sizes
    return {"sizes": sizes, "spreads": spreads, "farthest": lib.xp.max(s.distances, axis=0)}


def components(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """The samples in the plane in which they spread most."""
    return {"plane": lib.PCA(n_components=2, svd_solver="covariance_eigh").fit_transform(s.Z)}


def cluster(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """One cluster a class, from given first centres to the end."""
    model = lib.KMeans(len(s.starts), init=s.Z[s.starts], n_init=1).fit(s.Z)
    return {"labels": model.labels_, "centres": model.cluster_centers_}


def cluster_five_rounds(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """Five rounds of KMeans, no more and no less, so that all devices do the same work."""
    model = lib.KMeans(len(s.starts), init=s.Z[s.starts], n_init=1, max_iter=5, tol=0).fit(s.Z)
    return {"labels": model.labels_, "centres": model.cluster_centers_}


def classify(lib: Library, s: SimpleNamespace) -> dict[str, Any]:
    """The class of the last third of the samples, learned from the others."""
    split = 2 * s.X.shape[0] // 3
    model = lib.LogisticRegression(C=0.1, tol=1e-5, max_iter=1000).fit(s.Z[:split], s.y[:split])
    return {"predicted": model.predict(s.Z[split:]), "probabilities": model.predict_proba(s.Z[split:])}


# -- how closely devices must agree -------------------------------------------------------------


class Bound(NamedTuple):
    """How far one result may differ between two devices.

    measure: "values" (largest difference, relative to the largest value), "plane" (the same, columns
        being free in sign) or "labels" (the share of samples labelled differently)
    """

    measure: str
    largest: float
    why: str


# All data is float32, with rounding errors u of 6e-8 relative to a value.
_STANDARD = Bound("values", 1e-5, "a few roundings, and sums in single precision where there is no double")
_DISTANCES = Bound("values", 1e-5, "64 squares added one by one lose at most 66 u = 4e-6")
_MEMBERS = Bound("values", 1e-4, "half the error of a distance of 100 to 200, times a membership of at most 1")
_SUMS = Bound("values", 1e-4, "means of memberships and distances with the errors above")
_PLANE = Bound("plane", 1e-4, "errors of the covariance, some u, grow by variance over its gap to the next, 10 times")
_CENTRES = Bound("values", 1e-5, "means of samples, of which no two devices see others")
_LABELS = Bound("labels", 0, "first centres are given, and no sample is as near to a border as rounding reaches")
_BORDER = Bound("labels", 1e-5, "among 4 million samples some lie on a border as exactly as float32 can tell")
_PROBABILITIES = Bound("values", 5e-3, "solvers stop at a gradient of 1e-5, over a curvature of 1 / (C n) or more")
_PREDICTED = Bound("labels", 5e-3, "where two classes are equally likely within that")


class Stage(NamedTuple):
    """One step of the analysis."""

    name: str
    function: Callable[[Library, SimpleNamespace], dict[str, Any]]
    bounds: dict[str, Bound]  #: of each result


_STANDARDISE = Stage("standardise", standardise, {"Z": _STANDARD})
_PCA = Stage("PCA", components, {"plane": _PLANE})

SMALL = (
    _STANDARDISE,
    Stage("distances", all_distances, {"distances": _DISTANCES}),
    _PCA,
    Stage("KMeans", cluster, {"labels": _LABELS, "centres": _CENTRES}),
    Stage("LogisticRegression", classify, {"predicted": _PREDICTED, "probabilities": _PROBABILITIES}),
)
LARGE = (
    _STANDARDISE,
    Stage("distances", centre_distances, {"distances": _DISTANCES}),
    Stage("membership", membership, {"members": _MEMBERS}),
    Stage("summary", summary, {"sizes": _SUMS, "spreads": _SUMS, "farthest": _DISTANCES}),
    _PCA,
    Stage("KMeans, 5 rounds", cluster_five_rounds, {"labels": _BORDER, "centres": _CENTRES}),
)
