"""Linear algebra: the `linalg` extension of the Array API standard.

Factorisations and solvers are the device's library's (oneMKL, cuSOLVER, LAPACK).  What is defined by
them (norms, ranks, pseudo-inverses) is composed here, so that it means the same on every device.

Matrices are the last two dimensions; those before them are a stack.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, corrected_call, fall_back
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.creation import eye, zeros
from xpuarray.functions.data_types import as_floating, astype, default_float, promote
from xpuarray.functions.manipulation import broadcast_arrays, matrix_transpose, moveaxis, reshape, stack
from xpuarray.functions.numpy_linalg import cond, lstsq, multi_dot, norm, tensorinv, tensorsolve
from xpuarray.functions.operators import operations
from xpuarray.functions.products import matmul, tensordot, vecdot
from xpuarray.functions.reductions import Axis, normalise_axes
from xpuarray.functions.reductions import sum as total

__all__ = [
    "LinAlgError", "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
    "lstsq", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer",
    "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot",
    "vector_norm",
]  # fmt: skip


class EigResult(NamedTuple):
    """Of `eig`: (..., n) and (..., n, n), one eigenvector a column."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """Of `eigh`: (..., n) in ascending order, and (..., n, n), one eigenvector a column."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """Of `qr`: (..., m, k) with orthonormal columns, and (..., k, n), upper triangular."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """Of `slogdet`: the determinant is sign * exp(logabsdet)."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """Of `svd`: x = U @ diag(S) @ Vh, S (..., k) in descending order."""

    U: Array
    S: Array
    Vh: Array


# -- products -----------------------------------------------------------------------------------


def outer(x1: Array, x2: Array, /) -> Array:
    """The products of each element of x1 (m,) with each of x2 (n,): (m, n).

    Raises ValueError for other than one dimension.
    """
    common_device("outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"outer: takes one dimension each, not {x1.shape} and {x2.shape}")
    return x1[:, None] * x2[None, :]


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
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


# -- factorisations and solvers, by the library -------------------------------------------------


def _matrices(name: str, x: Array, square: bool = False) -> Array:
    """x in floating point.  Raises LinAlgError if it is no matrix, or (`square`) no square one."""
    common_device(name, x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        raise LinAlgError(
            f"{name}: needs {'square ' * square}matrices (..., {'n, n' if square else 'm, n'}), not {x.shape}"
        )
    x = as_floating(x)
    if x.dtype == np.float16:
        raise UnsupportedDTypeError(f"{name} is not defined for float16; make it float32 first")
    return x


def _factors(name: str, *xs: Array, **options: Any) -> tuple[Array, ...]:
    """What the library's `linalg.<name>` returns, one or several arrays."""
    device = xs[0].device
    library = device.runtime.library
    if device.type != "cpu" and f"linalg.{name}" in device.runtime.faults.by_numpy:
        fall_back(name, device, f"{library.__name__} copies it to the host, for NumPy")
    try:
        found = corrected_call(name, device, f"linalg.{name}", *(x._native for x in xs), **options)
    except ValueError as error:
        if type(error).__name__ != "LinAlgError" or isinstance(error, LinAlgError):
            raise
        raise LinAlgError(f"{name} on {device}: {error}") from error  # dpnp has a LinAlgError of its own
    return tuple(Array(library.asarray(part), device) for part in (found if isinstance(found, tuple) else (found,)))


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The lower triangular L with x = L @ L^H (`upper`: U with x = U^H @ U) of Hermitian positive
    definite matrices (..., n, n).

    Raises LinAlgError if one is not positive definite.
    """
    x = _matrices("cholesky", x, square=True)
    # Libraries differ in which triangle they read for `upper`; all read the lower one otherwise.
    (lower,) = _factors("cholesky", x)
    return operations["conj"](matrix_transpose(lower)) if upper else lower


def det(x: Array, /) -> Array:
    """The determinants (...) of square matrices (..., n, n)."""
    return _factors("det", _matrices("det", x, square=True))[0]


def slogdet(x: Array, /) -> SlogdetResult:
    """The determinants' signs and the logarithms of their absolute values, where `det` would overflow."""
    return SlogdetResult(*_factors("slogdet", _matrices("slogdet", x, square=True)))


def inv(x: Array, /) -> Array:
    """The inverses of square matrices (..., n, n).  Raises LinAlgError if one is singular."""
    return _factors("inv", _matrices("inv", x, square=True))[0]


