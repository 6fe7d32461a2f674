"""Reductions over any axes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray.core.array import Array, as_result, result_of
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.modes import current
from xpuarray.core.plans import Bounded
from xpuarray.core.promotion import as_dtype, default_float
from xpuarray.core.quick import plans
from xpuarray.core.quick_reductions import Reducing, reducer
from xpuarray.core.shapes import reduced, reduced_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy, within_reach
from xpuarray.core.typing import Axis
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import choosing, elementwise
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import as_operand
from xpuarray.functions.signatures import write_out
from xpuarray.fusion import Reduction, awaits_rows, defer, is_deferred, reduce_by_kernel, suits_rows
from xpuarray.fusion.launches import Launch
from xpuarray.fusion.reduction import again
from xpuarray.kernels import reduce as kernels
from xpuarray.lang.counterpart import counterpart
from xpuarray.placement.devices import Device

__all__ = ["all", "amax", "amin", "any", "logsumexp", "max", "min", "prod", "sum"]


class Row(NamedTuple):
    """One reduction."""

    name: str
    combine: Callable[..., Any]  #: two elements, in a kernel
    merge: Callable[..., Array]  #: two arrays: a result with NumPy's `initial`
    ufunc: np.ufunc  #: NumPy's, by which few elements are reduced
    empty: Any  #: the result of reducing nothing; None if that is an error
    domain: str  #: kinds of dtype it takes


ROWS = {
    row.name: row
    for row in (
        Row("sum", kernels.add, elementwise.add, np.add, 0, "biufc"),
        Row("prod", kernels.multiply, elementwise.multiply, np.multiply, 1, "biufc"),
        Row("min", kernels.minimum, elementwise.minimum, np.minimum, None, "biufc"),
        Row("max", kernels.maximum, elementwise.maximum, np.maximum, None, "biufc"),
        Row("any", kernels.logical_or, elementwise.logical_or, np.logical_or, False, "biufc"),
        Row("all", kernels.logical_and, elementwise.logical_and, np.logical_and, True, "biufc"),
    )
}


def _reduce(
    name: str, x: Array, axis: Axis, keepdims: bool, dtype: np.dtype, used: list[Launch] | None = None
) -> Array:
    """x reduced over the axes; `dtype` is the result's; used: gets the launches, if they are all it takes."""
    device, row = common_device(name, x), ROWS[name]
    axes = reduced_axes(name, axis, x.ndim)
    kept, shape = reduced(x.shape, axes, keepdims)
    if x.size == 0:
        if row.empty is None and 0 in [x.shape[k] for k in axes]:
            raise ValueError(f"{name}: nothing to reduce: axis of extent 0 in {x.shape}")
        return full(shape, row.empty or 0, dtype, device=device)
    kernels = x.dtype.kind != "c" and np.float16 not in (x.dtype, dtype)
    if suits_numpy(device.runtime, x.size, None if kernels else "complex") or _decides_early(name, x):
        return _by_numpy(name, x, axes, keepdims, dtype)
    if not axes:  # CuPy 14 would take small singles for 0
        return as_result(x != 0 if name in ("any", "all") else astype(x, dtype))
    if kernels:
        accumulator = accumulator_of(name, dtype, x)
        if _may_wait(x, axes, keepdims):
            column = defer(_reduction(row, dtype, accumulator), device, (x,), kept)
            return column if keepdims else as_result(column.reshape(shape))
        value = reduce_by_kernel(x, axes, row.combine, start_of(row, accumulator), accumulator, shape, dtype, used)
        if value is not None:
            if used and value.dtype != dtype:
                used.clear()
            return astype(value, dtype, copy=False)
    library = device.runtime.library
    if name in ("any", "all") and device.runtime.faults.needs_kernel("not_equal", x.dtype):
        x = x != 0  # the library would take small numbers for 0
    options = {"dtype": accumulator_of(name, dtype, x)} if name in ("sum", "prod") else {}
    value = library.asarray(library_call(name, device, name, x._native, axis=axes, keepdims=keepdims, **options))
    return result_of(value if value.dtype == dtype else library.astype(value, dtype), device)


def _decides_early(name: str, x: Array) -> bool:
    """Whether NumPy looks at no more than it has to, where a kernel looks at all: bools that are there."""
    here = name in ("any", "all") and x.dtype == bool and x._expression is None
    return here and within_reach(x) is not None


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

    return Reduction(row.name, row.combine, accumulator, dtype, step, start_of(row, accumulator))


def _by_numpy(name: str, x: Array, axes: tuple[int, ...], keepdims: bool, dtype: np.dtype) -> Array:
    """Few elements, by NumPy on memory that host and device share."""
    accumulator = accumulator_of(name, dtype, x) if name in ("sum", "prod") else None

    def reduce(values: Any) -> Any:
        return np.asarray(ROWS[name].ufunc.reduce(values, axes, accumulator, keepdims=keepdims), dtype)

    return by_numpy(name, x.device, reduce, x._host_values())


