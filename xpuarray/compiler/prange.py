"""CPU code for `host`: a Range kernel becomes a parallel loop around its body."""

from __future__ import annotations

import functools
import types as python_types
from typing import Any

from llvmlite import ir
from numba import njit, prange
from numba.core import cgutils, types
from numba.core.errors import NumbaError
from numba.core.extending import intrinsic

from xpuarray.backends.contract import Compiled, DeviceInfo
from xpuarray.compiler import item_lowering  # noqa: F401  registers item methods
from xpuarray.compiler.diagnosis import compile_error
from xpuarray.compiler.linking import is_plain, link
from xpuarray.compiler.numba_types import ItemType, numba_type
from xpuarray.compiler.types import KernelType, Space

__all__ = ["compile_kernel"]

_OPTIONS = {"error_model": "numpy", "nogil": True}


@intrinsic
def _item(typingctx, size, ids):
    """An Item from the extents of the range and the position in it (two tuples of integers)."""

    def codegen(context, builder, sig, args):
        item = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        i64 = ir.IntType(64)
        item.id = cgutils.pack_array(builder, cgutils.unpack_tuple(builder, args[1]), i64)
        item.range = cgutils.pack_array(builder, cgutils.unpack_tuple(builder, args[0]), i64)
        return item._getvalue()

    dims = types.UniTuple(types.uint64, len(ids))
    return ItemType(len(ids))(dims, dims), codegen


_LOOPS = {
    1: """
def run(size, {args}):
    n = np.uint64(size[0])
    for i in prange(n):
        body(_item((n,), (i,)), {args})
""",
    2: """
def run(size, {args}):
    n, m = np.uint64(size[0]), np.uint64(size[1])
    for i in prange(n):
        for j in range(m):
            body(_item((n, m), (i, j)), {args})
""",
    3: """
def run(size, {args}):
    n, m, l = np.uint64(size[0]), np.uint64(size[1]), np.uint64(size[2])
    for i in prange(n):
        for j in range(m):
            for k in range(l):
                body(_item((n, m, l), (i, j, k)), {args})
""",
}


@functools.cache
def _device_function(function: python_types.FunctionType) -> Any:
    return njit(link(function, _wrap), **_OPTIONS)


def _wrap(value: Any) -> Any:
    if is_plain(value):
        return _device_function(value)
    return value


def compile_kernel(kernel: Any, space: Space, arg_types: tuple[KernelType, ...], info: DeviceInfo) -> Compiled:
    """A callable (global size, *arguments) that runs the kernel on all cores."""
    import numpy as np

    options = dict(_OPTIONS, fastmath=kernel.fastmath)
    body = njit(link(kernel.function, _wrap), **options)
    args = ", ".join(f"a{k}" for k in range(len(arg_types)))
    scope = {"body": body, "_item": _item, "prange": prange, "np": np}
    exec(_LOOPS[space.ndim].format(args=args), scope)
    numba_types = [numba_type(t, array=types.Array) for t in arg_types]
    try:
        body.compile((ItemType(space.ndim), *numba_types))
        _check_returns_nothing(kernel, body)
        loop = njit(scope["run"], parallel=True, **options)
        loop.compile((types.UniTuple(types.int64, space.ndim), *numba_types))
    except NumbaError as error:
        raise compile_error(kernel, info, error) from error
    run = loop.overloads[next(iter(loop.overloads))].entry_point
    return Compiled(kernel.__name__, "prange", run)


def _check_returns_nothing(kernel: Any, body: Any) -> None:
    (result,) = body.overloads.values()
    if result.signature.return_type not in (types.none, types.void):
        from xpuarray.errors import KernelCompileError

        raise KernelCompileError(f"kernel {kernel.__name__} returns a value ({result.signature.return_type})")
