"""Memory of devices: how much arrays take, and giving back what is kept for reuse."""

from __future__ import annotations

import dataclasses

from xpuarray.backends.memory import MemoryInfo
from xpuarray.placement.devices import Device, as_device

__all__ = ["MemoryInfo", "memory_info", "release_memory", "reset_peak_memory"]


def memory_info(device: Device | str | None = None) -> MemoryInfo:
    """Bytes that are in use on a device (default: the default device), held, at the peak, and allowed.

    SYCL devices keep the memory of arrays that are gone for arrays to come, CUDA devices leave that to
    CuPy's pool (whose figures include CuPy's own arrays), and the host to the operating system.  There,
    and for arrays that a SYCL device's library has allocated, those below 1 MiB are not counted.

    XPUARRAY_MEMORY_LIMIT ("4GiB", "50%", or bytes) limits what each device holds (CuPy's pool is told
    when the device is found).  Beyond it, as where
    there is no memory left, first what is kept for reuse is freed and garbage collected; if that
    is not enough, OutOfDeviceMemoryError lists the largest arrays with the lines that made them.

    Kernels that are built take memory besides: 3 MiB each on a SYCL CPU, where at most 256 are, those used latest.

    >>> xp.memory_info("opencl:cpu")                                       # doctest: +SKIP
    MemoryInfo(device='opencl:cpu:0', in_use=4000000, held=8388608, peak=8000000, ...)
    """
    runtime = _usable(device).runtime
    return dataclasses.replace(runtime.memory.summary(), kernels=runtime.built_kernels)


def reset_peak_memory(device: Device | str | None = None) -> None:
    """Let the peak begin at what is in use now (on the default device, or the given one).

    >>> xp.reset_peak_memory()
    >>> y = xp.sin(x) + 1                                                  # doctest: +SKIP
    >>> xp.memory_info().peak                                              # doctest: +SKIP
    """
    _usable(device).runtime.memory.reset_peak()


def release_memory(device: Device | str | None = None) -> int:
    """Give memory that is kept for reuse back to the system, once all work on the device has ended.

    Returns the number of bytes.  Arrays that are alive stay as they are.

    >>> xp.release_memory("opencl:cpu")                                    # doctest: +SKIP
    8388608
    """
    return _usable(device).runtime.release_memory()


def _usable(device: Device | str | None) -> Device:
    return as_device(device).must_be_usable()
