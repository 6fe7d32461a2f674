"""No loop is taken for parallel whose iterations share an element: random loops, beside what their iterations touch."""

from __future__ import annotations

import itertools
import linecache
import random
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.loops.plans import ArrayKind, planned

PROGRAMS = 160
SIZES = (1, 2, 3, 5)


class _Recorded:
    """An array of three dimensions at the most that remembers which elements are read and written."""

    def __init__(self, ndim: int, touched: dict[str, set[int]]):
        self.shape = (33, 32, 31)[:ndim]
        self._places = np.arange(np.prod(self.shape)).reshape(self.shape)
        self._touched = touched

    def __getitem__(self, index: Any) -> float:
        self._touched["read"] |= {*np.ravel(self._places[index]).tolist()}
        return 1.0

    def __setitem__(self, index: Any, value: Any) -> None:
        self._touched["written"] |= {*np.ravel(self._places[index]).tolist()}


def expression(rng: random.Random, names: list[str]) -> str:
    """An index of these variables."""
    name, other = rng.choice(names), rng.choice([*names, "n", "1"])
    return rng.choice([
        name, name, f"{name} + {rng.randint(-2, 2)}", f"{rng.randint(1, 3)} * {name} + {rng.randint(0, 2)}",
        f"{name} // 2", f"{name} % {rng.randint(2, 3)}", f"n - {name}", f"{name} * n + {other}", f"{name} + {other}",
        f"{name} - {other}", "n", f"min({name}, {other})", str(rng.randint(-2, 3)),
    ])  # fmt: skip


def index(rng: random.Random, names: list[str], ndim: int) -> str:
    parts = []
    for _ in range(rng.randint(1, ndim)):
        low, high = (rng.choice(["", expression(rng, names)]) for _ in range(2))
        parts.append(rng.choice([expression(rng, names)] * 3 + [":", f"{low}:{high}"]))
    return ", ".join(parts)


def program(rng: random.Random) -> tuple[str, int]:
    """The source of a function with one nest, and how many dimensions its array has."""
    ndim, names = rng.randint(1, 3), ["i"]
    lines = ["def f(x, n):"]
    start = rng.choice(["", "", "1, ", "n, "])
    lines.append(
        f"    for i in prange({start}{rng.choice(['n', 'n + 2', '4'])}{', 2' if start and rng.random() < 0.3 else ''}):"
    )
    indent = "        "
    if rng.random() < 0.4:
        lines.append(f"{indent}for j in prange({rng.choice(['n', '3', 'n + 1', 'i + 1', 'i, n'])}):")
        names, indent = ["i", "j"], indent + "    "
    if rng.random() < 0.4:
        lines.append(f"{indent}k = {expression(rng, names)}")
        names = [*names, "k"]
    for _ in range(rng.randint(1, 3)):
        deeper = indent
        if rng.random() < 0.2:
            lines.append(f"{indent}for m in range({expression(rng, names)}, {rng.choice(['n', '3', 'n + i'])}):")
            deeper, inner = indent + "    ", [*names, "m"]
        else:
            inner = names
        if rng.random() < 0.2:
            lines.append(f"{deeper}if {rng.choice(inner)} > 0:")
            deeper += "    "
        value = rng.choice(["1", "1", f"x[{index(rng, inner, ndim)}]"])
        lines.append(f"{deeper}x[{index(rng, inner, ndim)}] = {value}")
    return "\n".join(lines) + "\n", ndim


def depth_of(source: str, name: str, ndim: int) -> int | None:
    """How many of the loops are parallel; None if it is refused."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"prange": xp.prange, "__name__": __name__}
    exec(compile(source, name, "exec"), scope)
    (loop,) = xp.jit(scope["f"])._hosted.loops[:1]
    kinds = {"x": ArrayKind(ndim, np.dtype(float), xp.devices("host")[0]), "n": "natural"}
    kinds = {key: kinds[key] for key in loop.names}
    try:
        plan = planned(loop.nest, kinds, [True] * len(loop.nest.spans), lambda n: scope.get(n), unsafe=False)
    except xp.LoopError:
        return None
    return 0 if plan.cut is not None or plan.recipe.atomic else plan.recipe.depth


def iterations(source: str, depth: int, ndim: int, n: int) -> list[dict[str, set[int]]]:
    """What each iteration of the parallel loops touches."""
    found: dict[Any, dict[str, set[int]]] = {}
    touched: dict[str, set[int]] = {}

    class Turn:
        here: tuple[int, ...] = ()

    def prange(level: int, *span: int) -> Any:
        for value in range(*span):
            Turn.here = (*Turn.here[:level], value)
            if level < depth:
                mine = found.setdefault(Turn.here, {"read": set(), "written": set()})
                touched.clear()
                touched.update(mine)
            yield value

    text = source.replace("for i in prange(", "for i in prange(0, ").replace("for j in prange(", "for j in prange(1, ")
    scope: dict[str, Any] = {"prange": prange}
    exec(text, scope)
    touched.update({"read": set(), "written": set()})
    array = _Recorded(ndim, touched)
    try:
        scope["f"](array, n)
    except IndexError:
        return []
    return [turn for place, turn in found.items() if len(place) == depth]


def test_the_recording_sees_clashes():
    source = "def f(x, n):\n    for i in prange(n):\n        x[i // 2] = 1\n"
    a, b = iterations(source, 1, 1, 2)
    assert a["written"] & b["written"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_parallel_shares_nothing(seed: int):
    rng, taken = random.Random(seed), 0
    for number in range(PROGRAMS // 4):
        source, ndim = program(rng)
        depth = depth_of(source, f"<program {seed}.{number}>", ndim)
        if not depth:
            continue
        taken += 1
        for n in SIZES:
            for a, b in itertools.combinations(iterations(source, depth, ndim, n), 2):
                clash = a["written"] & (b["read"] | b["written"]) | b["written"] & a["read"]
                assert not clash, f"n = {n}, depth {depth}: {clash}\n{source}"
    assert taken > PROGRAMS // 40
