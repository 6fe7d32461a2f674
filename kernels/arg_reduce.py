"""Where the extreme elements are: many elements to the index of one, in passes of one kernel.

The array is seen as (outer, n, inner), and a pass leaves `share` candidates (an element and its index along
the middle dimension) where there were n elements; the next pass chooses among those.

Each kernel is made for a function `better` of two elements and a function `load`, which gives an element and its
index.  Of equal elements the one with the least index wins, in whatever order they are looked at.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import group_barrier
from xpuarray.launch.kernel import kernel

# -- which of two elements wins ------------------------------------------------------------------


def greater(x, best):
    """NaN beats all but NaN."""
    return x > best or (x != x and best == best)


def less(x, best):
    """NaN beats all but NaN."""
    return x < best or (x != x and best == best)


# -- the kernels ---------------------------------------------------------------------------------


def serial(better, load, ascending):
    """One work-item a result: for few elements a result.

    ascending: indices ascend along n, so that of equal elements the first may stay
    """

    @kernel
    def arg_reduce_serial(
        item,  # Item over (outer * inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result, not 0
        inner,  # in
        values,  # out  (outer * inner): the extreme elements
        places,  # out  (outer * inner): their indices along n
    ):
        i = item.get_id(0)
        row = i // inner
        column = i % inner
        one = np.uint64(1)
        best, place = load(x, row, np.uint64(0), column)
        for step in range(np.uint64(0), n - one):
            value, at = load(x, row, step + one, column)
            if better(value, best) or (not ascending and at < place and not better(best, value)):
                best = value
                place = at
        values[i] = best
        places[i] = place

    return arg_reduce_serial


def blocks(better, load, rows_first):
    """A block of n a work-item; neighbours take neighbouring columns.

    rows_first: the range is over (outer, share, inner), else over (share, outer, inner): threads share out the first
    """
    by_row, by_part = (0, 1) if rows_first else (1, 0)

    @kernel
    def arg_reduce_blocks(
        item,  # Item over (outer, share, inner) or (share, outer, inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        values,  # out  (outer, share, inner): the extreme elements
        places,  # out  (outer, share, inner): their indices along n
    ):
        row = item.get_id(by_row)
        part = item.get_id(by_part)
        column = item.get_id(2)
        share = item.get_range(by_part)  # as a parameter it made the CPU's compiler walk along n by vectors, and gather
        one = np.uint64(1)
        first = part * n // share
        end = (part + one) * n // share
        best, place = load(x, row, first, column)
        # Unsigned steps from 0, and no position that moves on: else the CPU's compiler gathers, too.
        for step in range(np.uint64(0), end - first - one):
            value, at = load(x, row, first + one + step, column)
            if better(value, best):
                best = value
                place = at
        values[row, part, column] = best
        places[row, part, column] = place

    return arg_reduce_blocks


def lanes(better, load):
    """A block of a row a work-item, as `blocks` has it, of rows with few columns: n * inner elements are seen as
    rows of as many elements as the device has lanes, a multiple of inner.
    """

    @kernel
    def arg_reduce_lanes(
        item,  # Item over (outer, share, lanes)
        x,  # in   (outer, n * inner) each
        n,  # in   elements a result
        inner,  # in
        values,  # out  (outer, share, lanes): the extreme elements
        places,  # out  (outer, share, lanes): their indices along n
    ):
        row = item.get_id(0)
        part = item.get_id(1)
        column = item.get_id(2)
        share, across = item.get_range(1), item.get_range(2)
        one = np.uint64(1)
        rows = n * inner // across
        rest = n * inner - rows * across
        first = part * rows // share
        end = (part + one) * rows // share
        best = load(x, row, first * across + column)
        place = first
        for step in range(np.uint64(0), end - first - one):
            value = load(x, row, (first + one + step) * across + column)
            if better(value, best):
                best = value
                place = first + one + step
        if part + one == share and column < rest:
            value = load(x, row, rows * across + column)
            if better(value, best):
                best = value
                place = rows
        values[row, part, column] = best
        places[row, part, column] = (place * across + column) // inner

    return arg_reduce_lanes


def tiles(better, load):
    """A tile of `width` columns and a part of n a work-group, for GPUs: work-items side by side read elements
    side by side, and at last choose among their candidates as a tree.  Indices must ascend along n.
    """

    @kernel
    def arg_reduce_tiles(
        item,  # NdItem over (outer * share * tiles across inner * items,), groups of items: a power of two
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        share,  # in   parts of n
        inner,  # in
        width,  # in   columns of a tile, a power of two
        values,  # out  (outer, share, inner): the extreme elements
        places,  # out  (outer, share, inner): their indices along n
        best,  # local  (items,)
        place,  # local  (items,)
    ):
        group = item.get_group()
        lane, items = item.get_local_id(0), item.get_local_range(0)
        one, four = np.uint64(1), np.uint64(4)
        nowhere = np.uint64(0xFFFFFFFFFFFFFFFF)
        across = (inner + width - one) // width
        tile = group.get_group_id(0) % across
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        rows = items // width
        column = tile * width + lane % width
        j = part * n // share + lane // width
        end = (part + one) * n // share
        if column < inner and j < end:
            value, at = load(x, row, j, column)
            j += rows
            while j + (four - one) * rows < end:  # four loads at once
                first, first_at = load(x, row, j, column)
                second, second_at = load(x, row, j + rows, column)
                third, third_at = load(x, row, j + rows + rows, column)
                fourth, fourth_at = load(x, row, j + rows + rows + rows, column)
                if better(second, first):
                    first = second
                    first_at = second_at
                if better(fourth, third):
                    third = fourth
                    third_at = fourth_at
                if better(third, first):
                    first = third
                    first_at = third_at
                if better(first, value):
                    value = first
                    at = first_at
                j += four * rows
            while j < end:
                first, first_at = load(x, row, j, column)
                if better(first, value):
                    value = first
                    at = first_at
                j += rows
            best[lane] = value
            place[lane] = at
        else:
            place[lane] = nowhere
        half = rows // np.uint64(2)
        while half > np.uint64(0):
            group_barrier(group)
            if lane < half * width and place[lane + half * width] != nowhere:
                other = best[lane + half * width]
                closer = place[lane + half * width] < place[lane]  # also where this one has none
                if better(other, best[lane]) or (closer and not better(best[lane], other)):
                    best[lane] = other
                    place[lane] = place[lane + half * width]
            half = half // np.uint64(2)
        if lane < width and column < inner:
            values[row, part, column] = best[lane]
            places[row, part, column] = place[lane]

    return arg_reduce_tiles
