"""CPU code for `host`: a Range kernel becomes a parallel loop around its body.

Over an NdRange the loop is over work-groups, and the work-items of a group run as coroutines
(host_groups.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import get_num_threads, njit, prange
from numba.core import cgutils, types
from numba.core.errors import NumbaError
from numba.core.extending import intrinsic
from numba.core.imputils import impl_ret_borrowed
from numba.core.registry import cpu_target
from numba.core.target_extension import target_override

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.frontend import item_lowering
from xpuarray.compiler.frontend.bounds import checked_array
from xpuarray.compiler.frontend.diagnosis import compile_error
from xpuarray.compiler.frontend.integers import INDEX
from xpuarray.compiler.frontend.linking import link
from xpuarray.compiler.frontend.numba_types import ItemType, item_type, numba_type
from xpuarray.compiler.frontend.ops import EXTENT, I64, current_device
from xpuarray.compiler.frontend.pipeline import KernelCompiler
from xpuarray.compiler.frontend.unsupported import returns
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import host_groups
from xpuarray.compiler.targets.host_ops import HOST
from xpuarray.compiler.targets.host_target import HostDispatcher, check_calls, host_array, known_to, linked_value
from xpuarray.errors import KernelCompileError, KernelRuntimeError
from xpuarray.lang.types import ArrayType, KernelType, LocalType, Space, TupleType
from xpuarray.tracebacks import cause

__all__ = ["ParallelLoop", "as_index", "compile_kernel", "make_item", "parallel_loop"]

item_lowering.CPU[:] = [HOST]

_OPTIONS = {"error_model": "numpy", "nogil": True}


@intrinsic
def make_item(typingctx, size, ids):
    """An Item from the extents of the range and the position in it (two tuples of integers)."""

    def codegen(context, builder, sig, args):
        item = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        for position in cgutils.unpack_tuple(builder, args[1]):  # so that id + 1 is no negative index
            builder.assume(builder.icmp_unsigned("<", position, I64(EXTENT)))
        item.id = cgutils.pack_array(builder, cgutils.unpack_tuple(builder, args[1]), I64)
        item.range = cgutils.pack_array(builder, cgutils.unpack_tuple(builder, args[0]), I64)
        return item._getvalue()

    dims = types.UniTuple(types.uint64, len(ids)) if len(ids) else types.Tuple(())
    return ItemType(len(ids))(dims, dims), codegen


@intrinsic
def _without_dimension(typingctx, array):
    """The one element of an array, as a 0-dimensional array."""

    def codegen(context, builder, sig, args):
        whole = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
        element = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        for field in ("meminfo", "parent", "data", "itemsize", "nitems"):
            setattr(element, field, getattr(whole, field))
        return impl_ret_borrowed(context, builder, sig.return_type, element._getvalue())

    return array.copy(ndim=0)(array), codegen


@intrinsic
def _kernel_array(typingctx, array):
    """An array of Numba's as a kernel's."""
    made = host_array(array.dtype, array.ndim, array.layout)

    def codegen(context, builder, sig, args):
        given = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
        array = cgutils.create_struct_proxy(made)(context, builder)
        for field in ("nitems", "itemsize", "data", "shape", "strides"):
            setattr(array, field, getattr(given, field))
        return array._getvalue()

    return made(array), codegen


@intrinsic
def as_index(typingctx, number):
    """An integer of which it is known that it is not negative, as the language's."""
    return INDEX(types.int64), lambda context, builder, sig, args: args[0]


_LOOPS = {
    Space(0): """
def run(size, {parameters}):
    body(_item((), ()), {arguments})
""",
    Space(1): """
def run(size, {parameters}):
    n = np.uint64(size[0])
    for i in prange(n):
        body(_item((n,), (i,)), {arguments})
""",
    Space(2): """
def run(size, {parameters}):
    n, m = np.uint64(size[0]), np.uint64(size[1])
    for i in prange(n):
        for j in range(m):
            body(_item((n, m), (i, j)), {arguments})
""",
    Space(3): """
def run(size, {parameters}):
    n, m, l = np.uint64(size[0]), np.uint64(size[1]), np.uint64(size[2])
    for i in prange(n):
        for j in range(m):
            for k in range(l):
                body(_item((n, m, l), (i, j, k)), {arguments})
""",
    **dict.fromkeys((Space(1, True), Space(2, True), Space(3, True)), host_groups.LOOP),
}


