"""Factorisations of matrices and what is defined by them.

They and solvers are the device's library's (oneMKL, cuSOLVER, LAPACK).  What is composed of them (ranks,
pseudo-inverses, least squares) means the same on every device.

Matrices are the last two dimensions; those before them are a stack.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.linalg import LinAlgError

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, computed, fall_back
from xpuarray.core.promotion import promote
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import choosing, creation, elementwise, manipulation, products, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.creation import ascontiguousarray, zeros
from xpuarray.functions.data_types import as_floating, astype, finfo
from xpuarray.functions.manipulation import matrix_transpose
from xpuarray.functions.products import matmul

__all__ = [
    "LstsqResult",
    "cholesky",
    "det",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matrix_rank",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
]


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


# -- factorisations and solvers, by the library -------------------------------------------------


def matrices_of(name: str, x: Array, square: bool = False) -> Array:
    """x in floating point.  Raises LinAlgError if it is no matrix, or (`square`) no square one."""
    common_device(name, x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        raise LinAlgError(
            f"{name}: needs {'square ' * square}matrices (..., {'n, n' if square else 'm, n'}), not {x.shape}"
        )
    x = as_floating(name, x)
    if x.dtype == np.float16:
        raise UnsupportedDTypeError(f"{name} is not defined for float16; make it float32 first")
    return x


def _factors(name: str, *xs: Array, **options: Any) -> tuple[Array, ...]:
    """What the library's `linalg.<name>` returns, one or several arrays."""
    device = xs[0].device
    library = device.runtime.library
    if device.type != "cpu" and f"linalg.{name}" in device.runtime.faults.by_numpy:
        fall_back(name, device, f"{library.__name__} copies it to the host, for NumPy")
    if name in _FINITE and not all(map(_finite, xs)):
        raise LinAlgError(f"{name} on {device}: needs finite numbers, and there are infinities or NaN")
    try:
        found = computed(name, device, f"linalg.{name}", *xs, **options)
    except (ValueError, RuntimeError) as error:
        theirs = type(error).__name__ == "LinAlgError" or "::lapack::" in str(error)  # dpnp's, and what it lets through
        if not theirs or isinstance(error, LinAlgError):
            raise
        raise LinAlgError(f"{name} on {device}: {error}") from error
    parts = found if isinstance(found, tuple) else (found,)
    # LAPACK's matrices lie column by column.
    return tuple([ascontiguousarray(part) if part.ndim > 1 else part for part in parts])


#: Of what is not finite some libraries return nonsense, and some say so.
_FINITE = frozenset({"cholesky", "eig", "eigh", "eigvals", "eigvalsh", "svd"})


def _finite(x: Array) -> bool:
    values = x._host_values() if x.device.runtime.host_until else None
    return bool(reductions.all(elementwise.isfinite(x)) if values is None else np.isfinite(values).all())


@checked
def cholesky(a: Array, *, upper: bool = False) -> Array:
    """The lower triangular L with x = L @ L^H (`upper`: U with x = U^H @ U) of Hermitian positive
    definite matrices (..., n, n).

    Raises LinAlgError if one is not positive definite.
    """
    a = matrices_of("cholesky", a, square=True)
    # Libraries differ in which triangle they read for `upper`; all read the lower one otherwise.
    (lower,) = _factors("cholesky", a)
    return elementwise.conj(matrix_transpose(lower)) if upper else lower


@checked
def det(a: Array) -> Array:
    """The determinants (...) of square matrices (..., n, n)."""
    return _factors("det", matrices_of("det", a, square=True))[0]


@checked
def slogdet(a: Array) -> SlogdetResult:
    """The determinants' signs and the logarithms of their absolute values, where `det` would overflow."""
    return SlogdetResult(*_factors("slogdet", matrices_of("slogdet", a, square=True)))


@checked
def inv(a: Array) -> Array:
    """The inverses of square matrices (..., n, n).  Raises LinAlgError if one is singular."""
    return _factors("inv", matrices_of("inv", a, square=True))[0]


@checked
def solve(a: Array, b: Array) -> Array:
    """The y with x1 @ y = x2, for x1 (..., n, n) and x2 (n,) or (..., n, k).

    Raises LinAlgError if a matrix is singular, or the shapes don't fit.
    """
    device = common_device("solve", a, b)
    a = matrices_of("solve", a, square=True)
    columns = b.ndim == 1
    if b.ndim < 1 or b.shape[0 if columns else -2] != a.shape[-1]:
        raise LinAlgError(f"solve: x1 {a.shape} and x2 {b.shape} don't fit")
    dtype = promote(device, a, as_floating("solve", b))
    a, b = astype(a, dtype, copy=False), astype(b, dtype, copy=False)
    right = b[:, None] if columns else b
    batch = np.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    a, right = (manipulation.broadcast_to(x, batch + x.shape[-2:]) for x in (a, right))
    if 0 in right.shape:
        return zeros(right.shape[:-1] if columns else right.shape, dtype, device=device)
    (found,) = _factors("solve", a, right)
    return found[..., 0] if columns else found


