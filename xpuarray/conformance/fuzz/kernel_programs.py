"""Random kernels as trees: what they compute, and their source.

A program is a list of statements over the items of one range.  It writes its own elements of an array of each dtype,
reads arrays anywhere, and in an NdRange exchanges values through local memory, with barriers where all items pass.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from xpuarray.conformance.fuzz.kernel_types import DTYPES, arithmetic, is_complex, is_float, is_int, join, meet

__all__ = ["INPUTS", "ROWS", "Frame", "Node", "Program", "dtypes_of", "frame_of", "generate", "lines"]

#: elements of each input
INPUTS = 23
#: rows of each output that a program has
ROWS = 3


@dataclasses.dataclass(frozen=True)
class Node:
    """An expression or a statement: what it is, its type, and its parts."""

    what: str
    kind: str
    parts: tuple[Any, ...] = ()


@dataclasses.dataclass(frozen=True)
class Frame:
    """What programs of one kernel share."""

    shape: tuple[int, ...]  #: of the range
    group: int  #: items a group; 0: a plain Range
    dtypes: tuple[str, ...]  #: of the arrays


@dataclasses.dataclass(frozen=True)
class Program:
    """One random kernel."""

    number: int
    frame: Frame
    body: tuple[Node, ...]


def frame_of(chance: random.Random, doubles: bool) -> Frame:
    """A range, and five dtypes."""
    shape, group = chance.choice(_RANGES)
    return Frame(shape, group, tuple(sorted(chance.sample(dtypes_of(doubles), 5), key=DTYPES.index)))


_RANGES: tuple[tuple[tuple[int, ...], int], ...] = (
    ((29,), 0), ((64,), 0), ((5, 7), 0), ((8, 8), 0), ((2, 3, 5), 0), ((32,), 8), ((21,), 7),
)  # fmt: skip


def dtypes_of(doubles: bool) -> list[str]:
    """All that a device has."""
    return [d for d in DTYPES if doubles or d not in ("float64", "complex128")]


def generate(seed: int, number: int, frame: Frame, doubles: bool = True) -> Program:
    """Program `number` of a seed."""
    writer = _Writer(random.Random(f"{seed} {number}"), frame, doubles)
    return Program(number, frame, tuple(writer.program()))


def literal(value: Any, kind: str) -> Node:
    return Node("literal", kind, (value,))


class _Writer:
    """Statements and expressions, with the variables that they may name."""

    def __init__(self, chance: random.Random, frame: Frame, doubles: bool):
        self.chance, self.shape, self.group, self.dtypes = chance, frame.shape, frame.group, frame.dtypes
        self.doubles = doubles
        self.names: dict[str, str] = {f"i{k}": "nat" for k in range(len(frame.shape))}
        self.fixed = set(self.names)
        self.made = 0
        self.update = chance.choice(("add", "min", "max", "or", "xor"))  # one, so that the order does not matter

    def program(self) -> list[Node]:
        chance, body = self.chance, []
        for _ in range(chance.randint(2, 4)):
            body.append(self.let())
        kinds: list[Callable[[], Node]] = [
            self.branches, self.branches, self.branches, self.store, self.loop, self.turns, self.own, self.let,
            self.atomic,
        ]  # fmt: skip
        for _ in range(chance.randint(2, 4)):
            body.append(chance.choice(kinds)())
            if self.group and chance.random() < 0.5:
                body.append(self.exchange())
        body += [self.store(self.names_of(lambda k: True)[-1]) for _ in range(2)]
        return body

    # -- expressions --------------------------------------------------------------------------------

    def names_of(self, test: Callable[[str], bool]) -> list[str]:
        return [name for name, kind in self.names.items() if test(kind)]

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
            name = chance.choice(names)
            return Node("name", self.names[name], (name,))
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
            inside = Node("binary", "int64", ("-", Node("name", "nat", ("i0",)), Node("name", "nat", ("i1",))))
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
        if pick < 0.82:
            kind = chance.choice(dtypes_of(self.doubles)[1:])
            a = self.expression(depth)
            if (is_int(kind) and not is_int(a.kind)) or (is_complex(a.kind) and not is_complex(kind)):
                return None  # out of range it has no answer
            return Node("cast", kind, (a,))
        if pick < 0.88:
            a = self.expression(depth)
            if a.kind == "bool" or is_complex(a.kind) or a.what == "literal":
                return None
            kind = a.kind if is_float(a.kind) or a.kind == "uint64" else "int64"
            symbol = chance.choice(("-", "~")) if is_int(a.kind) else "-"
            return Node("unary", kind, (symbol, a))
        if pick < 0.94:
            a = self.expression(depth, is_float)
            return Node("root", a.kind, (a,)) if is_float(a.kind) else None
        a, b = (Node("cast", "int64", (self.expression(depth, is_int),)) for _ in range(2))
        return Node("call", "int64", (chance.choice(("mix", "clamped")), a, b))

    def lacks(self, kind: str) -> bool:
        return not self.doubles and kind in ("float64", "complex128")

    @staticmethod
    def refused(a: Node, b: Node) -> bool:
        """Whether the compiler refuses them: a negative literal beside uint64."""
        return "uint64" in (a.kind, b.kind) and any(n.what == "literal" and n.kind == "int64" for n in (a, b))

    def binary(self, symbol: str, a: Node, b: Node) -> Node | None:
        if a.what == b.what == "literal" or (a.kind == b.kind == "bool" and symbol in "&|^"):
            return None
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
        chance = self.chance
        for _ in range(8):
            a, b = self.expression(depth), self.expression(depth)
            if is_complex(a.kind) or is_complex(b.kind) or a.what == b.what == "literal":
                continue
            if is_int(a.kind) != is_int(b.kind) and self.lacks(meet(a.kind, b.kind)):
                continue
            return Node("compare", "bool", (chance.choice(("<", "<=", ">", ">=", "==", "!=")), a, b))
        return Node("compare", "bool", ("<", Node("name", "nat", ("i0",)), literal(3, "nat")))

    # -- statements ---------------------------------------------------------------------------------

    def new(self, prefix: str, kind: str) -> str:
        self.made += 1
        name = f"{prefix}{self.made}"
        self.names[name] = kind
        return name

    def let(self) -> Node:
        value = self.expression(3, lambda kind: kind != "bool")
        if value.what == "literal":
            value = Node("cast", value.kind if value.kind != "nat" else "int64", (value,))
        return Node("set", value.kind, (self.new("v", value.kind), value))

    def set(self) -> Node:
        """A variable's new value, of its type."""
        names = [n for n in self.names if n not in self.fixed and n.startswith("v")]
        if not names:
            return self.store()
        name = self.chance.choice(names)
        kind = self.names[name]
        value = self.expression(2, lambda k: is_int(k) if is_int(kind) else k == kind)
        if value.kind != kind or value.what == "literal":
            if kind == "nat":
                value = Node("binary", "nat", ("%", Node("cast", "int64", (value,)), literal(97, "nat")))
            else:
                value = Node("cast", kind, (value,))
        return Node("set", kind, (name, value))

    def store(self, name: str = "") -> Node:
        """One's own element of an output."""
        value = self.expression(3)
        if name:
            value = Node("name", self.names[name], (name,))
        fitting = [d for d in self.dtypes if self.fits(value.kind, d)]
        if not fitting:  # there is a counter for whatever it is
            return self.atomic()
        dtype = self.chance.choice(fitting)
        form = self.chance.randrange(3)
        return Node("store", dtype, (self.chance.randrange(ROWS), form, value))

    @staticmethod
    def fits(kind: str, dtype: str) -> bool:
        """Whether a conversion has one answer."""
        if is_int(kind):
            return dtype != "bool" and not is_complex(dtype)
        return is_complex(dtype) if is_complex(kind) else is_float(dtype)

    def block(self, size: int) -> tuple[Node, ...]:
        before = dict(self.names)
        body = tuple(self.chance.choice((self.set, self.store, self.store))() for _ in range(size))
        self.names = before
        return body

    def branches(self, depth: int = 2) -> Node:
        """Divergent: stores to several arrays under nested conditions."""
        chance = self.chance
        arms = []
        for _ in range(chance.randint(1, 3)):
            condition = self.condition()
            body = self.block(chance.randint(1, 2))
            if depth and chance.random() < 0.4:
                body += (self.branches(depth - 1),)
            arms.append((condition, body))
        otherwise = self.block(1) if chance.random() < 0.6 else ()
        return Node("if", "", (tuple(arms), otherwise))

    def loop(self) -> Node:
        chance = self.chance
        name = f"k{self.made + 1}"
        self.made += 1
        bounds = chance.choice(((3,), (1, 5), (0, 7, 2), (-2, 3)))
        before = dict(self.names)
        self.names[name] = "nat" if bounds[0] >= 0 else "int64"
        self.fixed.add(name)
        leave = Node(chance.choice(("break", "continue")), "", (self.condition(),)) if chance.random() < 0.5 else None
        body = self.block(chance.randint(1, 2))
        self.names = before
        return Node("for", "", (name, bounds, (leave, *body) if leave else body))

    def turns(self) -> Node:
        self.made += 1
        return Node("while", "", (f"t{self.made}", self.condition(), self.block(1)))

    def own(self) -> Node:
        """An array of the item's own."""
        dtype = self.chance.choice(DTYPES[1:9])
        values = tuple(self.expression(2, is_int) for _ in range(3))
        pick = self.index()
        kind = dtype
        self.made += 1
        array = f"own{self.made}"
        return Node("own", kind, (array, dtype, values, pick, self.new("v", kind)))

    def exchange(self) -> Node:
        value = self.expression(2, is_int)
        partner = self.index()
        return Node("exchange", "int64", (value, partner, self.new("v", "int64")))

    def atomic(self) -> Node:
        """An update of one of four counters."""
        return Node("atomic", "int32", (self.update, self.index(), self.expression(2, is_int)))


