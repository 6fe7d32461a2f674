"""numba-dpex 0.23's names: `import xpuarray.dpex as numba_dpex` runs its kernels.

Modules are where numba-dpex has them (`dpex.kernel_api`, `dpex.core.exceptions`, ...), so writing
`xpuarray.dpex` for `numba_dpex` in a source file suffices.  As there, `call_kernel` takes
dpnp.ndarray and usm_ndarray (and xpuarray arrays), runs on their queue and waits for the kernel.

`dpjit` and `prange` are `xp.jit` and `xp.prange`, for dpnp's arrays, too. The internals of numba-dpex's compiler have
no counterpart.
"""

from __future__ import annotations

from typing import Any

from xpuarray.dpex import kernel_api
from xpuarray.dpex.decorators import DpexKernel, device_func, kernel
from xpuarray.dpex.functions import dpjit
from xpuarray.dpex.launch import call_kernel, call_kernel_async
from xpuarray.lang.ranges import NdRange, Range
from xpuarray.loops.jit import prange

__all__ = [
    "DpexKernel",
    "NdRange",
    "Range",
    "call_kernel",
    "call_kernel_async",
    "device_func",
    "dpjit",
    "kernel",
    "kernel_api",
    "prange",
]


def __getattr__(name: str) -> Any:
    """Types (float32, usm_ndarray, ...) are Numba's, which loads when one is asked for."""
    if not name.startswith("_"):
        from xpuarray.dpex.core import types

        if name in types.__all__:
            return getattr(types, name)
    raise AttributeError(f"module {__name__} has no attribute {name!r}")
