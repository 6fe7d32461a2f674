"""Data types: the standard's dtypes, promotion, and what a device can hold."""

from __future__ import annotations

import builtins
import functools
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import small
from xpuarray.functions.operators import operation
from xpuarray.fusion import Operation, compute_now, defer, is_deferred
from xpuarray.kernels import elementwise as kernels
from xpuarray.placement.devices import Device

__all__ = [
    "astype", "bool", "can_cast", "complex64", "complex128", "e", "finfo", "float16", "float32", "float64", "iinfo",
    "inf", "int8", "int16", "int32", "int64", "isdtype", "nan", "newaxis", "pi", "result_type", "uint8", "uint16",
    "uint32", "uint64",
]  # fmt: skip

from numpy import bool_ as bool
from numpy import (
    complex64,
    complex128,
    e,
    float16,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    nan,
    newaxis,
    pi,
    uint8,
    uint16,
    uint32,
    uint64,
)

from xpuarray.backends.host.library import numpy_library

isdtype = numpy_library().isdtype


class FloatInfo:
    """Limits of a floating-point dtype, as NumPy's `finfo` has them, but numbers are Python's."""

    def __init__(self, dtype: np.dtype):
        self._info = np.finfo(dtype)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._info, name)
        return float(value) if isinstance(value, np.floating) else value

    def __repr__(self) -> str:
        return repr(self._info)


def finfo(type: Any, /) -> FloatInfo:
    """Limits of a floating-point dtype (of a complex one: of its parts), given itself or by an array:
    `bits`, `eps`, `max`, `min`, `smallest_normal`, `dtype`, and NumPy's others.

    Raises ValueError for other dtypes.

    >>> import xpuarray as xp
    >>> xp.finfo(xp.float32).eps
    1.1920928955078125e-07
    """
    return FloatInfo(_dtype_of(type))


def iinfo(type: Any, /) -> np.iinfo:
    """Limits of an integer dtype, given itself or by an array: `bits`, `max`, `min`, `dtype`.

    Raises ValueError for other dtypes.

    >>> import xpuarray as xp
    >>> xp.iinfo(xp.int8).max
    127
    """
    return np.iinfo(_dtype_of(type))


def _dtype_of(x: Any) -> np.dtype:
    return x.dtype if isinstance(x, Array) else np.dtype(x)


def default_float(device: Device) -> np.dtype:
    """float64, or float32 on a device without doubles."""
    return np.dtype(float64 if device.info.fp64 else float32)


def as_floating(x: Array) -> Array:
    """x, or its integers or bools as the device's default float."""
    return astype(x, default_float(x.device)) if x.dtype.kind in "biu" else x


def as_dtype(dtype: Any, device: Device) -> np.dtype:
    """A dtype that someone asked for.  Raises UnsupportedDTypeError if the device can't hold it."""
    wanted = np.dtype(dtype)
    if wanted.kind not in "biufc" or wanted.itemsize > 16 or wanted.char in "gG":
        raise UnsupportedDTypeError(f"{wanted} is no numeric dtype that a device can hold")
    fitting = device.info.fit(wanted)
    if fitting != wanted:
        raise UnsupportedDTypeError(f"{device} has no {wanted}; it has {fitting}")
    if wanted == np.float16 and not device.info.fp16:
        raise UnsupportedDTypeError(f"{device} has no {wanted}; it has float32")
    return wanted


def promote(device: Device, *operands: Any) -> np.dtype:
    """The common dtype of arrays and scalars.

    Arrays and NumPy scalars promote as in NumPy.  A Python scalar is weak: it takes the arrays'
    dtype, or the default of its kind where theirs is of a lower kind.
    """
    typed = [o.dtype for o in operands if isinstance(o, (Array, np.generic))]
    dtype = np.result_type(*typed) if typed else np.dtype(np.bool_)
    for operand in operands:
        if isinstance(operand, (Array, np.generic)):
            continue
        if isinstance(operand, complex):
            if dtype.kind != "c":
                single = dtype in (np.float16, np.float32)
                dtype = np.dtype(complex64 if single else complex128)
        elif isinstance(operand, float):
            if dtype.kind in "biu":
                dtype = np.dtype(float64)
        elif not isinstance(operand, np.bool_) and type(operand) is not builtins.bool and dtype.kind == "b":
            dtype = np.dtype(int64)
    return device.info.fit(dtype)


@operation
def astype(x: Array, dtype: Any, /, *, copy: builtins.bool = True, device: Any = None) -> Array:
    """x converted to `dtype`; x itself if it has that dtype already and `copy` is False.

    Floats become integers by truncation.  Complex numbers don't become real ones.

    Raises UnsupportedDTypeError if the device does not have `dtype`, or for complex to real.
    """
    where = x.device
    wanted = as_dtype(dtype, where)
    if x.dtype.kind == "c" and wanted.kind != "c":
        raise UnsupportedDTypeError(f"astype: {x.dtype} does not become {wanted}; take xp.real(x) or xp.abs(x) first")
    if wanted == x.dtype and not copy:
        result = x
    elif wanted != x.dtype and is_deferred(where, x.size, (x,)) and not {x.dtype.char, wanted.char} & set("eFD"):
        result = defer(_conversion(wanted), where, (x,), x.shape)
    else:
        result = _astype(where, x, wanted)
    return result if device is None else result.to_device(device)


def _astype(device: Device, x: Array, wanted: np.dtype) -> Array:
    if x.size <= device.runtime.host_until > 0:
        return small.made(small.quietly(x._host_values().astype, wanted), device)  # type: ignore[union-attr]
    kinds = {x.dtype.char, wanted.char}
    singles = "f" in kinds and len(kinds) == 2 and not kinds & set("eFD")
    if singles and x.size and device.runtime.faults.needs_kernel("astype", np.dtype(np.float32)):
        value = compute_now(_conversion(wanted), device, (x,), x.shape, must=True)
        assert value is not None
        return value
    return Array(device.runtime.library.astype(x._native, wanted, copy=True), device)


@functools.cache
def _conversion(wanted: np.dtype) -> Operation:
    """The conversion of real numbers to `wanted` as an elementwise operation."""
    return Operation(
        f"astype_{wanted}", kernels.positive, (wanted.name,), wanted, lambda device, x: _astype(device, x[0], wanted)
    )


def can_cast(from_: Any, to: Any, /) -> builtins.bool:
    """Whether `from_` (a dtype or an array) converts to `to` without loss of kind or range."""
    return np.can_cast(from_.dtype if isinstance(from_, Array) else from_, to)


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """The dtype that arrays, dtypes and scalars promote to."""
    arrays = [a for a in arrays_and_dtypes if isinstance(a, Array)]
    as_scalars = [np.dtype(a).type(0) if isinstance(a, (type, np.dtype)) else a for a in arrays_and_dtypes]
    if not arrays and all(isinstance(a, (int, float, complex)) and not isinstance(a, np.generic) for a in as_scalars):
        raise ValueError("result_type needs an array or a dtype")
    from xpuarray.placement.devices import default_device

    return promote(arrays[0].device if arrays else default_device(), *as_scalars)
