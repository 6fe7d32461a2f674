"""Reductions: many elements to one, in two passes of one kernel.

The array is seen as (outer, n, inner), the middle dimension is reduced.  In the first pass `share`
work-items take a share of the n elements each and leave a partial result; the second pass reduces
those.  Each work-item starts from an element, so no identity is needed (and n must not be 0).
"""

from __future__ import annotations

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


def rows(combine, convert):
    """Neighbouring work-items read neighbouring elements of a row, then jump by `share`."""

    @kernel
    def reduce_rows(
        item,  # Item over (outer, share)
        x,  # in   (outer, n)
        n,  # in   n >= share
        out,  # out  (outer, share)
    ):
        row = item.get_id(0)
        first = item.get_id(1)
        share = item.get_range(1)
        total = convert(x[row, first])
        j = first + share
        while j < n:
            total = combine(total, convert(x[row, j]))
            j += share
        out[row, first] = total

    return reduce_rows


def row_blocks(combine, convert):
    """Each work-item reads a block of a row of its own: for threads."""

    @kernel
    def reduce_row_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n)
        n,  # in   n >= share
        out,  # out  (outer, share)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        j = part * n // share
        end = (part + share // share) * n // share
        total = convert(x[row, j])
        j += share // share
        while j < end:
            total = combine(total, convert(x[row, j]))
            j += share // share
        out[row, part] = total

    return reduce_row_blocks


def columns(combine, convert):
    """Neighbouring work-items read neighbouring columns."""

    @kernel
    def reduce_columns(
        item,  # Item over (outer, share, inner)
        x,  # in   (outer, n, inner)
        n,  # in   n >= share
        out,  # out  (outer, share, inner)
    ):
        row = item.get_id(0)
        first = item.get_id(1)
        column = item.get_id(2)
        share = item.get_range(1)
        total = convert(x[row, first, column])
        j = first + share
        while j < n:
            total = combine(total, convert(x[row, j, column]))
            j += share
        out[row, first, column] = total

    return reduce_columns