class _Arguments:
    """The parameters of the generated loop, and what the body is called with."""

    def __init__(self, kernel_types: Sequence[KernelType], checked: bool):
        self.checked = checked
        self.parameters: list[str] = []
        self.arguments: list[str] = []
        self.types: list[types.Type] = []  # of the parameters
        self.local: list[str] = []  # lines that make local memory, once a thread
        self.zero_dimensional: list[int] = []  # positions of parameters that are such arrays
        self.scope: dict[str, Any] = {
            "without_dimension": _without_dimension,
            "checked_array": checked_array,
            "kernel_array": _kernel_array,
            "as_index": as_index,
        }
        for number, kernel_type in enumerate(kernel_types):
            self.arguments.append(self._add(kernel_type, number))
        if checked:
            self.parameters.insert(0, "record")
            self.types.insert(0, types.Array(types.int64, 1, "C"))

    def _add(self, kernel_type: KernelType, number: int) -> str:
        if isinstance(kernel_type, TupleType):
            return "(" + "".join(self._add(part, number) + ", " for part in kernel_type.items) + ")"
        name = f"a{len(self.parameters)}"
        self.parameters.append(name)
        if isinstance(kernel_type, LocalType):
            self.types.append(types.UniTuple(types.int64, kernel_type.ndim))
            self.scope[f"dtype_{name}"] = np.dtype(kernel_type.dtype).type
            self.local.append(f"local_{name} = np.empty({name}, dtype_{name})")
            return self._array(f"local_{name}", number)
        if kernel_type == "float16":  # Numba does not take such a number from Python
            self.types.append(types.float32)
            return f"np.float16({name})"
        if kernel_type == "index":
            self.types.append(types.int64)
            return f"as_index({name})"
        if isinstance(kernel_type, ArrayType) and not kernel_type.ndim:
            # Numba's parallel loops take a 0-dimensional array for a number.
            self.zero_dimensional.append(len(self.types) + self.checked)
            kernel_type, name = kernel_type._replace(ndim=1), f"without_dimension({name})"
        self.types.append(numba_type(kernel_type, array=types.Array))
        return self._array(name, number) if isinstance(kernel_type, ArrayType) else name

    def _array(self, name: str, number: int) -> str:
        return f"checked_array({name}, record, {number})" if self.checked else f"kernel_array({name})"


class ParallelLoop(NamedTuple):
    """A kernel as compiled code that Python or compiled code can call."""

    body: HostDispatcher  #: the kernel, for one work-item
    run: Any  #: Numba's dispatcher of the loop, compiled for (size, arguments)
    types: Sequence[types.Type]  #: of the loop's arguments
    zero_dimensional: Sequence[int]  #: which of them stand for arrays without dimensions


def compile_kernel(kernel: Source, space: Space, kernel_types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A callable (global size, local size or None, *arguments) that runs the kernel on all cores."""
    made = parallel_loop(kernel, space, kernel_types, info)
    (entry,) = (overload.entry_point for overload in made.run.overloads.values())
    run = _grouped(kernel, entry) if space.grouped else lambda size, local, *args: entry(size, *args)
    run = _called_from_python(kernel, run, made.zero_dimensional)
    llvm = "\n\n".join(made.run.inspect_llvm().values())
    return Compiled(kernel.__name__, "prange", run, llvm, lambda: "\n\n".join(made.run.inspect_asm().values()))


def parallel_loop(
    kernel: Source, space: Space, kernel_types: tuple[KernelType, ...], info: DeviceInfo
) -> ParallelLoop:  # fmt: skip
    """The kernel around which there is a loop on all cores; over a range without dimensions, none: it is called once.

    Raises KernelCompileError.
    """
    fastmath = kernel.fastmath if isinstance(kernel.fastmath, bool) else set(kernel.fastmath)
    options = dict(_OPTIONS, fastmath=fastmath, parallel=space.ndim > 0)
    checked = kernel.check == "bounds"
    passed = _Arguments(kernel_types, checked)
    body_types = [numba_type(t, host_array, checked) for t in kernel_types]
    source = _LOOPS[space].format(
        parameters=", ".join(passed.parameters),
        arguments=", ".join(passed.arguments),
        local="\n        ".join(passed.local) or "pass",
    )
    with target_override(HostDispatcher.targetdescr._target_name):
        linked = link(kernel.function, linked_value)
    body = HostDispatcher(linked, targetoptions={"fastmath": fastmath}, pipeline_class=KernelCompiler)
    scope = {
        "body": body, "_item": make_item, "prange": prange, "np": np, **passed.scope, **host_groups.SCOPE,
        "groups_of": host_groups.GROUPS_OF.get(space.ndim),
    }  # fmt: skip
    exec(source, scope)
    size = types.UniTuple(types.int64, space.ndim) if space.ndim else types.Tuple(())
    token = current_device.set(info)
    try:
        body.compile((item_type(space), *body_types))
        _check_returns_nothing(kernel, body)
        if space.ndim:  # else it starts parallel loops, which call more; it's for the host alone
            check_calls(body)
        loop = njit(scope["run"], **options)
        with known_to(cpu_target.target_context, body):
            loop.compile((size, size, types.int64, *passed.types) if space.grouped else (size, *passed.types))
    except (NumbaError, KernelCompileError) as error:
        raise compile_error(kernel, info, error) from cause(error)
    finally:
        current_device.reset(token)
    return ParallelLoop(body, loop, passed.types, passed.zero_dimensional)


def _called_from_python(kernel: Any, run: Any, zero_dimensional: Sequence[int]) -> Any:
    def call(size: Any, local: Any, *args: Any) -> None:
        for position in zero_dimensional:
            args = (*args[:position], args[position].reshape(1), *args[position + 1 :])
        try:
            run(size, local, *args)
        except SystemError as error:  # how Numba's parallel loops end when their body raised
            cause = error.__cause__
            raise KernelRuntimeError(f"kernel {kernel.__name__} raised {type(cause).__name__}: {cause}") from cause

    return call


def _grouped(kernel: Any, entry: Any) -> Any:
    def run(size: tuple[int, ...], local: tuple[int, ...], *args: Any) -> None:
        if entry(size, local, get_num_threads(), *args):
            raise KernelRuntimeError(
                f"kernel {kernel.__name__}: work-items of a group waited at different barriers, "
                "so that none could go on; every work-item must reach the same barriers"
            )

    return run


def _check_returns_nothing(kernel: Any, body: Any) -> None:
    (result,) = body.overloads.values()
    if result.signature.return_type not in (types.none, types.void):
        raise returns(kernel.function, result.signature.return_type)
