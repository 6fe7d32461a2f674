"""Exchange of memory with other libraries, by DLPack and by SYCL's array interface, without copies where possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.typing import Place
from xpuarray.functions.data_types import copied, from_array
from xpuarray.placement.devices import Device, all_devices, as_device

__all__ = ["from_dlpack", "may_share_memory"]

_CPU, _CUDA, _ONEAPI = 1, 2, 14  # DLPack's numbers of these kinds of device


def dlpack(
    x: Array, stream: Any, max_version: tuple[int, int] | None, dl_device: tuple[Any, int] | None, copy: bool | None
) -> Any:
    """x.__dlpack__(...): a capsule of x's memory, or of a copy of it, once all work on it has ended.

    Raises BufferError for a device that x can't be given to, or not without a copy if `copy` is False.
    """
    x = copied(x) if x._is_value else x  # it never changes, whoever has its memory
    runtime, native, to_be_read = x.device.runtime, x.native, x._read_only and not copy
    runtime.wait()
    if dl_device is not None and tuple(dl_device) != tuple(native.__dlpack_device__()):
        if dl_device[0] != _CPU:
            raise BufferError(f"__dlpack__: {x.device} gives its memory to itself or the CPU, not to {dl_device}")
        stream, native = None, runtime.host_view(native)
        if native is None:
            if copy is False:
                raise BufferError(f"__dlpack__: the memory of {x.device} is out of the host's reach without a copy")
            native, copy, to_be_read = runtime.to_host(x.native), None, False
        elif to_be_read:
            native.flags.writeable = False
    if to_be_read and (max_version is None or tuple(max_version) < (1, 0) or _is_writable(native)):
        raise BufferError("__dlpack__: the array is to be read only, and this capsule can't say so; give x.copy()")
    if copy and hasattr(native, "__cuda_array_interface__"):
        native, copy = native.copy(), None  # CuPy 14 copies to the CPU alone
    options = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    try:
        return native.__dlpack__(**{name: value for name, value in options.items() if value is not None})
    except Exception as error:
        if type(error).__name__ != "DLPackCreationError":  # dpnp's
            raise
        raise BufferError(f"__dlpack__: {x.device} can't give its memory away: {error}") from error


def from_dlpack(x: Any, /, *, device: Place = None, copy: bool | None = None) -> Array:
    """An array that shares memory with `x`, any object with `__dlpack__`, where a device can.

    NumPy arrays and CPU tensors come to `host` without a copy, CuPy arrays and CUDA tensors to their
    GPU. USM arrays (dpnp) come to their SYCL device, once the work on their queue has ended; only those in another
    SYCL context are copied. An xpuarray array on a CPU comes to `host` without a copy, too,
    and whoever takes it from there (torch, NumPy) can give it back to its device without one.

    device: where to; default x's own device
    copy: True always copies; False raises ValueError where a copy is needed; None copies if it must

    Bools that have other bytes than 0 and 1 are copied as well.

    Raises TypeError for objects without `__dlpack__`.

    >>> tensor = torch.from_dlpack(xp.from_dlpack(x, device="host"))      # doctest: +SKIP
    >>> y = xp.from_dlpack(tensor, device=x.device)                       # doctest: +SKIP

    For x on a CPU that is x's own memory there and back.
    """
    if isinstance(x, Array):
        return _moved(x, device, copy)
    if not hasattr(x, "__dlpack__") or not hasattr(x, "__dlpack_device__"):
        raise TypeError(f"from_dlpack: {type(x).__name__} has no __dlpack__")
    kind, number = x.__dlpack_device__()
    if hasattr(x, "__sycl_usm_array_interface__"):
        found, copied = _from_usm(x, copy)
    elif kind == _ONEAPI:
        found, copied = _from_usm(_reader_of_usm().from_dlpack(x), copy)
    else:
        place = as_device(f"cuda:gpu:{number}" if kind == _CUDA else "host")
        library = place.runtime.library if kind == _CUDA else np
        found, copied = Array(library.from_dlpack(x), place), False
    found._read_only = not _is_writable(found._native)
    if found.dtype == np.bool_ and found.size:
        runtime = found.device.runtime
        bytes_ = Array(runtime.reinterpret(found._native, np.dtype(np.uint8)), found.device)
        if bool((bytes_ > 1).any()):
            if copy is False:
                raise ValueError("from_dlpack: these bools have other bytes than 0 and 1, and need a copy")
            found, copied = bytes_ != 0, True
    pending.mark_escaped(found)
    return _moved(found, device, None if copied else copy)


def _is_writable(native: Any) -> bool:
    """What its library says: CuPy, always."""
    flags = native.flags
    return bool(getattr(flags, "writeable", getattr(flags, "writable", True)))  # NumPy's, dpnp's


def _moved(x: Array, device: Place, copy: bool | None) -> Array:
    """x on `device` (None: its own), in its own memory if the host, or from the host the device, can reach that."""
    place = x.device if device is None else as_device(device)
    if x.device.runtime.numpy_native and not place.runtime.numpy_native and copy is not True:
        pending.mark_escaped(x)
        native = place.runtime.adopt(x._native)
        if native is not None:
            return _shared(native, place, x)
    if place is not x.device and place.runtime.numpy_native and copy is not True:
        view = x.device.runtime.host_view(x.native)
        if view is not None:
            return _shared(view, place, x)
    return from_array(x, None, place, copy)


def _shared(native: Any, place: Device, x: Array) -> Array:
    """x's memory as another device sees it."""
    found = Array(native, place)
    found._read_only = x._read_only
    pending.mark_escaped(found)
    return found


def _reader_of_usm() -> Any:
    """The library that reads others' capsules of a SYCL device's memory.  Raises BufferError where there is none."""
    for device in all_devices():
        if getattr(device.runtime, "sycl_device", None) is not None:
            return device.runtime.library
    raise BufferError("from_dlpack: this memory is a SYCL device's, and there is none here: pip install xpuarray[sycl]")


def _from_usm(x: Any, copy: bool | None) -> tuple[Array, bool]:
    """A dpnp array or usm_ndarray on the xpuarray device that has the same SYCL device, and whether it is a copy."""
    native = x.get_array() if hasattr(x, "get_array") else x
    for device in all_devices():
        if getattr(device.runtime, "sycl_device", None) == native.sycl_device:
            runtime, queue = device.runtime, device.runtime.sycl_queue
            if native.sycl_queue == queue:
                return Array(native, device), False
            native.sycl_queue.wait()
            if native.sycl_context == queue.sycl_context:
                return Array(native.to_device(queue), device), False  # the same memory
            if copy is False:
                raise ValueError(
                    "from_dlpack: this USM array is in another SYCL context than xpuarray's; it needs a copy"
                )
            return Array(runtime.library.asarray(native, sycl_queue=queue, copy=True), device), True
    raise TypeError("from_dlpack: this USM array's device is not among xp.devices()")


def may_share_memory(a: Any, b: Any, max_work: int | None = None) -> bool:
    """Whether a and b are arrays in one allocation."""
    from xpuarray.core.pending import memory_of

    if not (isinstance(a, Array) and isinstance(b, Array)) or not (a.size and b.size) or a.device is not b.device:
        return False
    return memory_of(a) == memory_of(b)