class ReductionPlan(Reducing):
    """A reduction of arrays of one dtype."""

    __slots__ = ("launches", "name")

    def __init__(self, name: str, x: Array, dtype: Any):
        """dtype: as the caller gave it.  Raises UnsupportedDTypeError."""
        if x.dtype.kind not in ROWS[name].domain:
            raise UnsupportedDTypeError(f"{name} is not defined for {x.dtype}")
        self.name = name
        if name in ("any", "all"):
            result = np.dtype(bool)
        elif name in ("sum", "prod"):
            result = sum_dtype(x, dtype)
        else:
            result = x.dtype
        accumulator = accumulator_of(name, result, x) if name in ("sum", "prod") else None
        super().__init__(x._device, x.dtype, ROWS[name].ufunc.reduce, accumulator, result)
        #: (type and shape of what is dense, axis, keepdims, fusion) -> the launches that have reduced it
        self.launches: Bounded[Any, list[Launch]] = Bounded(256)

    def run(self, x: Array, axis: Axis, keepdims: bool) -> Array:
        """x, of that dtype, reduced."""
        value = self.at_hand(x, axis, keepdims)
        if value is not None:
            return self.made(value)
        flat, modes = x._flat_argument() if x._buffer is not None and _is_plain(axis) else None, current()
        if flat is None or not modes.ordinary:
            return _reduce(self.name, x, axis, keepdims, self.result)
        key = flat[0], x.shape, axis, keepdims, modes.fusion
        launches = self.launches.get(key)
        if launches is not None:
            return again(launches, (x,), x._device)
        used: list[Launch] = []
        made = _reduce(self.name, x, axis, keepdims, self.result, used)
        if used:
            self.launches[key] = used
        return made


def _is_plain(axis: Any) -> bool:
    """Whether it is made of Python's integers, by which it is found again."""
    return axis is None or type(axis) is int or (type(axis) is tuple and set(map(type, axis)) <= {int})


@functools.lru_cache(maxsize=256)
def start_of(row: Row, dtype: np.dtype) -> Any:
    """What combines with any element to that element."""
    if row.empty is not None:
        return dtype.type(row.empty)
    least = row.name == "max"
    if dtype.kind == "b":
        return dtype.type(not least)
    if dtype.kind == "f":
        return dtype.type(-np.inf if least else np.inf)
    return dtype.type(np.iinfo(dtype).min if least else np.iinfo(dtype).max)


def accumulator_of(name: str, dtype: np.dtype, x: Array) -> np.dtype:
    """Sums of singles are accumulated in doubles where there are any: as accurate as NumPy's
    pairwise sums, and no slower, as memory is the limit.  Those of halves, in singles."""
    if name in ("sum", "prod") and dtype == np.float32:
        return default_float(x.device)
    if name in ("sum", "prod") and dtype == np.float16:
        return np.dtype(np.float32)
    return dtype


def sum_dtype(x: Array, dtype: Any) -> np.dtype:
    if dtype is not None:
        return as_dtype(dtype, x.device)
    return np.dtype({"b": np.int64, "i": np.int64, "u": np.uint64}.get(x.dtype.kind, x.dtype))


def computed_in(name: str, x: Array) -> tuple[Array, np.dtype]:
    """x as what its statistics are computed in, and the result's dtype."""
    common_device(name, x)
    result = default_float(x._device) if x.dtype.kind in "biu" else x.dtype
    wide = np.dtype(np.float32) if result.char == "e" else result
    return (x if wide == x.dtype else astype(x, wide)), result


def free_degrees(ddof: float, correction: float | None) -> float:
    """What is taken off the number of elements, under either of its names.  Raises ValueError for both at once."""
    if correction is not None and ddof:
        raise ValueError(f"ddof {ddof} and correction {correction} are two names of one parameter; give one")
    return ddof if correction is None else correction


