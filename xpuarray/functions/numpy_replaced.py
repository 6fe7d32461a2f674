"""Functions of the standard's that NumPy has with more parameters, or takes more by: these take their places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.numpy_outputs import beside, delivered
from xpuarray.functions.reductions import normalise_axes

__all__ = ["REPLACED"]

xp: Any = sys.modules["xpuarray"]  # complete, but for what numpy_signatures.py makes

#: The standard's.
_PLAIN = {name: getattr(xp, name) for name in ("meshgrid", "round", "take", "tile", "where")}


def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """a rounded to `decimals` digits behind the point, halves to even."""
    if not decimals:
        return delivered("round", _PLAIN["round"](beside("round", a, None)), out)
    x = beside("round", a, None)
    if x.dtype.kind == "c":
        value = round(xp.real(x), decimals) + round(xp.imag(x), decimals) * 1j
    elif x.dtype.kind == "f":
        factor = 10.0 ** abs(decimals)
        value = _PLAIN["round"](x * factor) / factor if decimals > 0 else _PLAIN["round"](x / factor) * factor
    else:
        value = x if decimals > 0 else _rounded_integers(x, 10**-decimals)
    return delivered("round", xp.astype(value, x.dtype, copy=False), out)


def _rounded_integers(x: Array, unit: int) -> Array:
    below = x // unit
    twice = 2 * (x - below * unit)
    up = (twice > unit) | ((twice == unit) & (below % 2 == 1))
    return (below + xp.astype(up, x.dtype)) * unit


def where(condition: Any, x1: Any = None, x2: Any = None, /) -> Any:
    """Where `condition` holds x1, else x2; of the condition alone: its `nonzero`."""
    if x1 is None and x2 is None:
        return xp.nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError("where: takes two values beside the condition, or none")
    if isinstance(condition, Array) and condition.dtype != np.bool_:
        condition = condition != 0
    return _PLAIN["where"](condition, x1, x2)


def tile(A: Array, reps: Any) -> Array:
    """A laid out `reps` times along each dimension, or (an int) along the last."""
    return _PLAIN["tile"](A, (reps,) if hasattr(reps, "__index__") else reps)


def take(a: Array, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Array:
    """The elements of a along `axis` (None: of a flattened) at `indices`, whose dimensions take the axis' place.

    mode: what is done with indices out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    if not isinstance(a, Array):
        common_device("take", a)
    places = beside("take", indices, a.device)
    common_device("take", a, places)
    source = a if axis is not None or a.ndim == 1 else xp.reshape(a, (-1,))
    (axis,) = normalise_axes("take", 0 if axis is None else axis, source.ndim)
    extent = source.shape[axis]
    if mode == "wrap":
        places = places % extent
    elif mode == "clip":
        places = xp.clip(places, 0, extent - 1)
    elif mode != "raise":
        raise ValueError(f"take: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    value = _PLAIN["take"](source, xp.reshape(places, (-1,)), axis=axis)
    shape = (*source.shape[:axis], *places.shape, *source.shape[axis + 1 :])
    return delivered("take", value if places.ndim == 1 else xp.reshape(value, shape), out)


def meshgrid(*xi: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinate matrices from coordinate vectors, "xy" (Cartesian) or "ij" (matrix); `sparse`: what broadcasts to
    them.  Always copies.
    """
    if not sparse or len(xi) < 2:
        return tuple(_PLAIN["meshgrid"](*xi, indexing=indexing))
    order = [1, 0, *range(2, len(xi))] if indexing == "xy" else list(range(len(xi)))
    shapes = [tuple(-1 if order[k] == axis else 1 for axis in range(len(xi))) for k in range(len(xi))]
    return tuple(xp.asarray(xp.reshape(x, shape), copy=True) for x, shape in zip(xi, shapes))


REPLACED: dict[str, Callable[..., Any]] = {f.__name__: f for f in (meshgrid, round, take, tile, where)}
