"""xp.jit(parallel="auto"): a plain loop is parallel where that is proved, and means what it means in Python."""

from __future__ import annotations

import random
import re
from typing import Any

import loop_programs
import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device

N = 40


def nest(x, y, out):
    for i in range(1, x.shape[0]):
        for j in range(i):
            out[i, j] = x[i] * y[j] + out[i, j]


def triangle_of_sums(x, y, out):
    for i in range(x.shape[0]):
        s = 0.0
        for j in range(i):
            s += x[j]
        y[i] = s


def two_dimensions(x, y, out):
    n = x.shape[0]
    for i in range(n):
        for j in range(n):
            out[i, j] = x[i] - y[j]


def counted(x, y, out):
    count, most = 0, x[0]
    for i in range(x.shape[0]):
        if x[i] > 3:
            count += 1
        most = max(most, x[i])
    return count, most, [0] * count


def rows(x, y, out):
    for i in range(x.shape[0]):
        out[i, :] = x * y[i]


def recurrence(x, y, out):
    for i in range(1, x.shape[0]):
        x[i] = x[i - 1] * 0.5 + y[i]


def histogram(x, y, out):
    for i in range(x.shape[0]):
        y[i % 3] += 1


def last(x, y, out):
    for i in range(x.shape[0]):
        t = x[i] * 2
        y[i] = t
    return t


def few_rows(x, y, out):
    for i in range(3):
        out[i, :] = out[i, :] * 2 + x


def collected(x, y, out):
    seen = []
    for i in range(3):
        seen.append(i)
        y[i] = i
    return len(seen)


def left(x, y, out):
    for i in range(x.shape[0]):
        if x[i] > 7:
            break
        y[i] = 0


def carried(x, y, out):
    before = 1.0
    for i in range(x.shape[0]):
        y[i] = before
        before = x[i]


#: what is parallel, and over what;  what isn't, and why
TAKEN = {
    nest: "39 iteration",
    two_dimensions: "40 x 40",
    triangle_of_sums: "40 iteration",
    counted: "count by add; most",
    rows: "40 iteration",
}
NOT_TAKEN = {
    recurrence: r"not in parallel: .*writes an element of `x` that another one may read",
    histogram: r"not in parallel: .*may write the same element of `y`",
    last: r"not in parallel: .*`t` is read after it",
    few_rows: r"not in parallel: its 3 turn\(s\) are operations on whole arrays",
    collected: r"not in parallel: ",
    left: r"not in parallel: .*can't be left by break",
    carried: r"not in parallel: .*`before` is carried from one iteration",
}


def arrays(device: Device) -> list[tuple[np.ndarray, xp.Array]]:
    x = (np.arange(N) * 7 % 11).astype(np.float32)
    return [(a, xp.asarray(a, device=device)) for a in (x, x[::-1].copy(), np.ones((N, N), np.float32))]


@pytest.mark.parametrize("function", [*TAKEN, *NOT_TAKEN], ids=lambda f: f.__name__)
def test_loops_are_pythons(function: Any, device: Device):
    given = arrays(device)
    jitted = xp.jit(parallel="auto", serial=True)(function)
    told = jitted.explain(*(there for _, there in given))
    if function in TAKEN:
        assert TAKEN[function] in told and "not in parallel" not in told and "one work-item" not in told
    else:
        assert re.search(NOT_TAKEN[function], told), told
    found, expected = jitted(*(there for _, there in given)), function(*(a for a, _ in given))
    for right, there in given:
        np.testing.assert_allclose(xp.asnumpy(there), right, rtol=1e-5)
    assert (found is None) == (expected is None)
    if expected is not None:
        both = zip(*((each if type(each) is tuple else (each,)) for each in (found, expected)))
        assert all(float(np.sum(a)) == float(np.sum(b)) if type(b) is not list else a == b for a, b in both)


def test_on_a_gpu_it_says_why_not():
    x = xp.zeros(4, dtype=xp.float32, device="fake")
    with pytest.raises(xp.LoopError, match=r"it is not parallel \(one iteration .*serial=True") as raised:
        xp.jit(parallel="auto")(recurrence)(x, x, x)
    assert len(str(raised.value).split("\n")) <= 12
    xp.jit(parallel="auto")(triangle_of_sums)(x, x.copy(), x)


def test_arrays_that_share_memory_are_one_after_the_other(device: Device):
    @xp.jit(parallel="auto", serial=True)
    def shifted(x, y):
        for i in range(y.shape[0]):
            y[i] = x[i] + 1

    x = xp.zeros(N, dtype=xp.float32, device=device)
    shifted(x[:-1], x[1:])
    assert x.tolist() == [*range(N)]


def test_global_names_that_a_loop_sets_are_set():
    total = 0

    @xp.jit(parallel="auto", serial=True)
    def added(x):
        nonlocal total
        for i in range(x.shape[0]):
            total += x[i]

    added(xp.arange(4))
    assert total == 6


def test_random_loops_are_pythons(device: Device):
    rng = random.Random(13)
    for _ in range(6):
        source, ndim = loop_programs.written(rng)
        source = loop_programs.with_updates(rng, source).replace("prange", "range")
        found = loop_programs.ran(source, ndim, str(device), parallel="auto")
        assert found == "", f"{found}\n{source}"
