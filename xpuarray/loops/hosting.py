"""A function as it is called: Python as it stands, but for its loops, and for `np`, which means xpuarray."""

from __future__ import annotations

import ast
import inspect
from types import CellType, FunctionType
from typing import Any

from xpuarray.functions.protocols import namespace
from xpuarray.loops.loop import Loop
from xpuarray.loops.proved import Proved
from xpuarray.loops.rewriting import LOCALS, LOOP, NAMESPACE, Rewritten
from xpuarray.loops.serial import Serial
from xpuarray.loops.source import Source
from xpuarray.loops.surroundings import surroundings

__all__ = ["Hosted"]


class Hosted:
    """A function as it is called, and its loops."""

    def __init__(self, function: FunctionType, options: Any):
        self.source = Source(function)
        self.options = options
        self.loops: list[Loop | Proved | Serial] = []
        self.function = self._made(function)

    def _made(self, function: FunctionType) -> FunctionType:
        tree = self.source.tree
        code = function.__code__
        for node in ast.walk(tree):
            if isinstance(node, ast.For):
                node.xpu_surroundings = surroundings(tree, node)  # type: ignore[attr-defined]  # which copies keep
        rewritten = Rewritten(self.source, self.loops, self.options, function)
        tree.decorator_list, tree.returns = [], None
        arguments = tree.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            argument.annotation = None
        arguments.defaults = [ast.copy_location(ast.Constant(None), d) for d in arguments.defaults]
        arguments.kw_defaults = [d and ast.copy_location(ast.Constant(None), d) for d in arguments.kw_defaults]
        tree.body = [s for node in tree.body for s in rewritten.statements(node)]
        cells = dict(zip(code.co_freevars, function.__closure__ or ()))
        cells |= {f"{LOOP}{k}": CellType(loop) for k, loop in enumerate(self.loops)}
        cells |= {NAMESPACE: CellType(namespace()), LOCALS: CellType(locals)}
        outer = ast.parse(f"def xpu_outer({', '.join(cells)}):\n    pass")
        (around,) = outer.body
        assert isinstance(around, ast.FunctionDef)
        around.body = [tree]
        module = compile(ast.fix_missing_locations(outer), self.source.file, "exec", dont_inherit=True)
        inner = _code_of(_code_of(module, "xpu_outer"), tree.name)
        made = FunctionType(
            inner, function.__globals__, function.__name__, function.__defaults__,
            tuple(cells[name] for name in inner.co_freevars),
        )  # fmt: skip
        made.__kwdefaults__ = function.__kwdefaults__
        return made


def _code_of(code: Any, name: str) -> Any:
    return next(c for c in code.co_consts if inspect.iscode(c) and c.co_name == name)
