"""The rest of a function: Python as it stands, but for its prange loops and for `np`, which means xpuarray.

for i in prange(n):              # found = loop_0((a, n), ((0, n, 1),))
    s += a[i]                    # if found is None:
                                 #     for i in prange(n): ...           # as Python
                                 # else:
                                 #     s, = found
                                 #     i = None; del i                   # no iteration is the last
"""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
from collections.abc import Callable, Container
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import LoopError
from xpuarray.functions.protocols import namespace
from xpuarray.loops.loop import Loop
from xpuarray.loops.names import Uses, assigned, loaded
from xpuarray.loops.nest import ABSENT, Nest, is_prange
from xpuarray.loops.serial import Serial
from xpuarray.loops.source import Source
from xpuarray.loops.surroundings import Surroundings, certain, surroundings

__all__ = ["Hosted"]

_NAMESPACE, _LOCALS, _LOOP = "xpu_namespace", "xpu_locals", "xpu_loop_"


class Hosted:
    """A function as it is called, and its loops."""

    def __init__(self, function: FunctionType, options: Any):
        self.source = Source(function)
        self.options = options
        self.loops: list[Loop | Serial] = []
        self.function = self._made(function)

    def _made(self, function: FunctionType) -> FunctionType:
        tree = self.source.tree
        code = function.__code__
        for node in ast.walk(tree):
            if isinstance(node, ast.For):
                node.xpu_surroundings = surroundings(tree, node)  # type: ignore[attr-defined]  # which copies keep
        rewritten = _Rewritten(self, function)
        tree.decorator_list, tree.returns = [], None
        arguments = tree.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            argument.annotation = None
        arguments.defaults = [ast.copy_location(ast.Constant(None), d) for d in arguments.defaults]
        arguments.kw_defaults = [d and ast.copy_location(ast.Constant(None), d) for d in arguments.kw_defaults]
        tree.body = [s for node in tree.body for s in rewritten.statements(node)]
        cells = dict(zip(code.co_freevars, function.__closure__ or ()))
        cells |= {f"{_LOOP}{k}": CellType(loop) for k, loop in enumerate(self.loops)}
        cells |= {_NAMESPACE: CellType(namespace()), _LOCALS: CellType(locals)}
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


