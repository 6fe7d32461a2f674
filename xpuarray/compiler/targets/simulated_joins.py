"""Where ways meet, a compiled kernel's variable has one type: Python's has whichever was set last.

    v = x[i]                    # an int32
    if v > 3:
        v = 0.5                 # a float64, and so is v from here on, whichever way was taken
    o[i] = v // 2

So each value of a variable that is set in several places, and of `a if c else b`, goes through a conversion to the type
that Numba's inference finds for it: once for each combination of types of the arguments.  Without a source (or with one
that isn't the function's any more) there is none of this.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
import types as python_types
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from xpuarray.backends.interrupts import on_own_stack
from xpuarray.compiler.targets.simulated_arrays import SimulatedArray
from xpuarray.compiler.targets.simulated_numbers import class_of, kind_of, numba_type, with_doubles
from xpuarray.lang.item import Group, Item, NdItem, SubGroup

__all__ = ["joining"]

_SITE = "join__"  # what the names of conversions begin with
_SCOPES = (ast.Lambda, ast.FunctionDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def joining(function: python_types.FunctionType, body: python_types.FunctionType) -> Callable[..., Any]:
    """`body` (`function`, with stand-ins for what it refers to), with one type for what several values join to."""
    tree = _tree(function)
    if tree is None or not _Sites(tree).count + (_returns(tree) > 1):
        return body
    bodies: dict[Any, Callable[..., Any]] = {}  # as many as there are combinations of types

    def call(*args: Any) -> Any:
        kinds = tuple(map(_kind, args))
        found = bodies.get(kinds)
        if found is None:
            found = bodies[kinds] = _with_types(function, body, kinds)
        return found(*args)

    return call


@on_own_stack
def _with_types(function: python_types.FunctionType, body: python_types.FunctionType, kinds: Any) -> Callable[..., Any]:
    from xpuarray.compiler.targets.inference import inferred

    found: tuple[dict[str, Any], Any] = {}, None
    with contextlib.suppress(Exception):  # of whatever kind: what can't be compiled is not for the simulator to say
        found = inferred(_rewritten(function, function, _named), [_numba_type(kind) for kind in kinds], _SITE)
    types, result = found
    known = {name: made for name, kind in types.items() if (made := _joined(kind))}
    if not known and result is None:
        return body
    made = _rewritten(function, body, lambda name, value: _called(name, value) if name in known else value)
    made.__code__ = with_doubles(made.__code__)
    made.__globals__.update({name: _conversion(kind) for name, kind in known.items()})
    kind = _joined(result)
    return made if kind is None else _returning(made, _conversion(kind))


def _joined(numba_kind: Any) -> Any:
    """The class of numbers of a type that is no literal's own."""
    from numba.core import types

    return None if numba_kind is None or isinstance(numba_kind, types.Literal) else class_of(numba_kind)


def _conversion(made: Any) -> Callable[[Any], Any]:
    return lambda value: value if value.__class__ is made else made(value)


