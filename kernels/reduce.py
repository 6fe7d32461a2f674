"""Reductions: many elements to one, in two passes of one kernel.

The array is seen as (outer, n, inner), the middle dimension is reduced.  In the first pass `share`
work-items take a share of the n elements each and leave a partial result; the second pass reduces
those.  Each work-item starts from an element, so no identity is needed (and n must not be 0).
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import kernel

# -- what two elements become ------------------------------------------------------------------


def add(total, x):
    return total + x


def multiply(total, x):
    return total * x


def minimum(least, x):
    """NaN stays."""
    return least if least <= x or least != least else x


def maximum(most, x):
    return most if most >= x or most != most else x


def logical_or(seen, x):
    return seen or x


def logical_and(seen, x):
    return seen and x


# -- the kernels -------------------------------------------------------------------------------


def strided(combine, convert):
    """Neighbouring work-items read neighbouring elements, then all jump by their number.

    A row of n * inner elements lies before share * inner work-items, so that each stays in its
    column without knowing it: for GPUs and vectorising CPU compilers.
    """

    @kernel
    def reduce_strided(
        item,  # Item over (outer, share * inner)
        x,  # in   (outer, n * inner)
        n,  # in   n * inner, at least share * inner
        out,  # out  (outer, share * inner)
    ):
        row = item.get_id(0)
        first = item.get_id(1)
        step = item.get_range(1)
        total = convert(x[row, first])
        j = first + step
        while j < n:
            total = combine(total, convert(x[row, j]))
            j += step
        out[row, first] = total

    return reduce_strided


def row_blocks(combine, convert):
    """Each work-item reduces a block of a row of its own: for threads."""

    @kernel
    def reduce_row_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n, 1)
        n,  # in   n >= share
        out,  # out  (outer, share, 1)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        one = share // share
        j = part * n // share
        end = (part + one) * n // share
        total = convert(x[row, j, 0])
        j += one
        while j < end:
            total = combine(total, convert(x[row, j, 0]))
            j += one
        out[row, part, 0] = total

    return reduce_row_blocks


def blocks(combine, convert):
    """Each work-item reduces a block of rows of its own, column by column: for threads."""

    @kernel
    def reduce_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n, inner)
        n,  # in   n >= share
        out,  # out  (outer, share, inner)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        one = share // share
        begin = part * n // share
        end = (part + one) * n // share
        zero = one - one
        columns = np.uint64(x.shape[2])
        c = zero
        while c < columns:
            out[row, part, c] = convert(x[row, begin, c])
            c += one
        j = begin + one
        while j < end:  # row by row, as the elements lie in memory
            c = zero
            while c < columns:
                out[row, part, c] = combine(out[row, part, c], convert(x[row, j, c]))
                c += one
            j += one

    return reduce_blocks