def solve(x1: Array, x2: Array, /) -> Array:
    """The y with x1 @ y = x2, for x1 (..., n, n) and x2 (n,) or (..., n, k).

    Raises LinAlgError if a matrix is singular, or the shapes don't fit.
    """
    device = common_device("solve", x1, x2)
    x1 = _matrices("solve", x1, square=True)
    columns = x2.ndim == 1
    if x2.ndim < 1 or x2.shape[0 if columns else -2] != x1.shape[-1]:
        raise LinAlgError(f"solve: x1 {x1.shape} and x2 {x2.shape} don't fit")
    dtype = promote(device, x1, as_floating(x2))
    x1, x2 = astype(x1, dtype, copy=False), astype(x2, dtype, copy=False)
    right = x2[:, None] if columns else x2
    batch = np.broadcast_shapes(x1.shape[:-2], right.shape[:-2])
    x1, right = (operations["broadcast_to"](x, batch + x.shape[-2:]) for x in (x1, right))
    if 0 in right.shape:
        return zeros(right.shape[:-1] if columns else right.shape, dtype, device=device)
    (found,) = _factors("solve", x1, right)
    return found[..., 0] if columns else found


def eig(x: Array, /) -> EigResult:
    """Eigenvalues and eigenvectors, complex ones, of square matrices (..., n, n).

    Raises FallbackError on SYCL GPUs, unless `allow_fallback` is in force: dpnp has no routine for them.
    """
    return EigResult(*map(_as_complex, _factors("eig", _matrices("eig", x, square=True))))


def eigvals(x: Array, /) -> Array:
    """The eigenvalues (..., n), complex ones, of square matrices (..., n, n).  Raises as `eig` does."""
    return _as_complex(_factors("eigvals", _matrices("eigvals", x, square=True))[0])


def _as_complex(x: Array) -> Array:
    """Libraries return reals if all eigenvalues happen to be real."""
    return x if x.dtype.kind == "c" else astype(x, np.result_type(x.dtype, np.complex64))


def eigh(x: Array, /) -> EighResult:
    """Eigenvalues and eigenvectors of Hermitian matrices (..., n, n), of which the lower triangle is read."""
    return EighResult(*_factors("eigh", _matrices("eigh", x, square=True)))


def eigvalsh(x: Array, /) -> Array:
    """The eigenvalues (..., n), in ascending order, of Hermitian matrices (..., n, n)."""
    return _factors("eigvalsh", _matrices("eigvalsh", x, square=True))[0]


def qr(x: Array, /, *, mode: str = "reduced") -> QRResult:
    """The QR factorisation of (..., m, n): "reduced" with k = min(m, n), or "complete" with k = m."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced' or 'complete', not {mode!r}")
    return QRResult(*_factors("qr", _matrices("qr", x), mode=mode))


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition of (..., m, n): U (..., m, m), S (..., k), Vh (..., n, n) with
    k = min(m, n); without `full_matrices`, U (..., m, k) and Vh (..., k, n).
    """
    return SVDResult(*_factors("svd", _matrices("svd", x), full_matrices=full_matrices))


def svdvals(x: Array, /) -> Array:
    """The singular values (..., min(m, n)) of (..., m, n), in descending order."""
    return _factors("svd", _matrices("svdvals", x), compute_uv=False)[0]


# -- composed of these --------------------------------------------------------------------------


def pinv(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """The Moore-Penrose pseudo-inverses (..., n, m) of (..., m, n), by singular values.

    rtol: those below rtol times the largest count as 0; a number or an array (...); default
        max(m, n) * eps
    """
    x = _matrices("pinv", x)
    if x.size == 0:
        return zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype, device=x.device)
    u, s, vh = svd(x, full_matrices=False)
    inverse = operations["where"](s > _tolerance(x, s, rtol), 1 / s, 0)
    scaled = matrix_transpose(vh) * inverse[..., None, :]
    if x.dtype.kind == "c":
        return matmul(operations["conj"](scaled), operations["conj"](matrix_transpose(u)))
    return matmul(scaled, matrix_transpose(u))


