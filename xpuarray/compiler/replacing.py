"""What passes share that put functions of the kernel language in the place of Numba's own operations."""

from __future__ import annotations

from typing import Any

from numba.core import ir as numba_ir
from numba.core.compiler_machinery import FunctionPass

__all__ = ["Replacing"]


class Replacing(FunctionPass):
    """Goes through the assignments of a typed function; `_replace` changes those that it is about."""

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        changed = False
        for block in state.func_ir.blocks.values():
            for statement in block.find_insts(numba_ir.Assign):
                changed |= self._replace(state, statement)
        return changed

    def _replace(self, state: Any, statement: Any) -> bool:
        """Change the statement if it is one to change; says whether it did."""
        raise NotImplementedError
