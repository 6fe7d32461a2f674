"""Data types: the standard's dtypes, conversion, and what is asked of dtypes."""

from __future__ import annotations

import builtins
import functools
from typing import Any

import numpy as np
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
    issubdtype,
    iterable,
    min_scalar_type,
    mintypecode,
    nan,
    ndindex,
    newaxis,
    pi,
    promote_types,
    typename,
    uint8,
    uint16,
    uint32,
    uint64,
)

from xpuarray.backends.host.library import numpy_library
from xpuarray.core.array import Array, allocated, from_numpy, made_by_numpy
from xpuarray.core.dispatch import common_device
from xpuarray.core.modes import current
from xpuarray.core.promotion import as_dtype, default_float, promote
from xpuarray.core.quick import at_hand
from xpuarray.core.shared_memory import quiet, quietly, suits_numpy
from xpuarray.core.typing import Place
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.fusion import Operation, compute_now, defer, is_deferred
from xpuarray.kernels import elementwise as kernels
from xpuarray.placement.devices import Device, as_device, default_device

__all__ = [
    "astype", "bool", "can_cast", "common_type", "complex128", "complex64", "e", "finfo", "float16", "float32",
    "float64", "iinfo", "inf", "int16", "int32", "int64", "int8", "isdtype", "issubdtype", "iterable",
    "min_scalar_type", "mintypecode", "nan", "ndindex", "newaxis", "pi", "promote_types", "result_type",
    "typename", "uint16", "uint32", "uint64", "uint8",
]  # fmt: skip

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
    """Limits of a floating-point dtype (of a complex one: of its parts), given itself, by an array or by a number:
    `bits`, `eps`, `max`, `min`, `smallest_normal`, `dtype`, and NumPy's others.

    Raises ValueError for other dtypes.

    >>> import xpuarray as xp
    >>> xp.finfo(xp.float32).eps
    1.1920928955078125e-07
    """
    return _float_info(_dtype_of(type))


#: One object a dtype, so that they compare as NumPy's do.
_float_info = functools.lru_cache(maxsize=16)(FloatInfo)


def iinfo(type: Any, /) -> np.iinfo:
    """Limits of an integer dtype, given itself, by an array or by a number: `bits`, `max`, `min`, `dtype`.

    Raises ValueError for other dtypes.

    >>> import xpuarray as xp
    >>> xp.iinfo(xp.int8).max
    127
    """
    return np.iinfo(_dtype_of(type))


def _dtype_of(x: Any) -> np.dtype:
    if isinstance(x, (Array, np.ndarray, np.generic)):
        return x.dtype
    try:
        return np.dtype(x)
    except TypeError:
        return np.dtype(type(x))


def astype(x: Array, dtype: Any, /, *, copy: builtins.bool = True, device: Place = None) -> Array:
    """x converted to `dtype`; x itself if it has that dtype already and `copy` is False.

    Floats become integers by truncation.  Complex numbers don't become real ones.

    Raises UnsupportedDTypeError if the device does not have `dtype`, or for complex to real.
    """
    if not isinstance(x, Array):
        raise TypeError(f"astype: takes an array, not {type(x).__name__}; write xp.asarray(a, dtype)")
    where = x._device
    wanted = as_dtype(dtype, where)
    if x.dtype.kind == "c" and wanted.kind != "c":
        raise UnsupportedDTypeError(f"astype: {x.dtype} does not become {wanted}; take xp.real(x) or xp.abs(x) first")
    if wanted == x.dtype and not copy:
        result = x
    elif (values := at_hand(x)) is not None:
        result = made_by_numpy(quiet.run(values.astype, wanted), where)
    elif wanted != x.dtype and is_deferred(where, x.size, (x,)) and not {x.dtype.char, wanted.char} & set("eFD"):
        result = defer(_conversion(wanted), where, (x,), x.shape)
    else:
        result = _astype(where, x, wanted)
    if result is not x:
        result._read_only = x._is_value  # a copy of a value is one; of an array, an array
    return result if device is None else result.to_device(device)


