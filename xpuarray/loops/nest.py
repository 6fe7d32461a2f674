"""A loop over prange, and the loops over prange that are all of its body."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from xpuarray.loops.names import Uses, assigned, loaded
from xpuarray.loops.source import Source

__all__ = ["ABSENT", "MOST", "Nest", "Span", "is_prange", "is_range", "number"]

#: What a name means that has no value.
ABSENT: Any = object()
#: A Range has so many dimensions at most.
MOST = 3


class Span(NamedTuple):
    """One loop: `for name in prange(start, stop, step)`."""

    name: str
    start: ast.expr
    stop: ast.expr
    step: ast.expr
    node: ast.For


def is_prange(node: ast.AST, meaning: Callable[[ast.AST], Any]) -> bool:
    """Whether it is `for ... in prange(...)`, ours or Numba's, by whatever name."""
    if not (isinstance(node, ast.For) and isinstance(node.iter, ast.Call)):
        return False
    called = meaning(node.iter.func)
    home = (getattr(called, "__module__", None) or "").partition(".")[0]
    return getattr(called, "__name__", "") == "prange" and home in ("xpuarray", "numba")


def is_range(node: ast.AST, meaning: Callable[[ast.AST], Any]) -> bool:
    """Whether it is `for i in range(...)`."""
    return (
        isinstance(node, ast.For)
        and isinstance(called := node.iter, ast.Call)
        and meaning(called.func) is range
        and isinstance(node.target, ast.Name)
        and 1 <= len(called.args) <= 3
        and not called.keywords
        and not any(isinstance(argument, ast.Starred) for argument in called.args)
    )


def number(node: ast.expr) -> int | None:
    """The integer that stands there."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and (value := number(node.operand)) is not None:
        return -value
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


class Nest:
    """What the source says of an outermost loop over prange; plain: or of one over range."""

    def __init__(
        self, source: Source, node: ast.For, local: set[str], meaning: Callable[[ast.AST], Any], plain: bool = False
    ):
        self.source = source
        self.node = node
        self.meaning = meaning
        self.plain = plain
        self.spans = [self._span(node)]
        self._refuse_leaving(node.body, node)
        outer = Uses([node], ()).exposed
        while len(self.spans) < MOST and self._has_inner():
            (only,) = self.body(len(self.spans))
            assert isinstance(only, ast.For)
            self.spans.append(self._span(only))
        self.set = assigned([node])
        self.exposed = {name: place for name, place in outer.items() if name in local}
        self.carried = {name: place for name, place in self._exposed_inside().items() if name in local & self.set}
        self.rebound = {name for name in self.carried if not _changed_in_place(node, name)}
        self.line = node.lineno
        for number, inner in enumerate(ast.walk(node)):
            inner.xpu_number = number  # type: ignore[attr-defined]  # which copies keep

    def body(self, depth: int) -> list[ast.stmt]:
        """What each iteration of the outermost `depth` loops does."""
        return self.spans[depth - 1].node.body

    @property
    def globals(self) -> set[str]:
        """The names that are read, and are no variables of the function's."""
        return loaded([self.node]) - self.exposed.keys() - self.set

    def _exposed_inside(self) -> dict[str, ast.AST]:
        return Uses(self.node.body, {self.spans[0].name}).exposed

    def _has_inner(self) -> bool:
        """Whether the body is one more such loop, over numbers that the loops around it don't change."""
        body = self.body(len(self.spans))
        if len(body) != 1 or not (is_range if self.plain else is_prange)(body[0], self.meaning):
            return False
        inner = body[0]
        assert isinstance(inner, ast.For)
        return not loaded([inner.iter]) & assigned([self.node])

    def _span(self, node: ast.For) -> Span:
        call = node.iter
        assert isinstance(call, ast.Call)
        if not isinstance(node.target, ast.Name):
            raise self.source.error("a prange counts with one variable", node.target)
        if node.orelse:
            raise self.source.error("a prange has no `else`, as no iteration is the last", node.orelse[0])
        if call.keywords or not 1 <= len(call.args) <= 3:
            raise self.source.error("prange takes stop, or start, stop and perhaps step, by position", call)
        given = call.args
        zero, one = (ast.copy_location(ast.Constant(value), call) for value in (0, 1))
        start, stop = (zero, given[0]) if len(given) == 1 else given[:2]
        return Span(node.target.id, start, stop, given[2] if len(given) > 2 else one, node)

    def _refuse_leaving(self, body: Sequence[ast.stmt], loop: ast.For) -> None:
        for node in _leaving(body):
            what = {ast.Break: "break", ast.Return: "return"}[type(node)]
            raise self.source.error(f"a prange can't be left by {what}, as its iterations have no order", node, loop)


def _changed_in_place(node: ast.AST, name: str) -> bool:
    """Whether it is `s += x` somewhere, which changes an array; `s = s + x` makes another one."""
    updates = [inner.target for inner in ast.walk(node) if isinstance(inner, ast.AugAssign)]
    return any(isinstance(target, ast.Name) and target.id == name for target in updates)


def _leaving(body: Sequence[ast.stmt], inner: bool = False) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break) and not inner):
            yield node
        within = inner or isinstance(node, (ast.For, ast.While))
        for field in ("body", "orelse"):
            yield from _leaving(getattr(node, field, []), within)
