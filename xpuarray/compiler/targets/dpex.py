"""SPIR-V for SYCL devices, compiled by numba-dpex 0.23: our kernels become its kernels.

What a kernel names is replaced by numba-dpex's (`link`), its arguments get numba-dpex's types, and its
compiler does the rest.  dpex_language.py has the few parts of the language that numba-dpex means otherwise.
What it lacks (sub-groups, collectives, float16, check="bounds") is a KernelCompileError.
"""

from __future__ import annotations

import cmath
import contextlib
import functools
import math
import re
import subprocess
from collections.abc import Iterator
from types import ModuleType
from typing import Any

# First: numba_dpex copies Numba's data models when it loads.
import xpuarray.compiler.frontend.language  # noqa: F401

# isort: split
import dpcpp_llvm_spirv
import dpctl
import dpnp
import numpy as np
from numba import from_dtype
from numba.core import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.errors import NumbaError
from numba.core.registry import cpu_target
from numba_dpex import kernel_api
from numba_dpex.core import config
from numba_dpex.core.pipelines.kernel_compiler import KernelCompiler
from numba_dpex.core.types import USMNdArray
from numba_dpex.core.types.dpctl_types import DpctlSyclQueue
from numba_dpex.core.types.kernel_api.local_accessor import LocalAccessorType
from numba_dpex.core.typing.dpnpdecl import supported_ufuncs
from numba_dpex.kernel_api_impl.spirv.dispatcher import SPIRVKernelDispatcher
from numba_dpex.kernel_api_impl.spirv.target import CompilationMode

from xpuarray import lang
from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.compiler.frontend.linking import function_of, link
from xpuarray.compiler.frontend.ops import current_device
from xpuarray.compiler.frontend.pipeline import add_passes, typing_integers
from xpuarray.compiler.frontend.unsupported import Unsupported, returns
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import dpex_language
from xpuarray.errors import KernelCompileError
from xpuarray.lang.types import ArrayType, KernelType, LocalType, Space, TupleType
from xpuarray.tracebacks import cause

__all__ = ["assembly", "compile_kernel"]

# Loads Numba's code for tuples, ranges and the like, which numba-dpex takes to be there.
cpu_target.target_context.refresh()


class _Pipeline(KernelCompiler):
    """numba-dpex's, with the integers of our language (see pipeline.py)."""

    def __init__(self, typingctx: Any, *args: Any):
        super().__init__(typingctx, *args)
        self.state.typingctx = typing_integers(typingctx)

    def define_pipelines(self) -> Any:
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            add_passes(pipeline)
            pipeline.finalize()
        return pipelines


