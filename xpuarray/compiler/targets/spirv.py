"""SPIR-V for SYCL devices, emitted by LLVM's own backend through llvmlite."""

from __future__ import annotations

import contextlib
import itertools
import re

import llvmlite.binding as llvm
from llvmlite import ir

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.emission_client import emit
from xpuarray.compiler.frontend.device_target import DeviceTarget
from xpuarray.compiler.frontend.ops import EXTENT, I32, I64, Ops, current_device, declare
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import cpu_math
from xpuarray.compiler.targets.contraction import contracted
from xpuarray.compiler.targets.divergence import diversified
from xpuarray.compiler.targets.lanes import by_lanes
from xpuarray.compiler.targets.opaque import obscured
from xpuarray.compiler.targets.spirv_repairs import REFUSED, SCOPES, SEMANTICS, STORAGE, repaired, unemittable
from xpuarray.errors import KernelCompileError
from xpuarray.lang.types import KernelType, Space

__all__ = ["assembly", "compile_kernel", "shifted"]

llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()

# Float atomics need extensions.  float_controls2 is left out, because Intel's CPU runtime (2026.2) refuses
# modules with `fastmath` flags that use it.
EXTENSIONS = "--spirv-ext=all,-SPV_KHR_float_controls2"

#: C library name (as Numba's lowering calls it, without the f of float) -> OpenCL name, and its arguments:
#: how many of the type, or a pattern of mangled ones
_MATH: dict[str, tuple[str, int | str]] = {
    **{
        n: (n, 1)
        for n in (
            *("sqrt", "tan", "asin", "acos", "atan", "asinh", "acosh", "atanh", "sinh", "cosh", "tanh", "log1p"),
            *("expm1", "log2", "erf", "erfc", "ceil", "floor", "trunc", "lgamma"),
        )
    },
    **{n: (n, 2) for n in ("atan2", "pow", "hypot", "fmod", "copysign", "nextafter")},
    "numba_gamma": ("tgamma", 1),
    "numba_ldexp": ("ldexp", "{}i"),
    "numba_frexp": ("frexp", "{}Pi"),
    "numba_nextafter": ("nextafter", 2),
}


def _math_names():
    """Every C name with OpenCL's mangled one: "sinf" -> "_Z3sinf"."""
    return {
        name + suffix: f"_Z{len(opencl)}{opencl}{_letters(letter, arguments)}"
        for name, (opencl, arguments) in _MATH.items()
        for suffix, letter in (("", "d"), ("f", "f"))
    }


def _letters(letter: str, arguments: int | str) -> str:
    """Mangled parameters: so many of the type, or a pattern for it."""
    return letter * arguments if isinstance(arguments, int) else arguments.format(letter)


_SUB_GROUP = {
    "size": "_Z18get_sub_group_sizev",
    "lane": "_Z22get_sub_group_local_idv",
    "index": "_Z16get_sub_group_idv",
}


_MATH_NAMES = _math_names()
_MATH_NAMES_OF_CPUS = {**_MATH_NAMES, **cpu_math.NAMES}


