"""Smaller programs that differ all the same: fewer lines, simpler expressions, fewer elements, other dtypes."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence

from xpuarray.conformance.fuzz.program import Step

__all__ = ["smallest"]

_SHAPE = re.compile(r"\((?:\d+, )*\d+,?\)")
_DTYPE = re.compile(r"'(?:bool|u?int\d+|float\d+|complex\d+)'")
_OPERAND = re.compile(r"v\d+|x|y")
_SEED = re.compile(r"(\)|\w), (\d+)\)")  # of values(dtype, shape, seed)


def smallest(steps: Sequence[Step], differs: Callable[[list[Step]], bool], tries: int) -> list[Step]:
    """The smallest program found in so many tries for which `differs` still holds."""
    best, left = list(steps), tries
    improved = True
    while improved and left > 0:
        improved = False
        for candidates in (_without, _simpler, _fewer, _plainer):
            again = True
            while again and left > 0:
                again = False
                for candidate in candidates(best):
                    left -= 1
                    if differs(candidate):
                        best, improved, again = candidate, True, True
                        break
                    if left <= 0:
                        break
    return best


def _without(steps: list[Step]) -> Iterator[list[Step]]:
    """Half of the lines, then each line, from the last on."""
    n = len(steps)
    if n > 6:
        yield steps[: n // 2]
        yield steps[n // 2 :]
    for k in reversed(range(n)):
        yield steps[:k] + steps[k + 1 :]


def _simpler(steps: list[Step]) -> Iterator[list[Step]]:
    """A part of an expression in the place of the whole; a call without one of its options."""
    for k, step in enumerate(steps):
        for line in _lines(step.line):
            yield [*steps[:k], dataclasses.replace(step, line=line), *steps[k + 1 :]]


def _lines(line: str) -> Iterator[str]:
    if line.startswith("with "):
        yield line.split(": ", 1)[1]
    if any(f"{source}(" in line for source in ("values", "picks", "regular")):
        return
    tree = ast.parse(line)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for k in range(len(node.keywords)):
                removed = node.keywords.pop(k)
                yield ast.unparse(tree)
                node.keywords.insert(k, removed)
        for field, value in ast.iter_fields(node):
            if not isinstance(value, ast.expr) or isinstance(node, (ast.Attribute, ast.keyword)) or field == "func":
                continue
            for child in ast.iter_child_nodes(value):
                if isinstance(child, (ast.BinOp, ast.Call, ast.UnaryOp, ast.Subscript)) or (
                    isinstance(child, ast.Name) and _OPERAND.fullmatch(child.id)
                ):
                    setattr(node, field, child)
                    yield ast.unparse(tree)
            setattr(node, field, value)


def _fewer(steps: list[Step]) -> Iterator[list[Step]]:
    """Fewer elements: one shape is replaced wherever it occurs."""
    shapes = dict.fromkeys(shape for step in steps for shape in _SHAPE.findall(step.line))
    for shape in sorted(shapes, key=_size, reverse=True):
        extents = ast.literal_eval(shape)
        for smaller in dict.fromkeys(_smaller(extents)):
            if smaller != extents:
                yield [dataclasses.replace(s, line=s.line.replace(shape, repr(smaller))) for s in steps]


def _size(shape: str) -> int:
    return sum(ast.literal_eval(shape))


def _smaller(extents: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    yield from [(2,), (3,), (1,)]
    for k, n in enumerate(extents):
        for less in (1, 2, 3, n // 4, n // 2, n * 3 // 4, n * 15 // 16, n - 1):
            if 0 < less < n:
                yield (*extents[:k], less, *extents[k + 1 :])
    if len(extents) > 1:
        yield extents[1:]
        yield extents[:-1]


def _plainer(steps: list[Step]) -> Iterator[list[Step]]:
    """Usual dtypes, and small values."""
    for k, step in enumerate(steps):
        for match in _DTYPE.finditer(step.line):
            for dtype in ("'float64'", "'int64'"):
                if match[0] not in ("'float64'", "'int64'", "'bool'"):
                    line = step.line[: match.start()] + dtype + step.line[match.end() :]
                    yield [*steps[:k], dataclasses.replace(step, line=line), *steps[k + 1 :]]
        if "values(" in step.line and (seed := _SEED.search(step.line)) and int(seed[2]) > 4:
            for plain in (0, 3, 1, 2):
                line = step.line[: seed.start(2)] + str(plain) + step.line[seed.end(2) :]
                yield [*steps[:k], dataclasses.replace(step, line=line), *steps[k + 1 :]]
