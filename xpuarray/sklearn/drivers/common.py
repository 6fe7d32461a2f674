"""What the drivers share: checked input, classes, parts of the rows, moments of data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight, validate_data

import xpuarray as xp
from xpuarray.core.array import Array
from xpuarray.sklearn import libraries
from xpuarray.sklearn.operands import has_arrays

__all__ = ["centred_gram", "checked", "classes_at", "encoded", "floats", "one_hot", "parts", "weights_of", "widest"]

#: Bytes of what is made of a part of the rows at a time: as much as occupies a GPU, or a processor has at hand.
_PART = {"gpu": 256 << 20, "cpu": 32 << 20}


def floats(device: Any) -> list[np.dtype]:
    """The dtypes in which estimators compute, the widest first."""
    return [np.dtype(d) for d in (("float64", "float32") if device.fp64 else ("float32",))]


def widest(array: Array) -> np.dtype:
    """The dtype of sums that may be cancelled."""
    return floats(array.device)[0]


def checked(model: Any, X: Any, y: Any = "no_validation", reset: bool = False, **how: Any) -> Any:
    """Input as scikit-learn checks it, in floats (or `dtype`): X, or X and y."""
    if type(X) is not Array:
        raise libraries.Unsupported(f"X is a {type(X).__name__} in the host's memory")
    if isinstance(y, (list, tuple)) and has_arrays(y):
        y = xp.asarray(y)  # a row each
    return validate_data(model, X, y, reset=reset, **{"dtype": floats(X.device), **how})


def weights_of(sample_weight: Any, X: Array, **how: Any) -> Array | None:
    """One weight a row, or None for all the same."""
    return None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype, **how)


def parts(X: Array, columns: int, dtype: Any = None) -> Iterator[slice]:
    """Rows of which so many columns of another matrix fit: as many as a device works on well, and no more."""
    size, info = np.dtype(dtype or X.dtype).itemsize, X.device.info
    most = _PART.get(info.type, _PART["gpu"])
    rows = max(1, min(most, info.memory // 16 or most) // max(1, columns * size))
    for first in range(0, X.shape[0], rows):
        yield slice(first, min(first + rows, X.shape[0]))


def centred_gram(X: Array, y: Array | None, weights: Array | None, centred: bool) -> tuple[Any, ...]:
    """X'X, X'y, the means of X and y: of what differs from the means, if that is asked for, in the widest floats.

    y: (samples, targets)
    """
    wide = widest(X)
    total: Any = X.shape[0] if weights is None else xp.sum(weights, dtype=wide)
    mean_x = xp.zeros(X.shape[1], dtype=wide, device=X.device)
    mean_y = None if y is None else xp.zeros(y.shape[1], dtype=wide, device=X.device)
    if centred:
        scale = 1 if weights is None else weights[:, None]
        mean_x = xp.sum(X if weights is None else X * scale, axis=0, dtype=wide) / total
        mean_y = None if y is None else xp.sum(y if weights is None else y * scale, axis=0, dtype=wide) / total
    gram = xp.zeros((X.shape[1],) * 2, dtype=wide, device=X.device)
    moment = None if y is None else xp.zeros((X.shape[1], y.shape[1]), dtype=wide, device=X.device)
    for rows in parts(X, 3 * X.shape[1], wide):
        left = xp.astype(X[rows], wide) - mean_x
        right = left if weights is None else left * xp.astype(weights[rows, None], wide)
        gram = gram + right.T @ left
        if y is not None:
            moment = moment + right.T @ (xp.astype(y[rows], wide) - mean_y)
    return gram, moment, mean_x, mean_y


# -- classes ------------------------------------------------------------------------------------


def encoded(y: Any, device: Any) -> tuple[Any, Array]:
    """Classes in their order, and for each label the number of its class; names of classes stay on the host."""
    if type(y) is Array:
        found = xp.unique_inverse(y)
        return found.values, xp.astype(found.inverse_indices, np.int32)
    classes, codes = np.unique(y, return_inverse=True)
    return classes, xp.asarray(codes.astype(np.int32), device=device)


def classes_at(classes: Any, codes: Array) -> Any:
    """The labels of these numbers of classes."""
    return xp.take(classes, codes) if type(classes) is Array else classes[xp.asnumpy(codes)]


def one_hot(codes: Array, classes: int, dtype: Any) -> Array:
    """(samples, classes): 1 where the sample is of that class."""
    return xp.astype(codes[:, None] == xp.arange(classes, dtype=codes.dtype, device=codes.device), dtype)
