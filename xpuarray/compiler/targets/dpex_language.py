"""The kernel language for numba-dpex 0.23, where its own kernel_api means something else.

| | numba-dpex | our language |
|---|---|---|
| positions and extents | int64 | int64 that addresses memory unsigned |
| the dimension that varies fastest | the first one | the last one |
| AtomicRef's operations | a value of exactly its dtype | any number that fits |
| NumPy's functions on numbers | some of dpnp's | NumPy's |
"""

from __future__ import annotations

import math
import operator
from typing import Any

import dpnp
import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.core.target_extension import target_override
from numba.core.typing import mathdecl
from numba.extending import intrinsic, overload, overload_attribute, overload_method
from numba_dpex import kernel_api
from numba_dpex.core.datamodel.models import AtomicRefModel, EmptyStructModel
from numba_dpex.core.descriptor import dpex_kernel_target
from numba_dpex.core.types.kernel_api.atomic_ref import AtomicRefType
from numba_dpex.core.types.kernel_api.index_space_ids import GroupType, ItemType, NdItemType
from numba_dpex.core.utils import cgutils_extra, itanium_mangler
from numba_dpex.kernel_api_impl.spirv.overloads import _atomic_ref_overloads as atomics
from numba_dpex.kernel_api_impl.spirv.overloads import _index_space_id_overloads as positions
from numba_dpex.kernel_api_impl.spirv.overloads import _spv_atomic_inst_helper as instructions
from numba_dpex.kernel_api_impl.spirv.target import SPIRV_TARGET_NAME

from xpuarray.compiler.frontend import division
from xpuarray.compiler.frontend.atomic_rules import check_address_space, check_fits
from xpuarray.compiler.frontend.integers import INDEX
from xpuarray.compiler.frontend.item_lowering import linear
from xpuarray.compiler.frontend.ops import I32, I64
from xpuarray.lang.types import Space

__all__ = ["FUNCTIONS", "atomic_ref", "item_type"]

_HERE = {"target": SPIRV_TARGET_NAME}
_models = dpex_kernel_target.target_context.data_model_manager


# -- Item, NdItem, Group --------------------------------------------------------------------------


class Item(ItemType):
    """numba-dpex's, with positions as ours; so are the next two."""


class NdItem(NdItemType):
    """See Item."""


class Group(GroupType):
    """See Item."""


def item_type(space: Space) -> types.Type:
    """The type of the work-item that a kernel over `space` gets."""
    return NdItem(space.ndim) if space.grouped else Item(space.ndim)


#: method -> the variable of SPIR-V that it reads
_BY_DIMENSION: dict[tuple[Any, str], str] = {
    (Item, "get_id"): "GlobalInvocationId",
    (Item, "get_range"): "GlobalSize",
    (NdItem, "get_global_id"): "GlobalInvocationId",
    (NdItem, "get_global_range"): "GlobalSize",
    (NdItem, "get_local_id"): "LocalInvocationId",
    (NdItem, "get_local_range"): "WorkgroupSize",
    (Group, "get_group_id"): "WorkgroupId",
    (Group, "get_group_range"): "NumWorkgroups",
    (Group, "get_local_range"): "WorkgroupSize",
}


def _position(variable: str) -> Any:
    """Without numba-dpex's own assumption that positions are below 2**31: LLVM then makes 31-bit integers of them,
    over which the OpenCL runtime ends the process."""

    @intrinsic(**_HERE)
    def position(typing_context, dim):
        def lower(context, builder, sig, args):
            vector = positions.declare_spirv_const(builder, f"BuiltIn{variable}")
            return builder.extract_element(builder.load(vector), args[0])

        return INDEX(types.int32), lower

    return position


def _by_dimension(owner: Any, name: str, variable: str) -> None:
    position = _position(variable)

    @overload_method(owner, name, prefer_literal=True, **_HERE)
    def overloaded(item, dim):
        if not isinstance(dim, types.IntegerLiteral):
            raise TypingError("the dimension of an id or a range must be a constant 0, 1 or 2")
        if not 0 <= dim.literal_value < item.ndim:
            raise TypingError(f"there is no dimension {dim.literal_value} in {item}")
        there = item.ndim - 1 - dim.literal_value
        return lambda item, dim: position(there)


for (_owner, _name), _variable in _BY_DIMENSION.items():
    _by_dimension(_owner, _name, _variable)

#: method -> the variable with the position (None: the product of the extents is asked for), and that with the extents
_LINEAR: dict[tuple[Any, str], tuple[str | None, str]] = {
    (Item, "get_linear_id"): ("GlobalInvocationId", "GlobalSize"),
    (Item, "get_linear_range"): (None, "GlobalSize"),
    (NdItem, "get_global_linear_id"): ("GlobalInvocationId", "GlobalSize"),
    (NdItem, "get_global_linear_range"): (None, "GlobalSize"),
    (NdItem, "get_local_linear_id"): ("LocalInvocationId", "WorkgroupSize"),
    (NdItem, "get_local_linear_range"): (None, "WorkgroupSize"),
    (Group, "get_group_linear_id"): ("WorkgroupId", "NumWorkgroups"),
    (Group, "get_group_linear_range"): (None, "NumWorkgroups"),
    (Group, "get_local_linear_range"): (None, "WorkgroupSize"),
}


