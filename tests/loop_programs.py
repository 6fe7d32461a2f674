"""Random loops under `xp.jit`: `python tests/loop_programs.py [DEVICE] [--programs N] [--seed K]`.

A program is one nest over an array. What it leaves is what it leaves as plain Python; and a loop that is taken for
parallel shares no element between iterations, which is tried by recording what each one touches.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import linecache
import random
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.loops.plans import ArrayKind, planned

__all__ = ["ran", "shared", "written"]

#: numbers of iterations that are tried
SIZES = (1, 2, 3, 5)
_SHAPE = (33, 32, 31)


class _Recorded:
    """An array of three dimensions at the most that remembers which elements are read and written."""

    def __init__(self, ndim: int, touched: dict[str, set[int]]):
        self.shape = _SHAPE[:ndim]
        self._places = np.arange(np.prod(self.shape)).reshape(self.shape)
        self._touched = touched

    def __getitem__(self, index: Any) -> float:
        self._touched["read"] |= {*np.ravel(self._places[index]).tolist()}
        return 1.0

    def __setitem__(self, index: Any, value: Any) -> None:
        self._touched["written"] |= {*np.ravel(self._places[index]).tolist()}


def _expression(rng: random.Random, names: list[str]) -> str:
    """An index of these variables."""
    name, other = rng.choice(names), rng.choice([*names, "n", "1"])
    return rng.choice([
        name, name, f"{name} + {rng.randint(-2, 2)}", f"{rng.randint(1, 3)} * {name} + {rng.randint(0, 2)}",
        f"{name} // 2", f"{name} % {rng.randint(2, 3)}", f"n - {name}", f"{name} * n + {other}", f"{name} + {other}",
        f"{name} - {other}", "n", f"min({name}, {other})", str(rng.randint(-2, 3)),
    ])  # fmt: skip


def _index(rng: random.Random, names: list[str], ndim: int) -> str:
    parts = []
    for _ in range(rng.randint(1, ndim)):
        low, high = (rng.choice(["", _expression(rng, names)]) for _ in range(2))
        parts.append(rng.choice([_expression(rng, names)] * 3 + [":", f"{low}:{high}"]))
    return ", ".join(parts)


def written(rng: random.Random) -> tuple[str, int]:
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
        lines.append(f"{indent}k = {_expression(rng, names)}")
        names = [*names, "k"]
    for _ in range(rng.randint(1, 3)):
        deeper = indent
        if rng.random() < 0.2:
            lines.append(f"{indent}for m in range({_expression(rng, names)}, {rng.choice(['n', '3', 'n + i'])}):")
            deeper, inner = indent + "    ", [*names, "m"]
        else:
            inner = names
        if rng.random() < 0.2:
            lines.append(f"{deeper}if {rng.choice(inner)} > 0:")
            deeper += "    "
        value = rng.choice(["1", "1", f"x[{_index(rng, inner, ndim)}]"])
        lines.append(f"{deeper}x[{_index(rng, inner, ndim)}] = {value}")
    return "\n".join(lines) + "\n", ndim


def _function(source: str) -> Any:
    name = f"<loop {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"prange": xp.prange, "__name__": "__main__"}
    exec(compile(source, name, "exec"), scope)
    return scope["f"]


def _depth(source: str, ndim: int) -> int | None:
    """How many of the loops are parallel; None if it is refused."""
    loop = xp.jit(_function(source))._hosted.loops[0]
    kinds = {"x": ArrayKind(ndim, np.dtype(float), xp.devices("host")[0]), "n": "natural"}
    kinds = {key: kinds[key] for key in loop.names}
    try:
        plan = planned(loop.nest, kinds, [True] * len(loop.nest.spans), lambda name: None, unsafe=False)
    except xp.LoopError:
        return None
    return 0 if plan.cut is not None or plan.recipe.atomic else plan.recipe.depth


def _iterations(source: str, depth: int, ndim: int, n: int) -> list[dict[str, set[int]]]:
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


def shared(source: str, ndim: int) -> str | None:
    """What iterations share that were taken for parallel: empty if nothing; None if it is refused."""
    depth = _depth(source, ndim)
    for n in SIZES if depth else ():
        for a, b in itertools.combinations(_iterations(source, depth or 0, ndim, n), 2):
            clash = a["written"] & (b["read"] | b["written"]) | b["written"] & a["read"]
            if clash:
                return f"n = {n}, {depth} loops: elements {clash}"
    return "" if depth else None


def with_updates(rng: random.Random, source: str) -> str:
    """The program with updates in place of some assignments, and perhaps with a variable that iterations add to."""
    adds, lines = rng.random() < 0.4, list[str]()
    for line in source.rstrip().split("\n"):
        target, is_one, value = line.partition("] = ")
        is_one = is_one and target.strip().startswith("x[")
        form = rng.choice(["{}] = {}", "{}] = {} * 2 + i", "{}] += {}", "{}] -= {}"]) if is_one else "{}{}{}"
        lines.append(form.format(target, value) if is_one else line)
        if is_one and adds:
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(indent + rng.choice(["s += i", "s -= 2 * i + 1", "s = s + i * i"]))
    return "\n".join([lines[0], *["    s = 3"] * adds, *lines[1:], *["    return s"] * adds]) + "\n"


def repeated(rng: random.Random, source: str) -> str:
    """The program in a loop over `range`, which may touch the array itself, and counts."""
    head, *lines = source.rstrip().split("\n")
    before = [line for line in lines[:1] if line.startswith("    s = ")]
    after = [line for line in lines[-1:] if line.startswith("    return ")]
    inside = [f"    {line}" for line in lines[len(before) : len(lines) - len(after)]]
    if rng.random() < 0.5:
        inside = [line.replace("] = 1", rng.choice(["] = t + i", "] = c", "] = x[t] + c"])) for line in inside]
    own = ["c = c * 2 + t", *rng.sample(["x[t] = x[t] + c", "x[0] = t", "if c > 9:\n            c = t", "c -= 1"], 2)]
    inside += [f"        {line}" for line in own[: rng.randint(1, 3)]]
    span = rng.choice(["3", "n", "1, n + 1", "n, 0, -1", "0, 4, 2"])
    loop = ["    c = 1", *before, f"    for t in range({span}):", *inside]
    return "\n".join([head, *loop, *(after or ["    return c"])]) + "\n"


def ran(source: str, ndim: int, device: str, **options: Any) -> str | None:
    """How it differs from Python on the device: empty if not at all; None if it is refused."""
    function = _function(source)
    jitted = xp.jit(serial=True, **options)(function)
    for n in SIZES:
        right = np.random.default_rng(n).integers(0, 9, _SHAPE[:ndim]).astype(np.float32)
        there = xp.asarray(right.copy(), device=device)
        try:
            expected = function(right, n)
        except (IndexError, ValueError):  # no program at all
            continue
        try:
            found = jitted(there, n)
        except xp.LoopError:
            return None
        if not np.array_equal(xp.asnumpy(there), right) or (expected is not None and int(found) != expected):
            return f"n = {n}: {found} for {expected}"
    return ""


def main() -> int:
    """Returns how many are wrong; each is printed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("device", nargs="?", default="fake")
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng, counts = random.Random(given.seed), collections.Counter[str]()
    for _ in range(given.programs):
        source, ndim = written(rng)
        updated = with_updates(rng, source)
        plain = updated.replace("prange", "range")
        for text, found in (
            (source, shared(source, ndim)),
            (updated, ran(updated, ndim, given.device)),
            (around := repeated(rng, updated), ran(around, ndim, given.device)),
            (plain, ran(plain, ndim, given.device)),
            (plain, ran(plain, ndim, given.device, parallel="auto")),
        ):
            counts["refused" if found is None else "wrong" if found else "right"] += 1
            if found:
                print(f"{found}\n{text}")
    print(dict(counts))
    return counts["wrong"]


if __name__ == "__main__":
    raise SystemExit(main())
