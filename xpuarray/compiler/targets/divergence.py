"""Values that work-items bring from different branches, so written that Intel's vectoriser sees that they differ.

Intel's CPU compiler (2026.2, seen with its vectoriser VPlan) runs several work-items as the lanes of a vector, and
has to know which values are the same in all of them.  Where branches meet again that not all take (a phi of `a` from
one, `b` from another), its analysis misses some such meetings, those with branches of their own on both sides.  If `a`
and `b` are each the same for all work-items, it takes the phi for the same, too: all get what the first one has.  So
stores to two arrays, which LLVM's optimiser makes into one through a phi of pointers, all go to one of them; and
`t = 1` here, `t = 2` there comes out as 1 for all.

So one of the values goes through a select on a condition that is never met, of which only work-items with an id know:
then it can't be the same for all.  tests/test_upstream.py says when this is needed no more.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

__all__ = ["diversified"]

_FUNCTION = re.compile(r"^(define [^\n]*\{\n)(.*?)^\}", re.MULTILINE | re.DOTALL)
_NAME = r'%(?:[\w.$-]+|"[^"]*")'
_NAMES = re.compile(_NAME)
_LABEL = re.compile(r'([\w.$-]+|"[^"]*"):')
_RESULT = re.compile(rf"\s+({_NAME}) = (.*)")
_BRANCH = re.compile(rf"\s+(?:br i1 |switch i\d+ )({_NAME}),")
_TARGET = re.compile(rf"label ({_NAME})")
_PHI = re.compile(r"phi (?:(?:nnan|ninf|nsz|arcp|contract|afn|reassoc|fast) )*([^\[]+?) \[")
_INCOMING = re.compile(rf"\[ (.+?), ({_NAME}) \]")
#: What every work-item has of its own: ids, memory, and what atomics give it
_OWN = re.compile(r"@_Z\d+(?:get_(?:global|local|sub_group_local)_id|__spirv_Atomic)|^(?:atomicrmw|cmpxchg|alloca)\b")
#: Values that a select on a condition that is never met would not hide behind the zero beside them
_ZEROS = {"0", "0.000000e+00", "0xH0000", "null", "false", "zeroinitializer", "poison", "undef"}

_GLOBAL_ID = "declare spir_func i64 @_Z13get_global_idj(i32)"
#: `id * (id + 1)` is even.  That an id is not below 0 would be known wherever a branch has compared it with a number.
_NEVER = """\
  %xpu.id = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %xpu.next = add i64 %xpu.id, 1
  %xpu.product = mul i64 %xpu.id, %xpu.next
  %xpu.never = trunc i64 %xpu.product to i1
"""


def diversified(text: str) -> str:
    """LLVM IR of a module in which no such phi is left."""
    if " phi " not in text:
        return text
    changed = _FUNCTION.sub(lambda match: match[1] + _diversified(match[1], match[2]) + "}", text)
    if changed != text and not re.search(r"^declare [^\n]*@_Z13get_global_idj\(", text, re.MULTILINE):
        changed += f"\n{_GLOBAL_ID}\n"
    return changed


@dataclasses.dataclass
class _Block:
    lines: list[str]
    before: list[str] = dataclasses.field(default_factory=list)  #: labels of those that lead here
    condition: str = ""  #: on which it depends where its end leads to
    phis: dict[str, list[tuple[str, str]]] = dataclasses.field(default_factory=dict)  #: (value, label) of each


def _diversified(head: str, body: str) -> str:
    blocks = _blocks(body)
    joins = {label: block for label, block in blocks.items() if block.phis and len(set(block.before)) > 1}
    if not joins:
        return body
    conditions = _conditions_of(blocks, joins)
    varying = _Varying(blocks, () if "spir_kernel" in head else _NAMES.findall(head))
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
    if not insert:
        return body
    for label, lines in insert.items():
        end = next(k for k, line in enumerate(blocks[label].lines) if _TARGET.search(line) or " switch " in line)
        blocks[label].lines[end:end] = lines
    first = next(iter(blocks.values()))
    first.lines.insert(int(bool(_LABEL.match(first.lines[0]))), _NEVER)
    return "".join(line for block in blocks.values() for line in block.lines)


def _diversify(block: _Block, name: str, incoming: list[tuple[str, str]], insert: dict[str, list[str]]) -> bool:
    """Have one of a phi's values come by way of a select, in the block that it comes from."""
    found = next(((value, label) for value, label in incoming if value not in _ZEROS), None)
    if found is None:
        return False
    value, label = found
    own = f"%xpu.own.{name.lstrip('%').strip(chr(34))}"
    if '"' in name:
        own = f'%"{own[1:]}"'
    for k, line in enumerate(block.lines):
        if (match := _RESULT.match(line)) and match[1] == name and (phi := _PHI.match(match[2])):
            block.lines[k] = line.replace(f"[ {value}, {label} ]", f"[ {own}, {label} ]")
            select = f"  {own} = select i1 %xpu.never, {phi[1]} zeroinitializer, {phi[1]} {value}\n"
            insert.setdefault(label, []).append(select)
    return True


def _blocks(body: str) -> dict[str, _Block]:
    blocks: dict[str, _Block] = {}
    label, lines = "", list[str]()
    for line in body.splitlines(keepends=True):
        if match := _LABEL.match(line):
            if lines:
                blocks[label] = _Block(lines)
            label, lines = f"%{match[1]}", []
        lines.append(line)
    blocks[label] = _Block(lines)
    for label, block in blocks.items():
        for line in block.lines:
            if (match := _RESULT.match(line)) and match[2].startswith("phi "):
                block.phis[match[1]] = _INCOMING.findall(match[2])
            elif match := _BRANCH.match(line):
                block.condition = match[1]
            for target in _TARGET.findall(line):
                blocks[target].before.append(label)
    return blocks


def _conditions_of(blocks: dict[str, _Block], joins: dict[str, _Block]) -> dict[str, set[str]]:
    """For each join that begins no loop, the conditions by which work-items come to it by different ways."""
    above = _dominators(blocks)
    found = {}
    for label, block in joins.items():
        if any(label in above.get(b, ()) for b in block.before):
            continue
        last = max(above[label] - {label}, key=lambda other: len(above[other]))
        region, todo = {last}, [b for b in block.before if b in above]
        while todo:
            if (b := todo.pop()) not in region:
                region.add(b)
                todo.extend(b for b in blocks[b].before if b in above)
        found[label] = {blocks[b].condition for b in region} - {""}
    return found


def _dominators(blocks: dict[str, _Block]) -> dict[str, set[str]]:
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


class _Varying(set[str]):
    """The values that differ between work-items, and are seen to, by what they are made of."""

    def __init__(self, blocks: dict[str, _Block], own: Iterable[str]):
        super().__init__()
        self._users: dict[str, list[str]] = {}
        seeds = list(own)
        for block in blocks.values():
            for line in block.lines:
                if match := _RESULT.match(line):
                    for name in set(_NAMES.findall(match[2])):
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
