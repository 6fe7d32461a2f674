"""What the devices' libraries get wrong, and what runs in its place.

tests/test_upstream.py looks for each fault, and fails when a library has mended it: then the entry
here can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends import complex_functions
from xpuarray.backends.complex_functions import where
from xpuarray.backends.sycl.versions import current_name

__all__ = ["by_numpy", "correction", "needs_kernel"]

_NUMPY, _DPNP, _CUPY = "numpy", "dpnp.tensor", "cupy"

#: (library, function) -> kinds of dtype (as numpy.dtype.kind) for which our kernel runs, whatever the size.
_BY_KERNEL = {
    # dpnp 0.20 rounds x / y before it takes the floor: 1e-45 // -10 is 0.
    # NumPy, Python and our kernel start from the remainder: -1.
    (_DPNP, "floor_divide"): "f",
    # dpnp 0.20: -1 >> -1 is 0; NumPy shifts all bits out, which leaves the sign.
    (_DPNP, "bitwise_right_shift"): "i",
    # dpnp 0.20: 1 to a negative power is 0.
    (_DPNP, "pow"): "i",
    # dpnp 0.20 multiplies parts of a row first: after 0.5 often enough, which is 0, comes 0 * inf, NaN, for as many 2.
    (_DPNP, "cumulative_prod"): "f",
    # CuPy 14 looks at 32 bits of a 64-bit shift's amount: 1 << -2**63 is 1.
    (_CUPY, "bitwise_left_shift"): "iu",
    (_CUPY, "bitwise_right_shift"): "iu",
    # CuPy 14 rounds x / y before it takes the floor: in half precision 8.03 // 0.000216 is 37216, and not 37184.
    (_CUPY, "floor_divide"): "f",
    # CuPy 14: 1 % inf is NaN; it is 1.
    (_CUPY, "remainder"): "f",
}
#: library -> dtypes for which our kernels run in place of all its elementwise functions.
_ALL_BY_KERNEL = {
    # CuPy 14 compiles everything with -ftz=true: single-precision numbers below 1.2e-38 count as 0.
    # (That is so still in running sums and products, and in arithmetic of complex64, which have no kernels.)
    _CUPY: (np.float32, np.float64),
}


#: (library, function): what the library copies to the host, in silence, for NumPy to compute.
_BY_NUMPY = {
    # dpnp 0.20; oneMKL's `geev` is not in it.
    (_DPNP, "linalg.eig"),
    (_DPNP, "linalg.eigvals"),
}


def by_numpy(library: Any, function: str) -> bool:
    """Whether the library's function runs on the host, whatever the device."""
    return (current_name(library), function) in _BY_NUMPY


def needs_kernel(library: Any, function: str, dtype: np.dtype) -> bool:
    """Whether the library's function is wrong for a dtype of which our kernel is right."""
    name = current_name(library)
    return dtype.kind in _BY_KERNEL.get((name, function), "") or dtype in _ALL_BY_KERNEL.get(name, ())


def correction(library: Any, function: str, dtype: np.dtype) -> Callable[..., Any] | None:
    """A function (library, *native operands) that stands in for one that the library gets wrong."""
    return _STAND_INS.get((current_name(library), function), {}).get(dtype.kind)


