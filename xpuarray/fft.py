"""Fourier transforms: the `fft` extension of the Array API standard, by the device's library
(oneMKL, cuFFT, pocketfft)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, computed
from xpuarray.core.promotion import as_dtype, default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Place
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.checking import checked
from xpuarray.functions.creation import ascontiguousarray, empty, zeros
from xpuarray.functions.data_types import as_floating, astype
from xpuarray.functions.manipulation import roll
from xpuarray.functions.signatures import write_out
from xpuarray.placement.devices import as_device

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_NORMS = ("backward", "ortho", "forward")


def _transformed(name: str, x: Array, norm: str | None, **options: Any) -> Array:
    """The library's transform.  Halves are computed in single precision, and real results of them are halves."""
    device = common_device(name, x)
    if norm is None:
        norm = "backward"
    if norm not in _NORMS:
        raise ValueError(f"{name}: norm is one of {_NORMS}, not {norm!r}")
    if x.dtype.kind == "c" and name in _OF_REALS:
        raise UnsupportedDTypeError(f"{name} is not defined for {x.dtype}; it takes real numbers")
    x = as_floating(name, x)
    if not x.size:  # of which dpnp 0.20 makes other shapes and dtypes
        nothing = getattr(np.fft, name)(np.empty(x.shape, x.dtype), norm=norm, **options)
        return empty(nothing.shape, device.info.fit(nothing.dtype), device=device)
    halves = x.dtype == np.float16  # of which NumPy rounds 1 / n to a half, too: to 0, from 65520 on
    x = astype(x, np.float32) if halves else x
    value = computed(name, device, f"fft.{name}", x, norm=norm, **options)
    value = ascontiguousarray(value) if value.ndim > 1 else value  # CuPy's lie as their axes were given
    halves = halves and value.dtype.kind == "f" and len(options.get("axes", "1")) == 1
    return astype(value, np.float16, copy=False) if halves else value


#: They take real numbers, and return what is not redundant.
_OF_REALS = ("rfft", "rfftn", "ihfft")

#: What all transforms of one dimension say of their parameters.
_ONE = """
    n: the length of the transform; the array is cut, or filled with zeros, to it; {default}
    axis: the dimension that is transformed
    norm: "backward" (the inverse is divided by n), "forward" (the other is), "ortho" (both, by its root)

    Raises ValueError if n is less than 1.

    >>> xp.fft.{name}(x, axis=0)                                           # doctest: +SKIP
    """

#: The same of several dimensions.
_SEVERAL = """
    s: the lengths of the transform along `axes`; the array is cut, or filled with zeros, to them
    axes: the dimensions that are transformed (default: all, or with `s` the last ones)
    norm: "backward" (the inverse is divided by their product), "forward" (the other is), "ortho" (both)

    Raises ValueError if `s` and `axes` differ in length.

    >>> xp.fft.{name}(x, axes=(0, 1))                                      # doctest: +SKIP
    """

F = TypeVar("F", bound=Callable[..., Array])


def _documented(parameters: str, **words: str) -> Callable[[F], F]:
    """What a transform's text says of its parameters is added to it."""

    def decorate(function: F) -> F:
        text = parameters.format(name=function.__name__, **words)
        function.__doc__ = f"{function.__doc__}\n{text}"
        return function

    return decorate


def _one(name: str, a: Array, n: int | None, axis: int, norm: str | None, out: Array | None) -> Array:
    (axis,) = normalise_axes(name, axis, a.ndim)
    length = n if n is not None else a.shape[axis] if name not in ("irfft", "hfft") else 2 * (a.shape[axis] - 1)
    if length < 1:
        raise ValueError(f"{name}: the length must be at least 1, not {length}")
    a = _filled(a, [length], [axis])
    return write_out(name, _transformed(name, a, norm, n=n, axis=axis), out)


def _filled(a: Array, lengths: Sequence[int], axes: Sequence[int]) -> Array:
    """a; or, if it has no elements along one of the axes, the zeros to which it is extended there: NumPy 2.4 transforms
    whatever its memory held before."""
    extents = dict(zip(axes, lengths))
    shape = tuple(n if n else extents.get(k, n) for k, n in enumerate(a.shape))
    return a if shape == a.shape else zeros(shape, a.dtype, device=a.device)


def _several(
    name: str, a: Array, s: Sequence[int] | None, axes: Sequence[int] | None, norm: str | None, out: Array | None
) -> Array:
    if axes is None:
        axes = range(a.ndim) if s is None else range(a.ndim - len(s), a.ndim)
    axes = [k % a.ndim for k in axes if normalise_axes(name, k, a.ndim)]
    lengths = [a.shape[k] for k in axes] if s is None else list(s)
    if len(lengths) != len(axes):
        raise ValueError(f"{name}: s {tuple(lengths)} and axes {tuple(axes)} differ in length")
    lengths = [a.shape[k] if length == -1 else length for k, length in zip(axes, lengths)]  # -1: as it is
    if s is None and name == "irfftn":
        lengths[-1:] = [2 * (extent - 1) for extent in lengths[-1:]]
    if any(length < 1 for length in lengths):
        raise ValueError(f"{name}: lengths must be at least 1, not {tuple(lengths)}")
    if not axes:
        if name in ("rfftn", "irfftn"):
            raise IndexError(f"{name}: there is no axis whose terms could be halved")
        return a if out is None else write_out(name, a, out)
    a = _filled(a, lengths, axes)
    return write_out(name, _transformed(name, a, norm, s=tuple(lengths), axes=tuple(axes)), out)


