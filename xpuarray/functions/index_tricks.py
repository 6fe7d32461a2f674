"""Indices of elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.typing import Operand, Order, Place
from xpuarray.functions import choosing, creation, joining, manipulation, ranges, reductions, searching
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_index, as_operand
from xpuarray.functions.orders import chosen
from xpuarray.placement.devices import Device

__all__ = [
    "argwhere",
    "flatnonzero",
    "fromfunction",
    "indices",
    "ix_",
    "ndenumerate",
    "ravel_multi_index",
    "unravel_index",
]


@whole_by_numpy
@checked
def flatnonzero(a: Array) -> Array:
    """The indices (int64) at which a, flattened, is not 0."""
    return searching.nonzero(manipulation.reshape(a, (-1,)))[0]


@whole_by_numpy
@checked
def argwhere(a: Array) -> Array:
    """The indices (n, a.ndim) at which a is not 0."""
    if a.ndim == 0:
        return creation.zeros((int(bool(a)), 0), np.int64, device=a.device)
    return joining.stack(searching.nonzero(a), axis=1)


def _check_whole(name: str, *places: Array) -> None:
    """Positions are counted: of floats NumPy raises TypeError, where other indices are IndexErrors."""
    for place in places:
        if place.dtype.kind not in "biu":
            raise TypeError(f"{name}: indices are integers or bools, not {place.dtype}")


def _bounded(name: str, index: Array, n: int, mode: str) -> Array:
    """Indices in [0, n), by what `mode` says of others."""
    if index.size and index.dtype.kind not in "biu":
        raise IndexError(f"{name}: indices are integers or bools, not {index.dtype}")
    if mode == "wrap":
        return index % n
    if mode == "clip":
        return choosing.clip(index, 0, n - 1)
    if mode != "raise":
        raise ValueError(f"{name}: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    if index.size:
        low, high = int(reductions.min(index)), int(reductions.max(index))
        if low < 0 or high >= n:
            raise ValueError(f"{name}: index {low if low < 0 else high} is not in [0, {n})")
    return index


@overload
def indices(
    dimensions: Sequence[int], dtype: Any = np.int64, sparse: Literal[False] = False, *, device: Place = None
) -> Array: ...
@overload
def indices(
    dimensions: Sequence[int], dtype: Any = np.int64, sparse: Literal[True] = ..., *, device: Place = None
) -> tuple[Array, ...]: ...
@checked
def indices(
    dimensions: Sequence[int], dtype: Any = np.int64, sparse: bool = False, *, device: Place = None
) -> Array | tuple[Array, ...]:
    """The indices of every element of an array of that shape: (n, *dimensions); `sparse`: a tuple that broadcasts."""
    grids = [
        manipulation.reshape(ranges.arange(n, dtype=dtype, device=device), (-1,) + (1,) * (len(dimensions) - 1 - k))
        for k, n in enumerate(dimensions)
    ]
    if sparse:
        return tuple(manipulation.reshape(g, (1,) * k + g.shape) for k, g in enumerate(grids))
    if not grids:
        return creation.zeros((0,), dtype, device=device)
    return joining.stack([manipulation.broadcast_to(g, tuple(dimensions)) for g in grids])


def ndenumerate(arr: Any) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Each element with its index: `for index, element in xp.ndenumerate(x)`; elements are arrays of no dimension."""
    x = as_operand("ndenumerate", arr, None)
    return ((index, x[index]) for index in np.ndindex(x.shape))


# -- positions ----------------------------------------------------------------------------------


@checked
def unravel_index(
    indices: Any, shape: int | Sequence[int], order: Order = "C", *, device: Device | None = None
) -> tuple[Array, ...]:
    """One array of indices per dimension of `shape`, for positions counted row by row ("F": column by column)."""
    place = as_index("unravel_index", indices, device, kinds="biufc")
    extents = (int(shape),) if hasattr(shape, "__index__") else tuple(shape)  # type: ignore[arg-type,call-overload]
    _check_whole("unravel_index", place)
    if not extents and place.ndim:
        raise ValueError(f"unravel_index: an array of shape () has one index, which is no array of shape {place.shape}")
    _check_count("unravel_index", extents)
    place = _bounded("unravel_index", place, math.prod(extents), "raise")
    place = astype(place, np.int64, copy=False)
    found = []
    for extent in _fastest_first(extents, order):
        found.append(place % extent)
        place = place // extent
    return tuple(_fastest_first(found, order))


def _check_count(name: str, dims: Sequence[int]) -> None:
    if math.prod(dims) > 2**63 - 1:
        raise ValueError(f"{name}: dims {tuple(dims)} are too large: they hold more than 2**63 - 1 elements")


def _fastest_first(values: Sequence[Any], order: Order) -> list[Any]:
    """In the order in which positions are counted (and back)."""
    order = chosen("indices", order) or "C"
    if order not in ("C", "F"):
        raise ValueError(f"an order is 'C' or 'F', not {order!r}")
    return list(reversed(values)) if order == "C" else list(values)


@checked
def ravel_multi_index(
    multi_index: Sequence[Operand], dims: Sequence[int], mode: Any = "raise", order: Order = "C"
) -> Array:
    """The positions, counted row by row ("F": column by column), of indices into an array of shape `dims`.

    mode: what is done with indices out of bounds: "raise" ValueError, "wrap" or "clip"; one, or one a dimension
    """
    if not isinstance(mode, (str, list, tuple)):
        raise TypeError(f"ravel_multi_index: mode is a string, or one a dimension, not {type(mode).__name__}")
    modes = (mode,) * len(dims) if isinstance(mode, str) else tuple(mode)
    if not len(multi_index) == len(dims) == len(modes):
        raise ValueError(f"ravel_multi_index: {len(multi_index)} arrays, {len(dims)} extents, {len(modes)} modes")
    _check_whole("ravel_multi_index", *multi_index)
    if 0 in dims and any(x.size for x in multi_index):
        raise ValueError(f"ravel_multi_index: an array of dims {tuple(dims)} has no elements")
    parts = [_bounded("ravel_multi_index", x, n, m) for x, n, m in zip(multi_index, dims, modes)]
    _check_count("ravel_multi_index", dims)
    position: Any = 0
    parts = [astype(part, np.int64, copy=False) for part in parts]
    for part, extent in zip(*(reversed(_fastest_first(v, order)) for v in (parts, dims))):
        position = position * extent + part
    return position


Made = TypeVar("Made")


@checked
def fromfunction(
    function: Callable[..., Made], shape: Sequence[int], *, dtype: Any = float, device: Place = None, **kwargs: Any
) -> Made:
    """What `function` makes of the indices of every element of an array of that shape: arrays, one a dimension."""
    place = creation.zeros(0, device=device).device
    grids = indices(shape, place.info.fit(np.dtype(dtype)), device=place)
    return function(*(grids[k] for k in range(len(shape))), **kwargs)


@checked
def ix_(*args: Any) -> tuple[Array, ...]:
    """Vectors of indices (or masks) as arrays that broadcast to their grid: x[xp.ix_(rows, columns)]."""
    device = next((a.device for a in args if isinstance(a, Array)), None)
    found = []
    for k, a in enumerate(args):
        x = as_operand("ix_", a, device)
        if x.ndim != 1:
            raise ValueError(f"ix_: takes vectors, not {x.ndim} dimensions")
        x = searching.nonzero(x)[0] if x.dtype == np.bool_ else astype(x, np.int64, copy=False)
        found.append(manipulation.reshape(x, (1,) * k + (-1,) + (1,) * (len(args) - 1 - k)))
    return tuple(found)
