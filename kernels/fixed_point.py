"""Logarithm and exponential of fixed-point numbers, in integer arithmetic: the same bits on every device.

A number in Qn is an unsigned 64-bit integer that stands for itself times 2**-n.  Devices differ in the last
digits of `log` and `exp`, and a decision taken on those would now and then give quite another random
number; integers can't differ.  Argument reduction by tables, then a series, as in P. Tang,
"Table-driven implementation of the logarithm function", ACM TOMS 16 (1990).
"""

from __future__ import annotations

import decimal
import functools

import numpy as np
from xpuarray.kernels.philox import HALF, LOW

_STEPS = 32  # the entries of a table
ZERO, ONE = np.uint64(0), np.uint64(1)


def multiply_high(a, b):
    """The upper 64 bits of the product of two 64-bit numbers: Qm times Qn gives Q(m + n - 64)."""
    a0, a1, b0, b1 = a & LOW, a >> HALF, b & LOW, b >> HALF
    middle = a1 * b0 + ((a0 * b0) >> HALF)
    other = a0 * b1 + (middle & LOW)
    return a1 * b1 + (middle >> HALF) + (other >> HALF)


# -- tables, from correctly rounded decimal arithmetic -----------------------------------------


def fixed(value: decimal.Decimal, point: int) -> int:
    """`value` in Q`point`, rounded."""
    return int((value * 2**point).to_integral_value())


@functools.lru_cache(maxsize=1)
def tables() -> np.ndarray:
    """(3 * 32,) uint64: reciprocals of 1 + k/32, rounded up (Q63); minus their logarithms (Q63); 2**(-k/32) (Q63)."""
    with decimal.localcontext(prec=60):
        steps = [decimal.Decimal(k) / _STEPS for k in range(_STEPS)]
        reciprocals = [-(-(2**63 * _STEPS) // (_STEPS + k)) for k in range(_STEPS)]
        logarithms = [fixed(-(decimal.Decimal(r) / 2**63).ln(), 63) for r in reciprocals]
        powers = [fixed((-s * decimal.Decimal(2).ln()).exp(), 63) for s in steps]
    return np.array(reciprocals + logarithms + powers, np.uint64)


def _constant(value: decimal.Decimal, point: int) -> np.uint64:
    return np.uint64(fixed(value, point))


with decimal.localcontext(prec=60):
    _LN2_57, _LN2_64 = (_constant(decimal.Decimal(2).ln(), p) for p in (57, 64))
    _LOG2E_63 = _constant(1 / decimal.Decimal(2).ln(), 63)
    _ONE_OVER = tuple(_constant(1 / decimal.Decimal(max(k, 1)), 63) for k in range(14))  # 1/k, Q63
    _FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880]
    _ONE_OVER_FACTORIAL = tuple(_constant(1 / decimal.Decimal(f), 63) for f in _FACTORIALS)

_ONE_62, _FRACTION_53, _STEP_48 = np.uint64(1 << 62), np.uint64((1 << 53) - 1), np.uint64((1 << 48) - 1)
_SHIFTS = tuple(np.uint64(s) for s in (32, 16, 8, 4, 2, 1))
_2, _6, _11, _48, _53, _58, _64 = (np.uint64(s) for s in (2, 6, 11, 48, 53, 58, 64))
_31, _32, _64_ENTRIES = np.uint64(31), np.uint64(32), np.uint64(64)


# -- functions ----------------------------------------------------------------------------------


def minus_log(x, table):
    """-ln(x) in Q57, of x in Q64 (not 0); to 2**-56."""
    whole = ONE
    for shift in _SHIFTS:
        if x >> (_64 - shift) == ZERO:
            x = x << shift
            whole += shift
    k = (x >> _58) & _31
    z = (multiply_high(x, table[k]) - _ONE_62) << _2  # x = (1 + z) / table[k], with z in [0, 1/32), Q64
    series = _ONE_OVER[13]
    for n in (12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1):
        series = _ONE_OVER[n] - multiply_high(z, series)
    logarithm = (table[_32 + k] + multiply_high(z, series)) >> _6
    return max(whole * _LN2_57, logarithm) - logarithm


def exp_minus(x, table):
    """exp(-x) as (m, k), for m in Q62 and (1/2, 1], times 2**-k; of x in Q54; relatively to 2**-52."""
    t = multiply_high(x, _LOG2E_63)
    k, fraction = t >> _53, t & _FRACTION_53
    z = multiply_high((fraction & _STEP_48) << _11, _LN2_64)
    series = _ONE_OVER_FACTORIAL[9]
    for n in (8, 7, 6, 5, 4, 3, 2, 1, 0):
        series = _ONE_OVER_FACTORIAL[n] - multiply_high(z, series)
    return multiply_high(table[_64_ENTRIES + (fraction >> _48)], series), k
