"""What LLVM's SPIR-V backend gets wrong, put into words that it gets right, in optimised LLVM IR.

Seen in LLVM 22.1; tests/test_spirv_repairs.py says when something here is needed no more:
- Atomic loads and stores come out as plain ones, which device compilers move out of loops: a
  work-item that waits for another one's store waits for ever.  Fences order no kind of memory.
  Calls of SPIR-V's own functions come out right.
- Some intrinsics that the optimiser makes end the process ("LLVM ERROR: unable to legalize ..."):
  `2.0 ** float(n)` becomes ldexp.  Those that have OpenCL functions become these; the others
  (REFUSED) are errors of the kernel.
- The lesser of two integers (llvm.umin), which the optimiser makes of a select, becomes a call of OpenCL's
  function, whose result Intel's CPU compiler (2026.2) takes to differ between work-items: a loop that ends
  there is then taken apart, and reads by gathers.  It becomes a select again.
- What is shifted to the left by a work-item's id, the same number in all work-items: where the result is cut to fewer
  bits and extended by its sign again, Intel's vectoriser (2026.2) adds 16 to the multipliers 1, 2, 4, ... of the lanes
  of the second vector, instead of shifting by 16 more: 3 << 16 is 51.  It is shifted by one half and then by the other.
- A signed bit as a float (sitofp i1), which the optimiser makes of one that was extended first, comes out as +1.0,
  and is -1.0.
- Integers of odd widths and phis of pairs, which the optimiser makes of sums in closed form (i65) and of
  products of high halves (i128), become invalid modules, or end the process (`unemittable`).
"""

from __future__ import annotations

import itertools
import re

__all__ = ["REFUSED", "SCOPES", "SEMANTICS", "STORAGE", "repaired", "unemittable"]

#: SPIR-V's numbers: scopes by LLVM's name, memory semantics by order, kinds of memory by address space
SCOPES = {"singlethread": 4, "subgroup": 3, "workgroup": 2, "device": 1, "": 0}
SEMANTICS = {"monotonic": 0, "acquire": 0x2, "release": 0x4, "acq_rel": 0x8, "seq_cst": 0x10}
STORAGE = {1: 0x200, 3: 0x100}

#: Intrinsics without which the process, or the device's compiler, would end.
REFUSED = tuple(
    f"llvm.{name}."
    for name in (
        *("canonicalize", "minimumnum", "maximumnum", "sincos", "lrint", "llrint", "ushl.sat", "sshl.sat"),
        *("sadd.with.overflow", "ssub.with.overflow", "smul.with.overflow", "umul.with.overflow"),
    )
)
_RENAMED = {
    "llvm.exp10.f32": "_Z5exp10f",
    "llvm.exp10.f64": "_Z5exp10d",
    "llvm.ldexp.f32.i32": "_Z5ldexpfi",
    "llvm.ldexp.f64.i32": "_Z5ldexpdi",
}

_ODD = re.compile(r"(?<![%@.\w$\"])i(?!(?:1|8|16|32|64)\b)\d+\b|(?:phi|select i1 [^,]+,) \{")


def unemittable(text: str) -> str:
    """The first thing in optimised LLVM IR that the backend can't emit; "" if there is none."""
    found = _ODD.search(text)
    return found[0] if found else next((name for name in REFUSED if f"@{name}" in text), "")


