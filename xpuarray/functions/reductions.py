"""Statistical and utility functions of the Array API standard: reductions over any axes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.host.library import numpy_library
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, explaining, library_call, record, route
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import small
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import as_dtype, astype, default_float
from xpuarray.functions.operators import operation, operations
from xpuarray.fusion import (
    Reduction,
    awaits_rows,
    defer,
    is_deferred,
    reduce_by_kernel,
    scan_by_kernel,
    suits_rows,
)
from xpuarray.kernels import reduce as kernels
from xpuarray.placement.devices import Device

__all__ = [
    "all", "any", "cumulative_prod", "cumulative_sum", "logsumexp", "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip

Axis = int | Sequence[int] | None


class Row(NamedTuple):
    """One reduction."""

    name: str
    combine: Callable[..., Any]
    empty: Any  #: the result of reducing nothing; None if that is an error
    domain: str  #: kinds of dtype it takes


_ROWS = {
    row.name: row
    for row in (
        Row("sum", kernels.add, 0, "biufc"),
        Row("prod", kernels.multiply, 1, "biufc"),
        Row("min", kernels.minimum, None, "biuf"),
        Row("max", kernels.maximum, None, "biuf"),
        Row("any", kernels.logical_or, False, "biufc"),
        Row("all", kernels.logical_and, True, "biufc"),
    )
}


def normalise_axes(name: str, axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes, non-negative and sorted.  Raises IndexError out of bounds, ValueError for repeats."""
    if axis is None:
        return tuple(range(ndim))
    given = (axis,) if hasattr(axis, "__index__") else tuple(axis)  # type: ignore[arg-type]
    for a in given:
        if not -ndim <= a < ndim:  # type: ignore[operator]
            raise IndexError(f"{name}: axis {a} is out of bounds for {ndim} dimension(s)")
    axes = sorted(a % ndim for a in given)  # type: ignore[operator]
    if len(set(axes)) != len(axes):
        raise ValueError(f"{name}: an axis appears twice in {given}")
    return tuple(axes)


