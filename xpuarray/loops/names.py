"""Which names a loop's body reads, sets, and reads before it has set them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Uses", "assigned", "declared", "loaded", "occurrences"]


def occurrences(nodes: Iterable[ast.AST], name: str) -> Iterator[ast.Name]:
    """Where the name stands."""
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id == name:
                yield inner


def assigned(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are set."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are read, those of `s += 1` among them."""
    names = set()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                names.add(inner.id)
            elif isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
                names.add(inner.target.id)
    return names


def declared(function: ast.AST) -> set[str]:
    """The names that it says are of outside."""
    return {name for n in ast.walk(function) if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names}


class Uses:
    """What one iteration does with names: `exposed` are read although the iteration may not have set them yet, `known`
    are certainly set at its end (all that were, if the end isn't reached).

    A branch that is left by break, continue or return doesn't count for what comes after it.
    """

    def __init__(self, body: Sequence[ast.stmt], known: Iterable[str]):
        self.exposed: dict[str, ast.AST] = {}
        before = frozenset(known)
        after = self._block(body, before)
        self.known = before if after is None else after

    def _block(self, body: Sequence[ast.stmt], known: frozenset[str]) -> frozenset[str] | None:
        """The names that are set after it, given those before; None if its end is not reached."""
        for statement in body:
            after = self._statement(statement, known)
            if after is None:
                return None
            known = after
        return known

    def _statement(self, node: ast.stmt, known: frozenset[str]) -> frozenset[str] | None:
        match node:
            case ast.If():
                self._read(node.test, known)
                branches = [self._block(node.body, known), self._block(node.orelse, known)]
                ends = [branch for branch in branches if branch is not None]
                return frozenset.intersection(*ends) if ends else None
            case ast.For():
                self._read(node.iter, known)
                self._block(node.body, known | assigned([node.target]))
                self._block(node.orelse, known)
                return known
            case ast.While():
                self._read(node.test, known)
                self._block(node.body, known)
                self._block(node.orelse, known)
                return known
            case ast.Break() | ast.Continue() | ast.Return():
                if isinstance(node, ast.Return) and node.value:
                    self._read(node.value, known)
                return None
            case ast.AugAssign():
                self._read(node.value, known)
                self._read(node.target, known)
                if isinstance(node.target, ast.Name):
                    self._expose(node.target, known)
                    return known | {node.target.id}
                return known
            case _:
                self._read(node, known)
                return known | assigned([node])

    def _read(self, node: ast.AST, known: frozenset[str]) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self._expose(inner, known)

    def _expose(self, name: ast.Name, known: frozenset[str]) -> None:
        if name.id not in known:
            self.exposed.setdefault(name.id, name)
