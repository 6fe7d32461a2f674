"""What the tables of functions are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

__all__ = ["GROUPS", "Group", "Statement", "group"]


class Statement(str):
    """A line that is complete, where other makers' texts are what a new variable is given."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Functions whose calls are drawn alike."""

    names: tuple[str, ...]
    make: Callable[[Any, str], str | None]  #: of the generator and a name: the line, or what it gives a new variable
    weight: float
    ulps: float  #: units in the last place of floats; 0: every bit
    sums: bool  #: whether they are those of a sum, relative to its terms
    rounds: bool  #: whether halves and complex numbers may be rounded otherwise all the same
    jumps: bool  #: whether a small change of an operand can change the result much: operands are exact, then


GROUPS: list[Group] = []


def group(
    names: str, *, ulps: float = 0.0, sums: bool = False, rounds: bool = False, jumps: bool = False,
    weight: float | None = None,
) -> Callable[[Callable[[Any, str], str | None]], Callable[[Any, str], str | None]]:  # fmt: skip
    """Enter functions, whose lines the decorated function draws; its weight is by default how many they are."""

    def enter(make: Callable[[Any, str], str | None]) -> Callable[[Any, str], str | None]:
        several = tuple(names.split())
        GROUPS.append(Group(several, make, len(several) if weight is None else weight, ulps, sums, rounds, jumps))
        return make

    return enter