# -- source ---------------------------------------------------------------------------------------------


def text(node: Node, own: str) -> str:
    """The source of an expression; variables get the prefix `own`."""
    what, parts = node.what, node.parts

    def of(n: Node) -> str:
        return text(n, own)

    if what == "literal":
        return f"({parts[0]})" if str(parts[0]).startswith("-") else str(parts[0])
    if what == "name":
        return parts[0] if parts[0] in ("i0", "i1", "i2") else own + parts[0]
    if what == "load":
        return f"{parts[0]}[{of(parts[1])}]"
    if what in ("binary", "compare"):
        symbol, a, b = parts
        return f"{symbol}({of(a)}, {of(b)})" if symbol in ("min", "max") else f"({of(a)} {symbol} {of(b)})"
    if what == "choose":
        return f"({of(parts[1])} if {of(parts[0])} else {of(parts[2])})"
    if what == "cast":
        return f"np.{node.kind}({of(parts[0])})"
    if what == "unary":
        return f"({parts[0]}{of(parts[1])})"
    if what == "root":
        return f"np.sqrt(abs({of(parts[0])}))"
    return f"{parts[0]}({of(parts[1])}, {of(parts[2])})"  # call


def lines(program: Program, row: int) -> list[str]:
    """The source of a program's body, whose rows of the outputs begin at `row`."""
    own = f"p{row}_"
    return _block(program.body, own, row, len(program.frame.shape), "") or ["pass"]


