"""What CuPy gets wrong, lacks or means differently; tests/test_cuda.py fails where it is mended.

Its faults of complex numbers are told in complex_functions.py.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends import complex_functions
from xpuarray.backends.complex_functions import as_arrays
from xpuarray.backends.faults import Faults, StandIn, of_complex, read_first

__all__ = ["FAULTS", "REPLACED", "assigned", "copied_in", "filled"]


def _ordered(library: Any, x: Any) -> Any:
    """Integers in the order of the floats x, NaN last: CuPy 14 compares small singles as if they were 0."""
    bits = x.view(f"i{x.itemsize}")
    top = np.iinfo(bits.dtype).max
    key = library.where(bits << 1 == 0, 0, bits ^ (bits >> (8 * x.itemsize - 1) & top))
    return library.where(library.isnan(x), top, key)


def _searchsorted(library: Any, x: Any, y: Any, **options: Any) -> Any:
    return library.searchsorted(_ordered(library, x), _ordered(library, y), **options)


def _equal(library: Any, x: Any, y: Any) -> Any:
    x, y = as_arrays(library, x, y)
    real, imag = (_ordered(library, p) == _ordered(library, q) for p, q in ((x.real, y.real), (x.imag, y.imag)))
    return real & imag & ~(library.isnan(x) | library.isnan(y))


def _not_equal(library: Any, x: Any, y: Any) -> Any:
    return ~_equal(library, x, y)


def _bits(x: Any) -> Any:
    """Integers that are 0 where x is, which CuPy 14 takes small singles for, as in all that it compiles."""
    parts = (x.real, x.imag) if x.dtype.kind == "c" else (x,)
    first, *rest = (part.view(f"i{part.itemsize}") << 1 for part in parts)  # all bits but the sign's
    return first | rest[0] if rest else first


def _nonzero(library: Any, x: Any) -> Any:
    return library.nonzero(_bits(x))


def _logical(name: str) -> StandIn:
    """CuPy 14 has none for complex numbers."""

    def of_truths(library: Any, *operands: Any) -> Any:
        truths = (_bits(x) != 0 if hasattr(x, "dtype") else bool(x) for x in operands)
        return getattr(library, name)(*truths)

    return of_truths


def _complex_pow(library: Any, x: Any, y: Any) -> Any:
    """CuPy 14: infinite complex numbers and NaN to the power of 0 are NaN; they are 1."""
    x, y = as_arrays(library, x, y)
    return library.where(y == 0, 1, library.pow(x, y))


def _several(name: str) -> StandIn:
    """CuPy 14 cuts and fills nothing if the lengths, in the order of the axes, equal the shape: a list equals none."""

    def transform(library: Any, x: Any, s: Any, **options: Any) -> Any:
        return getattr(library.fft, name)(x, s=list(s), **options)

    return transform


def _nextafter(cupy: Any, x: Any, y: Any) -> Any:
    """CuPy 14: of an infinite half that is NaN, wherever it goes."""
    x, y = as_arrays(cupy, x, y)
    value = cupy.nextafter(x, y)
    if x.dtype != np.float16:
        return value
    inwards = cupy.copysign(np.finfo(np.float16).max, x).astype(np.float16)
    value = cupy.where(cupy.isinf(x) & ~cupy.isnan(y), inwards, value)
    return cupy.where(x == y, y, value)


FAULTS = Faults(
    by_kernel={
        # CuPy 14 looks at 32 bits of a 64-bit shift's amount: 1 << -2**63 is 1.
        "bitwise_left_shift": "iu",
        "bitwise_right_shift": "iu",
        # CuPy 14 rounds x / y before it takes the floor: in half precision 8.03 // 0.000216 is 37216, and not 37184.
        "floor_divide": "f",
        # CuPy 14: 1 % inf is NaN; it is 1.
        "remainder": "f",
    },
    # CuPy 14 compiles everything with -ftz=true: single-precision numbers below 1.2e-38 count as 0.
    # (That is so still in running sums and products, and in arithmetic of complex64, which have no kernels.)
    all_by_kernel=(np.float32, np.float64),
    stand_ins={
        **of_complex("log", "log10", "log1p", "log2", "reciprocal", "sign"),
        "acosh": {"c": complex_functions.acosh_of_zero},
        "equal": {"c": _equal},
        "not_equal": {"c": _not_equal},
        "nextafter": {"f": _nextafter},
        "nonzero": {"f": _nonzero, "c": _nonzero},
        "pow": {"c": _complex_pow},
        **{name: {"c": _logical(name)} for name in ("logical_and", "logical_not", "logical_or", "logical_xor")},
        "searchsorted": {"f": _searchsorted},
        **{f"fft.{name}": dict.fromkeys("fc", _several(name)) for name in ("fftn", "ifftn", "rfftn", "irfftn")},
    },
)


# -- in the library itself -----------------------------------------------------------------------


def _sort(cupy: Any, x: Any, /, *, axis: int = -1, stable: bool = True) -> Any:
    if x.dtype.kind != "f":
        return cupy.sort(x, axis=axis)  # always a stable one
    copy = _unsigned_nan(cupy, x)
    copy.sort(axis=axis)
    return copy


def _argsort(cupy: Any, x: Any, /, *, axis: int = -1, stable: bool = True) -> Any:
    return cupy.argsort(_unsigned_nan(cupy, x) if x.dtype.kind == "f" else x, axis=axis)


def _unsigned_nan(cupy: Any, x: Any) -> Any:
    """A copy: CuPy 14 sorts a NaN with a sign, which 0 / 0 of doubles makes on a GPU, before all numbers."""
    return _without_signs(cupy)(x, x.dtype.type(np.nan), cupy.empty(x.shape, x.dtype))


@functools.cache
def _without_signs(cupy: Any) -> Any:
    return cupy.ElementwiseKernel("T x, T nan", "T y", "y = isnan(x) ? nan : x", "xpuarray_without_signs")


def _vecdot(cupy: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    rows, columns = cupy.moveaxis(x1.conj(), axis, -1), cupy.moveaxis(x2, axis, -1)
    return cupy.matmul(rows[..., None, :], columns[..., :, None])[..., 0, 0]


#: Smith's quotient.  It divides, where NumPy multiplies by the denominator's inverse: of 3e38 that counts as 0 here.
_QUOTIENT = """
    auto a = x.real(), b = x.imag(), c = y.real(), d = y.imag();
    if (fabs(c) >= fabs(d)) {
        if (c == 0 && d == 0) {
            z = T(a / fabs(c), b / fabs(c));
        } else {
            auto ratio = d / c, whole = c + d * ratio;
            z = T((a + b * ratio) / whole, (b - a * ratio) / whole);
        }
    } else {
        auto ratio = c / d, whole = c * ratio + d;
        z = T((a * ratio + b) / whole, (b * ratio - a) / whole);
    }
