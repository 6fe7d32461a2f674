"""NumPy's functions of indices beyond the Array API standard."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.creation import Place
from xpuarray.functions.numpy_outputs import beside, delivered
from xpuarray.functions.reductions import normalise_axes
from xpuarray.placement.devices import Device

__all__ = [
    "argwhere", "choose", "compress", "diag", "diag_indices", "diagonal", "extract", "fill_diagonal", "flatnonzero",
    "indices", "place", "put", "put_along_axis", "ravel_multi_index", "trace", "tri", "tril_indices", "triu_indices",
    "unravel_index",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


# -- choosing -----------------------------------------------------------------------------------


def flatnonzero(a: Array) -> Array:
    """The indices (int64) at which a, flattened, is not 0."""
    return xp.nonzero(xp.reshape(a, (-1,)))[0]


def argwhere(a: Array) -> Array:
    """The indices (n, a.ndim) at which a is not 0."""
    if a.ndim == 0:
        return xp.zeros((int(bool(a)), 0), np.int64, device=a.device)
    return xp.stack(xp.nonzero(a), axis=1)


def compress(condition: Any, a: Array, axis: int | None = None, out: Array | None = None) -> Array:
    """The parts of a along `axis` (None: of a flattened) where the 1-dimensional `condition` holds."""
    condition = beside("compress", condition, a.device)
    common_device("compress", condition, a)
    if condition.ndim != 1:
        raise ValueError(f"compress: the condition must have one dimension, not {condition.ndim}")
    x = xp.reshape(a, (-1,)) if axis is None else a
    return delivered("compress", xp.take(x, flatnonzero(condition), axis=axis or 0), out)


def extract(condition: Array, arr: Array) -> Array:
    """The elements of arr where `condition`, of the same size, holds."""
    return compress(xp.reshape(condition, (-1,)), arr)


def choose(a: Array, choices: Any, out: Array | None = None, mode: str = "raise") -> Array:
    """Element by element, that of choices[k] where a is k; all broadcast against each other.

    mode: what is done with k outside of [0, len(choices)): "raise" ValueError, "wrap" or "clip"
    """
    parts = [beside("choose", c, a.device) for c in choices]
    common_device("choose", a, *parts)
    n = len(parts)
    index = _bounded("choose", a, n, mode)
    result = xp.astype(parts[0], xp.result_type(*parts), copy=False)
    result = xp.broadcast_to(result, xp.broadcast_arrays(result, a)[0].shape)
    for k in range(1, n):
        result = xp.where(index == k, parts[k], result)
    return delivered("choose", xp.asarray(result, copy=True) if n == 1 else result, out)


def _bounded(name: str, index: Array, n: int, mode: str) -> Array:
    """Indices in [0, n), by what `mode` says of others."""
    if mode == "wrap":
        return index % n
    if mode == "clip":
        return xp.clip(index, 0, n - 1)
    if mode != "raise":
        raise ValueError(f"{name}: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    if index.size:
        low, high = int(xp.min(index)), int(xp.max(index))
        if low < 0 or high >= n:
            raise ValueError(f"{name}: index {low if low < 0 else high} is not in [0, {n})")
    return index


# -- assigning ----------------------------------------------------------------------------------


def put(a: Array, ind: Any, v: Any, mode: str = "raise") -> None:
    """a's elements at the positions `ind` (counted row by row) set to `v`, repeated as often as needed; in a itself.

    mode: what is done with positions out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    ind, v = xp.reshape(beside("put", ind, a.device), (-1,)), beside("put", v, a.device)
    common_device("put", a, ind, v)
    if not ind.size:
        return
    if mode == "raise":
        low, high = int(xp.min(ind)), int(xp.max(ind))
        if low < -a.size or high >= a.size:
            raise IndexError(f"put: position {high if high >= a.size else low} is out of bounds for {a.size} elements")
    index = ind % a.size if mode != "clip" else xp.clip(ind, 0, a.size - 1)
    values = xp.reshape(v, (-1,))
    values = xp.take(values, xp.arange(ind.size, device=a.device) % values.size, axis=0)
    a[unravel_index(index, a.shape) if a.ndim else ...] = values if a.ndim else values[-1]


def put_along_axis(arr: Array, indices: Array, values: Any, axis: int | None) -> None:
    """arr's elements at `indices` along `axis` set to `values`, which broadcast; in arr itself."""
    if axis is None:
        return put(arr, indices, values)
    (axis,) = normalise_axes("put_along_axis", axis, arr.ndim)
    places = [
        indices if k == axis else xp.reshape(xp.arange(n, device=arr.device), (-1,) + (1,) * (arr.ndim - 1 - k))
        for k, n in enumerate(arr.shape)
    ]
    arr[tuple(xp.broadcast_arrays(*places))] = values


def place(arr: Array, mask: Array, vals: Any) -> None:
    """arr's elements where `mask` holds set to `vals`, repeated as often as needed; in arr itself."""
    put(arr, flatnonzero(mask), vals)


