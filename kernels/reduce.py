"""Reductions: many elements to one, in passes of a few kernels.

The array is seen as (outer, n, inner), and the middle dimension is reduced.  A pass leaves `share`
partial results where there were n elements, and the next pass reduces those.

Each kernel is made for a function `combine` of two elements and a function `load`, which gives an element
from the arrays `x` (a tuple): one of an array, or what an elementwise expression makes of several, so that
the expression's values are never stored.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import group_barrier, shuffle
from xpuarray.launch.kernel import kernel

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


def short_columns(begin, further, end, rows):
    """Several rows of a column a work-item, for many columns on GPUs: what is the same for those rows is read once.
    (Intel's compiler for CPUs gathers here.)

    begin: (leaves, row, j, column) -> element j of that column in so many rows from `row` on, a tuple
    further: (totals, leaves, row, j, column) -> the totals, each with the next element combined
    end: (out, row, column, totals): stores them
    """
    several, one = np.uint64(rows), np.uint64(1)

    @kernel
    def reduce_short_columns(
        item,  # Item over (outer / rows, inner)
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result, not 0
        out,  # out  (outer, inner)
    ):
        row = item.get_id(0) * several
        column = item.get_id(1)
        totals = begin(x, row, np.uint64(0), column)
        for step in range(np.uint64(0), n - one):
            totals = further(totals, x, row, step + one, column)
        end(out, row, column, totals)

    return reduce_short_columns


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


def tiles(combine, load, several, flight, start, width, items):
    """A tile of `width` columns and a part of n a work-group of `items`, for GPUs: work-items side by side read
    elements side by side, `flight` each before they combine them, and at last combine their totals as a tree.

    several: (leaves, row, j, column, distance) -> `flight` elements of a column at that distance, combined
    start: what combines with an element to that element
    width, items: powers of two
    """
    side, rows = np.uint32(width), np.uint32(items // width)
    ahead, many = np.uint32((flight - 1) * (items // width)), np.uint32(flight * (items // width))
    one, step, wide = np.uint64(1), np.uint64(items // width), np.uint64(width)

    @kernel
    def reduce_tiles(
        item,  # NdItem over (outer * share * tiles across inner * items,), groups of items
        x,  # in   (outer, n, inner) each
        n,  # in   elements a result
        inner,  # in
        share,  # in   parts of n, none of more than 2**31
        out,  # out  (outer, share, inner)
        partial,  # local  (items,)
    ):
        group = item.get_group()
        lane = np.uint32(item.get_local_id(0))
        across = (inner + wide - one) // wide
        tile = group.get_group_id(0) % across
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        column = tile * wide + np.uint64(lane % side)
        first = part * n // share
        end = np.uint32((part + one) * n // share - first)
        j = lane // side
        total = start
        if column < inner:
            while j + ahead < end:
                total = combine(total, several(x, row, first + np.uint64(j), column, step))
                j += many
            while j < end:
                total = combine(total, load(x, row, first + np.uint64(j), column))
                j += rows
        partial[lane] = total
        half = rows // np.uint32(2)
        while half > np.uint32(0):
            group_barrier(group)
            if lane < half * side:
                partial[lane] = combine(partial[lane], partial[lane + half * side])
            half = half // np.uint32(2)
        if lane < side and column < inner:
            out[row, part, column] = partial[lane]

    return reduce_tiles


def rows(combine, take, several, last, start, flight, team, sub_group):
    """A part of a row a team of work-items, for GPUs: each takes chunks (16 bytes, say) side by side with
    its neighbours', `flight` of them before it combines them.

    take, several: (leaves, row, chunk, distance, chunks a row) -> one chunk's elements combined, and those of
        `flight` chunks at that distance
    last: the same for one element beyond the last chunk
    start: what combines with an element to that element
    team: work-items of a team, a power of two
    sub_group: work-items of every sub-group, a power of two; 1 if that isn't known
    """
    together = of_team(combine, team, sub_group)
    size, none = np.uint32(team), np.uint32(0)
    distance = np.uint64(team)

    @kernel
    def reduce_rows(
        item,  # NdItem over (teams * team,), groups of several teams
        x,  # in   (outer, n) each
        chunks,  # in   whole chunks a row
        rest,  # in   elements of a row beyond its chunks, no more than a team; not 0 only if outer is 1
        share,  # in   parts of a row, none of more than 2**30 chunks
        out,  # out  (outer * share,)
        partial,  # local  (items,)
    ):
        lane = np.uint32(item.get_local_id(0)) % size
        teams = np.uint32(item.get_local_range(0)) // size
        where = np.uint32(item.get_group().get_group_id(0)) * teams + np.uint32(item.get_local_id(0)) // size
        row, first, end, left = np.uint64(where), np.uint64(0), np.uint32(chunks), rest
        if share > np.uint64(1):
            part, one = np.uint64(where % np.uint32(share)), np.uint64(1)
            row = np.uint64(where // np.uint32(share))
            first = part * chunks // share
            end = np.uint32((part + one) * chunks // share - first)
            left = rest if part + one == share else np.uint64(0)
        if np.uint64(where) >= np.uint64(out.shape[0]):  # the last group may have more teams than there is work
            end, left = none, np.uint64(0)
        j = lane
        total = start
        if flight > 1:
            while j + np.uint32(flight - 1) * size < end:
                total = combine(total, several(x, row, first + np.uint64(j), distance, chunks))
                j += np.uint32(flight) * size
        while j < end:
            total = combine(total, take(x, row, first + np.uint64(j), distance, chunks))
            j += size
        if np.uint64(lane) < left:
            total = combine(total, last(x, row, np.uint64(lane), distance, chunks))
        total = together(item, total, partial)
        if lane == none and np.uint64(where) < np.uint64(out.shape[0]):
            out[where] = total

    return reduce_rows


def of_team(combine, team, sub_group):
    """A function (item, total, partial): the totals of a team of so many work-items (a power of two) combined, the
    same for all of them.  partial is (items / sub_group,) in local memory, and nobody has used it yet.

    sub_group: work-items of every sub-group, a power of two; 1 if that isn't known
    """
    return (
        _by_sub_groups(combine, team, sub_group)
        if sub_group > 1 and team <= sub_group**2
        else _by_halves(combine, team)
    )


def _by_halves(combine, team):
    none, two, size = np.uint32(0), np.uint32(2), np.uint32(team)

    def together(item, total, partial):
        me = np.uint32(item.get_local_id(0))
        partial[me] = total
        half = size // two
        while half > none:
            group_barrier(item.get_group())
            if me % size < half:
                partial[me] = combine(partial[me], partial[me + half])
            half = half // two
        group_barrier(item.get_group())
        return partial[me - me % size]

    return together


def _by_sub_groups(combine, team, sub_group):
    none, many, size = np.uint32(0), np.uint32(sub_group), np.uint32(team)
    within = _exchange(combine, min(team, sub_group))
    count = np.uint32(max(1, team // sub_group))
    across = _exchange(combine, int(count))

    def together(item, total, partial):
        me = np.uint32(item.get_local_id(0))
        total = within(item.get_sub_group(), total)
        if count > np.uint32(1):
            if me % many == none:
                partial[me // many] = total
            group_barrier(item.get_group())
            total = across(item.get_sub_group(), partial[me // size * count + me % count])
        return total

    return together


def _exchange(combine, width):
    """A function (sub-group, total): the totals of each `width` work-items in a row combined."""
    half, all = np.uint64(width // 2), np.uint64(width)

    def exchange(others, total):
        lane = others.get_local_id()
        distance = half
        while distance > np.uint64(0):
            total = combine(total, shuffle(others, total, lane ^ distance))
            distance = distance // np.uint64(2)
        # The same for all, to the last bit: zeros of both signs may have been combined in either order.
        return shuffle(others, total, lane - lane % all)

    return exchange


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
