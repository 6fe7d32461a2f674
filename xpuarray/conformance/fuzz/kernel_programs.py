"""Random kernels, statement by statement."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from xpuarray.conformance.fuzz.kernel_expressions import Expressions
from xpuarray.conformance.fuzz.kernel_nodes import INPUTS, ROWS, Frame, Node, Program, literal, named
from xpuarray.conformance.fuzz.kernel_source import HEADS, NEAR
from xpuarray.conformance.fuzz.kernel_types import DTYPES, dtypes_of, is_complex, is_float, is_int

__all__ = ["bundle"]

_RANGES: tuple[tuple[tuple[int, ...], int], ...] = (
    ((29,), 0), ((64,), 0), ((100,), 0), ((5, 7), 0), ((64, 3), 0), ((2, 3, 5), 0), ((32,), 8), ((21,), 7), ((64,), 32),
)  # fmt: skip
#: arrays of one size, whose stores LLVM may make one
_ALIKE = (
    ("int32", "uint32", "float32", "int64", "uint64", "int8"),
    ("int8", "uint8", "int16", "uint16", "int64", "uint64"),
)
_COLLECTIVES = (
    *(
        f"group_{what}(nd.get_group(), np.int64({{}}), '{op}')"
        for what in ("reduce", "scan")
        for op in ("add", "min", "max")
    ),
    "broadcast(nd.get_group(), np.int64({}), 0)",
    "group_any(nd.get_group(), {})",
    "group_all(nd.get_group(), {})",
)


def bundle(
    seed: int, numbers: Sequence[int], doubles: bool = True, *, divergent: bool = False, dpex: bool = False
) -> list[Program]:
    """Programs of a seed that share a kernel: a range, and five dtypes.

    doubles: whether they may compute in float64
    divergent: whether all that they do is to store in branches that not all items take
    dpex: whether they say no more than numba-dpex knows, too, and that exactly
    """
    chance = random.Random(f"{seed} {numbers[0]}")
    shape, group = chance.choice([r for r in _RANGES if not divergent or r[0][0] >= 64])
    known = [d for d in dtypes_of(doubles) if not (dpex and is_complex(d))]
    dtypes = sorted(chance.sample(chance.choice(_ALIKE) if divergent else known, 5), key=DTYPES.index)
    if not any(map(_is_whole, dtypes)):
        dtypes[-1] = "int64"
    frame = Frame(shape, group, tuple(dtypes), not divergent and chance.random() < 0.4, divergent)
    return [
        Program(number, frame, tuple(_Writer(random.Random(f"{seed} {number}"), frame, doubles, dpex).program()))
        for number in numbers
    ]


def _is_whole(dtype: str) -> bool:
    return is_int(dtype) and dtype != "bool"


class _Writer(Expressions):
    """Statements, with the variables that they make."""

    def __init__(self, chance: random.Random, frame: Frame, doubles: bool, dpex: bool):
        super().__init__(chance, frame, doubles, dpex)
        self.frame = frame
        self.fixed = set(self.names)
        self.made = 0
        # one kind of updates, so that their order does not matter
        self.update = chance.choice(("add", "min", "max", "and", "or", "xor"))

    def program(self) -> list[Node]:
        chance, frame = self.chance, self.frame
        body = [self.let() for _ in range(chance.randint(2, 4))]
        if frame.divergent:
            return body + [self.divergent() for _ in range(chance.randint(2, 4))]
        kinds: list[Callable[[], Node]] = [
            self.branches, self.branches, self.divergent, self.store, self.loop, self.turns, self.own, self.let,
            self.near,
        ]  # fmt: skip
        groups = [self.exchange, self.exchange, self.uniform]
        if frame.updates:
            kinds += [self.atomic, self.atomic]
            groups.append(self.counting)
        if not self.dpex:
            groups.append(self.collective)
        for _ in range(chance.randint(2, 4)):
            body.append(chance.choice(kinds)())
            if frame.group and chance.random() < 0.5:
                body.append(chance.choice(groups)())
        return body + [self.store(self.names_of(lambda k: True)[-1]) for _ in range(2)]

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
            return self.atomic() if self.frame.updates else self.near()
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
        arms: list[tuple[Node, tuple[Node, ...]]] = []
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
        by = self.chance.choice(("barriers", "call"))
        value, partner = self.expression(2, is_int), self.index()
        return Node("exchange", "int64", (by, value, partner, self.new("v", "int64")))

    def uniform(self) -> Node:
        """Exchanges in a loop or a branch that all items take alike."""
        head, value, partner = self.chance.choice(list(HEADS)), self.expression(1, is_int), self.index()
        return Node("uniform", "int64", (head, self.new("v", "int64"), value, partner))

    def collective(self) -> Node:
        """What a group computes together."""
        call = self.chance.choice(_COLLECTIVES)
        value = self.condition() if "_any" in call or "_all" in call else self.expression(2, is_int)
        return Node("collective", "int64", (call, value, self.new("v", "int64")))

    def counting(self) -> Node:
        """A histogram in local memory."""
        slot, pick, value = self.index(), self.index(), self.expression(1, is_int)
        parts = self.chance.choice(("add", "max", "or")), slot, value, pick, self.new("v", "int64")
        return Node("counting", "int64", parts)

    def atomic(self) -> Node:
        """An update of one of four counters, or of four sums."""
        kind = "float32" if self.update in ("add", "min", "max") and self.chance.random() < 0.4 else "int32"
        return Node("atomic", kind, (self.update, self.index(), self.expression(2, is_int)))

    def near(self) -> Node:
        """What is right to some units in the last place is stored, and nothing is made of it."""
        value = self.expression(2, lambda kind: is_int(kind) or is_float(kind))
        return Node(
            "near",
            "float32",
            (self.chance.randrange(ROWS), self.chance.randrange(2), self.chance.choice(list(NEAR)), value),
        )

    # -- what differs between items ------------------------------------------------------------------

    def divergent(self) -> Node:
        """Branches that meet where values differ that are the same for all items of a branch: compilers for vectors
        have to see that they are not the same for all.  Each branch has branches of its own; some items take none.
        """
        chance = self.chance
        dtype = chance.choice(self.whole())
        alike = [d for d in self.whole() if d.lstrip("u") == dtype.lstrip("u")]  # LLVM may make one store of several
        row, form = chance.randrange(1, ROWS), chance.randrange(2)
        arms: list[tuple[Node, tuple[Node, ...]]] = []
        for value in chance.sample(_SAME, chance.choice((2, 2, 3))):
            body = [Node("store", chance.choice(alike) if chance.random() < 0.5 else dtype, (row, form, value))]
            if not arms or chance.random() < 0.2:
                first = Node("store", chance.choice(self.whole()), (0, 0, self.divided()))
                body.insert(int(chance.random() < 0.2), first)
            arms.append((self.uneven(bool(arms)), tuple(body)))
        return Node("if", "", (tuple(arms), ()))

    def whole(self) -> list[str]:
        """The arrays of integers; there is always one."""
        return list(filter(_is_whole, self.dtypes))

    def divided(self) -> Node:
        """A value that is computed in a branch, as it may divide by zero."""
        i = named("i0", "nat")
        quotient = Node("binary", "nat", ("//", literal(255, "nat"), i))
        return Node("choose", "nat", (self.comparison(1), i, quotient))

    def uneven(self, branches: bool) -> Node:
        """A condition on what an item has of its own.

        branches: of what all items have, too, for which that has branches of its own
        """
        chance, k = self.chance, named("k", "int64")
        own: Node = named("i0", "nat")
        if chance.random() < 0.7:
            dtype = chance.choice(self.dtypes if not any(map(is_complex, self.dtypes)) else self.whole())
            own = Node("load", dtype, (f"x_{dtype}", Node("binary", "nat", ("%", own, literal(INPUTS, "nat")))))
        limit: Node | None = literal(chance.choice((3, 7, 10)), "nat")
        if branches and self.doubles and chance.random() < 0.7:
            limit = self.binary(chance.choice(("//", "%")), k, literal(1.5, "float64"))
        elif branches:
            limit = self.binary(chance.choice(("//", "%")), literal(100, "nat"), k)
        return Node("compare", "bool", (chance.choice((">", ">", "<", "<=", "!=")), own, limit))


#: values that all items have
_SAME = (literal(32, "nat"), literal(100, "nat"), literal(200, "nat"), literal(7, "nat"), named("k", "int64"))
