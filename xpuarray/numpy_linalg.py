"""What numpy.linalg has beyond the standard's extension: `norm` of vectors and matrices, `cond`, `lstsq`."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from xpuarray.array import Array
from xpuarray.dispatch import common_device
from xpuarray.numpy_statistics import floating
from xpuarray.statistical import normalise_axes

__all__ = ["LstsqResult", "cond", "lstsq", "norm"]

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """The norm of a vector or a matrix, or of those along one or two axes.

    ord: as in `vector_norm` and `matrix_norm`; default the root of the sum of |x|**2

    Raises ValueError for more than two axes (`ord` given), or an `ord` that there is not.
    """
    x = floating("norm", x)
    axes = list(range(x.ndim)) if axis is None else [axis] if hasattr(axis, "__index__") else list(axis)
    if ord is None:
        return xp.linalg.vector_norm(x, axis=None if axis is None else tuple(axes), keepdims=keepdims)
    if len(axes) == 1:
        return xp.linalg.vector_norm(x, axis=axes[0], keepdims=keepdims, ord=ord)
    if len(axes) != 2:
        raise ValueError(f"norm: vectors have one axis and matrices two, not {len(axes)}")
    value = xp.linalg.matrix_norm(xp.moveaxis(x, axes, (-2, -1)), ord=ord)
    return xp.expand_dims(value, normalise_axes("norm", axes, x.ndim)) if keepdims else value


def cond(x: Array, p: Any = None) -> Array:
    """The condition numbers (...) of matrices (..., m, n): the norm `p` (default 2) times that of the inverse."""
    x = floating("cond", x)
    if p in (None, 2, -2):
        s = xp.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return xp.linalg.matrix_norm(x, ord=p) * xp.linalg.matrix_norm(xp.linalg.inv(x), ord=p)


class LstsqResult(NamedTuple):
    """Of `lstsq`."""

    x: Array  #: the solution: (n,) or (n, k)
    residuals: Array  #: sums of squared residuals: (k,); empty if a's rank is below n, or m <= n
    rank: Array  #: of a, 0-dimensional
    s: Array  #: a's singular values: (min(m, n),)


def lstsq(a: Array, b: Array, rcond: float | None = None) -> LstsqResult:
    """The x of least norm among those for which the norm of b - a @ x is least; by a's singular values.

    a: (m, n); b: (m,) or (m, k)
    rcond: singular values below rcond times the largest count as 0; default max(m, n) * eps
    """
    common_device("lstsq", a, b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ValueError(f"lstsq: shapes {a.shape} and {b.shape} are not (m, n) and (m,) or (m, k)")
    a, b = floating("lstsq", a), floating("lstsq", b)
    m, n = a.shape
    u, s, vh = xp.linalg.svd(a, full_matrices=False)
    bound = max(m, n) * float(xp.finfo(a.dtype).eps) if rcond is None else rcond
    used = s > bound * xp.max(s)
    rank = xp.sum(used)
    inverse = xp.where(used, 1 / xp.where(used, s, 1.0), 0.0)
    columns = xp.reshape(b, (m, -1))
    adjoint = [xp.matrix_transpose(xp.conj(v) if v.dtype.kind == "c" else v) for v in (u, vh)]
    x = xp.matmul(adjoint[1], xp.reshape(inverse, (-1, 1)) * xp.matmul(adjoint[0], columns))
    if m > n and int(rank) == n:
        distance = xp.abs(columns - xp.matmul(a, x))
        residuals = xp.sum(distance * distance, axis=0)
    else:
        residuals = xp.empty(0, s.dtype, device=a.device)
    return LstsqResult(xp.reshape(x, (n,)) if b.ndim == 1 else x, residuals, rank, s)
