"""Random expressions of kernels: each has one answer, the same on all devices."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from xpuarray.conformance.fuzz.kernel_nodes import INPUTS, PARAMETERS, Frame, Node, literal, named
from xpuarray.conformance.fuzz.kernel_types import arithmetic, dtypes_of, is_complex, is_float, is_int, join, meet

__all__ = ["Expressions"]


class Expressions:
    """Draws them, from the variables that they may name."""

    def __init__(self, chance: random.Random, frame: Frame, doubles: bool, dpex: bool):
        self.chance, self.shape, self.group, self.dtypes = chance, frame.shape, frame.group, frame.dtypes
        self.doubles = doubles  #: whether it may compute in float64
        self.dpex = dpex  #: whether it says no more than numba-dpex knows, too
        self.names: dict[str, str] = {f"i{k}": "nat" for k in range(len(frame.shape))} | PARAMETERS

    def names_of(self, test: Callable[[str], bool]) -> list[str]:
        return [known for known, kind in self.names.items() if test(kind)]

    def leaf(self, test: Callable[[str], bool] = lambda kind: True) -> Node:
        """A variable, an element or a literal whose type is one of those."""
        chance, names, dtypes = self.chance, self.names_of(test), [d for d in self.dtypes if test(d)]
        literals: list[tuple[Any, str]] = [(n, "nat") for n in (0, 1, 2, 3, 7, 10, 100, 255, 1000)] + [
            (n, "int64") for n in (-1, -3, -100)
        ]
        literals += [(x, "float64") for x in (0.5, 0.1, 3.0, 1e-3, 100.0) if self.doubles]
        values = [(value, kind) for value, kind in literals if test(kind)]
        pick = chance.random()
        if names and (pick < 0.5 or not (dtypes or values)):
            chosen = chance.choice(names)
            return named(chosen, self.names[chosen])
        if dtypes and (pick < 0.85 or not values):
            dtype = chance.choice(dtypes)
            return Node("load", dtype, (f"x_{dtype}", self.index()))
        return literal(*chance.choice(values))

    def index(self) -> Node:
        """An index that is inside: of one of several forms."""
        chance = self.chance
        inside = self.leaf(lambda k: k == "nat")
        form = chance.randrange(5)
        if form == 0 and len(self.shape) > 1:
            inside = Node("binary", "int64", ("-", named("i0", "nat"), named("i1", "nat")))
        if form == 1:
            low = Node("binary", "nat", ("max", inside, literal(0, "nat")))
            return Node("binary", "nat", ("min", low, literal(INPUTS - 1, "nat")))
        rest = Node("binary", "nat", ("%", inside, literal(INPUTS, "nat")))
        return Node("binary", "int64", ("-", rest, literal(INPUTS, "nat"))) if form == 2 else rest

    def expression(self, depth: int = 3, test: Callable[[str], bool] = lambda kind: True) -> Node:
        chance = self.chance
        for _ in range(8):
            made = self.leaf(test) if depth <= 0 or chance.random() < 0.15 else self.operation(depth - 1)
            if made is not None and test(made.kind):
                return made
        return self.leaf(test)

    def operation(self, depth: int) -> Node | None:
        chance = self.chance
        pick = chance.random()
        if pick < 0.6:
            symbol = chance.choice(
                ("+", "-", "*", "+", "-", "*", "/", "//", "%", "&", "|", "^", "<<", ">>", "min", "max")
            )
            return self.binary(symbol, self.expression(depth), self.expression(depth))
        if pick < 0.72:
            a, b = self.expression(depth), self.expression(depth)
            alike = all(map(is_int, (a.kind, b.kind))) or all(is_float(n.kind) or is_complex(n.kind) for n in (a, b))
            if not alike or is_complex(a.kind) != is_complex(b.kind) or "bool" in (a.kind, b.kind):
                return None
            if a.what == b.what == "literal" or self.refused(a, b):
                return None
            kind = join(a.kind, b.kind)
            return None if self.lacks(kind) else Node("choose", kind, (self.condition(depth - 1), a, b))
        if pick < 0.80:
            kind = chance.choice(dtypes_of(self.doubles)[1:])
            a = self.expression(depth)
            if is_int(kind) and is_float(a.kind) and depth < 2:
                return Node("whole", kind, (a,))
            if (is_int(kind) and not is_int(a.kind)) or (is_complex(a.kind) and not is_complex(kind)):
                return None  # out of range it has no answer
            return Node("cast", kind, (a,))
        if pick < 0.85:
            a = self.expression(depth)
            if a.kind == "bool" or is_complex(a.kind) or a.what == "literal":
                return None
            kind = a.kind if is_float(a.kind) or a.kind == "uint64" else "int64"
            symbol = chance.choice(("-", "~")) if is_int(a.kind) else "-"
            return Node("unary", kind, (symbol, a))
        if pick < 0.89:
            return self.power(self.expression(depth))
        if pick < 0.94:
            a = self.expression(depth, is_float)
            return Node("root", a.kind, (a,)) if is_float(a.kind) else None
        a, b = (Node("cast", "int64", (self.expression(depth, is_int),)) for _ in range(2))
        return Node("call", "int64", (chance.choice(("mix", "clamped")), a, b))

    def power(self, a: Node) -> Node | None:
        """By a small literal: compilers make products of it, and so their order is known."""
        if a.what == "literal" or a.kind == "bool" or is_complex(a.kind):
            return None
        if is_float(a.kind):
            return Node("power", a.kind, (a, literal(self.chance.choice((2, 3)), "nat")))
        return None if self.dpex else self.binary("**", a, literal(self.chance.randrange(6), "nat"))

    def lacks(self, kind: str) -> bool:
        return not self.doubles and kind in ("float64", "complex128")

    @staticmethod
    def refused(a: Node, b: Node) -> bool:
        """Whether the compiler refuses them: a negative literal, or what may be one, beside uint64."""
        return "uint64" in (a.kind, b.kind) and any(map(_may_be_negative_literal, (a, b)))

    def binary(self, symbol: str, a: Node, b: Node) -> Node | None:
        if a.what == b.what == "literal":
            return None
        if a.kind == b.kind == "bool" and symbol in ("&", "|", "^", "min", "max"):
            return None  # these are bools again, of which `~` means something else
        if self.refused(a, b):
            return None
        deep = symbol not in ("+", "-", "*") or "binary" in (a.what, b.what)
        if deep and (is_complex(a.kind) or is_complex(b.kind)):
            return None  # rounding differs, and must not grow
        if symbol in ("min", "max") and not (is_int(a.kind) and is_int(b.kind)):
            return None
        if symbol in ("&", "|", "^", "<<", ">>", "min", "max") and not is_int(meet(a.kind, b.kind)):
            return None
        found = arithmetic(symbol, a.kind, b.kind)
        return None if found is None or self.lacks(found[0]) else Node("binary", found[0], (symbol, a, b))

    def condition(self, depth: int = 1) -> Node:
        a = self.comparison(depth)
        if self.chance.random() < 0.85:
            return a
        return Node("both", "bool", (self.chance.choice(("and", "or", "and not", "or not")), a, self.comparison(0)))

    def comparison(self, depth: int) -> Node:
        chance = self.chance
        for _ in range(8):
            a, b = self.expression(depth), self.expression(depth)
            if is_complex(a.kind) or is_complex(b.kind) or a.what == b.what == "literal":
                continue
            if is_int(a.kind) != is_int(b.kind) and self.lacks(meet(a.kind, b.kind)):
                continue
            return Node("compare", "bool", (chance.choice(("<", "<=", ">", ">=", "==", "!=")), a, b))
        return Node("compare", "bool", ("<", named("i0", "nat"), literal(3, "nat")))


def _may_be_negative_literal(node: Node) -> bool:
    """`-3`, `-3 if c else x`: Numba joins the arms of all conditions inside each other at once."""
    if node.what == "choose":
        return any(map(_may_be_negative_literal, node.parts[1:]))
    return node.what == "literal" and node.kind == "int64"
