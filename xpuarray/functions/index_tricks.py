"""Indices of elements, diagonals and triangles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.promotion import default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy
from xpuarray.core.typing import Like, Operand, Order, Place
from xpuarray.functions import choosing, creation, joining, manipulation, ranges, reductions, searching, views
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_index, as_operand
from xpuarray.functions.orders import chosen
from xpuarray.functions.signatures import write_out
from xpuarray.placement.devices import Device

__all__ = [
    "argwhere",
    "diag",
    "diag_indices",
    "diagonal",
    "flatnonzero",
    "fromfunction",
    "indices",
    "ndenumerate",
    "ravel_multi_index",
    "trace",
    "tri",
    "tril_indices",
    "triu_indices",
    "unravel_index",
]


# -- choosing -----------------------------------------------------------------------------------


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


# -- diagonals and triangles --------------------------------------------------------------------


@checked
def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonals of the matrices that two axes make, along a new last axis; a view, to be read only.

    offset: how far above (negative: below) the main diagonal
    axis1, axis2: the axes of rows and of columns
    """
    view = along_diagonal(a, offset, axis1, axis2)
    view._read_only = True
    return view


def along_diagonal(a: Array, offset: int, axis1: int, axis2: int) -> Array:
    """`diagonal`, to be written, too."""
    axes = [normalise_axes("diagonal", axis, a.ndim)[0] for axis in (axis1, axis2)]
    if axes[0] == axes[1] or a.ndim < 2:
        raise ValueError(f"diagonal: axes {axis1} and {axis2} of {a.ndim} dimension(s) make no matrix")
    x = manipulation.permute_dims(a, (*(k for k in range(a.ndim) if k not in axes), *axes))
    x = x[..., max(-offset, 0) :, max(offset, 0) :]
    return views.diagonal(x) if min(x.shape[-2:]) else x[..., :0, :].reshape((*x.shape[:-2], 0))


@whole_by_numpy
@checked
def trace(
    a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Array | None = None
) -> Array:
    """The sums of `diagonal`, with the same `offset`, `axis1` and `axis2`."""
    return write_out("trace", reductions.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype), out)


@checked
def diag(v: Array, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or a matrix with a vector on its k-th diagonal."""
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag: needs one or two dimensions, not {v.ndim}")
    n = v.size + abs(k)
    if suits_numpy(v.device.runtime, n * n):
        return by_numpy("diag", v.device, np.diag, v._host_values(), k)
    matrix = creation.zeros((n, n), v.dtype, device=v.device)
    along_diagonal(matrix, k, 0, 1)[:] = v
    return matrix


@whole_by_numpy
@checked
def tri(
    N: int, M: int | None = None, k: int = 0, dtype: Any = None, *, device: Place = None, like: Like = None
) -> Array:
    """Ones on and below the k-th diagonal, zeros above; shape (N, M)."""
    columns = N if M is None else M
    below = ranges.arange(N, device=device)[:, None] >= ranges.arange(-k, columns - k, device=device)
    return astype(below, default_float(below.device) if dtype is None else dtype, copy=False)


@checked
def tril_indices(n: int, k: int = 0, m: int | None = None, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the lower triangle of an (n, m) matrix, k-th diagonal included."""
    return _where(tri(n, m, k, np.bool_, device=device))


@checked
def triu_indices(n: int, k: int = 0, m: int | None = None, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the upper triangle of an (n, m) matrix, k-th diagonal included."""
    return _where(~tri(n, m, k - 1, np.bool_, device=device))


def _where(mask: Array) -> tuple[Array, ...]:
    """The places where a matrix of bools holds: its `nonzero`, which looks for few among many, and here most are."""
    rows, columns = (ranges.arange(extent, device=mask.device) for extent in mask.shape)
    return tuple([manipulation.broadcast_to(index, mask.shape)[mask] for index in (rows[:, None], columns)])


@checked
def diag_indices(n: int, ndim: int = 2, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the main diagonal of an array with `ndim` dimensions of extent n."""
    return (ranges.arange(n, device=device),) * ndim


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