def _astype(device: Device, x: Array, wanted: np.dtype, dense: builtins.bool = False) -> Array:
    """A copy in that dtype; its elements lie as x's do, in whatever order that is, or (`dense`) row by row."""
    if wanted == x.dtype and (recorder := current().recorder) is not None:
        copy = recorder.copied(x)
        if copy is not None:
            return copy
    if suits_numpy(device.runtime, x.size):
        order = "C" if dense else "K"
        return from_numpy(quietly(x._host_values().astype, wanted, order), device)  # type: ignore[union-attr]
    kinds = {x.dtype.char, wanted.char}
    singles = "f" in kinds and len(kinds) == 2 and x.size and not kinds & set("eFD")
    if singles and device.runtime.faults.needs_kernel("astype", _SINGLE):
        value = compute_now(_conversion(wanted), device, (x,), x.shape, must=True)
        assert value is not None
        return value
    if wanted == np.complex128 and x.dtype.char in "fF" and device.runtime.faults.needs_kernel("astype", _SINGLE):
        if x.dtype.kind == "c":
            return _doubled(device, x)
        x = _astype(device, x, np.dtype(np.float64))
    native = x._native
    if dense and not native.flags.c_contiguous:
        made = allocated(device.runtime.empty(x.shape, wanted), device)
        made[...] = x
        return made
    return Array(device.runtime.library.astype(native, wanted, copy=True), device)


_SINGLE = np.dtype(np.float32)


def _doubled(device: Device, x: Array) -> Array:
    """Complex singles as complex doubles: their parts, side by side, are real singles."""
    library, reinterpret = device.runtime.library, device.runtime.reinterpret
    dense = x if x._native.flags.c_contiguous else _astype(device, x, x.dtype, dense=True)
    parts = reinterpret(library.reshape(dense._native, (-1,)), _SINGLE)
    doubles = _astype(device, Array(parts, device), np.dtype(np.float64))._native
    return Array(library.reshape(reinterpret(doubles, np.dtype(np.complex128)), x.shape), device)


@functools.lru_cache(maxsize=64)
def _conversion(wanted: np.dtype) -> Operation:
    """The conversion of real numbers to `wanted` as an elementwise operation."""
    return Operation(
        f"astype_{wanted}",
        kernels.positive,
        (wanted.name,),
        wanted,
        lambda device, x: _astype(device, x[0], wanted),
        lambda x, out: np.copyto(out, x, casting="unsafe"),
    )


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> builtins.bool:
    """Whether `from_` (a dtype or an array) converts to `to`: "safe" without loss of kind or range, or as NumPy's
    `casting` says."""
    return np.can_cast(from_.dtype if isinstance(from_, Array) else from_, to, casting)


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """The dtype that arrays, dtypes and scalars promote to."""
    arrays = [a for a in arrays_and_dtypes if isinstance(a, Array)]
    as_scalars = [
        np.dtype(a).type(0) if a is None or isinstance(a, (type, np.dtype, str)) else a for a in arrays_and_dtypes
    ]
    if not arrays and all(isinstance(a, (int, float, complex)) and not isinstance(a, np.generic) for a in as_scalars):
        raise ValueError("result_type needs an array or a dtype")
    return promote(arrays[0].device if arrays else default_device(), *as_scalars)


def common_type(*arrays: Any) -> type[np.generic]:
    """The floating type (a class) that holds all arrays: of integers, the device's default float."""
    if not arrays:
        return np.float16
    for x in arrays:
        if not hasattr(x, "dtype"):
            raise TypeError(f"common_type: takes arrays, not {type(x).__name__}")
        if x.dtype.kind == "b":
            raise TypeError("common_type: takes numbers, not bools")
    place = next((x.device for x in arrays if isinstance(x, Array)), None)
    floats = [default_float(place or default_device()) if x.dtype.kind in "iu" else x.dtype for x in arrays]
    return np.result_type(*floats).type


def from_array(x: Array, dtype: Any, device: Place, copy: builtins.bool | None) -> Array:
    """x with that dtype on that device: `asarray` of an array."""
    place = x.device if device is None else as_device(device)
    wanted = x.dtype if dtype is None else as_dtype(dtype, place)
    if copy is False and (wanted != x.dtype or place is not x.device):
        raise ValueError(f"asarray: {x.dtype} on {x.device} to {wanted} on {place} needs a copy")
    moved = x.to_device(place)
    if wanted != moved.dtype:
        return astype(moved, wanted)
    return copied(x) if copy and moved is x else moved


def copied(x: Array) -> Array:
    """A copy of x, whose elements lie row by row, however x's do."""
    values = at_hand(x)
    if values is not None:
        return made_by_numpy(values.copy(), x._device)
    return _astype(x._device, x, x.dtype, dense=True)


def as_floating(name: str, x: Array) -> Array:
    """x, or if it holds integers or bools, x in the device's default float."""
    common_device(name, x)
    return astype(x, default_float(x.device)) if x.dtype.kind in "biu" else x