def _block(body: tuple[Node, ...], own: str, row: int, ndim: int, indent: str) -> list[str]:
    made = [line for node in body for line in _statement(node, own, row, ndim)]
    return [indent + line for line in made]


def _statement(node: Node, own: str, row: int, ndim: int) -> list[str]:
    what, parts = node.what, node.parts

    def of(n: Node) -> str:
        return text(n, own)

    def block(body: tuple[Node, ...]) -> list[str]:
        return _block(body, own, row, ndim, "    ") or ["    pass"]

    if what == "set":
        return [f"{own}{parts[0]} = {of(parts[1])}"]
    if what == "store":
        where, form, value = parts
        first = f"i0 - o_{node.kind}.shape[1]" if form == 1 else "i0"
        position = ", ".join([str(row + where), first, *(f"i{k}" for k in range(1, ndim))])
        return [f"o_{node.kind}[{position}] = {of(value)}"]
    if what == "if":
        made = []
        for k, (condition, body) in enumerate(parts[0]):
            made += [f"{'elif' if k else 'if'} {of(condition)}:", *block(body)]
        return made + (["else:", *block(parts[1])] if parts[1] else [])
    if what in ("break", "continue"):
        return [f"if {of(parts[0])}:", f"    {what}"]
    if what == "for":
        return [f"for {own}{parts[0]} in range({', '.join(map(str, parts[1]))}):", *block(parts[2])]
    if what == "while":
        turn = own + parts[0]
        return [f"{turn} = 0", f"while {turn} < 3 and {of(parts[1])}:", *block(parts[2]), f"    {turn} += 1"]
    if what == "own":
        array, dtype, values, pick, name = parts
        made = [f"{own}{array} = PrivateArray(3, np.{dtype})"]
        made += [f"{own}{array}[{k}] = {of(v)}" for k, v in enumerate(values)]
        return [*made, f"{own}{name} = {own}{array}[({of(pick)}) % 3]"]
    if what == "exchange":
        value, partner, name = parts
        barrier = "group_barrier(nd.get_group())"
        return [f"tile[l] = {of(value)}", barrier, f"{own}{name} = tile[({of(partner)}) % items]", barrier]
    operation, index, value = parts  # atomic
    return [f"AtomicRef(counts, ({row}, ({of(index)}) % 4)).fetch_{operation}(np.int32(({of(value)}) % 1000))"]
