"""Elementwise functions that are composed of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import choosing, creation, elementwise, joining, manipulation, reductions, scans
from xpuarray.functions.data_types import as_floating, astype, finfo, result_type
from xpuarray.functions.operands import as_operand
from xpuarray.functions.signatures import write_out

__all__ = [
    "angle",
    "bitwise_count",
    "cbrt",
    "deg2rad",
    "degrees",
    "divmod",
    "exp2",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "heaviside",
    "i0",
    "iscomplex",
    "isneginf",
    "isposinf",
    "isreal",
    "lcm",
    "ldexp",
    "logaddexp2",
    "modf",
    "rad2deg",
    "radians",
    "real_if_close",
    "sinc",
    "spacing",
    "unwrap",
]


def _both(name: str, x1: Any, x2: Any) -> tuple[Array, Array]:
    """Two operands as arrays of one dtype on one device."""
    device = next((x.device for x in (x1, x2) if isinstance(x, Array)), None)
    if device is not None:
        common_device(name, x1, x2)
    dtype = result_type(x1, x2) if device is not None else None
    a, b = (as_operand(name, x, device) for x in (x1, x2))
    dtype = result_type(a, b) if dtype is None else dtype
    return astype(a, dtype, copy=False), astype(b, dtype, copy=False)


def _real(name: str, *xs: Array) -> None:
    if any(x.dtype.kind == "c" for x in xs):
        raise UnsupportedDTypeError(f"{name} is not defined for complex numbers")


# -- powers, logarithms, steps ------------------------------------------------------------------


def cbrt(x: Any, out: Array | None = None) -> Array:
    """The cube root, of negative numbers too."""
    x = as_floating("cbrt", as_operand("cbrt", x, None))
    _real("cbrt", x)
    size = elementwise.abs(x)
    root = size ** (1 / 3)
    plain = (size > 0) & (size < math.inf)
    square = choosing.where(plain, root * root, 1.0)
    root = choosing.where(plain, root - (root - size / square) / 3, size)  # a step of Newton's: 1 / 3 is no float
    return write_out("cbrt", elementwise.copysign(root, x), out)


def float_power(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """x1 to the power x2, in double precision where the device has it."""
    a, b = _both("float_power", x1, x2)
    wide = a.device.info.fit(np.dtype(np.complex128 if a.dtype.kind == "c" else np.float64))
    return write_out("float_power", astype(a, wide, copy=False) ** astype(b, wide, copy=False), out)


def logaddexp2(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """The logarithm to base 2 of 2**x1 + 2**x2."""
    a, b = (as_floating("logaddexp2", x) for x in _both("logaddexp2", x1, x2))
    return write_out("logaddexp2", elementwise.logaddexp(a * math.log(2), b * math.log(2)) / math.log(2), out)


def heaviside(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """0 where x1 is negative, x2 where it is 0, 1 where it is positive; NaN of NaN."""
    a, b = (as_floating("heaviside", x) for x in _both("heaviside", x1, x2))
    _real("heaviside", a)
    step = choosing.where(a < 0, 0.0, choosing.where(a == 0, b, 1.0))
    return write_out("heaviside", astype(choosing.where(elementwise.isnan(a), a, step), a.dtype, copy=False), out)


def sinc(x: Any) -> Array:
    """sin(pi x) / (pi x), 1 at 0."""
    x = as_floating("sinc", as_operand("sinc", x, None))
    y = math.pi * choosing.where(x == 0, 1.0e-20, x)
    return elementwise.sin(y) / y


#: Chebyshev's coefficients of exp(-x) I0(x) on [0, 8], and of exp(-x) sqrt(x) I0(x) beyond (Cephes)
_I0_NEAR = """
-4.41534164647933937950E-18 3.33079451882223809783E-17 -2.43127984654795469359E-16 1.71539128555513303061E-15
-1.16853328779934516808E-14 7.67618549860493561688E-14 -4.85644678311192946090E-13 2.95505266312963983461E-12
-1.72682629144155570723E-11 9.67580903537323691224E-11 -5.18979560163526290666E-10 2.65982372468238665035E-9
-1.30002500998624804212E-8 6.04699502254191894932E-8 -2.67079385394061173391E-7 1.11738753912010371815E-6
-4.41673835845875056359E-6 1.64484480707288970893E-5 -5.75419501008210370398E-5 1.88502885095841655729E-4
-5.76375574538582365885E-4 1.63947561694133579842E-3 -4.32430999505057594430E-3 1.05464603945949983183E-2
-2.37374148058994688156E-2 4.93052842396707084878E-2 -9.49010970480476444210E-2 1.71620901522208775349E-1
-3.04682672343198398683E-1 6.76795274409476084995E-1"""

_I0_FAR = """
-7.23318048787475395456E-18 -4.83050448594418207126E-18 4.46562142029675999901E-17 3.46122286769746109310E-17
-2.82762398051658348494E-16 -3.42548561967721913462E-16 1.77256013305652638360E-15 3.81168066935262242075E-15
-9.55484669882830764870E-15 -4.15056934728722208663E-14 1.54008621752140982691E-14 3.85277838274214270114E-13
7.18012445138366623367E-13 -1.79417853150680611778E-12 -1.32158118404477131188E-11 -3.14991652796324136454E-11
1.18891471078464383424E-11 4.94060238822496958910E-10 3.39623202570838634515E-9 2.26666899049817806459E-8
2.04891858946906374183E-7 2.89137052083475648297E-6 6.88975834691682398426E-5 3.36911647825569408990E-3
8.04490411014108831608E-1"""


def _chebyshev(x: Array, text: str) -> Array:
    b0, b1, b2 = creation.zeros_like(x), creation.zeros_like(x), creation.zeros_like(x)
    for coefficient in map(float, text.split()):
        b0, b1, b2 = x * b0 - b1 + coefficient, b0, b1
    return (b0 - b2) / 2


def i0(x: Any) -> Array:
    """The modified Bessel function of the first kind, order 0."""
    x = as_floating("i0", as_operand("i0", x, None))
    _real("i0", x)
    x = elementwise.abs(x)
    near = _chebyshev(choosing.clip(x, max=8.0) / 2 - 2, _I0_NEAR)
    far = choosing.where(x > 8, x, 8.0)
    return elementwise.exp(x) * choosing.where(x <= 8, near, _chebyshev(32 / far - 2, _I0_FAR) / elementwise.sqrt(far))


# -- parts of numbers ---------------------------------------------------------------------------


def fix(x: Any, out: Array | None = None) -> Array:
    """x rounded towards 0."""
    return write_out("fix", elementwise.trunc(x), out)


def fmod(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """The remainder of the quotient that is rounded towards 0: it has the sign of x1."""
    a, b = _both("fmod", x1, x2)
    _real("fmod", a)
    size = elementwise.remainder(elementwise.abs(a), elementwise.abs(b))
    if a.dtype.kind == "f":
        value = elementwise.copysign(
            choosing.where(elementwise.isinf(b) & elementwise.isfinite(a), elementwise.abs(a), size), a
        )
    else:
        value = choosing.where(a < 0, 0 - size, size)
    return write_out("fmod", astype(value, a.dtype, copy=False), out)


def modf(x: Any, out: Any = None) -> tuple[Array, Array]:
    """The parts of x behind the point and before it, both with x's sign."""
    x = as_floating("modf", as_operand("modf", x, None))
    _real("modf", x)
    whole = elementwise.trunc(x)
    part = elementwise.copysign(choosing.where(elementwise.isinf(x), 0.0, x - whole), x)
    outs = (None, None) if out is None else out
    return write_out("modf", part, outs[0]), write_out("modf", whole, outs[1])


