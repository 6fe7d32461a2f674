"""Launches over dense operands of one shape, whatever its size: what has run for some is run for others at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array, allocated
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.fusion.expression import Operation, Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.launches import Launch
from xpuarray.fusion.layout import chunk_of
from xpuarray.lang import Range
from xpuarray.lang.types import ArrayType, KernelType
from xpuarray.placement.devices import Device

__all__ = ["again", "keep_launch", "launches"]


class DenseLaunch(NamedTuple):
    """All about a launch but its arrays and their size."""

    launch: Launch
    chunk: int  #: elements that a work-item takes
    given: tuple[KernelType, ...]  #: the operands' types
    made: tuple[tuple[np.dtype, ArrayType], ...]  #: the outputs' dtypes, and as what they are passed

    def repeat(
        self, operands: tuple[Any, ...], numbers: Sequence[Callable[[Any], Any]], out: Array | None = None
    ) -> Array | None:
        """The one output, for operands like those before; None if they are others, or somebody asks for more than is
        usual: the shortest way on GPUs.

        operands: as the user gave them;  numbers: what makes scalars of each one's dtype
        out: of the output's type, to be written into; None: a new array
        """
        launch, device = self.launch, self.launch.device
        runtime, shape = device.runtime, None
        if launch.executable is None or runtime.kernel_from or launch.is_told() or not current().ordinary:
            return None
        arguments: list[Any] = []
        for operand, kind, number in zip(operands, self.given, numbers):
            if type(operand) is Array:
                flat = operand._flat
                if flat is None or flat[0] is not kind or operand._device is not device:
                    return None
                if shape is None:
                    shape = operand.shape
                elif shape != operand.shape:
                    return None
                arguments += flat[1]
            elif type(kind) is str:
                arguments += runtime.pack_scalar(number(operand), kind)
            else:
                return None
        if shape is None or not runtime.host_until < math.prod(shape) < runtime.defer_from:
            return None
        if out is None:
            return again(self, device, shape, arguments)[0]
        return again(self, device, shape, arguments, [out])[0] if out.shape == shape else None


#: (operation, or a program's number; device; types of dense operands) -> launch
launches: Bounded[tuple[Any, ...], DenseLaunch] = Bounded(1 << 12)


def keep_launch(
    key: Operation | int,
    device: Device,
    program: Program,
    leaves: list[Any],
    outs: list[Array],
    given: tuple[KernelType, ...],
) -> None:
    """What a kernel has just computed from dense operands of these types can be computed so again."""
    operands = [*leaves, *outs]
    chunk = chunk_of(device.runtime, [o for o in operands if type(o) is Array])
    kernel = elementwise_kernel(program, tuple("0" if type(o) is Array else "scalar" for o in operands), 1, chunk)
    made = tuple((out.dtype, out._flat_argument()[0]) for out in outs)
    sizes: tuple[KernelType, ...] = ("uint64",) if chunk > 1 else ()
    types = *given, *(kind for _, kind in made), *sizes
    launches[key, device, given] = DenseLaunch(Launch(device, kernel, Range(1), types), chunk, given, made)


def again(
    known: DenseLaunch, device: Device, shape: tuple[int, ...], arguments: list[Any], outs: list[Array] | None = None
) -> list[Array]:
    """Run what ran before for dense operands of these types; outs: dense arrays of the outputs' types, or new ones."""
    runtime, size = device.runtime, math.prod(shape)
    if outs is None:
        outs = []
        for dtype, kind in known.made:
            native = runtime.empty(shape, dtype)
            out = allocated(native, device)
            out._shape, out._dtype, out._read_only = shape, dtype, not shape
            out._flat = kind, runtime.pack(native, kind.layout, (size,))
            outs.append(out)
    for out in outs:
        arguments += out._flat_argument()[1]
    chunk = known.chunk
    if chunk > 1:
        arguments += runtime.pack_scalar(size, "uint64")
    known.launch.run(arguments, (-(-size // chunk),))
    return outs