def matrix_rank(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """How many singular values are greater than rtol times the largest (default max(m, n) * eps); int64."""
    x = _matrices("matrix_rank", x)
    if 0 in x.shape[-2:]:
        return zeros(x.shape[:-2], np.int64, device=x.device)
    s = svdvals(x)
    return total(s > _tolerance(x, s, rtol), axis=-1)


def _tolerance(x: Array, s: Array, rtol: float | Array | None) -> Array:
    """(..., 1): up to which singular values count as 0."""
    largest = operations["max"](s, axis=-1, keepdims=True)
    if rtol is None:
        rtol = max(x.shape[-2:]) * float(np.finfo(s.dtype).eps)
    elif isinstance(rtol, Array) and rtol.ndim:
        rtol = rtol[..., None]
    return astype(largest * rtol, s.dtype, copy=False)


def matrix_power(x: Array, n: int, /) -> Array:
    """The product of n copies of square matrices (..., k, k); for a negative n, of their inverses."""
    common_device("matrix_power", x)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise LinAlgError(f"matrix_power: needs square matrices (..., k, k), not {x.shape}")
    n = n.__index__()
    base, left = (inv(x), -n) if n < 0 else (x, n)
    power: Array | None = None
    while left:
        if left & 1:
            power = base if power is None else matmul(power, base)
        left >>= 1
        base = matmul(base, base) if left else base
    if power is None:
        return operations["broadcast_to"](eye(x.shape[-1], dtype=x.dtype, device=x.device), x.shape)
    return power if power is not x else astype(x, x.dtype)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """The diagonals (..., k) of (..., m, n), `offset` above the main one (below, if negative)."""
    common_device("diagonal", x)
    if x.ndim < 2:
        raise ValueError(f"diagonal: needs at least two dimensions, not {x.ndim}")
    rows, columns = x.shape[-2:]
    first, step = (offset if offset >= 0 else -offset * columns), columns + 1
    length = max(0, min(columns - offset, rows) if offset >= 0 else min(rows + offset, columns))
    flat = reshape(x, (*x.shape[:-2], rows * columns))
    return flat[..., first : first + length * step : step][..., :length]


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """The sums (...) along the diagonals of (..., m, n); dtypes as in `sum`."""
    return total(diagonal(x, offset=offset), axis=-1, dtype=dtype)


# -- norms --------------------------------------------------------------------------------------


def vector_norm(x: Array, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """(sum of |x|**ord)**(1/ord) over `axis` (None: all elements); ord may be 0 (how many are not 0),
    inf or -inf (the greatest and the least |x|).
    """
    common_device("vector_norm", x)
    options = {"axis": normalise_axes("vector_norm", axis, x.ndim), "keepdims": keepdims}
    size = operations["abs"](as_floating(x))
    if ord == np.inf:
        return operations["max"](size, **options)
    if ord == -np.inf:
        return operations["min"](size, **options)
    if ord == 0:
        return astype(total(size != 0, **options), size.dtype)
    if ord == 1:
        return total(size, **options)
    if ord == 2:
        if size.dtype != np.float32:
            return operations["sqrt"](total(size * size, **options))
        wide = astype(size, default_float(x.device), copy=False)  # squares of singles neither overflow nor vanish
        return astype(operations["sqrt"](total(wide * wide, **options)), size.dtype, copy=False)
    return total(size**ord, **options) ** (1 / ord)


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: float | str | None = "fro") -> Array:
    """The norms (...) of matrices (..., m, n).

    ord: "fro", "nuc" (sum of singular values), 2 and -2 (greatest and least singular value), 1 and -1
        (greatest and least sum of a column's |x|), inf and -inf (of a row's)

    Raises ValueError for another ord.
    """
    x = _matrices("matrix_norm", x)
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        value = total(svdvals(x), axis=-1)
    elif ord in (2, -2):
        value = _most(svdvals(x), -1, ord)
    elif ord in (1, -1, np.inf, -np.inf):
        sums, other = (-2, -1) if ord in (1, -1) else (-1, -1)
        value = _most(total(operations["abs"](x), axis=sums), other, ord)
    else:
        raise ValueError(f"matrix_norm: ord is 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    return value[..., None, None] if keepdims else value


def _most(values: Array, axis: int, ord: Any) -> Array:
    """The greatest along `axis`, or the least if `ord` is negative; the greatest of none is 0."""
    if values.shape[axis] == 0 and ord > 0:
        return total(values, axis=axis)
    return operations["max" if ord > 0 else "min"](values, axis=axis)
