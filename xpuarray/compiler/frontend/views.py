"""Parts of arrays inside device kernels: assignment to slices, and what is checked; the rest is Numba's own code."""

from __future__ import annotations

import operator

from numba.core import cgutils, types
from numba.core.imputils import lower_builtin
from numba.np import arrayobj

from xpuarray.compiler.frontend.bounds import all_inside, elsewhere
from xpuarray.compiler.frontend.numba_types import DeviceArray
from xpuarray.compiler.frontend.ops import I64

__all__ = ["assign_to_view", "from_start", "view"]


def view(context, builder, sig, args, index_types, indices):
    """array[index] that is no element, by Numba's own code."""
    array_type, index_type = sig.args
    whole = isinstance(index_type, types.Integer)
    by_numba = arrayobj.getitem_arraynd_intp if whole else arrayobj.getitem_array_tuple
    made = by_numba(context, builder, sig, args)
    if not getattr(array_type, "checked", False):
        return made
    array = arrayobj.make_array(array_type)(context, builder, args[0])
    part = arrayobj.make_array(sig.return_type)(context, builder, made)
    shape = cgutils.unpack_tuple(builder, part.shape)
    part.data, shape = _inside(context, builder, array_type, array, index_types, indices, part.data, shape)
    part.shape = cgutils.pack_array(builder, shape, I64)
    return part._getvalue()


def _inside(context, builder, array_type, array, index_types, indices, data, shape):
    """A part's address and shape; of a checked array, where an integer among the indices is outside, no elements."""
    places, axis = [], 0
    extents = cgutils.unpack_tuple(builder, array.shape)
    none = (types.EllipsisType, types.NoneType)
    for kind, index in zip(index_types, indices):
        if isinstance(kind, types.Integer):
            places.append((axis, from_start(context, builder, kind, index, extents[axis]), extents[axis]))
        if isinstance(kind, types.EllipsisType):
            axis += array_type.ndim - sum(not isinstance(t, none) for t in index_types)
        elif not isinstance(kind, types.NoneType):
            axis += 1
    if not places or not getattr(array_type, "checked", False):
        return data, shape
    inside = all_inside(context, builder, array, places)
    data = builder.select(inside, data, elsewhere(context, builder, array, data))
    return data, [builder.select(inside, extent, I64(0)) for extent in shape]


def from_start(context, builder, index_type, index, extent):
    """An index as an i64 from the start, as Python counts those below 0."""
    if isinstance(index_type, types.IntegerLiteral):
        value = index_type.literal_value
        return I64(value) if value >= 0 else builder.add(extent, I64(value))
    if not index_type.signed:
        return context.cast(builder, index, index_type, types.uint64)
    wide = context.cast(builder, index, index_type, types.int64)
    negative = builder.icmp_signed("<", wide, I64(0))
    return builder.select(negative, builder.add(wide, extent), wide)


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
    normal = arrayobj.normalize_indices(context, builder, index_types, indices)
    data, shape, strides = arrayobj.basic_indexing(context, builder, array_type, array, *normal)
    data, shape = _inside(context, builder, array_type, array, index_types, indices, data, shape)
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
