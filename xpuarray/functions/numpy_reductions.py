"""NumPy's `where` and `initial` of reductions: elements that don't count, and what a reduction starts from."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.numpy_outputs import beside
from xpuarray.functions.statistics import floating

__all__ = ["WITH_WHERE", "with_where"]

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


def _mask(name: str, x: Array, where: Any) -> Array:
    mask = beside(name, where, x.device)
    common_device(name, x, mask)
    if mask.dtype != np.bool_:
        raise TypeError(f"{name}: where is an array of bool, not of {mask.dtype}")
    return xp.broadcast_to(mask, x.shape)


def _reduction(neutral: Any, combine: str) -> Callable[..., Any]:
    """neutral: what stands for elements that don't count (None: `initial`, which then has to be given)."""

    def extended(name: str, function: Callable[..., Array]) -> Callable[..., Array]:
        def reduction(x: Array, /, *, where: Any = True, initial: Any = None, **options: Any) -> Array:
            if where is not True:
                filler = neutral if neutral is not None else initial
                if filler is None:
                    raise ValueError(f"{name}: with `where` there may be nothing to reduce; give `initial`")
                x = xp.astype(xp.where(_mask(name, x, where), x, filler), x.dtype, copy=False)
            elif neutral is None and initial is not None and x.size == 0:
                shape = xp.sum(x, axis=options.get("axis"), keepdims=options.get("keepdims", False)).shape
                return xp.full(shape, initial, x.dtype, device=x.device)
            value = function(x, **options)
            if initial is None:
                return value
            return xp.astype(getattr(xp, combine)(value, initial), value.dtype, copy=False)

        return reduction

    return extended


def _mean(name: str, function: Callable[..., Array]) -> Callable[..., Array]:
    def mean(x: Array, /, *, where: Any = True, axis: Any = None, keepdims: bool = False) -> Array:
        if where is True:
            return function(x, axis=axis, keepdims=keepdims)
        x = floating(name, x)
        mask = _mask(name, x, where)
        total = xp.sum(xp.where(mask, x, 0), axis=axis, keepdims=keepdims)
        return xp.astype(total / _counted(mask, x, axis, keepdims), x.dtype, copy=False)

    return mean


def _variance(name: str, function: Callable[..., Array]) -> Callable[..., Array]:
    def variance(
        x: Array, /, *, where: Any = True, axis: Any = None, correction: float = 0, keepdims: bool = False
    ) -> Array:
        if where is True:
            return function(x, axis=axis, correction=correction, keepdims=keepdims)
        x = floating(name, x)
        mask = _mask(name, x, where)
        mean = xp.sum(xp.where(mask, x, 0), axis=axis, keepdims=True) / _counted(mask, x, axis, True)
        distance = xp.abs(xp.where(mask, x - mean, 0))
        free = _counted(mask, x, axis, keepdims) - correction
        value = xp.sum(distance * distance, axis=axis, keepdims=keepdims) / xp.clip(free, min=0.0)
        return xp.sqrt(value) if name == "std" else value

    return variance


def _counted(mask: Array, x: Array, axis: Any, keepdims: bool) -> Array:
    real = xp.real(x).dtype if x.dtype.kind == "c" else x.dtype
    return xp.sum(xp.astype(mask, real), axis=axis, keepdims=keepdims)


#: reduction -> (name, function) -> the function with `where`, and `initial` where NumPy's has it
WITH_WHERE: dict[str, Callable[[str, Callable[..., Array]], Callable[..., Array]]] = {
    "sum": _reduction(0, "add"),
    "prod": _reduction(1, "multiply"),
    "max": _reduction(None, "maximum"),
    "min": _reduction(None, "minimum"),
    "any": _reduction(False, "logical_or"),
    "all": _reduction(True, "logical_and"),
    "mean": _mean,
    "var": _variance,
    "std": _variance,
}


def with_where(name: str, function: Callable[..., Array]) -> Callable[..., Array]:
    """The standard's reduction with the parameters that NumPy's has besides."""
    extended: Any = WITH_WHERE[name](name, function)
    extended.__name__, extended.__qualname__, extended.__doc__ = name, name, function.__doc__
    known = inspect.signature(function).parameters
    added = [p for p in inspect.signature(extended).parameters.values() if p.name in ("where", "initial")]
    extended.__signature__ = inspect.Signature([*known.values(), *added])
    return extended
