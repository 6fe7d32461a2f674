"""What one instruction set supplies to the common lowering: `Ops`.

Methods that take a builder emit LLVM IR into it.  Dimensions count as in the kernel language: the
last one varies fastest.  Ids and extents are i64.
"""

from __future__ import annotations

import contextlib
import contextvars
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import llvmlite.binding as llvm
from llvmlite import ir

from xpuarray.backends.info import DeviceInfo

__all__ = ["EXTENT", "I32", "I64", "Ops", "current_device", "declare"]

#: The device that a kernel is being compiled for, so that typing can refuse what it lacks.
current_device: contextvars.ContextVar[DeviceInfo | None] = contextvars.ContextVar(
    "xpuarray_compiled_for", default=None
)

I32, I64 = ir.IntType(32), ir.IntType(64)
#: What LLVM may take every extent and position to be below: more bytes than a processor can address.
EXTENT = 1 << 48
_SYMBOL = re.compile(r'@(?:"([^"]+)"|([\w.$]+))')
_DECLARATION = re.compile(r'^declare [^@]*@"([^"]+)"\(.*$', re.MULTILINE)


def declare(builder: ir.IRBuilder, name: str, result: ir.Type, arguments: list[ir.Type], **attributes: bool):
    """The function `name`, declared in the builder's module on first use."""
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(result, arguments), name)
        for attribute, wanted in attributes.items():
            if wanted:
                function.attributes.add(attribute)
    return function


