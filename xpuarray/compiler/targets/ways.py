"""Ways of work-items to where they meet again, of which LLVM's optimiser makes nothing that they share.

Where two ways end alike, as with stores to two arrays, its pass SimplifyCFG moves what is alike behind the meeting, by
phis of what is not: values and pointers of which Intel's vectoriser may not see that they differ (divergence.py).  It
looks at ways alone that lead nowhere else.  So one of the two leads, on a condition that is never met, to where the
other begins.  That costs nothing to speak of: Kernels with two such ways are rare, and run as fast as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from xpuarray.compiler.targets.control_flow import LABEL, RESULT, Block, Varying, region

__all__ = ["keep_apart"]

_LAST_INCOMING = re.compile(r"\](?=[^\]]*$)")


def keep_apart(blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying, never: str) -> bool:
    """Leave no two such ways that work-items can go by beside each other.  Returns whether there were any.

    above: the dominators of each block that can be reached
    never: the condition
    """
    changed = False
    for label in list(blocks):
        left: dict[str, _Way] = {}
        for start, way in _ways(blocks, above, label).items():
            left[start] = way
            for other in list(left)[:-1]:
                if found := _aside(blocks, above, varying, left, start, other):
                    start, target = found
                    _lead(blocks, above, left.pop(start), target, never)
                    changed = True
                    break
    return changed


class _Way(NamedTuple):
    start: str  #: the block that it begins in
    to: str  #: the one that follows
    values: set[str]  #: what it brings to phis where it ends


def _ways(blocks: dict[str, Block], above: dict[str, set[str]], label: str) -> dict[str, _Way]:
    """The ways to a block, by their starts, that lead nowhere else, if by way of blocks that do nothing.

    One out of a loop does, but LLVM puts a block there for what it moves out of the loop.
    """
    found: dict[str, _Way] = {}
    passed, todo = {label}, [(label, "")]
    for block, last in todo:  # which grows
        for start in dict.fromkeys(blocks[block].before):
            if start not in above or start in found or start in passed:
                continue
            end = last or start
            if blocks[start].after == [block] and _does_nothing(blocks[start]):
                passed.add(start)
                todo.append((start, end))
            elif blocks[start].after == [block] or _leaves_a_loop(blocks, start, block):
                values = {value for phi in blocks[label].phis.values() for value, b in phi if b == end}
                found[start] = _Way(start, block, values)
    return found


def _does_nothing(block: Block) -> bool:
    return block.end() == bool(LABEL.match(block.lines[0])) + len(block.phis)


def _leaves_a_loop(blocks: dict[str, Block], start: str, to: str) -> bool:
    """Whether a block comes again if the way out of it to another isn't taken."""
    block = blocks[start]
    found, todo = {to}, list(block.before) if block.lines[block.end()].startswith("  br ") else []
    while todo:
        if (label := todo.pop()) == start:
            return True
        if label not in found:
            found.add(label)
            todo.extend(blocks[label].before)
    return False


def _aside(
    blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying, ways: dict[str, _Way], *pair: str
) -> tuple[str, str] | None:
    """Of two ways that end alike one, and where the other begins; None if it is all the same."""
    top = max(above[pair[0]] & above[pair[1]], key=lambda block: len(above[block]))
    behind = [region(blocks, top, [way]) for way in pair]
    if varying.isdisjoint(blocks[b].condition for b in behind[0] | behind[1]):
        return None
    arms = (behind[0] - behind[1], behind[1] - behind[0])
    ends = [_ends(blocks, arm, ways[way].values) for arm, way in zip(arms, pair)]
    if ends[0].isdisjoint(ends[1]):
        return None
    found = [(pair[1 - k], target) for k in (1, 0) for target in blocks[top].after if target in arms[k]]
    return min(found, key=lambda start_and_target: len(blocks[start_and_target[0]].after), default=None)


def _ends(blocks: dict[str, Block], arm: set[str], values: set[str]) -> set[str]:
    """The kinds of instructions in blocks that could move behind their end."""
    found = set()
    for line in (line for block in arm for line in blocks[block].lines):
        if line.startswith("  store "):
            found.add("store")
        elif (match := RESULT.match(line)) and match[1] in values:
            found.add(match[2].split(" ", 1)[0])
    return found


def _lead(blocks: dict[str, Block], above: dict[str, set[str]], way: _Way, target: str, never: str) -> None:
    """Have a way lead to `target`, too, whose phis are nothing from there."""
    start = way.start if blocks[way.start].after == [way.to] else _between(blocks, above, way)
    block = blocks[start]
    end = block.end()
    block.lines[end] = block.lines[end].replace("br label ", f"br i1 {never}, label {target}, label ")
    block.condition = never
    block.after.insert(0, target)
    blocks[target].before.append(start)
    _change_phis(blocks[target], lambda line: _LAST_INCOMING.sub(f"], [ poison, {start} ]", line))


def _between(blocks: dict[str, Block], above: dict[str, set[str]], way: _Way) -> str:
    """A new block on a way, which leaves a loop."""
    label, first, second = f"%xpu.out.{len(blocks)}", blocks[way.start], blocks[way.to]
    end = first.end()
    first.lines[end] = re.sub(rf"label {re.escape(way.to)}(?=[,\s])", f"label {label}", first.lines[end])
    first.after = [label if b == way.to else b for b in first.after]
    second.before = [label if b == way.start else b for b in second.before]
    second.phis = {n: [(v, label if b == way.start else b) for v, b in phi] for n, phi in second.phis.items()}
    _change_phis(second, lambda line: line.replace(f", {way.start} ]", f", {label} ]"))
    blocks[label] = Block([f"{label[1:]}:\n", f"  br label {way.to}\n"], [way.start], [way.to])
    above[label] = above[way.start] | {label}
    return label


def _change_phis(block: Block, change: Callable[[str], str]) -> None:
    """Change a block's phis."""
    for k, line in enumerate(block.lines):
        if (match := RESULT.match(line)) and match[2].startswith("phi "):
            block.lines[k] = change(line)
