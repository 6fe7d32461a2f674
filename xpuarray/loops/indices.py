"""Which elements an index means: polynomials of the loops' variables, and of what the loops don't change."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from xpuarray.loops.polynomials import Polynomial, constant, impossible, symbol

__all__ = ["ALL", "Extent", "Numbers", "View"]


class Extent(NamedTuple):
    """The indices low <= x < high in one dimension; None: no such bound. fixed: it is one index, and no dimension."""

    low: Polynomial | None
    high: Polynomial | None
    fixed: bool = False


ALL = Extent(None, None)
_ONE = Extent(None, None, True)  # one index, of which nothing is known


class View(NamedTuple):
    """Part of an array."""

    array: str
    extents: tuple[Extent, ...]  #: of the array's dimensions

    @property
    def ndim(self) -> int:
        return sum(not extent.fixed for extent in self.extents)

    def unknown(self) -> View:
        """The same, of which nothing is known but its dimensions."""
        return View(self.array, tuple(_ONE if e.fixed else ALL for e in self.extents))


class Numbers:
    """What is known of integers while a body is walked through."""

    def __init__(self, invariant: dict[str, bool], dims: dict[str, int]):
        self.invariant = invariant  #: name of what the loop doesn't change -> whether it is an integer of 0 or more
        self.dims = dims  #: array -> how many dimensions
        self.values: dict[str, Polynomial] = {}  #: variable of the iteration's own -> its value
        self.facts: list[Polynomial] = []  #: what is 0 or more wherever its symbols are defined
        self.known: list[Polynomial] = []  #: what is 0 or more here
        self.positive = {name for name, positive in invariant.items() if positive}
        self.varying: set[str] = set()  #: symbols that may differ from iteration to iteration
        self._count = 0

    def fresh(self, name: str = "") -> Polynomial:
        """A number of which nothing is known."""
        self._count += 1
        self.varying.add(made := f"{name}#{self._count}")
        return symbol(made)

    def forget(self, names: Iterable[str]) -> None:
        self.values.update({name: self.fresh(name) for name in names})

    def is_positive(self, value: Polynomial) -> bool:
        """Whether it is known to be 0 or more."""
        return impossible([*self.facts, *self.known, -value - constant(1)], self.positive)

    # -- expressions -------------------------------------------------------------------------------------
    def value(self, node: ast.AST) -> Polynomial:
        """What it is, as far as it is known."""
        match node:
            case ast.Constant(value=int(number)):
                return constant(int(number))
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.Name(id=name) if name in self.invariant:
                return symbol(name)
            case ast.UnaryOp(op=ast.USub()):
                return -self.value(node.operand)
            case ast.BinOp(op=ast.Add()):
                return self.value(node.left) + self.value(node.right)
            case ast.BinOp(op=ast.Sub()):
                return self.value(node.left) - self.value(node.right)
            case ast.BinOp(op=ast.Mult()):
                return self.value(node.left) * self.value(node.right)
            case ast.BinOp(op=ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=int(by))) if by > 0:
                return self._divided(node, by)
            case ast.Call(func=ast.Name(id="min" | "max" as name), args=[_, _, *_]):
                made = self.fresh()
                parts = [self.value(part) for part in node.args]
                self.facts += [part - made if name == "min" else made - part for part in parts]
                return made
            case _:
                return self._extent(node) or self._unchanged(node) or self.fresh()

    def _divided(self, node: ast.BinOp, by: int) -> Polynomial:
        whole = self.value(node.left)
        quotient = self._unchanged(node, "//") or self.fresh()
        rest = whole - quotient * constant(by)
        self.facts += [rest, constant(by - 1) - rest]
        return quotient if isinstance(node.op, ast.FloorDiv) else rest

    def _unchanged(self, node: ast.AST, remark: str = "") -> Polynomial | None:
        """The symbol for an expression of numbers that the loop doesn't change."""
        parts = [*ast.walk(node)]
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        plain = all(isinstance(part, (ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.expr_context, ast.operator,
                                      ast.unaryop)) for part in parts)  # fmt: skip
        return symbol(remark + ast.unparse(node)) if plain and names and names <= set(self.invariant) else None

    def _extent(self, node: ast.AST) -> Polynomial | None:
        """The symbol for `x.shape[0]`, `len(x)` and `x.size`."""
        match node:
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=index):
                axis = self.value(index).constant()
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
                axis = 0
            case ast.Attribute(value=ast.Name(id=name), attr="size") if self.dims.get(name) == 1:
                axis = 0
            case _:
                return None
        if name not in self.dims or axis is None or not -self.dims[name] <= axis < self.dims[name]:
            return None
        return self.extent(name, axis % self.dims[name])

    def extent(self, array: str, axis: int) -> Polynomial:
        self.positive.add(name := f"{array}.shape[{axis}]")
        return symbol(name)

    # -- indices -----------------------------------------------------------------------------------------
    def part(self, view: View, index: ast.AST, is_array: Callable[[ast.AST], bool]) -> View:
        """What `view[index]` is."""
        items = [*index.elts] if isinstance(index, ast.Tuple) else [index]
        items = [item for item in items if not (isinstance(item, ast.Constant) and item.value is None)]
        free = [axis for axis, extent in enumerate(view.extents) if not extent.fixed]
        if any(map(is_array, items)) or any(isinstance(item, ast.Starred) for item in items):
            return view.unknown()  # picked by a list of indices, or a mask
        dots = [k for k, item in enumerate(items) if isinstance(item, ast.Constant) and item.value is Ellipsis]
        if dots:
            missing = len(free) - len(items) + 1
            items[dots[0] : dots[0] + 1] = [ast.Slice()] * missing
        extents = [*view.extents]
        for axis, item in zip(free, items):
            extents[axis] = self._within(extents[axis], self.extent(view.array, axis), item)
        return View(view.array, tuple(extents))

    def _within(self, outer: Extent, extent: Polynomial, item: ast.AST) -> Extent:
        whole = outer == ALL
        if isinstance(item, ast.Slice):
            if not whole or not _goes_up(item.step):
                return outer
            low = self._bound(item.lower, extent)
            high = self._bound(item.upper, extent)
            return Extent(low, high)
        value = self.value(item)
        number = value.constant()
        if number is not None and number < 0:
            value, whole = extent + value, whole
            return Extent(value, value + constant(1), True) if whole else _ONE
        if not self.is_positive(value):
            if not whole or not self.is_positive(-value - constant(1)):
                return _ONE
            value = extent + value
        if not whole:
            if outer.low is None:
                return _ONE
            value = outer.low + value
        return Extent(value, value + constant(1), True)

    def _bound(self, node: Any, extent: Polynomial) -> Polynomial | None:
        if node is None:
            return None
        value = self.value(node)
        number = value.constant()
        if number is not None and number < 0:
            return extent + value
        return value if self.is_positive(value) else None


def _goes_up(step: Any) -> bool:
    return step is None or (isinstance(step, ast.Constant) and isinstance(step.value, int) and step.value > 0)
