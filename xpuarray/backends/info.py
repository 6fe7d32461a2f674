"""The facts about one device."""

from __future__ import annotations

import dataclasses

import numpy as np

__all__ = ["DeviceInfo"]

_NARROW = {np.dtype(np.float64): np.dtype(np.float32), np.dtype(np.complex128): np.dtype(np.complex64)}


@dataclasses.dataclass(frozen=True)
class DeviceInfo:
    """Facts about one device, read once at discovery.  Sizes are in bytes."""

    backend: str  #: "host", "opencl", "level_zero", "cuda", "fake"
    type: str  #: "cpu", "gpu" or "accelerator"
    number: int  #: among the devices of this backend and type
    name: str
    index: int = 0  #: among all devices of this backend
    vendor: str = ""
    driver: str = ""
    memory: int = 0  #: global memory
    max_allocation: int = 0  #: largest single allocation
    local_memory: int = 0  #: work-group local memory
    compute_units: int = 1
    max_work_group_size: int = 1
    sub_group_sizes: tuple[int, ...] = ()
    fp64: bool = True
    fp16: bool = False
    atomic64: bool = True
    usm: tuple[str, ...] = ()  #: kinds of unified shared memory: "host", "shared", "device", "system"
    architecture: str = ""  #: what compiled code depends on (CPU features, compute capability)
    part: tuple[int, ...] = ()  #: position among sub-devices, outermost first
    why_not: str = ""  #: why the device can't be used; empty if it can

    def fit(self, dtype: np.dtype) -> np.dtype:
        """`dtype`, or single precision in place of double where the device has no doubles."""
        return dtype if self.fp64 else _NARROW.get(dtype, dtype)

    @property
    def filter_string(self) -> str:
        """`backend:type:number`, with `.k` for sub-devices, as ONEAPI_DEVICE_SELECTOR writes them."""
        return f"{self.backend}:{self.type}:{self.number}" + "".join(f".{k}" for k in self.part)
