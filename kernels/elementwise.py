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


# -- roots, exponentials, logarithms ------------------------------------------------------------


def sqrt(x):
    return np.sqrt(x)


def exp(x):
    return np.exp(x)


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


def hypot(x, y):
    return np.hypot(x, y)


# -- trigonometry -------------------------------------------------------------------------------


def sin(x):
    return np.sin(x)


def cos(x):
    return np.cos(x)


def tan(x):
    return np.tan(x)


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


def where(condition, x, y):
    return x if condition else y


def isnan(x):
    return x != x


def isinf(x):
    return np.isinf(x)


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
