"""A function's statements, with calls in the place of its loops.

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
import functools
from collections.abc import Callable, Container, Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import LoopError
from xpuarray.functions.protocols import namespace
from xpuarray.loops.around import Around
from xpuarray.loops.loop import Loop
from xpuarray.loops.names import Uses, assigned, declared, loaded
from xpuarray.loops.nest import ABSENT, Nest, is_prange, is_range
from xpuarray.loops.proved import Proved
from xpuarray.loops.serial import Serial, unfit
from xpuarray.loops.source import Source
from xpuarray.loops.surroundings import certain

__all__ = ["LOCALS", "LOOP", "NAMESPACE", "Rewritten"]

#: what the function calls these things by
NAMESPACE, LOCALS, LOOP = "xpu_namespace", "xpu_locals", "xpu_loop_"


class Rewritten(ast.NodeTransformer):
    """The function's statements with calls in the place of its loops."""

    def __init__(
        self, source: Source, loops: list[Loop | Proved | Serial], options: Any, function: FunctionType
    ):  # fmt: skip
        self.source, self.loops, self.options, self.function = source, loops, options, function
        self.inside = 0  #: how many pranges are around, which run as Python where this is reached
        self.read = set[str]()  #: names of attributes that are read before loops
        self.functions = 0  #: how many functions inside are around
        code = function.__code__
        self.local = {*code.co_varnames, *code.co_cellvars, *assigned(source.tree.body)}
        self.seen = {*code.co_cellvars, *declared(source.tree)}  #: variables that other functions may read
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
            return ast.copy_location(ast.Name(NAMESPACE, ast.Load()), node)
        name = getattr(value, "__name__", None)
        if isinstance(name, str) and value is vars(np).get(name, ABSENT) and hasattr(namespace(), name):
            space = ast.copy_location(ast.Name(NAMESPACE, ast.Load()), node)
            return ast.copy_location(ast.Attribute(space, name, ast.Load()), node)
        return node

    # -- loops --------------------------------------------------------------------------------------------
    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        for inner in ast.walk(node):
            if is_prange(inner, self.meaning):
                raise self.source.error("a prange in a function inside: write that outside, under xp.jit", inner)
        self.functions += 1
        made = self.generic_visit(node)
        self.functions -= 1
        return made

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self.visit_FunctionDef(node)  # type: ignore[arg-type]

    def visit_For(self, node: ast.For) -> Any:
        if self._is_plain(node):
            return self._plain(node)
        if self._is_around(node):
            return self._around(node)
        if not is_prange(node, self.meaning):
            return self.generic_visit(node)
        before, node = self._attributes(node)
        try:
            loop = self._loop(node)
        except LoopError:
            if not self.inside:
                raise
            return self.generic_visit(node)  # its turns are one after the other, as they are in a kernel
        nest, given = loop.nest, self._given(self._names(loop.nest))
        self.loops.append(loop)
        private = sorted(nest.set - nest.carried.keys())
        after = [f"{' = '.join([*private, 'None'])}", f"del {', '.join(private)}"]
        self.inside += 1
        as_python: Any = self.generic_visit(copy.deepcopy(node))
        self.inside -= 1
        return [*before, *self._called(loop, given, nest, after, [as_python])]

    def _names(self, nest: Nest) -> list[str]:
        """What comes into the loop from outside."""
        return [*nest.exposed, *filter(self._is_argument, sorted(nest.globals))]

    def _given(self, names: Sequence[str], bound: Container[str] | None = None) -> str:
        """The values of these names; bound: those that have one, where the others are None if they have none."""
        sure = lambda name: bound is None or name in bound or name not in self.local or name in self.read  # noqa: E731
        return "".join(f"{name if sure(name) else f'{LOCALS}().get({name!r})'}, " for name in names)

    def _called(
        self, loop: Loop | Proved, given: str, nest: Nest, after: Sequence[str], otherwise: Sequence[ast.stmt]
    ) -> list[ast.stmt]:  # fmt: skip
        """The call of a parallel loop; what is done after it; and what is done where it doesn't run so."""
        spans = "".join(
            f"({', '.join(ast.unparse(self._shown(part)) for part in (span.start, span.stop, span.step))},),"
            for span in nest.spans
        )
        kept = [f"{''.join(f'{name}, ' for name in nest.carried)}= {{}}"] if nest.carried else []
        return self._choice(loop, f"({given}), ({spans})", [*kept, *after], nest.node, otherwise)

    def _choice(
        self, loop: Loop | Proved | Serial, arguments: str, after: Sequence[str], node: ast.For,
        otherwise: Sequence[ast.stmt],
    ) -> list[ast.stmt]:  # fmt: skip
        """Statements that call the loop, and do `after` ({} is what it returned), or `otherwise` if that is None."""
        number = next(k for k, each in enumerate(self.loops) if each is loop)
        found = f"xpu_found_{number}"
        text = [f"{found} = {LOOP}{number}({arguments})", f"if {found} is None:", "    pass"]
        text += ["else:", *(f"    {line.format(found)}" for line in after)] if after else []
        call, choice = ast.parse("\n".join(text)).body
        for inner in (*ast.walk(call), *ast.walk(choice)):
            if hasattr(inner, "lineno"):
                ast.copy_location(inner, node.iter)
        assert isinstance(choice, ast.If)
        choice.body = [*otherwise]
        return [call, choice]

    # -- plain loops --------------------------------------------------------------------------------------
    def _is_plain(self, node: ast.AST) -> bool:
        """Whether it is `for i in range(...)`, of the function itself, with no prange inside."""
        return is_range(node, self.meaning) and not self.functions and not self._has_prange(node)

    def _is_around(self, node: ast.AST) -> bool:
        """Whether it is one with pranges inside, which are parallel."""
        outermost = not self.functions and not self.inside and not self.options.auto
        return outermost and is_range(node, self.meaning) and self._has_prange(node)

    def _has_prange(self, node: ast.AST) -> bool:
        return any(is_prange(inner, self.meaning) for inner in ast.walk(node))

    def _around(self, node: ast.For) -> Any:
        """As compiled code that starts the pranges inside; or as Python."""
        before, loop = self._attributes(node)
        try:
            loops = {prange: self._loop(prange) for prange in _outermost(loop, self.meaning)}
        except LoopError:  # which is for the prange to say
            return self.generic_visit(node)
        around = node.xpu_surroundings  # type: ignore[attr-defined]
        kept = assigned([loop]) & (around.live | self.seen)
        return [*before, *self._serial(node, loop, kept, around.bound, functools.partial(Around, loops=loops))]

    def _loop(self, node: ast.For) -> Loop:
        nest = Nest(self.source, node, self.local, self.meaning)
        self._refuse_outer(nest)
        return Loop(nest, self._names(nest), self.value, self.options, optional=self.inside > 0)

    def _plain(self, node: ast.For) -> list[ast.stmt]:
        """In parallel, if that is asked for and proved; for one work-item, if it is about elements; or as Python."""
        before, loop = self._attributes(node)
        changed, around = assigned([loop]), node.xpu_surroundings  # type: ignore[attr-defined]
        kept = changed & (around.live | self.seen)
        if not self.options.auto:
            return [*before, *self._serial(node, loop, kept, around.bound, Serial)]
        proved, nest = self._proved(loop, kept)
        serial = self._serial(node, loop, kept, around.bound, functools.partial(Serial, proved=proved))
        if nest is None:
            return [*before, *serial]
        given = self._given(self._names(nest), around.bound)
        return [*before, *self._called(proved, given, nest, (), serial)]

    def _serial(
        self, node: ast.For, loop: ast.For, kept: set[str], bound: Container[str], make: Callable[..., Serial]
    ) -> list[ast.stmt]:  # fmt: skip
        """The loop, as it stands and as it is with attributes read before it, for one work-item."""
        read = Uses([loop], ()).exposed.keys() & self.local
        names = [*sorted(read), *sorted(kept - read - certain(loop))]
        arguments = [*filter(self._is_argument, sorted(loaded([loop]) - self.local))]
        made = make(self.source, loop, self.meaning, [*names, *arguments], sorted(kept), self.value, self.options)
        self.loops.append(made)
        turns = f"xpu_turns_{len(self.loops) - 1}"
        counted = ast.copy_location(ast.Assign([ast.Name(turns, ast.Store())], self._shown(node.iter)), node.iter)
        as_python: Any = self.generic_visit(copy.deepcopy(node))
        as_python.iter = ast.copy_location(ast.Name(turns, ast.Load()), node.iter)
        given = f"({self._given([*names, *arguments], bound)}), {turns}"
        after = [f"{''.join(f'{name}, ' for name in sorted(kept))}= {{}}"] if kept else []
        return [ast.fix_missing_locations(counted), *self._choice(made, given, after, node, [as_python])]

    def _proved(self, loop: ast.For, kept: set[str]) -> tuple[Proved, Nest | None]:
        """What runs it in parallel if it can, and its nest if it may."""
        why: LoopError | None = None
        if (node := unfit(loop)) is not None:
            why = self.source.error("no kernel has this", node)
        nest = None
        try:
            nest = Nest(self.source, loop, self.local, self.meaning, plain=True) if why is None else None
        except LoopError as error:
            why = error
        if nest is not None and (read := kept - nest.carried.keys()):
            why = self.source.error(f"`{min(read)}` is read after it, and its turns would have no order", loop.iter)
        parallel = None
        if nest is not None and why is None:
            parallel = Loop(nest, self._names(nest), self.value, self.options, optional=True)
        self.loops.append(proved := Proved(parallel, loop.lineno, str(why)))
        return proved, nest if parallel else None

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
        self.read |= found.keys()
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
        for inner in ast.walk(self.source.tree):
            if isinstance(inner, (ast.Global, ast.Nonlocal)) and (names := nest.set & {*inner.names}):
                raise nest.source.error(
                    f"`{min(names)}` is a variable of outside, which a prange sets: iterations have no order",
                    nest.node.iter,
                    inner,
                )

    def _shown(self, node: ast.expr) -> ast.expr:
        return self.visit(copy.deepcopy(node))


def _outermost(node: ast.AST, meaning: Callable[[ast.AST], Any]) -> Iterator[ast.For]:
    """The outermost pranges in it."""
    for inner in ast.iter_child_nodes(node):
        if is_prange(inner, meaning):
            assert isinstance(inner, ast.For)
            yield inner
        else:
            yield from _outermost(inner, meaning)
