"""Scans: each element combined with all before it, in up to three passes (G. Blelloch, "Prefix Sums and Their
Applications", 1990): the totals of blocks, the scan of those, and the blocks, each from what all before it make.

The array is seen as (outer, n, inner), and scanned along the middle dimension, of which `share` blocks are made.
Nothing is written twice, and everything is combined in the same order each time.

Each kernel is made for a function `combine` of two elements and a function `load`, which gives an element in the
dtype that all is combined in: one of an array, or what an elementwise expression makes of several.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import group_barrier
from xpuarray.launch.kernel import kernel

#: Elements of a tile, along n, that a work-item scans by itself
DEPTH = 4


# -- totals of blocks ----------------------------------------------------------------------------


def lane_totals(combine, load, store):
    """Totals over rows of few columns: n * inner elements are seen as rows of as many elements as the device has
    lanes, a multiple of inner; each lane makes a total of its own.

    store: keep the elements in `out`, where the scan finds them: it goes through a row element by element, in which
        an expression is slow to compute
    """

    @kernel
    def scan_lane_totals(
        item,  # Item over (outer, share, lanes)
        x,  # in   (outer, n * inner) each
        size,  # in   n * inner
        totals,  # out  (outer, share, lanes)
        out,  # out  (outer, n * inner)
    ):
        row = item.get_id(0)
        part = item.get_id(1)
        column = item.get_id(2)
        share, across = item.get_range(1), item.get_range(2)
        one = np.uint64(1)
        rows = size // across
        first = part * rows // share
        end = (part + one) * rows // share
        total = load(x, row, first * across + column)
        if store:
            out[row, first * across + column] = total
        # Unsigned steps from 0, and no position that moves on: else the CPU's compiler gathers.
        for step in range(np.uint64(0), end - first - one):
            value = load(x, row, (first + one + step) * across + column)
            total = combine(total, value)
            if store:
                out[row, (first + one + step) * across + column] = value
        if store and part + one == share and column < size - rows * across:
            out[row, rows * across + column] = load(x, row, rows * across + column)
        totals[row, part, column] = total

    return scan_lane_totals


def block_totals(combine, load, rows_first):
    """A block of n a work-item; neighbours take neighbouring columns.

    rows_first: the range is over (outer, share, inner), else over (share, outer, inner): threads share out the first
    """
    by_row, by_part = (0, 1) if rows_first else (1, 0)

    @kernel
    def scan_block_totals(
        item,  # Item over (outer, share, inner) or (share, outer, inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements of a column
        totals,  # out  (outer, share, inner)
    ):
        row = item.get_id(by_row)
        part = item.get_id(by_part)
        column = item.get_id(2)
        share = item.get_range(by_part)
        one = np.uint64(1)
        first = part * n // share
        end = (part + one) * n // share
        total = load(x, row, first, column)
        for step in range(np.uint64(0), end - first - one):
            total = combine(total, load(x, row, first + one + step, column))
        totals[row, part, column] = total

    return scan_block_totals


def tile_totals(combine, load, start):
    """A tile of `width` columns and a block of n a work-group, for GPUs."""

    @kernel
    def scan_tile_totals(
        item,  # NdItem over (outer * share * tiles across inner * items,), groups of items: a power of two
        x,  # in   (outer, n, inner) each
        n,  # in   elements of a column
        share,  # in   blocks of n
        inner,  # in
        width,  # in   columns of a tile, a power of two
        totals,  # out  (outer, share, inner)
        partial,  # local  (items,)
    ):
        group = item.get_group()
        lane, items = item.get_local_id(0), item.get_local_range(0)
        one, four = np.uint64(1), np.uint64(4)
        across = (inner + width - one) // width
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        column = group.get_group_id(0) % across * width + lane % width
        rows = items // width
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
            totals[row, part, column] = partial[lane]

    return scan_tile_totals


# -- the scan of a block -------------------------------------------------------------------------


def blocks(combine, load, start, rows_first, in_turn):
    """A block of n a work-item, element by element; neighbours take neighbouring columns.

    start: what combines with an element to that element
    rows_first: as of block_totals
    in_turn: combine nothing before it meets all that comes before it
    """
    by_row, by_part = (0, 1) if rows_first else (1, 0)

    @kernel
    def scan_blocks(
        item,  # Item over (outer, share, inner) or (share, outer, inner)
        x,  # in   (outer, n, inner) each; may be `out`
        n,  # in   elements of a column
        fold,  # in   totals that each block has; it ends at a multiple of that
        initial,  # in   1 if `start` comes before all elements, else 0
        before,  # in   (outer, share * fold, inner): the scan of the totals; not read if share is 1
        out,  # out  (outer, n + initial, inner)
    ):
        row = item.get_id(by_row)
        part = item.get_id(by_part)
        column = item.get_id(2)
        share = item.get_range(by_part)
        one, four = np.uint64(1), np.uint64(4)
        rows = n // fold
        first = part * rows // share * fold
        end = n if part + one == share else (part + one) * rows // share * fold
        total = start
        if part > np.uint64(0):
            total = before[row, part * fold - one, column]
        elif initial > np.uint64(0):
            out[row, np.uint64(0), column] = start
        quads = np.uint64(0) if in_turn else (end - first) // four
        # Four at a time: only every fourth addition has to wait for the one before it.
        for step in range(np.uint64(0), quads):
            j = first + step * four
            a = load(x, row, j, column)
            b = load(x, row, j + one, column)
            c = load(x, row, j + one + one, column)
            d = load(x, row, j + one + one + one, column)
            ab = combine(a, b)
            j += initial
            out[row, j, column] = combine(total, a)
            out[row, j + one, column] = combine(total, ab)
            out[row, j + one + one, column] = combine(total, combine(ab, c))
            total = combine(total, combine(ab, combine(c, d)))
            out[row, j + one + one + one, column] = total
        first += quads * four
        for step in range(np.uint64(0), end - first):
            total = combine(total, load(x, row, first + step, column))
            out[row, first + step + initial, column] = total

    return scan_blocks


def serial(combine, load, start):
    """One work-item a column: for few elements a column."""

    @kernel
    def scan_serial(
        item,  # Item over (outer * inner)
        x,  # in   (outer, n, inner) each; may be `out`
        n,  # in   elements of a column
        inner,  # in
        initial,  # in   1 if `start` comes before all elements, else 0
        out,  # out  (outer, n + initial, inner)
    ):
        i = item.get_id(0)
        row = i // inner
        column = i % inner
        total = start
        if initial > np.uint64(0):
            out[row, np.uint64(0), column] = start
        for j in range(np.uint64(0), n):
            total = combine(total, load(x, row, j, column))
            out[row, j + initial, column] = total

    return scan_serial


def tiles(combine, load, start):
    """A tile of `width` columns and a block of n a work-group, for GPUs: tile by tile, which pass through local
    memory, so that work-items side by side read and write elements side by side, and each scans DEPTH of a column.

    start: what combines with an element to that element
    """

    @kernel
    def scan_tiles(
        item,  # NdItem over (outer * share * tiles across inner * items,), groups of items: a power of two
        x,  # in   (outer, n, inner) each
        n,  # in   elements of a column
        share,  # in   blocks of n
        inner,  # in
        width,  # in   columns of a tile, a power of two
        initial,  # in   1 if `start` comes before all elements, else 0
        before,  # in   (outer, share, inner): the scan of the totals; not read if share is 1
        out,  # out  (outer, n + initial, inner)
        tile,  # local  (DEPTH * items * 33 / 32,): one in 33 is left out, or work-items would wait for each other
        sums,  # local  (items,)
    ):
        group = item.get_group()
        lane, items = item.get_local_id(0), item.get_local_range(0)
        zero, one, depth, bank = np.uint64(0), np.uint64(1), np.uint64(DEPTH), np.uint64(32)
        across = (inner + width - one) // width
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        column = group.get_group_id(0) % across * width + lane % width
        rows = items // width
        own = lane // width
        first = part * n // share
        end = (part + one) * n // share
        total = start
        if part > zero and column < inner:
            total = before[row, part - one, column]
        if initial > zero and part == zero and own == zero and column < inner:
            out[row, zero, column] = start
        while first < end:
            for k in range(depth):
                j = k * rows + own
                value = start
                if first + j < end and column < inner:
                    value = load(x, row, first + j, column)
                at = j * width + lane % width
                tile[at + at // bank] = value
            group_barrier(group)
            at = own * depth * width + lane % width
            mine = tile[at + at // bank]
            for k in range(depth - one):
                at = (own * depth + k + one) * width + lane % width
                mine = combine(mine, tile[at + at // bank])
                tile[at + at // bank] = mine
            sums[lane] = mine
            group_barrier(group)
            reach = one
            while reach < rows:
                if own >= reach:
                    mine = combine(sums[lane - reach * width], mine)
                group_barrier(group)
                sums[lane] = mine
                group_barrier(group)
                reach = reach + reach
            prefix = total
            if own > zero:
                prefix = combine(total, sums[lane - width])
            for k in range(depth):
                at = (own * depth + k) * width + lane % width
                tile[at + at // bank] = combine(prefix, tile[at + at // bank])
            total = combine(total, sums[(rows - one) * width + lane % width])
            group_barrier(group)
            for k in range(depth):
                j = k * rows + own
                at = j * width + lane % width
                if first + j < end and column < inner:
                    out[row, first + j + initial, column] = tile[at + at // bank]
            group_barrier(group)
            first += depth * rows

    return scan_tiles
