"""Whether two iterations may touch one element, and what can be done about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xpuarray.loops.accesses import Access
from xpuarray.loops.indices import Extent, Numbers
from xpuarray.loops.polynomials import Polynomial, constant, impossible, symbol

__all__ = ["Clash", "clashes", "cuts"]


class Clash(NamedTuple):
    """Two places that may touch one element in different iterations; the first writes it."""

    first: Access
    second: Access


def clashes(
    accesses: Sequence[Access], numbers: Numbers, variables: Sequence[Polynomial], apart: Sequence[Polynomial] = ()
) -> list[Clash]:
    """All of them. variables: those of the parallel loops; apart: what is 0 or more in both iterations, besides."""
    found = []
    for first, second in itertools.combinations_with_replacement(accesses, 2):
        if first.view.array != second.view.array or not (first.writes or second.writes):
            continue
        if not second.writes or first.writes:
            pair = Clash(first, second)
        else:
            pair = Clash(second, first)
        if _may_meet(pair, numbers, variables, apart):
            found.append(pair)
    return found


def _may_meet(pair: Clash, numbers: Numbers, variables: Sequence[Polynomial], apart: Sequence[Polynomial]) -> bool:
    def other(value: Polynomial) -> Polynomial:
        return value.renamed(lambda name: name + "'" if name in numbers.varying else name)

    known = [*numbers.facts, *pair.first.known, *apart, *map(other, (*numbers.facts, *pair.second.known, *apart))]
    for axis, (a, b) in enumerate(zip(pair.first.view.extents, pair.second.view.extents)):
        known += _met(a, Extent(b.low and other(b.low), b.high and other(b.high)), f"x{axis}")
    return any(not impossible([*known, *case], numbers.positive) for case in _different(variables, other))


def _met(a: Extent, b: Extent, name: str) -> Iterator[Polynomial]:
    """What holds of an index that is in both."""
    x = symbol(name)
    for extent in (a, b):
        if extent.low is not None:
            yield x - extent.low
        if extent.high is not None:
            yield extent.high - x - constant(1)


def _different(variables: Sequence[Polynomial], other) -> Iterator[list[Polynomial]]:  # type: ignore[no-untyped-def]
    """The ways in which two iterations differ: in the first variable, or in the second alone, and so on."""
    same: list[Polynomial] = []
    for variable in variables:
        step = other(variable) - variable
        yield [*same, step - constant(1)]
        yield [*same, -step - constant(1)]
        same += [step, -step]


def cuts(found: Sequence[Clash], numbers: Numbers, turn: Polynomial, variable: Polynomial) -> Polynomial | None:
    """At which value of `variable` to cut the range, so that the parts are right one after the other: what is before
    it, it itself, and what is after it. `turn` differs from iteration to iteration.

    So it is where all iterations read what one of them writes: `path[i, :] = ... path[k, :]`.
    """
    places = []
    for first, second in found:
        for a, b in zip(first.view.extents, second.view.extents):
            if a.fixed and b.fixed and a.low is not None and b.low is not None:
                for mine, theirs in ((a.low, b.low), (b.low, a.low)):
                    offset = mine - variable
                    place = theirs - offset
                    if all(name in numbers.invariant or ".shape[" in name for name in place.symbols()):
                        places.append(place)
    for place in places:
        below, above = place - variable - constant(1), variable - place - constant(1)
        pairs = [access for pair in found for access in pair]
        if not any(clashes(pairs, numbers, [turn], [side]) for side in (below, above)):
            return place
    return None
