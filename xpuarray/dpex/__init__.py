"""numba-dpex 0.23's names: `import xpuarray.dpex as numba_dpex` runs its kernels.

Modules are where numba-dpex has them (`dpex.kernel_api`, `dpex.core.exceptions`, ...), so writing
`xpuarray.dpex` for `numba_dpex` in a source file suffices.  As there, `call_kernel` takes
dpnp.ndarray and usm_ndarray (and xpuarray arrays), runs on their queue and waits for the kernel.

What numba-dpex offered beside kernels is not here: functions under `dpjit`, which offloaded NumPy-like code,
tell when called to write xpuarray's array functions, and the internals of its compiler have no counterpart.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any, NoReturn

from xpuarray.dpex import kernel_api
from xpuarray.dpex.decorators import DpexKernel, device_func, kernel
from xpuarray.dpex.launch import call_kernel, call_kernel_async
from xpuarray.lang.ranges import NdRange, Range

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
]


def dpjit(*args: Any, **options: Any) -> Any:
    """Decorates a function, bare or with signatures and options, so that its file imports; whoever calls the
    function gets a NotImplementedError that says what to write instead."""
    function = args[0] if args else None
    if not isinstance(function, FunctionType):
        return dpjit

    @functools.wraps(function)
    def not_compiled(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"{function.__name__}: dpjit turned NumPy-like code into kernels; call xpuarray's array functions "
            "instead, whose chains become one kernel, or write a kernel"
        )

    return not_compiled


def __getattr__(name: str) -> Any:
    """Types (float32, usm_ndarray, ...) and prange are Numba's, which loads when one is asked for."""
    if name == "prange":
        from numba import prange

        return prange
    if not name.startswith("_"):
        from xpuarray.dpex.core import types

        if name in types.__all__:
            return getattr(types, name)
    raise AttributeError(f"module {__name__} has no attribute {name!r}")