@intrinsic(**_HERE)
def _is_first(typing_context, group):
    def lower(context, builder, sig, args):
        return builder.icmp_unsigned("==", _linear(builder, group.ndim, "LocalInvocationId", "WorkgroupSize"), I64(0))

    return types.boolean(group), lower


def _by_row(owner: Any, name: str, position: str | None, extents: str) -> None:
    @intrinsic(**_HERE)
    def counted(typing_context, item):
        return INDEX(item), lambda context, builder, sig, args: _linear(builder, item.ndim, position, extents)

    overload_method(owner, name, **_HERE)(lambda item: lambda item: counted(item))


def _linear(builder: Any, ndim: int, position: str | None, extents: str) -> Any:
    """The position counted row by row, or the product of the extents."""

    def read(variable):
        vector = builder.load(positions.declare_spirv_const(builder, f"BuiltIn{variable}"))
        return [builder.extract_element(vector, I32(ndim - 1 - dim)) for dim in range(ndim)]

    return linear(builder, None if position is None else read(position), read(extents))


for (_owner, _name), (_place, _extents) in _LINEAR.items():
    _by_row(_owner, _name, _place, _extents)
for _type in (Item, NdItem, Group):
    _models.register(_type, EmptyStructModel)


@intrinsic(**_HERE)
def _group_of(typing_context, item):
    return Group(item.ndim)(item), lambda context, builder, sig, args: context.get_constant_null(sig.return_type)


@overload_method(NdItem, "get_group", **_HERE)
def _get_group(item):
    return lambda item: _group_of(item)


@overload_attribute(Group, "leader", **_HERE)
def _leader(group):
    return lambda group: _is_first(group)


# -- AtomicRef ------------------------------------------------------------------------------------


class AtomicRef(AtomicRefType):
    """numba-dpex's, whose operations convert what they are given."""


_models.register(AtomicRef, AtomicRefModel)
_BITWISE = ("fetch_and", "fetch_or", "fetch_xor")
_RELAXED, _DEVICE = int(kernel_api.MemoryOrder.RELAXED), int(kernel_api.MemoryScope.DEVICE)


def atomic_ref(ref: Any, index: Any, memory_order: Any = _RELAXED, memory_scope: Any = _DEVICE, address_space=None):
    """Stands for AtomicRef in kernels."""


@overload(atomic_ref, prefer_literal=True, **_HERE)
def _atomic_ref(ref, index, memory_order=_RELAXED, memory_scope=_DEVICE, address_space=None):
    atomics._check_if_supported_ref(ref)
    dimensions = index.count if isinstance(index, types.BaseTuple) else 1
    if dimensions != ref.ndim:
        raise TypingError(f"the index of an AtomicRef must be {ref.ndim} integer(s), not {index}")
    unnamed = address_space is None or getattr(address_space, "value", 0) is None or address_space == types.none
    check_address_space(ref.addrspace, None if unnamed else _constant(address_space))
    order, scope = _constant(memory_order), _constant(memory_scope)
    made = AtomicRef(ref.dtype, order, scope, ref.addrspace)
    construct = atomics._intrinsic_atomic_ref_ctor

    def constructor(ref, index, memory_order=_RELAXED, memory_scope=_DEVICE, address_space=None):
        return construct(ref, index, made)

    return constructor


def _constant(value: Any) -> int:
    if isinstance(value, types.Omitted):
        return int(value.value)
    return int(value) if isinstance(value, int) else atomics._parse_enum_or_int_literal_(value)


def _converting(name: str, operation: Any) -> None:
    known = instructions._spv_atomic_instructions_map.get(name)

    @overload_method(AtomicRef, name, **_HERE)
    def overloaded(atomic, val):
        if known is not None and atomic.dtype not in known:
            if name in _BITWISE and isinstance(atomic.dtype, types.Float):
                raise TypingError(f"bitwise atomic operations take integers, not {atomic.dtype}")
            raise TypingError(f"numba-dpex has no {name} of {atomic.dtype}")
        check_fits(atomic.dtype, val)
        number = np.dtype(atomic.dtype.name).type
        return lambda atomic, val: operation(atomic, number(val))


for _name in ("add", "sub", "min", "max", "and", "or", "xor"):
    _converting(f"fetch_{_name}", getattr(atomics, f"_intrinsic_fetch_{_name}"))
for _name in ("store", "exchange"):
    _converting(_name, getattr(atomics, f"_intrinsic_{_name}"))


@overload_attribute(AtomicRef, "ref", **_HERE)
def _ref(atomic):
    load = atomics._intrinsic_load
    return lambda atomic: load(atomic)


