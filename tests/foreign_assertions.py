"""NumPy's assertions, of arrays of ours too, for the tests of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.testing import values

__all__ = ["comparing"]


def comparing(name: str) -> Callable[..., Any]:
    """An assertion of `numpy.testing`, those included that `xp.testing` has not, that takes our arrays' values."""
    assertion = getattr(np.testing, name)

    def compare(*args: Any, **kwargs: Any) -> Any:
        if name == "assert_array_almost_equal":
            kwargs.pop("strict", None)  # which NumPy's has not, and CuPy's tests pass
        return assertion(*map(values, args), **{key: values(value) for key, value in kwargs.items()})

    return compare