class SpirvOps(Ops):
    """OpenCL's built-in functions, which LLVM's SPIR-V backend turns into instructions."""

    name = "xpu_spirv"
    triple = "spirv64-unknown-unknown"
    kernel_convention = "spir_kernel"
    function_convention = "spir_func"
    sync_scopes = {0: "singlethread", 1: "subgroup", 2: "workgroup", 3: "device"}

    @property
    def math_names(self):
        info = current_device.get()
        return _MATH_NAMES_OF_CPUS if info is not None and info.type == "cpu" else _MATH_NAMES

    def __init__(self):
        self.data_layout = str(self.machine().target_data)

    def _call(self, builder, name, result, arguments, **attributes):
        function = declare(builder, name, result, [a.type for a in arguments], **attributes)
        function.calling_convention = "spir_func"
        return builder.call(function, arguments, cconv="spir_func")

    def _index(self, builder, name, dim, ndim):
        # The last dimension is OpenCL's dimension 0.
        position = self._call(builder, name, I64, [I32(ndim - 1 - dim)], readnone=True)
        # So LLVM knows that `position + 1`, although signed, is not negative, and drops the wraparound.
        position.set_metadata("range", builder.module.add_metadata([I64(0), I64(EXTENT)]))
        return position

    # -- entry -------------------------------------------------------------------------------
    # A range's extents come as parameters, for the launch may start more work-items: OpenCL takes no groups
    # that don't come out even, and Intel's CPU runtime makes groups of one of a range that is a large prime.
    def parameters(self, ndim):
        return [I64] * ndim

    @contextlib.contextmanager
    def each_item(self, builder, ndim, parameters):
        ids = [self.global_id(builder, dim, ndim) for dim in range(ndim)]
        with contextlib.ExitStack() as nest:
            for position, extent in zip(ids, parameters):
                nest.enter_context(builder.if_then(builder.icmp_unsigned("<", position, extent)))
            yield ids, list(parameters)

    def global_id(self, builder, dim, ndim):
        return self._index(builder, "_Z13get_global_idj", dim, ndim)

    def global_size(self, builder, dim, ndim):
        return self._index(builder, "_Z15get_global_sizej", dim, ndim)

    def local_id(self, builder, dim, ndim):
        return self._index(builder, "_Z12get_local_idj", dim, ndim)

    def local_size(self, builder, dim, ndim):
        return self._index(builder, "_Z14get_local_sizej", dim, ndim)

    def group_id(self, builder, dim, ndim):
        return self._index(builder, "_Z12get_group_idj", dim, ndim)

    def sub_group(self, builder, what, state):
        return builder.zext(self._call(builder, _SUB_GROUP[what], I32, [], convergent=True), I64)

    def barrier(self, builder, scope, sub_group, state):
        # local (1) and global (2) memory are ordered
        name = "_Z17sub_group_barrierj" if sub_group else "_Z7barrierj"
        self._call(builder, name, ir.VoidType(), [I32(3)], convergent=True)

    def collective(self, builder, kind, op, value, signed, sub_group, state):
        value, narrow = _widened(builder, value, signed)
        what = "reduce" if kind == "reduce" else "scan_inclusive"
        name = f"{'sub' if sub_group else 'work'}_group_{what}_{op}"
        letter = _letter(value.type, signed)
        return narrow(self._call(builder, f"_Z{len(name)}{name}{letter}", value.type, [value], convergent=True))

    def broadcast(self, builder, value, lane, sub_group, state):
        value, narrow = _widened(builder, value, True)
        letter = _letter(value.type, True)
        if sub_group:
            name = f"_Z17sub_group_shuffle{letter}j"
            lane = builder.trunc(lane, I32)
        else:
            name = f"_Z20work_group_broadcast{letter}m"
        return narrow(self._call(builder, name, value.type, [value, lane], convergent=True))

    def compare_exchange(self, builder, pointer, expected, new, orders, scope):
        # LLVM's SPIR-V backend (seen in 22.1) ends the process on `cmpxchg` in loops, once the optimiser has
        # made a phi of the pair that it gives; so the instruction is called by its name, and gives a number.
        space, letter = pointer.type.addrspace, _letter(new.type, True)
        success, failure = (SEMANTICS[order] | (STORAGE[space] if order != "monotonic" else 0) for order in orders)
        name = f"_Z29__spirv_AtomicCompareExchangePU3AS{space}{letter}iii{letter}{letter}"
        arguments = [pointer, I32(SCOPES[self.sync_scopes.get(scope, "")]), I32(success), I32(failure), new, expected]
        return self._call(builder, name, new.type, arguments)

    def print(self, builder, template, values):
        text = bytearray(template.encode() + b"\0")
        constant = ir.Constant(ir.ArrayType(ir.IntType(8), len(text)), text)
        name = builder.module.get_unique_name("format")
        variable = ir.GlobalVariable(builder.module, constant.type, name, addrspace=2)
        variable.global_constant, variable.initializer, variable.linkage = True, constant, "internal"
        text_type = ir.IntType(8).as_pointer(2)
        function = builder.module.globals.get("_Z6printfPU3AS2Kcz") or ir.Function(
            builder.module, ir.FunctionType(I32, [text_type], var_arg=True), "_Z6printfPU3AS2Kcz"
        )
        function.calling_convention = "spir_func"
        builder.call(function, [builder.bitcast(variable, text_type), *values], cconv="spir_func")

    def complete(self, module, fastmath):
        cpu_math.link(module)

    def provides(self, symbol):
        return symbol.startswith(("_Z", "llvm.")) and not symbol.startswith(REFUSED)

    def machine(self):
        return llvm.Target.from_triple(self.triple).create_target_machine()

    def optimise(self, module):
        original = module.clone()
        optimised = super().optimise(module)
        return optimised if not unemittable(str(optimised)) else self._simplified(original)

    def _simplified(self, module):
        """The module after the passes alone that inline and clean up: the rest is the device's compiler's."""
        builder = llvm.create_pass_builder(self.machine(), llvm.create_pipeline_tuning_options(speed_level=2))
        passes = llvm.create_new_module_pass_manager()
        passes.add_always_inliner_pass()
        for _ in range(2):
            passes.add_sroa_pass()
            passes.add_instruction_combine_pass()
            passes.add_simplify_cfg_pass()
            passes.add_new_gvn_pass()
        passes.add_global_dead_code_eliminate_pass()
        passes.run(module, builder)
        if what := unemittable(str(module)):
            raise KernelCompileError(f"LLVM makes {what!r} of it, which SPIR-V does not have")
        return module

    def emit(self, module_text: str) -> bytes:
        """SPIR-V from LLVM IR."""
        return emit(_spoken(module_text), self.triple, binary=True, options=[EXTENSIONS])

    def assembly(self, module_text: str) -> str:
        """The same as text."""
        return emit(_spoken(module_text), self.triple, binary=False, options=[EXTENSIONS]).decode()


