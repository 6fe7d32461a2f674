"""Elementwise functions of complex arrays for libraries that get them wrong: (library, native array) -> native array.

dpnp 0.20's inverse functions overflow between 1e5 and 1e10 (1e20 in double precision), lose digits from
10 on, and lose all digits of parts below 1e-8; its others lose signs of zeros.  For those inverse
functions these are Kahan's formulas ("Branch cuts for complex elementary functions", 1987), exact to a
few units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "acos", "acosh", "acosh_of_zero", "as_arrays", "asin", "asinh", "atan", "atanh", "cos", "cosh", "expm1", "fmax",
    "fmin", "log", "log10", "log1p", "log2", "reciprocal", "sign", "sinc", "sinh", "sqrt", "tan", "tanh",
]  # fmt: skip


def as_arrays(library: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Both operands as arrays; one of them may be a scalar."""
    if not hasattr(x, "dtype"):
        return library.full_like(y, x), y
    return x, y if hasattr(y, "dtype") else library.full_like(x, y)


def _complex(library: Any, real: Any, imag: Any) -> Any:
    value = library.empty_like(real, dtype=library.complex64 if real.dtype == np.float32 else library.complex128)
    value.real[...], value.imag[...] = real, imag
    return value


def _parts(library: Any, z: Any) -> tuple[Any, Any]:
    return library.real(z), library.imag(z)


def _finite(library: Any, z: Any, value: Any, otherwise: Callable[..., Any]) -> Any:
    """`value` where nothing in its formula overflows, else the library's acos or asin, whose imaginary part is a
    logarithm there."""
    scaled, exponent = _scaled(library, z)
    real, imag = _parts(library, otherwise(scaled))
    far = _complex(library, real, imag + library.copysign(library.abs(exponent) * float(np.log(2)), imag))
    return library.where(library.abs(z) < 1e16, value, far)


_UP, _DOWN = 64, -4  # binary digits: more than any subnormal number lacks, and than a modulus has more than its parts


def _scaled(library: Any, z: Any) -> tuple[Any, Any]:
    """z times a power of 2, and which: 64 where both parts are close to the subnormal numbers (dpnp 0.20 finds |z|
    there to a few digits, and so roots and logarithms), -4 where they are close to the largest (in dpnp 0.20 |z|
    overflows, though its root and logarithm don't), else 0."""
    x, y = _parts(library, z)
    most, info = library.maximum(library.abs(x), library.abs(y)), np.finfo(x.dtype)

    def chosen(small: float, large: float, usual: float) -> Any:
        return library.where(
            most < float(info.tiny) * 2.0**_UP,
            library.full_like(x, small),
            library.where(most > float(info.max) / 4, library.full_like(x, large), library.full_like(x, usual)),
        )

    factor = chosen(2.0**_UP, 2.0**_DOWN, 1)
    return _complex(library, x * factor, y * factor), chosen(_UP, _DOWN, 0)


def sqrt(library: Any, z: Any) -> Any:
    """dpnp 0.20, in single precision: the root of -1 + 0j is -4e-8 + 1j, and of -0 + 0j is -0."""
    x, y = _parts(library, z)
    left = x < 0
    scaled, exponent = _scaled(library, z)
    real, imag = _parts(library, library.sqrt(library.where(left, -scaled, scaled)))
    back = library.exp2(-exponent / 2)
    real, imag = library.abs(real) * back, library.abs(imag) * back
    return _complex(library, library.where(left, imag, real), library.copysign(library.where(left, real, imag), y))


def acos(library: Any, z: Any) -> Any:
    x, y = _parts(library, z)
    lower = sqrt(library, _complex(library, 1 - x, -y))
    upper = sqrt(library, _complex(library, 1 + x, y))
    angle = 2 * library.atan2(library.real(lower), library.real(upper))
    height = library.asinh(library.imag(library.conj(upper) * lower))
    return _finite(library, z, _complex(library, angle, height), library.acos)


def asin(library: Any, z: Any) -> Any:
    x, y = _parts(library, z)
    lower = sqrt(library, _complex(library, 1 - x, -y))
    upper = sqrt(library, _complex(library, 1 + x, y))
    angle = library.atan2(x, library.real(lower * upper))
    height = library.asinh(library.imag(library.conj(lower) * upper))
    return _finite(library, z, _complex(library, angle, height), library.asin)


def acosh(library: Any, z: Any) -> Any:
    w = acos(library, z)
    return _complex(library, library.abs(library.imag(w)), library.copysign(library.real(w), library.imag(z)))


def atanh(library: Any, z: Any) -> Any:
    x, y = _parts(library, z)
    real = library.log1p(4 * x / ((1 - x) * (1 - x) + y * y)) / 4
    imag = library.atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2
    value = library.where(library.abs(z) < 0.5, _complex(library, real, imag), library.atanh(z))
    # Where y squared is nothing dpnp 0.20 finds the pole.
    near = (library.abs(x) == 1) & (y != 0) & (library.abs(y) < float(np.finfo(x.dtype).tiny) ** 0.5)
    far = (float(np.log(2)) - library.log(library.where(near, library.abs(y), library.ones_like(y)))) / 2
    quarter = library.copysign(library.full_like(y, np.pi / 4), y)
    value = library.where(near, _complex(library, far, quarter), value)
    return _complex(library, library.copysign(library.real(value), x), library.imag(value))


