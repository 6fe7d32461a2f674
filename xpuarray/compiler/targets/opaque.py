"""What Intel's CPU compiler (2026.2) is not to know, as it would make something else of it.

- Changes of sign.  It computes some values anew behind a barrier rather than keep them for each work-item (its pass
  reduce-cross-barrier-values), and of an fneg, LLVM's one operation of a single operand, it takes the operand where it
  is stored for another work-item: `w = -v`, a barrier, and w is that of another one.  Where the operand is computed
  anew, too, as in `-(v * v)`, the process ends.  So in modules with barriers the sign bit is turned by an exclusive or,
  with a bit that it does not know; with a constant it would become an fneg again.
- A constant 0 that is divided.  0 / x * c is 0 to it, and NaN where x is 0.

Both come of an id: no compiler knows that `id * (id + 1)` is even.  tests/test_upstream.py says when this is needed no
more.
"""

from __future__ import annotations

import re

__all__ = ["even", "obscured", "with_ids"]

_BARRIER = re.compile(r"@_Z\d+(?:(?:sub_group_)?barrier|(?:work|sub)_group_)")
_FUNCTION = re.compile(r"^(define [^\n]*\{\n(?:[^ \n][^\n]*:[^\n]*\n)?)(.*?)^\}", re.MULTILINE | re.DOTALL)
_FNEG = re.compile(r"^( *)(%\S+) = fneg (?:\w+ )*?(half|float|double) ([^\s,]+)", re.MULTILINE)
_ZERO = re.compile(r"( = fdiv (?:\w+ )*?(half|float|double)) (?:0xH0000|0\.0+e\+00), (?=%)")
_BITS = {"half": 16, "float": 32, "double": 64}

_GLOBAL_ID = "declare spir_func i64 @_Z13get_global_idj(i32)"


def even(name: str) -> str:
    """The lines that make `%xpu.<name>`, an even i64.

    That an id is not below 0 would be known wherever a branch has compared it with a number.
    """
    return f"""\
  %xpu.{name}.id = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %xpu.{name}.next = add i64 %xpu.{name}.id, 1
  %xpu.{name} = mul i64 %xpu.{name}.id, %xpu.{name}.next
"""


def with_ids(changed: str, text: str) -> str:
    """The changed module, in which ids may be asked for if in the module of before they could not."""
    if changed == text or re.search(r"^declare [^\n]*@_Z13get_global_idj\(", text, re.MULTILINE):
        return changed
    return f"{changed}\n{_GLOBAL_ID}\n"


def obscured(text: str) -> str:
    """LLVM IR of a module without divided zeros, and without an fneg if there is a barrier in it."""
    signs = _BARRIER.search(text) is not None
    return with_ids(_FUNCTION.sub(lambda match: match[1] + _obscured(match[2], signs) + "}", text), text)


def _obscured(body: str, signs: bool) -> str:
    head = ""
    for kind, n in _BITS.items():
        if signs and re.search(rf" = fneg (?:\w+ )*{kind} ", body):
            own = "%xpu.even" if n == 64 else f"%xpu.even.{n}"
            head += f"  {own} = trunc i64 %xpu.even to i{n}\n" if n < 64 else ""
            head += f"  %xpu.odd.{n} = xor i{n} {own}, 1\n  %xpu.sign.{n} = shl i{n} %xpu.odd.{n}, {n - 1}\n"
        if any(match[2] == kind for match in _ZERO.finditer(body)):
            head += f"  %xpu.bit.{n} = trunc i64 %xpu.even to i1\n"
            head += f"  %xpu.zero.{kind} = uitofp i1 %xpu.bit.{n} to {kind}\n"
    if not head:
        return body
    body = _ZERO.sub(r"\1 %xpu.zero.\2, ", body)
    return even("even") + head + (_FNEG.sub(_flip, body) if signs else body)


def _flip(match: re.Match[str]) -> str:
    indent, result, kind, value = match.groups()
    n, own = _BITS[kind], match.start()
    return (
        f"{indent}%xpu.bits.{own} = bitcast {kind} {value} to i{n}\n"
        f"{indent}%xpu.turned.{own} = xor i{n} %xpu.bits.{own}, %xpu.sign.{n}\n"
        f"{indent}{result} = bitcast i{n} %xpu.turned.{own} to {kind}"
    )