def _arrays(library: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Both operands as arrays; one of them may be a scalar."""
    if not hasattr(x, "dtype"):
        return library.full_like(y, x), y
    return x, y if hasattr(y, "dtype") else library.full_like(x, y)


def _numpy_pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy 2.4 takes a square root for a scalar exponent of 0.5: wrong for -0 and for -inf."""
    return library.pow(*_arrays(library, x, y))


def _floor_divide(library: Any, x: Any, y: Any) -> Any:
    """NumPy 2.4, like Python: inf // 1 is NaN, 1 // -inf is -1; the standard has inf and -0."""
    x, y = _arrays(library, x, y)
    return library.where(library.isinf(x) | library.isinf(y), x / y, library.floor_divide(x, y))


def _integer_pow(library: Any, x: Any, y: Any) -> Any:
    """NumPy raises for the whole array where one exponent is negative."""
    if not hasattr(y, "dtype"):
        return library.pow(x, y)
    x, y = _arrays(library, x, y)
    of_minus_one = where(library, y % 2 == 0, 1, -1)
    inverse = where(library, x == 1, 1, where(library, x == -1, of_minus_one, 0))
    power = library.pow(x, where(library, y < 0, 0, y))
    return where(library, y < 0, library.astype(inverse, power.dtype), power)


def _complex_pow(library: Any, x: Any, y: Any) -> Any:
    """dpnp 0.20: complex 0**0 and 0**2 are NaN."""
    x, y = _arrays(library, x, y)
    of_zero = where(library, y == 0, 1, where(library, library.real(y) > 0, 0, library.nan))
    return where(library, x == 0, of_zero, library.pow(x, y))


def _first(name: str) -> Callable[..., Any]:
    """dpnp 0.20 finds any of several NaN, or none, and not always the same; NumPy the first."""

    def extreme(library: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
        options = {"axis": axis, "keepdims": keepdims}
        nan = library.isnan(x)
        found = getattr(library, name)(x, **options)
        return where(library, library.any(nan, **options), library.argmax(nan, **options), found)

    return extreme


def _ordered(library: Any, x: Any) -> Any:
    """Integers in the order of the floats x, NaN last: CuPy 14 compares small singles as if they were 0."""
    bits = x.view(f"i{x.itemsize}")
    top = np.iinfo(bits.dtype).max
    key = library.where(bits << 1 == 0, 0, bits ^ (bits >> (8 * x.itemsize - 1) & top))
    return library.where(library.isnan(x), top, key)


def _searchsorted(library: Any, x: Any, y: Any, **options: Any) -> Any:
    return library.searchsorted(_ordered(library, x), _ordered(library, y), **options)


def _complex_equal(library: Any, x: Any, y: Any) -> Any:
    x, y = _arrays(library, x, y)
    real, imag = (_ordered(library, p) == _ordered(library, q) for p, q in ((x.real, y.real), (x.imag, y.imag)))
    return real & imag & ~(library.isnan(x) | library.isnan(y))


def _nonzero(library: Any, x: Any) -> Any:
    """CuPy 14 takes small singles for 0, as in all that it compiles; their bits, but for the sign's, are not 0."""
    parts = (x.real, x.imag) if x.dtype.kind == "c" else (x,)
    first, *rest = (part.view(f"i{part.itemsize}") << 1 for part in parts)
    return library.nonzero(first | rest[0] if rest else first)


def _several(name: str) -> Callable[..., Any]:
    """CuPy 14 cuts and fills nothing if the lengths, in the order of the axes, equal the shape: a list equals none."""

    def transform(library: Any, x: Any, s: Any, **options: Any) -> Any:
        return getattr(library.fft, name)(x, s=list(s), **options)

    return transform


#: Functions of complex numbers that are wrong in one library, and wrong or absent in all; see complex_functions.py.
_OF_ALL = ("expm1", "sinc", "tanh", "tan")
_OF_DPNP = (*_OF_ALL, "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "reciprocal", "sign", "sqrt")
_OF_CUPY = ("log", "log10", "log1p", "log2", "reciprocal", "sign")

#: (library, function) -> kinds of dtype (as numpy.dtype.kind), and what runs for those
_STAND_INS: dict[tuple[str, str], dict[str, Callable[..., Any]]] = {
    (_NUMPY, "floor_divide"): {"f": _floor_divide},
    # NumPy 2.4 returns them in the order of a hash table; others sort, and users count on that.
    (_NUMPY, "unique_values"): dict.fromkeys("biufc", lambda library, x: library.unique(x, equal_nan=False)),
    (_NUMPY, "pow"): {"f": _numpy_pow, "i": _integer_pow},
    (_DPNP, "pow"): {"c": _complex_pow},
    (_DPNP, "argmax"): {"f": _first("argmax")},
    (_DPNP, "argmin"): {"f": _first("argmin")},
    (_DPNP, "where"): dict.fromkeys("biufc", where),
    **{(_DPNP, name): {"c": getattr(complex_functions, name)} for name in _OF_DPNP},
    **{(library, name): {"c": getattr(complex_functions, name)} for library in (_NUMPY, _CUPY) for name in _OF_ALL},
    **{(_CUPY, name): {"c": getattr(complex_functions, name)} for name in _OF_CUPY},
    (_CUPY, "nonzero"): {"f": _nonzero, "c": _nonzero},
    (_CUPY, "searchsorted"): {"f": _searchsorted},
    (_CUPY, "equal"): {"c": _complex_equal},
    (_CUPY, "not_equal"): {"c": lambda library, x, y: ~_complex_equal(library, x, y)},
    (_CUPY, "acosh"): {"c": complex_functions.acosh_of_zero},
    **{(_CUPY, f"fft.{name}"): dict.fromkeys("fc", _several(name)) for name in ("fftn", "ifftn", "rfftn", "irfftn")},
}
