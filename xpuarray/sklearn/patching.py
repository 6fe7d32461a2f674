"""Putting our estimators in scikit-learn's places, and the former ones back."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from xpuarray.sklearn.table import ESTIMATORS

__all__ = ["patch_sklearn", "unpatch_sklearn"]

_former: dict[str, Any] = {}


def patch_sklearn(names: str | Iterable[str] | None = None) -> None:
    """Make scikit-learn's own names stand for estimators that also take xpuarray arrays.

    names: which of `ESTIMATORS` (default: all). Patching twice changes nothing.

    Like every patch of this kind it must come before `from sklearn.cluster import KMeans`.

    Raises ValueError for a name that has no such estimator.

    >>> from xpuarray.sklearn import patch_sklearn
    >>> patch_sklearn(["KMeans", "PCA"])                                  # doctest: +SKIP
    """
    chosen = _chosen(names)
    from xpuarray.sklearn import estimators

    for name in chosen:
        module, ours = importlib.import_module(ESTIMATORS[name]), getattr(estimators, name)
        if getattr(module, name) is not ours:
            _former[name] = getattr(module, name)
            setattr(module, name, ours)


def unpatch_sklearn(names: str | Iterable[str] | None = None) -> None:
    """Put back what stood there before `patch_sklearn`, be it scikit-learn's class or another patch.

    A name that something else has patched since is left alone.

    Raises ValueError for a name that has no such estimator.
    """
    for name in _chosen(names):
        former = _former.pop(name, None)
        if former is None:
            continue
        from xpuarray.sklearn import estimators

        module = importlib.import_module(ESTIMATORS[name])
        if getattr(module, name) is getattr(estimators, name):
            setattr(module, name, former)


def _chosen(names: str | Iterable[str] | None) -> list[str]:
    chosen = list(ESTIMATORS) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in ESTIMATORS:
            raise ValueError(f"no estimator {name!r} takes xpuarray arrays; these do: {', '.join(ESTIMATORS)}")
    return chosen
