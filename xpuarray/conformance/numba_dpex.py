"""What of the kernel language numba-dpex 0.23 does not have, or gets wrong: case by case, each with the reason.

These cases don't apply where it is the compiler (compiler/targets/dpex.py).
"""

from __future__ import annotations

__all__ = ["lacking"]

_COLLECTIVES = "numba-dpex has no sub-groups, and no functions that a group calls together"
_UNSIGNED = "numba-dpex has no atomic operations on unsigned integers"

#: the beginning of a case's name -> what numba-dpex lacks
LACKING = {
    "arguments.bounds": "numba-dpex has no check='bounds'",
    "arguments.rows_and_slices": "numba-dpex has no slices of arrays",
    "atomics.operations[uint": _UNSIGNED,
    "collectives.": _COLLECTIVES,
    "integers.powers": "numba-dpex takes powers of integers through doubles",
    "memory.sub_group_barrier": _COLLECTIVES,
    "positions.sub_group": _COLLECTIVES,
}


def lacking(case: str) -> str:
    """Why a case does not apply; "" if it does."""
    return next((why for start, why in LACKING.items() if case.startswith(start)), "")
