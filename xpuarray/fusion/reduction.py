"""Reductions by kernel: the (outer, n, inner) view, the passes, and how each is shared out."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType, KernelType
from xpuarray.devices import Device
from xpuarray.dispatch import takes_kernel
from xpuarray.lang import Kernel, NdRange, Range

__all__ = ["reduce_by_kernel"]

Shape = tuple[int, int, int]  # outer, n, inner

#: Elements a result that one work-item takes without help.
_FEW = 64


def reduce_by_kernel(x: Array, axes: Sequence[int], combine: Callable[..., Any], accumulate: np.dtype) -> Array | None:
    """x reduced over `axes` (sorted, not empty, no extent 0) with `combine`, in `accumulate`'s dtype.

    The result is C-contiguous with the axes removed; None if this call should go to the library.
    """
    runtime, device = x.device.runtime, x.device
    shape = _three_dimensional(x, axes)
    if shape is None:
        return None
    step = _plan(runtime, shape)
    kernel = _kernel(step.form, combine, accumulate.name)
    compiled = any(k[0] is device and k[2][0].dtype == x.dtype.name for k in kernel._compiled)
    if not takes_kernel(runtime, (device, combine, x.dtype.name), x.size, compiled):
        return None
    left = tuple(extent for k, extent in enumerate(x.shape) if k not in axes)
    current, dtype = x._native, x.dtype
    while True:
        out = runtime.empty(left if step.share == 1 else (shape[0], step.share, shape[2]), accumulate)
        _run(_kernel(step.form, combine, accumulate.name), device, current, dtype, out, accumulate, shape, step)
        if step.share == 1:
            return Array(out, device)
        current, dtype, shape = out, accumulate, (shape[0], step.share, shape[2])
        step = _plan(runtime, shape)


class Step(NamedTuple):
    """One pass: by which kernel (kernels/reduce.py), and how many partial results it leaves."""

    form: str
    share: int
    lanes: int = 1  # grouped: work-items a group
    groups: int = 1


def _plan(runtime: Runtime, shape: Shape) -> Step:
    """The next pass: enough work-items to keep the device busy, its lanes side by side."""
    outer, n, inner = shape
    if n <= _FEW:
        return Step("serial", 1)
    wanted = -(-runtime.parallelism // (outer * inner))
    share = max(1, min(wanted, math.isqrt(n)))
    if not runtime.interleaved:
        return Step("column_blocks" if inner > 1 else "row_blocks", share)
    if inner >= runtime.lanes:
        return Step("columns", max(share, min(n // _FEW, math.isqrt(n))))  # short blocks stay in cache
    lanes = inner * max(1, min(runtime.lanes, n * inner // 8) // inner)  # at least eight elements a lane
    groups = max(1, min(-(-runtime.parallelism // (outer * lanes)), n * inner // (_FEW * lanes)))
    return Step("grouped", groups * lanes // inner, lanes, groups)


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, combine: Callable[..., Any], dtype: str) -> Kernel:
    from xpuarray.kernels import reduce as kernels

    return getattr(kernels, form)(combine, np.dtype(dtype).type)


def _run(
    kernel: Kernel,
    device: Device,
    source: Any,
    dtype: np.dtype,
    out: Any,
    accumulate: np.dtype,
    shape: Shape,
    step: Step,
) -> None:
    """One pass: (outer, n, inner) of `dtype` to (outer, share, inner) of `accumulate`."""
    outer, n, inner = shape
    share = step.share
    extent: Range | NdRange = Range(share, outer)
    seen: tuple[int, ...]
    made: tuple[int, ...]
    match step.form:
        case "serial":
            seen, sizes, made, extent = shape, [n, inner], (outer * inner,), Range(outer * inner)
        case "columns":
            seen, sizes, made, extent = shape, [n], (outer, share, inner), Range(outer, share, inner)
        case "grouped":
            chunk = n * inner // step.groups // step.lanes * step.lanes
            seen, sizes, made = (outer, n * inner), [n * inner, chunk], (outer, share * inner)
            extent = NdRange((outer, step.groups * step.lanes), (1, step.lanes))
        case "row_blocks":
            seen, sizes, made = (outer, n), [n], (outer, share)
        case _:
            seen, sizes, made = shape, [n], (outer, share, inner)
    types: list[KernelType] = [ArrayType(dtype.name, len(seen), "C")]
    types += ["uint64"] * len(sizes)
    types.append(ArrayType(accumulate.name, len(made), "C"))
    runtime = device.runtime
    arguments = [*runtime.pack(source, "C", seen)]
    for size in sizes:
        arguments += runtime.pack_scalar(size, "uint64")
    kernel.start(device, extent, tuple(types), [*arguments, *runtime.pack(out, "C", made)])


def _three_dimensional(x: Array, axes: Sequence[int]) -> tuple[int, int, int] | None:
    """x's shape as (outer, n, inner), if it is dense and the reduced axes lie side by side."""
    if not x._native.flags.c_contiguous:
        return None
    first, last = axes[0], axes[-1]
    if len(axes) != last - first + 1:
        return None
    return math.prod(x.shape[:first]), math.prod(x.shape[first : last + 1]), math.prod(x.shape[last + 1 :])
