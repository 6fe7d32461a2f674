"""What a random kernel leaves behind, computed item by item from its tree: nothing is shared with the compilers."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from xpuarray.conformance.fuzz.kernel_nodes import PARAMETERS, Node, Program
from xpuarray.conformance.fuzz.kernel_source import HEADS, NEAR
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


#: what a group, or an update, makes of several numbers
_COMBINED: dict[str, Callable[[Sequence[int]], int]] = {
    "'add'": sum,
    "'min'": min,
    "'max'": max,
    "_any": any,
    "_all": all,
    **{
        f"'{name}'": functools.partial(functools.reduce, function)
        for name, function in (("and", operator.and_), ("or", operator.or_), ("xor", operator.xor))
    },
}


def _numpys(name: str) -> Any:
    """NumPy's function for one of `math` or of its own."""
    return getattr(np, name.split(".")[1].replace("asin", "arcsin"))


class _Item:
    """One work-item's variables, and what it does."""

    def __init__(self, program: Program, row: int, arrays: Arrays, position: tuple[int, ...], tile: list[int], l: int):  # noqa: E741
        self.program, self.row, self.arrays, self.position, self.tile, self.l = program, row, arrays, position, tile, l
        self.names: dict[str, Any] = {name: arrays[name] for name in PARAMETERS}
        self.names |= {f"i{k}": p for k, p in enumerate(position)}

    def run(self) -> Iterator[bool]:
        """The statements; True at each barrier."""
        for node in self.program.body:
            together = getattr(self, f"meet_{node.what}", None)
            if together is None:
                self.do(node)
            else:
                yield from together(node, *node.parts)

    # -- what a group does together: True at each barrier ------------------------------------------------

    def exchanged(self, value: int) -> Iterator[bool]:
        """The tile holds what all items brought."""
        self.tile[self.l] = value
        yield True
        self.brought = list(self.tile)
        yield True

    def meet_exchange(self, node: Node, by: str, value: Node, partner: Node, name: str) -> Iterator[bool]:
        other = self.value(partner) % len(self.tile)
        yield from self.exchanged(cast(self.value(value), "int64"))
        self.names[name] = self.brought[other]

    def meet_uniform(self, node: Node, head: str, name: str, value: Node, partner: Node) -> Iterator[bool]:
        self.names[name] = 0
        for _ in range(HEADS[head][1](self.names["k"])):
            other = self.value(partner) % len(self.tile)
            yield from self.exchanged(self.names[name] ^ cast(self.value(value), "int64"))
            self.names[name] = self.brought[other]

    def meet_collective(self, node: Node, call: str, value: Node, name: str) -> Iterator[bool]:
        yield from self.exchanged(cast(self.value(value), "int64"))
        several = self.brought[: self.l + 1] if "scan" in call else self.brought
        found = next((made for word, made in _COMBINED.items() if word in call), None)
        self.names[name] = several[0] if found is None else cast(found(several), "int64")

    def meet_counting(
        self, node: Node, operation: str, slot: Node, value: Node, pick: Node, name: str
    ) -> Iterator[bool]:
        where, new = self.value(slot) % 4, self.value(value) % 50
        yield from self.exchanged(where * 50 + new)
        pick_ = self.value(pick) % 4
        mine = [n % 50 for n in self.brought if n // 50 == pick_]
        self.names[name] = _COMBINED[f"'{operation}'"]([0, *mine])

    # -- statements ---------------------------------------------------------------------------------

    def do_all(self, body: tuple[Node, ...]) -> None:
        for node in body:
            self.do(node)

    def do(self, node: Node) -> None:
        """One statement."""
        getattr(self, f"do_{node.what}")(node, *node.parts)

    def do_set(self, node: Node, name: str, value: Node) -> None:
        self.names[name] = self.value(value)

    def do_store(self, node: Node, where: int, form: int, value: Node) -> None:
        self.arrays[f"o_{node.kind}"][(self.row + where, *self.position)] = cast(self.value(value), node.kind)

    def do_near(self, node: Node, where: int, form: int, function: str, value: Node) -> None:
        least, most = NEAR[function]
        exact = min(max(np.float64(cast(self.value(value), "float32")), least), most)
        self.arrays["near"][(self.row + where, *self.position)] = _numpys(function)(exact)

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
        array, most = ("counts", 1000) if node.kind == "int32" else ("sums", 16)
        counts, where = self.arrays[array], (self.row, self.value(index) % 4)
        made = _COMBINED[f"'{operation}'"]([int(counts[where]), self.value(value) % most])
        counts[where] = cast(made, node.kind)

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
        kind = meet(a.kind, b.kind)
        # Exact for integers; beside uint64 what is known not to be negative is one, if it overflows, too.
        if not (is_int(a.kind) and is_int(b.kind)) or kind == "uint64":
            x, y = cast(x, kind), cast(y, kind)
        return bool(COMPARE[symbol](x, y))

    def value_both(self, node: Node, words: str, a: Node, b: Node) -> bool:
        x, y = self.value(a), self.value(b) != words.endswith("not")
        return x and y if words.startswith("and") else x or y

    def value_choose(self, node: Node, condition: Node, a: Node, b: Node) -> Any:
        return cast(self.value(a if self.value(condition) else b), node.kind)

    def value_cast(self, node: Node, value: Node) -> Any:
        return cast(self.value(value), node.kind)

    def value_whole(self, node: Node, value: Node) -> int:
        x = self.value(value)
        return int(x) if 0 <= x < 100 else 0

    def value_power(self, node: Node, base: Node, exponent: Node) -> Any:
        x = self.value(base)
        return x * x if self.value(exponent) == 2 else x * (x * x)

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
