"""Elementwise functions: one scalar function each, compiled into kernels by every backend.

A function gets its arguments already converted to one type and returns the element of the result.
NumPy's functions act on scalars here and follow IEEE 754.  `type(x)(1)` is a one of x's type: a
bare `1.0` is a double, which would make the whole expression double.

Functions ending in `_int` are for integers, where a processor would trap or C leaves it open:
division by zero (0, as in NumPy), the most negative number, shifts past the width.
"""

from __future__ import annotations

import numpy as np

# -- arithmetic ---------------------------------------------------------------------------------


def add(x, y):
    return x + y


def subtract(x, y):
    return x - y


def multiply(x, y):
    return x * y


def divide(x, y):
    return x / y


def remainder(x, y):
    zero = type(x)(0)
    rest = np.fmod(x, y)
    if rest == zero:
        return np.copysign(zero, y) if y != zero else rest
    if (rest < zero) != (y < zero):
        return rest + y
    return rest


def floor_divide(x, y):
    """Of infinities, the quotient, as the Array API standard has it; Python's inf // 1 is NaN, 1 // -inf is -1."""
    zero, one = type(x)(0), type(x)(1)
    if y == zero or np.isinf(x) or np.isinf(y):
        return x / y
    rest = np.fmod(x, y)
    quotient = (x - rest) / y
    if rest != zero and (rest < zero) != (y < zero):
        quotient = quotient - one
    if quotient == zero:
        return np.copysign(zero, x / y)
    floor = np.floor(quotient)
    if quotient - floor > one / (one + one):
        floor = floor + one
    return floor


def floor_divide_int(x, y):
    zero, one = type(x)(0), type(x)(1)
    if y == zero:
        return zero
    if y + one == zero:  # -1 (and never true of an unsigned y but its largest, which is right too)
        return type(x)(-x) if y < zero else x // y
    return x // y


def remainder_int(x, y):
    zero, one = type(x)(0), type(x)(1)
    if y == zero:
        return zero
    if y < zero and y + one == zero:
        return zero
    return x % y


def fmod(x, y):
    return np.fmod(x, y)


def fmod_int(x, y):
    """What is left has the sign of x."""
    zero = type(x)(0)
    if y == zero:
        return zero
    rest = type(x)(_magnitude(x) % _magnitude(y))
    return type(x)(-rest) if x < zero else rest


def _magnitude(x):
    """|x| of an integer, of the most negative one too."""
    bits = np.uint64(x)
    return np.uint64(0) - bits if x < type(x)(0) else bits


def gcd(x, y):
    """By Euclid's algorithm."""
    greater, less = _magnitude(x), _magnitude(y)
    while less > np.uint64(0):
        greater, less = less, greater % less
    return greater


def lcm(x, y):
    divisor = gcd(x, y)
    if divisor == np.uint64(0):
        return divisor
    return _magnitude(x) // divisor * _magnitude(y)


def pow(x, y):
    return x**y


def pow_int(x, y):
    """By squaring, wrapping around; a negative exponent gives 0 but for bases 1 and -1."""
    zero, one = type(x)(0), type(x)(1)
    result = one
    if y < zero:
        if x == one:
            return one
        if x + one == zero:
            return one if y % (one + one) == zero else x
        return zero
    base, exponent = x, y
    while exponent > zero:
        if exponent & one:
            result = type(x)(result * base)
        base = type(x)(base * base)
        exponent = exponent >> one
    return result


def negative(x):
    return -x


def positive(x):
    return x


def abs(x):
    return np.abs(x)


def square(x):
    return x * x


def reciprocal(x):
    return type(x)(1) / x


def sign(x):
    zero, one = type(x)(0), type(x)(1)
    if x > zero:
        return one
    if x < zero:
        return -one
    return zero if x == zero else x  # -0 becomes 0, NaN stays


def sign_unsigned(x):
    return type(x)(1) if x > type(x)(0) else x


def heaviside(x, y):
    if x != x:
        return x
    if x == type(x)(0):
        return y
    return type(x)(1) if x > type(x)(0) else type(x)(0)


