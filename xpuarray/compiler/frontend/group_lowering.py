"""Group functions inside a kernel: barriers, reductions, scans, votes, broadcasts."""

from __future__ import annotations

from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin

from xpuarray.compiler.frontend.item_lowering import ops_of
from xpuarray.compiler.frontend.numba_types import GroupType, SubGroupType
from xpuarray.compiler.frontend.ops import I32, I64
from xpuarray.compiler.frontend.typing_tools import literal, typed
from xpuarray.lang import atomic, group


def _check_group(numba_type):
    if not isinstance(numba_type, (GroupType, SubGroupType)):
        raise TypingError(f"the first argument must be a Group or a SubGroup, not {numba_type}: write item.get_group()")
    return isinstance(numba_type, SubGroupType)


def _check_value(numba_type):
    numba_type = types.unliteral(numba_type)
    if not isinstance(numba_type, (types.Integer, types.Float)):
        raise TypingError(f"group functions take integers and floats, not {numba_type}")
    return numba_type


def _lower(function):
    return lower_builtin(function, types.VarArg(types.Any))


def _state(context, builder, group_type, value):
    return cgutils.create_struct_proxy(group_type)(context, builder, value=value).state


@typed(group.group_barrier)
def _type_barrier(group, fence_scope):
    _check_group(group)
    literal("fence_scope", fence_scope)
    return types.none


@_lower(group.group_barrier)
def _barrier(context, builder, sig, args):
    group_type, scope = sig.args
    sub_group = isinstance(group_type, SubGroupType)
    state = _state(context, builder, group_type, args[0])
    ops_of(context).barrier(builder, int(literal("fence_scope", scope)), sub_group, state)
    return context.get_dummy_value()


@typed(atomic.atomic_fence)
def _type_fence(memory_order, memory_scope):
    literal("memory_order", memory_order)
    literal("memory_scope", memory_scope)
    return types.none


@_lower(atomic.atomic_fence)
def _fence(context, builder, sig, args):
    order, scope = (int(literal("memory_order", a)) for a in sig.args)
    if order:  # a relaxed fence orders nothing
        builder.fence(ORDERS[order], ops_of(context).sync_scopes.get(scope) or None)
    return context.get_dummy_value()


#: MemoryOrder's numbers in LLVM's words
ORDERS = {0: "monotonic", 1: "acquire", 2: "acquire", 3: "release", 4: "acq_rel", 5: "seq_cst"}


def _register_collective(function, kind):
    @typed(function)
    def rule(group, value, op):
        _check_group(group)
        if literal("op", op) not in ("add", "min", "max"):
            raise TypingError(f"op must be 'add', 'min' or 'max', not {literal('op', op)!r}")
        return _check_value(value)

    @_lower(function)
    def lower(context, builder, sig, args):
        group_type, value_type, op = sig.args
        value = context.cast(builder, args[1], value_type, sig.return_type)
        return ops_of(context).collective(
            builder,
            kind,
            literal("op", op),
            value,
            getattr(sig.return_type, "signed", True),
            isinstance(group_type, SubGroupType),
            _state(context, builder, group_type, args[0]),
        )


_register_collective(group.group_reduce, "reduce")
_register_collective(group.group_scan, "scan")


def _register_vote(function, op):
    @typed(function)
    def rule(group, predicate):
        _check_group(group)
        return types.boolean

    @_lower(function)
    def lower(context, builder, sig, args):
        group_type, value_type = sig.args
        holds = context.cast(builder, args[1], value_type, types.boolean)
        votes = ops_of(context).collective(
            builder,
            "reduce",
            op,
            builder.zext(holds, I32),
            False,
            isinstance(group_type, SubGroupType),
            _state(context, builder, group_type, args[0]),
        )
        return builder.icmp_unsigned("!=", votes, I32(0))


_register_vote(group.group_any, "max")
_register_vote(group.group_all, "min")


def _register_broadcast(function):
    @typed(function)
    def rule(group, value, lane):
        sub_group = _check_group(group)
        if function.__name__ == "shuffle" and not sub_group:
            raise TypingError("shuffle needs a SubGroup: the items of a whole group don't run in step")
        return _check_value(value)

    @_lower(function)
    def lower(context, builder, sig, args):
        group_type, value_type, lane_type = sig.args
        value = context.cast(builder, args[1], value_type, sig.return_type)
        if isinstance(lane_type, types.Omitted):
            lane = I64(lane_type.value)
        else:
            lane = context.cast(builder, args[2], lane_type, types.uint64)
        sub_group = isinstance(group_type, SubGroupType)
        state = _state(context, builder, group_type, args[0])
        return ops_of(context).broadcast(builder, value, lane, sub_group, state)


_register_broadcast(group.broadcast)
_register_broadcast(group.shuffle)