def _returning(body: Callable[..., Any], convert: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *args: convert(body(*args))


# -- the source ---------------------------------------------------------------------------------------


def _tree(function: python_types.FunctionType) -> ast.FunctionDef | None:
    """The function's source, if that is what it was made of."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    if not isinstance(tree, ast.FunctionDef) or tree.name != function.__name__:
        return None
    ast.increment_lineno(tree, first - 1)
    tree.decorator_list = []
    made, known = _code(tree, function), function.__code__
    same = (made.co_code, made.co_names, made.co_varnames) == (known.co_code, known.co_names, known.co_varnames)
    return tree if same else None


def _code(tree: ast.FunctionDef, function: python_types.FunctionType) -> python_types.CodeType:
    """The function's code made of a tree: inside another one, whose variables it may refer to."""
    names = function.__code__.co_freevars
    outer = ast.parse(f"def outer({', '.join(names)}): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [tree]
    module = ast.fix_missing_locations(ast.Module([outer], []))
    whole = compile(module, function.__code__.co_filename, "exec", dont_inherit=True)
    (around,) = (c for c in whole.co_consts if isinstance(c, python_types.CodeType))
    return next(c for c in around.co_consts if isinstance(c, python_types.CodeType) and c.co_name == tree.name)


def _rewritten(
    function: python_types.FunctionType,
    scope: python_types.FunctionType,
    around: Callable[[str, ast.expr], ast.expr],
) -> python_types.FunctionType:
    """The function with something around each value at a site, and with the globals and variables of `scope`."""
    tree = _tree(function)
    assert tree is not None
    code = _code(_Sites(tree, around).tree, function)
    cells = dict(zip(scope.__code__.co_freevars, scope.__closure__ or ()))
    made = python_types.FunctionType(
        code, dict(scope.__globals__), scope.__name__, scope.__defaults__, tuple(cells[n] for n in code.co_freevars)
    )
    made.__kwdefaults__, made.__module__ = scope.__kwdefaults__, scope.__module__
    return made


def _named(name: str, value: ast.expr) -> ast.expr:
    return ast.NamedExpr(ast.Name(name, ast.Store()), value)


def _called(name: str, value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [value], [])


class _Sites(ast.NodeTransformer):
    """Every place where a joined value is read, numbered in the order of the source."""

    def __init__(self, tree: ast.FunctionDef, around: Callable[[str, ast.expr], ast.expr] = lambda name, value: value):
        self.count, self._around = 0, around
        parameters = tree.args.posonlyargs + tree.args.args + tree.args.kwonlyargs
        stores = Counter(parameter.arg for parameter in parameters)
        stores.update(n.id for n in _inside(tree.body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        self._several = {name for name, count in stores.items() if count > 1}
        tree.body = [made for statement in tree.body for made in self._made(statement)]
        self.tree = tree

    def _made(self, statement: ast.stmt) -> list[ast.stmt]:
        made = self.visit(statement)
        return made if isinstance(made, list) else [made]

    def _site(self, node: ast.expr) -> ast.expr:
        self.count += 1
        return ast.copy_location(self._around(f"{_SITE}{self.count}", node), node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._site(node) if isinstance(node.ctx, ast.Load) and node.id in self._several else node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name) or node.target.id not in self._several:
            return node
        target = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        before = ast.Assign([ast.Name(node.target.id, ast.Store())], self._site(target))
        return [ast.copy_location(before, node), node]

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self._visit_test(node)
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return self._site(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return self._site(node)

    def visit_If(self, node: ast.If | ast.While) -> ast.stmt:
        self._visit_test(node)
        node.body = [made for statement in node.body for made in self._made(statement)]
        node.orelse = [made for statement in node.orelse for made in self._made(statement)]
        return node

    visit_While = visit_If  # noqa: N815

    def _visit_test(self, node: ast.If | ast.While | ast.IfExp) -> None:
        node.test = self._tested(node.test)

    def _tested(self, node: ast.expr) -> ast.expr:
        """Of `a and b` in a condition no value is made."""
        if isinstance(node, ast.BoolOp):
            node.values = [self._tested(value) for value in node.values]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self._tested(node.operand)
        else:
            return self.visit(node)
        return node

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, _SCOPES) else super().visit(node)


def _inside(nodes: list[Any]) -> Iterator[ast.AST]:
    """All nodes but those of functions inside."""
    for node in nodes:
        if not isinstance(node, _SCOPES):
            yield node
            yield from _inside(list(ast.iter_child_nodes(node)))


def _returns(tree: ast.FunctionDef) -> int:
    return sum(isinstance(node, ast.Return) for node in _inside(tree.body))


# -- the types of arguments ---------------------------------------------------------------------------

_POSITIONS = (Item, NdItem, Group, SubGroup)


def _kind(value: Any) -> Any:
    """What decides about an argument's type."""
    if isinstance(value, SimulatedArray):
        return SimulatedArray, value.dtype.name, value.ndim
    if isinstance(value, tuple):
        return tuple, *map(_kind, value)
    if isinstance(value, _POSITIONS):
        return type(value), getattr(value, "dimensions", 0)
    return kind_of(value)


def _numba_type(kind: Any) -> Any:
    from numba import from_dtype
    from numba.core import types
    from numpy import dtype

    from xpuarray.compiler.frontend import numba_types
    from xpuarray.compiler.targets.host_target import host_array

    if not isinstance(kind, tuple):
        return numba_type(kind)
    what, *parts = kind
    if what is tuple:
        return types.BaseTuple.from_types([_numba_type(part) for part in parts])
    if what is SimulatedArray:
        return host_array(from_dtype(dtype(parts[0])), parts[1], "A")
    made = getattr(numba_types, f"{what.__name__}Type")
    return made(parts[0]) if parts[0] else made()
