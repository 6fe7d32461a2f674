"""Functions under `numba.njit` take arrays of the host as they take NumPy's, and give back ours: in the same memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import typeof
from numba.core import types
from numba.core.boxing import box_array, unbox_array
from numba.core.datamodel import register_default
from numba.core.datamodel.models import ArrayModel
from numba.core.imputils import lower_cast
from numba.core.pythonapi import box, unbox
from numba.extending import NativeValue, overload_classmethod
from numba.np.arrayobj import intrin_alloc

from xpuarray.core.array import Array, asnumpy, from_numpy
from xpuarray.errors import ImplicitTransferError
from xpuarray.placement.devices import as_device

__all__ = ["numba_type"]


class HostArray(types.Array):
    """An array of the host's in Numba: NumPy's but for what it is in Python. What is made like it is one, too."""

    def __init__(self, dtype: Any, ndim: int, layout: str, readonly: bool = False, aligned: bool = True):
        super().__init__(dtype, ndim, layout, readonly, None, aligned)
        self.name = f"xpuarray {self.name}"  # type: ignore[has-type]

    def copy(self, dtype: Any = None, ndim: int | None = None, layout: Any = None, readonly: Any = None) -> HostArray:
        made = super().copy(dtype, ndim, layout, readonly)
        return HostArray(made.dtype, made.ndim, made.layout, not made.mutable, made.aligned)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> type[HostArray]:
        """The type of what the function makes."""
        return HostArray


register_default(HostArray)(ArrayModel)


@lower_cast(HostArray, types.Array)
@lower_cast(types.Array, HostArray)
def _as_array(context: Any, builder: Any, fromty: Any, toty: Any, val: Any) -> Any:
    return val


@overload_classmethod(HostArray, "_allocate")
def _allocate(cls, size, align):  # type: ignore[no-untyped-def]
    return lambda cls, size, align: intrin_alloc(size, align)


@unbox(HostArray)
def _unboxed(kind: HostArray, given: Any, c: Any) -> NativeValue:
    taking = c.pyapi.unserialize(c.pyapi.serialize_object(_memory))
    memory = c.pyapi.call_function_objargs(taking, (given,))
    c.pyapi.decref(taking)
    found = unbox_array(kind, memory, c)
    c.pyapi.decref(memory)  # the array that Numba has made holds it
    return found


@box(HostArray)
def _boxed(kind: HostArray, value: Any, c: Any) -> Any:
    memory = box_array(kind, value, c)
    giving = c.pyapi.unserialize(c.pyapi.serialize_object(_ours))
    made = c.pyapi.call_function_objargs(giving, (memory,))
    c.pyapi.decref(giving)
    c.pyapi.decref(memory)
    return made


def numba_type(array: Array) -> HostArray:
    """As what a function under `numba.njit` takes it.  Raises ImplicitTransferError if it is elsewhere."""
    if array._device.info.backend != "host":
        raise ImplicitTransferError(
            f"functions under numba.njit take arrays of the host, and this one is on {array._device}: write "
            "xp.asnumpy(x), or xp.jit in the place of numba.njit"
        )
    kind = typeof(_memory(array))
    return HostArray(kind.dtype, kind.ndim, kind.layout, not kind.mutable, kind.aligned)


def _memory(array: Array) -> np.ndarray:
    return asnumpy(array, copy=None)


def _ours(memory: np.ndarray) -> Array:
    made = from_numpy(memory, as_device("host"))
    made._read_only = not memory.flags.writeable
    return made
