"""Launches planned once: all that a start takes but the arrays, so that what is done again is packed and started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Executable
from xpuarray.core.array import Array
from xpuarray.core.dispatch import choose_kernel
from xpuarray.fusion.layout import Seen
from xpuarray.lang import NdRange, Range
from xpuarray.lang.types import ArrayType, KernelType, LocalType, dtype_name
from xpuarray.launch import kernel as launching
from xpuarray.launch.kernel import Kernel
from xpuarray.placement.devices import Device
from xpuarray.spans import watched

__all__ = ["Launch", "Made", "launch_over"]


class Made(NamedTuple):
    """What a launch makes, and as what the kernel sees it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    seen: tuple[int, ...]
    layout: str = "C"


class Launch:
    """A kernel on a device, with everything but its arrays.

    The kernel takes operands, then what is the same each time (`sizes`), outputs, and local memory.
    """

    __slots__ = (
        "device", "executable", "kernel", "local", "made", "part", "range", "seen", "sizes", "space", "types", "whole",
    )  # fmt: skip

    def __init__(
        self,
        device: Device,
        kernel: Kernel,
        range: Range | NdRange,
        types: tuple[KernelType, ...],
        seen: Sequence[Seen | None] = (),
        sizes: Sequence[Any] = (),
        made: Sequence[Made] = (),
        local: Sequence[Any] = (),
    ):
        """seen: as what operands are passed (see layout.pack); sizes, local: packed"""
        self.device, self.kernel, self.range, self.types = device, kernel, range, types
        self.seen, self.sizes, self.made, self.local = tuple(seen), tuple(sizes), tuple(made), tuple(local)
        self.executable: Executable | None = None  #: once it has been started
        self.space = range.space
        self.whole: Range = range if isinstance(range, Range) else range.global_range
        self.part: Range | None = None if isinstance(range, Range) else range.local_range

    def choose_kernel(self, work: int) -> bool:
        """Choose it (True), or the device's library: see dispatch."""
        device, kernel, types = self.device, self.kernel, self.types
        ready = self.executable is not None or kernel.is_ready(device, self.space, types)
        return choose_kernel(device.runtime, (device, kernel, types), work, ready)

    def start(self, operands: Sequence[Any], outs: Sequence[Any] | None = None) -> Sequence[Any]:
        """Start it on arrays (ours or native) and scalars like those that it was planned for.

        outs: native arrays for what it makes; None: new ones.  They are returned.
        """
        runtime, made = self.device.runtime, self.made
        arguments: list[Any] = []
        for operand, seen in zip(operands, self.seen):
            if seen is None:
                arguments += runtime.pack_scalar(operand, dtype_name(operand.dtype))
                continue
            if type(operand) is Array:
                operand = operand._native if operand._buffer is None else operand._buffer
            arguments += runtime.pack(operand, *seen)
        arguments += self.sizes
        if outs is None:
            outs = fresh = []
            for one in made:
                fresh.append(runtime.empty(one.shape, one.dtype))
        for native, one in zip(outs, made):
            arguments += runtime.pack(native, one.layout, one.seen)
        arguments += self.local
        self.run(arguments)
        return outs

    def is_told(self) -> bool:
        """Whether somebody has to know of each start."""
        return bool(self.kernel.check or launching.SYNC or watched())

    def run(self, arguments: list[Any], whole: Sequence[int] | None = None) -> None:
        """Start it with packed arguments; whole: over a Range other than its own."""
        executable = self.executable
        if executable is None or self.is_told():
            range = self.range if whole is None else Range(*whole)
            self.kernel.start(self.device, range, self.types, arguments)
            self.executable, _ = self.kernel.executable(self.device, self.space, self.types)
            return
        # It is not noted for errors that surface later: they are of kernels that index as they like, users' own.
        executable(self.whole if whole is None else whole, self.part, arguments, ())


def launch_over(
    device: Device,
    kernel: Kernel,
    range: Range | NdRange,
    leaves: KernelType,
    seen: Sequence[Seen | None],
    sizes: Sequence[int],
    made: Sequence[Made],
    local: Sequence[tuple[np.dtype, int]] = (),
) -> Launch:
    """The launch of a kernel that takes (leaves, sizes..., outputs..., local memory...).

    leaves: the type of their tuple; local: elements of which dtype, and how many
    """
    runtime = device.runtime
    types: list[KernelType] = [leaves, *["uint64"] * len(sizes)]
    types += [ArrayType(dtype.name, len(as_what), layout) for _, dtype, as_what, layout in made]
    types += [LocalType(dtype.name, 1) for dtype, _ in local]
    packed = [part for size in sizes for part in runtime.pack_scalar(size, "uint64")]
    rooms = [part for dtype, elements in local for part in runtime.pack_local(dtype, (elements,))]
    return Launch(device, kernel, range, tuple(types), seen, packed, made, rooms)
