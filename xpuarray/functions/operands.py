"""NumPy's ways with operands: numbers and lists of them beside arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import reject
from xpuarray.functions.creation import asarray
from xpuarray.placement.devices import Device

__all__ = ["as_operand"]


def as_operand(name: str, value: Any, device: Device | None) -> Array:
    """`value` as an array: itself, or numbers and lists of them brought to `device` (None: the default device).

    Raises ImplicitTransferError for arrays of other libraries.
    """
    if isinstance(value, Array):
        return value
    if not isinstance(value, (bool, int, float, complex, np.generic, list, tuple, range)):
        reject(name, value)
    return asarray(value, device=device)
