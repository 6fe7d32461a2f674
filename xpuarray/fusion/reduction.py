"""Reductions by kernel: the (outer, n, inner) view, the two passes, and how the work is shared."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.array import Array
from xpuarray.backends.contract import Runtime
from xpuarray.compiler.types import ArrayType
from xpuarray.devices import Device
from xpuarray.dispatch import takes_kernel
from xpuarray.lang import Kernel, Range

__all__ = ["reduce_by_kernel"]


@functools.lru_cache(maxsize=1024)
def _kernel(form: str, combine: Callable[..., Any], dtype: str) -> Kernel:
    from xpuarray.kernels import reduce as kernels

    return getattr(kernels, form)(combine, np.dtype(dtype).type)


def reduce_by_kernel(x: Array, axes: Sequence[int], combine: Callable[..., Any], accumulate: np.dtype) -> Array | None:
    """x reduced over `axes` (sorted, not empty, no extent 0) with `combine`, in `accumulate`'s dtype.

    The result is C-contiguous with the axes removed; None if this call should go to the library.
    """
    runtime, device = x.device.runtime, x.device
    view = _three_dimensional(x, axes)
    if view is None:
        return None
    outer, n, inner = view
    form = "strided" if runtime.interleaved else "blocks" if inner > 1 else "row_blocks"
    kernel = _kernel(form, combine, accumulate.name)
    compiled = any(k[0] is device and k[2][0].dtype == x.dtype.name for k in kernel._compiled)
    if not takes_kernel(runtime, (device, kernel, x.dtype.name), x.size, compiled):
        return None
    share = _share(runtime, outer, n, inner)
    current, dtype = x._native, x.dtype
    if share > 1:
        partial = runtime.empty((outer, share, inner), accumulate)
        _run(kernel, device, current, dtype, partial, accumulate, (outer, n, inner), share)
        # The partial results are few: each work-item takes all that belong to one result.
        current, dtype, n = partial, accumulate, share
    result = runtime.empty(tuple(extent for k, extent in enumerate(x.shape) if k not in axes), accumulate)
    _run(kernel, device, current, dtype, result, accumulate, (outer, n, inner), 1)
    return Array(result, device)


#: Neighbouring elements that vector units and memory want to read together.
_LANES = 64


def _share(runtime: Runtime, outer: int, n: int, inner: int) -> int:
    """How many work-items take part in one result: enough to keep the device busy and its lanes
    side by side, and not so many that the second pass matters."""
    if n < 32:
        return 1
    busy = -(-runtime.parallelism // (outer * inner))
    beside = -(-_LANES // inner) if runtime.interleaved else 1
    return min(max(busy, beside), math.isqrt(n))


def _run(
    kernel: Kernel,
    device: Device,
    source: Any,
    dtype: np.dtype,
    out: Any,
    accumulate: np.dtype,
    shape: tuple[int, int, int],
    share: int,
) -> None:
    """One pass: (outer, n, inner) of `dtype` to (outer, share, inner) of `accumulate`."""
    runtime = device.runtime
    outer, n, inner = shape
    if runtime.interleaved:
        seen, made, count = (outer, n * inner), (outer, share * inner), n * inner
        extent = Range(outer, share * inner)
    else:
        seen, made, count = (outer, n, inner), (outer, share, inner), n  # type: ignore[assignment]
        extent = Range(share, outer)
    types = (ArrayType(dtype.name, len(seen), "C"), "uint64", ArrayType(accumulate.name, len(made), "C"))
    arguments = [
        *runtime.pack(source, "C", seen),
        *runtime.pack_scalar(count, "uint64"),
        *runtime.pack(out, "C", made),
    ]
    kernel.start(device, extent, types, arguments)


def _three_dimensional(x: Array, axes: Sequence[int]) -> tuple[int, int, int] | None:
    """x's shape as (outer, n, inner), if it is dense and the reduced axes lie side by side."""
    if not x._native.flags.c_contiguous:
        return None
    first, last = axes[0], axes[-1]
    if len(axes) != last - first + 1:
        return None
    return math.prod(x.shape[:first]), math.prod(x.shape[first : last + 1]), math.prod(x.shape[last + 1 :])
