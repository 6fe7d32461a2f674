"""Which dtype a call computes in: what was asked for, what operands promote to, what a device can hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.placement.devices import Device
from xpuarray.text import integer

__all__ = ["as_dtype", "default_float", "number_of", "promote"]


_DOUBLE, _SINGLE = np.dtype(np.float64), np.dtype(np.float32)
#: What any device with doubles has.
_COMMON = frozenset(map(np.dtype, "?bhilqBHILQfdFD"))


def default_float(device: Device) -> np.dtype:
    """float64, or float32 on a device without doubles."""
    return _DOUBLE if device.info.fp64 else _SINGLE


def as_dtype(dtype: Any, device: Device) -> np.dtype:
    """A dtype that someone asked for, in the processor's order of bytes.  Raises UnsupportedDTypeError if the device
    can't hold it."""
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        if isinstance(dtype, int):
            raise TypeError(f"{dtype} is no dtype; several extents are one tuple, as in zeros((2, {dtype}))") from None
        raise
    if device.info.fp64 and wanted in _COMMON and wanted.names is None:  # an int32 may have fields, and equal one
        return wanted
    if not wanted.isnative and wanted.names is None:
        return as_dtype(wanted.newbyteorder("="), device)
    if wanted.names is not None or wanted.kind not in "biufc" or wanted.itemsize > 16 or wanted.char in "gG":
        raise UnsupportedDTypeError(f"{wanted} is no numeric dtype that a device can hold")
    fitting = device.info.fit(wanted)
    if fitting != wanted:
        raise UnsupportedDTypeError(f"{device} has no {wanted}; it has {fitting}")
    if wanted == np.float16 and not device.info.fp16:
        raise UnsupportedDTypeError(f"{device} has no {wanted}; it has float32")
    return wanted


def number_of(name: str, value: Any, dtype: np.dtype) -> Any:
    """`value` as Python's number for one element of `dtype`.  Raises OverflowError, naming it, if it does not fit."""
    if isinstance(value, (complex, np.complexfloating)) and dtype.kind != "c":
        raise UnsupportedDTypeError(f"{name}: {value} does not become {dtype}; take its .real or abs() of it first")
    try:
        return dtype.type(value).item()
    except OverflowError:
        told = integer(value) if isinstance(value, int) else value
        raise OverflowError(f"{name}: {told} does not fit into {dtype}") from None


def promote(device: Device, *operands: Any) -> np.dtype:
    """The common dtype of arrays and scalars.

    Arrays and NumPy scalars promote as in NumPy.  A Python scalar is weak: it takes the arrays'
    dtype, or the default of its kind where theirs is of a lower kind.
    """
    typed = [o.dtype for o in operands if isinstance(o, (Array, np.generic))]
    dtype: np.dtype = typed[0] if typed else np.dtype(np.bool_)
    if typed.count(dtype) != len(typed):
        dtype = np.result_type(*typed)
    for operand in operands:
        if isinstance(operand, (Array, np.generic)):
            continue
        if isinstance(operand, complex):
            if dtype.kind != "c":
                single = dtype in (np.float16, np.float32)
                dtype = np.dtype(np.complex64 if single else np.complex128)
        elif isinstance(operand, float):
            if dtype.kind in "biu":
                dtype = np.dtype(np.float64)
        elif not isinstance(operand, np.bool_) and type(operand) is not bool and dtype.kind == "b":
            dtype = np.dtype(np.int64)
    return device.info.fit(dtype)
