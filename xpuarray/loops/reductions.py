"""Variables that all iterations add to, or of which they keep the least or the greatest."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from xpuarray.loops.names import occurrences
from xpuarray.loops.patterns import joining, statements
from xpuarray.loops.source import Source

__all__ = ["START", "kind_of"]

#: how values are joined -> what a work-item begins with, given what the variable was before the loop
START = {
    "add": "type({0})(0)",
    "mul": "type({0})(1)",
    **dict.fromkeys(("min", "max", "and", "or"), "{0}"),
}
_WAYS = "s += x (and -=, *=, /=), s = min(s, x), s = max(s, x), s = s and x, s = s or x"


def kind_of(source: Source, body: Sequence[ast.stmt], name: str) -> str:
    """How the iterations join values in the variable.  Raises LoopError if they do something else with it."""
    found: dict[str, ast.stmt] = {}
    counted = 0
    for node in statements([*body]):
        joined = joining(node, name)
        if joined is not None:
            found.setdefault(joined[0], node)
            counted += sum(1 for _ in occurrences([node], name))
    places = [*occurrences(body, name)]
    if counted != len(places):
        inside = {id(each) for node in statements([*body]) if joining(node, name) for each in occurrences([node], name)}
        other = next((place for place in places if id(place) not in inside), places[0])
        raise source.error(
            f"`{name}` is carried from one iteration of the prange to the next; a variable of all iterations may only "
            f"be joined with values, as {_WAYS}, and is read after the loop",
            other,
        )
    if len(found) > 1:
        raise source.error(f"`{name}` is joined with values in two ways, whose order matters", *[*found.values()][:2])
    return next(iter(found))