_HOW = r'(?:syncscope\("(?P<scope>\w+)"\) )?(?P<order>\w+)'
_WHERE = r"ptr addrspace\((?P<space>[13])\) (?P<pointer>\S+)"
_LOAD = re.compile(rf"= load atomic (?P<type>i32|i64), {_WHERE} {_HOW}, align \d+")
_STORE = re.compile(rf"store atomic (?P<type>i32|i64) (?P<value>\S+), {_WHERE} {_HOW}, align \d+")
_FENCE = re.compile(rf"^(?P<indent>\s*)fence {_HOW}", re.MULTILINE)
_CALL = re.compile(r"\b(?P<head>call|declare)(?P<rest> [^@\n]*)@(?P<name>llvm\.(?:exp10|ldexp)\.[\w.]+)\(")
_EXTREME = re.compile(
    r"^(?P<indent> *)(?P<result>%\S+) = (?:tail )?call [^@\n]*?(?P<type>i\d+) @llvm\.(?P<which>[us](?:min|max))\.i\d+"
    r"\(i\d+ (?:[^,\n]* )?(?P<first>[^\s,]+), i\d+ (?:[^,\n]* )?(?P<second>[^\s,)]+)\)[^\n]*$",
    re.MULTILINE,
)
_SHIFT = re.compile(
    r"^(?P<indent> *)(?P<result>%\S+) = shl (?:nuw |nsw )*(?P<type>i\d+) (?P<value>[^\s,]+), (?P<by>%[^\s,]+)"
    r"(?P<rest>[^\n]*)$",
    re.MULTILINE,
)
_BIT = re.compile(r"= sitofp i1 (?P<bit>[^\s,]+) to (?P<type>half|float|double)\b")
_BEFORE = {"umin": "ult", "umax": "ugt", "smin": "slt", "smax": "sgt"}
_LETTER = {"i32": "i", "i64": "l"}


def repaired(text: str) -> str:
    """LLVM IR that the backend emits as it is meant."""
    declarations: set[str] = set()

    def call(result: str, name: str, *arguments: tuple[str, str]) -> str:
        types = ", ".join(t for t, _ in arguments)
        declarations.add(f"declare spir_func {result} @{name}({types})")
        return f"call spir_func {result} @{name}({', '.join(' '.join(a) for a in arguments)})"

    def how(match: re.Match[str], memory: int) -> list[tuple[str, str]]:
        semantics = SEMANTICS[match["order"]] | memory
        return [("i32", str(SCOPES[match["scope"] or ""])), ("i32", str(semantics))]

    def where(match: re.Match[str]) -> tuple[str, str]:
        return f"ptr addrspace({match['space']})", match["pointer"]

    def load(match: re.Match[str]) -> str:
        space, letter = match["space"], _LETTER[match["type"]]
        name = f"_Z18__spirv_AtomicLoadPU3AS{space}{letter}jj"
        return "= " + call(match["type"], name, where(match), *how(match, STORAGE[int(space)]))

    def store(match: re.Match[str]) -> str:
        space, letter = match["space"], _LETTER[match["type"]]
        name = f"_Z19__spirv_AtomicStorePU3AS{space}{letter}jj{letter}"
        value = match["type"], match["value"]
        return call("void", name, where(match), *how(match, STORAGE[int(space)]), value)

    def fence(match: re.Match[str]) -> str:
        return match["indent"] + call("void", "_Z21__spirv_MemoryBarrierjj", *how(match, sum(STORAGE.values())))

    count = itertools.count()

    def extreme(match: re.Match[str]) -> str:
        indent, result, kind, which, first, second = match.groups()
        test = f"%xpu.before.{next(count)}"
        return (
            f"{indent}{test} = icmp {_BEFORE[which]} {kind} {first}, {second}\n"
            f"{indent}{result} = select i1 {test}, {kind} {first}, {kind} {second}"
        )

    def shift(match: re.Match[str]) -> str:
        indent, result, kind, value, by, rest = match.groups()
        half, other, shifted = (f"%xpu.{name}.{next(count)}" for name in ("half", "other", "shifted"))
        return (
            f"{indent}{half} = lshr {kind} {by}, 1\n"
            f"{indent}{other} = sub {kind} {by}, {half}\n"
            f"{indent}{shifted} = shl {kind} {value}, {half}\n"
            f"{indent}{result} = shl {kind} {shifted}, {other}{rest}"
        )

    text = _SHIFT.sub(shift, _EXTREME.sub(extreme, text))
    text = _BIT.sub(r"= select i1 \g<bit>, \g<type> -1.0, \g<type> 0.0", text)
    for pattern, replacement in ((_LOAD, load), (_STORE, store), (_FENCE, fence), (_CALL, _opencl_call)):
        text = pattern.sub(replacement, text)
    return "\n".join([text, *sorted(declarations)])


def _opencl_call(match: re.Match[str]) -> str:
    """The call, or the declaration, of an intrinsic as that of OpenCL's function."""
    return f"{match['head']} spir_func{match['rest']}@{_RENAMED[match['name']]}("
