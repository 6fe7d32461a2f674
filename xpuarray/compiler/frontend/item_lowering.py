"""Item, NdItem, Group and SubGroup inside a kernel: typed and lowered once for every target.

Registered with Numba's built-in registries, so that CPU code knows them too.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin, lower_getattr
from numba.core.typing.templates import AttributeTemplate, infer_getattr, signature

from xpuarray.compiler.frontend.integers import INDEX
from xpuarray.compiler.frontend.numba_types import GroupType, ItemType, NdItemType, SubGroupType
from xpuarray.compiler.frontend.ops import I64
from xpuarray.compiler.frontend.typing_tools import method

# method(dim) -> the field it reads
_BY_DIMENSION = {
    ItemType: {"get_id": "id", "get_range": "range"},
    NdItemType: {
        "get_global_id": "id",
        "get_global_range": "range",
        "get_local_id": "local_id",
        "get_local_range": "local_range",
    },
    GroupType: {"get_group_id": "group_id", "get_group_range": "groups", "get_local_range": "local_range"},
}
# method() -> (position, extents) to make a linear id of; without position, the product of extents
_LINEAR = {
    ItemType: {"get_linear_id": ("id", "range"), "get_linear_range": (None, "range")},
    NdItemType: {
        "get_global_linear_id": ("id", "range"),
        "get_global_linear_range": (None, "range"),
        "get_local_linear_id": ("local_id", "local_range"),
        "get_local_linear_range": (None, "local_range"),
    },
    GroupType: {
        "get_group_linear_id": ("group_id", "groups"),
        "get_group_linear_range": (None, "groups"),
        "get_local_linear_range": (None, "local_range"),
    },
}
_SUB_GROUP = {"get_local_id": "lane", "get_local_range": "size", "get_group_id": "index"}


def fields(context, builder, numba_type, value, field):
    """One value a dimension: of a member, or of the number of groups."""
    item = cgutils.create_struct_proxy(numba_type)(context, builder, value=value)
    if field == "groups":
        whole, part = (cgutils.unpack_tuple(builder, v, numba_type.ndim) for v in (item.range, item.local_range))
        return [builder.udiv(w, p) for w, p in zip(whole, part)]
    return cgutils.unpack_tuple(builder, getattr(item, field), numba_type.ndim)


def linear(builder, position, extents):
    """The position counted row by row; without one, the product of the extents."""
    if position is None:
        total = extents[0]
        for extent in extents[1:]:
            total = builder.mul(total, extent)
        return total
    total = position[0]
    for step, extent in zip(position[1:], extents[1:]):
        total = builder.add(builder.mul(total, extent), step)
    return total


def _dimension(item, args):
    if len(args) != 1:
        raise TypingError(f"expected one argument, the dimension, not {len(args)}")
    if not isinstance(args[0], types.IntegerLiteral):
        raise TypingError("the dimension of an id or a range must be a constant 0, 1 or 2")
    if not 0 <= args[0].literal_value < item.ndim:
        raise TypingError(f"there is no dimension {args[0].literal_value} in {item}")
    return signature(INDEX, args[0])


def _plain(result):
    def rule(item, args):
        if args:
            raise TypingError(f"expected no argument, not {len(args)}")
        return signature(result(item))

    return rule


def _register(owner):
    members = {}
    for name, field in _BY_DIMENSION.get(owner, {}).items():
        members[f"resolve_{name}"] = method(owner.__name__, name, _dimension, ("dim",), ("idx",))
        _lower_by_dimension(owner, name, field)
    for name, (position, extents) in _LINEAR.get(owner, {}).items():
        members[f"resolve_{name}"] = method(owner.__name__, name, _plain(lambda item: INDEX))
        _lower_linear(owner, name, position, extents)
    if owner is SubGroupType:
        for name, field in _SUB_GROUP.items():
            members[f"resolve_{name}"] = method(owner.__name__, name, _plain(lambda item: INDEX))
            _lower_sub_group(name, field)
    else:
        members["resolve_dimensions"] = lambda self, item: types.int64
        lower_getattr(owner, "dimensions")(lambda context, builder, typ, value: I64(typ.ndim))
    if owner is NdItemType:
        members["resolve_get_group"] = method("NdItemType", "get_group", _plain(lambda item: GroupType(item.ndim)))
        members["resolve_get_sub_group"] = method("NdItemType", "get_sub_group", _plain(lambda item: SubGroupType()))
    if owner is GroupType:
        members["resolve_leader"] = lambda self, item: types.boolean
    infer_getattr(type(f"{owner.__name__}Attributes", (AttributeTemplate,), {"key": owner, **members}))


def _lower_by_dimension(owner, name, field):
    @lower_builtin(f"{owner.__name__}.{name}", owner, types.IntegerLiteral)
    def get(context, builder, sig, args):
        return fields(context, builder, sig.args[0], args[0], field)[sig.args[1].literal_value]


def _lower_linear(owner, name, position, extents):
    @lower_builtin(f"{owner.__name__}.{name}", owner)
    def get(context, builder, sig, args):
        where = None if position is None else fields(context, builder, sig.args[0], args[0], position)
        return linear(builder, where, fields(context, builder, sig.args[0], args[0], extents))


def _lower_sub_group(name, field):
    @lower_builtin(f"SubGroupType.{name}", SubGroupType)
    def get(context, builder, sig, args):
        return getattr(cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0]), field)


for _owner in (ItemType, NdItemType, GroupType, SubGroupType):
    _register(_owner)


@lower_builtin("NdItemType.get_group", NdItemType)
def _get_group(context, builder, sig, args):
    return args[0]  # a group has the fields of its work-item


@lower_builtin("NdItemType.get_sub_group", NdItemType)
def _get_sub_group(context, builder, sig, args):
    item = cgutils.create_struct_proxy(sig.args[0])(context, builder, value=args[0])
    group = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    for field in ("size", "lane", "index"):
        setattr(group, field, ops_of(context).sub_group(builder, field, item.state))
    group.state = item.state
    return group._getvalue()


@lower_getattr(GroupType, "leader")
def _leader(context, builder, group_type, value):
    ids = fields(context, builder, group_type, value, "local_id")
    extents = fields(context, builder, group_type, value, "local_range")
    return builder.icmp_unsigned("==", linear(builder, ids, extents), I64(0))


#: The instruction set of Numba's own context for the CPU, which has none: the target that compiles by it enters it.
CPU: list[Any] = []


def ops_of(context):
    """The instruction set that code is being made for."""
    return getattr(context, "ops", None) or CPU[0]
