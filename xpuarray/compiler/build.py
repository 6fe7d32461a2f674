"""A kernel compiled for one device, or found on disk."""

from __future__ import annotations

import dataclasses

from xpuarray.backends import fork
from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.interrupts import on_own_stack
from xpuarray.compiler import cache, emission_client
from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import TARGETS
from xpuarray.errors import KernelRangeError, XpuarrayError
from xpuarray.lang.types import KernelType, LocalType, Space
from xpuarray.spans import Span
from xpuarray.tracebacks import cause

__all__ = ["build"]


def build(kernel: Source, target: str, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """Compile `kernel` for `target`, over `space`, for these argument types; or find it on disk,
    compiled by an earlier process, without loading Numba.

    Raises KernelCompileError naming the kernel, and the source line where there is one, and
    KernelRangeError for local memory without work-groups.
    """
    if not space.grouped and any(isinstance(t, LocalType) for t in types):
        raise KernelRangeError(f"{kernel.__name__}: a LocalAccessor needs work-groups; launch over an NdRange")

    def compile() -> Compiled:
        with Span("compile", kernel.__name__, info):
            return _compiled(kernel, target, space, types, info)

    return cache.compiled(kernel, target, (space, types), info, compile)


@on_own_stack
def _compiled(kernel: Source, target: str, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    try:
        with fork.compiler:
            if TARGETS[target].emitted:
                emission_client.prepare()  # it gets ready while Numba is loaded
            compiled = TARGETS[target].module().compile_kernel(kernel, space, types, info)
            if space.grouped:
                from xpuarray.compiler.frontend.convergence import warn_of_barriers

                if warn_of_barriers(kernel.__name__, kernel.function):
                    return dataclasses.replace(compiled, kept=False)  # each process compiles it, to be told
            return compiled
    except (XpuarrayError, RecursionError, MemoryError):  # the last two are about the process, not the kernel
        raise
    except Exception as error:
        raise compile_error(kernel, info, error) from cause(error)
