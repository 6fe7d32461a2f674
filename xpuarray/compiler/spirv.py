"""SPIR-V for SYCL devices, emitted by LLVM's own backend through llvmlite."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core.errors import NumbaError

from xpuarray.backends.contract import Compiled, DeviceInfo
from xpuarray.compiler.device_target import DeviceTarget, Ops
from xpuarray.compiler.diagnosis import compile_error
from xpuarray.compiler.numba_types import ItemType, numba_type
from xpuarray.compiler.types import KernelType
from xpuarray.errors import KernelCompileError

llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
# Without this LLVM aborts the process ("LLVM ERROR: ... requires the following SPIR-V extension")
# when a kernel uses a float atomic.
llvm.set_option("", "--spirv-ext=all")


#: C library name (as Numba's lowering calls it, without the f of float) -> OpenCL name, arguments
_MATH = {
    **{
        n: (n, 1)
        for n in ["sqrt", "tan", "asin", "acos", "atan", "asinh", "acosh", "atanh", "sinh", "cosh", "tanh", "log1p", "expm1", "log2", "erf", "erfc", "ceil", "floor", "trunc", "lgamma"]
    },
    **{n: (n, 2) for n in ["atan2", "pow", "hypot", "fmod", "copysign", "nextafter"]},
    "numba_gamma": ("tgamma", 1),
    "numba_nextafter": ("nextafter", 2),
}


def _math_names():
    """Every C name with OpenCL's mangled one: "sinf" -> "_Z3sinf"."""
    return {
        name + suffix: f"_Z{len(opencl)}{opencl}{letter * arguments}"
        for name, (opencl, arguments) in _MATH.items()
        for suffix, letter in (("", "d"), ("f", "f"))
    }


class SpirvOps(Ops):
    name = "xpu_spirv"
    triple = "spirv64-unknown-unknown"
    kernel_convention = "spir_kernel"
    function_convention = "spir_func"
    math_names = _math_names()

    def __init__(self):
        self.data_layout = str(self.machine().target_data)

    def machine(self):
        return llvm.Target.from_triple(self.triple).create_target_machine()

    def _index(self, builder, name, dim, ndim):
        # SYCL's and NumPy's last dimension is OpenCL's dimension 0.
        i64, i32 = ir.IntType(64), ir.IntType(32)
        fn = builder.module.globals.get(name)
        if fn is None:
            fn = ir.Function(builder.module, ir.FunctionType(i64, [i32]), name)
            fn.calling_convention = "spir_func"
        return builder.call(fn, [i32(ndim - 1 - dim)], cconv="spir_func")

    def global_id(self, builder, dim, ndim):
        return self._index(builder, "_Z13get_global_idj", dim, ndim)

    def global_size(self, builder, dim, ndim):
        return self._index(builder, "_Z15get_global_sizej", dim, ndim)

    def provides(self, symbol):
        return symbol.startswith(("_Z", "llvm."))

    def emit(self, module_text: str) -> bytes:
        """SPIR-V from LLVM IR; emission rewrites the module it is given, so it gets one of its own."""
        return self.machine().emit_object(llvm.parse_assembly(module_text))

    def assembly(self, module_text: str) -> str:
        return self.machine().emit_assembly(llvm.parse_assembly(module_text))


target = DeviceTarget(SpirvOps())


def compile_kernel(kernel: Any, ndim: int, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A SPIR-V module with one entry, named after the kernel."""
    name = _entry_name(kernel)
    try:
        module = target.compile_kernel(
            kernel.function, name, (ItemType(ndim), *map(numba_type, types)), fastmath=kernel.fastmath
        )
    except (NumbaError, KernelCompileError) as error:
        raise compile_error(kernel, info, error) from error
    text, ops = str(module), target.ops
    return Compiled(name, "spirv", ops.emit(text), text, lambda: ops.assembly(text))


def _entry_name(kernel: Any) -> str:
    return "xpu_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in kernel.__name__)
