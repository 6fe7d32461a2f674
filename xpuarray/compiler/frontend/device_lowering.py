"""Lowering that only device targets have: printing, and text that print takes.

Importing this repairs Numba for pointers outside address space 0.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import LoweringError
from numba.core.imputils import Registry

from xpuarray.compiler.frontend import elements, views  # noqa: F401  register elements and parts of arrays
from xpuarray.compiler.frontend.dialect import numba_dpex
from xpuarray.compiler.frontend.ops import current_device

__all__ = ["NUMBAS_POINTER_ADD", "registry"]

registry = Registry("xpu_device")

#: Numba's (seen in 0.68) casts every pointer to address space 0 to add bytes to it, so that strided
#: arrays in global memory can't be indexed, iterated over or sliced; test_kernel_constructs.py
#: says when it does no more.
NUMBAS_POINTER_ADD = cgutils.pointer_add


def _pointer_add(builder, ptr, offset, return_type=None):
    """`ptr` plus `offset` bytes, in the address space that it is in."""
    if isinstance(offset, int):
        offset = cgutils.intp_t(offset)
    byte = ir.IntType(8).as_pointer(ptr.type.addrspace)
    return builder.bitcast(builder.gep(builder.bitcast(ptr, byte), [offset]), return_type or ptr.type)


cgutils.pointer_add = _pointer_add


@registry.lower_constant(types.UnicodeType)
def _text(context, builder, text_type, value):
    """Text exists while compiling only: as the format of print, as the name of an operation."""
    return ir.Constant(context.get_value_type(text_type), ir.Undefined)


@registry.lower_constant(types.StringLiteral)
def _literal_text(context, builder, text_type, value):
    return ir.Constant(context.get_value_type(text_type), ir.Undefined)


@registry.lower(print, types.VarArg(types.Any))
def _print(context, builder, sig, args):
    words, values = [], []
    for numba_type, value in zip(sig.args, args):
        if isinstance(numba_type, types.StringLiteral):
            words.append(numba_type.literal_value.replace("%", "%%"))
            continue
        word, converted = _printable(context, builder, types.unliteral(numba_type), value)
        words.append(word)
        values.append(converted)
    if not values and numba_dpex.get():
        raise LoweringError("print in a kernel of numba-dpex needs a value beside text")
    context.ops.print(builder, " ".join(words) + "\n", values)
    return context.get_dummy_value()


def _printable(context, builder, numba_type, value):
    """A C format and the value as the type C passes for it."""
    if isinstance(numba_type, types.Boolean):
        return "%d", builder.zext(value, ir.IntType(32))
    if isinstance(numba_type, types.Integer):
        wide = types.int64 if numba_type.signed else types.uint64
        return "%lld" if numba_type.signed else "%llu", context.cast(builder, value, numba_type, wide)
    if isinstance(numba_type, types.Float):
        return "%f", value if numba_type == types.float32 and not _doubles(context) else context.cast(
            builder, value, numba_type, types.float64
        )
    raise LoweringError(f"print in a kernel takes text, integers, floats and bools, not {numba_type}")


def _doubles(context):
    info = current_device.get()
    return info is None or info.fp64
