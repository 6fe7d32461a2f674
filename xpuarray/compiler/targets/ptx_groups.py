"""What the threads of a block do together in PTX: where they stand, barriers, reductions, broadcasts.

A work-group is a block, a sub-group a warp: 32 threads, the last one of a group perhaps fewer.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir
from numba.core import cgutils

from xpuarray.compiler.frontend.ops import I32, I64, Ops, declare

__all__ = ["GroupOps"]

WARP = 32
_ALL = I32(-1)  # every lane of a warp takes part; those beyond the group's end don't exist
_DEVICE = 3  # MemoryScope.DEVICE

_COMBINE: dict[str, Callable[..., ir.Value]] = {
    "add": lambda b, x, y, signed: b.fadd(x, y) if _is_float(x) else b.add(x, y),
    "min": lambda b, x, y, signed: b.select(_less(b, y, x, signed), y, x),
    "max": lambda b, x, y, signed: b.select(_less(b, x, y, signed), y, x),
}


def _is_float(value: ir.Value) -> bool:
    return not isinstance(value.type, ir.IntType)


def _less(builder: ir.IRBuilder, x: ir.Value, y: ir.Value, signed: bool) -> ir.Value:
    if _is_float(x):
        return builder.fcmp_ordered("<", x, y)
    return (builder.icmp_signed if signed else builder.icmp_unsigned)("<", x, y)


class GroupOps(Ops):
    """The part of PTX's `Ops` that concerns threads, warps and blocks."""

    sync_scopes = {0: "singlethread", 1: "block", 2: "block", 3: "device"}
    orders_updates = False  # LLVM's PTX backend (seen in 22.1) makes every atomicrmw a relaxed one

    # -- where a work-item stands --------------------------------------------------------------
    def _register(self, builder: ir.IRBuilder, name: str, axis: str) -> ir.Value:
        function = declare(builder, f"llvm.nvvm.read.ptx.sreg.{name}.{axis}", I32, [])
        return builder.zext(builder.call(function, []), I64)

    def _position(self, builder, name, dim, ndim):
        return self._register(builder, name, "xyz"[ndim - 1 - dim])

    def local_id(self, builder, dim, ndim):
        return self._position(builder, "tid", dim, ndim)

    def local_size(self, builder, dim, ndim):
        return self._position(builder, "ntid", dim, ndim)

    def group_id(self, builder, dim, ndim):
        return self._position(builder, "ctaid", dim, ndim)

    def global_id(self, builder, dim, ndim):
        before = builder.mul(self.group_id(builder, dim, ndim), self.local_size(builder, dim, ndim))
        return builder.add(before, self.local_id(builder, dim, ndim))

    def global_size(self, builder, dim, ndim):
        return builder.mul(self._position(builder, "nctaid", dim, ndim), self.local_size(builder, dim, ndim))

    def _linear(self, builder: ir.IRBuilder) -> tuple[ir.Value, ir.Value]:
        """The work-item's position in its group, row by row, and the group's size."""
        x, y, z = (self._register(builder, "tid", axis) for axis in "xyz")
        width, height, depth = (self._register(builder, "ntid", axis) for axis in "xyz")
        position = builder.add(x, builder.mul(width, builder.add(y, builder.mul(height, z))))
        return position, builder.mul(width, builder.mul(height, depth))

    def sub_group(self, builder, what, state=None):
        position, size = self._linear(builder)
        lane = builder.and_(position, I64(WARP - 1))
        if what == "lane":
            return lane
        if what == "index":
            return builder.lshr(position, I64(5))
        left = builder.sub(size, builder.sub(position, lane))
        return builder.select(builder.icmp_unsigned("<", left, I64(WARP)), left, I64(WARP))

    # -- what a group does together ------------------------------------------------------------
    def barrier(self, builder, scope, sub_group, state=None):
        if scope >= _DEVICE:
            builder.fence("acq_rel", self.sync_scopes.get(scope))
        if sub_group:
            wait = declare(builder, "llvm.nvvm.bar.warp.sync", ir.VoidType(), [I32], convergent=True)
            builder.call(wait, [_ALL])
        else:
            builder.call(declare(builder, "llvm.nvvm.barrier0", ir.VoidType(), [], convergent=True), [])

    def _shuffle(self, builder: ir.IRBuilder, kind: str, value: ir.Value, lane: ir.Value) -> ir.Value:
        """The value of another lane, 32 bits at a time; "idx": lane `lane`, "up": `lane` lanes before."""
        own, width = value.type, _bits(value.type)
        whole = builder.bitcast(value, ir.IntType(width))
        if width < 32:
            whole = builder.zext(whole, I32)
        name = f"llvm.nvvm.shfl.sync.{kind}.i32"
        function = declare(builder, name, I32, [I32] * 4, convergent=True)
        limit = I32(WARP - 1 if kind == "idx" else 0)
        parts = []
        for start in range(0, whole.type.width, 32):
            part = builder.trunc(builder.lshr(whole, whole.type(start)), I32)
            parts.append(builder.call(function, [_ALL, part, lane, limit]))
        result = parts[0]
        if len(parts) == 2:
            high = builder.shl(builder.zext(parts[1], I64), I64(32))
            result = builder.or_(builder.zext(parts[0], I64), high)
        return builder.bitcast(builder.trunc(result, ir.IntType(width)), own)

    def collective(self, builder, kind, op, value, signed, sub_group, state):
        def combine(x, y):
            return _COMBINE[op](builder, x, y, signed)

        lane, size = self.sub_group(builder, "lane"), self.sub_group(builder, "size")
        for distance in (1, 2, 4, 8, 16):
            before = self._shuffle(builder, "up", value, I32(distance))
            reached = builder.icmp_unsigned(">=", lane, I64(distance))
            value = builder.select(reached, combine(before, value), value)
        last = builder.sub(size, I64(1))
        if sub_group:
            return value if kind == "scan" else self._shuffle(builder, "idx", value, builder.trunc(last, I32))
        scratch = self._scratch(builder, value.type)
        index, (_, total) = self.sub_group(builder, "index"), self._linear(builder)
        with builder.if_then(builder.icmp_unsigned("==", lane, last)):
            builder.store(value, builder.gep(scratch, [index]))
        self.barrier(builder, 2, False)
        # What the warps before this one (for a scan) or all of them (for a reduction) make together.
        warps = index if kind == "scan" else builder.lshr(builder.add(total, I64(WARP - 1)), I64(5))
        made = cgutils.alloca_once_value(builder, builder.load(scratch))
        with cgutils.for_range_slice(builder, I64(1), warps, I64(1), I64) as (warp, _):
            part = builder.load(builder.gep(scratch, [warp]))
            builder.store(combine(builder.load(made), part), made)
        result = builder.load(made)
        if kind == "scan":
            is_first = builder.icmp_unsigned("==", index, I64(0))
            result = builder.select(is_first, value, combine(result, value))
        self.barrier(builder, 2, False)  # before the scratch memory is written again
        return result

    def broadcast(self, builder, value, lane, sub_group, state):
        if sub_group:
            return self._shuffle(builder, "idx", value, builder.trunc(lane, I32))
        scratch = self._scratch(builder, value.type)
        with builder.if_then(builder.icmp_unsigned("==", self._linear(builder)[0], lane)):
            builder.store(value, scratch)
        self.barrier(builder, 2, False)
        result = builder.load(scratch)
        self.barrier(builder, 2, False)
        return result

    def _scratch(self, builder: ir.IRBuilder, element: ir.Type) -> ir.Value:
        """Shared memory for one value a warp."""
        name, module = "xpu$scratch", builder.module
        memory = module.globals.get(name)
        if memory is None:
            memory = ir.GlobalVariable(module, ir.ArrayType(I64, WARP), name, addrspace=3)
            memory.linkage, memory.initializer = "linkonce_odr", ir.Constant(memory.value_type, ir.Undefined)
        return builder.bitcast(memory, element.as_pointer(3))

    # -- printing ------------------------------------------------------------------------------
    def print(self, builder, template, values):
        text = bytearray(template.encode() + b"\0")
        constant = ir.Constant(ir.ArrayType(ir.IntType(8), len(text)), text)
        variable = ir.GlobalVariable(builder.module, constant.type, builder.module.get_unique_name("format"))
        variable.global_constant, variable.initializer, variable.linkage = True, constant, "internal"
        values = [builder.fpext(v, ir.DoubleType()) if isinstance(v.type, ir.FloatType) else v for v in values]
        packed = cgutils.alloca_once(builder, ir.LiteralStructType([v.type for v in values] or [I32]))
        for k, value in enumerate(values):
            builder.store(value, cgutils.gep_inbounds(builder, packed, 0, k))
        byte = ir.IntType(8).as_pointer()
        function = declare(builder, "vprintf", I32, [byte, byte])
        builder.call(function, [builder.bitcast(variable, byte), builder.bitcast(packed, byte)])


def _bits(llvm_type: ir.Type) -> int:
    if isinstance(llvm_type, ir.IntType):
        return llvm_type.width
    return {ir.HalfType: 16, ir.FloatType: 32, ir.DoubleType: 64}[type(llvm_type)]
