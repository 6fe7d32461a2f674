"""Ways of work-items to where they meet again, of which LLVM's optimiser makes nothing that they share.

Where two ways end alike, as with stores to two arrays, its pass SimplifyCFG moves what is alike behind the meeting, by
phis of what is not: values and pointers of which Intel's vectoriser may not see that they differ (divergence.py).  It
looks at ways alone that lead nowhere else.  So one of the two leads, on a condition that is never met, to where the
other begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xpuarray.compiler.targets.control_flow import RESULT, Block, Varying, region

__all__ = ["keep_apart"]

_LAST_INCOMING = re.compile(r"\](?=[^\]]*$)")


def keep_apart(blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying, never: str) -> bool:
    """Leave no two such ways that work-items can go by beside each other.  Returns whether there were any.

    above: the dominators of each block that can be reached
    never: the condition
    """
    changed = False
    for label, block in blocks.items():
        left: list[str] = []
        for way in dict.fromkeys(block.before):
            if way in above and blocks[way].after == [label]:
                found = next(_ways_out(blocks, above, varying, label, way, left), None)
                if found is None:
                    left.append(way)
                    continue
                start, target = found
                if start != way:
                    left[left.index(start)] = way
                _lead(blocks, start, target, never)
                changed = True
    return changed


def _ways_out(
    blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying, label: str, way: str, left: list[str]
) -> Iterator[tuple[str, str]]:
    """One of two ways that end alike, and where the other begins."""
    for other in left:
        top = max(above[way] & above[other], key=lambda block: len(above[block]))
        mine, theirs = region(blocks, top, [way]), region(blocks, top, [other])
        if varying.isdisjoint(blocks[b].condition for b in mine | theirs):
            continue
        if _ends(blocks, label, way, mine - theirs).isdisjoint(_ends(blocks, label, other, theirs - mine)):
            continue
        for target in blocks[top].after:
            if target != label and (target in mine) != (target in theirs):
                yield (other if target in mine else way), target


def _ends(blocks: dict[str, Block], label: str, way: str, arm: set[str]) -> set[str]:
    """The kinds of instructions in a way's own blocks that could move behind its end."""
    values = {value for incoming in blocks[label].phis.values() for value, start in incoming if start == way}
    found = set()
    for line in (line for block in arm for line in blocks[block].lines):
        if line.startswith("  store "):
            found.add("store")
        elif (match := RESULT.match(line)) and match[1] in values:
            found.add(match[2].split(" ", 1)[0])
    return found


def _lead(blocks: dict[str, Block], start: str, target: str, never: str) -> None:
    """Have a block that leads to another lead to `target`, too, whose phis are nothing from there."""
    block = blocks[start]
    end = block.end()
    block.lines[end] = block.lines[end].replace("br label ", f"br i1 {never}, label {target}, label ")
    block.condition = never
    block.after.insert(0, target)
    blocks[target].before.append(start)
    for k, line in enumerate(blocks[target].lines):
        if (match := RESULT.match(line)) and match[2].startswith("phi "):
            blocks[target].lines[k] = _LAST_INCOMING.sub(f"], [ poison, {start} ]", line)
