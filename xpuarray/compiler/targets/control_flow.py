"""The blocks of a function of LLVM IR, as text: where they lead, and which values differ between work-items."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

__all__ = [
    *("BRANCH", "INCOMING", "LABEL", "NAME", "NAMES", "RESULT", "TARGET"),
    *("Block", "Varying", "blocks_of", "dominators", "region", "text_of"),
]

NAME = r'%(?:[\w.$-]+|"[^"]*")'
NAMES = re.compile(NAME)
LABEL = re.compile(r'([\w.$-]+|"[^"]*"):')
RESULT = re.compile(rf"\s+({NAME}) = (.*)")
INCOMING = re.compile(rf"\[ (.+?), ({NAME}) \]")
BRANCH = re.compile(rf"\s+(?:br i1 |switch i\d+ )({NAME}),")
TARGET = re.compile(rf"label ({NAME})")
_END = re.compile(r"\s+(?:br|switch|ret|unreachable)\b")
#: What every work-item has of its own: ids, memory, and what atomics give it
_OWN = re.compile(r"@_Z\d+(?:get_(?:global|local|sub_group_local)_id|__spirv_Atomic)|^(?:atomicrmw|cmpxchg|alloca)\b")


@dataclasses.dataclass
class Block:
    lines: list[str]
    before: list[str] = dataclasses.field(default_factory=list)  #: labels of those that lead here
    after: list[str] = dataclasses.field(default_factory=list)  #: labels of those that this one leads to
    condition: str = ""  #: on which it depends where its end leads to
    phis: dict[str, list[tuple[str, str]]] = dataclasses.field(default_factory=dict)  #: (value, label) of each

    def end(self) -> int:
        """The line of the last instruction."""
        return next(k for k, line in enumerate(self.lines) if _END.match(line))


def blocks_of(body: str) -> dict[str, Block]:
    """By label, in the order of the text; the first one's is "" where it has none."""
    blocks: dict[str, Block] = {}
    label, lines = "", list[str]()
    for line in body.splitlines(keepends=True):
        if match := LABEL.match(line):
            if lines:
                blocks[label] = Block(lines)
            label, lines = f"%{match[1]}", []
        lines.append(line)
    blocks[label] = Block(lines)
    for label, block in blocks.items():
        for line in block.lines:
            if (match := RESULT.match(line)) and match[2].startswith("phi "):
                block.phis[match[1]] = INCOMING.findall(match[2])
            elif match := BRANCH.match(line):
                block.condition = match[1]
            for target in TARGET.findall(line):
                blocks[target].before.append(label)
                block.after.append(target)
    return blocks


def text_of(blocks: dict[str, Block]) -> str:
    """What `blocks_of` was given."""
    return "".join(line for block in blocks.values() for line in block.lines)


def dominators(blocks: dict[str, Block]) -> dict[str, set[str]]:
    """For each block that can be reached, those that all ways to it lead through, itself included."""
    first = next(iter(blocks))
    above: dict[str, set[str]] = {first: {first}}
    changed = True
    while changed:
        changed = False
        for label, block in blocks.items():
            known = [above[b] for b in block.before if b in above]
            if label != first and known:
                new = set.intersection(*known) | {label}
                changed |= above.get(label) != new
                above[label] = new
    return above


def region(blocks: dict[str, Block], top: str, ends: Sequence[str]) -> set[str]:
    """The blocks from `top`, which dominates the ends, to these."""
    found, todo = {top}, list(ends)
    while todo:
        if (label := todo.pop()) not in found:
            found.add(label)
            todo.extend(blocks[label].before)
    return found


class Varying(set[str]):
    """The values that differ between work-items, and are seen to, by what they are made of."""

    def __init__(self, blocks: dict[str, Block], own: Iterable[str]):
        super().__init__()
        self._users: dict[str, list[str]] = {}
        seeds = list(own)
        for block in blocks.values():
            for line in block.lines:
                if match := RESULT.match(line):
                    for name in set(NAMES.findall(match[2])):
                        self._users.setdefault(name, []).append(match[1])
                    if _OWN.search(match[2]):
                        seeds.append(match[1])
        for name in seeds:
            self.add(name)

    def add(self, name: str) -> None:
        """`name` varies, and so does all that is made of it."""
        todo = [name]
        while todo:
            if (name := todo.pop()) not in self:
                super().add(name)
                todo.extend(self._users.get(name, ()))
