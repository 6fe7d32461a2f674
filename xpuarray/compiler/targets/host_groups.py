"""Work-groups on the CPU: work-items as coroutines that change places at barriers.

Every work-item of a group has a stack of its own and runs until it comes to a barrier; then the
scheduler resumes the next one (`swapcontext`, POSIX).  When all wait at the barrier, all go on.  So
barriers may stand anywhere, in loops, branches and callees, and a divergent one is found instead of
hanging.  Groups run in parallel, one a thread at a time.

A group's state is an array of words that coroutine and scheduler share; `state` in an NdItem is its
address.
"""

from __future__ import annotations

import ctypes
import sys

from llvmlite import binding as llvm
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.extending import intrinsic
from numba.extending import register_jitable

from xpuarray.compiler.frontend.numba_types import NdItemType
from xpuarray.compiler.frontend.ops import I64

__all__ = ["GROUPS_OF", "LOOP", "SCOPE", "SUB_GROUP", "WORDS"]

STACK = 256 << 10  # bytes; pages are touched on use only
CONTEXT = 8192  # bytes set aside for a ucontext_t (968 on x86-64, 4560 on AArch64)
SUB_GROUP = 8  # work-items

#: Where in the state which word is.
WORDS = {
    name: position
    for position, name in enumerate(
        ("scheduler", "contexts", "current", "items", "slots", "waiting", "frame", "entry", "stacks")
    )
}
_RUNNING, _AT_GROUP_BARRIER, _AT_SUB_GROUP_BARRIER, _DONE = range(4)

_PREFIX = "xpuarray_"


def _find_functions() -> str:
    """Tell LLVM where the C library's context functions are; why it can't be done, if it can't."""
    if sys.platform == "win32":
        return "Windows has no ucontext functions"
    library = ctypes.CDLL(None)
    for name in ("getcontext", "makecontext", "swapcontext"):
        function = getattr(library, name, None)
        if function is None:
            return f"the C library has no {name}"
        llvm.add_symbol(_PREFIX + name, ctypes.cast(function, ctypes.c_void_p).value)
    return ""


#: Empty if work-groups can run on this CPU; else why not.
unavailable = _find_functions()

_getcontext = types.ExternalFunction(_PREFIX + "getcontext", types.int32(types.int64))
_makecontext = types.ExternalFunction(
    _PREFIX + "makecontext", types.void(types.int64, types.int64, types.int32, types.int64)
)
_swapcontext = types.ExternalFunction(_PREFIX + "swapcontext", types.int32(types.int64, types.int64))


