"""Elementwise functions that are composed of others."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import choosing, creation, elementwise, joining, parts, reductions, scans
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, finfo
from xpuarray.functions.few import by_numpys, whole_by_numpy
from xpuarray.functions.operands import as_one_dtype, as_operand
from xpuarray.functions.ufunc_parameters import with_parameters

__all__ = [
    "angle",
    "divmod",
    "float_power",
    "frexp",
    "iscomplex",
    "isreal",
    "ldexp",
    "modf",
    "real_if_close",
    "spacing",
    "unwrap",
]


def _real(name: str, *xs: Array) -> None:
    if any(x.dtype.kind == "c" for x in xs):
        raise UnsupportedDTypeError(f"{name} is not defined for complex numbers")


# -- powers, and parts of numbers ---------------------------------------------------------------


def float_power(
    x1: Any,
    x2: Any,
    /,
    out: Array | None = None,
    *,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> Array:
    """x1 to the power x2, in double precision where the device has it."""

    def power(x1: Any, x2: Any) -> Array:
        a, b = as_one_dtype("float_power", (x1, x2), common_device("float_power", x1, x2))
        wide = a.device.info.fit(np.dtype(np.complex128 if a.dtype.kind == "c" else np.float64))
        return astype(a, wide, copy=False) ** astype(b, wide, copy=False)

    return with_parameters("float_power", power, (x1, x2), 1, out, where, casting, order, dtype, subok)


def modf(
    x: Any,
    out1: Array | None = None,
    out2: Array | None = None,
    /,
    *,
    out: tuple[Array | None, Array | None] | None = None,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> tuple[Array, Array]:
    """The parts of x behind the point and before it, both with x's sign."""

    def parts_of(x: Any) -> tuple[Array, Array]:
        x = as_floating("modf", as_operand("modf", x, None))
        _real("modf", x)
        return _whole_apart(x)

    return with_parameters(
        "modf", parts_of, (x,), 2, (out1, out2) if out is None else out, where, casting, order, dtype, subok
    )


@functools.partial(by_numpys, "modf")
def _whole_apart(x: Array) -> tuple[Array, Array]:
    whole = elementwise.trunc(x)
    return elementwise.copysign(choosing.where(elementwise.isinf(x), 0.0, x - whole), x), whole


