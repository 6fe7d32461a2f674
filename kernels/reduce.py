"""Reductions: many elements to one, in passes of a few kernels.

The array is seen as (outer, n, inner), and the middle dimension is reduced.  A pass leaves `share`
partial results where there were n elements, and the next pass reduces those.

Each kernel is made for a function `combine` of two elements and a function `load`, which gives an element
from the arrays `x` (a tuple): one of an array, or what an elementwise expression makes of several, so that
the expression's values are never stored.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import group_barrier, kernel

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


# -- the kernels ---------------------------------------------------------------------------------


def serial(combine, load):
    """One work-item a result: for few elements a result."""

    @kernel
    def reduce_serial(
        item,  # Item over (outer * inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result, not 0
        inner,  # in
        out,  # out  (outer * inner)
    ):
        i = item.get_id(0)
        row = i // inner
        column = i % inner
        one = np.uint64(1)
        total = load(x, row, np.uint64(0), column)
        for step in range(np.uint64(0), n - one):
            total = combine(total, load(x, row, step + one, column))
        out[i] = total

    return reduce_serial


def columns(combine, load):
    """A block of n a work-item; neighbours take neighbouring columns."""

    @kernel
    def reduce_columns(
        item,  # Item over (outer, share, inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        rest,  # in   elements of a last, short row (n + 1); not 0 only if outer is 1
        out,  # out  (outer, share, inner)
    ):
        row = item.get_id(0)
        part = item.get_id(1)
        column = item.get_id(2)
        share = item.get_range(1)
        one = np.uint64(1)
        first = part * n // share
        end = (part + one) * n // share
        total = load(x, row, first, column)
        # Unsigned steps from 0, and no position that moves on: else the CPU's compiler gathers (7 times slower).
        for step in range(np.uint64(0), end - first - one):
            total = combine(total, load(x, row, first + one + step, column))
        if part + one == share and column < rest:
            total = combine(total, load(x, row, n, column))
        out[row, part, column] = total

    return reduce_columns


def tiles(combine, load, start):
    """A tile of `width` columns and a part of n a work-group, for GPUs: work-items side by side read elements
    side by side, four each before they combine them, and at last combine their totals as a tree.

    start: what combines with an element to that element
    """

    @kernel
    def reduce_tiles(
        item,  # NdItem over (outer * share * tiles across inner * items,), groups of items: a power of two
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        inner,  # in
        width,  # in   columns of a tile, a power of two
        share,  # in   parts of n
        out,  # out  (outer, share, inner)
        partial,  # local  (items,)
    ):
        group = item.get_group()
        lane, items = item.get_local_id(0), item.get_local_range(0)
        one, four = np.uint64(1), np.uint64(4)
        across = (inner + width - one) // width
        tile = group.get_group_id(0) % across
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        rows = items // width
        column = tile * width + lane % width
        j = part * n // share + lane // width
        end = (part + one) * n // share
        total = start
        if column < inner:
            while j + (four - one) * rows < end:
                first = load(x, row, j, column)
                second = load(x, row, j + rows, column)
                third = load(x, row, j + rows + rows, column)
                fourth = load(x, row, j + rows + rows + rows, column)
                total = combine(combine(total, combine(first, second)), combine(third, fourth))
                j += four * rows
            while j < end:
                total = combine(total, load(x, row, j, column))
                j += rows
        partial[lane] = total
        half = rows // np.uint64(2)
        while half > np.uint64(0):
            group_barrier(group)
            if lane < half * width:
                partial[lane] = combine(partial[lane], partial[lane + half * width])
            half = half // np.uint64(2)
        if lane < width and column < inner:
            out[row, part, column] = partial[lane]

    return reduce_tiles


def row_blocks(combine, load):
    """A block of a row a work-item: for threads."""

    @kernel
    def reduce_row_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n) each
        n,  # in   elements a result
        out,  # out  (outer, share)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        one = np.uint64(1)
        j = part * n // share
        end = (part + one) * n // share
        total = load(x, row, j)
        j += one
        while j < end:
            total = combine(total, load(x, row, j))
            j += one
        out[row, part] = total

    return reduce_row_blocks


def column_blocks(combine, load):
    """A block of n a work-item, and all its columns, row by row as they lie in memory: for threads."""

    @kernel
    def reduce_column_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        out,  # out  (outer, share, inner)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        zero = np.uint64(0)
        one = np.uint64(1)
        columns = np.uint64(out.shape[2])
        j = part * n // share
        end = (part + one) * n // share
        c = zero
        while c < columns:
            out[row, part, c] = load(x, row, j, c)
            c += one
        j += one
        while j < end:
            c = zero
            while c < columns:
                out[row, part, c] = combine(out[row, part, c], load(x, row, j, c))
                c += one
            j += one

    return reduce_column_blocks