"""


@functools.cache
def _quotient(cupy: Any) -> Any:
    return cupy.ElementwiseKernel("T x, T y", "T z", _QUOTIENT, "xpuarray_quotient")


def _divide(cupy: Any, x: Any, y: Any, /) -> Any:
    """CuPy 14: complex numbers by 0, and infinite ones, give NaN throughout: (1+1j)/0 is inf+infj."""
    is_complex = any(getattr(v, "dtype", np.dtype(int)).kind == "c" for v in (x, y))
    return _quotient(cupy)(x, y) if is_complex else cupy.divide(x, y)


def _reciprocal(cupy: Any, z: Any, /) -> Any:
    """CuPy 14: of singles above 8e37 NaN, as what it divides by becomes 0."""
    return _quotient(cupy)(z.dtype.type(1), z) if z.dtype.kind == "c" else cupy.reciprocal(z)


def _rounding(name: str) -> Callable[..., Any]:
    """CuPy 14 rounds integers by way of doubles, which do not hold all of them."""

    def rounded(cupy: Any, x: Any, /) -> Any:
        return x.copy() if x.dtype.kind in "biu" else getattr(cupy, name)(x)

    return rounded


#: Functions (cupy, *arguments) that take the place of CuPy's own
REPLACED: dict[str, Callable[..., Any]] = {
    "argsort": _argsort,
    "divide": _divide,
    "reciprocal": _reciprocal,
    "sort": _sort,
    "vecdot": _vecdot,
    **{name: _rounding(name) for name in ("ceil", "floor", "round", "trunc")},
}


# -- making arrays -------------------------------------------------------------------------------


def filled(cupy: Any, shape: tuple[int, ...], value: Any, dtype: np.dtype) -> Any:
    """CuPy 14 fills with 0 for small singles, so floats are filled in by their bits."""
    if value == 0 and not math.copysign(1, value.real) < 0:
        return cupy.zeros(shape, dtype)
    if dtype.kind != "f":
        return cupy.full(shape, value, dtype)
    native = cupy.empty(shape, dtype)
    bits = dtype.type(value).view(f"i{dtype.itemsize}")
    native.view(bits.dtype).fill(bits.item())
    return native


def copied_in(cupy: Any, array: np.ndarray) -> Any:
    """Not by cupy.asarray, which (in CuPy 14) loses the sign of a 0-dimensional zero."""
    native = cupy.empty(array.shape, array.dtype)
    native.set(np.ascontiguousarray(array).reshape(array.shape))
    return native


# -- writing into arrays -------------------------------------------------------------------------


def assigned(cupy: Any, native: Any, key: Any, value: Any) -> None:
    """CuPy 14 assigns dense memory to dense memory by cudaMemcpy, which is not defined where they overlap: in 16 bits
    x[2:] = x[:-2] is wrong.  By index arrays, too, it reads while it writes."""
    key, value = read_first(lambda part: cupy.may_share_memory(native, part), cupy.copy, key, value)
    native[key] = value
