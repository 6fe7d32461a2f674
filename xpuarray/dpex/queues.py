"""On which queue a kernel runs: that of its arguments, whoever made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.placement.discovery import Device, alive, all_devices, lock

__all__ = ["default_queue", "device_of", "execution_queue", "wrapped"]

#: A device of ours by the SYCL context and device of queues: what is compiled and loaded for one of
#: them serves all.
_devices: dict[tuple[Any, Any], Device] = {}


def default_queue(device: str | None = None) -> Any:
    """A queue on the device that dpnp's arrays are on, too; or on the one the filter string names."""
    import dpctl

    all_devices()  # opens the runtime's eyes for the CPU device, if nobody did before
    return dpctl.SyclQueue(device) if device else dpctl.SyclQueue()


def device_of(queue: Any) -> Device:
    """The device that kernels for `queue` are compiled for."""
    place = queue.sycl_context, queue.sycl_device
    found = _devices.get(place)
    if found is None:
        with lock:
            found = _devices[place] = _devices.get(place) or _own_device(place) or _new_device(queue)
    return found


def _own_device(place: tuple[Any, Any]) -> Device | None:
    """The device of xpuarray's own that is the same; there is one unless the queue has a context of its own."""
    all_devices()
    for device in list(alive):
        if device.usable and getattr(device.runtime, "sycl_device", None) == place[1]:
            queue = device.sycl_queue
            if (queue.sycl_context, queue.sycl_device) == place:
                return device
    return None


def _new_device(queue: Any) -> Device:
    from xpuarray.backends.sycl import runtime_class
    from xpuarray.backends.sycl.discovery import describe

    return Device(runtime_class()(describe(queue.sycl_device, 0, 0), queue.sycl_device, queue))


def usm_array(arg: Any) -> Any:
    """The usm_ndarray that an array argument is, or holds (dpnp's and xpuarray's do); None for others."""
    if isinstance(arg, Array):
        arg = arg.native
    elif hasattr(arg, "get_array"):
        arg = arg.get_array()
    return arg if hasattr(arg, "__sycl_usm_array_interface__") and hasattr(arg, "sycl_queue") else None


def _flat(args: Iterable[Any]) -> Iterator[Any]:
    for arg in args:
        if isinstance(arg, (tuple, list)):
            yield from _flat(arg)
        else:
            yield arg


def execution_queue(kernel: str, parameters: Sequence[str], args: Sequence[Any]) -> Any:
    """The one queue that all array arguments are on; None if they are on a device that is not SYCL's.

    Raises ExecutionQueueInferenceError for several queues or no array, UnsupportedKernelArgumentError
    for an array of NumPy's.
    """
    queue = None
    elsewhere = False
    for arg in _flat(args):
        native = usm_array(arg)
        if native is None:
            if isinstance(arg, np.ndarray):
                raise _error(kernel, "UnsupportedKernelArgumentError", "NumPy arrays are in the host's memory")
            elsewhere = elsewhere or isinstance(arg, Array)
        elif queue is None:
            queue = native.sycl_queue
        elif queue != native.sycl_queue:
            places = ", ".join(f"{n} on {_place(a)}" for n, a in zip(parameters, args) if usm_array(a) is not None)
            raise _error(kernel, "ExecutionQueueInferenceError", f"the arrays are on several queues: {places}")
    if queue is None and not elsewhere:
        raise _error(kernel, "ExecutionQueueInferenceError", "no argument is an array, so there is no queue to run on")
    return None if elsewhere else queue


def _place(arg: Any) -> str:
    queue = usm_array(arg).sycl_queue
    return f"queue {queue.addressof_ref():#x} of {queue.sycl_device.name}"


def _error(kernel: str, name: str, what: str) -> Exception:
    from xpuarray.dpex.core import exceptions

    return getattr(exceptions, name)(f"kernel {kernel}: {what}; call_kernel takes dpnp arrays on one queue")


def wrapped(arg: Any, device: Device) -> Any:
    """The argument with every array in it as xpuarray's Array on `device`, sharing its memory."""
    if isinstance(arg, (tuple, list)):
        return tuple(wrapped(part, device) for part in arg)
    native = usm_array(arg)
    return arg if native is None else Array(native, device)
