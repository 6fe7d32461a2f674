"""What NumPy gets wrong, by the Array API standard; tests/test_upstream.py fails where it is mended."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.backends.complex_functions import as_arrays
from xpuarray.backends.faults import Faults, of_complex

__all__ = ["FAULTS", "REDUCES_WRONG", "SORTS_STABLY", "assigned"]

#: NumPy 2.4 leaves 10,000 of them in disorder on CPUs with AVX-512, in that of its sorts which is not stable.
SORTS_STABLY = np.dtype(np.float16)

#: NumPy 2.4's vector loops of these forget all but the first two elements of what `reduce` and `reduceat` join.
REDUCES_WRONG = frozenset(("pow", "atan2"))


def _pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy 2.4 takes a square root for a scalar exponent of 0.5: wrong for -0 and for -inf."""
    x, y = as_arrays(library, x, y)
    if y.size != 1 or y.item() != 0.5:
        return library.pow(x, y)
    return library.where(x == -library.inf, y - y - x, library.sqrt(x) + (y - y))


def _integer_pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy raises for the whole array where one exponent is negative."""
    if not hasattr(y, "dtype"):
        return library.pow(x, y)
    x, y = as_arrays(library, x, y)
    of_minus_one = library.where(y % 2 == 0, 1, -1)
    inverse = library.where(x == 1, 1, library.where(x == -1, of_minus_one, 0))
    power = library.pow(x, library.where(y < 0, 0, y))
    return library.where(y < 0, library.astype(inverse, power.dtype), power)


def _floor_divide(library: Any, x: Any, y: Any) -> Any:
    """NumPy 2.4, like Python: inf // 1 is NaN, 1 // -inf is -1; the standard has inf and -0."""
    x, y = as_arrays(library, x, y)
    return library.where(library.isinf(x) | library.isinf(y), x / y, library.floor_divide(x, y))


def _i0(library: Any, x: Any) -> Any:
    """NumPy 2.4 multiplies by exp(x), which overflows before the function does: from 710 on, of singles from 89 on."""
    value = library.i0(x)
    early = library.isinf(value) & library.isfinite(x)
    if early.any():  # the asymptotic series, of which six terms are more than enough there
        size = library.abs(x[early])
        term = series = library.ones_like(size)
        for k in range(1, 7):
            term = term * ((2 * k - 1) ** 2 / (8 * k)) / size
            series = series + term
        value[early] = library.exp(size - 8) * (math.exp(8) / math.sqrt(2 * math.pi) * series / library.sqrt(size))
    return value


def _round(library: Any, x: Any) -> Any:
    """NumPy 2.4 makes halves of bools, which are round."""
    return x.copy()


def _unique_values(library: Any, x: Any) -> Any:
    """NumPy 2.4 returns them in the order of a hash table; others sort, and users count on that."""
    return _unique_counts(library, x)[0] if x.dtype == SORTS_STABLY else library.unique(x, equal_nan=False)


def _unique_counts(library: Any, x: Any) -> Any:
    """NumPy 2.4 sorts halves wrong."""
    if x.dtype != SORTS_STABLY:
        return library.unique_counts(x)
    values, _, _, counts = library.unique_all(x)
    return values, counts


def _unique_inverse(library: Any, x: Any) -> Any:
    """NumPy 2.4 numbers several NaN in the order of a sort that is not stable; others in that in which they occur."""
    values, _, inverse, _ = library.unique_all(x)
    return values, inverse


FAULTS = Faults(
    stand_ins={
        **of_complex(),
        "floor_divide": {"f": _floor_divide},
        "i0": {"f": _i0},
        "pow": {"f": _pow, "i": _integer_pow},
        "round": {"b": _round},
        "unique_counts": {"f": _unique_counts},
        "unique_inverse": dict.fromkeys("fc", _unique_inverse),
        "unique_values": dict.fromkeys("biufc", _unique_values),
    },
)


def assigned(native: Any, key: Any, value: Any) -> None:
    """NumPy 2.4 reads what it has just written where vectors of different strides overlap, x[:10:2] = x[:5], and where
    it assigns by a mask, x[mask] = x[:5]."""
    if isinstance(value, np.ndarray):
        other_steps = native.ndim == 1 and value.strides[-1:] != native.strides
        if (other_steps or key is not ...) and np.may_share_memory(native, value):
            value = value.copy()
    native[key] = value
