"""No loop is taken for parallel whose iterations share an element; what random loops leave is what Python leaves."""

from __future__ import annotations

import random

import loop_programs
import pytest


def test_the_recording_sees_clashes():
    source = "def f(x, n):\n    for i in prange(n):\n        x[i // 2] = 1\n"
    a, b = loop_programs._iterations(source, 1, 1, 2)
    assert a["written"] & b["written"]


@pytest.mark.parametrize("seed", range(2))
def test_what_is_parallel_shares_nothing(seed: int):
    rng, taken = random.Random(seed), 0
    for _ in range(40):
        source, ndim = loop_programs.written(rng)
        found = loop_programs.shared(source, ndim)
        taken += found is not None
        assert not found, f"{found}\n{source}"
    assert taken > 3


def test_random_loops_are_pythons():
    rng, right = random.Random(7), 0
    for _ in range(40):
        source, ndim = loop_programs.written(rng)
        source = loop_programs.with_updates(rng, source)
        found = loop_programs.ran(source, ndim, "fake")
        right += found == ""
        assert not found, f"{found}\n{source}"
    assert right > 3
