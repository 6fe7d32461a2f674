"""Reductions: many elements to one, in passes of a few kernels.

The array is seen as (outer, n, inner), and the middle dimension is reduced.  A pass leaves `share`
partial results where there were n elements, and the next pass reduces those.  Every work-item
starts from an element, so no identity is needed (and n must not be 0).
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


def serial(combine, convert):
    """One work-item a result: for few elements a result."""

    @kernel
    def reduce_serial(
        item,  # Item over (outer * inner)
        x,  # in   (outer, n, inner)
        n,  # in   elements a result
        inner,  # in
        out,  # out  (outer * inner)
    ):
        i = item.get_id(0)
        row = i // inner
        column = i % inner
        total = convert(x[row, 0, column])
        one = np.uint64(1)
        j = one
        while j < n:
            total = combine(total, convert(x[row, j, column]))
            j += one
        out[i] = total

    return reduce_serial


def columns(combine, convert):
    """A block of n a work-item; neighbours take neighbouring columns."""

    @kernel
    def reduce_columns(
        item,  # Item over (outer, share, inner)
        x,  # in   (outer, n, inner)
        n,  # in   elements a result
        out,  # out  (outer, share, inner)
    ):
        row = item.get_id(0)
        part = item.get_id(1)
        column = item.get_id(2)
        share = item.get_range(1)
        one = np.uint64(1)
        j = part * n // share
        end = (part + one) * n // share
        total = convert(x[row, j, column])
        j += one
        while j < end:
            total = combine(total, convert(x[row, j, column]))
            j += one
        out[row, part, column] = total

    return reduce_columns


def grouped(combine, convert):
    """A chunk of a row of n * inner elements a work-group; its work-items read side by side, then all
    jump by their number, a multiple of inner: each stays in its column without knowing it."""

    @kernel
    def reduce_grouped(
        item,  # NdItem over (outer, groups * lanes), groups of (1, lanes)
        x,  # in   (outer, n * inner)
        n,  # in   n * inner
        chunk,  # in   elements a group, a multiple of lanes; the last group takes what is left too
        out,  # out  (outer, groups * lanes)
    ):
        row = item.get_global_id(0)
        lane = item.get_local_id(1)
        lanes = item.get_local_range(1)
        group = item.get_group().get_group_id(1)
        base = group * chunk
        end = base + chunk
        if group + np.uint64(1) == item.get_group().get_group_range(1):
            end = n
        total = convert(x[row, base + lane])
        base += lanes
        while base + lanes <= end:
            total = combine(total, convert(x[row, base + lane]))
            base += lanes
        if base + lane < end:
            total = combine(total, convert(x[row, base + lane]))
        out[row, item.get_global_id(1)] = total

    return reduce_grouped


def row_blocks(combine, convert):
    """A block of a row a work-item: for threads."""

    @kernel
    def reduce_row_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n)
        n,  # in   elements a result
        out,  # out  (outer, share)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        one = np.uint64(1)
        j = part * n // share
        end = (part + one) * n // share
        total = convert(x[row, j])
        j += one
        while j < end:
            total = combine(total, convert(x[row, j]))
            j += one
        out[row, part] = total

    return reduce_row_blocks


def column_blocks(combine, convert):
    """A block of n a work-item, and all its columns, row by row as they lie in memory: for threads."""

    @kernel
    def reduce_column_blocks(
        item,  # Item over (share, outer)
        x,  # in   (outer, n, inner)
        n,  # in   elements a result
        out,  # out  (outer, share, inner)
    ):
        part = item.get_id(0)
        row = item.get_id(1)
        share = item.get_range(0)
        zero = np.uint64(0)
        one = np.uint64(1)
        columns = np.uint64(x.shape[2])
        j = part * n // share
        end = (part + one) * n // share
        c = zero
        while c < columns:
            out[row, part, c] = convert(x[row, j, c])
            c += one
        j += one
        while j < end:
            c = zero
            while c < columns:
                out[row, part, c] = combine(out[row, part, c], convert(x[row, j, c]))
                c += one
            j += one

    return reduce_column_blocks
