"""The Numba target that SPIR-V and PTX share: typing, lowering, code library, kernel entry.

Numba's untyped and typed passes and its native lowering run as they are; what differs from the CPU
is supplied here: no Python runtime, status codes instead of exceptions, arrays in global memory,
C library names of math functions replaced by the target's own.  A target is one `Ops` object.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import callconv, cgutils, compiler, datamodel, dispatcher, types
from numba.core.base import BaseContext
from numba.core.codegen import Codegen, CodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.descriptors import TargetDescriptor
from numba.core.errors import NumbaError
from numba.core.options import TargetOptions, include_default_options
from numba.core.target_extension import (
    GPU,
    dispatcher_registry,
    jit_registry,
    target_override,
    target_registry,
)

import xpuarray.compiler.frontend.language  # noqa: F401  registers the language with Numba
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend import device_lowering, mathematics
from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.compiler.frontend.dialect import numba_dpex
from xpuarray.compiler.frontend.entry import Incoming, clear_local_memory, flatten
from xpuarray.compiler.frontend.linking import function_of, link
from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, ItemType, item_type, numba_type
from xpuarray.compiler.frontend.ops import I64, Ops, current_device
from xpuarray.compiler.frontend.pipeline import KernelCompiler
from xpuarray.compiler.frontend.registries import LanguageLowering, LanguageTyping, NoHeap
from xpuarray.compiler.frontend.unsupported import returns
from xpuarray.compiler.source import Source
from xpuarray.errors import KernelCompileError
from xpuarray.lang.types import KernelType, Space
from xpuarray.tracebacks import cause

__all__ = ["DeviceTarget", "entry_name"]


class _Library(CodeLibrary):
    """LLVM IR of one compiled function and, after linking, of all its callees."""

    def __init__(self, codegen, name):
        super().__init__(codegen, name)
        self._modules: list[ir.Module] = []
        self._linked: list[_Library] = []

    def add_ir_module(self, ir_module):
        self._raise_if_finalized()
        self._modules.append(ir_module)

    def add_linking_library(self, library):
        if library is not self and library not in self._linked:
            self._linked.append(library)

    def finalize(self):
        self._finalized = True

    def get_function(self, name):
        for module in self._modules:
            if name in module.globals:
                return module.globals[name]
        raise KeyError(name)

    def all_modules(self) -> list[ir.Module]:
        """This library's modules and those of everything it calls, each once."""
        seen: dict[int, _Library] = {}
        todo = [self]
        while todo:
            library = todo.pop()
            if id(library) not in seen:
                seen[id(library)] = library
                todo.extend(library._linked)
        return [m for library in seen.values() for m in library._modules]

    def get_llvm_str(self):
        return "\n\n".join(map(str, self.all_modules()))

    def get_asm_str(self):
        raise NotImplementedError("assembly is made from a whole kernel; see Kernel.inspect_asm")


class _Codegen(Codegen):
    _library_class = _Library

    def __init__(self, ops: Ops):
        self._ops = ops
        self._data_layout = ops.data_layout
        self._target_data = llvm.create_target_data(ops.data_layout)

    @property
    def target_data(self):
        return self._target_data

    def _create_empty_module(self, name):
        module = ir.Module(cgutils.normalize_ir_text(name))
        module.triple = self._ops.triple
        module.data_layout = self._ops.data_layout
        return module

    def _add_module(self, module):
        pass

    def magic_tuple(self):
        return (self._ops.triple, self._ops.data_layout)


class _TargetContext(LanguageLowering, BaseContext):
    strict_alignment = True

    def __init__(self, typing_context, ops: Ops):
        self.ops = ops
        super().__init__(typing_context, ops.name)

    def init(self):
        self._internal_codegen = _Codegen(self.ops)
        self.data_model_manager = datamodel.default_manager

    def load_additional_registries(self):
        super().load_additional_registries()
        for implementation in (device_lowering, mathematics):
            self.install_registry(implementation.registry)

    def codegen(self):
        return self._internal_codegen

    @property
    def target_data(self):
        return self._internal_codegen.target_data

    @cached_property
    def call_conv(self):
        return callconv.MinimalCallConv(self)

    @property
    def error_model(self):
        from numba.core.callconv import create_error_model

        return create_error_model("numpy", self)

    @error_model.setter
    def error_model(self, value):
        """Division by zero follows IEEE, as in NumPy; there is nobody to raise to."""

    def create_cpython_wrapper(self, *args, **kwargs):
        """There is no Python on the device."""

    def create_cfunc_wrapper(self, *args, **kwargs):
        """There is no C caller either."""

    @cached_property
    def nrt(self):
        """Numba's manager of memory: nothing is counted, and nothing can be allocated."""
        return NoHeap()

    def get_executable(self, library, fndesc, env):
        """Nothing runs on the host, but Numba finds a function's code by this object: it must be
        unique, or one callee is linked in place of another of the same signature."""
        return object()

    def get_constant_generic(self, builder, ty, val):
        """A callee is found by its type; its value is never used.  Once a host kernel was compiled in
        this process, Numba's own lowering would write the dispatcher's address into the code."""
        if isinstance(ty, types.Dispatcher):
            return self.get_dummy_value()
        return super().get_constant_generic(builder, ty, val)

    def get_ufunc_info(self, ufunc_key):
        from numba.np import ufunc_db

        loops = ufunc_db.get_ufunc_info(ufunc_key)
        return loops | mathematics.power_loops if ufunc_key in (np.power, np.float_power) else loops

    def insert_const_string(self, mod, string):
        return self.get_dummy_value()


