"""Random kernels: devices leave what the interpreter of their trees does; what differs is found and made small."""

from __future__ import annotations

import random

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.fuzz import kernels
from xpuarray.conformance.fuzz.kernel_programs import Node, Program, frame_of, generate, lines
from xpuarray.placement.devices import as_device


def some(seed: int, count: int) -> list[Program]:
    frame = frame_of(random.Random(seed), True)
    return [generate(seed, number, frame) for number in range(count)]


@pytest.mark.parametrize("seed", [3, 4])
def test_the_host_and_the_interpreter_agree(seed: int):
    programs = some(seed, 3)
    got = kernels.on_device(("host", programs, seed))
    expected = kernels.reference(programs, seed)
    assert kernels.difference(programs, expected, got) == {}
    name = next(name for name, values in got.items() if name.startswith("o_") and values.any())
    got[name][np.nonzero(got[name])] = 0
    assert kernels.difference(programs, expected, got)


def test_verify_finds_random_kernels_right():
    host = as_device("host")
    for program in some(5, 3):
        given = [xp.asarray(values, device=host) for values in kernels.arrays([program], 5).values()]
        extent, local = kernels.launch([program])
        found = kernels.kernel_of([program]).verify(extent, *given, *local)
        assert found.ok, "\n".join([str(found), *lines(program, 0)])


def test_programs_are_made_small():
    """To the one statement that matters, with no more in it than is needed."""

    def matters(program: Program) -> bool:
        return any("atomic" in _words(node) for node in program.body)

    program = next(p for p in (some(6, 1)[0], *some(7, 30)) if matters(p))
    small = kernels.smallest(program, matters, tries=2000)
    assert len(small.body) == 1 and len(lines(small, 0)) <= len(lines(program, 0))


def _words(part: object) -> str:
    if isinstance(part, Node):
        return " ".join([part.what, *map(_words, part.parts)])
    return " ".join(map(_words, part)) if isinstance(part, tuple) else ""
