"""NumPy's ways with operands: numbers and lists of them beside arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import reject
from xpuarray.functions.creation import asarray
from xpuarray.fusion.plans import scalar
from xpuarray.placement.devices import Device

__all__ = ["SEQUENCES", "as_operand", "check_integers"]

#: What is read as numbers one by one.
SEQUENCES = (list, tuple, range)


def check_integers(name: str, value: Any, dtype: np.dtype) -> None:
    """Raise OverflowError for a Python integer, alone or in a list, that an integer `dtype` does not hold."""
    if dtype.kind in "iu" and isinstance(value, (int, *SEQUENCES)):
        for number in np.ravel(np.asarray(value, object)):
            if type(number) is int:
                scalar(name, number, dtype)


def as_operand(name: str, value: Any, device: Device | None) -> Array:
    """`value` as an array: itself, or numbers and lists of them brought to `device` (None: the default device).

    Raises ImplicitTransferError for arrays of other libraries.
    """
    if isinstance(value, Array):
        return value
    if not isinstance(value, (bool, int, float, complex, np.generic, *SEQUENCES)):
        reject(name, value)
    return asarray(value, device=device)
