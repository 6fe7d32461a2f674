"""Mixtures of Gaussians: each step of the EM algorithm reads X once, and what it is made of is few numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import _gaussian_mixture as theirs
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers import THEIRS, kmeans, on_host
from xpuarray.sklearn.drivers.common import centred_gram, checked, one_hot, parts, widest


class GaussianMixture:
    """sklearn.mixture.GaussianMixture"""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        _fitted(self, X)
        return self

    def fit_predict(self: Any, X: Any, y: Any = None) -> Array:
        return xp.argmax(_scores(_fitted(self, X), _parameters(self)), axis=1)

    def predict(self: Any, X: Any) -> Array:
        return xp.argmax(_scores(*_asked(self, X)), axis=1)

    def predict_proba(self: Any, X: Any) -> Array:
        scores = _scores(*_asked(self, X))
        return xp.exp(scores - _total(scores)[:, None])

    def score_samples(self: Any, X: Any) -> Array:
        return _total(_scores(*_asked(self, X)))

    def score(self: Any, X: Any, y: Any = None) -> float:
        return float(xp.mean(GaussianMixture.score_samples(self, X)))

    def sample(self: Any, n_samples: int = 1) -> tuple[Array, Array]:
        check_is_fitted(self)
        model = _hosts(self)
        for name, value in vars(self).items():
            if name[-1] == "_" != name[0]:
                setattr(model, name, xp.asnumpy(value) if type(value) is Array else value)
        device = self.means_.device
        X, components = _plainly(model.sample, n_samples)
        return xp.asarray(X.astype(widest(self.means_)), device=device), xp.asarray(components, device=device)

    aic = bic = THEIRS


class _Parameters(NamedTuple):
    """What describes the components, on the host: few numbers, decomposed and inverted there."""

    kind: str  #: of covariances
    weights: np.ndarray
    means: np.ndarray
    covariances: Any
    roots: np.ndarray  #: the precisions' Cholesky factors, as scikit-learn has them for each kind of covariance


def _plainly(call: Callable[..., Any], *args: Any) -> Any:
    """scikit-learn's own computation with NumPy arrays."""
    with sklearn.config_context(array_api_dispatch=False):
        return on_host(call, *args)


def _hosts(model: Any) -> Any:
    """A model of the same parameters, with NumPy arrays."""
    given = model.get_params(deep=False)
    return libraries.stock_class(type(model))(
        **{name: xp.asnumpy(value) if type(value) is Array else value for name, value in given.items()}
    )


def _asked(model: Any, X: Any) -> tuple[Array, _Parameters]:
    check_is_fitted(model)
    return checked(model, X), _parameters(model)


def _parameters(model: Any) -> _Parameters:
    weights, means, roots = (xp.asnumpy(getattr(model, n)) for n in ("weights_", "means_", "precisions_cholesky_"))
    return _Parameters(model.covariance_type, weights.astype(float), means.astype(float), None, roots.astype(float))


# -- fitting ------------------------------------------------------------------------------------


def _fitted(self: Any, X: Any) -> Array:
    X = checked(self, X, reset=True, ensure_min_samples=2)
    if X.shape[0] < self.n_components:
        raise ValueError(
            f"Expected n_samples >= n_components but got n_components = {self.n_components}, n_samples = {X.shape[0]}"
        )
    host = _hosts(self)
    _plainly(host._check_parameters, np.broadcast_to(0.0, X.shape), np)
    whole = _whole(X) if self.covariance_type == "tied" else None
    again = self.warm_start and hasattr(self, "converged_")
    random_state, highest = check_random_state(self.random_state), -np.inf
    for _ in range(1 if again else self.n_init):
        found = _parameters(self) if again else _started(host, X, whole, random_state)
        bounds, converged = [self.lower_bound_] if again else [-np.inf], False
        for _ in range(self.max_iter):
            found, bound = _step(host, X, whole, found)
            bounds.append(bound)
            if converged := abs(bound - bounds[-2]) < self.tol:
                break
        if highest == -np.inf or bounds[-1] > highest:
            best, highest, self.converged_ = found, bounds[-1], converged
            self.n_iter_, self.lower_bound_, self.lower_bounds_ = len(bounds) - 1, highest, bounds[1:]
    if not self.converged_ and self.max_iter > 0:
        warnings.warn(
            "Best performing initialization did not converge. Try different init parameters, or increase max_iter, "
            "tol, or check for degenerate data.",
            ConvergenceWarning,
            stacklevel=2,
        )
    _plainly(host._set_parameters, best[1:], np)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_"):
        value = getattr(host, name)
        setattr(self, name, None if value is None else xp.asarray(value.astype(X.dtype), device=X.device))
    return X


