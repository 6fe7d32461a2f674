"""What a function does with names before and after a loop of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from xpuarray.loops.names import Uses, assigned

__all__ = ["Surroundings", "certain", "surroundings"]


class Surroundings(NamedTuple):
    """Of a loop."""

    bound: frozenset[str]  #: names that certainly have a value before it
    live: frozenset[str]  #: names whose values may be read after it


def surroundings(function: ast.FunctionDef, loop: ast.stmt) -> Surroundings:
    """Of a loop somewhere in a function, but in no function inside of it."""
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    live: set[str] = set()
    bound = _sought(function.body, frozenset(a.arg for a in given if a is not None), loop, live)
    return Surroundings(bound or frozenset(), frozenset(live))


def _sought(block: Sequence[ast.stmt], known: frozenset[str], loop: ast.stmt, live: set[str]) -> frozenset[str] | None:
    """The names that have a value before the loop, if it is in this block; `live` gets those that are read after it."""
    for k, statement in enumerate(block):
        found: frozenset[str] | None = known
        if statement is not loop:
            inside = known | assigned([statement.target]) if isinstance(statement, ast.For) else known
            parts = [*_blocks(statement)]
            found = next((f for part in parts if (f := _sought(part, inside, loop, live)) is not None), None)
            if found is not None and isinstance(statement, (ast.For, ast.While)):
                live.update(Uses([statement], ()).exposed)  # its next turn
            if found is not None and isinstance(statement, ast.Try):
                live.update(name for part in parts for name in Uses(part, ()).exposed)
        if found is not None:
            live.update(Uses(block[k + 1 :], ()).exposed)
            return found
        known = Uses([statement], known).known
    return None


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
    return blocks + [part.body for field in ("handlers", "cases") for part in getattr(statement, field, [])]


def certain(loop: ast.For) -> set[str]:
    """The names that certainly have a value once its first turn is over, however that is left."""
    names = assigned([loop.target])
    for statement in loop.body:
        if any(isinstance(inner, (ast.Break, ast.Continue)) for inner in ast.walk(statement)):
            break
        names |= Uses([statement], names).known
    return names
