"""Evaluation: expressions become arrays, by one kernel or step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array, from_numpy, result_of
from xpuarray.core.dispatch import may_take_kernel
from xpuarray.core.modes import current, eager
from xpuarray.core.plans import Bounded
from xpuarray.core.quick_launches import DenseLaunch
from xpuarray.core.shared_memory import seen, suits_numpy
from xpuarray.fusion.dense import keep_launch, launches
from xpuarray.fusion.expression import (
    Expression,
    Operation,
    Program,
    defer,
    expression_of,
    is_deferred,
    parts,
    program_of,
)
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.launches import Launch
from xpuarray.fusion.layout import Walk, flatten, walk_operands
from xpuarray.fusion.row_programs import compute_rows
from xpuarray.placement.devices import Device

__all__ = ["compute", "compute_now", "evaluate", "launch_of", "launched", "update", "update_again", "write"]


def evaluate(*arrays: Array) -> None:
    """Compute the arrays now; those of one shape on one device in one pass over memory.

    Reading an array does so by itself: this is to say when, or to have several made together.

    >>> mean, deviation = (a + b) / 2, abs(a - b) / 2                      # doctest: +SKIP
    >>> xp.evaluate(mean, deviation)                                       # doctest: +SKIP
    """
    for array in arrays:
        if array._buffer is None:
            break
    else:
        return
    with pending.lock:
        groups: dict[Any, list[Array]] = {}
        for array in {id(array): array for array in arrays}.values():
            expression = expression_of(array)
            if expression is not None:
                groups.setdefault((array._device, expression.shape, expression.full), []).append(array)
            else:  # NumPy has its values, or it waits by itself
                array._native  # noqa: B018
        for (device, shape, _), together in groups.items():
            _evaluate(device, shape, together)


def _materialize(expression: Expression, array: Array) -> None:
    _evaluate(array._device, expression.shape, [array])


Expression.materialize = _materialize


def _evaluate(device: Device, shape: tuple[int, ...], arrays: list[Array]) -> None:
    roots = tuple([array._expression for array in arrays])
    full = None
    for root in roots:
        full = full or root.full
    program, leaves = program_of(roots)
    recorder = current().recorder
    made = None if recorder is None else recorder.compute(device, shape, full, program, leaves)
    for array, value in zip(arrays, made or compute(device, shape, full, program, leaves)):
        native = value._native
        pending.leave(array)
        array._buffer, array._expression = native, None


def compute(
    device: Device, shape: tuple[int, ...], full: tuple[int, ...] | None, program: Program, leaves: list[Any]
) -> list[Array]:
    """A program's outputs, of one shape; full: that of what is reduced in it, if something is."""
    if full is not None:
        made = compute_rows(device, full, shape, program, leaves)
        return _step_by_step(device, program, leaves) if made is None else made
    size = math.prod(shape)
    if len(program.steps) <= _FEW_STEPS and size <= device.runtime.host_until and current().route == "auto":
        return _step_by_step(device, program, leaves)  # by NumPy, which takes less time than a launch
    flat = flatten(device.runtime, leaves, shape)
    if flat is not None and may_take_kernel(device.runtime, size * len(program.steps)):
        known = launches.get((program.number, device, flat[0]))
        if known is not None:
            return known.again(shape, flat[1])
    outs = _by_kernel(device, shape, program, leaves)
    if outs is None:
        return _step_by_step(device, program, leaves)
    if flat is not None:
        keep_launch(program.number, device, program, leaves, outs, flat[0])
    return outs


#: So many steps of a few elements NumPy does in the time of a launch, 30 µs.
_FEW_STEPS = 6


def compute_now(
    work: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...], must: bool
) -> Array | None:
    """The value of one operation by a kernel; None if the library is the better choice and no kernel a must."""
    value = launched(work, device, operands, shape)
    if value is not None:
        return value
    program, leaves = program_of((Expression(work, operands, shape),))
    outs = _by_kernel(device, shape, program, leaves, must=must)
    if outs is None:
        return None
    distinct = _distinct(operands)
    flat = flatten(device.runtime, distinct, shape)
    if flat is not None and len(leaves) == len(distinct):
        keep_launch(work, device, program, leaves, outs, flat[0])
    return outs[0]


def launched(
    work: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...], out: Array | None = None
) -> Array | None:
    """The value of one operation (in `out`, if it is given) by the launch that has computed it of such operands, if one
    has."""
    known, arguments = launch_of(work, device, operands, shape)
    if known is None:
        return None
    if out is None:
        return known.again(shape, arguments)[0]
    place = out._flat_argument()
    return known.again(shape, arguments, [out])[0] if place and place[0] == known.made[0][1] else None


def launch_of(
    work: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...]
) -> tuple[DenseLaunch | None, list[Any]]:
    """The launch that has computed an operation of such operands, if one has, and these, packed."""
    types, arguments = flatten(device.runtime, _distinct(operands), shape) or ((), [])
    return launches.get((work, device, types)), arguments


