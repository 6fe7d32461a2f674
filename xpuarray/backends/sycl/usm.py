"""USM memory, as dpctl has it, and parts of it."""

from __future__ import annotations

from typing import Any

__all__ = ["Bytes", "memory_at", "memory_of"]


class Bytes:
    """USM memory that the host reaches.

    dpctl's own buffer leaves out "device" memory, which on a CPU is the host's.
    """

    def __init__(self, memory: Any):
        self._memory = memory  # stays as long as arrays of it
        data = (memory.__sycl_usm_array_interface__["data"][0], False)
        self.__array_interface__ = {"version": 3, "shape": (memory.nbytes,), "typestr": "|u1", "data": data}


class _At:
    """A stretch of somebody else's USM memory, in the form dpctl.memory takes."""

    def __init__(self, interface: dict[str, Any], owner: Any):
        self.__sycl_usm_array_interface__ = interface
        self.owner = owner


def memory_of(native: Any) -> Any:
    """dpctl's memory object, beginning at the first element."""
    return memory_at(native) if native._element_offset else native.usm_data


def memory_at(native: Any) -> Any:
    """dpctl's memory object beginning at a view's first element."""
    from dpctl.memory import as_usm_memory

    if native.size == 0:
        return native.usm_data
    size = native.usm_data.nbytes - native._element_offset * native.itemsize
    interface = {
        "data": (native._pointer, False),
        "shape": (size,),
        "strides": None,
        "typestr": "|u1",
        "version": 1,
        "syclobj": native.sycl_queue,
    }
    return as_usm_memory(_At(interface, native))
