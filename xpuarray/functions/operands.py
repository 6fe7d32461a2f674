"""NumPy's ways with operands: numbers and lists of them beside arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import reject
from xpuarray.functions.creation import asarray
from xpuarray.placement.devices import Device

__all__ = ["SEQUENCES", "as_operand"]

#: What is read as numbers one by one.
SEQUENCES = (list, tuple, range)


def as_operand(name: str, value: Any, device: Device | None) -> Array:
    """`value` as an array: itself, or numbers and lists of them brought to `device` (None: the default device).

    Raises ImplicitTransferError for arrays of other libraries.
    """
    if isinstance(value, Array):
        return value
    if not isinstance(value, (bool, int, float, complex, np.generic, *SEQUENCES)):
        reject(name, value)
    return asarray(value, device=device)
