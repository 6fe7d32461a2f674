"""Fourier transforms: the `fft` extension of the Array API standard, by the device's library
(oneMKL, cuFFT, pocketfft)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, corrected_call
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.creation import Place
from xpuarray.functions.data_types import as_dtype, as_floating, default_float
from xpuarray.functions.manipulation import roll
from xpuarray.functions.numpy_outputs import delivered
from xpuarray.functions.reductions import normalise_axes
from xpuarray.placement.devices import as_device

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft",
    "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip

_NORMS = ("backward", "ortho", "forward")


def _transformed(name: str, x: Array, norm: str | None, **options: Any) -> Array:
    """The library's transform.  Half precision is computed, and returned, in single."""
    device = common_device(name, x)
    if norm is None:
        norm = "backward"
    if norm not in _NORMS:
        raise ValueError(f"{name}: norm is one of {_NORMS}, not {norm!r}")
    if x.dtype.kind == "c" and name in _OF_REALS:
        raise UnsupportedDTypeError(f"{name} is not defined for {x.dtype}; it takes real numbers")
    x = as_floating(x)
    return Array(corrected_call(name, device, f"fft.{name}", x._native, norm=norm, **options), device)


#: They take real numbers, and return what is not redundant.
_OF_REALS = ("rfft", "rfftn", "ihfft")

_ONE_DIMENSION = """{what}.

    n: the length of the transform; x is cut, or filled with zeros, to it ({default})
    axis: the dimension that is transformed
    norm: "backward" (the inverse is divided by n), "forward" (the other is), "ortho" (both, by its root)

    Raises ValueError if n is less than 1.

    >>> xp.fft.{name}(x, axis=0)                                           # doctest: +SKIP
    """


def _one(name: str, what: str, default: str = "default: its extent") -> Callable[..., Array]:
    def transform(x: Array, /, n: int | None = None, axis: int = -1, norm: str | None = "backward") -> Array:
        (axis,) = normalise_axes(name, axis, x.ndim)
        if n is not None and n < 1:
            raise ValueError(f"{name}: the length must be at least 1, not {n}")
        return _transformed(name, x, norm, n=n, axis=axis)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = _ONE_DIMENSION.format(name=name, what=what, default=default)
    return transform


_SEVERAL = """{what}.

    s: the lengths of the transform along `axes`; x is cut, or filled with zeros, to them
    axes: the dimensions that are transformed (default: all, or with `s` the last ones)
    norm: "backward" (the inverse is divided by their product), "forward" (the other is), "ortho" (both)

    Raises ValueError if `s` and `axes` differ in length.

    >>> xp.fft.{name}(x, axes=(0, 1))                                      # doctest: +SKIP
    """


def _several(name: str, what: str) -> Callable[..., Array]:
    def transform(
        x: Array, /, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str | None = "backward"
    ) -> Array:
        if axes is None:
            axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
        axes = [a % x.ndim for a in axes if normalise_axes(name, a, x.ndim)]
        lengths = [x.shape[a] for a in axes] if s is None else list(s)
        if len(lengths) != len(axes):
            raise ValueError(f"{name}: s {tuple(lengths)} and axes {tuple(axes)} differ in length")
        if s is None and name == "irfftn":
            lengths[-1:] = [2 * (extent - 1) for extent in lengths[-1:]]
        return _transformed(name, x, norm, s=tuple(lengths), axes=tuple(axes))

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = _SEVERAL.format(name=name, what=what)
    return transform


fft = _one("fft", "The discrete Fourier transform along one dimension; complex")
ifft = _one("ifft", "The inverse of `fft`; complex")
rfft = _one("rfft", "The Fourier transform of real numbers: n // 2 + 1 terms, whose mirror is the rest; complex")
irfft = _one("irfft", "The inverse of `rfft`; real", "default: 2 * (its extent - 1)")
hfft = _one("hfft", "The Fourier transform of a signal given by one half; real", "default: 2 * (its extent - 1)")
ihfft = _one("ihfft", "The inverse of `hfft`: n // 2 + 1 terms; complex")
fftn = _several("fftn", "The discrete Fourier transform over several dimensions; complex")
ifftn = _several("ifftn", "The inverse of `fftn`; complex")
rfftn = _several("rfftn", "The Fourier transform of real numbers over several dimensions, the last one halved; complex")
irfftn = _several("irfftn", "The inverse of `rfftn`; real")


def _two(name: str, several: Callable[..., Array]) -> Callable[..., Array]:
    def transform(
        a: Array,
        s: Sequence[int] | None = None,
        axes: Sequence[int] = (-2, -1),
        norm: str | None = None,
        out: Array | None = None,
    ) -> Array:
        return delivered(name, several(a, s=s, axes=axes, norm=norm), out)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"`{several.__name__}` over two dimensions; NumPy's, beyond the standard."
    return transform


fft2, ifft2, rfft2, irfft2 = _two("fft2", fftn), _two("ifft2", ifftn), _two("rfft2", rfftn), _two("irfft2", irfftn)


def _frequencies(name: str) -> Callable[..., Array]:
    def frequencies(n: int, /, d: float = 1.0, *, dtype: Any = None, device: Place = None) -> Array:
        place = as_device(device)
        wanted = default_float(place) if dtype is None else as_dtype(dtype, place)
        if wanted.kind != "f":
            raise UnsupportedDTypeError(f"{name}: frequencies are real floating-point numbers, not {wanted}")
        return Array(place.runtime.from_host(getattr(np.fft, name)(n, d).astype(wanted)), place)

    frequencies.__name__ = frequencies.__qualname__ = name
    terms = {"fftfreq": "`fft`: 0, 1, ..., then the negative ones", "rfftfreq": "`rfft`: 0, 1, ..., n // 2"}[name]
    frequencies.__doc__ = f"The frequencies of the terms of {terms}, each divided by d * n (d: the samples' distance)."
    return frequencies


fftfreq, rfftfreq = _frequencies("fftfreq"), _frequencies("rfftfreq")


def fftshift(x: Array, /, axes: int | Sequence[int] | None = None) -> Array:
    """x with the term of frequency 0 moved from the start to the middle of `axes` (default: all)."""
    axes = normalise_axes("fftshift", axes, x.ndim)
    return roll(x, tuple(x.shape[a] // 2 for a in axes), axis=axes)


def ifftshift(x: Array, /, axes: int | Sequence[int] | None = None) -> Array:
    """The inverse of `fftshift`."""
    axes = normalise_axes("ifftshift", axes, x.ndim)
    return roll(x, tuple(-(x.shape[a] // 2) for a in axes), axis=axes)


def __dir__() -> list[str]:
    return __all__
