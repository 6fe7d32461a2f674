"""NumPy's ways with operands: numbers and lists of them beside arrays; indices may be NumPy's own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, reject
from xpuarray.core.promotion import promote
from xpuarray.functions.conversion import asarray
from xpuarray.functions.data_types import astype
from xpuarray.fusion.plans import scalar
from xpuarray.placement.devices import Device

__all__ = [
    "NUMBERS", "SEQUENCES", "as_comparand", "as_index", "as_one_dtype", "as_operand", "as_operands", "check_integers",
    "led_by_an_array",
]  # fmt: skip

#: What is one number.
NUMBERS = (bool, int, float, complex, np.generic)
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
    if not isinstance(value, (*NUMBERS, *SEQUENCES)):
        reject(name, value)
    return asarray(value, device=device)


def led_by_an_array(name: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands; of numbers alone the first becomes an array, on the default device."""
    if not any(type(o) is Array for o in operands) and all(isinstance(o, NUMBERS) for o in operands):
        return (as_operand(name, operands[0], None), *operands[1:])
    return operands


def as_comparand(name: str, value: Any, x: Array) -> Array:
    """`value` as an array whose elements are looked for among x's: a number takes x's dtype, unless that lacks it."""
    if isinstance(value, (Array, np.generic, *SEQUENCES)):
        try:
            return as_operand(name, value, x.device)
        except OverflowError:  # integers beyond 64 bits: doubles are as far from all others
            return asarray(np.asarray(value, object).astype(np.float64), device=x.device)
    if type(value) is int and x.dtype.kind in "iu" and not np.iinfo(x.dtype).min <= value <= np.iinfo(x.dtype).max:
        return asarray(value if -(2**63) <= value < 2**64 else float(value), device=x.device)
    common_device(name, x, value)
    return asarray(value, promote(x.device, x, value), device=x.device)


def as_one_dtype(name: str, values: Any, device: Device) -> list[Array]:
    """Arrays, numbers and lists of them as arrays of the dtype that they promote to: a Python number is weak."""
    parts = [v if type(v) in (int, float, complex) else as_operand(name, v, device) for v in values]
    dtype = promote(device, *parts)
    arrays = [v if type(v) is Array else asarray(scalar(name, v, dtype), device=device) for v in parts]
    return [astype(v, dtype, copy=False) for v in arrays]


def as_operands(name: str, values: Any, device: Device | None = None) -> list[Array]:
    """A sequence of operands (of an array, its parts) as arrays, on the device of the first one that is an array, or on
    `device`.

    Raises PlacementError for arrays on several devices, TypeError for what is no sequence.
    """
    if not isinstance(values, (Array, *SEQUENCES)):
        raise TypeError(f"{name}: takes a list or a tuple of arrays, not {type(values).__name__}")
    parts = list(values)
    first = parts[0]._device if parts and type(parts[0]) is Array else None
    if first is not None and all([type(v) is Array and v._device is first for v in parts]):
        return parts
    place = next((v.device for v in parts if isinstance(v, Array)), device)
    found = [as_operand(name, v, place) for v in parts]
    if len(found) > 1:
        common_device(name, *found)
    return found


def as_index(name: str, value: Any, device: Device | None, kinds: str = "biu") -> Array:
    """`value`, indices or a mask, as an array: an index is a parameter, which may be an array of NumPy's, too.

    kinds: of dtypes that will do: for a mask, all

    Raises IndexError for what is neither integers nor bools.
    """
    if isinstance(value, np.ndarray):
        value = asarray(value, device=device)
    index = as_operand(name, value, device)
    if not index.size and isinstance(value, SEQUENCES):
        return asarray(value, np.int64, device=index.device)  # NumPy takes a list without numbers for floats
    if index.dtype.kind not in kinds:
        raise IndexError(f"{name}: indices are integers or bools, not {index.dtype}")
    return index