@_documented(_ONE, default="default: its extent")
@checked
def fft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The discrete Fourier transform along one dimension; complex."""
    return _one("fft", a, n, axis, norm, out)


@_documented(_ONE, default="default: its extent")
@checked
def ifft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The inverse of `fft`; complex."""
    return _one("ifft", a, n, axis, norm, out)


@_documented(_ONE, default="default: its extent")
@checked
def rfft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The Fourier transform of real numbers: n // 2 + 1 terms, whose mirror is the rest; complex."""
    return _one("rfft", a, n, axis, norm, out)


@_documented(_ONE, default="default: 2 * (its extent - 1)")
@checked
def irfft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The inverse of `rfft`; real."""
    return _one("irfft", a, n, axis, norm, out)


@_documented(_ONE, default="default: 2 * (its extent - 1)")
@checked
def hfft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The Fourier transform of a signal given by one half; real."""
    return _one("hfft", a, n, axis, norm, out)


@_documented(_ONE, default="default: its extent")
@checked
def ihfft(
    a: Array, n: int | None = None, axis: int = -1, norm: str | None = "backward", out: Array | None = None
) -> Array:
    """The inverse of `hfft`: n // 2 + 1 terms; complex."""
    return _one("ihfft", a, n, axis, norm, out)


@_documented(_SEVERAL)
@checked
def fftn(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = "backward",
    out: Array | None = None,
) -> Array:
    """The discrete Fourier transform over several dimensions; complex."""
    return _several("fftn", a, s, axes, norm, out)


@_documented(_SEVERAL)
@checked
def ifftn(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = "backward",
    out: Array | None = None,
) -> Array:
    """The inverse of `fftn`; complex."""
    return _several("ifftn", a, s, axes, norm, out)


@_documented(_SEVERAL)
@checked
def rfftn(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = "backward",
    out: Array | None = None,
) -> Array:
    """The Fourier transform of real numbers over several dimensions, the last one halved; complex."""
    return _several("rfftn", a, s, axes, norm, out)


@_documented(_SEVERAL)
@checked
def irfftn(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: str | None = "backward",
    out: Array | None = None,
) -> Array:
    """The inverse of `rfftn`; real."""
    return _several("irfftn", a, s, axes, norm, out)


@checked
def fft2(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: str | None = None,
    out: Array | None = None,
) -> Array:
    """`fftn`, with the same parameters, over two dimensions; NumPy's, beyond the standard."""
    return _several("fftn", a, s, axes, norm, out)


@checked
def ifft2(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: str | None = None,
    out: Array | None = None,
) -> Array:
    """`ifftn`, with the same parameters, over two dimensions; NumPy's, beyond the standard."""
    return _several("ifftn", a, s, axes, norm, out)


@checked
def rfft2(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: str | None = None,
    out: Array | None = None,
) -> Array:
    """`rfftn`, with the same parameters, over two dimensions; NumPy's, beyond the standard."""
    return _several("rfftn", a, s, axes, norm, out)


@checked
def irfft2(
    a: Array,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: str | None = None,
    out: Array | None = None,
) -> Array:
    """`irfftn`, with the same parameters, over two dimensions; NumPy's, beyond the standard."""
    return _several("irfftn", a, s, axes, norm, out)


@checked
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Place = None) -> Array:
    """The frequencies of the terms of `fft`: 0, 1, ..., then the negative ones, each divided by d * n (d: the samples'
    distance)."""
    return _frequencies("fftfreq", n, d, dtype, device)


@checked
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Place = None) -> Array:
    """The frequencies of the terms of `rfft`: 0, 1, ..., n // 2, each divided by d * n (d: the samples' distance)."""
    return _frequencies("rfftfreq", n, d, dtype, device)


def _frequencies(name: str, n: int, d: float, dtype: Any, device: Place) -> Array:
    place = as_device(device)
    wanted = default_float(place) if dtype is None else as_dtype(dtype, place)
    if wanted.kind != "f":
        raise UnsupportedDTypeError(f"{name}: frequencies are real floating-point numbers, not {wanted}")
    return Array(place.runtime.from_host(getattr(np.fft, name)(n, d).astype(wanted)), place)


@checked
def fftshift(x: Array, axes: int | Sequence[int] | None = None) -> Array:
    """x with the term of frequency 0 moved from the start to the middle of `axes` (default: all)."""
    axes = normalise_axes("fftshift", axes, x.ndim)
    return roll(x, tuple(x.shape[a] // 2 for a in axes), axis=axes) if axes else x.copy()


@checked
def ifftshift(x: Array, axes: int | Sequence[int] | None = None) -> Array:
    """The inverse of `fftshift`."""
    axes = normalise_axes("ifftshift", axes, x.ndim)
    return roll(x, tuple(-(x.shape[a] // 2) for a in axes), axis=axes) if axes else x.copy()


def __dir__() -> list[str]:
    return __all__