def expm1(library: Any, z: Any) -> Any:
    """CuPy 14 takes 1 from exp(z), which loses the digits of a small z.  Of infinite parts NumPy 2.4 returns
    NaN, and expm1(-0 + 0j) is -0 in NumPy and dpnp 0.20; the standard has C's values, and 0."""
    x, y = _parts(library, z)
    half = library.sin(y / 2)
    real = library.expm1(x) * library.cos(y) - 2 * half * half + 0.0
    imag = library.where(y == 0, y, library.exp(x) * library.sin(y))
    nothing = x == -library.inf  # exp(x) is 0, whatever y
    real = library.where(nothing, -1, real)
    imag = library.where(nothing & ~library.isfinite(y), 0, imag)
    # From here on 1 is less than a rounding error, and exp(x) alone may overflow.
    return library.where(x > 64, library.exp(z), _complex(library, real, imag))


def tanh(library: Any, z: Any) -> Any:
    """Of an infinite real part: 1 with a 0 of the imaginary part's sign in the standard, of sin(2y)'s in C.

    dpnp 0.20 loses the signs of zeros.  CuPy 14: of a zero and anything not finite, the zero is lost too."""
    x, y = _parts(library, z)
    real, imag = _parts(library, library.tanh(z))
    real = library.where(x == 0, x, library.copysign(real, x))
    imag = library.where(y == 0, y, imag)
    limit = library.isinf(x) & library.isfinite(y)
    one = library.copysign(library.ones_like(x), x)
    nothing = library.copysign(library.zeros_like(y), y)
    return _complex(library, library.where(limit, one, real), library.where(limit, nothing, imag))


def cosh(library: Any, z: Any) -> Any:
    """dpnp 0.20 loses the sign of a zero: cosh(-0 + 0j) is 1 - 0j."""
    x, y = _parts(library, z)
    real, imag = _parts(library, library.cosh(z))
    return _complex(library, real, library.where(y == 0, library.copysign(library.ones_like(x), x) * y, imag))


def sinh(library: Any, z: Any) -> Any:
    """dpnp 0.20: of real numbers whose sinh overflows the imaginary part is NaN."""
    y = library.imag(z)
    real, imag = _parts(library, library.sinh(z))
    return _complex(library, real, library.where(y == 0, y, imag))


def acosh_of_zero(library: Any, z: Any) -> Any:
    """CuPy 14: acosh(0 + NaN j) has no imaginary part; in the standard, as in C, it is pi / 2."""
    w = library.acosh(z)
    x, y = _parts(library, z)
    real, imag = _parts(library, w)
    return _complex(library, real, library.where((x == 0) & library.isnan(y), np.pi / 2, imag))


def log(library: Any, z: Any) -> Any:
    """CuPy 14: where one part is infinite and the other one NaN, the modulus is infinite, and not NaN."""
    x, y = _parts(library, z)
    scaled, exponent = _scaled(library, z)
    real, imag = _parts(library, library.log(scaled))
    real = real - exponent * float(np.log(2))
    return _complex(library, library.where(library.isinf(x) | library.isinf(y), library.inf, real), imag)


def _to_base(base: float) -> Callable[..., Any]:
    """CuPy 14 divides by a complex number, which makes NaN of infinite parts, and loses signs of zeros."""

    def logarithm(library: Any, z: Any) -> Any:
        real, imag = _parts(library, log(library, z))
        return _complex(library, real / np.log(base), imag / np.log(base))

    return logarithm


log2, log10 = _to_base(2.0), _to_base(10.0)


def log1p(library: Any, z: Any) -> Any:
    """CuPy 14: as `log`, and the imaginary part's sign is lost where that is -0, on the branch cut too."""
    x, y = _parts(library, z)
    real = library.real(library.log1p(z))
    real = library.where(library.isinf(x) | library.isinf(y), library.inf, real)
    return _complex(library, real, library.atan2(y, 1 + x))


def reciprocal(library: Any, z: Any) -> Any:
    """CuPy 14: of infinite parts NaN; they have a zero's reciprocal.  It and dpnp 0.20 lose the signs of zeros."""
    x, y = _parts(library, z)
    real, imag = _parts(library, library.reciprocal(z))
    infinite = library.isinf(x) | library.isinf(y)
    real, imag = library.where(infinite, 0, real), library.where(infinite, 0, imag)
    return _complex(library, library.copysign(real, x), library.copysign(imag, -y))


def sign(library: Any, z: Any) -> Any:
    """CuPy 14 and dpnp 0.20: of an infinite part NaN; next to it nothing else counts, and NumPy has its sign."""
    x, y = _parts(library, z)
    one, far, high = library.ones_like(x), library.isinf(x), library.isinf(y)
    real, imag = _parts(library, library.sign(z))
    real = library.where(far & ~high, library.copysign(one, x), library.where(high & ~far, 0, real))
    imag = library.where(high & ~far, library.copysign(one, y), library.where(far & ~high, 0, imag))
    return _complex(library, real, imag)


def sinc(library: Any, z: Any) -> Any:
    """Which none of the libraries has."""
    angle = np.pi * library.where(z == 0, 1e-20, z)
    return library.sin(angle) / angle


def _number_of_two(name: str) -> Callable[..., Any]:
    """The greater or lesser one; if one is NaN, the other.  dpnp 0.20 has neither."""

    def chosen(library: Any, x: Any, y: Any) -> Any:
        x, y = as_arrays(library, x, y)
        found = getattr(library, name)(x, y)
        return library.where(library.isnan(y), x, library.where(library.isnan(x), y, found))

    return chosen


fmax, fmin = _number_of_two("maximum"), _number_of_two("minimum")


def _turned(function: Callable[..., Any], back: bool = True) -> Callable[..., Any]:
    """-i f(iz): asinh from asin, atan from atanh, tan from tanh; or f(iz): cos from cosh."""

    def turned(library: Any, z: Any) -> Any:
        w = function(library, _complex(library, -library.imag(z), library.real(z)))
        return _complex(library, library.imag(w), -library.real(w)) if back else w

    return turned


asinh, atan, tan, cos = _turned(asin), _turned(atanh), _turned(tanh), _turned(cosh, back=False)
