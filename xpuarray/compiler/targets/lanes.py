"""How a kernel's work-items lie beside each other when a device runs several as the lanes of a vector.

Seen with Intel's CPU compiler (2026.2) on CPUs whose gathers are slow; all of it is about speed alone:
- The lanes are neighbours in OpenCL's dimension 0, a Range's last one.  Where the kernel steps through memory along
  another dimension, the Range is started the other way round (`turned`): nothing in a kernel can tell.
- What lanes read or write far apart (each its own row of a matrix) it gathers and scatters.  As volatile it is loaded
  and stored lane by lane, which takes a third of the time (AMD EPYC, Zen 4).
- A private array that stays in memory is one stretch a lane, so that every access to it is a gather or a scatter.
  Where these are not outweighed by arithmetic, work-items run one by one, and loops in them as vectors.  (Sums that
  loops make it then adds in an order of its own, as it always does for the last, odd work-items of a range.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from xpuarray.compiler.targets.control_flow import BRANCH, LABEL, NAME, NAMES, RESULT, TARGET

__all__ = ["by_lanes"]

_FUNCTION = re.compile(r"^define spir_kernel [^\n]*\{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_ACCESS = re.compile(
    rf"\s+(?:{NAME} = load (?P<read>\w+)|store (?P<written>\w+) [^,]+), ptr(?: addrspace\((?P<space>\d)\))? "
    rf"(?P<pointer>{NAME}),"
)
_BINARY = re.compile(r"(?P<op>add|sub|mul|shl) (?:nuw |nsw )*i\d+ (?P<x>[^\s,]+), (?P<y>[^\s,]+)$")
_CAST = re.compile(rf"(?:zext|sext|trunc|freeze) (?:\w+ )*?i\d+ (?P<x>{NAME})")
_PHI = re.compile(r"\[ (\S+), ")
_SELECT = re.compile(r"select i1 [^\s,]+, (?:i\d\d|ptr)[^%,]*? ?(?P<x>[^\s,]+), (?:i\d\d|ptr)[^%,]*? ?(?P<y>\S+)$")
_ELEMENT = re.compile(
    rf"getelementptr (?:\w+ )*?(?P<type>\w+), ptr(?: addrspace\(\d\))? (?P<x>{NAME}), i64 (?P<y>[^\s,]+)$"
)
_ID = re.compile(r"@_Z\d+get_(?P<which>global_id|local_id|global_size|local_size|group_id)j\(i32 (?P<dimension>\d)\)")
_FLOATS = re.compile(r" = (?:fadd|fsub|fmul|fdiv|fcmp|(?:tail )?call [^@\n]*(?:float|double) @)")
_SIZES = {"i8": 1, "i16": 2, "half": 2, "i32": 4, "float": 4, "i64": 8, "double": 8}

FAR = math.inf  #: the step of what is a number of bytes further that nobody knows: a row of a matrix
ANYWHERE = -math.inf  #: of what a work-item has looked up, or chosen by conditions of its own
_IN_LOOPS = 8  #: times that what is in a loop counts for more
_GATHER = 8  #: operations on floats that a gather or a scatter takes the time of
_ONE = "!intel_reqd_sub_group_size"


class _Access(NamedTuple):
    """A load or a store."""

    line: int
    label: str  #: of its block
    pointer: str
    size: int  #: bytes
    private: bool
    slow: tuple[float, ...]  #: the steps with which it is slower as one instruction for all lanes


def by_lanes(text: str, ndim: int, cpu: bool) -> tuple[str, bool]:
    """LLVM IR of a kernel with all that is said above, and whether its Range is turned.

    ndim: the dimensions of its Range; 1 for work-groups, which are never turned
    """
    found = _FUNCTION.search(text)
    if found is None:
        return text, False
    lines = found["body"].splitlines()
    blocks = _Blocks(lines)
    accesses = list(_accesses(lines, blocks))
    shared = [a for a in accesses if not a.private]
    steps, turned = _Steps(lines, 0), False
    if ndim > 1:
        other = _Steps(lines, ndim - 1)
        (beside, far), (more, less) = _sides(shared, blocks, steps), _sides(shared, blocks, other)
        turned = more > beside and less <= far  # lanes that all read the same may be along a dimension of length 1
        steps = other if turned else steps
    scalar = cpu and _is_scalar(lines, accesses, blocks)
    apart = [a for a in shared if steps.get(a.pointer, 0) in a.slow] if cpu and not scalar else []
    masked = blocks.masked(steps) if apart else set()
    for access in apart:
        if access.label not in masked:  # where not all lanes go, each would be asked whether it does
            lines[access.line] = re.sub(r"\b(load|store) ", r"\1 volatile ", lines[access.line], count=1)
    body = "\n".join([*lines, ""])
    if turned:
        body = _ID.sub(lambda m: m[0].replace(f"i32 {m['dimension']}", f"i32 {ndim - 1 - int(m['dimension'])}"), body)
    text = text[: found.start("body")] + body + text[found.end("body") :]
    return (_one_by_one(text) if scalar else text), turned


def _is_scalar(lines: list[str], accesses: list[_Access], blocks: _Blocks) -> bool:
    if any("_group_" in line and "get_group_id" not in line for line in lines):
        return False  # what a sub-group is shows
    arithmetic = sum(bool(_FLOATS.search(line)) for line in lines)
    return _GATHER * sum(a.private and blocks.repeats(a.label) for a in accesses) > arithmetic


def _one_by_one(text: str) -> str:
    number = max((int(n) for n in re.findall(r"^!(\d+) = ", text, re.MULTILINE)), default=-1) + 1
    headed = re.sub(r"^(define spir_kernel [^\n]*) \{$", rf"\1 {_ONE} !{number} {{", text, count=1, flags=re.MULTILINE)
    return f"{headed}\n!{number} = !{{i32 1}}\n"


def _sides(accesses: list[_Access], blocks: _Blocks, steps: _Steps) -> tuple[int, int]:
    """How many accesses lanes with these steps make to neighbours, and to what lies apart."""
    beside = apart = 0
    for access in accesses:
        step, weight = abs(steps.get(access.pointer, 0)), _IN_LOOPS if blocks.repeats(access.label) else 1
        beside += weight * (step == access.size)
        apart += weight * (step not in (0, access.size))
    return beside, apart


def _accesses(lines: list[str], blocks: _Blocks) -> Iterator[_Access]:
    for number, (line, label) in enumerate(zip(lines, blocks.labels)):
        if (match := _ACCESS.match(line)) and match["space"] in (None, "1"):
            size = _SIZES.get(match["read"] or match["written"], 0)
            slow = (FAR, ANYWHERE) if match["read"] else (FAR,)
            yield _Access(number, label, match["pointer"], size, match["space"] is None, slow)


class _Blocks:
    """Which way through a function's blocks leads where."""

    def __init__(self, lines: list[str]):
        self.labels: list[str] = []  #: the block of each line
        self._next: dict[str, set[str]] = {}
        self._condition: dict[str, str] = {}
        label = ""
        for line in lines:
            if match := LABEL.match(line):
                label = f"%{match[1]}"
            self.labels.append(label)
            self._next.setdefault(label, set()).update(TARGET.findall(line))
            if match := BRANCH.match(line):
                self._condition[label] = match[1]
        self._behind = cache(self._reached)

    def _reached(self, start: str) -> set[str]:
        """The blocks to which a way leads from one."""
        seen, todo = set[str](), [*self._next[start]]
        while todo:
            if (other := todo.pop()) not in seen:
                seen.add(other)
                todo.extend(self._next[other])
        return seen

    def repeats(self, label: str) -> bool:
        """Whether the block is in a loop."""
        return label in self._behind(label)

    def masked(self, steps: _Steps) -> set[str]:
        """The blocks to which some lanes may go without others; not by the first branch, behind which all end."""
        found = set[str]()
        certain = self._certain()
        for label, condition in list(self._condition.items())[1:]:
            if steps.of(condition):
                found |= self._behind(label) - certain[label]
        return found

    def _certain(self) -> dict[str, set[str]]:
        """The blocks to which every way leads from each."""
        every = set(self._next)
        certain = {label: every if onward else {label} for label, onward in self._next.items()}
        changed = True
        while changed:
            changed = False
            for label, onward in reversed(self._next.items()):
                if onward:
                    new = set.intersection(*(certain[other] for other in onward)) | {label}
                    changed |= new != certain[label]
                    certain[label] = new
        return certain


