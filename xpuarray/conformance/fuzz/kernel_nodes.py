"""Random kernels as trees.

A program is a list of statements over the items of one range.  It writes its own elements of an array of each dtype,
reads arrays anywhere, and in an NdRange exchanges values through local memory, with barriers where all items pass.
"""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["INPUTS", "PARAMETERS", "ROWS", "Frame", "Node", "Program", "literal", "named"]

#: elements of each input
INPUTS = 23
#: numbers that every kernel is given, and so are the same for all items
PARAMETERS = {"k": "int64", "z": "float32"}
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
    updates: bool  #: whether there are atomic updates, for which Intel's compiler leaves the whole kernel unvectorised
    divergent: bool  #: whether all that its programs do is to store in branches that not all items take


@dataclasses.dataclass(frozen=True)
class Program:
    """One random kernel."""

    number: int
    frame: Frame
    body: tuple[Node, ...]


def literal(value: Any, kind: str) -> Node:
    """A number in the source."""
    return Node("literal", kind, (value,))


def named(text: str, kind: str) -> Node:
    """A variable, or a parameter."""
    return Node("name", kind, (text,))
