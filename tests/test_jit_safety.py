"""What two iterations of a prange might both touch is atomic, or refused with the lines."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from test_jit import check

import xpuarray as xp
from xpuarray import Device

prange = xp.prange


# -- atomic updates -------------------------------------------------------------------------------------


def histogram(x, y):
    for i in prange(x.shape[0]):
        y[x[i] % 4] += 2


def by_number(x, y):
    for i in prange(x.shape[0]):
        y[i % 4] -= x[i]
        y[4] = max(y[4], x[i])
        y[5] = min(x[i], y[5])


def conditional(x, y):
    n = x.shape[0]
    for i in prange(n):
        for j in prange(3):
            if x[i] > 2:
                y[j] += x[i] * j


@pytest.mark.parametrize("function", [histogram, by_number, conditional], ids=lambda f: f.__name__)
def test_updates_are_atomic(function: Any, device: Device):
    check(function, device, np.arange(50, dtype=np.int32) % 17, np.zeros(6, np.int32))


# -- what is refused ------------------------------------------------------------------------------------


def carried(x, y):
    for i in prange(1, x.shape[0]):
        x[i] = x[i - 1] + 1  # here


def one_place(x, y):
    for i in prange(x.shape[0]):
        y[0] = x[i]  # here


def picked(x, y):
    for i in prange(x.shape[0]):
        y[int(x[i])] = 1  # here


def two_statements(x, y):
    for i in prange(x.shape[0] - 1):
        y[i] = x[i]  # here
        y[i + 1] = 0  # here


def update_and_read(x, y):
    for i in prange(x.shape[0]):
        y[i % 4] += 1  # here
        x[i] = y[0]  # here


def multiplied(x, y):
    for i in prange(x.shape[0]):
        y[i % 4] *= 2  # here


def rows_that_overlap(x, y):
    z = x.reshape(2, 4)
    for i in prange(2):
        z[i:, 0] = y[i]  # here


def other_offset(x, y):
    n = 3
    for i in prange(2):
        for j in range(n + 1):
            y[i * n + j] = 1  # here


def previous(x, y):
    last = 0.0
    for i in prange(x.shape[0]):
        y[i] = last  # here
        last = x[i]


def two_ways(x, y):
    s = 1.0
    for i in prange(x.shape[0]):
        s += x[i]  # here
        s *= 2  # here
    return s


def early_end(x, y):
    for i in prange(x.shape[0]):  # here
        if x[i] > 3:
            break  # here


def written_by_a_function(x, y):
    for i in prange(x.shape[0]):
        helper(y, i * 0)  # here


def helper(v, k):
    v[k] = 1


REFUSED = (carried, one_place, picked, two_statements, update_and_read, multiplied, rows_that_overlap, other_offset,
           previous, two_ways, early_end, written_by_a_function)  # fmt: skip


@pytest.mark.parametrize("function", REFUSED, ids=[f.__name__ for f in REFUSED])
def test_races_are_refused_with_their_lines(function: Any):
    lines, first = inspect.getsourcelines(function)
    here = {first + k for k, line in enumerate(lines) if "# here" in line}
    x, y = xp.zeros(8), xp.zeros(8)
    with pytest.raises(xp.LoopError) as caught:
        xp.jit(function)(x, y)
    text = str(caught.value)
    assert {int(line.split()[-1]) for line in text.splitlines() if ", line " in line} == here, text
    assert __file__ in text and "^" in text and len(text.splitlines()) <= 12
    assert isinstance(caught.value, xp.RaceError) == (function not in (previous, two_ways, early_end))


def test_what_is_known_better_runs(device: Device):
    check(picked, device, np.arange(8, dtype=np.float32), np.zeros(8, np.float32), unsafe=True)


def test_two_names_for_one_memory_are_refused():
    def shifted(x, y):
        for i in prange(y.shape[0]):
            y[i] = x[i]

    x = xp.arange(8.0)
    with pytest.raises(xp.RaceError, match=r"`y`.*shares memory with `x`"):
        xp.jit(shifted)(x[:7], x[1:])

    def in_a_tuple(y):
        pair = (y, y + 1)
        for i in prange(1, y.shape[0]):
            y[i] = pair[0][i - 1]

    with pytest.raises(xp.RaceError, match=r"`y`.*shares memory with `pair`"):
        xp.jit(in_a_tuple)(x)


def test_elements_that_repeat_are_not_written():
    def filled(x):
        for i in prange(x.shape[0]):
            x[i, 0] = i

    with pytest.raises(ValueError, match="read-only"):
        xp.jit(filled)(xp.broadcast_to(xp.zeros(3), (4, 3)))


def test_no_iteration_is_the_last():
    def after(x):
        for i in prange(x.shape[0]):
            t = x[i]
            x[i] = t * 2
        return t

    with pytest.raises(xp.LoopError, match="`t` is set in a prange and read after it"):
        xp.jit(after)(xp.zeros(3))


def test_source_that_is_missing():
    scope: dict[str, Any] = {}
    exec("def f(x):\n    return x", scope)
    with pytest.raises(xp.LoopError, match=r"reads the source of a function, and f has none"):
        xp.jit(scope["f"])(1)
    with pytest.raises(TypeError, match="written in Python"):
        xp.jit(len)


# -- what an analysis might overlook ----------------------------------------------------------------------


def through_a_choice(x, y):
    for i in prange(x.shape[0]):
        row = y if i > 3 else x
        row[0] = 1  # here


def through_a_tuple(x, y):
    both = (1.0, 2.0)
    for i in prange(x.shape[0]):
        u, v = y, both
        u[0] = v[0] + i  # here


def through_a_call(x, y):
    for i in prange(x.shape[0]):
        same(y)[i % 2] = 1  # here


def by_way_of_another(x, y):
    for i in prange(x.shape[0]):
        calls_helper(y, i * 0)  # here


def by_negative_index(x, y):
    for i in prange(x.shape[0]):
        y[i] = y[i - 8]  # here


def wrapped_around(x, y):
    k = -2
    for i in prange(2):
        y[i] = x[i]
        y[k] = 1  # here


def in_an_inner_loop(x, y):
    for i in prange(4):
        for j in range(i, i + 2):
            y[j] = x[i]  # here


def by_a_variable(x, y):
    for i in prange(4):
        k = i
        for _ in range(2):
            k += 1
        y[k // 4] = x[i]  # here


def with_a_block(x, y):
    for i in prange(4):
        with x:  # here
            y[0] = i


def same(v):
    return v


def calls_helper(v, k):
    helper(v, k)


OVERLOOKED = (through_a_choice, through_a_tuple, through_a_call, by_way_of_another, by_negative_index, wrapped_around,
              in_an_inner_loop, by_a_variable, with_a_block)  # fmt: skip


@pytest.mark.parametrize("function", OVERLOOKED, ids=[f.__name__ for f in OVERLOOKED])
def test_nothing_is_overlooked(function: Any):
    lines, first = inspect.getsourcelines(function)
    here = first + next(k for k, line in enumerate(lines) if "# here" in line)
    with pytest.raises(xp.LoopError, match=rf"line {here}\n"):
        xp.jit(function)(xp.zeros(8), xp.zeros(8))


def test_bools_alone_are_joined_by_and():
    def every(x):
        s = True
        for i in prange(x.shape[0]):
            s = s and x[i]
        return s

    with pytest.raises(xp.LoopError, match="join bools"):
        xp.jit(every)(xp.ones(3))


def test_parts_of_one_array_that_share_nothing(device: Device):
    def copied(x, y):
        for i in prange(y.shape[0]):
            y[i] = x[i]

    x = xp.arange(8, dtype=xp.float32, device=device)
    xp.jit(copied)(x[4:], x[:4])
    np.testing.assert_array_equal(xp.asnumpy(x), [4, 5, 6, 7] * 2)


def test_a_cut_loop_keeps_its_order(device: Device):
    def backwards(x, y):
        k = 3
        for i in prange(7, -1, -1):
            x[i] = x[k] + y[i]

    check(backwards, device, np.ones(8, np.float32), np.arange(8, dtype=np.float32))
