"""AtomicRef inside a kernel."""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin, lower_getattr
from numba.core.typing.templates import AttributeTemplate, infer_getattr, signature

from xpuarray.compiler.frontend.atomic_rules import check_address_space, check_fits
from xpuarray.compiler.frontend.elements import element_pointer, split_index
from xpuarray.compiler.frontend.group_lowering import ORDERS
from xpuarray.compiler.frontend.item_lowering import ops_of
from xpuarray.compiler.frontend.numba_types import ADDRESS_SPACES, AtomicRefType
from xpuarray.compiler.frontend.ops import I64, current_device
from xpuarray.compiler.frontend.typing_tools import literal, method, typed
from xpuarray.lang.atomic import DTYPES, AtomicRef

# method -> LLVM's operation for signed and unsigned integers, and for floats
_UPDATES = {
    "fetch_add": ("add", "add", "fadd"),
    "fetch_sub": ("sub", "sub", "fsub"),
    "fetch_min": ("min", "umin", "fmin"),
    "fetch_max": ("max", "umax", "fmax"),
    "fetch_and": ("and", "and", None),
    "fetch_or": ("or", "or", None),
    "fetch_xor": ("xor", "xor", None),
    "exchange": ("xchg", "xchg", "xchg"),
}


@typed(AtomicRef)
def _type_ref(ref, index, memory_order, memory_scope, address_space):
    if not isinstance(ref, types.Array):
        raise TypingError(f"an AtomicRef refers to an element of an array, not of {ref}")
    dtype = ref.dtype
    if not isinstance(dtype, (types.Integer, types.Float)) or dtype.bitwidth < 32:
        raise TypingError(f"atomic operations take {', '.join(DTYPES)}, not {dtype}")
    parts = list(index) if isinstance(index, types.BaseTuple) else [index]
    if len(parts) != ref.ndim or not all(isinstance(p, types.Integer) for p in parts):
        raise TypingError(f"the index of an AtomicRef must be {ref.ndim} integer(s), not {index}")
    addrspace = getattr(ref, "addrspace", ADDRESS_SPACES["global"])
    wanted = literal("address_space", address_space)
    check_address_space(addrspace, None if wanted is None else int(wanted))
    order, scope = (int(literal(n, v)) for n, v in (("memory_order", memory_order), ("memory_scope", memory_scope)))
    if order == 2:
        raise TypingError("MemoryOrder.CONSUME_UNSUPPORTED is not supported")
    return AtomicRefType(dtype, getattr(ref, "addrspace", 0), order, scope)


@lower_builtin(AtomicRef, types.VarArg(types.Any))
def _make_ref(context, builder, sig, args):
    array_type, index_type = sig.args[:2]
    index_types, indices = split_index(builder, index_type, args[1])
    ref = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    ref.pointer = element_pointer(context, builder, array_type, args[0], index_types, indices)
    return ref._getvalue()


# -- typing of the methods ----------------------------------------------------------------------


def _checked(rule):
    """The rule, where the device has atomic operations of that width."""

    def check(ref, args):
        info = current_device.get()
        if info is not None and ref.dtype.bitwidth == 64 and not info.atomic64:
            raise TypingError(f"{info.filter_string} has no 64-bit atomic operations ({ref.dtype})")
        return rule(ref, args)

    return check


def _one_value(ref, args):
    (value,) = args
    check_fits(ref.dtype, value)
    return signature(ref.dtype, ref.dtype)


def _bitwise(ref, args):
    if not isinstance(ref.dtype, types.Integer):
        raise TypingError(f"bitwise atomic operations take integers, not {ref.dtype}")
    return _one_value(ref, args)


def _compare(ref, args):
    expected, desired, *index = args
    if not isinstance(expected, types.Array) or expected.dtype != ref.dtype:
        raise TypingError(f"compare_exchange: `expected` must be an array of {ref.dtype}, not {expected}")
    check_fits(ref.dtype, desired)
    return signature(types.boolean, expected, ref.dtype, index[0] if index else types.int64)


@infer_getattr
class _AtomicAttributes(AttributeTemplate):
    key = AtomicRefType

    def resolve_ref(self, ref):
        return ref.dtype


_RULES = {name: _bitwise if row[2] is None else _one_value for name, row in _UPDATES.items()}
_RULES |= {
    "load": lambda ref, args: signature(ref.dtype),
    "store": lambda ref, args: signature(types.none, *_one_value(ref, args).args),
    "compare_exchange": _compare,
}
# numba-dpex's compiled code names the first parameter of compare_exchange otherwise than its Python class
_SPELLINGS = {
    "load": [],
    "compare_exchange": [(first, "desired", "expected_idx") for first in ("expected", "expected_ref")],
}
for _name, _rule in _RULES.items():
    _spelled = _SPELLINGS.get(_name, [("val",)])
    setattr(_AtomicAttributes, f"resolve_{_name}", method("AtomicRef", _name, _checked(_rule), *_spelled))


# -- lowering -----------------------------------------------------------------------------------


def _pointer(context, builder, ref_type, value):
    return cgutils.create_struct_proxy(ref_type)(context, builder, value=value).pointer


def _ordering(context, ref_type):
    return ops_of(context).sync_scope(ref_type.scope) + ORDERS[ref_type.order]


def _as_integer(builder, pointer, value=None):
    """Pointer (and value) as the integer of the same width: LLVM compares and exchanges those."""
    pointee = pointer.type.pointee
    if isinstance(pointee, ir.IntType):
        return pointer, value
    integer = ir.IntType(32 if isinstance(pointee, ir.FloatType) else 64)
    cast = builder.bitcast(pointer, integer.as_pointer(pointer.type.addrspace))
    return cast, None if value is None else builder.bitcast(value, integer)


