"""Numbers in a row: by a step, by a count, by a factor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from xpuarray.core.array import Array, allocated
from xpuarray.core.promotion import as_dtype, default_float
from xpuarray.core.typing import Place
from xpuarray.functions import elementwise
from xpuarray.functions.data_types import astype
from xpuarray.functions.signatures import check_ignored
from xpuarray.placement.devices import as_device

__all__ = ["arange", "geomspace", "linspace", "logspace"]


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Place = None) -> Array:
    """start, start + step, ... up to, but without, stop; `arange(n)` counts from 0.

    Raises ValueError for a step of 0.
    """
    place = as_device(device)
    first, last = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ValueError("arange: the step must not be 0")
    integers = all(isinstance(v, (int, np.integer)) for v in (first, last, step))
    usual = np.dtype(np.int64) if integers else default_float(place)
    wanted = usual if dtype is None else as_dtype(dtype, place)
    place.runtime.must_fit((max(0, math.ceil((last - first) / step)),), wanted)
    return allocated(place.runtime.from_host(np.arange(first, last, step, dtype=wanted)), place)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    *,
    device: Place = None,
) -> Array:
    """`num` values from start to stop, evenly spaced; `endpoint`: stop is the last.  `retstep` is not supported."""
    check_ignored("linspace", retstep=retstep)
    place = as_device(device)
    if num < 0:
        raise ValueError(f"linspace: num must not be negative: {num}")
    wanted = place.info.fit(np.result_type(start, stop, np.float64)) if dtype is None else as_dtype(dtype, place)
    place.runtime.must_fit((num,), wanted)
    return allocated(place.runtime.from_host(np.linspace(start, stop, num, dtype=wanted, endpoint=endpoint)), place)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: Any = None,
    *,
    device: Place = None,
) -> Array:
    """`num` powers of `base`: to the exponents linspace(start, stop, num, endpoint)."""
    value = elementwise.pow(base, linspace(start, stop, num, endpoint=endpoint, device=device))
    return value if dtype is None else astype(value, dtype)


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, *, device: Place = None
) -> Array:
    """`num` values from start to stop, each a multiple of the one before by one factor (both of one sign, not 0)."""
    if start * stop <= 0:
        raise ValueError(f"geomspace: {start} and {stop} must have one sign")
    sign = -1.0 if start < 0 else 1.0
    value = sign * elementwise.exp(
        linspace(math.log(abs(start)), math.log(abs(stop)), num, endpoint=endpoint, device=device)
    )
    if num > 0:
        value[0] = start
    if num > 1 and endpoint:
        value[-1] = stop
    return value if dtype is None else astype(value, dtype)