def _started(host: Any, X: Array, whole: Any, random_state: Any) -> _Parameters:
    """The first components: of responsibilities that are drawn or clustered, or as they are given."""
    moments: Any = None, None, None
    if any(getattr(host, name) is None for name in ("weights_init", "means_init", "precisions_init")):
        drawn = _INIT[host.init_params](X, host.n_components, random_state)
        near = np.zeros((host.n_components, X.shape[1]))
        for _ in range(2):  # of components of one sample each
            moments = _moments(host, X, whole, near, lambda rows: (drawn[rows], 0))[:3]
            near = moments[1]
    weights, means, covariances = moments
    weights = weights / X.shape[0] if host.weights_init is None else host.weights_init
    means = means if host.means_init is None else host.means_init
    if host.precisions_init is None:
        return _Parameters(host.covariance_type, weights, means, covariances, _roots(host, covariances))
    roots = _plainly(theirs._compute_precision_cholesky_from_precisions, host.precisions_init, host.covariance_type, np)
    return _Parameters(host.covariance_type, weights, means, None, roots)


def _clustered(X: Array, components: int, random_state: Any) -> Array:
    from sklearn.cluster import KMeans

    model = libraries.stock_class(KMeans)(n_clusters=components, n_init=1, random_state=random_state)
    return one_hot(kmeans.KMeans.fit(model, X).labels_, components, X.dtype)


def _of_samples(X: Array, places: Any) -> Array:
    """Components each of which is one sample."""
    rows = xp.arange(X.shape[0], device=X.device)[:, None]
    return xp.astype(rows == xp.asarray(places, device=X.device), X.dtype)


def _uniform(X: Array, components: int, random_state: Any) -> Array:
    drawn = random_state.uniform(size=(X.shape[0], components)).astype(X.dtype)
    return xp.asarray(drawn / drawn.sum(axis=1)[:, None], device=X.device)


_INIT: dict[str, Callable[[Array, int, Any], Array]] = {
    "kmeans": _clustered,
    "k-means++": lambda X, k, state: _of_samples(X, kmeans.chosen_by("k-means++", X, k, None, state)),
    "random": _uniform,
    "random_from_data": lambda X, k, state: _of_samples(X, state.choice(X.shape[0], size=k, replace=False)),
}


def _step(host: Any, X: Array, whole: Any, now: _Parameters) -> tuple[_Parameters, float]:
    """One step of the EM algorithm, and the mean log-likelihood before it."""

    def responsible(rows: slice) -> tuple[Array, Array]:
        scores = _scores(X[rows], now)
        total = _total(scores)
        return xp.exp(scores - total[:, None]), xp.sum(total, dtype=widest(X))

    weights, means, covariances, total = _moments(host, X, whole, now.means, responsible)
    found = weights / weights.sum(), means, covariances, _roots(host, covariances)
    return _Parameters(host.covariance_type, *found), total / X.shape[0]


def _roots(host: Any, covariances: np.ndarray) -> np.ndarray:
    roots: np.ndarray = _plainly(theirs._compute_precision_cholesky, covariances, host.covariance_type)
    return roots