@checked
def eig(a: Array) -> EigResult:
    """Eigenvalues and eigenvectors, complex ones, of square matrices (..., n, n).

    Raises FallbackError on SYCL GPUs, unless `allow_fallback` is in force: dpnp has no routine for them.
    """
    return EigResult(*map(_as_complex, _factors("eig", matrices_of("eig", a, square=True))))


@checked
def eigvals(a: Array) -> Array:
    """The eigenvalues (..., n), complex ones, of square matrices (..., n, n).  Raises as `eig` does."""
    return _as_complex(_factors("eigvals", matrices_of("eigvals", a, square=True))[0])


def _as_complex(x: Array) -> Array:
    """Libraries return reals if all eigenvalues happen to be real."""
    return x if x.dtype.kind == "c" else astype(x, np.result_type(x.dtype, np.complex64))


@checked
def eigh(a: Array, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of Hermitian matrices (..., n, n), of which one triangle is read: UPLO."""
    return EighResult(*_factors("eigh", _triangle("eigh", a, UPLO)))


@checked
def eigvalsh(a: Array, UPLO: str = "L") -> Array:
    """The eigenvalues (..., n), in ascending order, of Hermitian matrices (..., n, n); `UPLO` as in `eigh`."""
    return _factors("eigvalsh", _triangle("eigvalsh", a, UPLO))[0]


def _triangle(name: str, a: Array, UPLO: str) -> Array:
    """Hermitian matrices, of which all libraries read the lower triangle: turned over, if the upper one counts."""
    triangle = UPLO.upper()
    if triangle not in ("L", "U"):
        raise ValueError(f"{name}: UPLO is 'L' or 'U', not {UPLO!r}")
    x = matrices_of(name, a, square=True)
    if triangle == "L":
        return x
    turned = matrix_transpose(x)
    return elementwise.conj(turned) if x.dtype.kind == "c" else turned


@overload
def qr(a: Array, mode: Literal["reduced", "complete"] = "reduced") -> QRResult: ...
@overload
def qr(a: Array, mode: Literal["r"]) -> Array: ...
@overload
def qr(a: Array, mode: Literal["raw"]) -> tuple[Array, Array]: ...
@checked
def qr(a: Array, mode: str = "reduced") -> QRResult | tuple[Array, Array] | Array:
    """The QR factorisation of (..., m, n): "reduced" with k = min(m, n), or "complete" with k = m; "r": R alone; "raw":
    what LAPACK makes, Householder's vectors and R in (..., n, m), and their factors (..., k)."""
    if mode == "r":
        return qr(a).R
    if mode == "raw":
        h, tau = _factors("qr", matrices_of("qr", a), mode=mode)
        return h, tau
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is 'reduced', 'complete', 'r' or 'raw', not {mode!r}")
    return QRResult(*_factors("qr", matrices_of("qr", a), mode=mode))


@overload
def svd(
    a: Array, full_matrices: bool = True, compute_uv: Literal[True] = True, hermitian: bool = False
) -> SVDResult: ...
@overload
def svd(a: Array, full_matrices: bool = True, *, compute_uv: Literal[False], hermitian: bool = False) -> Array: ...
@checked
def svd(a: Array, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> SVDResult | Array:
    """The singular value decomposition of (..., m, n): U (..., m, m), S (..., k), Vh (..., n, n) with
    k = min(m, n); without `full_matrices`, U (..., m, k) and Vh (..., k, n).

    compute_uv: False for S alone, as `svdvals` gives it;  hermitian: has no effect
    """
    if not compute_uv:
        return svdvals(a)
    return SVDResult(*_factors("svd", matrices_of("svd", a), full_matrices=full_matrices))


@checked
def svdvals(x: Array, /) -> Array:
    """The singular values (..., min(m, n)) of (..., m, n), in descending order."""
    return _factors("svd", matrices_of("svdvals", x), compute_uv=False)[0]


# -- composed of these --------------------------------------------------------------------------


@checked
def pinv(
    a: Array, rcond: float | Array | None = None, hermitian: bool = False, *, rtol: float | Array | None = None
) -> Array:
    """The Moore-Penrose pseudo-inverses (..., n, m) of (..., m, n), by singular values.

    rtol, rcond: those below it times the largest count as 0; a number or an array (...); default
        max(m, n) * eps
    hermitian: has no effect
    """
    if rcond is not None and rtol is not None:
        raise ValueError("pinv: takes rcond or rtol, not both")
    a = matrices_of("pinv", a)
    if a.size == 0:
        return zeros((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype, device=a.device)
    u, s, vh = svd(a, full_matrices=False)
    inverse = choosing.where(s > _tolerance(a, s, rcond if rtol is None else rtol), 1 / s, 0)
    scaled = matrix_transpose(vh) * inverse[..., None, :]
    if a.dtype.kind == "c":
        return matmul(elementwise.conj(scaled), elementwise.conj(matrix_transpose(u)))
    return matmul(scaled, matrix_transpose(u))


@checked
def matrix_rank(
    A: Array, tol: float | Array | None = None, hermitian: bool = False, *, rtol: float | Array | None = None
) -> Array:
    """How many singular values are greater than rtol times the largest (default max(m, n) * eps); int64.
    Of fewer than two dimensions: whether there is an element that is not 0.

    tol: the bound itself, in place of rtol;  hermitian: has no effect
    """
    if tol is not None and rtol is not None:
        raise ValueError("matrix_rank: tol and rtol can't be both given")
    if A.ndim < 2:
        return astype(reductions.any(A), np.int64)
    A = matrices_of("matrix_rank", A)
    if 0 in A.shape[-2:]:
        return zeros(A.shape[:-2], np.int64, device=A.device)
    s = svdvals(A)
    if tol is not None:
        return reductions.sum(s > (tol[..., None] if isinstance(tol, Array) and tol.ndim else tol), axis=-1)
    return reductions.sum(s > _tolerance(A, s, rtol), axis=-1)


def _tolerance(x: Array, s: Array, rtol: float | Array | None) -> Array:
    """(..., 1): up to which singular values count as 0."""
    largest = reductions.max(s, axis=-1, keepdims=True)
    if rtol is None:
        rtol = max(x.shape[-2:]) * float(np.finfo(s.dtype).eps)
    elif isinstance(rtol, Array) and rtol.ndim:
        rtol = rtol[..., None]
    return astype(largest * rtol, s.dtype, copy=False)


class LstsqResult(NamedTuple):
    """Of `lstsq`."""

    x: Array  #: the solution: (n,) or (n, k)
    residuals: Array  #: sums of squared residuals: (k,); empty if a's rank is below n, or m <= n
    rank: Array  #: of a, 0-dimensional
    s: Array  #: a's singular values: (min(m, n),)


@checked
def lstsq(a: Array, b: Array, rcond: float | None = None) -> LstsqResult:
    """The x of least norm among those for which the norm of b - a @ x is least; by a's singular values.

    a: (m, n); b: (m,) or (m, k)
    rcond: singular values below rcond times the largest count as 0; default max(m, n) * eps
    """
    common_device("lstsq", a, b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise LinAlgError(f"lstsq: shapes {a.shape} and {b.shape} are not (m, n) and (m,) or (m, k)")
    a, b = as_floating("lstsq", a), as_floating("lstsq", b)
    common = a.device.info.fit(np.result_type(a.dtype, b.dtype))
    a, b = astype(a, common, copy=False), astype(b, common, copy=False)
    m, n = a.shape
    u, s, vh = svd(a, full_matrices=False)
    bound = max(m, n) * float(finfo(a.dtype).eps) if rcond is None else rcond
    used = s > bound * reductions.max(s, initial=0)
    rank = astype(reductions.sum(used), np.int32)
    inverse = choosing.where(used, 1 / choosing.where(used, s, 1.0), 0.0)
    columns = manipulation.reshape(b, (m, 1)) if b.ndim == 1 else b
    adjoint = [manipulation.matrix_transpose(elementwise.conj(v) if v.dtype.kind == "c" else v) for v in (u, vh)]
    x = products.matmul(adjoint[1], manipulation.reshape(inverse, (-1, 1)) * products.matmul(adjoint[0], columns))
    if m > n and int(rank) == n:
        distance = elementwise.abs(columns - products.matmul(a, x))
        residuals = reductions.sum(distance * distance, axis=0)
    else:
        residuals = creation.empty(0, s.dtype, device=a.device)
    return LstsqResult(manipulation.reshape(x, (n,)) if b.ndim == 1 else x, residuals, rank, s)
