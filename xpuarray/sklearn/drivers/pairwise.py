"""Distances and kernels of all pairs whose terms are no products, made part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics.pairwise import check_pairwise_arrays

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.drivers.common import parts


def manhattan_distances(X: Any, Y: Any = None) -> Array:
    X, Y = _pair(X, Y)
    return _summed(X, Y, lambda x, y: xp.abs(x - y))


def laplacian_kernel(X: Any, Y: Any = None, gamma: float | None = None) -> Array:
    X, Y = _pair(X, Y)
    return xp.exp(_summed(X, Y, lambda x, y: xp.abs(x - y)) * -(1 / X.shape[1] if gamma is None else float(gamma)))


def additive_chi2_kernel(X: Any, Y: Any = None) -> Array:
    X, Y = _pair(X, Y)
    for name, given in (("X", X), ("Y", Y)):
        if bool(xp.any(given < 0)):
            raise ValueError(f"{name} contains negative values.")
    zero = np.dtype(X.dtype).type(0)
    return _summed(
        X, Y, lambda x, y: xp.where(x + y == zero, zero, -((x - y) ** 2) / xp.where(x + y == zero, 1, x + y))
    )


def chi2_kernel(X: Any, Y: Any = None, gamma: float = 1.0) -> Array:
    return xp.exp(additive_chi2_kernel(X, Y) * float(gamma))


def linear_kernel(X: Any, Y: Any = None, dense_output: bool = True) -> Array:
    X, Y = _pair(X, Y)
    return X @ Y.T


def _pair(X: Any, Y: Any) -> tuple[Array, Array]:
    if any(type(given) is not Array for given in (X, Y) if given is not None):
        raise libraries.Unsupported("X or Y is in the host's memory")
    found: tuple[Array, Array] = check_pairwise_arrays(X, Y, accept_sparse=False)
    return found


def _summed(X: Array, Y: Array, term: Callable[[Array, Array], Array]) -> Array:
    """(samples of X, samples of Y): the terms of all features, added."""
    made = [xp.sum(term(X[rows][:, None], Y[None]), axis=2) for rows in parts(X, Y.shape[0] * Y.shape[1])]
    return xp.concat(made) if len(made) > 1 else made[0]
