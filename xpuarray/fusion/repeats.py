"""Launches done again: of a kernel that has run for dense operands of the same types, nothing is left to work out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Executable
from xpuarray.core.array import Array, allocated
from xpuarray.core.dispatch import route
from xpuarray.fusion.expression import Operation, Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.layout import chunk_of
from xpuarray.fusion.modes import mode
from xpuarray.lang import Range
from xpuarray.lang.types import ArrayType, KernelType, Space, dtype_name
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device

__all__ = ["again", "launch_of", "learn", "repeat", "repeatable"]


class _Known(NamedTuple):
    """All about a launch but its arrays and their size."""

    kernel: Kernel
    executable: Executable
    chunk: int  #: elements that a work-item takes
    made: tuple[tuple[np.dtype, ArrayType], ...]  #: the outputs' dtypes, and as what they are passed
    types: tuple[KernelType, ...]  #: of all arguments


#: (operation or program, device, types of dense operands) -> launch
_known: dict[tuple[Any, ...], _Known] = {}


def launch_of(key: Operation | Program, device: Device, types: tuple[KernelType, ...]) -> _Known | None:
    """The launch that has computed the operation or program of such operands, if one has."""
    return _known.get((key, device, types))


def learn(
    key: Any, device: Device, program: Program, leaves: list[Any], outs: list[Array], given: tuple[KernelType, ...]
) -> None:
    """What has just been computed from dense operands of these types by a kernel can be computed so again."""
    operands = [*leaves, *outs]
    chunk = chunk_of(device.runtime, [o for o in operands if type(o) is Array])
    kernel = elementwise_kernel(program, tuple("0" if type(o) is Array else "scalar" for o in operands), 1, chunk)
    made = tuple((out.dtype, out._flat_argument()[0]) for out in outs)
    sizes: tuple[KernelType, ...] = ("uint64",) if chunk > 1 else ()
    types = *given, *(kind for _, kind in made), *sizes
    executable, _ = kernel.executable(device, Space(1), types)
    _known[key, device, given] = _Known(kernel, executable, chunk, made, types)


def again(known: _Known, device: Device, shape: tuple[int, ...], arguments: list[Any]) -> list[Array]:
    """Run what ran before for dense operands of these types."""
    runtime, size = device.runtime, math.prod(shape)
    outs = []
    for dtype, kind in known.made:
        native = runtime.empty(shape, dtype)
        out = allocated(native, device)
        packed = runtime.pack(native, kind.layout, (size,))
        out._flat = kind, packed
        arguments += packed
        outs.append(out)
    chunk = known.chunk
    if chunk > 1:
        arguments += runtime.pack_scalar(size, "uint64")
    items = -(-size // chunk)
    if known.kernel.start_again(device, known.executable, (items,), arguments) is None:
        known.kernel.start(device, Range(items), known.types, arguments)
    return outs


#: (function, device, for each operand the type of its elements if it is dense, or that of the scalar; True if the
#: second is the first)
#: -> launch, and the dtypes of the operands
_repeatable: dict[tuple[Any, ...], tuple[_Known, tuple[np.dtype, ...]]] = {}


def _flat(operand: Any) -> Any:
    """What `Array._flat_argument` says of an array that is there; None of others."""
    if type(operand) is not Array:
        return None
    return operand._flat or (None if operand._buffer is None else operand._flat_argument())


def repeat(name: str, x: Any, y: Any) -> Array | None:
    """The value of a function of two operands, or of one (then y is None), by the launch that `repeatable` has found
    for such; None if there is none, or if the value might have to wait."""
    a, b = (x, y) if type(x) is Array else (y, x)  # b may be an array, a scalar, or None
    flat = _flat(a)
    if flat is None:
        return None
    device, shape, (kind, arguments) = a._device, a.shape, flat
    other: Any
    if b is a:
        other, more = True, ()
    elif type(b) is Array:
        flat = _flat(b)
        if flat is None or b._device is not device or b.shape != shape:
            return None
        other, more = flat
    else:
        other, more = type(b), ()
    found = _repeatable.get((name, device, kind, other) if a is x else (name, device, other, kind))
    if found is None or route() != "auto":
        return None
    fusion, runtime, size = mode(), device.runtime, math.prod(shape)
    if size <= runtime.host_until or fusion == "always" or (fusion == "auto" and size >= runtime.defer_from):
        return None  # it is NumPy's, or waits
    known, dtypes = found
    if more == () and b is not None and b is not a:
        dtype = dtypes[1 if a is x else 0]  # a scalar's
        more = runtime.pack_scalar(dtype.type(b), dtype_name(dtype))
    return again(known, device, shape, [*arguments, *more] if a is x else [*more, *arguments])[0]


def repeatable(name: str, work: Operation, operands: Sequence[Any], dtypes: tuple[np.dtype, ...]) -> None:
    """The function of these operands, taken in `dtypes`, is that operation, and has just been computed: if all arrays
    are dense and of one shape, and scalars become floats, it can be repeated for such without a look at anything else.
    """
    arrays = [operand for operand in operands if type(operand) is Array]
    if len(operands) > 2 or arrays[0].shape != arrays[-1].shape:
        return
    kinds: list[Any] = []
    types: list[KernelType] = []
    twice = len(operands) == 2 and operands[0] is operands[1]
    for operand, dtype in zip(operands[:1] if twice else operands, dtypes):
        if type(operand) is Array and operand._flat is not None:
            kinds.append(operand._flat[0])
            types.append(operand._flat[0])
        elif type(operand) is not Array and dtype.kind == "f":  # whether a whole number fits would have to be seen
            kinds.append(type(operand))
            types.append(dtype_name(dtype))
        else:
            return
    device = arrays[0]._device
    known = _known.get((work, device, tuple(types)))
    if known is not None:
        if len(kinds) == 1:
            kinds.append(True if twice else type(None))
        _repeatable[(name, device, *kinds)] = known, dtypes
