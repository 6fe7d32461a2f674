"""The source of random kernels."""

from __future__ import annotations

from collections.abc import Callable

from xpuarray.conformance.fuzz.kernel_nodes import PARAMETERS, Node, Program

__all__ = ["HEADS", "NEAR", "lines", "text"]

#: Functions that are right to some units in the last place -> where they are called.
NEAR = {
    "np.sin": (-10, 10), "math.cos": (-10, 10), "np.exp": (-10, 10), "math.log": (0.5, 10), "np.arctan": (-10, 10),
    "math.tanh": (-3, 3), "np.expm1": (-2, 2), "math.log1p": (0, 10), "math.sinh": (-3, 3), "math.asin": (-1, 1),
    "np.cbrt": (-9, 9), "np.log2": (0.5, 10),
}  # fmt: skip
_SHARED = {"i0", "i1", "i2", *PARAMETERS}
_BARRIER = "group_barrier(nd.get_group())"
#: a loop or a branch that all items take alike -> how often, with the parameter k
HEADS: dict[str, tuple[str, Callable[[int], int]]] = {
    "turns": ("for {own}turn in range(k % 3 + 1)", lambda k: k % 3 + 1),
    "twice": ("for {own}turn in range(2)", lambda k: 2),
    "branch": ("if k > 2", lambda k: int(k > 2)),
}


def text(node: Node, own: str) -> str:
    """The source of an expression; variables get the prefix `own`."""
    what, parts = node.what, node.parts

    def of(n: Node) -> str:
        return text(n, own)

    if what == "literal":
        return f"({parts[0]})" if str(parts[0]).startswith("-") else str(parts[0])
    if what == "name":
        return parts[0] if parts[0] in _SHARED else own + parts[0]
    if what == "load":
        return f"{parts[0]}[{of(parts[1])}]"
    if what in ("binary", "compare"):
        symbol, a, b = parts
        return f"{symbol}({of(a)}, {of(b)})" if symbol in ("min", "max") else f"({of(a)} {symbol} {of(b)})"
    if what == "both":
        return f"({of(parts[1])} {parts[0]} {of(parts[2])})"
    if what == "choose":
        return f"({of(parts[1])} if {of(parts[0])} else {of(parts[2])})"
    if what == "cast":
        return f"np.{node.kind}({of(parts[0])})"
    if what == "whole":  # far beyond its range a float's integer is anybody's
        return f"(np.{node.kind}({of(parts[0])}) if 0 <= {of(parts[0])} < 100 else np.{node.kind}(0))"
    if what == "power":
        return f"({of(parts[0])} ** {of(parts[1])})"
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


def _own_element(array: str, row: int, form: int, ndim: int) -> str:
    first = f"i0 - {array}.shape[1]" if form == 1 else "i0"
    return f"{array}[{', '.join([str(row), first, *(f'i{k}' for k in range(1, ndim))])}]"


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
        return [f"{_own_element(f'o_{node.kind}', row + where, form, ndim)} = {of(value)}"]
    if what == "near":
        where, form, function, value = parts
        low, high = (f"np.float32({limit})" for limit in NEAR[function])
        inside = f"np.minimum(np.maximum(np.float32({of(value)}), {low}), {high})"
        return [f"{_own_element('near', row + where, form, ndim)} = {function}({inside})"]
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
    return _together(node, own, of) or _atomic(node, row, of)


def _together(node: Node, own: str, of: Callable[[Node], str]) -> list[str]:
    """What all items of a group do at the same time."""
    what, parts = node.what, node.parts
    if what == "exchange":
        by, value, partner, name = parts
        partner = f"({of(partner)}) % items"
        if by == "call":
            return [f"{own}{name} = swap(nd, tile, l, {of(value)}, {partner})"]
        return [f"tile[l] = {of(value)}", _BARRIER, f"{own}{name} = tile[{partner}]", _BARRIER]
    if what == "uniform":
        head, name, value, partner = parts
        name = own + name
        call = f"swap(nd, tile, l, {name} ^ np.int64({of(value)}), ({of(partner)}) % items)"
        return [f"{name} = np.int64(0)", f"{HEADS[head][0].format(own=own)}:", f"    {name} = {call}"]
    if what == "collective":
        call, value, name = parts
        return [f"{own}{name} = np.int64({call.format(of(value))})"]
    if what == "counting":
        operation, slot, value, pick, name = parts
        update = f"AtomicRef(count, ({of(slot)}) % 4).fetch_{operation}(np.int32(({of(value)}) % 50))"
        start = ["for slot in range(l, 4, items):", "    count[slot] = 0", _BARRIER]
        return [*start, update, _BARRIER, f"{own}{name} = np.int64(count[({of(pick)}) % 4])", _BARRIER]
    return []


def _atomic(node: Node, row: int, of: Callable[[Node], str]) -> list[str]:
    operation, index, value = node.parts
    array, most = ("counts", 1000) if node.kind == "int32" else ("sums", 16)  # so few that sums of floats are exact
    new = f"np.{node.kind}(({of(value)}) % {most})"
    return [f"AtomicRef({array}, ({row}, ({of(index)}) % 4)).fetch_{operation}({new})"]