# numba-dpex's compiled code names the first parameter otherwise than its Python class, and both names are taken.
@overload_method(AtomicRef, "compare_exchange", **_HERE)
def _compare_exchange(atomic, expected=None, desired=None, expected_idx=0, expected_ref=None):
    check_fits(atomic.dtype, desired)
    number, operation = np.dtype(atomic.dtype.name).type, atomics._intrinsic_compare_exchange

    def by_expected(atomic, expected=None, desired=None, expected_idx=0, expected_ref=None):
        return operation(atomic, expected, number(desired), expected_idx)

    def by_expected_ref(atomic, expected=None, desired=None, expected_idx=0, expected_ref=None):
        return operation(atomic, expected_ref, number(desired), expected_idx)

    return by_expected_ref if expected is None or isinstance(expected, types.Omitted) else by_expected


# -- functions on numbers -------------------------------------------------------------------------


def _opencl(name: str, arguments: int) -> Any:
    """OpenCL's function `name` of so many floats."""

    @intrinsic(**_HERE)
    def unary(typing_context, x):
        return _builtin(name, x)

    @intrinsic(**_HERE)
    def binary(typing_context, x, y):
        return _builtin(name, x, y)

    return unary if arguments == 1 else binary


def _builtin(name: str, *given: types.Type) -> Any:
    kind = types.float32 if all(t == types.float32 for t in given) else types.float64
    signature = kind(*[kind] * len(given))

    def lower(context, builder, sig, args):
        function = cgutils_extra.declare_function(
            context, builder, name, signature, signature.args, mangler=itanium_mangler.mangle
        )
        return builder.call(function, args)

    return signature, lower


def _written(implementation: Any) -> Any:
    """A function that `implementation` stands for in kernels."""

    def function(*numbers: Any) -> Any:
        """Known to the compiler alone."""

    overload(function, **_HERE)(implementation)
    return function


def _log_of_sum(base: float) -> Any:
    """log(base**x + base**y) / log(base) without overflow (logaddexp, logaddexp2)."""
    scale = math.log(base)

    def implementation(x, y):
        def sum_of(x, y):
            least, most = min(x, y), max(x, y)
            if x == y:
                return most + type(x)(math.log(type(x)(2)) / type(x)(scale))
            if not least < most:  # NaN
                return x + y
            return most + math.log1p(math.exp((least - most) * type(x)(scale))) / type(x)(scale)

        return sum_of

    return _written(implementation)


def _frexp(x):
    floor, log2 = dpnp.floor, dpnp.log2

    def parts_of(x):
        if x == 0 or math.isnan(x) or math.isinf(x):
            return x, 0
        exponent = int(floor(log2(abs(x)))) + 1
        part = math.ldexp(x, -exponent)
        if abs(part) >= 1:  # the logarithm was rounded
            return part / 2, exponent + 1
        if abs(part) < type(x)(0.5):
            return part * 2, exponent - 1
        return part, exponent

    return parts_of


def _remainder(x, y):
    def rest_of(x, y):  # as mathematics.py has it
        divisor = abs(y)
        rest = math.fmod(abs(x), divisor)
        beyond = divisor - rest
        if rest > beyond:
            rest = -beyond
        elif rest == beyond:
            rest -= 2 * math.fmod((abs(x) - rest) / 2, divisor)
        return math.copysign(type(x)(1), x) * rest

    return rest_of


#: NumPy's and math's functions that numba-dpex lacks, or knows by another name only.
FUNCTIONS: dict[Any, Any] = {
    **{getattr(math, name): getattr(dpnp, name) for name in ("degrees", "hypot", "isfinite", "log2", "radians")},
    math.cbrt if hasattr(math, "cbrt") else np.cbrt: _opencl("cbrt", 1),
    math.fmod: dpnp.fmod,
    math.frexp: _written(_frexp),
    math.remainder: _written(_remainder),
    np.ldexp: math.ldexp,
    np.floor_divide: operator.floordiv,  # division.py knows them by these names
    np.remainder: operator.mod,
    np.rint: _opencl("rint", 1),
    np.cbrt: _opencl("cbrt", 1),
    np.nextafter: _opencl("nextafter", 2),
    np.signbit: _written(lambda x: lambda x: math.copysign(type(x)(1), x) < 0),
    np.positive: _written(lambda x: lambda x: x),
    np.float_power: _written(lambda x, y: lambda x, y: float(x) ** float(y)),
    np.logaddexp: _log_of_sum(math.e),
    np.logaddexp2: _log_of_sum(2.0),
}
division.KNOWN[dpnp.fmod] = division.truncated_remainder

# Numba's own code for complex numbers and the like calls functions of math whose types numba-dpex does not know.
_typing = dpex_kernel_target.typing_context
with target_override(SPIRV_TARGET_NAME):
    _typing.refresh()
for _function, _type in mathdecl.registry.globals:
    if _typing._lookup_global(_function) is None:
        _typing.insert_global(_function, _type)
