"""Launches of more work-items than SYCL starts at once.

dpctl's and dpnp's builds of SYCL count the work-items of a launch in an int (-fsycl-id-queries-range=int), and say no
more than that the submission failed.  A launch over a Range goes in parts, by a binary of the kernel whose ids begin
at an offset; one in work-groups can't, as groups are numbered from 0.
"""

from __future__ import annotations

import ctypes
import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xpuarray.backends.contract import Compiled
from xpuarray.backends.sycl.modules import Module
from xpuarray.backends.sycl.threads import submitting
from xpuarray.errors import KernelRangeError

if TYPE_CHECKING:
    from xpuarray.backends.sycl.runtime import SyclRuntime

__all__ = ["MOST", "launch"]

MOST = 2**31 - 1  #: work-items at once


def launch(
    runtime: SyclRuntime,
    compiled: Compiled,
    parts: dict[int, Module],
    extents: Sequence[int],
    group: Sequence[int] | None,
    arguments: Sequence[Any],
    events: Sequence[Any],
) -> Any:
    """Start all work-items, in parts; dpctl's event of the last one.

    parts: the kernel's shifted forms that are loaded, by dimension
    arguments: with the range's own, by which work-items beyond it know that

    Raises KernelRangeError where that is not possible.
    """
    dimension = max(range(len(extents)), key=lambda k: extents[k])
    one = [*extents]
    one[dimension] = 1
    room = MOST // math.prod(runtime._cover(tuple(one), None)[0])
    if group is not None or compiled.shifted is None or not room:
        raise KernelRangeError(
            f"kernel {compiled.name.removeprefix('xpu_')}: {runtime.info.filter_string} starts up to {MOST:,} "
            f"work-items at once, not {math.prod(extents):,} ({', '.join(map(str, extents))}); launch over several "
            "smaller ranges"
        )
    if dimension not in parts:
        binary = compiled.shifted(len(extents) - 1 - dimension)
        parts[dimension] = Module(dataclasses.replace(compiled, binary=binary))
    step = 1 << (room.bit_length() - 1)  # a power of two, so that no part is rounded up into the next
    event = None
    for first in range(0, extents[dimension], step):
        one[dimension] = min(step, extents[dimension] - first)
        whole = runtime._cover(tuple(one), None)[0]
        mark: list[Any] = [None, arguments]
        with submitting:
            runtime.ahead.marks.append(mark)
            given = [*arguments, ctypes.c_int64(first)]
            mark[0] = event = runtime._submit(runtime._kernel(parts[dimension]), given, whole, None, events)
    return event
