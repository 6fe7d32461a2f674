"""A kernel's entry: what the device starts.  It builds the item and gathers flattened arguments.

An array arrives as pointer, shape... and, if it is strided, strides... (bytes); a tuple element by
element; a complex number as two.  `backends/*.pack` makes them in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils, types

from xpuarray.compiler.frontend.bounds import mark
from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, DeviceArray, ItemType, NdItemType
from xpuarray.compiler.frontend.ops import EXTENT, I64
from xpuarray.lang.memory import MemoryScope

__all__ = ["Flat", "Incoming", "clear_local_memory", "flatten"]


class Incoming:
    """The parameters that come in, one after the other."""

    def __init__(self, values: Iterable[ir.Value], record: ir.Value | None = None):
        self._values = iter(values)
        self.record = record  # address (i64) of the record of a checked kernel
        self.argument = -1  # number of the kernel's argument that is being gathered; the item is -1

    def __next__(self) -> ir.Value:
        return next(self._values)


class Flat(NamedTuple):
    """How one argument of the body is made from parameters of the entry."""

    llvm_types: list[ir.Type]
    gather: Any  #: (context, builder, iterator over parameters) -> LLVM value


def flatten(context: Any, numba_type: types.Type) -> Flat:
    """The parameters that stand for an argument of `numba_type`."""
    if isinstance(numba_type, ItemType):
        return Flat([], lambda ctx, builder, incoming: _make_item(ctx, builder, numba_type, incoming))
    if isinstance(numba_type, NdItemType):
        return Flat([], lambda ctx, builder, incoming: _make_nd_item(ctx, builder, numba_type))
    if isinstance(numba_type, DeviceArray):
        return _flatten_array(context, numba_type)
    if isinstance(numba_type, types.BaseTuple):
        return _flatten_tuple(context, numba_type)
    if isinstance(numba_type, types.Complex):
        return _flatten_complex(context, numba_type)
    model = context.data_model_manager[numba_type]
    return Flat(
        [context.get_data_type(numba_type)],
        lambda ctx, builder, incoming: model.from_data(builder, next(incoming)),
    )


def _flatten_tuple(context: Any, numba_type: types.BaseTuple) -> Flat:
    parts = [flatten(context, t) for t in numba_type]
    return Flat(
        [t for part in parts for t in part.llvm_types],
        lambda ctx, builder, incoming: ctx.make_tuple(
            builder, numba_type, [part.gather(ctx, builder, incoming) for part in parts]
        ),
    )


def _flatten_complex(context: Any, numba_type: types.Complex) -> Flat:
    part = context.get_value_type(numba_type.underlying_float)

    def gather(ctx, builder, incoming):
        value = ctx.make_complex(builder, numba_type)
        value.real, value.imag = next(incoming), next(incoming)
        return value._getvalue()

    return Flat([part, part], gather)


def _flatten_array(context: Any, numba_type: DeviceArray) -> Flat:
    ndim, strided = numba_type.ndim, numba_type.layout == "A"
    is_local = numba_type.addrspace == ADDRESS_SPACES["local"]
    pointer = context.get_data_type(numba_type.dtype).as_pointer(numba_type.addrspace)

    def gather(ctx, builder, incoming):
        data = next(incoming)
        if numba_type.wide:
            data.attributes.align = 16
        if is_local:
            data = ctx.ops.local_memory(builder, data, pointer)
        shape = [_extent(next(incoming)) for _ in range(ndim)]
        strides = [next(incoming) for _ in range(ndim)] if strided else None
        where = (incoming.record, I64(incoming.argument)) if numba_type.checked else None
        return make_array(ctx, builder, numba_type, data, shape, strides, where)

    parameter = context.ops.local_parameter(pointer) if is_local else pointer
    return Flat([parameter] + [I64] * (ndim * (2 if strided else 1)), gather)


def _extent(parameter: ir.Argument) -> ir.Argument:
    """The parameter, of which LLVM now knows that it is not negative: so indices that are made of extents
    and positions lose the wraparound that signed ones have, and neighbours are seen to be neighbours."""
    set.add(parameter.attributes, f"range(i64 0, {EXTENT})")  # llvmlite's own `add` does not know it
    return parameter


def make_array(context, builder, numba_type, data, shape, strides=None, checked=None):
    """An array value over `data`; without `strides` it is contiguous.

    checked: (record's address, argument's number) that the array carries if it is checked
    """
    itemsize = I64(context.get_abi_sizeof(context.get_data_type(numba_type.dtype)))
    if strides is None:
        strides = [itemsize] * len(shape)
        for k in range(len(shape) - 2, -1, -1):
            strides[k] = builder.mul(strides[k + 1], shape[k + 1])
    nitems = I64(1)
    for extent in shape:
        nitems = builder.mul(nitems, extent)
    array = cgutils.create_struct_proxy(numba_type)(context, builder)
    array.data, array.itemsize, array.nitems = data, itemsize, nitems
    array.shape = cgutils.pack_array(builder, shape, I64)
    array.strides = cgutils.pack_array(builder, strides, I64)
    if checked is not None:
        mark(context, builder, array, *checked)
    return array._getvalue()


def clear_local_memory(context, builder, numba_types, values):
    """Fill the local arrays among a kernel's arguments with zeros, all work-items of the group together."""
    arrays = [
        cgutils.create_struct_proxy(t)(context, builder, value=value)
        for t, value in zip(numba_types, values)
        if isinstance(t, DeviceArray) and t.addrspace == ADDRESS_SPACES["local"]
    ]
    if not arrays:
        return
    ops, ndim = context.ops, numba_types[0].ndim
    rank, size = I64(0), I64(1)
    for dim in range(ndim):
        extent = ops.local_size(builder, dim, ndim)
        rank = builder.add(builder.mul(rank, extent), ops.local_id(builder, dim, ndim))
        size = builder.mul(size, extent)
    for array in arrays:
        with cgutils.for_range_slice(builder, rank, array.nitems, size, I64) as (index, _):
            builder.store(ir.Constant(array.data.type.pointee, None), builder.gep(array.data, [index]))
    ops.barrier(builder, MemoryScope.WORK_GROUP, False, I64(0))


def _make_item(context, builder, item_type, incoming):
    """The ids and extents come before the kernel's parameters: see Ops.each_item."""
    item = cgutils.create_struct_proxy(item_type)(context, builder)
    item.id = cgutils.pack_array(builder, [next(incoming) for _ in range(item_type.ndim)], I64)
    item.range = cgutils.pack_array(builder, [next(incoming) for _ in range(item_type.ndim)], I64)
    return item._getvalue()


def _make_nd_item(context, builder, item_type):
    ops, ndim = context.ops, item_type.ndim

    def dims(position):
        return cgutils.pack_array(builder, [position(builder, d, ndim) for d in range(ndim)], I64)

    item = cgutils.create_struct_proxy(item_type)(context, builder)
    item.id, item.range = dims(ops.global_id), dims(ops.global_size)
    item.local_id, item.local_range, item.group_id = dims(ops.local_id), dims(ops.local_size), dims(ops.group_id)
    return item._getvalue()
