"""The real and the imaginary parts of arrays: views of their memory."""

from __future__ import annotations

from typing import Any

from xpuarray.core.array import Array, part_of, view_of
from xpuarray.core.shared_memory import in_sight
from xpuarray.functions.creation import zeros_like
from xpuarray.functions.operands import as_operand
from xpuarray.lang.counterpart import counterpart

__all__ = ["imag", "real"]


@counterpart("real")
def real(val: Any) -> Array:
    """The real parts of complex numbers, a view; of other numbers the array itself."""
    x = as_operand("real", val, None)
    return _part(x, "real") if x.dtype.kind == "c" else x


@counterpart("imag")
def imag(val: Any) -> Array:
    """The imaginary parts of complex numbers, a view; of other numbers new zeros."""
    x = as_operand("imag", val, None)
    return _part(x, "imag") if x.dtype.kind == "c" else zeros_like(x)


def _part(x: Array, name: str) -> Array:
    memory = in_sight(x)
    if memory is not None:
        return part_of(x, getattr(memory, name))
    native = x._native  # computed before the device is taken
    with x._device.runtime.active():
        return view_of(x, getattr(native, name))
