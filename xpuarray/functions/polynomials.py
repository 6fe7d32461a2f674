"""Polynomials: their values, and fits."""

from __future__ import annotations

from typing import Any

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.typing import Number, Operand
from xpuarray.functions import creation, elementwise, factorisations, joining, reductions
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, finfo
from xpuarray.functions.few import whole_by_numpy

__all__ = ["polyfit", "polyval", "vander"]


@checked
def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """Powers of the vector x as columns, descending unless `increasing`."""
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


@whole_by_numpy
@checked
def polyfit(x: Array, y: Array, deg: int, rcond: float | None = None, *, w: Array | None = None) -> Array:
    """The coefficients, highest power first, of the polynomial of degree `deg` that fits the points (x, y) best:
    by least squares, each point's distance counting `w` times.

    y: (n,), or (n, k) for k fits
    rcond: singular values below it times the largest count as 0; default n * eps
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
    found = factorisations.lstsq(matrix / scale, y, rcond)[0]
    return found / (scale[:, None] if y.ndim == 2 else scale)
