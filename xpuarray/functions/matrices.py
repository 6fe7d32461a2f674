"""Products, powers and diagonals of matrices, as `linalg` means them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from numpy.linalg import LinAlgError

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions import (
    diagonals,
    factorisations,
    manipulation,
    products,
    reductions,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.creation import eye
from xpuarray.functions.data_types import astype
from xpuarray.functions.factorisations import inv
from xpuarray.functions.few import whole_by_linalg
from xpuarray.functions.joining import stack
from xpuarray.functions.manipulation import broadcast_arrays, moveaxis
from xpuarray.functions.products import matmul
from xpuarray.functions.signatures import write_out

__all__ = ["cross", "diagonal", "matrix_power", "multi_dot", "outer", "tensorinv", "tensorsolve", "trace"]


# -- products -----------------------------------------------------------------------------------


@whole_by_linalg
@checked
def outer(x1: Array, x2: Array, /) -> Array:
    """The products of each element of x1 (m,) with each of x2 (n,): (m, n).

    Raises ValueError for other than one dimension.
    """
    common_device("outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer: takes one dimension each, not {x1.shape} and {x2.shape}")
    return x1[:, None] * x2[None, :]


@whole_by_linalg
@checked
def cross(x1: Array, x2: Array, /, axis: int = -1) -> Array:
    """The cross product of vectors of three elements along `axis`; the other dimensions broadcast.

    Raises ValueError if an extent there is not 3.
    """
    common_device("cross", x1, x2)
    if any(not -x.ndim <= axis < x.ndim or x.shape[axis] != 3 for x in (x1, x2)):
        raise ValueError(f"cross: axis {axis} of {x1.shape} and of {x2.shape} must have extent 3")
    if axis >= 0 and x1.ndim != x2.ndim:
        raise ValueError(f"cross: axis {axis} must be negative for {x1.ndim} and {x2.ndim} dimensions")
    a, b = (moveaxis(x, axis, -1) for x in broadcast_arrays(x1, x2))
    parts = [a[..., j] * b[..., k] - a[..., k] * b[..., j] for j, k in ((1, 2), (2, 0), (0, 1))]
    return stack(parts, axis=axis)


@checked
def matrix_power(a: Array, n: int) -> Array:
    """The product of n copies of square matrices (..., k, k); for a negative n, of their inverses."""
    common_device("matrix_power", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"matrix_power: needs square matrices (..., k, k), not {a.shape}")
    n = n.__index__()
    base, left = (inv(a), -n) if n < 0 else (a, n)
    power: Array | None = None
    while left:
        if left & 1:
            power = base if power is None else matmul(power, base)
        left >>= 1
        base = matmul(base, base) if left else base
    if power is None:
        return astype(manipulation.broadcast_to(eye(a.shape[-1], dtype=a.dtype, device=a.device), a.shape), a.dtype)
    return power if power is not a else astype(a, a.dtype)


@checked
def diagonal(x: Array, /, offset: int = 0) -> Array:
    """The diagonals (..., k) of (..., m, n), `offset` above the main one (below, if negative); a view to be read."""
    common_device("diagonal", x)
    if x.ndim < 2:
        raise ValueError(f"diagonal: needs at least two dimensions, not {x.ndim}")
    return diagonals.diagonal(x, offset, -2, -1)


@whole_by_linalg
@checked
def trace(x: Array, /, offset: int = 0, *, dtype: Any = None) -> Array:
    """The sums (...) along the diagonals of (..., m, n), `offset` above the main ones; dtypes as in `sum`."""
    return reductions.sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


@checked
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
        return parts[i] if i == j else products.matmul(product(i, k), product(k + 1, j))

    value = product(0, len(parts) - 1)
    value = value[0] if first == 1 else value
    return write_out("multi_dot", value[..., 0] if last == 1 else value, out)


@checked
def tensorsolve(a: Array, b: Array, axes: Sequence[int] | None = None) -> Array:
    """The x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end first."""
    common_device("tensorsolve", a, b)
    a = manipulation.moveaxis(a, tuple(axes), tuple(range(a.ndim - len(axes), a.ndim))) if axes is not None else a
    shape = a.shape[b.ndim :]
    if math.prod(shape) != b.size:
        raise LinAlgError(f"tensorsolve: a {a.shape} and b {b.shape} make no square system")
    return manipulation.reshape(
        factorisations.solve(manipulation.reshape(a, (b.size, b.size)), manipulation.reshape(b, (-1,))), shape
    )


@checked
def tensorinv(a: Array, ind: int = 2) -> Array:
    """The inverse of a regarding `tensordot(a, b, ind)`."""
    if ind < 1:
        raise ValueError(f"tensorinv: ind must be positive, not {ind}")
    rows = math.prod(a.shape[ind:])
    return manipulation.reshape(factorisations.inv(manipulation.reshape(a, (-1, rows))), a.shape[ind:] + a.shape[:ind])
