"""Elements of arrays inside a kernel: their address, reading and writing."""

from __future__ import annotations

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_builtin

from xpuarray.compiler.frontend.bounds import checked_pointer
from xpuarray.compiler.frontend.numba_types import DeviceArray
from xpuarray.compiler.frontend.ops import I64
from xpuarray.compiler.frontend.views import assign_to_view, from_start, view

__all__ = ["element_pointer", "split_index"]


def element_pointer(context, builder, array_type, value, index_types, indices):
    """The address of one element.  A signed index below 0 counts from the end, as in Python."""
    array = cgutils.create_struct_proxy(array_type)(context, builder, value=value)
    shape = cgutils.unpack_tuple(builder, array.shape, array_type.ndim)
    fixed = [from_start(context, builder, t, i, n) for t, i, n in zip(index_types, indices, shape)]
    pointer = _address(builder, array_type, array, shape, fixed)
    if getattr(array_type, "checked", False) and fixed:
        return checked_pointer(context, builder, array_type, array, shape, fixed, pointer)
    return pointer


def _address(builder, array_type, array, shape, fixed):
    offset = I64(0)
    if array_type.layout == "C":
        for index, extent in zip(fixed, shape):
            offset = builder.add(builder.mul(offset, extent), index)
        return builder.gep(array.data, [offset], inbounds=True)
    for index, stride in zip(fixed, cgutils.unpack_tuple(builder, array.strides, array_type.ndim)):
        offset = builder.add(offset, builder.mul(index, stride))
    byte = ir.IntType(8).as_pointer(getattr(array_type, "addrspace", 0))
    address = builder.gep(builder.bitcast(array.data, byte), [offset], inbounds=True)
    return builder.bitcast(address, array.data.type)


def split_index(builder, index_type, index):
    """The types and values of an index's parts."""
    if isinstance(index_type, types.BaseTuple):
        return list(index_type), cgutils.unpack_tuple(builder, index, len(index_type))
    return [index_type], [index]


def _is_element(array_type, index_types):
    return len(index_types) == array_type.ndim and all(isinstance(t, types.Integer) for t in index_types)


@lower_builtin(operator.getitem, DeviceArray, types.Integer)
@lower_builtin(operator.getitem, DeviceArray, types.BaseTuple)
def getitem(context, builder, sig, args):
    """array[index]: one element, or (with slices) a view."""
    array_type, index_type = sig.args
    index_types, indices = split_index(builder, index_type, args[1])
    if not _is_element(array_type, index_types):
        return view(context, builder, sig, args, index_types, indices)
    pointer = element_pointer(context, builder, array_type, args[0], index_types, indices)
    return context.unpack_value(builder, array_type.dtype, pointer)


@lower_builtin(operator.setitem, DeviceArray, types.Integer, types.Any)
@lower_builtin(operator.setitem, DeviceArray, types.BaseTuple, types.Any)
def setitem(context, builder, sig, args):
    """array[index] = value, converted to the array's dtype."""
    array_type, index_type, value_type = sig.args
    index_types, indices = split_index(builder, index_type, args[1])
    if not _is_element(array_type, index_types):
        return assign_to_view(context, builder, sig, args)
    pointer = element_pointer(context, builder, array_type, args[0], index_types, indices)
    value = context.cast(builder, args[2], value_type, array_type.dtype)
    context.pack_value(builder, array_type.dtype, value, pointer)
    return context.get_dummy_value()
