"""Lowering that every device target shares: array elements and item methods."""

from __future__ import annotations

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import Registry

from xpuarray.compiler.numba_types import DeviceArray

registry = Registry("xpuarray.device")
lower = registry.lower


def _element_pointer(context, builder, array_type, value, index_types, indices):
    """Address of one element, without the copies and checks that slices need."""
    array = cgutils.create_struct_proxy(array_type)(context, builder, value=value)
    shape = cgutils.unpack_tuple(builder, array.shape, array_type.ndim)
    strides = cgutils.unpack_tuple(builder, array.strides, array_type.ndim)
    i64 = ir.IntType(64)
    fixed = []
    for index_type, index, extent in zip(index_types, indices, shape):
        wide = context.cast(builder, index, index_type, types.int64 if index_type.signed else types.uint64)
        if index_type.signed and not (isinstance(wide, ir.Constant) and wide.constant >= 0):
            negative = builder.icmp_signed("<", wide, i64(0))
            wide = builder.select(negative, builder.add(wide, extent), wide)
        fixed.append(wide)
    if array_type.layout == "C":
        offset = i64(0)
        for index, extent in zip(fixed, shape):
            offset = builder.add(builder.mul(offset, extent), index)
        return builder.gep(array.data, [offset], inbounds=True)
    offset = i64(0)
    for index, stride in zip(fixed, strides):
        offset = builder.add(offset, builder.mul(index, stride))
    byte = ir.IntType(8).as_pointer(array_type.addrspace)
    address = builder.gep(builder.bitcast(array.data, byte), [offset], inbounds=True)
    return builder.bitcast(address, array.data.type)


def _split(builder, index_type, index):
    if isinstance(index_type, types.BaseTuple):
        return list(index_type), cgutils.unpack_tuple(builder, index, len(index_type))
    return [index_type], [index]


def _is_element(array_type, index_types):
    return len(index_types) == array_type.ndim and all(isinstance(t, types.Integer) for t in index_types)


@lower(operator.getitem, DeviceArray, types.Integer)
@lower(operator.getitem, DeviceArray, types.BaseTuple)
def getitem(context, builder, sig, args):
    array_type, index_type = sig.args
    index_types, indices = _split(builder, index_type, args[1])
    if not _is_element(array_type, index_types):
        from numba.np import arrayobj

        if isinstance(index_type, types.Integer):
            return arrayobj.getitem_arraynd_intp(context, builder, sig, args)
        return arrayobj.getitem_array_tuple(context, builder, sig, args)
    pointer = _element_pointer(context, builder, array_type, args[0], index_types, indices)
    return context.unpack_value(builder, array_type.dtype, pointer)


@lower(operator.setitem, DeviceArray, types.Integer, types.Any)
@lower(operator.setitem, DeviceArray, types.BaseTuple, types.Any)
def setitem(context, builder, sig, args):
    array_type, index_type, value_type = sig.args
    index_types, indices = _split(builder, index_type, args[1])
    if not _is_element(array_type, index_types):
        from numba.np import arrayobj

        return arrayobj.setitem_array(context, builder, sig, args)
    pointer = _element_pointer(context, builder, array_type, args[0], index_types, indices)
    value = context.cast(builder, args[2], value_type, array_type.dtype)
    context.pack_value(builder, array_type.dtype, value, pointer)
    return context.get_dummy_value()
