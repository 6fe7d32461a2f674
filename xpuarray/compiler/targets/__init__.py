"""The compiler's targets: one file each, with what it alone needs, and one record in TARGETS, by which everything
else knows the target without loading it (and Numba with it)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

from xpuarray.backends.interrupts import on_own_stack

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """One target."""

    #: what a runtime calls it in its `target`; and the module in this folder, which must have
    #: `compile_kernel(kernel, space, types, info)`, and if `stored` (but not `text`) `assembly(binary, llvm)`
    name: str
    stored: bool = False  #: whether its binaries are bytes, and kept on disk; else they are Python callables
    text: bool = False  #: whether its binaries are text already
    emitted: bool = False  #: whether LLVM makes the code in a process of its own, which is then started early
    shiftable: bool = False  #: whether there is `shifted(name, llvm, dimension)`; see Compiled
    by: str = ""  #: whose compiler it is, where it is not ours

    def module(self) -> ModuleType:
        """The target's own code, loaded."""
        name = f"{__name__}.{self.name}"
        if name not in sys.modules:  # an import that ends halfway leaves half of Numba there for good
            on_own_stack(importlib.import_module)(name)
        return importlib.import_module(name)

    def assembly(self, binary: bytes, llvm: str) -> str:
        """A stored binary as text; llvm: what it was made from."""
        return binary.decode() if self.text else self.module().assembly(binary, llvm)

    def shifted(self, name: str, llvm: str) -> Callable[[int], bytes] | None:
        """`Compiled.shifted` of a kernel."""
        return (lambda dimension: self.module().shifted(name, llvm, dimension)) if self.shiftable else None


TARGETS = {
    target.name: target
    for target in (
        Target("spirv", stored=True, emitted=True, shiftable=True),
        Target("ptx", stored=True, text=True, emitted=True),
        Target("dpex", stored=True, by="numba-dpex"),
        Target("prange"),
        Target("simulator"),
        Target("counted"),
    )
}