@intrinsic
def _poke(typingctx, address, value):
    """*(int64 *)address = value"""

    def codegen(context, builder, sig, args):
        builder.store(args[1], builder.inttoptr(args[0], I64.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@njit(nogil=True)
def _schedule(words, waiting):
    """Run the work-items of one group to their end; 1 if they wait at barriers that don't match."""
    items, contexts, scheduler = words[3], words[1], words[0]
    for k in range(items):
        context = contexts + k * CONTEXT
        _getcontext(context)
        # struct ucontext { unsigned long flags; ucontext *link; struct { void *sp; int; size_t size } }
        _poke(context + 8, scheduler)
        _poke(context + 16, words[8] + k * STACK)
        _poke(context + 32, STACK)
        waiting[k] = _RUNNING
        _makecontext(context, words[7], 1, words.ctypes.data)
    left = items
    while left:
        progress = 0
        for k in range(items):
            if waiting[k] == _RUNNING:
                words[2] = k
                _swapcontext(scheduler, contexts + k * CONTEXT)
                progress = 1
                if waiting[k] == _DONE:
                    left -= 1
        released = _release(waiting, items)
        if not progress and not released and left:
            return 1
    return 0


@register_jitable
def _release(waiting, items):
    """Let those go on whose whole group, or sub-group, has come to the barrier."""
    at_group = left = 0
    for k in range(items):
        at_group += waiting[k] == _AT_GROUP_BARRIER
        left += waiting[k] != _DONE
    released = 0
    if left and at_group == left:
        for k in range(items):
            if waiting[k] == _AT_GROUP_BARRIER:
                waiting[k] = _RUNNING
        return 1
    for first in range(0, items, SUB_GROUP):
        last = min(first + SUB_GROUP, items)
        here = there = 0
        for k in range(first, last):
            here += waiting[k] == _AT_SUB_GROUP_BARRIER
            there += waiting[k] == _DONE
        if here and here + there == last - first:
            for k in range(first, last):
                if waiting[k] == _AT_SUB_GROUP_BARRIER:
                    waiting[k] = _RUNNING
            released = 1
    return released


@intrinsic
def _frame(typingctx, body, words, size, local, group, arguments):
    """Put down what every work-item of a group starts from, and the address of where it starts."""
    ndim = len(size)
    item = NdItemType(ndim)
    body_sig = body.get_call_type(typingctx, (item, *arguments), {})

    def codegen(context, builder, sig, args):
        base = _words(context, builder, sig.args[1], args[1])
        values = args[2:6]
        frame_type = ir.LiteralStructType([v.type for v in values])
        frame = cgutils.alloca_once(builder, frame_type)
        for k, value in enumerate(values):
            builder.store(value, builder.gep(frame, [ir.IntType(32)(0), ir.IntType(32)(k)]))
        entry = _entry(context, builder.module, sig.args, body_sig, frame_type, item)
        for name, value in (("frame", frame), ("entry", entry)):
            builder.store(builder.ptrtoint(value, I64), builder.gep(base, [I64(WORDS[name])]))
        return context.get_dummy_value()

    dims = types.UniTuple(types.int64, ndim)
    return types.void(body, words, dims, dims, dims, arguments), codegen


def _words(context, builder, array_type, value):
    return cgutils.create_struct_proxy(array_type)(context, builder, value=value).data


def _entry(context, module, frame_types, body_sig, frame_type, item_type):
    """void entry(int64 *words): one work-item, from its first line to its last."""
    name = module.get_unique_name("xpuarray_work_item")
    entry = ir.Function(module, ir.FunctionType(ir.VoidType(), [I64.as_pointer()]), name)
    entry.linkage = "internal"
    builder = ir.IRBuilder(entry.append_basic_block("entry"))
    (words,) = entry.args
    frame = builder.inttoptr(_word(builder, words, "frame"), frame_type.as_pointer())
    size, local, group, arguments = (
        builder.load(builder.gep(frame, [ir.IntType(32)(0), ir.IntType(32)(k)])) for k in range(4)
    )
    current = _word(builder, words, "current")
    item = _nd_item(context, builder, item_type, size, local, group, current, words)
    overload = frame_types[0].dispatcher.overloads[body_sig.args]
    context.active_code_library.add_linking_library(overload.library)
    unpacked = cgutils.unpack_tuple(builder, arguments, len(frame_types[5]))
    context.call_internal_no_propagate(builder, overload.fndesc, body_sig, [item, *unpacked])
    waiting = builder.inttoptr(_word(builder, words, "waiting"), I64.as_pointer())
    builder.store(I64(_DONE), builder.gep(waiting, [current]))
    builder.ret_void()
    return entry


def _word(builder, words, name):
    return builder.load(builder.gep(words, [I64(WORDS[name])]))


def _nd_item(context, builder, item_type, size, local, group, linear, words):
    ndim = item_type.ndim
    extents, groups = cgutils.unpack_tuple(builder, local), cgutils.unpack_tuple(builder, group)
    ids = [None] * ndim
    for dim in reversed(range(ndim)):
        ids[dim] = builder.urem(linear, extents[dim])
        linear = builder.udiv(linear, extents[dim])
    whole = [builder.add(builder.mul(g, e), i) for g, e, i in zip(groups, extents, ids)]
    item = cgutils.create_struct_proxy(item_type)(context, builder)
    item.id, item.local_id = (cgutils.pack_array(builder, v, I64) for v in (whole, ids))
    item.range, item.local_range, item.group_id = size, local, group
    item.state = builder.ptrtoint(words, I64)
    return item._getvalue()


@register_jitable
def _groups_1(size, local, g):
    return (g,)


@register_jitable
def _groups_2(size, local, g):
    columns = size[1] // local[1]
    return (g // columns, g % columns)


@register_jitable
def _groups_3(size, local, g):
    rows, columns = size[1] // local[1], size[2] // local[2]
    return (g // (rows * columns), g // columns % rows, g % columns)


GROUPS_OF = {1: _groups_1, 2: _groups_2, 3: _groups_3}

#: One thread takes every `threads`-th group; what a group needs is made once a thread.
LOOP = """
def run(size, local, threads, {parameters}):
    groups = items = 1
    for d in range(len(size)):
        groups *= size[d] // local[d]
        items *= local[d]
    failed = np.zeros(threads, np.int64)
    for t in prange(threads):
        {local}
        words, waiting, slots = np.zeros(16, np.int64), np.zeros(items, np.int64), np.zeros(items, np.int64)
        contexts, stacks = np.empty((items + 1) * CONTEXT, np.uint8), np.empty(items * STACK, np.uint8)
        words[0], words[1], words[3] = contexts.ctypes.data + items * CONTEXT, contexts.ctypes.data, items
        words[4], words[5], words[8] = slots.ctypes.data, waiting.ctypes.data, stacks.ctypes.data
        for g in range(t, groups, threads):
            _frame(body, words, size, local, groups_of(size, local, g), ({arguments},))
            failed[t] |= _schedule(words, waiting)
    return failed.sum()
"""

SCOPE = {"_frame": _frame, "_schedule": _schedule, "CONTEXT": CONTEXT, "STACK": STACK}
