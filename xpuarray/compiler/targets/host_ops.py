"""Group functions and atomics on the CPU: what work-items that are coroutines do together."""

from __future__ import annotations

import functools

from llvmlite import ir

from xpuarray.compiler.frontend.ops import I32, I64, declare
from xpuarray.compiler.targets.host_groups import CONTEXT, SUB_GROUP, WORDS

__all__ = ["HOST", "HostOps"]


class HostOps:
    """The part of `Ops` that the language's lowering asks for, in terms of a group's state."""

    sync_scopes: dict[int, str] = {}
    orders_updates = True

    def sync_scope(self, scope):
        return ""

    def float_atomics(self, op):
        return op == "fadd"

    def compare_exchange(self, builder, pointer, expected, new, orders, scope):
        return builder.extract_value(builder.cmpxchg(pointer, expected, new, *orders), 0)

    def sub_group(self, builder, what, state):
        current = _word(builder, state, "current")
        first = builder.mul(builder.udiv(current, I64(SUB_GROUP)), I64(SUB_GROUP))
        if what == "lane":
            return builder.sub(current, first)
        if what == "index":
            return builder.udiv(current, I64(SUB_GROUP))
        return builder.sub(_end(builder, state, first), first)

    def barrier(self, builder, scope, sub_group, state):
        current = _word(builder, state, "current")
        waiting = builder.inttoptr(_word(builder, state, "waiting"), I64.as_pointer())
        builder.store(I64(2 if sub_group else 1), builder.gep(waiting, [current]))
        own = builder.add(_word(builder, state, "contexts"), builder.mul(current, I64(CONTEXT)))
        swap = declare(builder, "xpuarray_swapcontext", I32, [I64, I64])
        builder.call(swap, [own, _word(builder, state, "scheduler")])

    def collective(self, builder, kind, op, value, signed, sub_group, state):
        slots = self._bring(builder, value, sub_group, state)
        first, last = self._bounds(builder, sub_group, state)
        if kind == "scan":
            last = builder.add(_word(builder, state, "current"), I64(1))
        result = _fold(builder, slots, first, last, functools.partial(_combine, builder, op, signed=signed))
        self.barrier(builder, 0, sub_group, state)  # nobody writes his slot again before all have read
        return result

    def broadcast(self, builder, value, lane, sub_group, state):
        slots = self._bring(builder, value, sub_group, state)
        first, _ = self._bounds(builder, sub_group, state)
        result = builder.load(_slot(builder, slots, builder.add(first, lane)))
        self.barrier(builder, 0, sub_group, state)
        return result

    def _bring(self, builder, value, sub_group, state):
        """Everybody puts his value into his slot; a pointer to the slots, for values of that type."""
        slots = builder.inttoptr(_word(builder, state, "slots"), value.type.as_pointer())
        builder.store(value, _slot(builder, slots, _word(builder, state, "current")))
        self.barrier(builder, 0, sub_group, state)
        return slots

    def _bounds(self, builder, sub_group, state):
        if not sub_group:
            return I64(0), _word(builder, state, "items")
        current = _word(builder, state, "current")
        first = builder.mul(builder.udiv(current, I64(SUB_GROUP)), I64(SUB_GROUP))
        return first, _end(builder, state, first)


def _word(builder, state, name):
    words = builder.inttoptr(state, I64.as_pointer())
    return builder.load(builder.gep(words, [I64(WORDS[name])]))


def _end(builder, state, first):
    end, items = builder.add(first, I64(SUB_GROUP)), _word(builder, state, "items")
    return builder.select(builder.icmp_unsigned("<", end, items), end, items)


def _slot(builder, slots, position):
    """Slots are 8 bytes apart, whatever type is in them."""
    address = builder.add(builder.ptrtoint(slots, I64), builder.mul(position, I64(8)))
    return builder.inttoptr(address, slots.type)


def _fold(builder, slots, first, last, combine):
    """combine(...combine(slots[first], slots[first + 1])..., slots[last - 1]), as a loop."""
    start = builder.load(_slot(builder, slots, first))
    second = builder.add(first, I64(1))
    before = builder.block
    test, body, done = (builder.append_basic_block(f"fold.{n}") for n in ("test", "body", "done"))
    builder.branch(test)
    builder.position_at_end(test)
    position, total = builder.phi(I64), builder.phi(start.type)
    builder.cbranch(builder.icmp_unsigned("<", position, last), body, done)
    builder.position_at_end(body)
    combined = combine(total, builder.load(_slot(builder, slots, position)))
    following = builder.add(position, I64(1))
    builder.branch(test)
    for phi, initial, later in ((position, second, following), (total, start, combined)):
        phi.add_incoming(initial, before)
        phi.add_incoming(later, body)
    builder.position_at_end(done)
    return total


def _combine(builder, op, a, b, signed):
    if isinstance(a.type, ir.IntType):
        if op == "add":
            return builder.add(a, b)
        compare = builder.icmp_signed if signed else builder.icmp_unsigned
    else:
        if op == "add":
            return builder.fadd(a, b)
        compare = builder.fcmp_ordered
    return builder.select(compare("<" if op == "min" else ">", a, b), a, b)


HOST = HostOps()
