"""Launches over dense operands that are kept, to be done again for others (`core/quick_launches.py`)."""

from __future__ import annotations

from typing import Any

from xpuarray.core.array import Array
from xpuarray.core.plans import Bounded
from xpuarray.core.quick_launches import DenseLaunch
from xpuarray.fusion.expression import Operation, Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.fusion.launches import Launch
from xpuarray.fusion.layout import chunk_of
from xpuarray.lang import Range
from xpuarray.lang.types import KernelType
from xpuarray.placement.devices import Device

__all__ = ["keep_launch", "launches"]


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
