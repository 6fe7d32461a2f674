"""Ways of work-items to where they meet again, of which LLVM's optimiser makes nothing that they share.

Where two ways end alike, as with stores to two arrays, its pass SimplifyCFG moves what is alike behind the meeting, by
phis of what is not: values and pointers of which Intel's vectoriser may not see that they differ (divergence.py).  It
looks at ways alone that lead nowhere else.  So one of the two leads, on a condition that is never met, to where the
other begins.  That costs nothing to speak of: Kernels with two such ways are rare, and run as fast as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

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
        left: dict[str, set[str]] = {}
        for start, values in _ways(blocks, above, label).items():
            left[start] = values
            for other in list(left)[:-1]:
                if found := _aside(blocks, above, varying, left, start, other):
                    start, target = found
                    del left[start]
                    _lead(blocks, start, target, never)
                    changed = True
                    break
    return changed


def _ways(blocks: dict[str, Block], above: dict[str, set[str]], label: str) -> dict[str, set[str]]:
    """The ways to a block, by their starts, that lead nowhere else, if by way of blocks that do nothing."""
    found: dict[str, set[str]] = {}
    passed, todo = {label}, [(label, "")]
    for block, last in todo:  # which grows
        for start in dict.fromkeys(blocks[block].before):
            if start not in above or start in found or start in passed:
                continue
            end = last or start
            if blocks[start].after == [block] and _does_nothing(blocks[start]):
                passed.add(start)
                todo.append((start, end))
            elif blocks[start].after == [block]:
                found[start] = {value for phi in blocks[label].phis.values() for value, b in phi if b == end}
    return found


def _does_nothing(block: Block) -> bool:
    return block.end() == bool(LABEL.match(block.lines[0])) + len(block.phis)


def _aside(
    blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying, ways: dict[str, set[str]], *pair: str
) -> tuple[str, str] | None:
    """Of two ways that end alike one, and where the other begins; None if it is all the same.

    The vectoriser goes wrong where both have branches of their own alone.  Where one has a loop, a condition more takes
    up to twice the time (normal numbers), and behind our own optimiser none such was seen to go wrong.
    """
    top = max(above[pair[0]] & above[pair[1]], key=lambda block: len(above[block]))
    behind = [region(blocks, top, [way]) for way in pair]
    if varying.isdisjoint(blocks[b].condition for b in behind[0] | behind[1]):
        return None
    arms = (behind[0] - behind[1], behind[1] - behind[0])
    if not all(any(blocks[b].condition for b in arm) for arm in arms):
        return None
    if any(b in above.get(last, ()) for arm in arms for b in arm for last in blocks[b].before):
        return None
    ends = [_ends(blocks, arm, ways[way]) for arm, way in zip(arms, pair)]
    if ends[0].isdisjoint(ends[1]):
        return None
    return next(((pair[1 - k], to) for k in (1, 0) for to in blocks[top].after if to in arms[k]), None)


def _ends(blocks: dict[str, Block], arm: set[str], values: set[str]) -> set[str]:
    """The kinds of instructions in blocks that could move behind their end."""
    found = set()
    for line in (line for block in arm for line in blocks[block].lines):
        if line.startswith("  store "):
            found.add("store")
        elif (match := RESULT.match(line)) and match[1] in values:
            found.add(match[2].split(" ", 1)[0])
    return found


def _lead(blocks: dict[str, Block], start: str, target: str, never: str) -> None:
    """Have a way lead to `target`, too, whose phis are nothing from there."""
    block = blocks[start]
    end = block.end()
    block.lines[end] = block.lines[end].replace("br label ", f"br i1 {never}, label {target}, label ")
    block.condition = never
    block.after.insert(0, target)
    blocks[target].before.append(start)
    _change_phis(blocks[target], lambda line: _LAST_INCOMING.sub(f"], [ poison, {start} ]", line))


def _change_phis(block: Block, change: Callable[[str], str]) -> None:
    """Change a block's phis."""
    for k, line in enumerate(block.lines):
        if (match := RESULT.match(line)) and match[2].startswith("phi "):
            block.lines[k] = change(line)
