"""Branches that work-items leave by different ways, so written that Intel's vectoriser sees that they differ.

Intel's CPU compiler (2026.2, seen with its vectoriser VPlan) runs several work-items as the lanes of a vector, and
has to know which values are the same in all of them.  Where branches meet again that not all take (a phi of `a` from
one, `b` from another), its analysis misses some such meetings, those with branches of their own on both sides.  If `a`
and `b` are each the same for all work-items, it takes the phi for the same, too: all get what the first one has.  So
stores to two arrays, which LLVM's optimiser makes into one through a phi of pointers, all go to one of them; and
`t = 1` here, `t = 2` there comes out as 1 for all.

So one of the values goes through a select on a condition that is never met, of which only work-items with an id know:
then it can't be the same for all.  And as the optimiser that runs before the vectoriser makes such phis of its own,
which no select in front of the values prevents (it makes one of the selects, too), ways that it could make one lead
by that condition into each other besides (ways.py).  tests/test_upstream.py says when this is needed no more.
"""

from __future__ import annotations

import re

from xpuarray.compiler.targets.control_flow import (
    LABEL,
    NAMES,
    RESULT,
    Block,
    Varying,
    blocks_of,
    dominators,
    region,
    text_of,
)
from xpuarray.compiler.targets.opaque import even, with_ids
from xpuarray.compiler.targets.ways import keep_apart

__all__ = ["diversified"]

_FUNCTION = re.compile(r"^(define [^\n]*\{\n)(.*?)^\}", re.MULTILINE | re.DOTALL)
_PHI = re.compile(r"phi (?:(?:nnan|ninf|nsz|arcp|contract|afn|reassoc|fast) )*([^\[]+?) \[")
#: Values that a select on a condition that is never met would not hide behind the zero beside them
_ZEROS = {"0", "0.000000e+00", "0xH0000", "null", "false", "zeroinitializer", "poison", "undef"}

#: A condition that is never met, of which compilers know nothing.
_NEVER = even("number") + "  %xpu.never = trunc i64 %xpu.number to i1\n"


def diversified(text: str) -> str:
    """LLVM IR of a module in which no such phi is left."""
    if "\n  br i1 " not in text and "\n  switch " not in text:
        return text
    return with_ids(_FUNCTION.sub(lambda match: match[1] + _diversified(match[1], match[2]) + "}", text), text)


def _diversified(head: str, body: str) -> str:
    blocks = blocks_of(body)
    if all(len(set(block.before)) < 2 for block in blocks.values()):
        return body
    above = dominators(blocks)
    varying = Varying(blocks, () if "spir_kernel" in head else NAMES.findall(head))
    if not _hide(blocks, above, varying) | keep_apart(blocks, above, varying, "%xpu.never"):
        return body
    first = next(iter(blocks.values()))
    first.lines.insert(int(bool(LABEL.match(first.lines[0]))), _NEVER)
    return text_of(blocks)


def _hide(blocks: dict[str, Block], above: dict[str, set[str]], varying: Varying) -> bool:
    """Have no phi that differs between work-items look as if it did not.  Returns whether any was changed."""
    conditions = _conditions_of(blocks, above)
    insert: dict[str, list[str]] = {}
    found = True
    while found:  # what differs once one phi does may be the condition of another
        found = False
        for label, needed in conditions.items():
            if not varying.isdisjoint(needed):
                for name, incoming in blocks[label].phis.items():
                    if varying.isdisjoint([name]) and _diversify(blocks[label], name, incoming, insert):
                        varying.add(name)
                        found = True
    for label, lines in insert.items():
        end = blocks[label].end()
        blocks[label].lines[end:end] = lines
    return bool(insert)


def _diversify(block: Block, name: str, incoming: list[tuple[str, str]], insert: dict[str, list[str]]) -> bool:
    """Have one of a phi's values come by way of a select, in the block that it comes from."""
    found = next(((value, label) for value, label in incoming if value not in _ZEROS), None)
    if found is None:
        return False
    value, label = found
    own = f"%xpu.own.{name.lstrip('%').strip(chr(34))}"
    if '"' in name:
        own = f'%"{own[1:]}"'
    for k, line in enumerate(block.lines):
        if (match := RESULT.match(line)) and match[1] == name and (phi := _PHI.match(match[2])):
            block.lines[k] = line.replace(f"[ {value}, {label} ]", f"[ {own}, {label} ]")
            select = f"  {own} = select i1 %xpu.never, {phi[1]} zeroinitializer, {phi[1]} {value}\n"
            insert.setdefault(label, []).append(select)
    return True


def _conditions_of(blocks: dict[str, Block], above: dict[str, set[str]]) -> dict[str, set[str]]:
    """For each join that begins no loop, the conditions by which work-items come to it by different ways."""
    found = {}
    for label, block in blocks.items():
        ways = [b for b in block.before if b in above]
        if block.phis and len(set(block.before)) > 1 and not any(label in above[way] for way in ways):
            last = max(above[label] - {label}, key=lambda other: len(above[other]))
            found[label] = {blocks[b].condition for b in region(blocks, last, ways)} - {""}
    return found
