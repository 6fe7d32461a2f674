"""Random numbers each of which has parameters of its own: a row of numbers an element, in one launch for all.

Counts need no table a parameter: they are sums of counts of powers of two, of which each has a table, and thinned by
bits.  Everything is decided in integers, as in kernels/random.py, so that no device differs.
"""

from __future__ import annotations

import numpy as np
from xpuarray.kernels.fixed_point import ONE, ZERO
from xpuarray.kernels.philox import block
from xpuarray.kernels.random import above

from xpuarray.launch.kernel import kernel

_2, _4, _6, _56, _63 = (np.uint64(s) for s in (2, 4, 6, 56, 63))
_ODD, _PAIRS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_NIBBLES, _BYTES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)


def by_rows(value, take):
    """A kernel: as many blocks an element as it takes, of the parameters that `take` finds in its row."""

    @kernel
    def random_rows(
        item,  # Item over (n,)
        key,  # in
        first,  # in   position of the first element in its stream
        which,  # in   (n,) each element's row
        rows,  # in   (m, k) uint64
        factors,  # in   (m, f) floats
        table,  # in   uint64, for `value`
        out,  # out  (n,)
    ):
        i = item.get_id(0)
        out[i] = value(key, first + i, take(rows, factors, which[i]), table)

    return random_rows


def take_three(rows, factors, k):
    return rows[k, 0], rows[k, 1], rows[k, 2]


def take_gamma(rows, factors, k):
    return (rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3], rows[k, 4]), factors[k, 0]


def take_beta(rows, factors, k):
    of_x = (rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3], rows[k, 4])
    of_y = (rows[k, 5], rows[k, 6], rows[k, 7], rows[k, 8], rows[k, 9])
    return of_x, of_y, factors[k, 0], factors[k, 1]


# -- counts -------------------------------------------------------------------------------------


def of_digit(bits, digit, table):
    """The count that the word gives by a digit's thresholds: those between table[2 digit] and table[2 digit + 2], of
    counts from table[2 digit + 1] on."""
    start = table[_2 * digit]
    low = above(bits, table, start, table[_2 * digit + _2])
    return table[_2 * digit + ONE] + (low - start)


def poisson(key, position, parameters, table):
    """A sum of Poisson counts: of mean 2**digit for each digit of `whole`, and one of mean 1, each event of which is
    kept with probability `part` (Q64)."""
    whole, part, _ = parameters
    total, attempt, digit = ZERO, ZERO, ZERO
    while whole >> digit != ZERO:
        if (whole >> digit) & ONE != ZERO:
            bits, _ = block(position, attempt, ONE, key)
            total += of_digit(bits, digit, table)
            attempt += ONE
        digit += ONE
        if digit > _63:
            break
    if part != ZERO:
        bits, _ = block(position, attempt, ONE, key)
        for _ in range(of_digit(bits, ZERO, table)):
            attempt += ONE
            bits, _ = block(position, attempt, ONE, key)
            if bits < part:
                total += ONE
    return np.int64(total)


def ones(word):
    """How many bits of a word are 1."""
    word -= (word >> ONE) & _ODD
    word = (word & _PAIRS) + ((word >> _2) & _PAIRS)
    return (((word + (word >> _4)) & _NIBBLES) * _BYTES) >> _56


def heads(tries, key, position, attempt, table):
    """How many of `tries` coins show heads, and the next attempt: 64 at a time by a word, 2**(6 + digit) by tables."""
    total = ZERO
    if tries & _63 != ZERO:
        bits, _ = block(position, attempt, ONE, key)
        total += ones(bits & ((ONE << (tries & _63)) - ONE))
        attempt += ONE
    rest, digit = tries >> _6, ZERO
    while rest != ZERO:
        if rest & ONE != ZERO:
            bits, _ = block(position, attempt, ONE, key)
            total += of_digit(bits, digit, table)
            attempt += ONE
        rest >>= ONE
        digit += ONE
    return total, attempt


def binomial(key, position, parameters, table):
    """How many of `tries` uniform numbers are below `chance` (Q64), compared bit by bit, those that are still equal to
    it all at once; and `sure` ones besides."""
    tries, chance, sure = parameters
    total, attempt = sure, ZERO
    while tries != ZERO and chance != ZERO:
        zeros, attempt = heads(tries, key, position, attempt, table)
        if chance >> _63 != ZERO:
            total += zeros
            tries -= zeros
        else:
            tries = zeros
        chance <<= ONE
    return np.int64(total)