def fill_diagonal(a: Array, val: Any, wrap: bool = False) -> None:
    """The diagonal of the matrix a (or of a cube) set to `val`; in a itself."""
    if a.ndim < 2 or (a.ndim > 2 and len(set(a.shape)) > 1) or wrap:
        raise ValueError(f"fill_diagonal: needs a matrix or equal extents, and wrap=False; the shape is {a.shape}")
    steps = xp.arange(min(a.shape), device=a.device)
    a[(steps,) * a.ndim] = val


# -- diagonals and triangles --------------------------------------------------------------------


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonals of the matrices that two axes make, along a new last axis; a copy."""
    axes = [normalise_axes("diagonal", axis, a.ndim)[0] for axis in (axis1, axis2)]
    if axes[0] == axes[1] or a.ndim < 2:
        raise ValueError(f"diagonal: axes {axis1} and {axis2} of {a.ndim} dimension(s) make no matrix")
    x = xp.permute_dims(a, (*axes, *(k for k in range(a.ndim) if k not in axes)))
    first, second = max(-offset, 0), max(offset, 0)
    length = max(min(x.shape[0] - first, x.shape[1] - second), 0)
    steps = xp.arange(length, device=a.device)
    return xp.moveaxis(x[steps + first, steps + second], 0, -1)


def trace(
    a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Array | None = None
) -> Array:
    """The sum of `diagonal`."""
    return delivered("trace", xp.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype), out)


def diag(v: Array, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or a matrix with a vector on its k-th diagonal."""
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"diag: needs one or two dimensions, not {v.ndim}")
    n = v.size + abs(k)
    matrix = xp.zeros((n, n), v.dtype, device=v.device)
    steps = xp.arange(v.size, device=v.device)
    matrix[steps + max(-k, 0), steps + max(k, 0)] = v
    return matrix


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None, *, device: Place = None) -> Array:
    """Ones on and below the k-th diagonal, zeros above; shape (N, M)."""
    return xp.tril(xp.ones((N, N if M is None else M), dtype, device=device), k=k)


def tril_indices(n: int, k: int = 0, m: int | None = None, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the lower triangle of an (n, m) matrix, k-th diagonal included."""
    return xp.nonzero(tri(n, m, k, np.bool_, device=device))


def triu_indices(n: int, k: int = 0, m: int | None = None, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the upper triangle of an (n, m) matrix, k-th diagonal included."""
    return xp.nonzero(~tri(n, m, k - 1, np.bool_, device=device))


def diag_indices(n: int, ndim: int = 2, *, device: Place = None) -> tuple[Array, ...]:
    """The indices of the main diagonal of an array with `ndim` dimensions of extent n."""
    return (xp.arange(n, device=device),) * ndim


def indices(dimensions: Sequence[int], dtype: Any = np.int64, sparse: bool = False, *, device: Place = None) -> Any:
    """The indices of every element of an array of that shape: (n, *dimensions); `sparse`: a tuple that broadcasts."""
    grids = [
        xp.reshape(xp.arange(n, dtype=dtype, device=device), (-1,) + (1,) * (len(dimensions) - 1 - k))
        for k, n in enumerate(dimensions)
    ]
    if sparse:
        return tuple(xp.reshape(g, (1,) * k + g.shape) for k, g in enumerate(grids))
    if not grids:
        return xp.zeros((0,), dtype, device=device)
    return xp.stack([xp.broadcast_to(g, tuple(dimensions)) for g in grids])


# -- positions ----------------------------------------------------------------------------------


def unravel_index(
    indices: Any, shape: int | Sequence[int], order: str = "C", *, device: Device | None = None
) -> tuple[Array, ...]:
    """One array of indices per dimension of `shape`, for positions counted row by row ("F": column by column)."""
    place = beside("unravel_index", indices, device)
    extents = (int(shape),) if hasattr(shape, "__index__") else tuple(shape)  # type: ignore[arg-type,call-overload]
    place = _bounded("unravel_index", xp.astype(place, np.int64, copy=False), math.prod(extents), "raise")
    found = []
    for extent in _fastest_first(extents, order):
        found.append(place % extent)
        place = place // extent
    return tuple(_fastest_first(found, order))


def _fastest_first(values: Sequence[Any], order: str) -> list[Any]:
    """In the order in which positions are counted (and back)."""
    if order not in ("C", "F"):
        raise ValueError(f"an order is 'C' or 'F', not {order!r}")
    return list(reversed(values)) if order == "C" else list(values)


def ravel_multi_index(multi_index: Sequence[Any], dims: Sequence[int], mode: Any = "raise", order: str = "C") -> Array:
    """The positions, counted row by row ("F": column by column), of indices into an array of shape `dims`.

    mode: what is done with indices out of bounds: "raise" ValueError, "wrap" or "clip"; one, or one a dimension
    """
    modes = (mode,) * len(dims) if isinstance(mode, str) else tuple(mode)
    if not len(multi_index) == len(dims) == len(modes):
        raise ValueError(f"ravel_multi_index: {len(multi_index)} arrays, {len(dims)} extents, {len(modes)} modes")
    parts = [_bounded("ravel_multi_index", x, n, m) for x, n, m in zip(multi_index, dims, modes)]
    position: Any = 0
    for part, extent in zip(*(reversed(_fastest_first(v, order)) for v in (parts, dims))):
        position = position * extent + part
    return position
