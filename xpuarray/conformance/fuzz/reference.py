"""NumPy as the reference, and where xpuarray answers otherwise on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["OTHERWISE", "REFERENCE", "vectorized"]

_SMOOTH = (
    "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log2 log10 log1p cbrt "
    "sqrt sinc deg2rad rad2deg degrees radians angle"
)


def _wide(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *rest: Any, **options: Any) -> Any:
        return function(x.astype(np.float64) if x.dtype.kind in "biu" else x, *rest, **options)

    return call


def _whole(x: Any, **options: Any) -> Any:
    return np.positive(x, **options) if x.dtype.kind in "iu" else np.rint(x, **options)


def _powers(x: Any, n: int) -> Any:
    x = x.astype(np.int64) if x.dtype.kind in "biu" and x.dtype != np.uint64 else x
    return np.stack([np.prod([x] * k, axis=0, dtype=x.dtype) if k else np.ones_like(x) for k in range(n)[::-1]], -1)


def _by_singles(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **options: Any) -> Any:
        values = function(*(x.astype(np.float32) if x.dtype == np.float16 else x for x in given), **options)
        dtypes = function(*(x.ravel()[:0] for x in given), **options)
        if isinstance(values, tuple):
            return tuple(v.astype(d.dtype) for v, d in zip(values, dtypes))
        return values.astype(dtypes.dtype)

    return call


def _broadcast_arrays(*given: Any) -> tuple[Any, ...]:
    views = np.broadcast_arrays(*given)
    for view, x in zip(views, given):
        view.flags.writeable &= view.size == np.size(x)
    return views


def _i0(x: Any) -> Any:
    return np.i0(x.astype(np.longdouble)).astype(x.dtype if x.dtype.kind == "f" else np.float64)


def _isin(x: Any, y: Any, **options: Any) -> Any:
    common = np.result_type(x, y)
    return np.isin(x.astype(common), y.astype(common), **options)


def _spacing(x: Any, **options: Any) -> Any:
    away = np.nextafter(x, np.where(x < 0, -np.inf, np.inf).astype(x.dtype))
    return np.subtract(away, x, **options) if x.dtype == np.float16 else np.spacing(x, **options)


def _power(x: Any, y: Any, **options: Any) -> Any:
    if np.ndim(y) == 0 and y == 0.5:
        root = np.add(np.sqrt(x), 0.0, dtype=np.result_type(x, y))
        return np.positive(np.where(np.isneginf(x), -x, root), **options)
    if not isinstance(y, np.ndarray) or np.result_type(x, y).kind != "i":
        return np.power(x, y, **options)
    inverse = np.where(x == 1, 1, np.where(x == -1, np.where(y % 2 == 0, 1, -1), 0))
    power = np.power(x, np.where(y < 0, 0, y).astype(y.dtype))
    return np.positive(np.where(y < 0, inverse, power).astype(power.dtype), **options)


def _floor_divide(x: Any, y: Any, **options: Any) -> Any:
    quotient = np.asarray(np.floor_divide(x, y))
    x, y = (quotient.dtype.type(v) if isinstance(v, float) else v for v in (x, y))
    if quotient.dtype.kind == "f":
        quotient = np.where(np.isinf(x) | np.isinf(y), np.divide(x, y, dtype=quotient.dtype), quotient)
    return np.positive(quotient, **options)


def _of_its_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *rest: Any, **options: Any) -> Any:
        wide = x.dtype.kind in "iu" or x.dtype == np.float16
        value = function(x.astype(np.float64) if wide else x, *rest, **options)
        return value.astype(x.dtype) if x.dtype.kind == "f" else value

    return call


def _in_singles(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(x: Any, *rest: Any, **options: Any) -> Any:
        if x.dtype != np.float16:
            return function(x, *rest, **options)
        value = function(x.astype(np.float32), *rest, **options)
        return value.astype(np.float16) if value.dtype.kind == "f" else value

    return call


class _Transforms:
    """numpy.fft, but of halves in single precision."""

    def __getattr__(self, name: str) -> Any:
        return _in_singles(getattr(np.fft, name))


def _where(condition: Any, x: Any, y: Any) -> Any:
    for one, other in ((x, y), (y, x)):
        if type(one) is int and getattr(other, "dtype", np.dtype(object)).kind in "iu":
            other.dtype.type(one)  # raises OverflowError
    return np.where(condition, x, y)


def _sinc(x: Any) -> Any:
    return np.sinc(x.astype(np.float32)).astype(x.dtype) if x.dtype == np.float16 else _wide(np.sinc)(x)


#: name -> (what is right here, why it isn't what NumPy says)
OTHERWISE: dict[str, tuple[Any, str]] = {
    **{
        name: (_wide(getattr(np, name)), "integers become the default float, however narrow")
        for name in _SMOOTH.split()
    },
    "sinc": (_sinc, "NumPy multiplies halves by a pi of half precision; and integers as those above"),
    "rint": (_whole, "integers are round already, and stay integers, as the standard says"),
    "vander": (_powers, "powers keep the dtype, as x**n does: exponents are Python's numbers, which are weak"),
    **{
        name: (
            _of_its_dtype(getattr(np, name)),
            "of x's dtype: q is a parameter; of integers NumPy subtracts one from the other, in halves it numbers them",
        )
        for name in ("percentile", "quantile", "nanpercentile", "nanquantile")
    },
    **{
        name: (
            _in_singles(getattr(np, name)),
            "halves are added up in singles, as in sums; NumPy's stand still at 2048",
        )
        for name in ("cumsum", "cumprod", "cumulative_sum", "cumulative_prod", "nancumsum", "nancumprod")
    },
    "fft": (_Transforms(), "halves are computed in single precision; NumPy's 1/n of 65520 halves is 0"),
    "where": (_where, "a number that does not fit is an error, as in `x + 300`"),
    "floor_divide": (_floor_divide, "the standard: infinities // numbers are infinite, and numbers // infinities 0"),
    "divmod": (lambda x, y: (_floor_divide(x, y), np.remainder(x, y)), "its quotient is that of floor_divide"),
    "sort": (
        lambda x, axis=-1, stable=None: np.sort(x, axis, "stable"),
        "NumPy's other sort leaves halves in disorder",
    ),
    "unique_inverse": (
        lambda x: tuple(np.unique_all(x)[k] for k in (0, 2)),
        "several NaN are numbered in the order in which they occur; NumPy's sort is not stable there",
    ),
    **{
        name: (_by_singles(getattr(np, name)), "NumPy's sort leaves halves in disorder, and then finds some twice")
        for name in ("unique", "unique_all", "unique_counts", "intersect1d", "union1d", "setdiff1d", "setxor1d")
    },
    "isin": (_isin, "NumPy takes integers for different that are one float, and then finds two of them"),
    "broadcast_arrays": (_broadcast_arrays, "where elements repeat nobody may write; NumPy warns that it will be so"),
    "i0": (_i0, "NumPy's exp(x) overflows before the function does; integers become the default float"),
    "argwhere": (lambda x: np.argwhere(x).copy("C"), "ours lies dense, so that `reshape` is a view of it"),
    "imag": (lambda x: np.imag(x) if x.dtype.kind == "c" else np.zeros_like(x), "NumPy's zeros are read only"),
    "power": (_power, "integers to negative powers are 0; the root of -inf is inf, as the standard says"),
    "spacing": (_spacing, "NumPy's of halves has no sign, and looks inwards at powers of two"),
    "unique_values": (
        lambda x: np.sort(_by_singles(np.unique_values)(x), kind="stable"),
        "NumPy's are in no order; ours are sorted, and so are halves",
    ),
}


class _Reference:
    """NumPy, but for what stands in OTHERWISE."""

    def __getattr__(self, name: str) -> Any:
        return OTHERWISE[name][0] if name in OTHERWISE else getattr(np, name)


REFERENCE = _Reference()


def vectorized(function: Callable[..., Any]) -> Callable[..., np.ndarray]:
    """What `xp.vectorize` makes of a function of numbers: its operands and its result have their common dtype."""

    def call(*operands: Any) -> np.ndarray:
        common = np.result_type(*operands)
        several = np.broadcast_arrays(*(np.asarray(x).astype(common) for x in operands))
        return np.array([function(*each) for each in zip(*(x.flat for x in several))], common).reshape(several[0].shape)

    return call
