"""NumPy's functions of creation and of shape queries, and running sums, beyond the Array API standard."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions.creation import Place
from xpuarray.functions.numpy_outputs import delivered

__all__ = [
    "array", "ascontiguousarray", "copy", "copyto", "cumprod", "cumsum", "deg2rad", "degrees", "divmod", "exp2",
    "fmax", "fmin", "geomspace", "identity", "isneginf", "isposinf", "isscalar", "logspace", "ndim", "rad2deg",
    "radians", "shape", "size",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    device: Place = None,
) -> Array:
    """A new array with the values of `object`: `asarray` with copy=True."""
    made = isinstance(object, Array)
    x = xp.asarray(object, dtype, device=device, copy=copy if made else None)
    return xp.reshape(x, (1,) * (ndmin - x.ndim) + x.shape) if x.ndim < ndmin else x


def copy(a: Array, order: str = "K", subok: bool = False) -> Array:
    """A copy of a."""
    return xp.asarray(a, copy=True)


def copyto(dst: Array, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """The elements of dst, `where` given those where it holds, set to those of src, which broadcast.

    Raises TypeError if src's dtype can't be cast to dst's by NumPy's rule `casting`.
    """
    if isinstance(src, Array) and not np.can_cast(src.dtype, dst.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"copyto: {src.dtype} is not cast to {dst.dtype} by the rule {casting!r}")
    dst[...] = src if where is True else xp.astype(xp.where(where, src, dst), dst.dtype, copy=False)


def ascontiguousarray(a: Any, dtype: Any = None, *, device: Place = None) -> Array:
    """The array itself if its elements lie in row-major order without gaps, else a copy where they do."""
    x = xp.asarray(a, dtype, device=device)
    return x if x._native.flags.c_contiguous else xp.asarray(x, copy=True)


def identity(n: int, dtype: Any = None, *, device: Place = None) -> Array:
    """The (n, n) matrix with ones on its diagonal."""
    return xp.eye(n, dtype=dtype, device=device)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    *,
    device: Place = None,
) -> Array:
    """`num` powers of `base` whose exponents are evenly spaced."""
    value = xp.pow(base, xp.linspace(start, stop, num, endpoint=endpoint, device=device))
    return value if dtype is None else xp.astype(value, dtype)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, *, device: Place = None
) -> Array:
    """`num` values from start to stop, each a multiple of the one before by one factor (both of one sign, not 0)."""
    if start * stop <= 0:
        raise ValueError(f"geomspace: {start} and {stop} must have one sign")
    sign = -1.0 if start < 0 else 1.0
    value = sign * xp.exp(xp.linspace(math.log(abs(start)), math.log(abs(stop)), num, endpoint=endpoint, device=device))
    if num > 0:
        value[0] = start
    if num > 1 and endpoint:
        value[-1] = stop
    return value if dtype is None else xp.astype(value, dtype)


def shape(a: Any) -> tuple[int, ...]:
    """The extents of a; () of a scalar."""
    return a.shape if isinstance(a, Array) else ()


def ndim(a: Any) -> int:
    """The number of dimensions of a."""
    return len(shape(a))


def size(a: Any, axis: int | Sequence[int] | None = None) -> int:
    """The number of elements of a, or along `axis`."""
    axes = range(ndim(a)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(shape(a)[k] for k in axes)


def isscalar(element: Any) -> bool:
    """Whether `element` is a scalar, which a 0-dimensional array is not."""
    return np.isscalar(element)


def _running(name: str, a: Array, axis: int | None, dtype: Any, out: Any) -> Array:
    flat = xp.reshape(a, (-1,)) if axis is None else a
    return delivered(name, getattr(xp, f"cumulative_{name[3:]}")(flat, axis=axis or 0, dtype=dtype), out)


def cumsum(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """The running sum along `axis` (None: of a flattened)."""
    return _running("cumsum", a, axis, dtype, out)


def cumprod(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """The running product along `axis` (None: of a flattened)."""
    return _running("cumprod", a, axis, dtype, out)


# -- elementwise --------------------------------------------------------------------------------


def deg2rad(x: Any, out: Array | None = None) -> Array:
    """Degrees as radians."""
    return delivered("deg2rad", xp.multiply(x, math.pi / 180), out)


def rad2deg(x: Any, out: Array | None = None) -> Array:
    """Radians as degrees."""
    return delivered("rad2deg", xp.multiply(x, 180 / math.pi), out)


radians, degrees = deg2rad, rad2deg


def exp2(x: Any, out: Array | None = None) -> Array:
    """2 to the power x."""
    return delivered("exp2", xp.pow(2.0, x), out)


def divmod(x1: Any, x2: Any) -> tuple[Array, Array]:
    """The quotient, rounded down, and the remainder."""
    return xp.floor_divide(x1, x2), xp.remainder(x1, x2)


def _ignoring_nan(name: str, standard: str) -> Any:
    def function(x1: Any, x2: Any, out: Array | None = None) -> Array:
        value = getattr(xp, standard)(x1, x2)
        for one, other in ((x1, x2), (x2, x1)):
            if isinstance(one, Array) and one.dtype.kind == "f":
                value = xp.where(xp.isnan(one), other, value)
        return delivered(name, value, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{standard}`, or the other operand where one is NaN."
    return function


fmax, fmin = _ignoring_nan("fmax", "maximum"), _ignoring_nan("fmin", "minimum")


def isposinf(x: Array, out: Array | None = None) -> Array:
    """Whether each element is positive infinity."""
    return delivered("isposinf", x == math.inf, out)


def isneginf(x: Array, out: Array | None = None) -> Array:
    """Whether each element is negative infinity."""
    return delivered("isneginf", x == -math.inf, out)