def _register_update(name):
    @lower_builtin(f"AtomicRef.{name}", AtomicRefType, types.Number)
    def update(context, builder, sig, args):
        ref_type = sig.args[0]
        pointer = _pointer(context, builder, ref_type, args[0])
        signed_op, unsigned_op, float_op = _UPDATES[name]
        if isinstance(ref_type.dtype, types.Integer):
            op = signed_op if ref_type.dtype.signed else unsigned_op
            return _read_modify_write(context, builder, ref_type, op, pointer, args[1])
        return _update_float(context, builder, ref_type, float_op, pointer, args[1])


for _name in _UPDATES:
    _register_update(_name)


def _read_modify_write(context, builder, ref_type, op, pointer, value):
    ops, order = ops_of(context), ORDERS[ref_type.order]
    if ops.orders_updates or order == "monotonic":
        return builder.atomic_rmw(op, pointer, value, _ordering(context, ref_type))
    scope, fence = ops.sync_scopes.get(ref_type.scope), "seq_cst" if order == "seq_cst" else "acq_rel"
    if order != "acquire":
        builder.fence(fence, scope)
    old = builder.atomic_rmw(op, pointer, value, ops.sync_scope(ref_type.scope) + "monotonic")
    if order != "release":
        builder.fence(fence, scope)
    return old


def _update_float(context, builder, ref_type, op, pointer, value):
    if op == "xchg":
        where, bits = _as_integer(builder, pointer, value)
        old = _read_modify_write(context, builder, ref_type, "xchg", where, bits)
        return builder.bitcast(old, value.type)
    if op == "fsub":
        op, value = "fadd", builder.fneg(value)
    if ops_of(context).float_atomics(op):
        return _read_modify_write(context, builder, ref_type, op, pointer, value)
    return _exchange_loop(context, builder, ref_type, op, pointer, value)


def _combine(builder, op, old, value):
    if op == "fadd":
        return builder.fadd(old, value)
    less = builder.fcmp_ordered("<" if op == "fmin" else ">", value, old)
    return builder.select(less, value, old)


def _exchange_loop(context, builder, ref_type, op, pointer, value):
    """old = *p; repeat until nobody came between: compare-exchange(p, old, op(old, value))."""
    where, _ = _as_integer(builder, pointer)
    orders = ORDERS[ref_type.order], _failure(ref_type)
    first = builder.load_atomic(where, ops_of(context).sync_scope(ref_type.scope) + "monotonic", _width(where))
    before = builder.block
    loop = builder.append_basic_block("atomic.retry")
    done = builder.append_basic_block("atomic.done")
    builder.branch(loop)
    builder.position_at_end(loop)
    seen = builder.phi(where.type.pointee)
    seen.add_incoming(first, before)
    old = builder.bitcast(seen, value.type)
    new = builder.bitcast(_combine(builder, op, old, value), seen.type)
    found = ops_of(context).compare_exchange(builder, where, seen, new, orders, ref_type.scope)
    seen.add_incoming(found, loop)
    builder.cbranch(builder.icmp_unsigned("==", found, seen), done, loop)
    builder.position_at_end(done)
    return old


def _width(pointer):
    return pointer.type.pointee.width // 8


def _failure(ref_type):
    """The order of a failed exchange: it does not write, so it can't release."""
    return ORDERS[{3: 0, 4: 1}.get(ref_type.order, ref_type.order)]


@lower_builtin("AtomicRef.load", AtomicRefType)
def _load(context, builder, sig, args):
    ref_type = sig.args[0]
    pointer = _pointer(context, builder, ref_type, args[0])
    where, _ = _as_integer(builder, pointer)
    order = ops_of(context).sync_scope(ref_type.scope) + _failure(ref_type)
    return builder.bitcast(builder.load_atomic(where, order, _width(where)), pointer.type.pointee)


@lower_getattr(AtomicRefType, "ref")
def _ref(context, builder, ref_type, value):
    return builder.load(_pointer(context, builder, ref_type, value))


@lower_builtin("AtomicRef.store", AtomicRefType, types.Number)
def _store(context, builder, sig, args):
    ref_type = sig.args[0]
    where, bits = _as_integer(builder, _pointer(context, builder, ref_type, args[0]), args[1])
    order = ORDERS[{1: 0, 4: 3}.get(ref_type.order, ref_type.order)]
    builder.store_atomic(bits, where, ops_of(context).sync_scope(ref_type.scope) + order, _width(where))
    return context.get_dummy_value()


@lower_builtin("AtomicRef.compare_exchange", AtomicRefType, types.Array, types.Number, types.Integer)
@lower_builtin("AtomicRef.compare_exchange", AtomicRefType, types.Array, types.Number)
def _compare_exchange(context, builder, sig, args):
    ref_type, expected_type, _, index_type = (*sig.args, types.literal(0))[:4]
    index = args[3] if len(args) > 3 and args[3] is not None else I64(0)
    slot = element_pointer(context, builder, expected_type, args[1], [index_type], [index])
    where, desired = _as_integer(builder, _pointer(context, builder, ref_type, args[0]), args[2])
    wanted, _ = _as_integer(builder, slot)
    orders = ORDERS[ref_type.order], _failure(ref_type)
    before = builder.load(wanted)
    found = ops_of(context).compare_exchange(builder, where, before, desired, orders, ref_type.scope)
    builder.store(found, wanted)
    return builder.icmp_unsigned("==", found, before)