class _Rewritten(ast.NodeTransformer):
    """The function's statements with calls in the place of its loops."""

    def __init__(self, hosted: Hosted, function: FunctionType):
        self.hosted, self.function = hosted, function
        self.inside = 0  #: how many pranges are around, which run as Python where this is reached
        self.functions = 0  #: how many functions inside are around
        code = function.__code__
        self.local = {*code.co_varnames, *code.co_cellvars, *assigned(hosted.source.tree.body)}
        self.cells = dict(zip(code.co_freevars, function.__closure__ or ()))

    def statements(self, node: ast.stmt) -> list[ast.stmt]:
        made = self.visit(node)
        return made if isinstance(made, list) else [made]

    # -- names --------------------------------------------------------------------------------------------
    def value(self, name: str) -> Any:
        """What a name that is no variable of the function's means now."""
        if name in self.cells:
            try:
                return self.cells[name].cell_contents
            except ValueError:
                return ABSENT
        return self.function.__globals__.get(name, getattr(builtins, name, ABSENT))

    def meaning(self, node: ast.AST) -> Any:
        """What a name, or an attribute of a module, means now."""
        if isinstance(node, ast.Name):
            return ABSENT if node.id in self.local else self.value(node.id)
        if isinstance(node, ast.Attribute) and isinstance(outer := self.meaning(node.value), ModuleType):
            return getattr(outer, node.attr, ABSENT)
        return ABSENT

    def visit_Name(self, node: ast.Name) -> Any:
        if not isinstance(node.ctx, ast.Load):
            return node
        value = self.meaning(node)
        if value is np:
            return ast.copy_location(ast.Name(_NAMESPACE, ast.Load()), node)
        name = getattr(value, "__name__", None)
        if isinstance(name, str) and value is getattr(np, name, ABSENT) and hasattr(namespace(), name):
            space = ast.copy_location(ast.Name(_NAMESPACE, ast.Load()), node)
            return ast.copy_location(ast.Attribute(space, name, ast.Load()), node)
        return node

    # -- loops --------------------------------------------------------------------------------------------
    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        for inner in ast.walk(node):
            if is_prange(inner, self.meaning):
                raise self.hosted.source.error("a prange in a function inside: write that outside, under xp.jit", inner)
        self.functions += 1
        made = self.generic_visit(node)
        self.functions -= 1
        return made

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.visit_FunctionDef(node)  # type: ignore[arg-type]

    def visit_For(self, node: ast.For) -> Any:
        if self._is_plain(node):
            return self._plain(node)
        if not is_prange(node, self.meaning):
            return self.generic_visit(node)
        before, node = self._attributes(node)
        try:
            nest = Nest(self.hosted.source, node, self.local, self.meaning)
            self._refuse_outer(nest)
        except LoopError:
            if not self.inside:
                raise
            return self.generic_visit(node)  # its turns are one after the other, as they are in a kernel
        names = [*nest.exposed, *filter(self._is_argument, sorted(nest.globals))]
        number = len(self.hosted.loops)
        scope: Callable[[str], Any] = self.value
        self.hosted.loops.append(Loop(nest, names, scope, self.hosted.options, inner=self.inside > 0))
        spans = "".join(
            f"({', '.join(ast.unparse(self._shown(part)) for part in (span.start, span.stop, span.step))},),"
            for span in nest.spans
        )
        found = f"xpu_found_{number}"
        carried = "".join(f"{name}, " for name in nest.carried)
        private = sorted(nest.set - nest.carried.keys())
        text = [
            f"{found} = {_LOOP}{number}(({''.join(f'{name}, ' for name in names)}), ({spans}))",
            f"if {found} is None:",
            "    xpu_body",
            "else:",
            *([f"    {carried}= {found}"] if carried else []),
            f"    {' = '.join([*private, 'None'])}",
            f"    del {', '.join(private)}",
        ]
        self.inside += 1
        as_python = self.generic_visit(copy.deepcopy(node))
        self.inside -= 1
        return [*before, *_choice(text, node, as_python)]

    def _is_plain(self, node: ast.For) -> bool:
        """Whether it is `for i in range(...)`, of the function itself, with no prange inside."""
        called = node.iter
        return (
            isinstance(called, ast.Call)
            and self.meaning(called.func) is range
            and isinstance(node.target, ast.Name)
            and 1 <= len(called.args) <= 3
            and not called.keywords
            and not any(isinstance(argument, ast.Starred) for argument in called.args)
            and not self.functions
            and not any(is_prange(inner, self.meaning) for inner in ast.walk(node))
        )

    def _plain(self, node: ast.For) -> list[ast.stmt]:
        """For one work-item, if it is about elements."""
        before, loop = self._attributes(node)
        changed = assigned([loop])
        around: Surroundings = node.xpu_surroundings  # type: ignore[attr-defined]
        kept = sorted(changed & (around.live | {*self.function.__code__.co_cellvars}))
        read = Uses([loop], ()).exposed.keys() & self.local
        names = [*read, *sorted({*kept} - read - certain(loop))]
        outside = loaded([loop]) - self.local
        number, turns = len(self.hosted.loops), f"xpu_turns_{len(self.hosted.loops)}"
        given = "".join(f"{self._value(name, changed - around.bound)}, " for name in names)
        arguments = [*filter(self._is_argument, sorted(outside))]
        given += "".join(f"{name}, " for name in arguments)
        loops = self.hosted
        loops.loops.append(
            Serial(loops.source, loop, self.meaning, [*names, *arguments], kept, self.value, loops.options)
        )
        found = f"xpu_found_{number}"
        counted = ast.unparse(self._shown(node.iter))
        text = [
            f"{turns} = {counted}",
            f"{found} = {_LOOP}{number}(({given}), {turns})",
            f"if {found} is None:",
            "    xpu_body",
            *([f"else:\n    {''.join(f'{name}, ' for name in kept)}= {found}"] if kept else []),
        ]
        as_python: Any = self.generic_visit(copy.deepcopy(node))
        as_python.iter = ast.copy_location(ast.Name(turns, ast.Load()), node.iter)
        return [*before, *_choice(text, node, as_python)]

    def _value(self, name: str, unsure: Container[str]) -> str:
        """What a name is, or None if it has no value."""
        return f"{_LOCALS}().get({name!r})" if name in unsure else name

    def _attributes(self, node: ast.For) -> tuple[list[ast.stmt], ast.For]:
        """`self.factor` in a loop is read before it, as an argument of the kernel; with what reads it, and the loop."""
        found: dict[str, ast.Attribute] = {}
        local, changed = self.local, assigned([node])

        class Hoisted(ast.NodeTransformer):
            def visit_Attribute(self, inner: ast.Attribute) -> Any:
                root = inner.value
                if not (isinstance(root, ast.Name) and root.id in local - changed and isinstance(inner.ctx, ast.Load)):
                    return self.generic_visit(inner)
                if hasattr(Array, inner.attr):
                    return inner
                name = f"{root.id}_{inner.attr}_xpu"
                found[name] = inner
                return ast.copy_location(ast.Name(name, ast.Load()), inner)

            def visit_Call(self, call: ast.Call) -> Any:
                if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                    call.args = [self.visit(argument) for argument in call.args]
                    call.keywords = [self.visit(keyword) for keyword in call.keywords]
                    return call
                return self.generic_visit(call)

        made = Hoisted().visit(copy.deepcopy(node))
        self.local |= found.keys()
        reading = [
            ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], inner), node.iter)
            for name, inner in found.items()
        ]
        return [ast.fix_missing_locations(line) for line in reading], made

    def _is_argument(self, name: str) -> bool:
        """Whether what is no variable of the function's may be another one at the next call: an array, or a number of
        a function around. (Global numbers are constants of kernels.)"""
        value = self.value(name)
        return isinstance(value, Array) or (name in self.cells and isinstance(value, (int, float, complex, np.generic)))

    def _refuse_outer(self, nest: Nest) -> None:
        for inner in ast.walk(self.hosted.source.tree):
            if isinstance(inner, (ast.Global, ast.Nonlocal)) and (names := nest.set & {*inner.names}):
                raise nest.source.error(
                    f"`{min(names)}` is a variable of outside, which a prange sets: iterations have no order",
                    nest.node.iter,
                    inner,
                )

    def _shown(self, node: ast.expr) -> ast.expr:
        return self.visit(copy.deepcopy(node))


def _choice(text: list[str], node: ast.For, as_python: ast.AST) -> list[ast.stmt]:
    """Statements of this text, at the place of the loop, with the loop in Python where it says `xpu_body`."""
    tree = ast.parse("\n".join(text))
    for inner in ast.walk(tree):
        if hasattr(inner, "lineno"):
            ast.copy_location(inner, node.iter)
    (choice,) = (statement for statement in tree.body if isinstance(statement, ast.If))
    assert isinstance(as_python, ast.For)
    choice.body = [as_python]
    return tree.body
