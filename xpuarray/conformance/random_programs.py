"""Random programs in the kernel language, free of races and of what is left open, from a seed.

Every program is the body of a kernel over a one-dimensional NdRange.  It computes with variables of
three or four types (int64 `i`, uint64 `u`, float32 `f`, float64 `d`), reads arrays anywhere, writes
only its own elements, and exchanges values through local memory, group functions and atomic updates
whose order does not matter.  Barriers stand where all work-items pass: at the top, in loops and
branches that depend on scalars alone, in callees.

Operations on floats are those that IEEE 754 rounds correctly, so that results are the same to the
last bit; what is only nearly so (sine, exponential, ...) goes to an output of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["PARAMETERS", "program"]

#: what every program is given besides its NdItem: see random_kernels.py
PARAMETERS = (
    "a",  # in     (n,)         int64
    "b",  # in     (7, n)       int64, any strides
    "c",  # in     (n,)         int32, reversed
    "u",  # in     (n,)         uint64
    "x",  # in     (n,)         float32, every other
    "y",  # in     (n, 3)       float64 (float32 on devices without), transposed
    "k",  # in     int64
    "z",  # in     float32
    "oi",  # out    (programs, n)  int64
    "of",  # out    (programs, n)  float32
    "od",  # out    (programs, n)  float64, or float32
    "near",  # out  (programs, n)  float32
    "ai",  # inout  (programs, 4)  int32: atomic updates
    "af",  # inout  (programs, 4)  float32: atomic updates
    "ti",  # local  (group,)     int64
    "tf",  # local  (group,)     float32
    "count",  # local  (4,)      int32: atomic updates
)

_CASTS = {"i": "np.int64", "u": "np.uint64", "f": "np.float32", "d": "np.float64"}
_INTEGER = ("+", "-", "*", "//", "%", "&", "|", "^")
_FLOAT = ("+", "-", "*", "/")
_NEAR = {  # function -> where it is called
    "sin": (-10, 10), "cos": (-10, 10), "exp": (-10, 10), "log": (0.5, 10), "atan": (-10, 10), "tanh": (-3, 3),
    "expm1": (-2, 2), "log1p": (0, 10), "sinh": (-3, 3), "asin": (-1, 1),
}  # fmt: skip


class _Writer:
    """The lines of one program, as they come."""

    def __init__(self, chance: random.Random, number: int, doubles: bool):
        self.chance, self.number = chance, number
        self.types = "iufd" if doubles else "iuf"
        self.names: dict[str, list[str]] = {"i": ["i"], "u": ["u[w]"], "f": ["x[w]", "z"], "d": ["y[w, 1]"]}
        self.lines: list[str] = []
        self.depth = 0
        self.made = 0

    # -- expressions -----------------------------------------------------------------------
    def one(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def expression(self, kind: str, size: int = 3) -> str:
        """An expression of type `kind`."""
        if size <= 0 or self.chance.random() < 0.15:
            return self.leaf(kind)
        if kind in "fd":
            return self.real(kind, size - 1)
        return (self.integer if kind == "i" else self.unsigned)(size - 1)

    def leaf(self, kind: str) -> str:
        draw = self.chance
        if draw.random() < 0.6:
            return draw.choice(self.names[kind])
        if kind == "i":
            row = draw.randint(-7, 6)
            return self.one(f"np.int64({self.literal('i')})", "k", "a[w]", "np.int64(c[w])", f"b[{row}, w]", "a[-1]")
        return f"{_CASTS[kind]}({self.literal(kind)})"

    def literal(self, kind: str) -> str:
        if kind == "i":
            return str(self.chance.randint(0, 9))
        if kind == "u":
            return str(self.chance.choice((self.chance.randint(0, 99), self.chance.randint(0, 2**64 - 1))))
        return self.one("0.5", "1.0", "3.0", "0.1", "1e-3", "7.0", "100.0")

    def integer(self, size: int) -> str:
        e = self.expression
        pick = self.chance.randrange(12)
        if pick < 5:
            right = e("i", size) if pick else self.literal("i")  # a plain literal only where its partner has a type
            return f"({e('i', size)} {self.one(*_INTEGER)} {right})"
        return [
            lambda: f"({e('i', size)} {self.one('<<', '>>')} ({e('i', size)} & 63))",
            lambda: f"{self.one('-', '~', 'abs')}({e('i', size)})",
            lambda: f"{self.one('min', 'max')}({e('i', size)}, {e('i', size)})",
            lambda: f"({e('i', size)} if {self.condition(size)} else {e('i', size)})",
            lambda: f"np.int64({e('u', size)})",
            lambda: self.read(size),
            lambda: f"{self.one('mix', 'clamped')}({e('i', size)}, {e('i', size)})",
        ][pick - 5]()

    def read(self, size: int) -> str:
        """An element anywhere: by an index from the start, or by one below zero."""
        index, row = f"({self.expression('i', size)}) % n", self.expression("i", 0)
        return self.one(f"a[{index}]", f"b[{row} % 7, {index}]", f"a[-({index}) - 1]", f"np.int64(c[{index}])")

    def unsigned(self, size: int) -> str:
        left, right = self.expression("u", size), self.expression("u", size)
        return [
            lambda: f"({left} {self.one(*_INTEGER)} {right})",
            lambda: f"({left} {self.one('<<', '>>')} ({right} & np.uint64(63)))",
            lambda: f"np.uint64({self.expression('i', size)})",
            lambda: f"({left} if {self.condition(size)} else {right})",
        ][self.chance.randrange(4)]()

    def real(self, kind: str, size: int) -> str:
        cast = _CASTS[kind]
        left, right = self.expression(kind, size), self.expression(kind, size)
        zero = f"{cast}(0)"  # takes away the sign that a zero may have
        other = "i" if kind == "f" or self.chance.random() < 0.5 else "f"
        pick = self.chance.randrange(10)
        if pick < 5:
            return f"({left} {self.one(*_FLOAT)} {right})"
        return [
            lambda: f"math.sqrt(abs({left}))",
            lambda: f"(np.{self.one('minimum', 'maximum')}({left}, {right}) + {zero})",
            lambda: f"({left} if {self.condition(size)} else {right})",
            lambda: f"{cast}({self.expression(other, size)})",
            lambda: f"({left} % {cast}(3))",
        ][pick - 5]()

    def condition(self, size: int) -> str:
        kind = self.chance.choice(self.types)
        left, right = (self.expression(kind, size - 1) for _ in range(2))
        plain = f"({left} {self.one('<', '<=', '>', '>=', '==', '!=')} {right})"
        if self.chance.random() < 0.2:
            return f"({plain} {self.one('and', 'or')} not ({self.expression('i', 0)} > 3))"
        return plain

    # -- statements ------------------------------------------------------------------------
    def write(self, *lines: str) -> None:
        self.lines += ["    " * self.depth + line for line in lines]

    def new(self, kind: str, value: str) -> str:
        """A new variable; inside a block it must not outlive it."""
        self.made += 1
        name = f"{kind}{self.number}_{self.made}"
        self.write(f"{name} = {value}")
        if not self.depth:
            self.names[kind].append(name)
        return name

    def variable(self) -> tuple[str, str]:
        """One that may be written: not a parameter."""
        kind = self.chance.choice(self.types)
        own = [n for n in self.names[kind] if "_" in n]
        return (kind, self.chance.choice(own)) if own else (kind, self.new(kind, self.expression(kind)))

    def assign(self) -> None:
        kind = self.chance.choice(self.types)
        self.new(kind, self.expression(kind))

    def branch(self) -> None:
        (kind, name), (other, second) = self.variable(), self.variable()
        self.write(f"if {self.condition(2)}:", f"    {name} = {self.expression(kind)}")
        if self.chance.random() < 0.5:
            self.write("else:", f"    {second} = {self.expression(other)}")

    def loop(self) -> None:
        kind, name = self.variable()
        length = self.one("3", "abs(c[w]) % 4", "k % 3 + 1")
        step = self.one("", "", "if step == 2: break", "if step % 2: continue")
        self.write(f"for step in range({length}):")
        if step:
            self.write(f"    {step}")
        self.write(f"    {name} = {self.expression(kind, 2)}")

    def while_loop(self) -> None:
        kind, name = self.variable()
        head = f"while turn < 4 and {self.condition(1)}:"
        self.write("turn = 0", head, f"    {name} = {self.expression(kind, 2)}", "    turn += 1")

    def private(self) -> None:
        self.made += 1
        name = f"own{self.number}_{self.made}"
        self.write(
            f"{name} = PrivateArray(4, np.int64{self.one('', ', True')})",
            "for step in range(4):",
            f"    {name}[step] = {self.expression('i', 1)} + step",
            f"{name}[({self.expression('i', 1)}) % 4] ^= {self.expression('i', 1)}",
        )
        self.new("i", f"{name}[({self.expression('i', 2)}) % 4] - {name}[-1]")

    def exchange(self) -> None:
        """Values change hands through local memory."""
        kind, tile = ("i", "ti") if self.chance.random() < 0.6 else ("f", "tf")
        partner = f"({self.expression('i', 2)}) % items"
        if self.chance.random() < 0.4:
            self.new(kind, f"swap(nd, {tile}, l, {self.expression(kind, 2)}, {partner})")
            return
        self.write(f"{tile}[l] = {self.expression(kind, 2)}", "group_barrier(nd.get_group())")
        self.new(kind, f"{tile}[{partner}]")
        self.write("group_barrier(nd.get_group())")

    def uniform(self) -> None:
        """Exchanges in a loop or branch that all take alike."""
        kind, name = self.variable()
        if kind not in "if":
            kind, name = "i", self.new("i", self.expression("i"))
        head = self.one("for turn in range(k % 3 + 1):", "if k > 2:", "for turn in range(2):")
        tile = {"i": "ti", "f": "tf"}[kind]
        self.write(head)
        self.depth += 1
        self.write(f"{name} = swap(nd, {tile}, l, {self.expression(kind, 1)}, ({self.expression('i', 1)}) % items)")
        self.depth -= 1

    def atomics(self) -> None:
        """Updates of which the order does not matter."""
        operation = ("add", "min", "max", "and", "or", "xor")[self.number % 6]
        value = f"np.int32(({self.expression('i', 2)}) % 1000)"
        self.write(f"AtomicRef(ai, (p, ({self.expression('i', 1)}) % 4)).fetch_{operation}({value})")
        operation = ("add", "min", "max")[self.number % 3]
        value = f"np.float32(({self.expression('i', 2)}) % 16)"  # sums are exact
        self.write(f"AtomicRef(af, (p, {self.expression('i', 0)} % 4)).fetch_{operation}({value})")

    def counting(self) -> None:
        """A histogram in local memory."""
        slot, operation, value = self.expression("i", 2), self.one("add", "max", "or"), self.expression("i", 1)
        self.write(
            "for slot in range(l, 4, items):",
            "    count[slot] = 0",
            "group_barrier(nd.get_group())",
            f"AtomicRef(count, ({slot}) % 4).fetch_{operation}(np.int32(({value}) % 50))",
            "group_barrier(nd.get_group())",
        )
        self.new("i", f"np.int64(count[({self.expression('i', 1)}) % 4])")
        self.write("group_barrier(nd.get_group())")

    def collective(self) -> None:
        value = self.expression("i", 2)
        self.new("i", self.one(
            f"group_reduce(nd.get_group(), {value}, '{self.one('add', 'min', 'max')}')",
            f"group_scan(nd.get_group(), {value}, '{self.one('add', 'min', 'max')}')",
            f"broadcast(nd.get_group(), {value}, 0)",
            f"np.int64(group_{self.one('any', 'all')}(nd.get_group(), {self.condition(2)}))",
        ))  # fmt: skip

    def close(self) -> None:
        """Every variable counts: integers are mixed, the last floats written."""
        total = "i"
        for kind, cast in (("i", ""), ("u", "np.int64")):
            for name in self.names[kind]:
                total = f"mix({total}, {cast}({name}))"
        self.write(f"oi[p, w] = {total}", f"of[p, w] = {self.names['f'][-1]}", f"od[p, w] = {self.names['d'][-1]}")
        name, (low, high) = self.chance.choice(list(_NEAR.items()))
        argument = self.expression("f", 2)
        inside = f"np.minimum(np.maximum({argument}, np.float32({low})), np.float32({high}))"
        self.write(f"near[p, w] = math.{name}({inside})")


def program(seed: int, number: int, doubles: bool, collectives: bool = True) -> list[str]:
    """The lines of program `number` of a seed, which write row `p` of the outputs.

    doubles: whether it may compute in float64
    collectives: whether it may use what a group calls together, beside barriers
    """
    writer = _Writer(random.Random(f"{seed} {number}"), number, doubles)
    writer.new("i", writer.expression("i"))
    writer.new("f", writer.expression("f"))
    if doubles:
        writer.new("d", writer.expression("d"))
    statements: list[Callable[[], None]] = [
        writer.assign, writer.assign, writer.branch, writer.loop, writer.while_loop, writer.private, writer.exchange,
        writer.exchange, writer.uniform, writer.atomics, writer.counting,
    ]  # fmt: skip
    if collectives:
        statements.append(writer.collective)
    for statement in writer.chance.sample(statements, 5):
        statement()
    writer.close()
    return writer.lines
