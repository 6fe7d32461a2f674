"""What numpy.linalg has beyond the standard's extension: `norm` of vectors and matrices, `cond`, `lstsq`."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from numpy.linalg import LinAlgError

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions.numpy_outputs import delivered
from xpuarray.functions.reductions import normalise_axes
from xpuarray.functions.statistics import floating

__all__ = ["LstsqResult", "cond", "lstsq", "multi_dot", "norm", "tensorinv", "tensorsolve"]

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


def multi_dot(arrays: Sequence[Array], *, out: Array | None = None) -> Array:
    """The product of two or more matrices, in the order of the fewest multiplications; the first and the last may be
    vectors.
    """
    parts = list(arrays)
    if len(parts) < 2:
        raise ValueError(f"multi_dot: needs at least two arrays, not {len(parts)}")
    common_device("multi_dot", *parts)
    first, last = parts[0].ndim, parts[-1].ndim
    parts[0] = parts[0][None, :] if first == 1 else parts[0]
    parts[-1] = parts[-1][:, None] if last == 1 else parts[-1]
    if any(p.ndim != 2 for p in parts):
        raise LinAlgError(f"multi_dot: takes matrices, not {[p.shape for p in arrays]}")
    extents = [parts[0].shape[0], *(p.shape[1] for p in parts)]

    @functools.cache
    def cheapest(i: int, j: int) -> tuple[int, int]:
        """How many multiplications the product of parts[i : j + 1] takes, and behind which part it is split."""
        if i == j:
            return 0, i
        return min(
            (cheapest(i, k)[0] + cheapest(k + 1, j)[0] + extents[i] * extents[k + 1] * extents[j + 1], k)
            for k in range(i, j)
        )

    def product(i: int, j: int) -> Array:
        k = cheapest(i, j)[1]
        return parts[i] if i == j else xp.matmul(product(i, k), product(k + 1, j))

    value = product(0, len(parts) - 1)
    value = value[0] if first == 1 else value
    return delivered("multi_dot", value[..., 0] if last == 1 else value, out)


def tensorsolve(a: Array, b: Array, axes: Sequence[int] | None = None) -> Array:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end first."""
    common_device("tensorsolve", a, b)
    a = xp.moveaxis(a, tuple(axes), tuple(range(a.ndim - len(axes), a.ndim))) if axes is not None else a
    shape = a.shape[b.ndim :]
    if math.prod(shape) != b.size:
        raise LinAlgError(f"tensorsolve: a {a.shape} and b {b.shape} make no square system")
    return xp.reshape(xp.linalg.solve(xp.reshape(a, (b.size, b.size)), xp.reshape(b, (-1,))), shape)


def tensorinv(a: Array, ind: int = 2) -> Array:
    """The inverse of a regarding `tensordot(a, b, ind)`."""
    if ind < 1:
        raise ValueError(f"tensorinv: ind must be positive, not {ind}")
    rows = math.prod(a.shape[ind:])
    return xp.reshape(xp.linalg.inv(xp.reshape(a, (-1, rows))), a.shape[ind:] + a.shape[:ind])
