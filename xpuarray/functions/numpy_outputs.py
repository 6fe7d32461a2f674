"""NumPy's ways with operands and results: numbers and lists beside arrays, and `out=`."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, reject
from xpuarray.functions.creation import asarray
from xpuarray.functions.operators import operations
from xpuarray.placement.devices import Device

__all__ = ["beside", "delivered"]


def beside(name: str, value: Any, device: Device | None) -> Array:
    """`value` as an array: itself, or numbers and lists of them brought to `device` (None: the default device).

    Raises ImplicitTransferError for arrays of other libraries.
    """
    if isinstance(value, Array):
        return value
    if not isinstance(value, (bool, int, float, complex, np.generic, list, tuple, range)):
        reject(name, value)
    return asarray(value, device=device)


def delivered(name: str, value: Any, out: Any) -> Any:
    """`value`, or, if an array `out` is given, `out` with the values written into it.

    Raises ValueError if its shape is not the value's, TypeError if the value's kind does not fit into its
    dtype, PlacementError if it is on another device.
    """
    if isinstance(out, tuple) and len(out) == 1:  # as NumPy's ufuncs pass it
        (out,) = out
    if out is None:
        return value
    if not isinstance(out, Array):
        raise TypeError(f"{name}: out is an xpuarray array or None, not {type(out).__name__}")
    common_device(name, value, out)
    if out.shape != value.shape:
        raise ValueError(f"{name}: the result's shape {value.shape} is not that of out, {out.shape}")
    if not np.can_cast(value.dtype, out.dtype, "same_kind"):
        raise TypeError(f"{name}: the result's dtype {value.dtype} does not fit into that of out, {out.dtype}")
    operations["setitem"](out, Ellipsis, value)
    return out
