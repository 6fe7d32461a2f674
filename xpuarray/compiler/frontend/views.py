"""Parts of arrays inside device kernels: assignment to slices; the rest is Numba's own code."""

from __future__ import annotations

import operator

from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.np import arrayobj

from xpuarray.compiler.frontend.numba_types import DeviceArray
from xpuarray.compiler.frontend.ops import I64

__all__ = ["assign_to_view"]


@lower_builtin(operator.setitem, DeviceArray, types.SliceType, types.Any)
@lower_builtin(operator.setitem, DeviceArray, types.EllipsisType, types.Any)
def assign_to_view(context, builder, sig, args):
    """array[slices] = value: a number, or an array that broadcasts, read as it is being written.

    NumPy copies an array that overlaps its target first; a kernel has no memory to copy it to.
    """
    array_type, index_type, value_type = sig.args
    is_tuple = isinstance(index_type, types.BaseTuple)
    index_types = list(index_type) if is_tuple else [index_type]
    indices = cgutils.unpack_tuple(builder, args[1]) if is_tuple else [args[1]]
    array = arrayobj.make_array(array_type)(context, builder, args[0])
    index_types, indices = arrayobj.normalize_indices(context, builder, index_types, indices)
    data, shape, strides = arrayobj.basic_indexing(context, builder, array_type, array, index_types, indices)
    dtype, source = _source(context, builder, value_type, args[2], shape)
    with cgutils.loop_nest(builder, shape, I64) as position:
        value = context.cast(builder, source(position), dtype, array_type.dtype)
        pointer = cgutils.get_item_pointer2(context, builder, data, shape, strides, "A", position)
        context.pack_value(builder, array_type.dtype, value, pointer)
    return context.get_dummy_value()


def _source(context, builder, value_type, value, shape):
    """The type of what is assigned, and a function from a position in `shape` to its value there."""
    if not isinstance(value_type, types.Array):
        return value_type, lambda position: value
    array = arrayobj.make_array(value_type)(context, builder, value)
    value_type, array = arrayobj._broadcast_to_shape(context, builder, value_type, array, shape)
    strides = cgutils.unpack_tuple(builder, array.strides)

    def read(position):
        pointer = cgutils.get_item_pointer2(context, builder, array.data, shape, strides, "A", position)
        return context.unpack_value(builder, value_type.dtype, pointer)

    return value_type.dtype, read
