"""A walk through one iteration: which parts of arrays it reads and writes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.loops.callees import is_numpy, may_write
from xpuarray.loops.indices import ALL, Numbers, View
from xpuarray.loops.names import assigned
from xpuarray.loops.nest import is_prange, number
from xpuarray.loops.patterns import element_update
from xpuarray.loops.polynomials import Polynomial, constant
from xpuarray.loops.source import Source

__all__ = ["Access", "Walk"]

#: what of an array is no element of it
_ABOUT = ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides")


class Access(NamedTuple):
    """One place in the source where elements are read or written."""

    view: View
    kind: str  #: "read", "write", or by what an element is updated: "add", "min", "max"
    node: Any
    known: tuple[Polynomial, ...]  #: what is 0 or more there

    @property
    def writes(self) -> bool:
        return self.kind != "read"


class Walk:
    """All accesses of a body, in order."""

    def __init__(
        self, numbers: Numbers, source: Source, meaning: Callable[[ast.AST], Any], lookup: Callable[[str], Any],
        reduced: Iterable[str],
    ):  # fmt: skip
        self.numbers, self.source, self._meaning = numbers, source, meaning
        self.accesses: list[Access] = []
        self.views = {name: View(name, (ALL,) * ndim) for name, ndim in numbers.dims.items() if name not in reduced}
        self.own: set[str] = set()  #: variables that hold memory of the iteration's own, or expressions
        self.whole = False  #: whether arrays are used that are no elements
        self._lookup = lookup

    # -- statements --------------------------------------------------------------------------------------
    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                self._assign(node)
            case ast.AnnAssign(value=value) if value is not None:
                self._assign(ast.copy_location(ast.Assign([node.target], value), node))
            case ast.AugAssign():
                self._update(node)
            case ast.If():
                self._read(node.test)
                before = dict(self.numbers.values), dict(self.views)
                self.block(node.body)
                after = dict(self.numbers.values), dict(self.views)
                self.numbers.values, self.views = before
                self.block(node.orelse)
                self._join(*after)
            case ast.For():
                self._for(node)
            case ast.While():
                self._repeated([node], lambda: self._read(node.test), node.body)
            case ast.Expr() | ast.Pass() | ast.Continue() | ast.Break() | ast.Return() | ast.Assert() | ast.Raise():
                for part in ast.iter_child_nodes(node):
                    self._read(part)
            case _:
                raise self.source.error(f"a prange has no place for `{type(node).__name__.lower()}`", node)

    def _join(self, values: dict[str, Polynomial], views: dict[str, View]) -> None:
        mine = self.numbers.values
        self.numbers.forget([name for name in {*mine, *values} if mine.get(name) != values.get(name)])
        for name in {*self.views, *views}:
            a, b = self.views.get(name), views.get(name)
            if a != b:
                known = a or b
                assert known is not None
                self.views[name] = known.unknown()

    def _for(self, node: ast.For) -> None:
        span = self._span(node)
        self._read(node.iter)
        known = len(self.numbers.known)
        low = high = None
        if span is not None:
            start, stop, step = span
            low, high = self.numbers.value(start), self.numbers.value(stop)
            if step < 0:
                low, high = high + constant(1), low + constant(1)

        def begin() -> None:
            self.numbers.forget(assigned([node.target]))
            if low is not None and high is not None and isinstance(node.target, ast.Name):
                variable = self.numbers.values[node.target.id]
                self.numbers.known += [variable - low, high - variable - constant(1)]
            elif span is None and (view := self._view(node.iter)) is not None and isinstance(node.target, ast.Name):
                self._make_part(node.target.id, self.numbers.part(view, ast.Name("any index"), lambda _: False))

        self._repeated([node], begin, node.body)
        del self.numbers.known[known:]
        self.block(node.orelse)

    def _span(self, node: ast.For) -> tuple[ast.expr, ast.expr, int] | None:
        """Start, stop and step of a loop over `range(...)`, or over prange in it."""
        called = node.iter
        if not (isinstance(called, ast.Call) and called.args and not called.keywords):
            return None
        counts = isinstance(called.func, ast.Name) and called.func.id == "range"
        if not counts and not is_prange(node, self._meaning):
            return None
        start, stop = (ast.Constant(0), called.args[0]) if len(called.args) == 1 else called.args[:2]
        step = number(called.args[2]) if len(called.args) > 2 else 1
        return None if not step else (start, stop, step)

    def _repeated(self, changed: Sequence[ast.AST], begin: Callable[[], None], body: Sequence[ast.stmt]) -> None:
        names = assigned(changed)
        self.numbers.forget(names)
        for name in names & self.views.keys():
            self.views[name] = self.views[name].unknown()
        begin()
        self.block(body)
        self.numbers.forget(names)
        for name in names & self.views.keys():
            self.views[name] = self.views[name].unknown()

    def _assign(self, node: ast.Assign) -> None:
        found = element_update(node)
        if found is not None:
            kind, value = found
            self._read(value)
            self._touch(node.targets[0], kind, node)
            return
        self._read(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._set(target.id, node.value)
            elif isinstance(target, (ast.Tuple, ast.List)):
                self._unpack(target, node)
            else:
                self._touch(target, "write", node)

    def _unpack(self, target: ast.Tuple | ast.List, node: ast.Assign) -> None:
        paired = isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(target.elts)
        names = assigned([target])
        self.numbers.forget(names)
        for name in names:
            self.views.pop(name, None)
            self.own.discard(name)
        for k, part in enumerate(target.elts):
            if not isinstance(part, ast.Name):
                self._touch(part, "write", node)
            elif paired and not self._is_number(value := node.value.elts[k]):  # type: ignore[attr-defined]
                self._set(part.id, value)

    def _is_number(self, value: ast.expr) -> bool:
        return self._view(value) is None and not self._is_array(value) and not self._makes_own(value)

    def _makes_own(self, value: ast.expr) -> bool:
        """Whether it is a call of NumPy's, ours or Python's: memory that these return is the iteration's own."""
        if not isinstance(value, ast.Call):
            return isinstance(value, (ast.List, ast.ListComp, ast.Dict))  # which no kernel takes
        called = self._called(value.func)
        home = (getattr(called, "__module__", None) or "").partition(".")[0]
        return home in ("numpy", "xpuarray", "builtins", "math")

    def _called(self, node: ast.expr) -> Any:
        return self._lookup(node.id) if isinstance(node, ast.Name) else self._meaning(node)

    def _set(self, name: str, value: ast.expr) -> None:
        view = self._view(value)
        self.views.pop(name, None)
        self.own.discard(name)
        if view is not None:
            self._make_part(name, view)
            return
        if self._makes_own(value):
            self.own.add(name)
        if self._is_array(value):
            self.own.add(name)
            self.whole = True
            self.numbers.forget([name])
        else:
            self.numbers.values[name] = self.numbers.value(value)

    def _make_part(self, name: str, view: View) -> None:
        if view.ndim:
            self.views[name] = view
        self.numbers.forget([name])

    def _update(self, node: ast.AugAssign) -> None:
        self._read(node.value)
        found = element_update(node)
        kind = found[0] if found is not None else "write"
        if isinstance(node.target, ast.Name):
            if node.target.id in self.views:
                self._record(self.views[node.target.id], kind, node)
            elif node.target.id not in self.own:
                self.numbers.forget([node.target.id])
            return
        self._touch(node.target, kind, node)

    def _touch(self, target: ast.AST, kind: str, node: ast.AST) -> None:
        if not isinstance(target, ast.Subscript):
            return
        self._read(target.slice)
        view = self._view(target)
        if view is not None:
            self._record(view, kind, node)
            return
        root: ast.AST = target
        while isinstance(root, ast.Subscript):
            root = root.value
        if not (isinstance(root, ast.Name) and root.id in self.own):
            what = ast.unparse(root)
            raise self.source.error(f"`{what}` is written to, and the source doesn't say which array that is", node)

    # -- expressions -------------------------------------------------------------------------------------
    def _read(self, node: ast.AST | None) -> None:
        if node is None:
            return
        view = self._view(node)
        if view is not None:
            self._record(view, "read", node)
            self._indices(node)
            return
        match node:
            case ast.Attribute(attr=attr) if attr in _ABOUT:
                return
            case ast.Call(func=ast.Name(id="len")):
                return
            case ast.Call():
                self._call(node)
            case ast.NamedExpr(target=target, value=value):
                self._read(value)
                self._set(target.id, value)
            case _:
                for part in ast.iter_child_nodes(node):
                    self._read(part)

    def _indices(self, node: ast.AST) -> None:
        while isinstance(node, ast.Subscript):
            self._read(node.slice)
            node = node.value

    def _call(self, node: ast.Call) -> None:
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            self._read(node.func.value)
        for argument in arguments:
            self._read(argument)
        if may_write(self._called(node.func), set()):
            for argument in arguments:
                if (view := self._view(argument)) is not None:
                    self._record(view, "write", node)

    def _record(self, view: View, kind: str, node: ast.AST) -> None:
        self.whole |= view.ndim > 0
        if view.ndim and kind not in ("read", "write"):
            kind = "write"  # atomic operations are of elements
        self.accesses.append(Access(view, kind, node, tuple(self.numbers.known)))

    def _view(self, node: ast.AST) -> View | None:
        """The part of an array that it is."""
        if isinstance(node, ast.Name):
            return self.views.get(node.id)
        if isinstance(node, ast.Subscript) and (outer := self._view(node.value)) is not None:
            return self.numbers.part(outer, node.slice, self._is_array)
        if isinstance(node, ast.Attribute) and node.attr in ("T", "mT", "real", "imag"):
            outer = self._view(node.value)
            return None if outer is None else outer.unknown()
        return None

    def _is_array(self, node: ast.AST) -> bool:
        """Whether it is an array, of whatever elements, as far as the source says."""
        if (view := self._view(node)) is not None:
            return view.ndim > 0
        match node:
            case ast.Name(id=name):
                return name in self.own
            case ast.BinOp() | ast.UnaryOp() | ast.Compare():
                return any(self._is_array(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if is_numpy(self._lookup(module)):
                return self._makes_array(name, node)
            case ast.Call(func=ast.Attribute(value=of, attr="copy" | "astype" | "reshape")):
                return self._is_array(of)
            case ast.Subscript(value=value):
                return self._is_array(value) and isinstance(node.slice, (ast.Slice, ast.Tuple))
        return False

    def _makes_array(self, name: str, node: ast.Call) -> bool:
        function = getattr(np, name, None)
        if isinstance(function, np.ufunc) or name in ("where", "dot", "clip"):
            return any(map(self._is_array, node.args))
        if name in ("sum", "prod", "max", "min", "mean", "any", "all", "argmax", "argmin", "vdot"):
            return any(keyword.arg == "axis" for keyword in node.keywords)
        return callable(function) and not isinstance(function, type)
