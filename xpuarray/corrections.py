"""What the devices' libraries get wrong, and what runs in its place.

tests/test_upstream.py looks for each fault, and fails when a library has mended it: then the entry
here can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["correction", "needs_kernel"]

_NUMPY, _DPNP, _CUPY = "numpy", "dpnp.tensor", "cupy"

#: (library, function) -> kinds of dtype (as numpy.dtype.kind) for which our kernel runs, whatever the size.
_BY_KERNEL = {
    # dpnp 0.20 rounds x / y before it takes the floor: 1e-45 // -10 is 0, and inf // 1 is inf.
    # NumPy, Python and our kernel start from the remainder: -1 and NaN.
    (_DPNP, "floor_divide"): "f",
    # dpnp 0.20: -1 >> -1 is 0; NumPy shifts all bits out, which leaves the sign.
    (_DPNP, "bitwise_right_shift"): "i",
    # dpnp 0.20: 1 to a negative power is 0.
    (_DPNP, "pow"): "i",
    # CuPy 14 looks at 32 bits of a 64-bit shift's amount: 1 << -2**63 is 1.
    (_CUPY, "bitwise_left_shift"): "iu",
    (_CUPY, "bitwise_right_shift"): "iu",
    # CuPy 14: 1 % inf is NaN, and inf // 1 is inf; in NumPy and Python they are 1 and NaN.
    (_CUPY, "floor_divide"): "f",
    (_CUPY, "remainder"): "f",
}
#: library -> dtypes for which our kernels run in place of all its elementwise functions.
_ALL_BY_KERNEL = {
    # CuPy 14 compiles everything with -ftz=true: single-precision numbers below 1.2e-38 count as 0.
    _CUPY: (np.float32, np.float64),
}


def needs_kernel(library: Any, function: str, dtype: np.dtype) -> bool:
    """Whether the library's function is wrong for a dtype of which our kernel is right."""
    name = library.__name__
    return dtype.kind in _BY_KERNEL.get((name, function), "") or dtype in _ALL_BY_KERNEL.get(name, ())


def correction(library: Any, function: str, dtype: np.dtype) -> Callable[..., Any] | None:
    """A function (library, *native operands) that stands in for one that the library gets wrong."""
    return _STAND_INS.get((library.__name__, function), {}).get(dtype.kind)