def logsumexp(x: Array, /, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis` (an int, several, or None for all); of nothing, -inf.

    The greatest element is subtracted before, and added after: nothing overflows, and one term at least does not
    vanish.  Singles are summed in doubles where the device has them.  Integers give the default float.

    Raises UnsupportedDTypeError for complex numbers.

    >>> xp.logsumexp(xp.asarray([1000.0, 1000.0]))                         # doctest: +SKIP
    Array(1000.6931471805599, device='opencl:cpu:0')
    """
    x, result = computed_in("logsumexp", x)
    if x.dtype.kind == "c":
        raise UnsupportedDTypeError(f"logsumexp is not defined for {x.dtype}")
    axes = reduced_axes("logsumexp", axis, x.ndim)
    _, shape = reduced(x.shape, axes, keepdims)
    if 0 in [x.shape[k] for k in axes]:
        return full(shape, -np.inf, result, device=x.device)
    most = max(x, axis=axes, keepdims=True)
    most = choosing.where(elementwise.isfinite(most), most, 0)  # infinities have no distance
    wide = default_float(x.device) if x.dtype == np.float32 else x.dtype
    total = sum(elementwise.exp(x - most), axis=axes, keepdims=True, dtype=wide)
    return astype(elementwise.log(total) + most, result, copy=False).reshape(shape)


# -- NumPy's `where` and `initial` ----------------------------------------------------------------


def mask_of(name: str, x: Array, where: Any) -> Array:
    """`where`, in x's shape."""
    mask = as_operand(name, where, x.device)
    common_device(name, x, mask)
    if mask.dtype != np.bool_:
        raise TypeError(f"{name}: where is an array of bool, not of {mask.dtype}")
    return Array(x.device.runtime.library.broadcast_to(mask._native, x.shape), x.device)


def _extended(name: str, x: Array, axis: Axis, keepdims: bool, dtype: np.dtype, initial: Any, where: Any) -> Array:
    """x reduced, elements that don't count replaced by what changes nothing; `initial` is combined with the result."""
    row = ROWS[name]
    if where is not True:
        filler = initial if row.empty is None else row.empty
        if filler is None:
            raise ValueError(f"{name}: with `where` there may be nothing to reduce; give `initial`")
        x = astype(choosing.where(mask_of(name, x, where), x, filler), x.dtype, copy=False)
    elif row.empty is None and initial is not None and x.size == 0:
        _, shape = reduced(x.shape, reduced_axes(name, axis, x.ndim), keepdims)
        return full(shape, initial, x.dtype, device=x.device)
    value = _reduce(name, x, axis, keepdims, dtype)
    return value if initial is None else astype(row.merge(value, initial), value.dtype, copy=False)


# -- the public functions -------------------------------------------------------------------------


def plan_of(name: str, x: Array, dtype: Any) -> ReductionPlan:
    """The plan of a reduction; dtype: as the caller gave it.  Raises UnsupportedDTypeError."""
    key = name, x._device, x.dtype, dtype
    plan = plans.get(key)
    if plan is None:
        plan = plans[key] = ReductionPlan(name, x, dtype)
    return plan


def _whole(
    name: str, a: Array, axis: Axis, dtype: Any, out: Array | None, keepdims: bool, initial: Any, where: Any
) -> Array:
    """What all reductions do with their parameters; dtype: of sums and products"""
    if type(a) is not Array:
        a = as_operand(name, a, None)
    plan = plan_of(name, a, dtype)
    if dtype is not None:
        a = astype(a, dtype, copy=False)  # elements take it before they are combined, as in NumPy
    if where is True and initial is None:
        value = plan.run(a, axis, keepdims)
    else:
        value = _extended(name, a, axis, keepdims, plan.result, initial, where)
    return value if out is None else write_out(name, value, out)


_sum, _prod, _min, _max, _any, _all = (reducer(name, _whole) for name in ROWS)


@counterpart("sum")
def sum(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """The sum over `axis` (an int, several, or None for all).

    Integers and bools are summed in 64 bits, singles in doubles where the device has them.

    initial: what is added to it; where: an array of bool that broadcasts: which elements count

    >>> xp.sum(xp.ones((2, 3)), axis=1)                                    # doctest: +SKIP
    """
    return _sum(a, axis, dtype, out, keepdims, initial, where)


@counterpart("prod")
def prod(
    a: Array,
    axis: Axis = None,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """The product over `axis`; dtypes as in `sum`."""
    return _prod(a, axis, dtype, out, keepdims, initial, where)


@counterpart("min")
def min(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """The least element over `axis`; NaN if there is one.  ValueError if there is none."""
    return _min(a, axis, None, out, keepdims, initial, where)


@counterpart("max")
def max(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """The greatest element over `axis`; NaN if there is one.  ValueError if there is none."""
    return _max(a, axis, None, out, keepdims, initial, where)


amin, amax = min, max


@counterpart("any")
def any(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    *,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """Whether any element over `axis` is not 0; an array of bool."""
    return _any(a, axis, None, out, keepdims, initial, where)


@counterpart("all")
def all(
    a: Array,
    axis: Axis = None,
    out: Array | None = None,
    keepdims: bool = False,
    *,
    initial: Any = None,
    where: Any = True,
) -> Array:
    """Whether all elements over `axis` are not 0; an array of bool."""
    return _all(a, axis, None, out, keepdims, initial, where)
