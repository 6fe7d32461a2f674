"""Changes of sign, so written that Intel's compiler keeps them right across barriers.

Intel's CPU compiler (2026.2) computes some values anew behind a barrier rather than keep them for each work-item (its
pass reduce-cross-barrier-values), and of an fneg, LLVM's one operation of a single operand, it takes the operand where
it is stored for another work-item: `w = -v`, a barrier, and w is that of another one.  Where the operand is computed
anew, too, as in `-(v * v)`, the process ends.  So in modules with barriers the sign bit is turned by an exclusive or.
With a constant it would become an fneg again; that `id * (id + 1) ^ 1` is odd no compiler knows.
tests/test_upstream.py says when this is needed no more.
"""

from __future__ import annotations

import re

__all__ = ["turned"]

_BARRIER = re.compile(r"@_Z\d+(?:(?:sub_group_)?barrier|(?:work|sub)_group_)")
_FUNCTION = re.compile(r"^(define [^\n]*\{\n(?:[^ \n][^\n]*:[^\n]*\n)?)(.*?)^\}", re.MULTILINE | re.DOTALL)
_FNEG = re.compile(r"^( *)(%\S+) = fneg (?:\w+ )*?(half|float|double) ([^\s,]+)", re.MULTILINE)
_BITS = {"half": 16, "float": 32, "double": 64}

_GLOBAL_ID = "declare spir_func i64 @_Z13get_global_idj(i32)"
_SIGN = """\
  %xpu.sign.id = tail call spir_func i64 @_Z13get_global_idj(i32 0)
  %xpu.sign.next = add i64 %xpu.sign.id, 1
  %xpu.sign.even = mul i64 %xpu.sign.id, %xpu.sign.next
  %xpu.sign.odd = xor i64 %xpu.sign.even, 1
"""


def turned(text: str) -> str:
    """LLVM IR of a module without an fneg, if there is a barrier in it."""
    if " = fneg " not in text or not _BARRIER.search(text):
        return text
    changed = _FUNCTION.sub(lambda match: match[1] + _turned(match[2]) + "}", text)
    if not re.search(r"^declare [^\n]*@_Z13get_global_idj\(", changed, re.MULTILINE):
        changed += f"\n{_GLOBAL_ID}\n"
    return changed


def _turned(body: str) -> str:
    used = {match[3] for match in _FNEG.finditer(body)}
    if not used:
        return body
    signs = [f"  %xpu.sign.{n} = shl i{n} {_odd(n)}, {n - 1}\n" for n in sorted(map(_BITS.__getitem__, used))]
    odds = [f"  {_odd(n)} = trunc i64 %xpu.sign.odd to i{n}\n" for n in sorted(map(_BITS.__getitem__, used)) if n < 64]
    return _SIGN + "".join(odds + signs) + _FNEG.sub(_flip, body)


def _odd(n: int) -> str:
    return "%xpu.sign.odd" if n == 64 else f"%xpu.sign.odd.{n}"


def _flip(match: re.Match[str]) -> str:
    indent, result, kind, value = match.groups()
    n, own = _BITS[kind], result[1:].replace('"', "")
    own = own if re.fullmatch(r"[\w.$-]+", own) else str(match.start())
    return (
        f"{indent}%xpu.bits.{own} = bitcast {kind} {value} to i{n}\n"
        f"{indent}%xpu.flip.{own} = xor i{n} %xpu.bits.{own}, %xpu.sign.{n}\n"
        f"{indent}{result} = bitcast i{n} %xpu.flip.{own} to {kind}"
    )
