"""Reductions: many elements to one, in passes of a few kernels.

The array is seen as (outer, n, inner), and the middle dimension is reduced.  A pass leaves `share`
partial results where there were n elements, and the next pass reduces those.

Each kernel is made for a function `combine` of two elements and a function `load`, which gives an element
from the arrays `x` (a tuple): one of an array, or what an elementwise expression makes of several, so that
the expression's values are never stored.
"""

from __future__ import annotations

import numpy as np

from xpuarray.lang import group_barrier, kernel, shuffle

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
        share,  # in   parts of n, none of more than 2**31
        out,  # out  (outer, share, inner)
        partial,  # local  (items,)
    ):
        group = item.get_group()
        lane, items = np.uint32(item.get_local_id(0)), np.uint32(item.get_local_range(0))
        one, four = np.uint32(1), np.uint32(4)
        across = (inner + width - np.uint64(1)) // width
        tile = group.get_group_id(0) % across
        row = group.get_group_id(0) // across // share
        part = group.get_group_id(0) // across % share
        side = np.uint32(width)
        rows = items // side
        column = tile * width + np.uint64(lane % side)
        first = part * n // share
        # 32 bits: the loop's arithmetic would take as long as its memory in 64.
        end = np.uint32((part + np.uint64(1)) * n // share - first)
        j = lane // side
        total = start
        if column < inner:
            while j + (four - one) * rows < end:
                at = first + np.uint64(j)
                step = np.uint64(rows)
                a = load(x, row, at, column)
                b = load(x, row, at + step, column)
                c = load(x, row, at + step + step, column)
                d = load(x, row, at + step + step + step, column)
                total = combine(total, combine(combine(a, b), combine(c, d)))
                j += four * rows
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


def rows(combine, take, several, last, start, flight, sub_group):
    """A part of a row a team of work-items, for GPUs: each takes chunks (16 bytes, say) side by side with
    its neighbours', `flight` of them before it combines them.

    take, several: (leaves, row, chunk, distance, chunks a row) -> one chunk's elements combined, and those of
        `flight` chunks at that distance
    last: the same for one element beyond the last chunk
    start: what combines with an element to that element
    sub_group: work-items of every sub-group, a power of two; 1 if that isn't known
    """
    together = team_by_sub_groups(combine, sub_group) if sub_group > 1 else team_by_halves(combine)

    @kernel
    def reduce_rows(
        item,  # NdItem over (teams * team,), groups of several teams
        x,  # in   (outer, n) each
        chunks,  # in   whole chunks a row
        rest,  # in   elements of a row beyond its chunks, no more than a team; not 0 only if outer is 1
        share,  # in   parts of a row, none of more than 2**30 chunks
        team,  # in   work-items of a team, a power of two
        out,  # out  (outer * share,)
        partial,  # local  (items,)
    ):
        size, none = np.uint32(team), np.uint32(0)
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
                total = combine(total, several(x, row, first + np.uint64(j), team, chunks))
                j += np.uint32(flight) * size
        while j < end:
            total = combine(total, take(x, row, first + np.uint64(j), team, chunks))
            j += size
        if np.uint64(lane) < left:
            total = combine(total, last(x, row, np.uint64(lane), team, chunks))
        total = together(item, total, partial, size)
        if lane == none and np.uint64(where) < np.uint64(out.shape[0]):
            out[where] = total

    return reduce_rows


def team_by_halves(combine):
    """A function (item, total, partial, team): the totals of a team combined.  partial is (items,)."""
    none, two = np.uint32(0), np.uint32(2)

    def together(item, total, partial, team):
        me = np.uint32(item.get_local_id(0))
        partial[me] = total
        half = team // two
        while half > none:
            group_barrier(item.get_group())
            if me % team < half:
                partial[me] = combine(partial[me], partial[me + half])
            half = half // two
        group_barrier(item.get_group())
        return partial[me - me % team]

    return together


def team_by_sub_groups(combine, sub_group):
    """The same for sub-groups that all have so many work-items, a power of two; partial is (items / sub_group,)."""
    none, one, two, many = np.uint32(0), np.uint32(1), np.uint32(2), np.uint32(sub_group)

    def together(item, total, partial, team):
        me = np.uint32(item.get_local_id(0))
        others = item.get_sub_group()
        distance = np.uint64(min(team, many) // two)
        while distance > np.uint64(0):
            total = combine(total, shuffle(others, total, others.get_local_id() ^ distance))
            distance = distance // np.uint64(2)
        # The same for all, to the last bit: zeros of both signs may have been combined in either order.
        total = shuffle(others, total, np.uint64(me % many - me % min(team, many)))
        if team > many:
            if me % many == none:
                partial[me // many] = total
            group_barrier(item.get_group())
            first = (me - me % team) // many
            total = partial[first]
            for k in range(one, team // many):
                total = combine(total, partial[first + k])
        return total

    return together


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