# -- roots, exponentials, logarithms ------------------------------------------------------------


def sqrt(x):
    return np.sqrt(x)


def cbrt(x):
    """A power, which is wrong in its last digits as 1 / 3 is, and a step of Newton's."""
    zero, three = type(x)(0), type(x)(3)
    if x == zero or np.isinf(x) or x != x:
        return x
    size = np.abs(x)
    root = size ** (type(x)(1) / three)
    root = root - (root - size / (root * root)) / three
    return np.copysign(root, x)


def exp(x):
    return np.exp(x)


def exp2(x):
    return np.exp2(x)


def expm1(x):
    return np.expm1(x)


def log(x):
    return np.log(x)


def log1p(x):
    return np.log1p(x)


def log2(x):
    return np.log2(x)


def log10(x):
    return np.log10(x)


def logaddexp(x, y):
    if x == y:
        return x + np.log(type(x)(2))
    high, low = (x, y) if x > y else (y, x)
    if np.isnan(x) or np.isnan(y):
        return x + y
    return high + np.log1p(np.exp(low - high))


def logaddexp2(x, y):
    one = type(x)(1)
    if x == y:
        return x + one
    high, low = (x, y) if x > y else (y, x)
    if np.isnan(x) or np.isnan(y):
        return x + y
    return high + np.log1p(np.exp2(low - high)) / np.log(one + one)


def hypot(x, y):
    return np.hypot(x, y)


# -- Bessel functions ---------------------------------------------------------------------------

#: Chebyshev's coefficients of exp(-x) I0(x) on [0, 8], and of exp(-x) sqrt(x) I0(x) beyond (Cephes)
_I0_NEAR = (
    -4.41534164647933937950e-18, 3.33079451882223809783e-17, -2.43127984654795469359e-16, 1.71539128555513303061e-15,
    -1.16853328779934516808e-14, 7.67618549860493561688e-14, -4.85644678311192946090e-13, 2.95505266312963983461e-12,
    -1.72682629144155570723e-11, 9.67580903537323691224e-11, -5.18979560163526290666e-10, 2.65982372468238665035e-9,
    -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7, 1.11738753912010371815e-6,
    -4.41673835845875056359e-6, 1.64484480707288970893e-5, -5.75419501008210370398e-5, 1.88502885095841655729e-4,
    -5.76375574538582365885e-4, 1.63947561694133579842e-3, -4.32430999505057594430e-3, 1.05464603945949983183e-2,
    -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.49010970480476444210e-2, 1.71620901522208775349e-1,
    -3.04682672343198398683e-1, 6.76795274409476084995e-1,
)  # fmt: skip
_I0_FAR = (
    -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17, 3.46122286769746109310e-17,
    -2.82762398051658348494e-16, -3.42548561967721913462e-16, 1.77256013305652638360e-15, 3.81168066935262242075e-15,
    -9.55484669882830764870e-15, -4.15056934728722208663e-14, 1.54008621752140982691e-14, 3.85277838274214270114e-13,
    7.18012445138366623367e-13, -1.79417853150680611778e-12, -1.32158118404477131188e-11, -3.14991652796324136454e-11,
    1.18891471078464383424e-11, 4.94060238822496958910e-10, 3.39623202570838634515e-9, 2.26666899049817806459e-8,
    2.04891858946906374183e-7, 2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.36911647825569408990e-3,
    8.04490411014108831608e-1,
)  # fmt: skip
_EXP_8 = 2980.9579870417283


def i0(x):
    """The modified Bessel function of the first kind, order 0; exp(x) itself would overflow before it does."""
    size, eight = np.abs(x), type(x)(8)
    if size <= eight:
        return np.exp(size) * _chebyshev(size / type(x)(2) - type(x)(2), _I0_NEAR)
    far = _chebyshev(type(x)(32) / size - type(x)(2), _I0_FAR) / np.sqrt(size)
    return np.exp(size - eight) * (far * type(x)(_EXP_8))


