"""Random numbers: one element a counter, decided and computed in integers, so that no device differs.

What a distribution makes of random words is a fixed-point number; the last step alone is a floating-point
one: a conversion, a power of two and (for a location) one addition, each of which IEEE 754 defines, and
which a fused multiply-add would not change.

Element i of a stream gets half of block i // 2 (purpose 0), or, where it may need more, blocks (i, attempt) of its
own (purpose 1).
"""

from __future__ import annotations

import decimal
import functools

import numpy as np
from xpuarray.kernels.fixed_point import ONE, ZERO, exp_minus, fixed, minus_log, multiply_high, tables
from xpuarray.kernels.philox import block

from xpuarray.launch.kernel import kernel

_3, _8, _9 = (np.uint64(s) for s in (3, 8, 9))
_63, _64, _LAYER = np.uint64(63), np.uint64(64), np.uint64(255)
_ALL = np.uint64(2**64 - 1)

# -- filling an array ---------------------------------------------------------------------------


def by_words(value):
    """A kernel: one word an element, two elements a block."""

    @kernel
    def random_words(
        item,  # Item over (blocks,)
        key,  # in
        first,  # in   position of the first element in its stream
        parameters,  # in   tuple, for `value`
        table,  # in   (m,) uint64, for `value`
        out,  # out  (n,)
    ):
        place = item.get_id(0) + (first >> ONE)
        one, other = block(place, ZERO, ZERO, key)
        i = (place << ONE) - first  # may wrap around: then it is not below out's size either
        size = np.uint64(out.shape[0])
        if i < size:
            out[i] = value(one, parameters, table)
        i += ONE
        if i < size:
            out[i] = value(other, parameters, table)

    return random_words


def by_blocks(value):
    """A kernel: as many blocks an element as it takes."""

    @kernel
    def random_blocks(
        item,  # Item over (n,)
        key,  # in
        first,  # in   position of the first element in its stream
        parameters,  # in   tuple, for `value`
        table,  # in   (m,) uint64, for `value`
        out,  # out  (n,)
    ):
        i = item.get_id(0)
        out[i] = value(key, first + i, parameters, table)

    return random_blocks


# -- integers -----------------------------------------------------------------------------------


def word(bits, parameters, table):
    """The word itself."""
    return bits


def count(bits, parameters, table):
    """How many of the table's sorted entries are not above the word, plus a first value."""
    return parameters[0] + np.int64(above(bits, table, ZERO, np.uint64(table.shape[0])))


def above(bits, table, low, high):
    """The first place from `low` on, and `high` at the latest, whose entry is above the word; entries ascend."""
    while low < high:
        middle = (low + high) >> ONE
        if table[middle] <= bits:
            low = middle + ONE
        else:
            high = middle
    return low


def bounded(key, position, parameters, table):
    """A first value plus one of `extent` (0: of 2**64) integers, all equally likely.

    D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
    """
    low, extent, reject = parameters
    attempt = ZERO
    one, other = block(position, attempt, ONE, key)
    if extent == ZERO:
        return low + one
    while one * extent < reject:
        one, other = other, one
        if one * extent < reject:
            attempt += ONE
            one, other = block(position, attempt, ONE, key)
    return low + multiply_high(one, extent)


# -- real numbers -------------------------------------------------------------------------------


def placed(magnitude, negative, parameters, convert):
    """location + magnitude * scale, where scale is a 64-bit mantissa times `power`, a power of two."""
    location, mantissa, power = parameters
    z = np.int64(multiply_high(magnitude, mantissa) >> ONE)
    if negative:
        z = -z
    return location + convert(z) * power


def uniform(shift, convert):
    """`shift`: the digits of a word that the type does not hold; they are cut off, so that 1 is never reached."""

    def value(bits, parameters, table):
        return placed((bits >> shift) << shift, False, parameters, convert)

    return value


def exponential(convert):
    """By inversion; the middle of each of 2**63 parts of (0, 1), so that 0 is never met.  Q58."""

    def value(bits, parameters, table):
        return placed(minus_log(bits | ONE, table) << ONE, False, parameters, convert)

    return value


def normal(convert):
    """Standard normal numbers in Q60, placed."""

    def value(key, position, parameters, table):
        size, negative, _ = ziggurat(key, position, ZERO, table)
        return placed(size << ONE, negative, parameters, convert)

    return value


_R = decimal.Decimal("3.6541528853610088")  # where the tail begins, for 256 layers
_WIDTHS, _HEIGHTS = np.uint64(96), np.uint64(96 + 257)
_R_59, _ONE_OVER_R_64 = np.uint64(fixed(_R, 59)), np.uint64(fixed(1 / _R, 64))


@functools.lru_cache(maxsize=1)
def ziggurat_tables() -> np.ndarray:
    """`fixed_point.tables`, then (257,) widths and (257,) heights (both Q62) of the layers below exp(-x*x/2).

    Layer 0 is the lowest, as wide as a rectangle of its area with the tail would be.
    """
    with decimal.localcontext(prec=40):

        def density(x: decimal.Decimal) -> decimal.Decimal:
            return (-x * x / 2).exp()

        fraction = _R  # Laplace's continued fraction of the tail's area, relative to the density
        for k in range(400, 0, -1):
            fraction = _R + k / fraction
        area = _R * density(_R) + density(_R) / fraction
        widths = [area / density(_R), _R]
        while len(widths) < 256:
            widths.append((-2 * (area / widths[-1] + density(widths[-1])).ln()).sqrt())
        widths.append(decimal.Decimal(0))
        heights = [decimal.Decimal(0), *map(density, widths[1:])]
        layers = [fixed(x, 62) for x in (*widths, *heights)]
    return np.concatenate([tables(), np.array(layers, np.uint64)])


