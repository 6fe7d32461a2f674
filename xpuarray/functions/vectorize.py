"""Elementwise operations of the user's own, which fuse like ours."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import as_dtype, promote
from xpuarray.core.shapes import broadcast
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.fusion import Operation, compute_now, defer, is_deferred
from xpuarray.fusion.plans import scalar
from xpuarray.placement.devices import Device
from xpuarray.text import must_be_function

__all__ = ["vectorize"]


@overload
def vectorize(function: Callable[..., Any], /, *, dtype: Any = None) -> Callable[..., Array]: ...
@overload
def vectorize(*, dtype: Any = None) -> Callable[[Callable[..., Any]], Callable[..., Array]]: ...
def vectorize(function: Callable[..., Any] | None = None, /, *, dtype: Any = None) -> Any:
    """Make a function of numbers an elementwise operation on arrays, compiled for their device.

    function: takes one element of each operand, converted to the operands' common dtype, and returns one
        element of the result; it may say what kernels may say
    dtype: of the result; by default the operands' common dtype

    The operation broadcasts, and takes scalars beside arrays, as the elementwise functions do; it is fused with
    what its operands come from and what is made of its result.  Raises what those raise, KernelCompileError for
    what a kernel can't do, and UnsupportedDTypeError for complex numbers and halves.

    >>> @xp.vectorize                                                      # doctest: +SKIP
    ... def soft_threshold(x, limit):
    ...     return math.copysign(max(abs(x) - limit, 0), x)
    >>> y = soft_threshold(x - xp.mean(x), 0.1) * 2                        # doctest: +SKIP
    """
    if function is None:
        return functools.partial(vectorize, dtype=dtype)
    must_be_function("vectorize", function)
    parameters = len(inspect.signature(function).parameters)

    @functools.lru_cache(maxsize=256)
    def operation(compute: np.dtype, result: np.dtype) -> Operation:
        def step(device: Device, operands: tuple[Any, ...]) -> Array:
            shape = broadcast(function.__name__, operands)
            value = compute_now(work, device, operands, shape, must=True)
            assert value is not None
            return value

        work = Operation(function.__name__, function, (compute.name,) * parameters, result, step)
        return work

    @functools.wraps(function)
    def vectorized(*operands: Any) -> Array:
        name = function.__name__
        if len(operands) != parameters:
            raise TypeError(f"{name} takes {parameters} operand(s), not {len(operands)}")
        device = common_device(name, *operands)
        common = promote(device, *operands)
        result = as_dtype(dtype, device) if dtype is not None else common
        if common.kind == "c" or np.float16 in (common, result):
            raise UnsupportedDTypeError(f"{name}: vectorize takes real numbers of at least 32 bits, not {common}")
        operands = tuple(o if type(o) is Array else scalar(name, o, common) for o in operands)
        shape = broadcast(name, operands)
        device.runtime.must_fit(shape, result)
        work = operation(common, result)
        if 0 in shape:
            return Array(device.runtime.empty(shape, result), device)
        return (
            defer(work, device, operands, shape)
            if is_deferred(device, math.prod(shape), operands)
            else work.step(device, operands)
        )

    return vectorized
