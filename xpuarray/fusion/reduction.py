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
    form = "columns" if inner > 1 else "rows" if runtime.interleaved else "row_blocks"
    kernel = _kernel(form, combine, accumulate.name)
    key = (device, kernel, x.dtype.name)
    compiled = any(k[0] is device and k[2][0].dtype == x.dtype.name for k in kernel._compiled)
    if not takes_kernel(runtime, key, x.size, compiled):
        return None
    shape = tuple(extent for k, extent in enumerate(x.shape) if k not in axes)
    share = _share(runtime, outer * inner, n)
    current = x._native
    if share > 1:
        partial = runtime.empty((outer, share, inner), accumulate)
        _run(kernel, x, form, current, x.dtype, (outer, n, inner), partial, share, accumulate)
        # The partial results are few: each work-item takes all that belong to one result.
        current, n = partial, share
    result = runtime.empty(shape, accumulate)
    source = accumulate if share > 1 else x.dtype
    _run(kernel, x, form, current, source, (outer, n, inner), result, 1, accumulate)
    return Array(result, device)


def _share(runtime: Runtime, results: int, n: int) -> int:
    """How many work-items take part in one result: enough to keep the device busy, none idle."""
    if results >= runtime.parallelism or n < 32:
        return 1
    wanted = -(-runtime.parallelism // results)
    return max(1, min(wanted, int(math.sqrt(n))))


def _run(
    kernel: Kernel,
    x: Array,
    form: str,
    native: Any,
    dtype: np.dtype,
    shape: tuple[int, int, int],
    out: Any,
    share: int,
    accumulate: np.dtype,
) -> None:
    runtime = x.device.runtime
    outer, n, inner = shape
    if form == "columns":
        seen, made, extent = (outer, n, inner), (outer, share, inner), Range(outer, share, inner)
    else:
        seen, made = (outer, n), (outer, share)  # type: ignore[assignment]
        extent = Range(outer, share) if form == "rows" else Range(share, outer)
    types = (
        ArrayType(dtype.name, len(seen), "C"),
        "uint64",
        ArrayType(accumulate.name, len(made), "C"),
    )
    arguments = [
        *runtime.pack(native, "C", seen),
        *runtime.pack_scalar(n, "uint64"),
        *runtime.pack(out, "C", made),
    ]
    kernel.start(x.device, extent, types, arguments)


def _three_dimensional(x: Array, axes: Sequence[int]) -> tuple[int, int, int] | None:
    """x's shape as (outer, n, inner), if it is dense and the reduced axes lie side by side."""
    if not x._native.flags.c_contiguous:
        return None
    first, last = axes[0], axes[-1]
    if len(axes) != last - first + 1:
        return None
    return math.prod(x.shape[:first]), math.prod(x.shape[first : last + 1]), math.prod(x.shape[last + 1 :])
