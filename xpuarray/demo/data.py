"""The data: two real sets that come with scikit-learn, and a large one drawn from the second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import NamedTuple

import numpy as np

from xpuarray.demo.analysis import LARGE, SMALL, Stage

__all__ = ["DataSet", "data_sets", "steps"]

#: Samples of the large set; in a quick run, of each set.
_LARGE, _QUICK = 4_000_000, 150


class DataSet(NamedTuple):
    """Samples on the host, and what is done with them."""

    name: str
    X: np.ndarray  #: (n_samples, n_features), float32
    y: np.ndarray  #: (n_samples,), int32: the class of each sample
    starts: list[int]  #: the samples that KMeans takes as its first centres, one a class
    stages: tuple[Stage, ...]

    def __str__(self) -> str:
        samples, features = self.X.shape
        return f"{self.name}: {samples:,} × {features}"


def steps(participants: Sized) -> int:
    """How many times `tick` is called: drawing the samples, and each stage of each participant."""
    return 1 + (2 * len(SMALL) + len(LARGE)) * len(participants)


def data_sets(quick: bool, tick: Callable[..., None]) -> Iterator[DataSet]:
    """The data sets, one at a time, so that only one is in memory."""
    from sklearn.datasets import load_breast_cancer, load_digits

    for name, load in (("digits", load_digits), ("breast cancer", load_breast_cancer)):
        X, y = load(return_X_y=True)
        yield _real(name, X[:_QUICK] if quick else X, y[:_QUICK] if quick else y)
    size = 20 * _QUICK if quick else _LARGE
    tick(f"drawing {size:,} samples")
    yield _drawn(X, y, size)


def _real(name: str, X: np.ndarray, y: np.ndarray) -> DataSet:
    _, starts = np.unique(y, return_index=True)  # the first sample of each class
    return DataSet(name, X.astype(np.float32), y.astype(np.int32), starts.tolist(), SMALL)


def _drawn(X: np.ndarray, y: np.ndarray, size: int) -> DataSet:
    """Samples drawn from the ten mean measurements of the breast cancer set, with a tenth of their spread as noise."""
    measured = X[:, :10].astype(np.float32)
    random = np.random.default_rng(20241121)
    drawn = random.integers(0, len(measured), size)
    noise = random.standard_normal((size, measured.shape[1]), dtype=np.float32)
    noise *= 0.1 * measured.std(axis=0)
    noise += measured[drawn]
    return DataSet("drawn samples", noise, y[drawn].astype(np.int32), [0, 1, 2, 3], LARGE)