class _Steps(dict[str, float]):
    """By how much each value grows from a work-item to the next in one of OpenCL's dimensions (pointers: bytes)."""

    def __init__(self, lines: list[str], dimension: int):
        self._dimension = dimension
        values = [match for match in map(RESULT.match, lines) if match]
        self._unknown = {match[1] for match in values}
        for _ in range(8):  # a loop's variables follow from themselves
            before = dict(self)
            for match in values:
                if (step := self._step(match[2])) is not None:
                    self[match[1]] = step
            if self == before:
                break

    def of(self, value: str) -> float | None:
        """The step of a name or number; None if it is not known yet."""
        return self.get(value, None if value in self._unknown else 0)

    def _step(self, what: str) -> float | None:
        if match := _ID.search(what):
            own = match["which"] in ("global_id", "local_id") and int(match["dimension"]) == self._dimension
            return 1 if own else 0
        if what.startswith("phi "):
            return self._same(_PHI.findall(what))
        if match := _SELECT.match(what):
            return self._same([match["x"], match["y"]])
        if match := _CAST.match(what):
            return self.of(match["x"])
        if match := _BINARY.match(what) or _ELEMENT.match(what):
            x, y = self.of(match["x"]), self.of(match["y"])
            return None if x is None or y is None else _combined(match, x, y)
        known = [self.of(name) for name in NAMES.findall(what)]
        if any(known) or what.startswith("alloca ") or ", ptr %" in what:
            return ANYWHERE
        return None if None in known else 0

    def _same(self, values: list[str]) -> float | None:
        known = {self.of(value) for value in values} - {None}
        return None if not known else known.pop() if len(known) == 1 else ANYWHERE


def _combined(match: re.Match[str], x: float, y: float) -> float:
    """The step of a sum, a product or an address of values with the steps x and y."""
    op = match.groupdict().get("op")
    first, second = (int(v) if v.lstrip("-").isdigit() else None for v in (match["x"], match["y"]))
    if x == y == 0:
        return 0
    for infinite in (ANYWHERE, FAR):
        if infinite in (x, y):
            return infinite
    if op is None:
        return x + y * _SIZES[match["type"]] if match["type"] in _SIZES else FAR
    if op in ("add", "sub"):
        return x + y if op == "add" else x - y
    if op == "mul" and (first or second) is not None:
        return x * second if second is not None else y * (first or 0)
    return x * 2**second if op == "shl" and second is not None else FAR
