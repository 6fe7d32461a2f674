"""NumPy's assertions, of arrays of ours too, for the tests of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import xpuarray as xp

__all__ = ["comparing"]


def _values(x: Any) -> Any:
    """x, with NumPy's arrays in the place of ours; of no dimension, NumPy's scalars."""
    if isinstance(x, xp.Array):
        return xp.asnumpy(x)[()]
    if type(x) in (list, tuple):
        return type(x)(_values(part) for part in x)
    return {key: _values(part) for key, part in x.items()} if type(x) is dict else x


def comparing(name: str) -> Callable[..., Any]:
    """An assertion of `numpy.testing` that takes our arrays' values."""
    assertion = getattr(np.testing, name)

    def compare(*args: Any, **kwargs: Any) -> Any:
        if name == "assert_array_almost_equal":
            kwargs.pop("strict", None)  # which NumPy's has not, and CuPy's tests pass
        return assertion(*map(_values, args), **{key: _values(value) for key, value in kwargs.items()})

    return compare
