"""Numba's view of kernel arguments: arrays in an address space, items, and their data models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import from_dtype
from numba.core import types
from numba.core.datamodel import models, register_default
from numba.core.extending import register_model

from xpuarray.compiler.frontend.integers import INDEX
from xpuarray.lang.types import ArrayType, KernelType, LocalType, Space, TupleType

__all__ = [
    "ADDRESS_SPACES", "AddrSpacePointer", "AtomicRefType", "DeviceArray", "ExpressionType", "GroupType", "ItemType",
    "NdItemType", "SubGroupType", "is_array", "item_type", "numba_type",
]  # fmt: skip

# SPIR-V's numbers; PTX uses the same ones for global (1) and shared (3).
ADDRESS_SPACES = {"private": 0, "global": 1, "constant": 2, "local": 3, "generic": 4}


class AddrSpacePointer(types.Type):
    """A pointer to `dtype` in an address space (Numba's CPointer data model ignores its own)."""

    def __init__(self, dtype: types.Type, addrspace: int):
        self.dtype = dtype
        self.addrspace = addrspace
        super().__init__(name=f"AddrSpacePointer({dtype}, {addrspace})")


@register_default(AddrSpacePointer)
class _AddrSpacePointerModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        pointee = dmm.lookup(fe_type.dtype).get_data_type()
        super().__init__(dmm, fe_type, pointee.as_pointer(fe_type.addrspace))


class DeviceArray(types.Array):
    """An array whose data pointer lives in a given address space."""

    def __init__(self, dtype, ndim, layout, addrspace=ADDRESS_SPACES["global"], checked=False, wide=False):
        self.addrspace = addrspace
        self.checked = checked  # indices are compared with the extents: see bounds.py
        self.wide = wide  # its first element is at a multiple of 16 bytes
        name = f"DeviceArray({dtype},{ndim},{layout},{addrspace},{checked},{wide})"
        super().__init__(dtype, ndim, layout, readonly=False, name=name)

    def copy(self, dtype=None, ndim=None, layout=None, readonly=None):
        return DeviceArray(
            self.dtype if dtype is None else dtype,
            self.ndim if ndim is None else ndim,
            self.layout if layout is None else layout,
            self.addrspace,
            self.checked,
        )

    @property
    def key(self):
        return self.dtype, self.ndim, self.layout, self.addrspace, self.checked, self.wide

    def unify(self, typingctx, other):
        if isinstance(other, DeviceArray) and (other.dtype, other.ndim, other.addrspace) == (
            self.dtype,
            self.ndim,
            self.addrspace,
        ):
            return self.copy(layout=self.layout if self.layout == other.layout else "A")
        return None


@register_default(DeviceArray)
class _DeviceArrayModel(models.StructModel):
    """Numba's own array layout, field for field, but for the address space of `data`, and for
    `meminfo`, which is no counted reference here (bounds.py puts it to use)."""

    def __init__(self, dmm, fe_type):
        members = [
            ("meminfo", types.voidptr),
            ("parent", types.pyobject),
            ("nitems", types.intp),
            ("itemsize", types.intp),
            ("data", AddrSpacePointer(fe_type.dtype, fe_type.addrspace)),
            ("shape", types.UniTuple(types.intp, fe_type.ndim)),
            ("strides", types.UniTuple(types.intp, fe_type.ndim)),
        ]
        super().__init__(dmm, fe_type, members)


class ExpressionType(types.Type):
    """What `text` makes of the elements of `parts`: arrays, numbers and other expressions.

    text: source, with `{0}` for the first part's element, and so on
    dtype: the element's type
    """

    def __init__(self, text: str, parts: tuple[types.Type, ...], dtype: types.Type, ndim: int):
        self.text, self.parts, self.dtype, self.ndim = text, parts, dtype, ndim
        super().__init__(name=f"Expression({text!r}, {', '.join(map(str, parts))})")


class PickedType(ExpressionType):
    """Those elements of the first part where the second is true: how many is known when they have been reduced."""


def is_array(kind: Any) -> bool:
    """Whether it is an array of a kernel's, or an expression of such."""
    return isinstance(kind, (DeviceArray, ExpressionType))


class _Position(types.Type):
    """A type of `ndim` dimensions, named after its class."""

    def __init__(self, ndim: int):
        self.ndim = ndim
        super().__init__(name=f"{type(self).__name__}({ndim})")


class ItemType(_Position):
    """The position of one work-item in an `ndim`-dimensional Range."""


class NdItemType(_Position):
    """The position of one work-item in an NdRange."""


class GroupType(_Position):
    """The work-group of one work-item: the same fields as its NdItem's."""


class SubGroupType(types.Type):
    """The sub-group of one work-item."""

    def __init__(self):
        super().__init__(name="SubGroup")


class _PositionModel(models.StructModel):
    fields: tuple[str, ...] = ()

    def __init__(self, dmm, fe_type):
        dims = types.UniTuple(types.uint64, fe_type.ndim)
        members = [(field, dims) for field in self.fields]
        super().__init__(dmm, fe_type, members if len(members) == 2 else [*members, ("state", types.uint64)])


@register_model(ItemType)
class _ItemModel(_PositionModel):
    fields = ("id", "range")


@register_model(NdItemType)
@register_model(GroupType)
class _NdItemModel(_PositionModel):
    fields = ("id", "range", "local_id", "local_range", "group_id")


@register_model(SubGroupType)
class _SubGroupModel(models.StructModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, [(f, types.uint64) for f in ("size", "lane", "index", "state")])


class AtomicRefType(types.Type):
    """A pointer to one element, and how it is to be accessed."""

    def __init__(self, dtype: types.Type, addrspace: int, order: int, scope: int):
        self.dtype, self.addrspace, self.order, self.scope = dtype, addrspace, order, scope
        super().__init__(name=f"AtomicRef({dtype}, {addrspace}, {order}, {scope})")


@register_model(AtomicRefType)
class _AtomicRefModel(models.StructModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, [("pointer", AddrSpacePointer(fe_type.dtype, fe_type.addrspace))])


def item_type(space: Space) -> types.Type:
    """The type of the work-item that a kernel over `space` gets."""
    return NdItemType(space.ndim) if space.grouped else ItemType(space.ndim)


def numba_type(kernel_type: KernelType, array: Any = DeviceArray, checked: bool = False) -> types.Type:
    """Numba's type for a kernel argument type; `array` makes the array types of a target."""
    more = {"checked": True} if checked else {}
    if isinstance(kernel_type, ArrayType):
        if kernel_type.layout == "W":
            more = {**more, "wide": True} if array is DeviceArray else more
            return array(_dtype(kernel_type.dtype), kernel_type.ndim, "C", **more)
        return array(_dtype(kernel_type.dtype), kernel_type.ndim, kernel_type.layout, **more)
    if isinstance(kernel_type, LocalType):
        if array is not DeviceArray:
            return array(_dtype(kernel_type.dtype), kernel_type.ndim, "C", **more)
        return DeviceArray(_dtype(kernel_type.dtype), kernel_type.ndim, "C", ADDRESS_SPACES["local"], checked)
    if isinstance(kernel_type, TupleType):
        return types.BaseTuple.from_types([numba_type(t, array, checked) for t in kernel_type.items])
    return _dtype(kernel_type)


def _dtype(name: str) -> types.Type:
    return INDEX if name == "index" else from_dtype(np.dtype(name))
