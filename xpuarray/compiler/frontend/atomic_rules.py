"""What AtomicRef refuses, whichever compiler reads the kernel."""

from __future__ import annotations

from numba.core import types
from numba.core.errors import TypingError

__all__ = ["GENERIC", "check_address_space", "check_fits"]

GENERIC = 4  # the address space that stands for all


def check_address_space(addrspace: int, wanted: int | None) -> None:
    """A TypingError if the kernel names another address space than that of the array; None names none."""
    if wanted is not None and wanted not in (addrspace, GENERIC):
        raise TypingError(f"the array is in address space {addrspace}, not {wanted}")


def check_fits(dtype: types.Type, value: types.Type) -> None:
    """A TypingError if storing `value` in an element of `dtype` would lose its fraction."""
    if not isinstance(value, types.Integer if isinstance(dtype, types.Integer) else (types.Integer, types.Float)):
        raise TypingError(f"an AtomicRef to {dtype} doesn't take values of type {value}; convert it first")
