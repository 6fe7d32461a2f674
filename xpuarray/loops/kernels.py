"""The source of a loop's kernel: the body as it stands, with what is around it and what is put in the place of parts.

    for i in prange(1, n):        # def f_12(xpu_item, xpu_first0, a, b):
        a[i] = b[i] * 2           #     i = xpu_first0 + xpu_item.get_id(0)
                                  #     a[i] = b[i] * 2

A work-item takes several iterations where there are variables that all of them add to, or memory of an iteration's own
that the body asks for: there is a part of both for each work-item.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from xpuarray.loops.nest import Nest, Span, is_prange, number
from xpuarray.loops.patterns import element_update, joining
from xpuarray.loops.reductions import START
from xpuarray.loops.source import Source

__all__ = ["COUNTS", "Recipe", "filled", "function"]

#: the parameters of a kernel whose work-items take several iterations each
COUNTS = ("xpu_reach", "xpu_stride", "xpu_cap", "xpu_total")


class Recipe(NamedTuple):
    """What a loop's kernel is made by."""

    nest: Nest
    depth: int  #: how many loops are parallel
    names: Sequence[str]  #: parameters: the names that come from outside
    zero_dimensional: frozenset[str]  #: those that hold one element
    reduced: Mapping[str, str]  #: variable that all iterations join values in -> how
    arrays: frozenset[str]  #: those of them that are arrays
    memory: Mapping[str, ast.Assign]  #: array of the iteration's own -> where it is made
    atomic: frozenset[int]  #: numbers of statements that update elements atomically
    cut: bool  #: whether the range is run in parts

    @property
    def several(self) -> bool:
        """Whether a work-item takes several iterations."""
        return bool(self.reduced or self.memory)

    @property
    def parameters(self) -> list[str]:
        firsts = [f"xpu_{('first', 'step')[what]}{k}" for k, what in self.told]
        extents = [f"xpu_extent{k}" for k in range(1, self.depth)] if self.several else []
        parts = [f"{name}_xpu_parts" for name in (*self.reduced, *self.memory)]
        return [*firsts, *(COUNTS if self.several else ()), *extents, *map(self.parameter, self.names), *parts]

    @property
    def told(self) -> list[tuple[int, int]]:
        """Which numbers of loops the kernel is told: (loop, 0 for the first index or 1 for the step)."""
        told = []
        for k, span in enumerate(self.spans):
            step = number(span.step)
            if number(span.start) != 0 or step is None or step < 0 or self.cut:
                told.append((k, 0))
            if step not in (1, -1):
                told.append((k, 1))
        return told

    @property
    def spans(self) -> list[Span]:
        return self.nest.spans[: self.depth]

    def parameter(self, name: str) -> str:
        return f"{name}_xpu_start" if name in self.reduced or name in self.zero_dimensional else name


def function(recipe: Recipe, scope: dict[str, Any]) -> FunctionType:
    """The kernel's function, whose lines are those of the user's file. scope: what its global names mean"""
    nest = recipe.nest
    body = _Body(recipe)
    inside = [body.visit(copy.deepcopy(node)) for node in nest.body(recipe.depth)]
    statements = [s for part in inside for s in (part if isinstance(part, list) else [part])]
    lines = (_several if recipe.several else _one)(recipe)
    return filled(nest.source, nest.node.iter, recipe.parameters, lines, statements, scope)


def filled(
    source: Source, place: ast.expr, parameters: Sequence[str], lines: Sequence[str], body: Sequence[ast.stmt],
    scope: dict[str, Any],
) -> FunctionType:  # fmt: skip
    """The function of a kernel of these lines, with `body` where they say `xpu_body`. place: the loop, for errors"""
    name = f"{source.name}_{place.lineno}"
    tree = ast.parse("\n".join([f"def {name}({', '.join(['xpu_item', *parameters])}):", *lines]))
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            ast.copy_location(node, place)
    _Filled([*body]).visit(tree)
    local: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(tree), source.file, "exec"), scope, local)
    made: FunctionType = local[name]
    made.__module__ = scope.get("__name__", __name__)
    return made


def _index(recipe: Recipe, k: int, position: str) -> str:
    """The line that says where in its loop the iteration is."""
    step = f" * xpu_step{k}" if (k, 1) in recipe.told else ""
    first = f"xpu_first{k} + " if (k, 0) in recipe.told else ""
    return f"    {recipe.spans[k].name} = {first}{position}{step}"


def _values(recipe: Recipe) -> list[str]:
    names = sorted(recipe.zero_dimensional - recipe.reduced.keys())
    return [f"    {name} = {recipe.parameter(name)}[()]" for name in names]


def _one(recipe: Recipe) -> list[str]:
    """One iteration a work-item."""
    indices = [_index(recipe, k, f"xpu_item.get_id({k})") for k in range(recipe.depth)]
    return [*_values(recipe), *indices, "    xpu_body"]


