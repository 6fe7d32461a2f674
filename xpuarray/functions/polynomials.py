"""Polynomials: their values, and fits."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.typing import Number, Operand
from xpuarray.functions import creation, elementwise, factorisations, joining, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype, finfo
from xpuarray.functions.few import whole_by_numpy

__all__ = ["polyfit", "polyval", "vander"]


@checked
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of the vector x as columns, descending unless `increasing`."""
    if x.ndim != 1:
        raise ValueError(f"vander: x must be a one-dimensional array, not of shape {x.shape}")
    x = astype(x, np.int64, copy=False) if x.dtype.kind in "bi" else x  # of which powers are no small numbers
    n = x.size if N is None else N
    if n < 0:
        raise ValueError(f"vander: there are no {n} columns")
    x.device.runtime.must_fit((max(x.size, 1), n), x.dtype)  # before one power after the other is made
    powers = [creation.ones_like(x)] if n else []
    while len(powers) < n:
        powers.append(powers[-1] * x)
    columns = powers if increasing else powers[::-1]
    return joining.stack(columns, axis=1) if columns else creation.zeros((x.size, 0), x.dtype, device=x.device)


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