def ziggurat(key, position, attempt, table):
    """The size (Q59) and sign of a standard normal number, and the next attempt.

    G. Marsaglia, W. W. Tsang, "The ziggurat method for generating random variables", J. Stat. Softw. 5 (2000).
    """
    while True:
        bits, other = block(position, attempt, ONE, key)
        attempt += ONE
        layer, negative = bits & _LAYER, (bits >> _8) & ONE == ONE
        x = multiply_high((bits >> _9) << _9, table[_WIDTHS + layer])  # Q62
        if x < table[_WIDTHS + layer + ONE]:
            return x >> _3, negative, attempt
        if layer == ZERO:
            while True:  # the tail: G. Marsaglia, Technometrics 6 (1964)
                one, other = block(position, attempt, ONE, key)
                attempt += ONE
                beyond = multiply_high(minus_log(one | ONE, table), _ONE_OVER_R_64)  # Q57
                if minus_log(other | ONE, table) > multiply_high(beyond << _3, beyond << _3):  # 2y > x*x, in Q56
                    return _R_59 + (beyond << np.uint64(2)), negative, attempt
        below, above = table[_HEIGHTS + layer], table[_HEIGHTS + layer + ONE]
        m, k = exp_minus(multiply_high(x, x) >> np.uint64(7), table)
        if below + multiply_high(other, above - below) < m >> k:
            return x >> _3, negative, attempt


_ONE_59, _LN16_54 = np.int64(1 << 59), np.int64(fixed(decimal.Decimal(16).ln(), 54))
_ONE_54, _THREE = np.int64(1 << 54), np.int64(3)


def gamma_parts(key, position, attempt, parameters, table):
    """A gamma number as v (Q54) and y (Q54), for d * v * exp(-y); and the next attempt.

    G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000), for
    d = a - 1/3 and c = 1 / sqrt(9 d), where a is the shape, or if that is below 1, the shape + 1; then y is
    -ln(U) / shape.

    parameters: c (Q64), d's mantissa and exponent, 1 / shape's mantissa (0 from a shape of 1 on) and exponent
    """
    c, d, d_exponent, inverse, exponent = parameters
    while True:
        size, negative, attempt = ziggurat(key, position, attempt, table)
        one, other = block(position, attempt, ONE, key)
        attempt += ONE
        cx = np.int64(multiply_high(size, c))
        s = _ONE_59 - cx if negative else _ONE_59 + cx
        if s > np.int64(0):
            s60 = np.uint64(s) << ONE
            v = multiply_high(multiply_high(s60, s60) << np.uint64(2), s60)  # Q54
            ln_v = _THREE * (_LN16_54 - np.int64(minus_log(s60, table) >> _3))
            excess = np.uint64(max(np.int64(v) - _ONE_54 - ln_v, np.int64(0)))  # v - 1 - ln(v)
            if excess >> (_63 - d_exponent) == ZERO:  # else d * excess is so large that it is refused in any case
                half_square = multiply_high(size << ONE, size << ONE) >> _3
                if (minus_log(one | ONE, table) >> _3) + half_square > multiply_high(excess << d_exponent, d):
                    break
    y = multiply_high(minus_log(other | ONE, table), inverse)
    if exponent > _3:
        y = _ALL if y >> (_64 + _3 - exponent) != ZERO else y << (exponent - _3)
    else:
        y = y >> (_3 - exponent)
    return v, y, attempt


def float_of(v, y, scale, table, convert):
    """v * exp(-y) * scale: products alone, which no device rounds in another way."""
    m, k = exp_minus(y, table)
    result = convert(np.int64(v)) * convert(np.int64(m)) * scale
    while k > ZERO and result > convert(0):
        step = min(k, np.uint64(30))
        result *= convert(1) / convert(ONE << step)
        k -= step
    return result


def gamma(convert):
    """`parameters`: those of `gamma_parts`, and d * scale * 2**-116."""

    def value(key, position, parameters, table):
        v, y, _ = gamma_parts(key, position, ZERO, parameters[0], table)
        return float_of(v, y, parameters[1], table, convert)

    return value


def beta(convert):
    """X / (X + Y) of two gamma numbers, from which a common factor is taken, so that both are 0 never.

    `parameters`: those of `gamma_parts` for X and for Y, and d * 2**-116 of both.
    """

    def value(key, position, parameters, table):
        of_x, of_y, scale_x, scale_y = parameters
        v, y, attempt = gamma_parts(key, position, ZERO, of_x, table)
        w, z, _ = gamma_parts(key, position, attempt, of_y, table)
        common = min(y, z)
        one = float_of(v, y - common, scale_x, table, convert)
        other = float_of(w, z - common, scale_y, table, convert)
        return one / (one + other)

    return value