def _reduced(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shape with the axes kept, of extent 1, and that of the result."""
    kept = tuple(1 if k in axes else extent for k, extent in enumerate(shape))
    return kept, kept if keepdims else tuple(extent for k, extent in enumerate(shape) if k not in axes)


def _reduce(name: str, x: Array, axis: Axis, keepdims: bool, dtype: np.dtype) -> Array:
    """x reduced over the axes; `dtype` is the result's."""
    device, row = common_device(name, x), _ROWS[name]
    if x.dtype.kind not in row.domain:
        raise UnsupportedDTypeError(f"{name} is not defined for {x.dtype}")
    axes = normalise_axes(name, axis, x.ndim)
    kept, shape = _reduced(x.shape, axes, keepdims)
    if x.size == 0:
        if row.empty is None and 0 in [x.shape[k] for k in axes]:
            raise ValueError(f"{name}: nothing to reduce: axis of extent 0 in {x.shape}")
        return full(shape, row.empty or 0, dtype, device=device)
    if x.size <= device.runtime.host_until > 0 and route() == "auto":
        return _by_numpy(name, x, axes, keepdims, dtype)
    if not axes:  # CuPy 14 would take small singles for 0
        return x != 0 if name in ("any", "all") else astype(x, dtype)
    if x.dtype.kind != "c" and np.float16 not in (x.dtype, dtype):
        accumulator = _accumulator(name, dtype, x)
        if _may_wait(x, axes, keepdims):
            column = defer(_reduction(row, dtype, accumulator), device, (x,), kept)
            return column if keepdims else operations["reshape"](column, shape)
        value = reduce_by_kernel(x, axes, row.combine, _start(row, accumulator), accumulator, shape, dtype)
        if value is not None:
            return astype(value, dtype, copy=False)
    library = device.runtime.library
    if name in ("any", "all") and device.runtime.faults.needs_kernel("not_equal", x.dtype):
        x = operations["not_equal"](x, 0)  # the library would take small numbers for 0
    options = {"dtype": _accumulator(name, dtype, x)} if name in ("sum", "prod") else {}
    value = library.asarray(library_call(name, device, name, x._native, axis=axes, keepdims=keepdims, **options))
    return Array(value if value.dtype == dtype else library.astype(value, dtype), device)


def _may_wait(x: Array, axes: tuple[int, ...], keepdims: bool) -> bool:
    """Whether the reduction becomes a part of an expression: on GPUs, if it is of rows, and has the shape that
    arithmetic with the rows takes."""
    if axes != (x.ndim - 1,) or not is_deferred(x.device, x.size) or not suits_rows(x.device.runtime, x.shape):
        return False
    return keepdims or awaits_rows(x)


@functools.lru_cache(maxsize=256)
def _reduction(row: Row, dtype: np.dtype, accumulator: np.dtype) -> Reduction:
    """The reduction of rows as a part of an expression."""

    def step(device: Device, operands: tuple[Any, ...]) -> Array:
        return _reduce(row.name, operands[0], -1, True, dtype)

    return Reduction(row.name, row.combine, accumulator, dtype, step, _start(row, accumulator))


def _by_numpy(name: str, x: Array, axes: tuple[int, ...], keepdims: bool, dtype: np.dtype) -> Array:
    """Few elements, by NumPy on memory that host and device share."""
    options = {"dtype": _accumulator(name, dtype, x)} if name in ("sum", "prod") else {}
    if explaining():
        record(name, x.device, f"NumPy {name} on shared memory")
    with np.errstate(all="ignore"):
        value = getattr(np, name)(x._host_values(), axis=axes, keepdims=keepdims, **options)
    return small.made(np.asarray(value, dtype), x.device)


@functools.lru_cache(maxsize=256)
def _start(row: Row, dtype: np.dtype) -> Any:
    """What combines with any element to that element."""
    if row.empty is not None:
        return dtype.type(row.empty)
    least = row.name == "max"
    if dtype.kind == "b":
        return dtype.type(not least)
    if dtype.kind == "f":
        return dtype.type(-np.inf if least else np.inf)
    return dtype.type(np.iinfo(dtype).min if least else np.iinfo(dtype).max)


def _accumulator(name: str, dtype: np.dtype, x: Array) -> np.dtype:
    """Sums of singles are accumulated in doubles where there are any: as accurate as NumPy's
    pairwise sums, and no slower, as memory is the limit.  Those of halves, in singles."""
    if name in ("sum", "prod") and dtype == np.float32:
        return default_float(x.device)
    if name in ("sum", "prod") and dtype == np.float16:
        return np.dtype(np.float32)
    return dtype


def _sum_dtype(x: Array, dtype: Any) -> np.dtype:
    if dtype is not None:
        return as_dtype(dtype, x.device)
    return np.dtype({"b": np.int64, "i": np.int64, "u": np.uint64}.get(x.dtype.kind, x.dtype))


@operation
def sum(x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The sum over `axis` (an int, several, or None for all).

    Integers and bools are summed in 64 bits, singles in doubles where the device has them.

    >>> xp.sum(xp.ones((2, 3)), axis=1)                                    # doctest: +SKIP
    """
    common_device("sum", x)
    return _reduce("sum", _converted(x, dtype), axis, keepdims, _sum_dtype(x, dtype))


@operation
def prod(x: Array, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Array:
    """The product over `axis`; dtypes as in `sum`."""
    common_device("prod", x)
    return _reduce("prod", _converted(x, dtype), axis, keepdims, _sum_dtype(x, dtype))


def _converted(x: Array, dtype: Any) -> Array:
    """Elements take the requested dtype before they are combined, as in NumPy."""
    return x if dtype is None else astype(x, dtype, copy=False)


def _same_dtype(name: str, doc: str) -> Callable[..., Array]:
    def function(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
        common_device(name, x)
        dtype = np.dtype(bool) if name in ("any", "all") else x.dtype
        return _reduce(name, x, axis, keepdims, dtype)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return operation(function)


min = _same_dtype("min", "The least element over `axis`; NaN if there is one.  ValueError if there is none.")
max = _same_dtype("max", "The greatest element over `axis`; NaN if there is one.  ValueError if there is none.")
any = _same_dtype("any", "Whether any element over `axis` is not 0; an array of bool.")
all = _same_dtype("all", "Whether all elements over `axis` are not 0; an array of bool.")


def _floating(name: str, x: Array) -> tuple[Array, np.dtype]:
    """x as what its statistics are computed in, and the result's dtype."""
    common_device(name, x)
    result = default_float(x.device) if x.dtype.kind in "biu" else x.dtype
    return astype(x, np.float32 if result == np.float16 else result, copy=False), result


def _count(x: Array, axis: Axis, name: str) -> int:
    total = 1
    for k in normalise_axes(name, axis, x.ndim):
        total *= x.shape[k]
    return total


@operation
def mean(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """The arithmetic mean over `axis`; NaN for nothing.  Integers give the default float."""
    x, result = _floating("mean", x)
    value = sum(x, axis=axis, keepdims=keepdims) / _float(_count(x, axis, "mean"))
    return astype(value, result, copy=False)


def _float(value: float) -> Any:
    return np.float64(value).item()


def _variance(name: str, x: Array, axis: Axis, correction: float, keepdims: bool) -> tuple[Array, np.dtype]:
    x, result = _floating(name, x)
    distance = operations["abs"](x - mean(x, axis=axis, keepdims=True))
    free = _count(x, axis, name) - correction
    value = sum(distance * distance, axis=axis, keepdims=keepdims) / _float(free if free > 0 else 0)
    return value, np.dtype(f"f{result.itemsize // 2}") if result.kind == "c" else result


@operation
def var(x: Array, /, *, axis: Axis = None, correction: float = 0, keepdims: bool = False) -> Array:
    """The variance over `axis`: the mean square distance from the mean, divided by n - correction.

    Two passes (mean first), so that it is accurate where the mean is large.
    """
    value, result = _variance("var", x, axis, correction, keepdims)
    return astype(value, result, copy=False)


@operation
def std(x: Array, /, *, axis: Axis = None, correction: float = 0, keepdims: bool = False) -> Array:
    """The standard deviation over `axis`: the square root of `var`."""
    value, result = _variance("std", x, axis, correction, keepdims)
    return astype(operations["sqrt"](value), result, copy=False)


@operation
def logsumexp(x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis` (an int, several, or None for all); of nothing, -inf.

    The greatest element is subtracted before, and added after: nothing overflows, and one term at least does not
    vanish.  Singles are summed in doubles where the device has them.  Integers give the default float.

    Raises UnsupportedDTypeError for complex numbers.

    >>> xp.logsumexp(xp.asarray([1000.0, 1000.0]))                         # doctest: +SKIP
    Array(1000.6931471805599, device='opencl:cpu:0')
    """
    x, result = _floating("logsumexp", x)
    if x.dtype.kind == "c":
        raise UnsupportedDTypeError(f"logsumexp is not defined for {x.dtype}")
    axes = normalise_axes("logsumexp", axis, x.ndim)
    _, shape = _reduced(x.shape, axes, keepdims)
    if 0 in [x.shape[k] for k in axes]:
        return full(shape, -np.inf, result, device=x.device)
    most = max(x, axis=axes, keepdims=True)
    most = operations["where"](operations["isfinite"](most), most, 0)  # infinities have no distance
    wide = default_float(x.device) if x.dtype == np.float32 else x.dtype
    total = sum(operations["exp"](x - most), axis=axes, keepdims=True, dtype=wide)
    return operations["reshape"](astype(operations["log"](total) + most, result, copy=False), shape)


def _cumulative(name: str, row: Row) -> Callable[..., Array]:
    def function(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
        device = common_device(name, x)
        if axis is None:
            if x.ndim != 1:
                raise ValueError(f"{name}: axis is needed for {x.ndim} dimensions")
            axis = 0
        (axis,) = normalise_axes(name, axis, x.ndim)
        result = _sum_dtype(x, dtype)
        x = _converted(x, dtype)
        accumulator = _accumulator(row.name, result, x)
        options = {"axis": axis, "dtype": accumulator, "include_initial": include_initial}
        if x.size <= device.runtime.host_until > 0 and route() == "auto":
            if explaining():
                record(name, device, f"NumPy {name} on shared memory")
            value = small.quietly(lambda: getattr(numpy_library(), name)(x._host_values(), **options))
            return small.made(np.asarray(value, result), device)
        if x.size and x.dtype.kind != "c" and result.kind in "iuf" and np.float16 not in (x.dtype, result):
            # Parts of a product of floats may be infinite or 0 where the whole is not.
            divisible = row.name == "sum" or result.kind in "iu"
            start = _start(row, accumulator)
            must = device.runtime.faults.needs_kernel(name, result)
            scanned = scan_by_kernel(x, axis, row.combine, start, result, include_initial, divisible, must)
            if scanned is not None:
                return scanned
        value = library_call(name, device, name, x._native, **options)
        if value.dtype != result:
            value = small.quietly(device.runtime.library.astype, value, result)
        return Array(value, device)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The {name.replace('_', ' ')} along `axis`; dtypes as in `{name[11:]}`."
    return operation(function)


cumulative_sum = _cumulative("cumulative_sum", _ROWS["sum"])
cumulative_prod = _cumulative("cumulative_prod", _ROWS["prod"])