def ldexp(
    x1: Any,
    x2: Any,
    /,
    out: Array | None = None,
    *,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> Array:
    """x1 * 2**x2, x2 being integers."""
    return with_parameters("ldexp", _scaled, (x1, x2), 1, out, where, casting, order, dtype, subok)


def _scaled(x1: Any, x2: Any) -> Array:
    device = next((x.device for x in (x1, x2) if isinstance(x, Array)), None)
    x, n = as_operand("ldexp", x1, device), as_operand("ldexp", x2, device)
    common_device("ldexp", x, n)
    if n.dtype.kind not in "biu":
        raise UnsupportedDTypeError(f"ldexp takes integers for exponents, not {n.dtype}")
    x = as_floating("ldexp", x)
    most = np.finfo(x.dtype).maxexp - 1
    rest = choosing.clip(astype(n, x.dtype), -3.0 * most, 3.0 * most)  # beyond which every product is 0 or infinite
    for left in (3, 2, 1):  # 2**n may overflow where the product does not
        part = elementwise.floor(rest / left)
        x, rest = x * elementwise.pow(2.0, part), rest - part
    return x


def spacing(
    x: Any,
    /,
    out: Array | None = None,
    *,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> Array:
    """The distance from x to the next number away from 0, with x's sign (that from either 0 is positive)."""

    def distance(x: Any) -> Array:
        x = as_floating("spacing", as_operand("spacing", x, None))
        _real("spacing", x)
        return _to_next(x)

    return with_parameters("spacing", distance, (x,), 1, out, where, casting, order, dtype, subok)


@functools.partial(by_numpys, "spacing")
def _to_next(x: Array) -> Array:
    away = choosing.where(x < 0, -math.inf, math.inf)
    return elementwise.nextafter(x, astype(away, x.dtype)) - x


#: float -> integers of its size, bits behind the point, mask and bias of the exponent
_BITS: dict[np.dtype, tuple[Any, int, int, int]] = {
    np.dtype(np.float64): (np.int64, 52, 0x7FF, 1022),
    np.dtype(np.float32): (np.int32, 23, 0xFF, 126),
}


def frexp(
    x: Any,
    out1: Array | None = None,
    out2: Array | None = None,
    /,
    *,
    out: tuple[Array | None, Array | None] | None = None,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> tuple[Array, Array]:
    """m and e (int32) of x = m * 2**e, with m in [0.5, 1) and x's sign; of zeros and what is not finite, x and 0.

    >>> import xpuarray as xp
    >>> [part.tolist() for part in xp.frexp(xp.asarray([8.0, -0.75], device="host"))]
    [[0.5, -0.75], [4, 0]]
    """
    return with_parameters(
        "frexp", _taken_apart, (x,), 2, (out1, out2) if out is None else out, where, casting, order, dtype, subok
    )


def _taken_apart(x: Any) -> tuple[Array, Array]:
    x = as_floating("frexp", as_operand("frexp", x, None))
    _real("frexp", x)
    return _by_bits(x)


@functools.partial(by_numpys, "frexp")
def _by_bits(x: Array) -> tuple[Array, Array]:
    wide = astype(x, np.float32) if x.dtype == np.float16 else x
    whole, digits, mask, bias = _BITS[wide.dtype]
    small = elementwise.abs(wide) < float(np.finfo(wide.dtype).tiny)  # of which the exponent's bits are 0
    word = choosing.where(small, wide * 2.0 ** (digits + 2), wide).view(whole)
    exponent = ((word >> digits) & mask) - bias - small * whole(digits + 2)
    mantissa = astype(((word & ~(mask << digits)) | (bias << digits)).view(wide.dtype), x.dtype, copy=False)
    as_it_is = elementwise.logical_or(x == 0, elementwise.logical_not(elementwise.isfinite(x)))
    return choosing.where(as_it_is, x, mantissa), astype(choosing.where(as_it_is, 0, exponent), np.int32)


# -- complex numbers ----------------------------------------------------------------------------


@whole_by_numpy
@checked
def angle(z: Any, deg: bool = False) -> Array:
    """The angle of complex numbers with the positive real axis, in (-pi, pi]; `deg`: in degrees."""
    z = as_floating("angle", as_operand("angle", z, None))
    value = (
        elementwise.atan2(parts.imag(z), parts.real(z))
        if z.dtype.kind == "c"
        else elementwise.atan2(creation.zeros_like(z), z)
    )
    return value * (180 / math.pi) if deg else value


@whole_by_numpy
@checked
def isreal(x: Any) -> Array:
    """Whether each element's imaginary part is 0."""
    x = as_operand("isreal", x, None)
    if x.dtype.kind != "c":
        return creation.full(x.shape, True, np.bool_, device=x.device)
    return parts.imag(x) == 0


@whole_by_numpy
@checked
def iscomplex(x: Any) -> Array:
    """Whether each element's imaginary part is not 0."""
    return elementwise.logical_not(isreal(x))


@checked
def real_if_close(a: Array, tol: float = 100) -> Array:
    """The real parts, if all imaginary ones are less than `tol` times the dtype's epsilon (tol <= 1: than tol)."""
    if a.dtype.kind != "c":
        return a
    limit = tol * float(finfo(a.dtype).eps) if tol > 1 else tol
    return parts.real(a) if bool(reductions.all(elementwise.abs(parts.imag(a)) < limit)) else a


@whole_by_numpy
@checked
def unwrap(p: Array, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Array:
    """p with multiples of `period` added along `axis`, so that neighbours differ by at most half of it.

    discont: steps that are smaller stay; at least half the period
    """
    (axis,) = normalise_axes("unwrap", axis, p.ndim)
    whole = p.dtype.kind in "biu" and isinstance(period, int)
    x = astype(p, np.result_type(p.dtype, period), copy=False) if whole else as_floating("unwrap", p)
    before = (slice(None),) * axis
    later, former = p[(*before, slice(1, None))], p[(*before, slice(None, -1))]
    # as NumPy's are: bools differ by 1, and unsigned integers never by less than 0
    difference = later != former if p.dtype.kind == "b" else later - former
    step = astype(difference, x.dtype, copy=False) if whole else as_floating("unwrap", difference)
    low: Any = -(period // 2) if whole else -period / 2
    within = (step - low) % period + low
    if not whole or period % 2 == 0:
        within = choosing.where((within == low) & (step > 0), -low, within)
    change = choosing.where(elementwise.abs(step) < (period / 2 if discont is None else discont), 0, within - step)
    moved = x[(*before, slice(1, None))] + scans.cumulative_sum(change, axis=axis, dtype=change.dtype)
    return joining.concat([x[(*before, slice(None, 1))], astype(moved, x.dtype, copy=False)], axis=axis)


def divmod(
    x1: Any,
    x2: Any,
    out1: Array | None = None,
    out2: Array | None = None,
    /,
    *,
    out: tuple[Array | None, Array | None] | None = None,
    where: Any = True,
    casting: str = "same_kind",
    order: str = "K",
    dtype: Any = None,
    subok: bool = True,
) -> tuple[Array, Array]:
    """The quotient, rounded down, and the remainder."""

    def both(x1: Any, x2: Any) -> tuple[Array, Array]:
        return elementwise.floor_divide(x1, x2), elementwise.remainder(x1, x2)

    return with_parameters(
        "divmod", both, (x1, x2), 2, (out1, out2) if out is None else out, where, casting, order, dtype, subok
    )