class Ops(ABC):
    """One instruction set.  A target must implement all that is abstract here."""

    name: str  #: Numba target name
    triple: str
    data_layout: str
    kernel_convention: str
    function_convention: str = ""

    # -- where a work-item stands --------------------------------------------------------------
    @abstractmethod
    def global_id(self, builder: ir.IRBuilder, dim: int, ndim: int) -> ir.Value:
        """The position along `dim` in the whole range."""

    @abstractmethod
    def global_size(self, builder: ir.IRBuilder, dim: int, ndim: int) -> ir.Value:
        """The extent of the range along `dim`."""

    @abstractmethod
    def local_id(self, builder: ir.IRBuilder, dim: int, ndim: int) -> ir.Value:
        """The position along `dim` in the work-group."""

    @abstractmethod
    def local_size(self, builder: ir.IRBuilder, dim: int, ndim: int) -> ir.Value:
        """The extent of the work-group along `dim`."""

    @abstractmethod
    def group_id(self, builder: ir.IRBuilder, dim: int, ndim: int) -> ir.Value:
        """The position of the work-group along `dim`."""

    @abstractmethod
    def sub_group(self, builder: ir.IRBuilder, what: str, state: ir.Value) -> ir.Value:
        """The sub-group's "size", the work-item's "lane" in it, or its "index" in the work-group."""

    # -- the kernel's entry ------------------------------------------------------------------
    def parameters(self, ndim: int) -> list[ir.Type]:
        """May ask for parameters after a Range kernel's own; the backend's launch passes them."""
        return []

    @contextlib.contextmanager
    def each_item(
        self, builder: ir.IRBuilder, ndim: int, parameters: Sequence[ir.Value]
    ) -> Iterator[tuple[list[ir.Value], list[ir.Value]]]:
        """The code emitted inside runs for every item of a Range that this thread stands for.

        Gives the item's ids and the range's extents; `parameters` are those asked for.
        """
        yield (
            [self.global_id(builder, dim, ndim) for dim in range(ndim)],
            [self.global_size(builder, dim, ndim) for dim in range(ndim)],
        )

    # -- what a group does together ------------------------------------------------------------
    # `state` is an i64 of the group value; only the host uses it, to find its scheduler.
    @abstractmethod
    def barrier(self, builder: ir.IRBuilder, scope: int, sub_group: bool, state: ir.Value) -> None:
        """All work-items of the (sub-)group wait for each other; memory is ordered to `scope`."""

    @abstractmethod
    def collective(
        self, builder: ir.IRBuilder, kind: str, op: str, value: ir.Value, signed: bool, sub_group: bool, state: ir.Value
    ) -> ir.Value:
        """kind "reduce" or "scan" (inclusive); op "add", "min" or "max"; over the (sub-)group."""

    @abstractmethod
    def broadcast(
        self, builder: ir.IRBuilder, value: ir.Value, lane: ir.Value, sub_group: bool, state: ir.Value
    ) -> ir.Value:
        """The value of work-item `lane` (i64), the same for all; a sub-group may name others."""

    # -- memory --------------------------------------------------------------------------------
    #: LLVM's names of the scopes, by MemoryScope's number; "" is the whole system
    sync_scopes: dict[int, str] = {}

    #: whether LLVM heeds the memory order of `atomicrmw` here; else fences are put around it
    orders_updates = True

    def sync_scope(self, scope: int) -> str:
        """The `syncscope(...)` prefix of an atomic instruction's ordering."""
        name = self.sync_scopes.get(scope, "")
        return f'syncscope("{name}") ' if name else ""

    def float_atomics(self, op: str) -> bool:
        """Whether `atomicrmw` takes "fadd", "fmin", "fmax"; else a compare-exchange loop is used."""
        return op == "fadd"

    def local_parameter(self, pointer: ir.Type) -> ir.Type:
        """The type of the launch parameter that stands for a pointer to local memory."""
        return pointer

    def compare_exchange(
        self,
        builder: ir.IRBuilder,
        pointer: ir.Value,
        expected: ir.Value,
        new: ir.Value,
        orders: tuple[str, str],
        scope: int,
    ) -> ir.Value:
        """The integer that was at `pointer`; `new` has taken its place if it was `expected`.

        orders: LLVM's names of the memory orders on success and on failure
        """
        pair = builder.cmpxchg(pointer, expected, new, self.sync_scope(scope) + orders[0], orders[1])
        return builder.extract_value(pair, 0)

    def local_memory(self, builder: ir.IRBuilder, parameter: ir.Value, pointer: ir.Type) -> ir.Value:
        """The pointer that such a parameter stands for."""
        return parameter

    @abstractmethod
    def print(self, builder: ir.IRBuilder, template: str, values: list[ir.Value]) -> None:
        """Print `values` by a C format string."""

    # -- modules -------------------------------------------------------------------------------
    @property
    @abstractmethod
    def math_names(self) -> dict[str, str]:
        """C library or LLVM intrinsic name -> the target's function."""

    def finish(self, module: ir.Module, kernel: ir.Function) -> None:  # noqa: B027
        """May add metadata to the module that holds the kernel's entry."""

    def rename(self, text: str) -> str:
        """The LLVM IR of one module with the target's names of math functions."""
        names = self.math_names
        renamed = _SYMBOL.sub(lambda m: f'@"{names.get(m[1] or m[2], m[1] or m[2])}"', text)
        declared: set[str] = set()

        def once(m: re.Match[str]) -> str:  # two names may have become one
            known = m[1] in declared
            declared.add(m[1])
            return "" if known else m[0]

        return _DECLARATION.sub(once, renamed)

    def complete(self, module: llvm.ModuleRef, fastmath: bool) -> None:  # noqa: B027
        """May link a library of the target's own into the whole module, before it is optimised."""

    @abstractmethod
    def provides(self, symbol: str) -> bool:
        """Whether the device's compiler knows a function that the module only declares."""

    @abstractmethod
    def machine(self) -> llvm.TargetMachine:
        """A new LLVM target machine: the SPIR-V one must not emit twice (it segfaults)."""

    def optimise(self, module: llvm.ModuleRef) -> llvm.ModuleRef:
        """Inlines and simplifies (in place or not); loops are left to the device's own compiler to vectorise."""
        tuning = llvm.create_pipeline_tuning_options(speed_level=2)
        tuning.loop_vectorization = tuning.slp_vectorization = False
        builder = llvm.create_pass_builder(self.machine(), tuning)
        builder.getModulePassManager().run(module, builder)
        return module