def _whole(X: Array) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the scatter of all samples: what a common covariance has to know of X."""
    gram, _, mean, _ = centred_gram(X, None, None, True)
    return xp.asnumpy(mean).astype(float), xp.asnumpy(gram).astype(float)


def _moments(
    host: Any, X: Array, whole: Any, near: np.ndarray, responsible: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Weights, means and covariances of the components, and the sum of what `responsible` tells of each part.

    near: points near the means, of which the second moments are taken: for the digits that differences lose
    """
    wide, kind = widest(X), host.covariance_type
    centers = xp.asarray(near.astype(X.dtype), device=X.device)
    sums: list[Any] = [0, 0, 0, 0]
    for rows in parts(X, 3 * len(near) * X.shape[1]):
        resp, told = responsible(rows)
        apart = X[rows][None] - centers[:, None]  # (components, samples, features)
        scaled = apart * resp.T[:, :, None]
        second: Any = 0
        if kind == "full":
            second = xp.matrix_transpose(scaled) @ apart
        elif kind != "tied":
            second = xp.sum(scaled * apart, axis=1)
        some = (xp.sum(resp, axis=0), xp.sum(scaled, axis=1), second, told)
        sums = [total + (xp.astype(p, wide) if type(p) is Array else p) for total, p in zip(sums, some, strict=True)]
    weights, first, second, told = (np.asarray(xp.asnumpy(s), dtype=float) for s in sums)
    weights = weights + 10 * np.finfo(X.dtype).eps
    shift = first / weights[:, None]
    means = near + shift
    if kind == "tied":
        covariances = _common(whole, X.shape[0], weights, means)
    elif kind == "full":
        covariances = second / weights[:, None, None] - shift[:, :, None] * shift[:, None]
    else:
        covariances = second / weights[:, None] - shift**2
    if kind in ("full", "tied"):
        return weights, means, covariances + host.reg_covar * np.eye(X.shape[1]), float(told)
    covariances = covariances + host.reg_covar
    return weights, means, covariances if kind == "diag" else covariances.mean(axis=1), float(told)


def _common(whole: Any, samples: int, weights: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The covariance of all components: of all samples, less that of the means, whatever the responsibilities are."""
    mean, scatter = whole
    total = scatter + samples * np.outer(mean, mean)
    covariance: np.ndarray = (total - (weights * means.T) @ means) / weights.sum()
    return covariance


# -- what the components say --------------------------------------------------------------------


def _scores(X: Array, of: _Parameters) -> Array:
    """The logarithm of each component's share in the density at each sample, (samples, components)."""
    roots, features = of.roots, X.shape[1]
    decomposed = of.kind in ("full", "tied")
    if decomposed:
        heights = np.log(np.diagonal(roots, axis1=-2, axis2=-1)).sum(axis=-1)
        roots = np.broadcast_to(roots, (len(of.means), features, features))
    else:
        roots = roots.reshape(len(of.means), -1)
        heights = np.log(np.broadcast_to(roots, of.means.shape)).sum(axis=1)
    logs = np.log(of.weights) + heights - features * math.log(2 * math.pi) / 2
    means, scale, added = (xp.asarray(a.astype(X.dtype), device=X.device) for a in (of.means, roots, logs))
    found = []
    for rows in parts(X, 3 * len(of.means) * features):
        if decomposed:
            apart = xp.matrix_transpose((X[rows][None] - means[:, None]) @ scale)  # (components, features, samples)
            squares = xp.sum(apart * apart, axis=1).T
        else:
            apart = (X[rows][:, None] - means) * scale
            squares = xp.sum(apart * apart, axis=2)
        found.append(added - squares / 2)
    return found[0] if len(found) == 1 else xp.concat(found)


def _total(scores: Array) -> Array:
    """The logarithm of the density."""
    highest = xp.max(scores, axis=1, keepdims=True)
    highest = xp.where(xp.isfinite(highest), highest, 0)
    return xp.log(xp.sum(xp.exp(scores - highest), axis=1)) + highest[:, 0]
