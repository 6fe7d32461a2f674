"""LLVM's pass managers, given back when they are gone.

Upstream bug, seen with llvmlite 0.50: `ModulePassManager` and `FunctionPassManager` have two bases with `_dispose`, and
inherit the one that does nothing.  Numba makes one for each function it compiles, and so kept 2.3 MiB a kernel of the
host's, and 2 MiB a parallel function of its own (tests/test_upstream.py).
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm

__all__ = ["dispose_of_them"]


def dispose_of_them(managers: Any) -> None:
    """Have LLVM's objects of this module of llvmlite's freed with Python's."""
    for kind in managers.ModulePassManager, managers.FunctionPassManager:
        if kind._dispose is llvm.ffi.ObjectRef._dispose:
            kind._dispose = managers.NewPassManager._dispose


if hasattr(llvm, "newpassmanagers"):  # older ones have managers of another kind
    dispose_of_them(llvm.newpassmanagers)
