"""What a random kernel leaves behind, computed item by item from its tree: nothing is shared with the compilers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.kernel_programs import Node, Program
from xpuarray.conformance.fuzz.kernel_types import BITS, COMPARE, SUMS, arithmetic, cast, is_int, meet

__all__ = ["interpret"]

Arrays = dict[str, np.ndarray]


def interpret(program: Program, row: int, arrays: Arrays) -> None:
    """Run a program whose rows of the outputs begin at `row`; the outputs among `arrays` are written."""
    items = list(itertools.product(*map(range, program.frame.shape)))
    size = program.frame.group or 1
    with np.errstate(all="ignore"):
        for first in range(0, len(items), size):
            tile: list[int] = [0] * size
            waiting = [_Item(program, row, arrays, items[first + k], tile, k).run() for k in range(size)]
            while waiting:  # all items of a group go on to the next barrier, one after the other
                waiting = [item for item in waiting if next(item, None) is not None]


class _Leave(Exception):  # noqa: N818  a loop is left, or its next turn begun
    pass


class _Item:
    """One work-item's variables, and what it does."""

    def __init__(self, program: Program, row: int, arrays: Arrays, position: tuple[int, ...], tile: list[int], l: int):  # noqa: E741
        self.program, self.row, self.arrays, self.position, self.tile, self.l = program, row, arrays, position, tile, l
        self.names: dict[str, Any] = {f"i{k}": p for k, p in enumerate(position)}

    def run(self) -> Iterator[bool]:
        """The statements; True at each barrier."""
        for node in self.program.body:
            if node.what == "exchange":
                value, partner, name = node.parts
                self.tile[self.l] = cast(self.value(value), "int64")
                yield True
                self.names[name] = self.tile[self.value(partner) % len(self.tile)]
                yield True
            else:
                self.do(node)

    def do_all(self, body: tuple[Node, ...]) -> None:
        for node in body:
            self.do(node)

    # -- statements ---------------------------------------------------------------------------------

    def do(self, node: Node) -> None:
        """One statement."""
        getattr(self, f"do_{node.what}")(node, *node.parts)

    def do_set(self, node: Node, name: str, value: Node) -> None:
        self.names[name] = self.value(value)

    def do_store(self, node: Node, where: int, form: int, value: Node) -> None:
        self.arrays[f"o_{node.kind}"][(self.row + where, *self.position)] = cast(self.value(value), node.kind)

    def do_if(self, node: Node, arms: Any, otherwise: tuple[Node, ...]) -> None:
        for condition, body in arms:
            if self.value(condition):
                return self.do_all(body)
        return self.do_all(otherwise)

    def do_break(self, node: Node, condition: Node) -> None:
        if self.value(condition):
            raise _Leave(node.what)

    do_continue = do_break

    def do_for(self, node: Node, name: str, bounds: tuple[int, ...], body: tuple[Node, ...]) -> None:
        for k in range(*bounds):
            self.names[name] = k
            try:
                self.do_all(body)
            except _Leave as leave:
                if leave.args[0] == "break":
                    return

    def do_while(self, node: Node, turn: str, condition: Node, body: tuple[Node, ...]) -> None:
        for _ in range(3):
            if not self.value(condition):
                return
            self.do_all(body)

    def do_own(self, node: Node, array: str, dtype: str, values: tuple[Node, ...], pick: Node, name: str) -> None:
        kept = [cast(self.value(v), dtype) for v in values]
        self.names[name] = kept[self.value(pick) % 3]

    def do_atomic(self, node: Node, operation: str, index: Node, value: Node) -> None:
        counts, where = self.arrays["counts"], (self.row, self.value(index) % 4)
        new, old = self.value(value) % 1000, int(counts[where])
        made = {"add": old + new, "min": min(old, new), "max": max(old, new), "or": old | new, "xor": old ^ new}
        counts[where] = cast(made[operation], "int32")

    # -- expressions --------------------------------------------------------------------------------

    def value(self, node: Node) -> Any:
        """An expression's: Python's integers, and NumPy's other numbers."""
        return getattr(self, f"value_{node.what}")(node, *node.parts)

    def value_literal(self, node: Node, value: Any) -> Any:
        return value if isinstance(value, int) else np.float64(value)

    def value_name(self, node: Node, name: str) -> Any:
        return self.names[name]

    def value_load(self, node: Node, name: str, index: Node) -> Any:
        value = self.arrays[name][self.value(index)]
        return int(value) if is_int(node.kind) else value

    def value_binary(self, node: Node, symbol: str, a: Node, b: Node) -> Any:
        found = arithmetic(symbol, a.kind, b.kind)
        assert found is not None, node
        return found[1](self.value(a), self.value(b))

    def value_compare(self, node: Node, symbol: str, a: Node, b: Node) -> bool:
        x, y = self.value(a), self.value(b)
        if not (is_int(a.kind) and is_int(b.kind)):
            kind = meet(a.kind, b.kind)
            x, y = cast(x, kind), cast(y, kind)
        return bool(COMPARE[symbol](x, y))

    def value_choose(self, node: Node, condition: Node, a: Node, b: Node) -> Any:
        return cast(self.value(a if self.value(condition) else b), node.kind)

    def value_cast(self, node: Node, value: Node) -> Any:
        return cast(self.value(value), node.kind)

    def value_unary(self, node: Node, symbol: str, value: Node) -> Any:
        x = self.value(value)
        return cast(-x if symbol == "-" else ~x, node.kind)

    def value_root(self, node: Node, value: Node) -> Any:
        return np.sqrt(abs(self.value(value)))

    def value_call(self, node: Node, name: str, a: Node, b: Node) -> int:
        x, y = self.value(a), self.value(b)
        if name == "clamped":
            return y if x > y else cast(SUMS["+"](x, 1), "int64")
        return cast((x ^ BITS[">>"](y, 3)) * 31 + y, "int64")
