"""xp.jit: a plain loop over elements is one work-item's, and means what it means in Python."""

from __future__ import annotations

import random
from typing import Any

import loop_programs
import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device


def recurrence(x, out):
    s = 0.5
    for i in range(x.shape[0]):
        s = s * 0.5 + x[i]
        out[i] = s
    return s


def compacted(x, out):
    k = 0
    for i in range(x.shape[0]):
        if x[i] <= 3:
            continue
        out[k] = x[i]
        k += 1
    return k, out[:k]


def backwards(x, out):
    n = x.shape[0]
    for i in range(1, n):
        out[i] = x[i] + out[i - 1]
    for i in range(n - 2, -1, -1):
        out[i] -= out[i + 1] * 0.5
    for i in range(n - 1, 0, -3):
        out[i] += out[i - 1]
    for i in range(-n, -1, 2):
        out[i] += i
    return i


def left_early(x, out):
    where, found, last = -1, False, 0.0
    for i in range(x.shape[0]):
        last = x[i]
        if x[i] > 4:
            where, found = i, True
            break
    out[where] = 1
    return where, found, last, i


def never(x, out):
    s, i = 3, "text"
    for i in range(x.shape[0], 2):
        s += x[i]
    return s, i


def nested(x, out):
    n = x.shape[0]
    for i in range(n):
        for j in range(i, n):
            if x[j] < x[i]:
                continue
            out[i] += x[j] * (j - i)
        k = i
        while k > 1:
            k //= 2
            out[k] += 1
    return out


def by_rows(x, out):
    """Of whole rows and of elements: the outer loop is Python's, the inner one a work-item's."""
    square = np.reshape(x[:4], (2, 2)) * 1
    for i in range(2):
        total = np.sum(square[i])
        for j in range(2):
            square[i, j] = square[i, j - 1] + j
        out[i] += total
    out[:4] = np.reshape(square, (4,))


def in_a_time_loop(x, out):
    steps = 0
    for step in range(3):
        for i in range(1, x.shape[0]):
            out[i] = out[i - 1] * 0.5 + x[i] + step
        steps += i
    return steps


def after_a_prange(x, out):
    total = 0.0
    for i in xp.prange(x.shape[0]):
        total += x[i]
    for k in range(2, x.shape[0]):
        total -= x[k]
        out[k] = total
    return total


def unbound_before(x, out):
    for i in range(x.shape[0]):
        if i == 0:
            t = x[0]
        else:
            out[i] = t
            best = i
    return best


def unbound_if_not_asked_for(x, out):
    if x.shape[0] > 99:
        weight = 2
    for i in range(x.shape[0]):
        if x.shape[0] > 99:
            out[i] = x[i] * weight
        else:
            out[i] = 1


def returned(x, out):
    for i in range(x.shape[0]):
        if x[i] > 4:
            return i
    return -1


def with_an_end(x, out):
    for i in range(x.shape[0]):
        out[i] = i
    else:
        out[0] = 7


def of_lists(x, out):
    taken = []
    weights = [2.0, 3.0]
    for i in range(2):
        out[i] = x[i] * weights[i]
        taken.append(i)
    return len(taken)


def changed_bound(x, out):
    n = x.shape[0]
    for i in range(n):
        n = i
        out[n - i] = x[i]
    return n


BODIES = (recurrence, compacted, backwards, left_early, never, nested, by_rows, in_a_time_loop, after_a_prange,
          unbound_before, unbound_if_not_asked_for, returned, with_an_end, of_lists, changed_bound)  # fmt: skip
#: of those, what no kernel can be made of
PYTHONS = (unbound_before, unbound_if_not_asked_for, returned, with_an_end, of_lists)


@pytest.mark.parametrize("function", BODIES, ids=[f.__name__ for f in BODIES])
def test_loops_are_pythons(function: Any, device: Device):
    x, out = (np.arange(10) * 7 % 11).astype(np.float32), np.zeros(10, np.float32)
    there = [xp.asarray(x, device=device), xp.asarray(out, device=device)]
    jitted = xp.jit(serial=True)(function)
    told = jitted.explain(*there)
    assert ("of one work-item" in told) == (function not in (*PYTHONS, never)), told
    found, expected = jitted(*there), function(x, out)
    np.testing.assert_allclose(xp.asnumpy(there[1]), out, rtol=1e-5)
    for value, right in zip(*((each if type(each) is tuple else (each,)) for each in (found, expected))):
        if type(right) is int or isinstance(right, (bool, str)):
            assert type(value) is type(right) and value == right
        elif right is not None:
            np.testing.assert_allclose(xp.asnumpy(value), right, rtol=1e-5)


@pytest.mark.parametrize("function", [recurrence, returned], ids=["kernel", "python"])
def test_on_a_gpu_it_is_asked_for(function: Any):
    x = xp.zeros(4, dtype=xp.float32, device="fake")
    with pytest.raises(xp.LoopError, match=r"serial=True") as raised:
        xp.jit(function)(x, x)
    lines = str(raised.value).split("\n")
    assert len(lines) <= 12 and lines[-2].strip().startswith("for i in range(") and lines[-1].strip("^ ") == ""


def test_loops_of_whole_arrays_stay_pythons(device: Device):
    @xp.jit
    def powers(x, parts):
        for k in range(3):
            x = x * 2
            parts[k, :] = x
            parts[0] += parts[k]
        return x

    x = xp.ones(3, dtype=xp.float32, device=device)
    parts = xp.zeros((3, 3), dtype=xp.float32, device=device)
    assert powers.explain(x, parts) == "powers has no loop that these arguments reach as a kernel"
    assert powers(x, parts).tolist() == [8, 8, 8] and parts[:, 0].tolist() == [16, 4, 8]


def test_attributes_and_closures(device: Device):
    class Filter:
        def __init__(self, rate):
            self.rate = rate

        @xp.jit(serial=True)
        def run(self, x, gain=2):
            for i in range(1, x.shape[0]):
                x[i] = x[i - 1] * self.rate + x[i] * gain
            return x

    x = xp.ones(3, dtype=xp.float32, device=device)
    assert Filter(2).run(x).tolist() == [1, 4, 10]
    assert Filter(0).run(x).tolist() == [1, 8, 20]


def test_random_loops_are_pythons(device: Device):
    rng, right = random.Random(11), 0
    for _ in range(6):
        source, ndim = loop_programs.written(rng)
        source = loop_programs.with_updates(rng, source).replace("prange", "range")
        found = loop_programs.ran(source, ndim, str(device))
        right += found == ""
        assert not found, f"{found}\n{source}"
    assert right > 3
