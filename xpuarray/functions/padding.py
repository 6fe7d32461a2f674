"""NumPy's `pad`, in all of its modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.functions import (
    choosing,
    creation,
    indexing,
    joining,
    manipulation,
    quantiles,
    ranges,
    reductions,
    statistics,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy

__all__ = ["pad"]

Pair = tuple[Any, Any]

#: mode -> the keyword it takes, and its default
_OPTIONS: dict[str, tuple[str, Any]] = {
    "constant": ("constant_values", 0),
    "linear_ramp": ("end_values", 0),
    **dict.fromkeys(("maximum", "mean", "median", "minimum"), ("stat_length", None)),
    **dict.fromkeys(("reflect", "symmetric"), ("reflect_type", "even")),
    **dict.fromkeys(("edge", "empty", "wrap"), ("", None)),
}


@whole_by_numpy
@checked
def pad(array: Array, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array:
    """`array` with `pad_width` elements more at the ends of each axis: (before, after), one pair or one an axis.

    mode: "constant" (`constant_values`, as pad_width; default 0), "empty", "edge", "wrap", "reflect" and
        "symmetric" (`reflect_type` "even" or "odd"), "linear_ramp" (`end_values`; default 0), "maximum", "mean",
        "median" and "minimum" (of `stat_length` elements at the end; default of all)

    Raises ValueError for other modes and keywords; functions are not supported as modes.
    """
    if callable(mode):
        raise TypeError("pad: a function as mode would get NumPy's arrays; pad with 'empty', and fill in the rest")
    if mode not in _OPTIONS:
        raise ValueError(f"pad: mode {mode!r} is none of {', '.join(map(repr, _OPTIONS))}")
    option, default = _OPTIONS[mode]
    wrong = kwargs.keys() - {option}
    if wrong:
        raise ValueError(f"pad: mode {mode!r} takes no {', '.join(sorted(wrong))}")
    value = kwargs.get(option, default)
    if isinstance(pad_width, dict):
        given = [pad_width.get(k, pad_width.get(k - array.ndim, 0)) for k in range(array.ndim)]
        pad_width = [(w, w) if hasattr(w, "__index__") else w for w in given]
    widths = _pairs(pad_width, array.ndim, np.intp)
    if any(w < 0 for pair in widths for w in pair):
        raise ValueError(f"pad: widths must not be negative: {widths}")
    if mode in ("constant", "empty"):
        return _filled(array, widths, None if mode == "empty" else _pairs(value, array.ndim))
    if mode in ("reflect", "symmetric") and value not in ("even", "odd"):
        raise ValueError(f"pad: reflect_type is 'even' or 'odd', not {value!r}")
    options = _pairs(value, array.ndim) if mode in ("linear_ramp", *_STATISTICS) else [value] * array.ndim
    if option == "stat_length" and value is not None:
        _check_lengths(mode, options)
    result = array
    for axis, (pair, chosen) in enumerate(zip(widths, options)):
        if any(pair):
            if not array.shape[axis]:
                raise ValueError(f"pad: axis {axis} is empty, and mode {mode!r} needs an element to start from")
            result = _MODES[mode](result, axis, pair, chosen)
    return creation.asarray(result, copy=True) if result is array else result


def _check_lengths(mode: str, lengths: list[Pair]) -> None:
    """Raise ValueError for negative ones, and for those of which there is no value."""
    shortest = min(length for pair in lengths for length in pair)
    if shortest < 0:
        raise ValueError(f"pad: stat_length must not be negative: {shortest}")
    if shortest == 0 and mode in ("maximum", "minimum"):
        raise ValueError(f"pad: stat_length of 0 yields no value for padding: there is no {mode} of nothing")


def _pairs(value: Any, ndim: int, dtype: Any = None) -> list[Pair]:
    """One pair an axis, of a scalar, a pair, or a pair an axis."""
    try:
        given = np.asarray(value)
        if dtype is not None and given.dtype.kind not in "iu":
            raise TypeError
        found = np.broadcast_to(given if dtype is None else given.astype(dtype), (ndim, 2)).tolist()
    except TypeError:
        raise TypeError(f"pad: takes a number, a pair, or a pair an axis, not {value!r}") from None
    return [(first, second) for first, second in found]


def _filled(array: Array, widths: list[Pair], corners: list[Pair] | None) -> Array:
    shape = tuple(before + n + after for n, (before, after) in zip(array.shape, widths))
    result = creation.empty(shape, array.dtype, device=array.device)
    for axis, ((before, after), (first, last)) in enumerate(zip(widths, corners or ())):
        around = (slice(None),) * axis
        if before:
            result[(*around, slice(0, before))] = first
        if after:
            result[(*around, slice(shape[axis] - after, None))] = last
    result[tuple(slice(before, before + n) for n, (before, _) in zip(array.shape, widths))] = array
    return result


# -- along one axis -----------------------------------------------------------------------------

#: (array, axis, widths, option) -> the array, longer by the widths
Mode = Callable[[Array, int, Pair, Any], Array]


def _part(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(*(slice(None),) * axis, slice(start, stop))]


#: mode -> which of n elements stands at a place before 0 or from n on
_PLACES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "edge": lambda place, n: np.clip(place, 0, n - 1),
    "wrap": lambda place, n: place % n,
    "reflect": lambda place, n: _folded(place, 2 * n - 2, 0),
    "symmetric": lambda place, n: _folded(place, 2 * n, 1),
}


def _folded(place: np.ndarray, period: int, own: int) -> np.ndarray:
    """There and back again; `own`: each end is met twice."""
    there = place % max(period, 1)
    return np.minimum(there, period - own - there)


def _by_index(mode: str) -> Mode:
    def padded(x: Array, axis: int, widths: Pair, option: Any) -> Array:
        n, (before, after) = x.shape[axis], widths
        places = [_PLACES[mode](np.arange(*ends), n) for ends in ((-before, 0), (n, n + after))]
        first, last = (indexing.take(x, creation.asarray(p, device=x.device), axis=axis) for p in places)
        return joining.concat([first, x, last], axis=axis)

    return padded


def _reflected(mode: str) -> Mode:
    """Odd reflections are 2 * edge - x, of whole periods of what there is already."""
    even, own = _by_index(mode), int(mode == "reflect")  # the edge itself is not repeated

    def padded(x: Array, axis: int, widths: Pair, reflect_type: str) -> Array:
        period = x.shape[axis] - own
        if reflect_type == "even" or x.shape[axis] == 1:
            return even(x, axis, widths, None)
        before, after = widths
        while before or after:
            end = x.shape[axis] - own
            n = end // period * period
            left, right = min(before, n), min(after, n)
            first = manipulation.flip(_part(x, axis, own, own + left), axis=axis)
            last = manipulation.flip(_part(x, axis, end - right, end), axis=axis)
            edges = _part(x, axis, 0, 1), _part(x, axis, end + own - 1, end + own)
            x = joining.concat([2 * edges[0] - first, x, 2 * edges[1] - last], axis=axis)
            before, after = before - left, after - right
        return x

    return padded


def _statistic(of: Callable[..., Array]) -> Mode:
    def padded(x: Array, axis: int, widths: Pair, lengths: Pair) -> Array:
        parts, n = [], x.shape[axis]
        for width, length, first in zip(widths, lengths, (True, False)):
            length = n if length is None else min(length, n)
            value = of(_part(x, axis, *((0, length) if first else (n - length, n))), axis=axis, keepdims=True)
            value = choosing.round(value) if x.dtype.kind in "iu" else value
            shape = (*x.shape[:axis], width, *x.shape[axis + 1 :])
            parts.append(manipulation.broadcast_to(astype(value, x.dtype, copy=False), shape))
        return joining.concat([parts[0], x, parts[1]], axis=axis)

    return padded


def _ramp(x: Array, axis: int, widths: Pair, ends: Pair) -> Array:
    """Evenly spaced values from an end's value up to, but without, the edge; as NumPy's, they are doubles first."""
    n, wide = x.shape[axis], x.device.info.fit(np.result_type(x.dtype, np.float64))
    first, last = (
        ranges.linspace(end, astype(edge.squeeze(axis), wide), width, endpoint=False, dtype=x.dtype, axis=axis)
        for width, end, edge in zip(widths, ends, (_part(x, axis, 0, 1), _part(x, axis, n - 1, n)))
    )
    return joining.concat([first, x, manipulation.flip(last, axis=axis)], axis=axis)


_STATISTICS: dict[str, Callable[..., Array]] = {
    "maximum": reductions.max,
    "mean": statistics.mean,
    "median": quantiles.median,
    "minimum": reductions.min,
}

_MODES: dict[str, Mode] = {
    **{mode: _by_index(mode) for mode in ("edge", "wrap")},
    **{mode: _reflected(mode) for mode in ("reflect", "symmetric")},
    **{mode: _statistic(of) for mode, of in _STATISTICS.items()},
    "linear_ramp": _ramp,
}
