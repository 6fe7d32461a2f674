"""Order statistics: quantiles by all of NumPy's methods, weighted ones, medians; with and without NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, reject
from xpuarray.core.promotion import default_float
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Axis
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import (
    choosing,
    creation,
    elementwise,
    indexing,
    manipulation,
    reductions,
    scans,
    sorting,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import as_floating, astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import SEQUENCES
from xpuarray.functions.signatures import write_out

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]

# -- methods: (q, n) -> the index of the element below, and the share of the distance to the next --------

Placed = tuple[Array, Any]


def _interpolating(alpha: float, beta: float, change: Callable[[Array], Any] = lambda part: part) -> Any:
    """Those of Hyndman and Fan (1996) with (alpha, beta); `change`: what the share becomes."""

    def place(q: Array, n: Any) -> Placed:
        position = elementwise.maximum(elementwise.minimum(q * n + (alpha + q * (1 - alpha - beta)) - 1, n - 1.0), 0.0)
        below = elementwise.floor(position)
        return below, change(position - below)

    return place


def _nearest(q: Array, n: Any) -> Placed:
    return choosing.round(q * (n - 1.0)), None  # halves to even


def _inverted(q: Array, n: Any) -> Placed:
    return elementwise.maximum(elementwise.ceil(q * n - 1), 0.0), None


def _averaged(q: Array, n: Any) -> Placed:
    position = q * n - 1
    below = elementwise.floor(position)
    part = choosing.where(position == below, 0.5, 1.0)
    return choosing.clip(below, min=0.0), choosing.where(position < 0, 0.0, part)


def _closest(q: Array, n: Any) -> Placed:
    position = q * n - 1.5
    below = elementwise.floor(position)
    exact = (position == below) & (below % 2 == 1)
    return elementwise.maximum(elementwise.minimum(choosing.where(exact, below, below + 1), n - 1.0), 0.0), None


#: A share of None: it is an element, of the array's own dtype.
_METHODS: dict[str, Callable[[Array, Any], Placed]] = {
    "linear": _interpolating(1, 1),
    "hazen": _interpolating(0.5, 0.5),
    "weibull": _interpolating(0, 0),
    "median_unbiased": _interpolating(1 / 3, 1 / 3),
    "normal_unbiased": _interpolating(3 / 8, 3 / 8),
    "interpolated_inverted_cdf": _interpolating(0, 1),
    "midpoint": _interpolating(1, 1, lambda part: elementwise.ceil(part) / 2),
    "lower": lambda q, n: (elementwise.floor(q * (n - 1.0)), None),
    "higher": lambda q, n: (elementwise.ceil(q * (n - 1.0)), None),
    "nearest": _nearest,
    "inverted_cdf": _inverted,
    "averaged_inverted_cdf": _averaged,
    "closest_observation": _closest,
}

_ELEMENTS = ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")

# -- quantiles ----------------------------------------------------------------------------------


@checked
def quantile(
    a: Array,
    q: Any,
    axis: Axis = None,
    out: Array | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Array | None = None,
) -> Array:
    """The values below which the shares `q` (in [0, 1]) of a's elements over `axis` lie; NaN where there is a NaN.

    q: a scalar, or several: then the result has them in front
    method: one of NumPy's: "linear", "lower", "higher", "nearest", "midpoint", or those of Hyndman and Fan
    weights: how much each element counts, in a's shape or that of `axis`; with method="inverted_cdf"
    overwrite_input: has no effect

    Raises ValueError for another method, for q outside [0, 1] and for no elements.
    """
    return _quantile("quantile", a, q, axis, out, method, keepdims, weights, skip=False)


@checked
def nanquantile(
    a: Array,
    q: Any,
    axis: Axis = None,
    out: Array | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Array | None = None,
) -> Array:
    """`quantile`, with the same parameters, of what is not NaN; NaN where there is nothing else."""
    return _quantile("nanquantile", a, q, axis, out, method, keepdims, weights, skip=True)


def _quantile(
    name: str, a: Array, q: Any, axis: Axis, out: Any, method: str, keepdims: bool, weights: Any, skip: bool
) -> Array:
    if method not in _METHODS:
        raise ValueError(f"{name}: method {method!r} is none of {', '.join(_METHODS)}")
    x, shape = _rows(name, a, axis, keepdims, as_floats=method not in _ELEMENTS)
    if not isinstance(q, (Array, int, float, np.generic, np.ndarray, *SEQUENCES)):
        reject(name, q)
    shares = q if isinstance(q, Array) else creation.asarray(q, default_float(a.device), device=a.device)
    if not bool(reductions.all((shares >= 0) & (shares <= 1))):
        raise ValueError(f"{name}: q must be in [0, 1]")
    several = manipulation.reshape(shares, (-1,))
    has_nan = x.dtype.kind == "f"
    if weights is not None:
        value = _weighted(name, a, x, several, axis, method, weights, skip)
        ordered = sorting.sort(x, axis=-1)
    else:
        ordered = sorting.sort(x, axis=-1)  # NaN last
        n: Any = float(x.shape[-1])
        if skip and has_nan:
            n = reductions.sum(astype(~elementwise.isnan(ordered), several.dtype), axis=-1, keepdims=True)
            several = manipulation.reshape(several, (1,) * (x.ndim - 1) + (-1,))
        value = _at(ordered, *_METHODS[method](several, n), n)
    if has_nan and not skip:
        value = choosing.where(elementwise.isnan(ordered[..., -1:]), math.nan, value)
    return write_out(name, manipulation.reshape(manipulation.moveaxis(value, -1, 0), (*shares.shape, *shape)), out)


def _at(ordered: Array, below: Array, part: Any, n: Any) -> Array:
    """The elements at `below` along the last axis, or between them and the next ones; n: how many there are."""

    def elements(index: Array) -> Array:
        index = astype(elementwise.maximum(elementwise.minimum(index, n - 1.0), 0.0), np.int64)
        if isinstance(n, float):
            return indexing.take(ordered, index, axis=-1)
        return indexing.take_along_axis(
            ordered, manipulation.broadcast_to(index, (*ordered.shape[:-1], index.shape[-1])), axis=-1
        )

    lower = elements(below)
    if part is None:
        return lower
    return _between(lower, elements(below + 1), astype(part, ordered.dtype, copy=False))


def _between(lower: Array, upper: Array, part: Array) -> Array:
    """lower + part * (upper - lower), exact at both ends, as NumPy computes it."""
    step = upper - lower
    value = choosing.where(part >= 0.5, upper - step * (1 - part), lower + step * part)
    return choosing.where((lower == upper) | (part == 0), lower, value)  # infinities have no distance


def _weighted(
    name: str, a: Array, x: Array, shares: Array, axis: Axis, method: str, weights: Array, skip: bool
) -> Array:
    """Where the running sum of the weights, in the order of the values, reaches the shares of its total."""
    common_device(name, a, weights)
    if method != "inverted_cdf":
        raise ValueError(f"{name}: weights go with method='inverted_cdf' alone, not with {method!r}")
    if weights.shape != a.shape:
        if not isinstance(axis, int) or weights.shape != (a.shape[axis],):
            raise ValueError(f"{name}: weights of shape {weights.shape} fit neither {a.shape} nor axis {axis}")
        weights = manipulation.reshape(weights, (-1,) + (1,) * (a.ndim - 1 - axis % a.ndim))
        weights = manipulation.broadcast_to(weights, a.shape)
    w, _ = _rows(name, weights, axis, False)
    if bool(reductions.any(w < 0)):
        raise ValueError(f"{name}: weights must not be negative")
    if skip and x.dtype.kind == "f":
        w = choosing.where(elementwise.isnan(x), 0.0, w)
    order = sorting.argsort(x, axis=-1, stable=True)
    ordered, w = indexing.take_along_axis(x, order, axis=-1), indexing.take_along_axis(w, order, axis=-1)
    reached = scans.cumulative_sum(w, axis=w.ndim - 1, dtype=shares.dtype)
    reached = reached / reached[..., -1:]
    if not skip and not bool(reductions.all(elementwise.isfinite(reached))):
        raise ValueError(f"{name}: weights must be finite, and not all of them 0")
    reached = choosing.where(reached == 0, -1.0, reached)  # what weighs nothing is no quantile, not even of 0
    below = reductions.sum(astype(reached[..., None, :] < shares[:, None], np.int64), axis=-1)
    return indexing.take_along_axis(ordered, choosing.clip(below, max=x.shape[-1] - 1), axis=-1)


def _rows(name: str, a: Array, axis: Axis, keepdims: bool, as_floats: bool = True) -> tuple[Array, tuple[int, ...]]:
    """`a` with the axes to reduce gathered in one, the last; and the shape of what remains."""
    common_device(name, a)
    if a.dtype.kind == "c" and not name.endswith("median"):
        raise UnsupportedDTypeError(f"{name} is not defined for {a.dtype}: there is nothing between complex numbers")
    axes = normalise_axes(name, axis, a.ndim)
    others = [k for k in range(a.ndim) if k not in axes]
    x = manipulation.permute_dims(as_floating(name, a) if as_floats else a, (*others, *axes))
    if 0 in [a.shape[k] for k in axes]:
        raise ValueError(f"{name}: there is none of no elements: {a.shape}")
    kept = tuple(1 if k in axes else extent for k, extent in enumerate(a.shape))
    shape = tuple(a.shape[k] for k in others)
    return manipulation.reshape(x, (*shape, math.prod(a.shape[k] for k in axes))), kept if keepdims else shape


@checked
def percentile(
    a: Array,
    q: Any,
    axis: Axis = None,
    out: Array | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Array | None = None,
) -> Array:
    """`quantile` with q in [0, 100]."""
    return quantile(a, _shares(q), axis, out, overwrite_input, method, keepdims, weights=weights)


@checked
def nanpercentile(
    a: Array,
    q: Any,
    axis: Axis = None,
    out: Array | None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Array | None = None,
) -> Array:
    """`nanquantile` with q in [0, 100]."""
    return nanquantile(a, _shares(q), axis, out, overwrite_input, method, keepdims, weights=weights)


def _shares(q: Any) -> Any:
    try:
        return (q if isinstance(q, Array) else np.asarray(q, np.float64)) / 100
    except TypeError:
        raise TypeError(f"percentile: q is a number or several, not {q!r}") from None


# -- medians ------------------------------------------------------------------------------------


@whole_by_numpy
@checked
def median(
    a: Array, axis: Axis = None, out: Array | None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """The middle value over `axis`, or the mean of the two middle ones; NaN where there is a NaN."""
    x, shape = _rows("median", a, axis, keepdims)
    ordered = sorting.sort(x, axis=-1)
    n = x.shape[-1]
    low, high = ordered[..., (n - 1) // 2], ordered[..., n // 2]
    value = low if n % 2 else low / 2 + high / 2
    value = choosing.where(elementwise.isnan(ordered[..., -1]), math.nan, value)
    return write_out("median", manipulation.reshape(value, shape), out)


@whole_by_numpy
@checked
def nanmedian(
    a: Array, axis: Axis = None, out: Array | None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Array:
    """The `median` of what is not NaN; NaN where there is nothing else."""
    if a.dtype.kind not in "fc":
        return median(a, axis, out, overwrite_input, keepdims)
    x, shape = _rows("nanmedian", a, axis, keepdims)
    ordered = sorting.sort(x, axis=-1)  # NaN last
    last = reductions.sum(~elementwise.isnan(ordered), axis=-1, keepdims=True) - 1
    low, high = (
        indexing.take_along_axis(ordered, elementwise.maximum(index, 0), axis=-1)
        for index in (last // 2, (last + 1) // 2)
    )
    value = choosing.where(last % 2 == 0, low, low / 2 + high / 2)
    return write_out("nanmedian", manipulation.reshape(value, shape), out)
