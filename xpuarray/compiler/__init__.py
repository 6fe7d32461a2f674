"""From a Python function to code for one device: one file a target, Numba loaded on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from xpuarray.backends import fork
from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler import cache, emission
from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.errors import KernelRangeError, XpuarrayError
from xpuarray.lang.types import KernelType, LocalType, Space
from xpuarray.spans import Span

if TYPE_CHECKING:
    from xpuarray.launch.kernel import Kernel

__all__ = ["build"]

#: target name -> the module that has `compile_kernel(kernel, space, types, info)`
TARGETS = {name: f"xpuarray.compiler.targets.{name}" for name in ("dpex", "prange", "ptx", "simulator", "spirv")}

#: Targets whose code LLVM emits in a process of its own.
_EMITTED = ("spirv", "ptx")


def build(kernel: Kernel, target: str, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """Compile `kernel` for `target`, over `space`, for these argument types; or find it on disk,
    compiled by an earlier process, without loading Numba.

    Raises KernelCompileError naming the kernel, and the source line where there is one, and
    KernelRangeError for local memory without work-groups.
    """
    if not space.grouped and any(isinstance(t, LocalType) for t in types):
        raise KernelRangeError(f"{kernel.__name__}: a LocalAccessor needs work-groups; launch over an NdRange")

    def compile() -> Compiled:
        try:
            with fork.compiler, Span("compile", kernel.__name__, info):
                if target in _EMITTED:
                    emission.prepare()  # it gets ready while Numba is loaded
                return importlib.import_module(TARGETS[target]).compile_kernel(kernel, space, types, info)
        except XpuarrayError:
            raise
        except Exception as error:
            raise compile_error(kernel, info, error) from error

    return cache.compiled(kernel, target, (space, types), info, compile)
