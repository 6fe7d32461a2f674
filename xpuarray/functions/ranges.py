"""Numbers in a row: by a step, by a count, by a factor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np

from xpuarray.core.array import Array, allocated, made_by_numpy
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import as_dtype, default_float, promote
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import suits_numpy
from xpuarray.core.typing import Like, Number, Operand, Place, Scale
from xpuarray.functions import choosing, elementwise, manipulation, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype
from xpuarray.functions.operands import as_operand
from xpuarray.placement.devices import Device, as_device

__all__ = ["arange", "geomspace", "linspace", "logspace"]


_WHOLE = (int, np.integer)


@checked
def arange(
    start: Number | None = None,
    stop: Number | None = None,
    step: Number | None = 1,
    dtype: Any = None,
    *,
    device: Place = None,
    like: Like = None,
) -> Array:
    """start, start + step, ... up to, but without, stop; `arange(n)` counts from 0.

    Raises ZeroDivisionError for a step of 0.
    """
    place = as_device(device)
    step = 1 if step is None else step
    first, last = (0, start) if stop is None else (0 if start is None else start, stop)
    if last is None:
        raise TypeError("arange: needs an end: arange(stop), or arange(start, stop)")
    if step == 0:
        raise ZeroDivisionError("arange: the step must not be 0")
    if dtype is not None:
        wanted = as_dtype(dtype, place)
    else:
        integers = isinstance(first, _WHOLE) and isinstance(last, _WHOLE) and isinstance(step, _WHOLE)
        wanted = np.dtype(np.int64) if integers else default_float(place)
    extent = max(0, math.ceil((last - first) / step))
    return _brought(place, extent, wanted, lambda: np.arange(first, last, step, dtype=wanted))


@overload
def linspace(
    start: Number | Operand,
    stop: Number | Operand,
    num: int = 50,
    endpoint: bool = True,
    retstep: Literal[False] = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Place = None,
) -> Array: ...
@overload
def linspace(
    start: Number | Operand,
    stop: Number | Operand,
    num: int = 50,
    endpoint: bool = True,
    *,
    retstep: Literal[True],
    dtype: Any = None,
    axis: int = 0,
    device: Place = None,
) -> tuple[Array, Any]: ...
@checked
def linspace(
    start: Number | Operand,
    stop: Number | Operand,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Place = None,
) -> Any:
    """`num` values from start to stop, evenly spaced; `endpoint`: stop is the last; `retstep`: a tuple, with the step.

    Of arrays, the values between their elements, along a new axis, the place of which is `axis`.
    """
    if num < 0:
        raise ValueError(f"linspace: num must not be negative: {num}")
    if retstep:
        value = linspace(start, stop, num, endpoint, False, dtype, axis, device=device)
        parts = num - endpoint
        return value, (stop - start) / parts if parts > 0 else math.nan
    if isinstance(start, Array) or isinstance(stop, Array):
        value = _between(start, stop, num, endpoint)
        if dtype is not None:
            value = astype(elementwise.floor(value) if np.dtype(dtype).kind in "iu" else value, dtype, copy=False)
        value = manipulation.moveaxis(value, 0, axis)
        return value if device is None else value.to_device(device)
    normalise_axes("linspace", axis, 1)
    place = as_device(device)
    wanted = place.info.fit(np.result_type(start, stop, np.float64)) if dtype is None else as_dtype(dtype, place)
    return _brought(place, num, wanted, lambda: np.linspace(start, stop, num, dtype=wanted, endpoint=endpoint))


def _brought(place: Device, extent: int, dtype: np.dtype, make: Callable[[], np.ndarray]) -> Array:
    """What `make` gives, so many elements of that dtype, as an array."""
    if suits_numpy(place.runtime, extent):
        return made_by_numpy(make(), place)
    place.runtime.must_fit((extent,), dtype)
    return allocated(place.runtime.from_host(make()), place)


def _between(start: Any, stop: Any, num: int, endpoint: bool) -> Array:
    """`linspace` of arrays, by NumPy's steps, so that every bit is NumPy's."""
    place = common_device("linspace", start, stop)
    dtype = promote(place, start, stop, 1.0)
    first, last = (astype(as_operand("linspace", v, place), dtype, copy=False) for v in (start, stop))
    first, last = manipulation.broadcast_arrays(first, last)
    apart, parts = last - first, num - endpoint
    number = astype(arange(num, device=place), dtype).reshape((num,) + (1,) * first.ndim)
    if parts > 0:
        step = apart / parts
        # Where a step is too small to be a number, or nothing is between two, all are divided first.
        tiny = reductions.any(step == 0)
        number = choosing.where(tiny, number / parts * apart, number * step)
    else:
        number = number * apart
    value = number + first
    if endpoint and num > 1:
        value[-1] = last
    return value


@checked
def logspace(
    start: Number | Operand,
    stop: Number | Operand,
    num: int = 50,
    endpoint: bool = True,
    base: Scale = 10.0,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Place = None,
) -> Array:
    """`num` powers of `base`: to the exponents linspace(start, stop, num, endpoint), along `axis`; an array of bases
    broadcasts with start and stop."""
    if isinstance(base, Array) and base.ndim:
        ends = [as_operand("logspace", v, base.device) for v in (start, stop)]
        start, stop, base = manipulation.broadcast_arrays(*ends, base)
        base = manipulation.expand_dims(base, axis)
    value = elementwise.pow(base, linspace(start, stop, num, endpoint=endpoint, axis=axis, device=device))
    return value if dtype is None else astype(value, dtype)


@checked
def geomspace(
    start: Number | Operand,
    stop: Number | Operand,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Place = None,
) -> Array:
    """`num` values from start to stop along `axis`, each the one before times one factor.

    Neither may be 0; of real numbers of two signs all between the ends are NaN.
    """
    if not (isinstance(start, Array) or isinstance(stop, Array)):
        normalise_axes("geomspace", axis, 1)
        place = as_device(device)
        made: Any = np.geomspace(start, stop, 0)  # refuses 0
        wanted = place.info.fit(made.dtype) if dtype is None else as_dtype(dtype, place)
        with np.errstate(all="ignore"):
            return _brought(place, num, wanted, lambda: np.geomspace(start, stop, num, endpoint, wanted))
    ends = common_device("geomspace", start, stop)
    start, stop = (as_operand("geomspace", v, ends) for v in (start, stop))
    if not (bool(reductions.all(start)) and bool(reductions.all(stop))):
        raise ValueError("geomspace: a geometric sequence cannot include zero")
    sign = elementwise.sign(as_floating("geomspace", start))  # what is computed is turned to the positive real numbers
    first, last = (elementwise.log(v / sign) for v in (start, stop))
    value = sign * elementwise.exp(linspace(first, last, num, endpoint, device=device))
    if num > 0:
        value[0] = start
    if num > 1 and endpoint:
        value[-1] = stop
    value = manipulation.moveaxis(value, 0, axis)
    return value if dtype is None else astype(value, dtype)
