"""check="bounds": what a checked kernel does when an index is out of bounds.

Every array value of a checked kernel carries the address of a record (in Numba's unused field
`meminfo`) and the number of the argument it came from (in `parent`).  The first access that is out
of bounds fills the record in (bounds_record.py); it and all later ones go to a harmless place instead.
"""

from __future__ import annotations

import sys
from types import FrameType

from llvmlite import ir
from numba.core import cgutils, lowering, types
from numba.core.extending import intrinsic

from xpuarray.compiler.bounds_record import FIELDS, number_of
from xpuarray.compiler.frontend.item_lowering import ops_of
from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, DeviceArray
from xpuarray.compiler.frontend.ops import I64
from xpuarray.lang.memory import MemoryScope

__all__ = ["all_inside", "checked_array", "checked_pointer", "elsewhere", "mark"]


def mark(context, builder, array, record, argument):
    """Make an array value carry its record's address and its argument's number (both i64)."""
    array.meminfo = builder.inttoptr(record, context.get_value_type(types.voidptr))
    array.parent = builder.inttoptr(argument, array.parent.type)


def checked_pointer(context, builder, array_type, array, shape, indices, pointer):
    """`pointer`, or a harmless address if one of the indices (i64, from the start) is outside."""
    inside = all_inside(context, builder, array, list(zip(range(len(shape)), indices, shape)))
    return builder.select(inside, pointer, elsewhere(context, builder, array, pointer))


def all_inside(context, builder, array, places):
    """Whether of each (axis, index, extent) the index is inside (i1); the first that is not is written down."""
    inside = ir.IntType(1)(1)
    for _, index, extent in places:
        inside = builder.and_(inside, builder.icmp_unsigned("<", index, extent))
    with builder.if_then(builder.not_(inside), likely=False):
        _write_down(context, builder, _record(context, builder, array), array, places)
    return inside


def elsewhere(context, builder, array, pointer):
    """A harmless address: the spare words of the record, or the array's own beginning where that is another memory."""
    record = _record(context, builder, array)
    if record.type.addrspace != pointer.type.addrspace:
        return array.data
    return builder.bitcast(builder.gep(record, [I64(len(FIELDS))]), pointer.type)


def _record(context, builder, array):
    return builder.inttoptr(builder.ptrtoint(array.meminfo, I64), I64.as_pointer(_record_space(context)))


def _record_space(context):
    return ADDRESS_SPACES["global"] if hasattr(context, "ops") else 0


def _write_down(context, builder, record, array, places):
    relaxed = ("monotonic", "monotonic")
    flag = ops_of(context).compare_exchange(builder, record, I64(0), I64(1), relaxed, MemoryScope.DEVICE)
    with builder.if_then(builder.icmp_unsigned("==", flag, I64(0))):
        first, index, extent = places[0]
        axis = I64(first)
        for k, i, n in reversed(places):
            outside = builder.icmp_unsigned(">=", i, n)
            axis, index, extent = (
                builder.select(outside, new, old) for new, old in ((I64(k), axis), (i, index), (n, extent))
            )
        values = {
            "argument": builder.ptrtoint(array.parent, I64),
            "axis": axis,
            "index": index,
            "extent": extent,
            "site": I64(_site()),
        }
        for name, value in values.items():
            builder.store(value, builder.gep(record, [I64(FIELDS.index(name))]))


def _site():
    """The number of the source line that is being lowered; Numba tells it to nobody but itself."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        lowerer = frame.f_locals.get("self")
        if isinstance(lowerer, lowering.BaseLower):
            return number_of(lowerer.loc.filename, lowerer.loc.line)
        frame = frame.f_back
    return number_of("?", 0)


@intrinsic
def checked_array(typingctx, array, record, argument):
    """For the host: a NumPy array as a checked one."""
    made = DeviceArray(array.dtype, array.ndim, array.layout, 0, checked=True)

    def codegen(context, builder, sig, args):
        given = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
        words = cgutils.create_struct_proxy(sig.args[1])(context, builder, value=args[1])
        array = cgutils.create_struct_proxy(made)(context, builder)
        for field in ("nitems", "itemsize", "data", "shape", "strides"):
            setattr(array, field, getattr(given, field))
        mark(context, builder, array, builder.ptrtoint(words.data, I64), args[2])
        return array._getvalue()

    return made(array, record, types.int64), codegen
