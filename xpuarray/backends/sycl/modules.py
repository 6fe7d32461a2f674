"""Kernels in the form in which a device runs them: built from SPIR-V, at most so many at a time.

On a CPU device each takes 3 MiB, of which nothing can be spared, and 0.1 s to build.  What was built and not used
lately is let go of, and built again when it is needed.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

from xpuarray.backends.contract import Compiled
from xpuarray.backends.interrupts import postponed
from xpuarray.backends.sycl.versions import is_old

__all__ = ["Module", "Modules"]


class Module:
    """One kernel: its SPIR-V, and what is built from it as long as it is used."""

    __slots__ = ("built", "compiled", "used")

    def __init__(self, compiled: Compiled):
        self.compiled = compiled
        self.built: tuple[Any, Any] | None = None  #: dpctl's program and kernel
        self.used = 0  #: the larger, the later it was used


class Modules:
    """Those of one queue that are built."""

    #: so many at most, a quarter of which goes when there are more
    most = 256

    def __init__(self, queue: Any, opencl: bool, keep: Any):
        """keep: called with what is let go of, which may still be running"""
        self._queue, self._opencl, self._keep = queue, opencl, keep
        self._built: set[Module] = set()

    def __len__(self) -> int:
        return len(self._built)

    def build(self, module: Module) -> tuple[Any, Any]:
        """dpctl's program and kernel; others are let go of if there are too many."""
        import dpctl.program

        with postponed():
            if len(self._built) >= self.most:
                for old in sorted(list(self._built), key=lambda m: m.used)[: self.most // 4]:
                    self._built.discard(old)
                    self._keep(old.built)
                    old.built = None
            program = dpctl.program.create_program_from_spirv(self._queue, module.compiled.binary)
            kernel = program.get_sycl_kernel(module.compiled.name)
            if self._opencl:
                release_surplus(kernel)
            module.built = built = program, kernel
            self._built.add(module)
            return built

    def forget(self, module: Module) -> None:
        """Nobody will launch it any more."""
        self._built.discard(module)


# -- what dpctl forgets ---------------------------------------------------------------------------

_PROGRAM_REFERENCES, _KERNEL_REFERENCES, _KERNEL_PROGRAM = 0x1160, 0x1192, 0x1194  # OpenCL's numbers of facts
#: References to a program and its kernel that have just been made, if those that dpctl forgets are among them.
_WITH_SURPLUS = 3, 2
_SURPLUS = 2, 1


@functools.cache
def _native() -> tuple[Any, Any] | None:
    """OpenCL, and SYCL's `kernel::getNative`; None where they can't be had."""
    try:
        opencl, get = ctypes.CDLL("libOpenCL.so.1"), ctypes.CDLL("libsycl.so.9")._ZNK4sycl3_V16kernel9getNativeEv
    except (OSError, AttributeError):
        return None
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    return opencl, get


def references(kernel: Any) -> tuple[int, int, Any, Any]:
    """How many references OpenCL counts to the program of dpctl's kernel and to itself; and the two."""
    found = None if is_old() else _native()
    if found is None:
        return 0, 0, None, None
    opencl, get = found
    native, program = ctypes.c_void_p(get(kernel.addressof_ref())), ctypes.c_void_p()
    count, size = ctypes.c_uint(), ctypes.c_size_t
    opencl.clReleaseKernel(native)  # the reference that `get` has added
    opencl.clGetKernelInfo(native, _KERNEL_PROGRAM, size(8), ctypes.byref(program), None)
    opencl.clGetKernelInfo(native, _KERNEL_REFERENCES, size(4), ctypes.byref(count), None)
    kernels = count.value
    opencl.clGetProgramInfo(program, _PROGRAM_REFERENCES, size(4), ctypes.byref(count), None)
    return count.value, kernels, program, native


def release_surplus(kernel: Any) -> None:
    """Upstream bug, seen with dpctl 0.22: it never gives back the references to a program and a kernel with which it
    made SYCL's of them, so that OpenCL keeps every program until the process ends (tests/test_upstream.py)."""
    programs, kernels, program, native = references(kernel)
    if (programs, kernels) == _WITH_SURPLUS:
        opencl, _ = _native()  # type: ignore[misc]
        for _ in range(_SURPLUS[0]):
            opencl.clReleaseProgram(program)
        opencl.clReleaseKernel(native)
