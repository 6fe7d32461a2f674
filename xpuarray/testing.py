"""`numpy.testing` for arrays of any device: its assertions read what they compare.

>>> import xpuarray as xp
>>> xp.testing.assert_allclose(xp.sqrt(xp.asarray([4.0, 9.0])), [2, 3])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from xpuarray.core.array import Array, asnumpy
from xpuarray.functions.hints import missing

__all__ = [
    "assert_", "assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_almost_equal",
    "assert_array_almost_equal_nulp", "assert_array_equal", "assert_array_less", "assert_array_max_ulp",
    "assert_equal", "assert_raises", "assert_raises_regex",
]  # fmt: skip


def values(x: Any) -> Any:
    """x, with NumPy's arrays in the place of ours; of no dimension, NumPy's scalars."""
    if isinstance(x, Array):
        return asnumpy(x)[()]
    if type(x) in (list, tuple):
        return type(x)(values(part) for part in x)
    return {key: values(value) for key, value in x.items()} if type(x) is dict else x


def _numpys(name: str) -> Callable[..., Any]:
    """NumPy's function of that name, of our arrays' values."""

    def function(*args: Any, **kwargs: Any) -> Any:
        from numpy import testing  # which takes as long to import as all of this package

        return getattr(testing, name)(*map(values, args), **{key: values(value) for key, value in kwargs.items()})

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.testing.{name}`, of the values of arrays on any device."
    return function


assert_ = _numpys("assert_")
assert_allclose = _numpys("assert_allclose")
assert_almost_equal = _numpys("assert_almost_equal")
assert_approx_equal = _numpys("assert_approx_equal")
assert_array_almost_equal = _numpys("assert_array_almost_equal")
assert_array_almost_equal_nulp = _numpys("assert_array_almost_equal_nulp")
assert_array_equal = _numpys("assert_array_equal")
assert_array_less = _numpys("assert_array_less")
assert_array_max_ulp = _numpys("assert_array_max_ulp")
assert_equal = _numpys("assert_equal")
assert_raises = _numpys("assert_raises")
assert_raises_regex = _numpys("assert_raises_regex")


def __getattr__(name: str) -> NoReturn:
    raise missing("testing", name)


def __dir__() -> list[str]:
    return __all__