@global_compiler_lock
def compile_kernel(kernel: Source, space: Space, kernel_types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A SPIR-V module with one entry, under the name that numba-dpex gives it."""
    if kernel.check:
        raise KernelCompileError(f"kernel {kernel.__name__}: numba-dpex has no check={kernel.check!r}")
    queue = _queue(info.filter_string.partition(".")[0])
    token = current_device.set(info)
    try:
        arguments = (dpex_language.item_type(space), *(_numba_type(t, queue) for t in kernel_types))
        fastmath = kernel.fastmath if isinstance(kernel.fastmath, bool) else set(kernel.fastmath)
        dispatcher = _dispatcher(kernel.function, CompilationMode.KERNEL, fastmath=fastmath)
        with _little_optimised():
            result = dispatcher._compiler.compile(arguments, None)
    except (NumbaError, KernelCompileError) as error:
        raise compile_error(kernel, info, error) from cause(error)
    finally:
        current_device.reset(token)
    if result.signature.return_type not in (types.none, types.void):
        raise returns(kernel.function, result.signature.return_type)
    text = str(result.library.final_module)
    if odd := _ODD_INTEGER.search(text):
        raise KernelCompileError(
            f"kernel {kernel.__name__}: numba-dpex makes integers of {odd[1]} bits of it, over which the OpenCL "
            "runtime ends the process"
        )
    module = result.kernel_device_ir_module
    binary = module.kernel_bitcode
    return Compiled(module.kernel_name, "dpex", binary, text, lambda: assembly(binary, text))


@contextlib.contextmanager
def _little_optimised() -> Iterator[None]:
    """Leave most of it to the OpenCL runtime, which makes code as fast of it.

    At level 2, numba-dpex's own, LLVM 14 makes integers of 63 bits of some kernels, over which that runtime ends
    the process; at level 0 some are left in a form that the translator to SPIR-V does not take.
    """
    level = config.DPEX_OPT
    config.DPEX_OPT = 1
    try:
        yield
    finally:
        config.DPEX_OPT = level


_ODD_INTEGER = re.compile(r"(?<![\w.%@])i(?!(?:1|8|16|32|64)\b)(\d+)\b")


def assembly(binary: bytes, llvm: str) -> str:
    """A SPIR-V module as text, in the form of the LLVM/SPIR-V translator."""
    tool = [dpcpp_llvm_spirv.get_llvm_spirv_path(), "--to-text", "-", "-o", "-"]
    return subprocess.run(tool, input=binary, capture_output=True, check=True).stdout.decode()


# -- argument types -------------------------------------------------------------------------------


@functools.cache
def _queue(device: str) -> DpctlSyclQueue:
    """numba-dpex's array types have a queue; the code does not depend on which."""
    return DpctlSyclQueue(dpctl.SyclQueue(device))


def _numba_type(kernel_type: KernelType, queue: DpctlSyclQueue) -> types.Type:
    if isinstance(kernel_type, TupleType):
        return types.BaseTuple.from_types([_numba_type(t, queue) for t in kernel_type.items])
    dtype = kernel_type if isinstance(kernel_type, str) else kernel_type.dtype
    element = from_dtype(np.dtype(dtype))
    if isinstance(kernel_type, ArrayType):
        return USMNdArray(kernel_type.ndim, kernel_type.layout, element, "shared", queue=queue)
    if isinstance(kernel_type, LocalType):
        return LocalAccessorType(kernel_type.ndim, element)
    return element


# -- what kernels refer to ------------------------------------------------------------------------


def _dispatcher(function: Any, mode: Any, **options: Any) -> SPIRVKernelDispatcher:
    options = {"_compilation_mode": mode, "error_model": "numpy", **options}
    return SPIRVKernelDispatcher(link(function, _wrap), targetoptions=options, pipeline_class=_Pipeline)


#: The kernel language's names -> numba-dpex's, or ours for it.
_LANGUAGE = {
    lang.AtomicRef: dpex_language.atomic_ref,
    **{getattr(lang, name): getattr(kernel_api, name) for name in ("PrivateArray", "atomic_fence", "group_barrier")},
    **{getattr(lang, name): getattr(kernel_api, name) for name in ("AddressSpace", "MemoryOrder", "MemoryScope")},
}
_LACKING = (lang.broadcast, lang.group_all, lang.group_any, lang.group_reduce, lang.group_scan, lang.shuffle)
#: NumPy's functions on numbers -> dpnp's, by whose names numba-dpex knows them, or OpenCL's.
_FUNCTIONS = {
    **{getattr(np, name): getattr(dpnp, name) for name in supported_ufuncs if hasattr(np, name)},
    **dpex_language.FUNCTIONS,
}
_MODULES = (np, math, cmath)


@functools.lru_cache(maxsize=1024)
def _device_function(value: Any) -> SPIRVKernelDispatcher:
    function = function_of(value)
    made = _dispatcher(function, CompilationMode.DEVICE_FUNC)
    for signature in getattr(value, "signatures", ()):
        made.compile(signature)
    made.disable_compile(bool(made.overloads))
    return made


def _wrap(value: Any) -> Any:
    if any(value is module for module in _MODULES):
        return _Functions(value)
    if any(value is function for function in _LACKING):
        raise Unsupported(f"numba-dpex has no {value.__name__}")
    if isinstance(value, (lang.AddressSpace, lang.MemoryOrder, lang.MemoryScope)):
        return int(value)
    try:
        if value in _FUNCTIONS:
            return _FUNCTIONS[value]
        if value in _LANGUAGE:
            return _LANGUAGE[value]
    except TypeError:  # what has no hash
        return value
    return value if function_of(value) is None else _device_function(value)


class _Functions(ModuleType):
    """A module such as `math` as kernels see it: its functions are numba-dpex's."""

    def __init__(self, module: ModuleType):
        super().__init__(module.__name__)
        self.__module = module

    def __getattr__(self, name: str) -> Any:
        value = _wrap(getattr(self.__module, name))
        setattr(self, name, value)
        return value
