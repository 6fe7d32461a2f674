"""Sums of products as fused multiply-adds, where a kernel allows it (`fastmath`), in optimised LLVM IR.

SPIR-V has no word for LLVM's flag `contract` that Intel's CPU runtime (2026.2) takes, and its compiler joins nothing
by itself; so what may be joined is written as OpenCL's `fma`.  (LLVM's PTX backend joins by itself.)
"""

from __future__ import annotations

import re

__all__ = ["contracted"]

_OPERATION = re.compile(
    r"^(?P<indent> *)(?P<result>%\S+) = (?P<name>f(?:mul|add|sub)) (?P<flags>(?:\w+ )*)(?P<type>float|double) "
    r"(?P<x>\S+), (?P<y>[^\s,]+)$",
    re.MULTILINE,
)
_FUSED = {"float": "_Z3fmafff", "double": "_Z3fmaddd"}


def contracted(text: str) -> str:
    """LLVM IR in which a product that only one sum or difference uses is part of it, if both allow it."""
    if "fmul fast" not in text and "contract " not in text:
        return text
    functions = re.split(r"^(?=define )", text, flags=re.MULTILINE)
    joined = "".join(map(_contracted, functions))
    used = sorted(t for t, name in _FUSED.items() if f"@{name}(" in joined and f" {t} @{name}({t}" not in text)
    return "\n".join([joined, *(f"declare spir_func {t} @{_FUSED[t]}({t}, {t}, {t})" for t in used)])


def _contracted(function: str) -> str:
    products = {m["result"]: m for m in _OPERATION.finditer(function) if m["name"] == "fmul" and _allowed(m)}

    def once(name: str) -> bool:
        return name in products and len(re.findall(re.escape(name) + r"(?![\w.])", function)) == 2  # made, used

    def join(match: re.Match[str]) -> str:
        if match["name"] == "fmul" or not _allowed(match):
            return match[0]
        indent, result, kind, x, y = (match[k] for k in ("indent", "result", "type", "x", "y"))
        product, other = (y, x) if once(y) else (x, y)
        if not once(product) or products[product]["type"] != kind:
            return match[0]
        first, second = products[product]["x"], products[product]["y"]
        lines = []
        if match["name"] == "fsub":  # a negative product, or a negative rest
            negative = f"%xpu.negative.{result.lstrip('%').strip(chr(34))}"
            lines.append(f"{indent}{negative} = fneg {kind} {first if product == y else other}")
            first, other = (negative, other) if product == y else (first, negative)
        arguments = ", ".join(f"{kind} {v}" for v in (first, second, other))
        lines.append(f"{indent}{result} = call spir_func {kind} @{_FUSED[kind]}({arguments})")
        return "\n".join(lines)

    return _OPERATION.sub(join, function) if products else function


def _allowed(match: re.Match[str]) -> bool:
    return not {"fast", "contract"}.isdisjoint(match["flags"].split())