def _several(recipe: Recipe) -> list[str]:
    """Iterations reach*i, reach*i + stride, ... of a work-item, cap of them at most."""
    lines = ["    xpu_id = xpu_item.get_id(0)", *_values(recipe)]
    for name, kind in recipe.reduced.items():
        given = recipe.parameter(name) + "[()]" * (name in recipe.zero_dimensional)
        start = f"{name}_xpu_parts[xpu_id]" if name in recipe.arrays else START[kind].format(given)
        lines.append(f"    {name} = {start}")
    lines += [f"    {name} = {name}_xpu_parts[xpu_id]" for name in recipe.memory]
    last = "(xpu_total - xpu_id * xpu_reach + xpu_stride - 1) // xpu_stride"
    lines += [f"    for xpu_k in range(min(xpu_cap, {last})):"]
    lines += ["        xpu_place = xpu_id * xpu_reach + xpu_k * xpu_stride"]
    indices = []
    for k in range(recipe.depth - 1, 0, -1):
        indices.append(_index(recipe, k, f"(xpu_place % xpu_extent{k})"))
        indices.append(f"    xpu_place = xpu_place // xpu_extent{k}")
    indices.append(_index(recipe, 0, "xpu_place"))
    lines += [f"    {line}" for line in indices]
    lines += ["        xpu_body"]
    lines += [f"    {name}_xpu_parts[xpu_id] = {name}" for name in recipe.reduced if name not in recipe.arrays]
    return lines


class _Filled(ast.NodeTransformer):
    """Puts the body where `xpu_body` stands."""

    def __init__(self, statements: list[ast.stmt]):
        self.statements = statements

    def visit_Expr(self, node: ast.Expr) -> Any:
        return self.statements if isinstance(node.value, ast.Name) and node.value.id == "xpu_body" else node


class _Body(ast.NodeTransformer):
    """What is put in the place of parts of the body."""

    def __init__(self, recipe: Recipe):
        self.recipe = recipe
        self.loops = 0

    def visit(self, node: ast.AST) -> Any:
        number = getattr(node, "xpu_number", None)
        if number is not None and number in self.recipe.atomic:
            return _atomic(node)  # type: ignore[arg-type]
        return super().visit(node)

    def visit_For(self, node: ast.For) -> Any:
        if is_prange(node, self.recipe.nest.meaning):
            assert isinstance(node.iter, ast.Call)
            node.iter.func = ast.copy_location(ast.Name("range", ast.Load()), node.iter.func)
        return self._inner(node)

    def visit_While(self, node: ast.While) -> Any:
        return self._inner(node)

    def _inner(self, node: Any) -> Any:
        self.loops += 1
        made = self.generic_visit(node)
        self.loops -= 1
        return made

    def visit_Continue(self, node: ast.Continue) -> Any:
        return node if self.loops or self.recipe.several else ast.copy_location(ast.Return(), node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in self.recipe.memory:
            return _cleared(node, target.id)
        if isinstance(target, ast.Name) and target.id in self.recipe.arrays:
            return _in_place(node, target.id)
        if len(node.targets) > 1 and all(isinstance(each, ast.Subscript) for each in node.targets):
            return [self.generic_visit(each) for each in _one_by_one(node)]
        return self.generic_visit(node)


def _one_by_one(node: ast.Assign) -> list[ast.Assign]:
    """`x[i] = y[i] = e`: an expression has no value to keep, so the second is read from the first."""
    first = node.targets[0]
    read = copy.deepcopy(first)
    for inner in ast.walk(read):
        if inner is read and hasattr(inner, "ctx"):
            inner.ctx = ast.Load()
    values = [node.value, *[copy.deepcopy(read) for _ in node.targets[1:]]]
    return [ast.copy_location(ast.Assign([t], v), node) for t, v in zip(node.targets, values)]


def _in_place(node: ast.Assign, name: str) -> ast.stmt:
    """`s += x` for `s = s + x`, and `s[...] = np.minimum(s, x)` for `s = ...`, of arrays."""
    found = joining(node, name)
    assert found is not None
    made: ast.stmt
    if found[0] in ("min", "max"):
        made = ast.Assign([ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(Ellipsis), ast.Store())], node.value)
    else:
        op = ast.Add() if found[0] == "add" else ast.Mult()
        made = ast.AugAssign(ast.Name(name, ast.Store()), op, found[1])
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _cleared(node: ast.Assign, name: str) -> ast.stmt:
    """What stands for `q = np.zeros(...)`, whose memory is there."""
    assert isinstance(node.value, ast.Call)
    kind = ast.unparse(node.value.func).rpartition(".")[2]
    if kind == "empty":
        return ast.copy_location(ast.Pass(), node)
    everything = ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(Ellipsis), ast.Store())
    filled = ast.Assign([everything], ast.Constant(0 if kind == "zeros" else 1))
    return ast.fix_missing_locations(ast.copy_location(filled, node))


def _atomic(node: ast.Assign | ast.AugAssign) -> ast.stmt:
    """`AtomicRef(y, i).fetch_add(x)` for `y[i] += x`."""
    found = element_update(node)
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    assert found is not None and isinstance(target, ast.Subscript)
    array, index = target.value, target.slice
    while isinstance(array, ast.Subscript):  # y[i][j]
        outer = array.slice
        joined = [*(outer.elts if isinstance(outer, ast.Tuple) else [outer])]
        joined += [*(index.elts if isinstance(index, ast.Tuple) else [index])]
        array, index = array.value, ast.Tuple(joined, ast.Load())
    reference = ast.Call(ast.Name("xpu_AtomicRef", ast.Load()), [array, index], [])
    called = ast.Call(ast.Attribute(reference, f"fetch_{found[0]}", ast.Load()), [found[1]], [])
    made = ast.Expr(called)
    for inner in ast.walk(made):
        ast.copy_location(inner, node)
    return ast.fix_missing_locations(made)
