"""Item inside a kernel, typed and lowered once for every compiled target.

Registered with Numba's built-in registries, so that CPU code knows items too.
"""

from __future__ import annotations

from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AttributeTemplate, bound_function, infer_getattr, signature

from xpuarray.compiler.numba_types import ItemType

_FIELDS = {"get_id": "id", "get_range": "range"}


@infer_getattr
class _ItemAttributes(AttributeTemplate):
    key = ItemType

    def _dimension(self, item, args):
        (dim,) = args
        if not isinstance(dim, types.IntegerLiteral):
            raise TypingError("the dimension of an id or a range must be a literal 0, 1 or 2")
        if not 0 <= dim.literal_value < item.ndim:
            raise TypingError(f"there is no dimension {dim.literal_value} in an item over {item.ndim} dimension(s)")
        return signature(types.uint64, dim)

    @bound_function("item.get_id")
    def resolve_get_id(self, item, args, kws):
        return self._dimension(item, args)

    @bound_function("item.get_range")
    def resolve_get_range(self, item, args, kws):
        return self._dimension(item, args)

    @bound_function("item.get_linear_id")
    def resolve_get_linear_id(self, item, args, kws):
        return signature(types.uint64)

    @bound_function("item.get_linear_range")
    def resolve_get_linear_range(self, item, args, kws):
        return signature(types.uint64)

    def resolve_dimensions(self, item):
        return types.IntegerLiteral(item.ndim)


def _fields(context, builder, item_type, value, field):
    item = cgutils.create_struct_proxy(item_type)(context, builder, value=value)
    return cgutils.unpack_tuple(builder, getattr(item, field), item_type.ndim)


def _register(method, field):
    @lower_builtin(f"item.{method}", ItemType, types.IntegerLiteral)
    def get(context, builder, sig, args):
        return _fields(context, builder, sig.args[0], args[0], field)[sig.args[1].literal_value]


for _method, _field in _FIELDS.items():
    _register(_method, _field)


@lower_builtin("item.get_linear_id", ItemType)
def _get_linear_id(context, builder, sig, args):
    ids = _fields(context, builder, sig.args[0], args[0], "id")
    extents = _fields(context, builder, sig.args[0], args[0], "range")
    linear = ids[0]
    for position, extent in zip(ids[1:], extents[1:]):
        linear = builder.add(builder.mul(linear, extent), position)
    return linear


@lower_builtin("item.get_linear_range", ItemType)
def _get_linear_range(context, builder, sig, args):
    total = ir_one = context.get_constant(types.uint64, 1)
    for extent in _fields(context, builder, sig.args[0], args[0], "range"):
        total = extent if total is ir_one else builder.mul(total, extent)
    return total