class _Options(
    include_default_options(  # type: ignore[misc]
        "nopython",
        "fastmath",
        "inline",
        "forceinline",
        "error_model",
        "no_cpython_wrapper",
        "no_cfunc_wrapper",
        "boundscheck",
    ),
    TargetOptions,
):
    def finalize(self, flags, options):
        flags.enable_pyobject = False
        flags.no_cpython_wrapper = True
        flags.no_cfunc_wrapper = True
        flags.nrt = False
        flags.error_model = "numpy"


#: Functions called by kernels that are kept for others.
_MOST_FUNCTIONS = 1 << 10


class DeviceTarget(TargetDescriptor):
    """A Numba target around `ops`: compiles Python functions to one LLVM module a kernel."""

    options = _Options

    def __init__(self, ops: Ops):
        super().__init__(ops.name)
        self.ops = ops
        token = type(f"{ops.name}_target", (GPU,), {})
        target_registry[ops.name] = token
        # The dispatcher class must be known before the typing context loads its registries.
        self.dispatcher = type(
            f"{ops.name}_dispatcher",
            (_Dispatcher,),
            {"targetdescr": self},
        )
        dispatcher_registry[token] = self.dispatcher
        jit_registry[token] = self._jit
        self._functions: dict[Any, _Dispatcher] = {}
        self._typing = LanguageTyping(self._wrap)
        self._target = _TargetContext(self._typing, ops)

    @property
    def typing_context(self):
        return self._typing

    @property
    def target_context(self):
        return self._target

    def _jit(self, *args, **kwargs):
        """The decorator Numba's @overload machinery asks for; it passes CPU options too."""
        if args and callable(args[0]):
            return self.dispatcher(args[0])
        return lambda function: self.dispatcher(function)

    @global_compiler_lock
    def compile_kernel(
        self, kernel: Source, space: Space, kernel_types: tuple[KernelType, ...], info: DeviceInfo
    ) -> tuple[str, llvm.ModuleRef]:
        """The entry's name and the optimised LLVM module of a kernel, with every callee inlined.

        Raises KernelCompileError for source that can't be compiled.
        """
        checked = kernel.check == "bounds"
        arguments = (item_type(space), *(numba_type(t, checked=checked) for t in kernel_types))
        name = entry_name(kernel)
        token = current_device.set(info)
        try:
            return name, self._compile(kernel.function, name, arguments, kernel.fastmath, checked)
        except (NumbaError, KernelCompileError) as error:
            raise compile_error(kernel, info, error) from cause(error)
        finally:
            current_device.reset(token)

    def _compile(self, function, name, arg_types, fastmath, checked):
        with target_override(self.ops.name):
            flags = compiler.Flags()
            relaxed = fastmath if isinstance(fastmath, bool) else set(fastmath)
            self.options.parse_as_flags(flags, {"fastmath": relaxed})
            self._typing.refresh()
            self._target.refresh()
            if len(self._functions) >= _MOST_FUNCTIONS:
                self._forget_functions()
            result = compiler.compile_extra(
                self._typing, self._target, link(function, self._wrap), tuple(arg_types), None, flags, {},
                pipeline_class=KernelCompiler,
            )  # fmt: skip
            self._target.remove_user_function(result.entry_point)  # nobody calls a kernel; Numba would keep its IR
            if result.signature.return_type not in (types.none, types.void):
                raise returns(function, result.signature.return_type)
            entry = self._entry_module(result, name, checked)
        return self._link(name, [entry, *result.library.all_modules()], fastmath)

    def _wrap(self, value):
        """A plain function that a kernel calls, as something Numba can compile for this target."""
        function = function_of(value)
        if function is None:
            return value
        if value not in self._functions:
            made = self.dispatcher(link(function, self._wrap), pipeline_class=KernelCompiler)
            for signature in getattr(value, "signatures", ()):
                made.compile(signature)
            made.disable_compile(bool(made.overloads))
            self._functions[value] = made
        return self._functions[value]

    def _forget_functions(self):
        """Whatever kernels have called so far is compiled anew when another kernel calls it."""
        for made in self._functions.values():
            for result in made.overloads.values():
                self._target.remove_user_function(result.entry_point)
        self._functions.clear()

    def _entry_module(self, result, name: str, checked: bool) -> ir.Module:
        """The function the device starts: builds the item, gathers flattened arguments, calls."""
        context, ops = self._target, self.ops
        module = context.codegen()._create_empty_module(name)
        flattened = [flatten(context, t) for t in result.signature.args]
        ndim = result.signature.args[0].ndim if isinstance(result.signature.args[0], ItemType) else 0
        own = ops.parameters(ndim)
        first = [I64.as_pointer(ADDRESS_SPACES["global"])] if checked else []
        fnty = ir.FunctionType(ir.VoidType(), [*first, *(t for f in flattened for t in f.llvm_types), *own])
        entry = ir.Function(module, fnty, name)
        entry.calling_convention = ops.kernel_convention
        builder = ir.IRBuilder(entry.append_basic_block("entry"))
        body_type = context.call_conv.get_function_type(types.none, result.signature.args)
        body = ir.Function(module, body_type, result.fndesc.llvm_func_name)
        body.calling_convention = ops.function_convention
        with ops.each_item(builder, ndim, entry.args[len(entry.args) - len(own) :]) as (ids, extents):
            record = builder.ptrtoint(entry.args[0], I64) if checked else None
            incoming = Incoming([*ids, *extents, *entry.args[len(first) :]], record)
            values = []
            for flat in flattened:
                values.append(flat.gather(context, builder, incoming))
                incoming.argument += 1
            if numba_dpex.get():
                clear_local_memory(context, builder, result.signature.args, values)
            context.call_conv.call_function(builder, body, types.none, result.signature.args, values)
        builder.ret_void()
        ops.finish(module, entry)
        return module

    def _link(self, name: str, modules: list[ir.Module], fastmath: bool | tuple[str, ...]) -> llvm.ModuleRef:
        """One optimised LLVM module in which only the kernel's entry is visible."""
        texts = [self.ops.rename(_relaxed(str(m), fastmath) if fastmath else str(m)) for m in modules]
        linked = llvm.parse_assembly(texts[0])
        for text in texts[1:]:
            linked.link_in(llvm.parse_assembly(text))
        for function in linked.functions:
            if not function.is_declaration and function.name != name:
                function.linkage = "internal"
                function.add_function_attribute("alwaysinline")
                # A barrier in it must not move into a branch; LLVM takes this off where there is none.
                function.add_function_attribute("convergent")
        for variable in linked.global_variables:
            if not variable.is_declaration:
                variable.linkage = "internal"
        self.ops.complete(linked, fastmath is True)
        linked.verify()
        linked = self.ops.optimise(linked)
        missing = [f.name for f in linked.functions if f.is_declaration and not self.ops.provides(f.name)]
        if missing:
            raise KernelCompileError(f"{', '.join(missing)} does not exist on devices")
        return linked


# Numba relaxes one function at a time; a kernel's callees are shared with kernels that are precise.
_FLAG = "(?: (?:fast|afn|arcp|contract|ninf|nnan|nsz|reassoc))*"
_FLOAT_OPERATION = re.compile(rf" = (fadd|fsub|fmul|fdiv|frem|fneg|fcmp|call(?={_FLAG} (?:float|double) )){_FLAG} ")


def _relaxed(text: str, fastmath: bool | tuple[str, ...]) -> str:
    """LLVM IR in which all operations on floats may be reassociated, contracted and approximated, or what of
    that is allowed."""
    flags = "fast" if fastmath is True else " ".join(fastmath or ())
    return _FLOAT_OPERATION.sub(rf" = \1 {flags} ", text)


def entry_name(kernel: Source) -> str:
    """The kernel's name, in letters that every driver takes."""
    return "xpu_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in kernel.__name__)


class _Dispatcher(dispatcher.Dispatcher):
    """Compiles a device function for its caller's target."""

    def compile(self, sig):
        with target_override(self.targetdescr.ops.name):
            return super().compile(sig)

    def add_overload(self, cres):
        """There is no entry point to call from Python; only callers' code links this one."""
        self.overloads[tuple(cres.signature.args)] = cres