def _chebyshev(x, coefficients):
    b0 = b1 = b2 = type(x)(0)
    for coefficient in coefficients:
        b0, b1, b2 = x * b0 - b1 + type(x)(coefficient), b0, b1
    return (b0 - b2) / type(x)(2)


# -- trigonometry -------------------------------------------------------------------------------


def sin(x):
    return np.sin(x)


def cos(x):
    return np.cos(x)


def tan(x):
    return np.tan(x)


def sinc(x):
    if x == type(x)(0):
        return type(x)(1)
    angle = type(x)(np.pi) * x
    return np.sin(angle) / angle


def deg2rad(x):
    return x * type(x)(np.pi / 180)


def rad2deg(x):
    return x * type(x)(180 / np.pi)


def asin(x):
    return np.arcsin(x)


def acos(x):
    return np.arccos(x)


def atan(x):
    return np.arctan(x)


def atan2(x, y):
    return np.arctan2(x, y)


def sinh(x):
    return np.sinh(x)


def cosh(x):
    return np.cosh(x)


def tanh(x):
    return np.tanh(x)


def asinh(x):
    return np.arcsinh(x)


def acosh(x):
    return np.arccosh(x)


def atanh(x):
    return np.arctanh(x)


# -- rounding -----------------------------------------------------------------------------------


def floor(x):
    return np.floor(x)


def ceil(x):
    return np.ceil(x)


def trunc(x):
    return np.trunc(x)


def round(x):
    return np.rint(x)


# -- comparison ---------------------------------------------------------------------------------


def equal(x, y):
    return x == y


def not_equal(x, y):
    return x != y


def less(x, y):
    return x < y


def less_equal(x, y):
    return x <= y


def greater(x, y):
    return x > y


def greater_equal(x, y):
    return x >= y


def maximum(x, y):
    """The greater one; NaN if either is NaN."""
    return x if x >= y or x != x else y


def minimum(x, y):
    return x if x <= y or x != x else y


def fmax(x, y):
    """The greater one; if one is NaN, the other."""
    return x if x >= y or y != y else y


def fmin(x, y):
    return x if x <= y or y != y else y


def where(condition, x, y):
    return x if condition else y


def isnan(x):
    return x != x


def isinf(x):
    return np.isinf(x)


def isposinf(x):
    return np.isinf(x) and x > type(x)(0)


def isneginf(x):
    return np.isinf(x) and x < type(x)(0)


def isfinite(x):
    return np.isfinite(x)


def signbit(x):
    return np.signbit(x)


def copysign(x, y):
    return np.copysign(x, y)


def nextafter(x, y):
    return np.nextafter(x, y)


# -- logic and bits -----------------------------------------------------------------------------


def logical_and(x, y):
    return x != type(x)(0) and y != type(y)(0)


def logical_or(x, y):
    return x != type(x)(0) or y != type(y)(0)


def logical_xor(x, y):
    return (x != type(x)(0)) != (y != type(y)(0))


def logical_not(x):
    return x == type(x)(0)


def bitwise_and(x, y):
    return x & y


def bitwise_or(x, y):
    return x | y


def bitwise_xor(x, y):
    return x ^ y


def bitwise_invert(x):
    return ~x


def bitwise_left_shift(x, y):
    """In 64 bits, whatever the operands' width: what is shifted out of a narrower result is lost."""
    zero = type(x)(0)
    if y < zero or y >= type(x)(64):
        return zero
    return x << y


def bitwise_right_shift(x, y):
    zero = type(x)(0)
    if y < zero or y >= type(x)(64):
        return zero if x >= zero else ~zero
    return x >> y


def bitwise_count(x):
    """The bits of |x| that are 1, in 64 bits: counted in pairs, then in fours, eights, and all eights together."""
    bits = _magnitude(x)
    bits = bits - (bits >> np.uint64(1) & np.uint64(0x5555555555555555))
    fours = np.uint64(0x3333333333333333)
    bits = (bits & fours) + (bits >> np.uint64(2) & fours)
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return bits * np.uint64(0x0101010101010101) >> np.uint64(56)
