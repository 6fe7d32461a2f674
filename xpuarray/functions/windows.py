"""Windows: weights of samples, to take spectra by."""

from __future__ import annotations

import math
from collections.abc import Callable

from xpuarray.core.array import Array
from xpuarray.core.typing import Place
from xpuarray.functions import choosing, creation, elementwise, ranges
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


@checked
def bartlett(M: float, *, device: Place = None) -> Array:
    """Bartlett's (triangular) window with M points, 1 in the middle."""
    return _window(M, device, lambda n: 1 - elementwise.abs(n))


@checked
def hanning(M: float, *, device: Place = None) -> Array:
    """Hann's window with M points, 1 in the middle."""
    return _window(M, device, lambda n: 0.5 + 0.5 * elementwise.cos(math.pi * n))


@checked
def hamming(M: float, *, device: Place = None) -> Array:
    """Hamming's window with M points, 1 in the middle."""
    return _window(M, device, lambda n: 0.54 + 0.46 * elementwise.cos(math.pi * n))


@checked
def blackman(M: float, *, device: Place = None) -> Array:
    """Blackman's window with M points, 1 in the middle."""

    def values(n: Array) -> Array:
        return 0.42 + 0.5 * elementwise.cos(math.pi * n) + 0.08 * elementwise.cos(2 * math.pi * n)

    return _window(M, device, values)


@checked
def kaiser(M: float, beta: float, *, device: Place = None) -> Array:
    """Kaiser's window with M points and the shape `beta`."""

    def values(n: Array) -> Array:
        spread = elementwise.sqrt(choosing.clip(1 - n * n, min=0.0))
        return elementwise.i0(beta * spread) / elementwise.i0(beta * creation.ones_like(n[:1]))

    return _window(M, device, values, math.ceil(M))


def _window(M: float, device: Place, values: Callable[[Array], Array], count: int | None = None) -> Array:
    """values: of M places, evenly spaced from -1 to 1; where M is not whole, so many as NumPy has there"""
    count = (0 if M < 1 else math.ceil(M - 0.5)) if count is None else count
    if count < 1:
        return creation.zeros(0, device=device)
    one = creation.ones(1, device=device)
    if M == 1:
        return one
    return values((2 * astype(ranges.arange(count, device=device), one.dtype) + (1 - M)) / (M - 1))