def _arrays(library: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Both operands as arrays; one of them may be a scalar."""
    if not hasattr(x, "dtype"):
        return library.full_like(y, x), y
    return x, y if hasattr(y, "dtype") else library.full_like(x, y)


def _numpy_pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy 2.4 takes a square root for a scalar exponent of 0.5: wrong for -0 and for -inf."""
    return library.pow(*_arrays(library, x, y))


def _where(library: Any, condition: Any, x: Any, y: Any) -> Any:
    """dpnp 0.20 returns memory it never wrote where strides are negative, unless told the result's order."""
    order = {"order": "C"} if library.__name__ == _DPNP else {}
    return library.where(condition, x, y, **order)


def _integer_pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy raises for the whole array where one exponent is negative."""
    if not hasattr(y, "dtype"):
        return library.pow(x, y)
    x, y = _arrays(library, x, y)
    of_minus_one = _where(library, y % 2 == 0, 1, -1)
    inverse = _where(library, x == 1, 1, _where(library, x == -1, of_minus_one, 0))
    power = library.pow(x, _where(library, y < 0, 0, y))
    return _where(library, y < 0, library.astype(inverse, power.dtype), power)


def _complex_pow(library: Any, x: Any, y: Any) -> Any:
    """dpnp 0.20: complex 0**0 and 0**2 are NaN."""
    x, y = _arrays(library, x, y)
    of_zero = _where(library, y == 0, 1, _where(library, library.real(y) > 0, 0, library.nan))
    return _where(library, x == 0, of_zero, library.pow(x, y))


# dpnp 0.20's complex inverse functions overflow between 1e5 and 1e10 (1e20 in double precision),
# lose digits from 10 on, and lose all digits of parts below 1e-8.  These are Kahan's formulas
# ("Branch cuts for complex elementary functions", 1987), exact to a few units in the last place.


def _complex(library: Any, real: Any, imag: Any) -> Any:
    value = library.empty_like(real, dtype=library.complex64 if real.dtype == np.float32 else library.complex128)
    value.real[...], value.imag[...] = real, imag
    return value


def _acos(library: Any, z: Any) -> Any:
    x, y = library.real(z), library.imag(z)
    lower = library.sqrt(_complex(library, 1 - x, -y))
    upper = library.sqrt(_complex(library, 1 + x, y))
    angle = 2 * library.atan2(library.real(lower), library.real(upper))
    height = library.asinh(library.imag(library.conj(upper) * lower))
    return _finite(library, z, _complex(library, angle, height), library.acos)


def _asin(library: Any, z: Any) -> Any:
    x, y = library.real(z), library.imag(z)
    lower = library.sqrt(_complex(library, 1 - x, -y))
    upper = library.sqrt(_complex(library, 1 + x, y))
    angle = library.atan2(x, library.real(lower * upper))
    height = library.asinh(library.imag(library.conj(lower) * upper))
    return _finite(library, z, _complex(library, angle, height), library.asin)


def _acosh(library: Any, z: Any) -> Any:
    w = _acos(library, z)
    return _complex(library, library.abs(library.imag(w)), library.copysign(library.real(w), library.imag(z)))


def _finite(library: Any, z: Any, value: Any, otherwise: Callable[..., Any]) -> Any:
    """`value` where nothing in its formula overflows, else the library's."""
    return _where(library, library.abs(z) < 1e16, value, otherwise(z))


def _atanh(library: Any, z: Any) -> Any:
    x, y = library.real(z), library.imag(z)
    real = library.log1p(4 * x / ((1 - x) * (1 - x) + y * y)) / 4
    imag = library.atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2
    return _where(library, library.abs(z) < 0.5, _complex(library, real, imag), library.atanh(z))


def _expm1(library: Any, z: Any) -> Any:
    """CuPy 14 takes 1 from exp(z), which loses the digits of a small z."""
    x, y = library.real(z), library.imag(z)
    half = library.sin(y / 2)
    real = library.expm1(x) * library.cos(y) - 2 * half * half
    return _finite(library, z, _complex(library, real, library.exp(x) * library.sin(y)), library.expm1)


def _turned(function: Callable[..., Any]) -> Callable[..., Any]:
    """-i f(iz): asinh from asin; atan from atanh."""

    def turned(library: Any, z: Any) -> Any:
        w = function(library, _complex(library, -library.imag(z), library.real(z)))
        return _complex(library, library.imag(w), -library.real(w))

    return turned


def _first(name: str) -> Callable[..., Any]:
    """dpnp 0.20 finds any of several NaN, or none, and not always the same; NumPy the first."""

    def extreme(library: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
        options = {"axis": axis, "keepdims": keepdims}
        nan = library.isnan(x)
        found = getattr(library, name)(x, **options)
        return _where(library, library.any(nan, **options), library.argmax(nan, **options), found)

    return extreme


#: (library, function) -> kinds of dtype (as numpy.dtype.kind), and what runs for those
_STAND_INS: dict[tuple[str, str], dict[str, Callable[..., Any]]] = {
    (_NUMPY, "pow"): {"f": _numpy_pow, "i": _integer_pow},
    (_DPNP, "pow"): {"c": _complex_pow},
    (_DPNP, "argmax"): {"f": _first("argmax")},
    (_DPNP, "argmin"): {"f": _first("argmin")},
    (_DPNP, "where"): dict.fromkeys("biufc", _where),
    (_DPNP, "acos"): {"c": _acos},
    (_DPNP, "asin"): {"c": _asin},
    (_DPNP, "acosh"): {"c": _acosh},
    (_DPNP, "asinh"): {"c": _turned(_asin)},
    (_DPNP, "atanh"): {"c": _atanh},
    (_DPNP, "atan"): {"c": _turned(_atanh)},
    (_CUPY, "expm1"): {"c": _expm1},
}
