"""SYCL devices, through dpctl and dpnp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpuarray.backends import fork
from xpuarray.backends.contract import Runtime
from xpuarray.backends.registry import Backend

if TYPE_CHECKING:
    from xpuarray.backends.sycl.runtime import SyclRuntime


def discover() -> list[Runtime]:
    """Every SYCL device, usable or not.  Raises ImportError without dpctl, DeviceError without a device."""
    from xpuarray.backends.sycl.discovery import find

    fork.refuse_inherited("libur_adapter")
    return [runtime_class()(info, device) for info, device in find()]


def runtime_class() -> type[SyclRuntime]:
    """The runtime for the compiler that the environment asks for."""
    from xpuarray.backends.sycl.versions import kernel_compiler

    if kernel_compiler() == "dpex":
        from xpuarray.backends.sycl.dpex import DpexRuntime

        return DpexRuntime
    from xpuarray.backends.sycl.runtime import SyclRuntime

    return SyclRuntime


BACKEND = Backend(
    discover,
    ranks={"level_zero": 1, "hip": 2, "opencl": 3, "native_cpu": 4},
    hint="pip install 'xpuarray[sycl]'",
)
