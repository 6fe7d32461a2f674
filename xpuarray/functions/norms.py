"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Axis
from xpuarray.functions import choosing, creation, elementwise, factorisations, manipulation, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype
from xpuarray.functions.factorisations import matrices_of, svdvals

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


# -- norms --------------------------------------------------------------------------------------


@checked
def vector_norm(x: Array, /, axis: Axis = None, keepdims: bool = False, ord: float | None = 2) -> Array:
    """(sum of |x|**ord)**(1/ord) over `axis` (None: all elements); ord may be 0 (how many are not 0),
    inf or -inf (the greatest and the least |x|), and is 2 if it is None.
    """
    ord = 2 if ord is None else ord
    common_device("vector_norm", x)
    options: dict[str, Any] = {"axis": normalise_axes("vector_norm", axis, x.ndim), "keepdims": keepdims}
    size = elementwise.abs(as_floating("vector_norm", x))
    if ord == np.inf:
        return reductions.max(size, **options) if size.size else reductions.max(size, **options, initial=0.0)
    if ord == -np.inf:
        return reductions.min(size, **options)
    if ord == 0:
        return astype(reductions.sum(size != 0, **options), size.dtype)
    if ord == 1:
        return reductions.sum(size, **options)
    if ord == 2:
        if size.dtype != np.float32:
            return elementwise.sqrt(reductions.sum(size * size, **options))
        wide = astype(size, default_float(x.device), copy=False)  # squares of singles neither overflow nor vanish
        return astype(elementwise.sqrt(reductions.sum(wide * wide, **options)), size.dtype, copy=False)
    return reductions.sum(size**ord, **options) ** (1 / ord)


@checked
def matrix_norm(x: Array, /, keepdims: bool = False, ord: float | str | None = "fro") -> Array:
    """The norms (...) of matrices (..., m, n).

    ord: "fro", "nuc" (sum of singular values), 2 and -2 (greatest and least singular value), 1 and -1
        (greatest and least sum of a column's |x|), inf and -inf (of a row's)

    Raises ValueError for another ord.
    """
    x = matrices_of("matrix_norm", x)
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        value = reductions.sum(svdvals(x), axis=-1)
    elif ord in (2, -2):
        value = _most(svdvals(x), -1, ord)
    elif ord in (1, -1, np.inf, -np.inf):
        sums, other = (-2, -1) if ord in (1, -1) else (-1, -1)
        value = _most(reductions.sum(elementwise.abs(x), axis=sums), other, ord)
    else:
        raise ValueError(f"matrix_norm: ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    return value[..., None, None] if keepdims else value


def _most(values: Array, axis: int, ord: Any) -> Array:
    """The greatest along `axis`, or the least if `ord` is negative; the greatest of none is 0."""
    if values.shape[axis] == 0 and ord > 0:
        return reductions.sum(values, axis=axis)
    return (reductions.max if ord > 0 else reductions.min)(values, axis=axis)


@checked
def norm(x: Array, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """The norm of a vector or a matrix, or of those along one or two axes.

    ord: as in `vector_norm` and `matrix_norm`; default the root of the sum of |x|**2

    Raises ValueError for more than two axes (`axis` or `ord` given), or an `ord` that there is not.
    """
    x = as_floating("norm", x)
    axes = list(range(x.ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    if axis is not None and len(axes) > 2:
        raise ValueError(f"norm: vectors have one axis and matrices two, not {len(axes)}")
    if ord is None:
        return vector_norm(x, axis=None if axis is None else tuple(axes), keepdims=keepdims)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"norm: {ord!r} is a norm of matrices, not of vectors")
        return vector_norm(x, axis=axes[0], keepdims=keepdims, ord=ord)
    if len(axes) != 2:
        raise ValueError(f"norm: vectors have one axis and matrices two, not {len(axes)}")
    value = matrix_norm(manipulation.moveaxis(x, axes, (-2, -1)), ord=ord)
    return manipulation.expand_dims(value, normalise_axes("norm", axes, x.ndim)) if keepdims else value


@checked
def cond(x: Array, p: Any = None) -> Array:
    """The condition numbers (...) of matrices (..., m, n): the norm `p` (default 2) times that of the inverse;
    infinite where there is none."""
    x = as_floating("cond", x)
    if 0 in x.shape[-2:]:
        raise LinAlgError(f"cond is not defined on empty arrays, as of shape {x.shape}")
    if p in (None, 2, -2):
        s = factorisations.svdvals(x)
        value = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        return choosing.where(elementwise.isnan(value), np.inf, value)  # 0 / 0
    singular = factorisations.slogdet(x).logabsdet == -np.inf
    if not bool(reductions.any(singular)):
        return matrix_norm(x, ord=p) * matrix_norm(factorisations.inv(x), ord=p)
    other = choosing.where(singular[..., None, None], creation.eye(x.shape[-1], dtype=x.dtype, device=x.device), x)
    return choosing.where(singular, np.inf, cond(other, p))