def _distinct(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """One operand, if all are the same."""
    first = operands[0]
    for operand in operands:
        if operand is not first:
            return operands
    return operands[:1]


def _by_kernel(
    device: Device,
    shape: tuple[int, ...],
    program: Program,
    leaves: list[Any],
    out: Array | None = None,
    must: bool = False,
) -> list[Array] | None:
    """The outputs by one kernel (a single one into `out`, if it is given), or None if not."""
    runtime = device.runtime
    outs = [out] if out is not None else []
    if out is None:
        for name in program.outputs:
            outs.append(result_of(runtime.empty(shape, program.steps[int(name[1:])][0].result), device))
    operands = [*leaves, *outs]
    key: Any = program.number, device, shape, tuple([_lie(operand) for operand in operands])
    walk, launch = _walked.get(key, (None, None))
    if walk is None or launch is None:
        walk = walk_operands(runtime, shape, operands)
        if walk is None and out is None:
            key, operands = None, [*(_dense(leaf, shape) for leaf in leaves), *outs]
            walk = walk_operands(runtime, shape, operands)
        if walk is None:
            return None
        kernel = elementwise_kernel(program, walk.forms, len(walk.range), walk.chunk)
        launch = Launch(device, kernel, walk.range, walk.types)
        if key is not None:
            _walked[key] = walk, launch
    if not must and not launch.choose_kernel(math.prod(shape) * len(program.steps)):
        return None
    launch.run(walk.arguments(runtime, operands))
    return outs


#: (a program's number, device, shape, how each operand lies) -> the walk through such operands, and its launch
_walked: Bounded[Any, tuple[Walk | None, Launch | None]] = Bounded(1 << 10)


def _lie(operand: Any) -> Any:
    """How an operand lies: whatever the walk through it depends on."""
    if type(operand) is not Array:
        return operand.dtype
    native, runtime = operand._native, operand._device.runtime
    return native.dtype, native.shape, runtime.strides(native), runtime.is_aligned(native)


def _dense(operand: Any, shape: tuple[int, ...]) -> Any:
    """A copy of an array operand, broadcast to `shape` and laid out in row-major order."""
    if type(operand) is not Array:
        return operand
    library = operand._device.runtime.library
    view = library.broadcast_to(operand._native, shape)
    return Array(library.asarray(view, order="C", copy=True), operand._device)


def _step_by_step(device: Device, program: Program, leaves: list[Any]) -> list[Array]:
    """Each step by itself, at once; what no later step needs is let go of."""
    last = {name: k for k, (_, operands) in enumerate(program.steps) for name in operands}
    values: dict[str, Any] = {f"v{k}": leaf for k, leaf in enumerate(leaves)}
    with eager():
        for k, (step, operands) in enumerate(program.steps):
            given = [values[name] for name in operands]
            if not any(type(value) is Array for value in given):  # elements that NumPy has: one of them says where
                given[0] = from_numpy(given[0], device)
            values[f"t{k}"] = step.step(device, tuple(given))
            for name in set(operands):
                if last[name] == k and name not in program.outputs:
                    del values[name]
    return [values[name] for name in program.outputs]


def update(work: Operation, device: Device, operands: tuple[Any, ...], shape: tuple[int, ...], out: Array) -> Array:
    """The operation's value, in `out` if it fits there (else in an array of its own): what in-place operators do."""
    if out.shape != shape or out.dtype != work.result:
        return work.step(device, operands)
    with pending.lock:
        if out._buffer is None and out._base is None:  # nobody sees its memory yet
            old = Array(None, device, out._expression, out._host)  # what `out` becomes must not read `out` itself
            operands = tuple(old if operand is out else operand for operand in operands)
            deferred = is_deferred(device, math.prod(shape))
            _become(out, defer(work, device, operands, shape) if deferred else work.step(device, operands))
            return out
        pending.materialize_readers(out)
        size = math.prod(shape)
        if is_deferred(device, size):
            written = write(Expression(work, parts(operands, shape), shape), out)
        else:
            apart = size > device.runtime.host_until and _apart([o for o in operands if type(o) is Array], out)
            written = apart and launched(work, device, operands, shape, out) is not None
        if written or _updated_by_numpy(work, device, operands, size, out):
            return out
        return work.step(device, operands)


def _updated_by_numpy(work: Operation, device: Device, operands: tuple[Any, ...], size: int, out: Array) -> bool:
    """Whether NumPy, which would compute it, has written it where it is wanted."""
    runtime = device.runtime
    numpys = suits_numpy(runtime, size) or (runtime.numpy_native and not may_take_kernel(runtime, size))
    if not numpys or work.into is None or any(o.dtype != dtype for o, dtype in zip(operands, work.taken)):
        return False
    values = [o._host_values() if type(o) is Array else o for o in operands]
    seen(work.name, device, work.into, *values, out._host_values())
    return True


def update_again(
    launch: DenseLaunch, operands: tuple[Any, ...], numbers: Sequence[Callable[[Any], Any]], out: Array
) -> bool:
    """What `update` has done before by this launch; False if it takes more."""
    place = None if out._buffer is None else out._flat_argument()
    if place is None or place[0] is not launch.made[0][1]:
        return False
    with pending.lock:
        pending.materialize_readers(out)
        apart = _apart([o for o in operands if type(o) is Array], out)
        return apart and launch.repeat(operands, numbers, out) is not None


def write(expression: Expression, out: Array) -> bool:
    """Compute an expression straight into `out`, of its shape and dtype; False if it has to be computed apart, as it
    reads other elements of that memory, or by other means.  What waits to read the memory must have been computed."""
    program, leaves = program_of((expression,))
    recorder = current().recorder
    if recorder is not None and recorder.write(expression.shape, expression.full, program, leaves, out):
        return True
    if expression.full is not None or not _apart(expression.arrays, out):
        return False
    return _by_kernel(out._device, expression.shape, program, leaves, out) is not None


def _apart(arrays: list[Array], out: Array) -> bool:
    """Whether what is read is `out` itself, or in other memory."""
    where = pending.memory_of(out)
    return all(array is out or pending.memory_of(array) != where for array in arrays)


def _become(array: Array, value: Array) -> None:
    """`array`, which has no memory that anybody sees, takes over what `value` is."""
    pending.leave(array)
    array._buffer, array._expression, array._host = value._buffer, value._expression, value._host
    array._base = value._base
    array._kernel_argument = array._flat = None
    if array._expression is not None and not isinstance(array._expression, np.generic):
        pending.enter(array)