def ldexp(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """x1 * 2**x2, x2 being integers."""
    device = next((x.device for x in (x1, x2) if isinstance(x, Array)), None)
    x, n = as_operand("ldexp", x1, device), as_operand("ldexp", x2, device)
    common_device("ldexp", x, n)
    if n.dtype.kind not in "iu":
        raise UnsupportedDTypeError(f"ldexp takes integers for exponents, not {n.dtype}")
    x = as_floating("ldexp", x)
    half = n // 2  # 2**n may overflow where the product does not
    first, second = (elementwise.pow(2.0, astype(e, x.dtype)) for e in (half, n - half))
    return write_out("ldexp", x * first * second, out)


def spacing(x: Any, out: Array | None = None) -> Array:
    """The distance from x to the next number away from 0, with x's sign."""
    x = as_floating("spacing", as_operand("spacing", x, None))
    _real("spacing", x)
    return write_out(
        "spacing", elementwise.nextafter(x, elementwise.copysign(creation.full_like(x, math.inf), x)) - x, out
    )


def gcd(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """The greatest common divisor of integers, not negative."""
    a, b = _both("gcd", x1, x2)
    if a.dtype.kind not in "iu":
        raise UnsupportedDTypeError(f"gcd takes integers, not {a.dtype}")
    a, b = manipulation.broadcast_arrays(elementwise.abs(a), elementwise.abs(b))
    while bool(reductions.any(b != 0)):  # Euclid's algorithm, of all elements at once
        a, b = choosing.where(b == 0, a, b), choosing.where(b == 0, b, elementwise.remainder(a, b))
    return write_out("gcd", a, out)


def lcm(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """The least common multiple of integers, not negative; 0 of 0."""
    a, b = _both("lcm", x1, x2)
    divisor = gcd(a, b)
    return write_out("lcm", elementwise.abs(a // choosing.where(divisor == 0, 1, divisor) * b), out)


def bitwise_count(x: Any, out: Array | None = None) -> Array:
    """How many bits of |x| are 1; uint8."""
    x = as_operand("bitwise_count", x, None)
    if x.dtype.kind not in "iub":
        raise UnsupportedDTypeError(f"bitwise_count takes integers, not {x.dtype}")
    rest = astype(x if x.dtype.kind in "bu" else elementwise.abs(x), np.dtype(f"u{x.itemsize}"), copy=False)
    count = creation.zeros_like(rest)
    for _ in range(8 * x.itemsize):
        count, rest = count + (rest & 1), rest >> 1
    return write_out("bitwise_count", astype(count, np.uint8, copy=False), out)


# -- complex numbers ----------------------------------------------------------------------------


def angle(z: Any, deg: bool = False) -> Array:
    """The angle of complex numbers with the positive real axis, in (-pi, pi]; `deg`: in degrees."""
    z = as_floating("angle", as_operand("angle", z, None))
    value = (
        elementwise.atan2(elementwise.imag(z), elementwise.real(z))
        if z.dtype.kind == "c"
        else elementwise.atan2(creation.zeros_like(z), z)
    )
    return value * (180 / math.pi) if deg else value


def isreal(x: Any) -> Array:
    """Whether each element's imaginary part is 0."""
    x = as_operand("isreal", x, None)
    if x.dtype.kind != "c":
        return creation.full(x.shape, True, np.bool_, device=x.device)
    return elementwise.imag(x) == 0


def iscomplex(x: Any) -> Array:
    """Whether each element's imaginary part is not 0."""
    return elementwise.logical_not(isreal(x))


def real_if_close(a: Array, tol: float = 100) -> Array:
    """The real parts, if all imaginary ones are less than `tol` times the dtype's epsilon (tol <= 1: than tol)."""
    if a.dtype.kind != "c":
        return a
    limit = tol * float(finfo(a.dtype).eps) if tol > 1 else tol
    return elementwise.real(a) if bool(reductions.all(elementwise.abs(elementwise.imag(a)) < limit)) else a


def unwrap(p: Array, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Array:
    """p with multiples of `period` added along `axis`, so that neighbours differ by at most half of it.

    discont: steps that are smaller stay; at least half the period
    """
    (axis,) = normalise_axes("unwrap", axis, p.ndim)
    whole = p.dtype.kind in "iu" and isinstance(period, int)
    x = manipulation.moveaxis(p if whole else as_floating("unwrap", p), axis, -1)
    step = x[..., 1:] - x[..., :-1]
    low: Any = -(period // 2) if whole else -period / 2
    within = (step - low) % period + low
    if not whole or period % 2 == 0:
        within = choosing.where((within == low) & (step > 0), -low, within)
    change = choosing.where(elementwise.abs(step) < (period / 2 if discont is None else discont), 0, within - step)
    moved = x[..., 1:] + scans.cumulative_sum(change, axis=x.ndim - 1, dtype=change.dtype)
    return manipulation.moveaxis(joining.concat([x[..., :1], astype(moved, x.dtype, copy=False)], axis=-1), -1, axis)


# -- elementwise --------------------------------------------------------------------------------


def deg2rad(x: Any, out: Array | None = None) -> Array:
    """Degrees as radians."""
    return write_out("deg2rad", elementwise.multiply(x, math.pi / 180), out)


def rad2deg(x: Any, out: Array | None = None) -> Array:
    """Radians as degrees."""
    return write_out("rad2deg", elementwise.multiply(x, 180 / math.pi), out)


radians, degrees = deg2rad, rad2deg


def exp2(x: Any, out: Array | None = None) -> Array:
    """2 to the power x."""
    return write_out("exp2", elementwise.pow(2.0, x), out)


def divmod(x1: Any, x2: Any) -> tuple[Array, Array]:
    """The quotient, rounded down, and the remainder."""
    return elementwise.floor_divide(x1, x2), elementwise.remainder(x1, x2)


def fmax(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """`maximum`, or the other operand where one is NaN."""
    return write_out("fmax", _ignoring_nan(elementwise.maximum(x1, x2), x1, x2), out)


def fmin(x1: Any, x2: Any, out: Array | None = None) -> Array:
    """`minimum`, or the other operand where one is NaN."""
    return write_out("fmin", _ignoring_nan(elementwise.minimum(x1, x2), x1, x2), out)


def _ignoring_nan(value: Array, x1: Any, x2: Any) -> Array:
    for one, other in ((x1, x2), (x2, x1)):
        if isinstance(one, Array) and one.dtype.kind == "f":
            value = choosing.where(elementwise.isnan(one), other, value)
    return value


def isposinf(x: Array, out: Array | None = None) -> Array:
    """Whether each element is positive infinity."""
    return write_out("isposinf", x == math.inf, out)


def isneginf(x: Array, out: Array | None = None) -> Array:
    """Whether each element is negative infinity."""
    return write_out("isneginf", x == -math.inf, out)
