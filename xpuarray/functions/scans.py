"""Running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.backends.host.library import numpy_library
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, quietly, suits_numpy
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.reductions import ROWS, accumulator_of, start_of, sum_dtype
from xpuarray.functions.signatures import write_out, write_sum
from xpuarray.fusion import scan_by_kernel

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum"]


@checked
def cumulative_sum(
    x: Array,
    /,
    axis: int | None = None,
    dtype: Any = None,
    out: Array | None = None,
    *,
    include_initial: bool = False,
) -> Array:
    """The cumulative sum along `axis`; dtypes as in `sum`.  include_initial: begin with 0"""
    return write_out("cumulative_sum", _cumulative("cumulative_sum", "sum", x, axis, dtype, include_initial), out)


@checked
def cumulative_prod(
    x: Array,
    /,
    axis: int | None = None,
    dtype: Any = None,
    out: Array | None = None,
    *,
    include_initial: bool = False,
) -> Array:
    """The cumulative product along `axis`; dtypes as in `prod`.  include_initial: begin with 1"""
    return write_out("cumulative_prod", _cumulative("cumulative_prod", "prod", x, axis, dtype, include_initial), out)


@checked
def cumsum(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """The running sum along `axis` (None: of a flattened)."""
    flat = a.reshape((-1,)) if axis is None else a
    return write_sum("cumsum", a, cumulative_sum(flat, axis or 0, dtype), out)


@checked
def cumprod(a: Array, axis: int | None = None, dtype: Any = None, out: Array | None = None) -> Array:
    """The running product along `axis` (None: of a flattened)."""
    flat = a.reshape((-1,)) if axis is None else a
    return write_sum("cumprod", a, cumulative_prod(flat, axis or 0, dtype), out)


def _cumulative(name: str, of: str, x: Array, axis: int | None, dtype: Any, include_initial: bool) -> Array:
    """of: the reduction whose steps these are"""
    device, row = common_device(name, x), ROWS[of]
    x = x if x.ndim else x.reshape(1)  # as NumPy takes a number
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"{name}: axis is needed for {x.ndim} dimensions")
        axis = 0
    (axis,) = normalise_axes(name, axis, x.ndim)
    result = sum_dtype(x, dtype)
    x = x if dtype is None else astype(x, dtype, copy=False)
    accumulator = accumulator_of(of, result, x)
    options = {"axis": axis, "dtype": accumulator, "include_initial": include_initial}
    kernels = x.dtype.kind != "c" and result.kind in "iuf" and np.float16 not in (x.dtype, result)
    if suits_numpy(device.runtime, x.size, None if kernels else "complex"):
        accumulate = getattr(numpy_library(), name)
        return by_numpy(
            name, device, lambda values: np.asarray(accumulate(values, **options), result), x._host_values()
        )
    if x.size and kernels:
        # Parts of a product of floats may be infinite or 0 where the whole is not.
        divisible = of == "sum" or result.kind in "iu"
        must = device.runtime.faults.needs_kernel(name, result)
        start = start_of(row, accumulator)
        scanned = scan_by_kernel(x, axis, row.combine, start, result, include_initial, divisible, must)
        if scanned is not None:
            return scanned
    value = library_call(name, device, name, x._native, **options)
    if value.dtype != result:
        value = quietly(device.runtime.library.astype, value, result)
    return Array(value, device)
