"""Diagonals and triangles of matrices, and their indices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.promotion import default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy
from xpuarray.core.typing import Like, Place
from xpuarray.functions import creation, manipulation, ranges, reductions, searching, views
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_operand
from xpuarray.functions.signatures import write_out

__all__ = [
    "diag",
    "diag_indices",
    "diag_indices_from",
    "diagflat",
    "diagonal",
    "mask_indices",
    "trace",
    "tri",
    "tril_indices",
    "tril_indices_from",
    "triu_indices",
    "triu_indices_from",
]


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


@whole_by_numpy
@checked
def diagflat(v: Any, k: int = 0) -> Array:
    """A matrix with v, flattened, on its k-th diagonal."""
    return diag(manipulation.reshape(as_operand("diagflat", v, None), (-1,)), k)


@checked
def diag_indices_from(arr: Array) -> tuple[Array, ...]:
    """The indices of the main diagonal of arr, which has equal extents."""
    if arr.ndim < 2 or len(set(arr.shape)) > 1:
        raise ValueError(f"diag_indices_from: needs equal extents, not {arr.shape}")
    return diag_indices(arr.shape[0], arr.ndim, device=arr.device)


def _of_triangle(name: str, of: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    def function(arr: Array, k: int = 0) -> tuple[Array, ...]:
        if arr.ndim != 2:
            raise ValueError(f"{name}: needs a matrix, not {arr.ndim} dimension(s)")
        return of(arr.shape[0], k, arr.shape[1], device=arr.device)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{of.__name__}` of the matrix arr, on its device."
    return checked(function)


tril_indices_from = _of_triangle("tril_indices_from", tril_indices)


triu_indices_from = _of_triangle("triu_indices_from", triu_indices)


@checked
def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0, *, device: Any = None) -> tuple[Array, ...]:
    """The indices at which `mask_func(ones((n, n)), k)` is not 0."""
    return searching.nonzero(mask_func(creation.ones((n, n), np.int64, device=device), k) != 0)