def _spoken(module_text):
    """LLVM IR as it has to be written for LLVM's backend, and for Intel's compiler after it."""
    return diversified(obscured(repaired(contracted(module_text))))


def _letter(llvm_type, signed):
    """How Itanium mangling writes the type."""
    letters = {"float": "f", "double": "d", "i32": "i" if signed else "j", "i64": "l" if signed else "m"}
    return letters[str(llvm_type)]


def _widened(builder, value, signed):
    """OpenCL's group functions start at 32 bits: the value widened, and the way back."""
    own = value.type
    if not isinstance(own, ir.IntType) or own.width >= 32:
        return value, lambda result: result
    wide = (builder.sext if signed else builder.zext)(value, I32)
    return wide, lambda result: builder.trunc(result, own)


_ops = SpirvOps()
target = DeviceTarget(_ops)


def compile_kernel(kernel: Source, space: Space, types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A SPIR-V module with one entry, named after the kernel."""
    name, module = target.compile_kernel(kernel, space, types, info)
    text, turned = by_lanes(str(module), 1 if space.grouped else space.ndim, info.type == "cpu")
    binary = _ops.emit(text)
    again = lambda dimension: shifted(name, text, dimension)  # noqa: E731
    return Compiled(name, "spirv", binary, text, lambda: assembly(binary, text), shifted=again, turned=turned)


def shifted(name: str, llvm: str, dimension: int) -> bytes:
    """A kernel over a Range whose ids begin, in a dimension as OpenCL counts them, at a last argument (i64)."""
    head = re.search(rf'^define spir_kernel void @"?{re.escape(name)}"?\(', llvm, re.MULTILINE)
    assert head is not None
    end, depth = head.end(), 1
    while depth:
        depth += {"(": 1, ")": -1}.get(llvm[end], 0)
        end += 1
    count = itertools.count()

    def moved(match: re.Match[str]) -> str:
        own = f"%xpu.own.id.{next(count)}"
        return f"{match[1]}{own} = {match[3]}\n{match[1]}{match[2]} = add nuw nsw i64 {own}, %xpu.start"

    call = rf"^( *)(%\S+) = ((?:tail )?call spir_func i64 @_Z13get_global_idj\(i32 {dimension}\)[^\n]*)$"
    body = re.sub(call, moved, llvm[end:], flags=re.MULTILINE)
    return _ops.emit(f"{llvm[: end - 1]}, i64 %xpu.start){body}")


def assembly(binary: bytes, llvm: str) -> str:
    """SPIR-V as text, which is made anew from LLVM IR: nothing here reads the binary."""
    return _ops.assembly(llvm)
