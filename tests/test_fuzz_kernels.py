"""Random kernels: devices leave what the interpreter of their trees does; what differs is found and made small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xpuarray.compiler.targets import divergence, spirv
from xpuarray.conformance.fuzz import kernels
from xpuarray.conformance.fuzz.kernel_nodes import Node, Program
from xpuarray.conformance.fuzz.kernel_programs import bundle
from xpuarray.conformance.fuzz.kernel_source import lines


def test_the_host_and_the_interpreter_agree():
    seed, programs = 3, bundle(3, range(3))
    got, expected = kernels.on_device("host", programs, seed), kernels.reference(programs, seed)
    assert kernels.difference(programs, expected, got) == {}
    name = next(name for name, values in got.items() if name.startswith("o_") and values.any())
    got[name][np.nonzero(got[name])] = 0
    assert kernels.difference(programs, expected, got)


def test_groups_and_updates():
    """A kernel of each that has both agrees, too; what differs in one word is found."""
    programs = next(
        p for p in (bundle(seed, range(2)) for seed in range(99)) if p[0].frame.group and p[0].frame.updates
    )
    words = " ".join(_words(node) for program in programs for node in program.body)
    assert "atomic" in words and ("exchange" in words or "collective" in words)
    assert kernels.answer(("host", programs, 1)) == {}


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize(
    ("seed", "first", "module", "repair", "instead", "different"),
    [
        (11, 24, spirv, "diversified", lambda text: text, [0, 1, 3]),
        (6, 268, divergence, "keep_apart", lambda *blocks: False, [3]),
    ],
)
def test_values_that_the_vectoriser_takes_for_the_same_are_found(
    monkeypatch: pytest.MonkeyPatch, seed: int, first: int, module: Any, repair: str, instead: Any, different: list[int]
):
    """compiler/targets/divergence.py: without it these of four kernels differ, and with it none does."""
    programs = bundle(seed, range(first, first + 4), divergent=True)
    monkeypatch.setenv("XPUARRAY_CACHE", "0")
    assert kernels.answer(("opencl:cpu", programs, seed)) == {}
    monkeypatch.setattr(module, repair, instead)
    assert list(kernels.answer(("opencl:cpu", programs, seed))) == different


def test_verify_finds_random_kernels_right(monkeypatch: pytest.MonkeyPatch):
    """`python -m xpuarray.conformance verify --kernels 1000` is the long form.  A race among them is found."""
    programs = bundle(5, range(3))
    assert kernels.verified(("host", programs, 5)) == {}
    monkeypatch.setattr(kernels, "lines", lambda program, row: [*lines(program, row), "counts[0, 0] = i0"])
    assert "race: counts[0, 0] is written" in kernels.verified(("host", programs[:1], 5))[0]


def test_programs_are_made_small():
    """To the one statement that matters, with no more in it than is needed."""

    def matters(program: Program) -> bool:
        return any("atomic" in _words(node) for node in program.body)

    program = next(p for seed in range(99) for p in bundle(seed, range(4)) if matters(p))
    small = kernels.smallest(program, matters, tries=2000)
    assert len(small.body) == 1 and len(lines(small, 0)) <= len(lines(program, 0))


def _words(part: object) -> str:
    if isinstance(part, Node):
        return " ".join([part.what, *map(_words, part.parts)])
    return " ".join(map(_words, part)) if isinstance(part, tuple) else ""
