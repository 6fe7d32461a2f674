"""Polynomials: values, arithmetic, zeros, and fits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.typing import Number, Operand
from xpuarray.functions import (
    creation,
    elementwise,
    factorisations,
    joining,
    numerics,
    parts,
    ranges,
    reductions,
    searching,
    sorting,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, finfo
from xpuarray.functions.few import whole_by_numpy

__all__ = [
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval", "roots", "vander",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class Coefficients:
    """A polynomial as an object: what `poly1d` is derived from."""

    coeffs: Array


def _of_objects(function: F) -> F:
    """The same of polynomials as objects, of which it makes such, too, unless they are values or zeros."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kinds: Any = [type(a) for a in args if isinstance(a, Coefficients)]
        if not kinds:
            return function(*args, **kwargs)
        value = function(*(a.coeffs if isinstance(a, Coefficients) else a for a in args), **kwargs)
        if function.__name__ in ("polyval", "roots"):
            return value
        return tuple(map(kinds[0], value)) if isinstance(value, tuple) else kinds[0](value)

    return cast(F, call)


@checked
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of the vector x as columns, descending unless `increasing`."""
    if x.ndim != 1:
        raise ValueError(f"vander: x must be a one-dimensional array, not of shape {x.shape}")
    if x.dtype.kind in "biu" and x.dtype != np.uint64:  # of which powers are no small numbers
        x = astype(x, np.int64, copy=False)
    n = x.size if N is None else N
    if n < 0:
        raise ValueError(f"vander: there are no {n} columns")
    x.device.runtime.must_fit((max(x.size, 1), n), x.dtype)  # before one power after the other is made
    powers = [creation.ones_like(x)] if n else []
    while len(powers) < n:
        powers.append(powers[-1] * x)
    columns = powers if increasing else powers[::-1]
    return joining.stack(columns, axis=1) if columns else creation.zeros((x.size, 0), x.dtype, device=x.device)


@_of_objects
@checked
def polyval(p: Array, x: Number | Operand) -> Array:
    """The polynomial with the coefficients p, highest power first, at x (Horner's scheme)."""
    common_device("polyval", p, x)
    value: Any = 0 * x
    for k in range(p.shape[0] if p.ndim else 1):
        value = value * x + (p[k] if p.ndim else p)
    return value


@overload
def polyfit(
    x: Array,
    y: Array,
    deg: int,
    rcond: float | None = None,
    full: Literal[False] = False,
    w: Array | None = None,
    cov: Literal[False] = False,
) -> Array: ...
@overload
def polyfit(
    x: Array,
    y: Array,
    deg: int,
    rcond: float | None = None,
    full: Literal[False] = False,
    w: Array | None = None,
    *,
    cov: Literal[True, "unscaled"],
) -> tuple[Array, Array]: ...
@overload
def polyfit(
    x: Array,
    y: Array,
    deg: int,
    rcond: float | None = None,
    *,
    full: Literal[True],
    w: Array | None = None,
    cov: bool | str = False,
) -> tuple[Array, Array, Array, Array, float]: ...
@whole_by_numpy
@checked
def polyfit(
    x: Array,
    y: Array,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Array | None = None,
    cov: bool | str = False,
) -> Array | tuple[Array, Array] | tuple[Array, Array, Array, Array, float]:
    """The coefficients, highest power first, of the polynomial of degree `deg` that fits the points (x, y) best:
    by least squares, each point's distance counting `w` times.

    y: (n,), or (n, k) for k fits
    rcond: singular values below it times the largest count as 0; default n * eps
    full: also return the residuals, the rank, the singular values and rcond
    cov: also return the coefficients' covariances, scaled by the residuals unless it is "unscaled"
    """
    common_device("polyfit", x, y, *([] if w is None else [w]))
    if x.ndim != 1 or y.ndim not in (1, 2) or y.shape[0] != x.size or deg < 0:
        raise ValueError(f"polyfit: x {x.shape} and y {y.shape} are no points, or the degree {deg} is negative")
    x, y = as_floating("polyfit", x), as_floating("polyfit", y)
    matrix = vander(x, deg + 1)
    if w is not None:
        matrix, y = matrix * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    scale = elementwise.sqrt(reductions.sum(matrix * matrix, axis=0))
    rcond = x.size * float(finfo(x.dtype).eps) if rcond is None else rcond
    found, residuals, rank, singular = factorisations.lstsq(matrix / scale, y, rcond)
    coefficients = found / (scale[:, None] if y.ndim == 2 else scale)
    if full:
        return coefficients, residuals, rank, singular, rcond
    if not cov:
        return coefficients
    scaled = matrix / scale
    variances = factorisations.inv(scaled.T @ scaled) / (scale[:, None] * scale)
    if cov != "unscaled":
        if x.size <= deg + 1:
            raise ValueError(f"polyfit: {x.size} points are too few for covariances of {deg + 1} coefficients")
        factor = residuals / (x.size - deg - 1)
        variances = variances * factor if y.ndim == 1 else variances[:, :, None] * factor
    return coefficients, variances


def _coefficients(p: Array) -> Array:
    return p if p.ndim else p.reshape((1,))


def _both(a1: Array, a2: Array) -> tuple[Array, Array]:
    return _coefficients(a1), _coefficients(a2)


def _vector(name: str, p: Array) -> Array:
    if p.ndim != 1:
        raise (ValueError if p.ndim else TypeError)(f"{name}: coefficients have one dimension, not {p.ndim}")
    return p


@_of_objects
@checked
def polyadd(a1: Array, a2: Array) -> Array:
    """The sum of two polynomials, highest power first."""
    return _joined(elementwise.add, a1, a2)


@_of_objects
@checked
def polysub(a1: Array, a2: Array) -> Array:
    """The difference of two polynomials, highest power first."""
    return _joined(elementwise.subtract, a1, a2)


def _joined(function: Any, a1: Array, a2: Array) -> Array:
    first, second = _both(a1, a2)
    common_device("polyadd", first, second)
    n = max(first.size, second.size)
    return function(
        *[joining.concat([creation.zeros(n - p.size, p.dtype, device=p.device), p]) for p in (first, second)]
    )


@_of_objects
@checked
def polymul(a1: Array, a2: Array) -> Array:
    """The product of two polynomials, highest power first."""
    first, second = (_vector("polymul", p) for p in _both(a1, a2))
    nothing = creation.zeros(1, np.bool_, device=first.device)  # as the polynomial 0
    first, second = (p if p.size else astype(nothing, p.dtype) for p in (first, second))
    return numerics.convolve(first, second)


@_of_objects
@checked
def polydiv(u: Array, v: Array) -> tuple[Array, Array]:
    """Quotient and remainder of two polynomials, highest power first; v does not begin with 0."""
    first, second = (as_floating("polydiv", _coefficients(p)) for p in (u, v))
    common_device("polydiv", first, second)
    if first.ndim != 1 or second.ndim != 1:
        raise ValueError(f"polydiv: coefficients have one dimension, not {first.ndim} and {second.ndim}")
    if not first.size or not second.size:
        raise IndexError(f"polydiv: there are {first.size} and {second.size} coefficients, and must be one at least")
    rest, quotient = first + 0 * second[0], []
    for k in range(first.size - second.size + 1):
        part = rest[k] / second[0]
        quotient.append(part)
        rest[k : k + second.size] -= part * second
    if not quotient:
        return creation.zeros(1, rest.dtype, device=rest.device), rest
    rest = rest[len(quotient) :] if second.size > 1 else rest[-1:]
    return joining.stack(quotient), _without_zeros(rest)


def _without_zeros(p: Array) -> Array:
    """p from its first coefficient on that is not nearly 0, as NumPy's remainders begin."""
    found = searching.nonzero(elementwise.abs(p) > 1e-14)[0] if p.size > 1 else None
    return p if found is None else p[int(found[0]) if found.size else p.size - 1 :]


@_of_objects
@checked
def polyder(p: Array, m: int = 1) -> Array:
    """The m-th derivative of a polynomial, highest power first."""
    if m < 0:
        raise ValueError(f"polyder: a derivative has an order of 0 or more, not {m}")
    value = _vector("polyder", p)
    for _ in range(m):
        value = value[:-1] * ranges.arange(value.size - 1, 0, -1, device=value.device)
    return value


@_of_objects
@checked
def polyint(p: Array, m: int = 1, k: Any = None) -> Array:
    """The m-th antiderivative of a polynomial, highest power first; k: the constants, one or one each time."""
    if m < 0:
        raise ValueError(f"polyint: an antiderivative has an order of 0 or more, not {m}")
    value = _vector("polyint", p)
    constants = [0] * m if k is None else k.tolist() if isinstance(k, Array) else list(np.broadcast_to(k, m))
    if not all(isinstance(c, (int, float, complex, np.number)) for c in constants):
        raise TypeError(f"polyint: k is a number, or one each time, not {k!r}")
    for constant in constants:
        powers = ranges.arange(value.size, 0, -1, device=value.device)
        last = creation.full(1, constant, value.dtype if value.dtype.kind in "fc" else None, device=value.device)
        value = joining.concat([value / powers, last])
    return value


@checked
def poly(seq_of_zeros: Array) -> Array:
    """The coefficients, highest power first, of the polynomial with these zeros, or with a matrix' eigenvalues."""
    zeros = seq_of_zeros
    if zeros.ndim == 2:
        zeros = factorisations.eigvals(zeros)
    zeros = as_floating("poly", _vector("poly", zeros))
    if not zeros.size:
        return creation.ones((), zeros.dtype, device=zeros.device)
    value = creation.ones(1, zeros.dtype, device=zeros.device)
    for k in range(zeros.size):
        value = joining.concat([value, 0 * value[:1]]) - joining.concat([0 * value[:1], value * zeros[k]])
    if value.dtype.kind == "c" and bool(reductions.all(sorting.sort(zeros) == sorting.sort(elementwise.conj(zeros)))):
        return creation.copy(parts.real(value))  # each zero's conjugate is one, too
    return value


@_of_objects
@checked
def roots(p: Array) -> Array:
    """The zeros of a polynomial, highest power first: the eigenvalues of its companion matrix."""
    if p.ndim != 1:
        raise ValueError(f"roots: coefficients have one dimension, not {p.ndim}")
    places = searching.nonzero(p)[0]
    if not places.size:
        return creation.zeros(0, device=p.device)
    first, last = int(places[0]), int(places[-1])
    inner = as_floating("roots", p[first : last + 1])
    found = creation.zeros(p.size - 1 - last, inner.dtype, device=p.device)
    if inner.size == 1:
        return found
    companion = creation.eye(inner.size - 1, k=-1, dtype=inner.dtype, device=p.device)
    companion[0] = -inner[1:] / inner[0]
    values = factorisations.eigvals(companion)
    values = parts.real(values) if bool(reductions.all(parts.imag(values) == 0)) else values  # as NumPy's eigenvalues
    return joining.concat([values, found])
