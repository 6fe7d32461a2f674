"""Elements taken out and put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array, asnumpy
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Mask
from xpuarray.functions import (
    creation,
    indexing,
    joining,
    manipulation,
    reductions,
    searching,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.index_tricks import (
    flatnonzero,
)
from xpuarray.functions.operands import as_operand, check_integers
from xpuarray.functions.signatures import write_out

__all__ = [
    "compress",
    "delete",
    "extract",
    "insert",
    "resize",
    "trim_zeros",
]


@whole_by_numpy
@checked
def compress(condition: Mask, a: Array, axis: int | None = None, out: Array | None = None) -> Array:
    """The parts of a along `axis` (None: of a flattened) where the 1-dimensional `condition` holds."""
    common_device("compress", condition, a)
    if condition.ndim != 1:
        raise ValueError(f"compress: the condition must have one dimension, not {condition.ndim}")
    x = manipulation.reshape(a, (-1,)) if axis is None else a
    return write_out("compress", indexing.take(x, flatnonzero(condition), axis=axis or 0), out)


@whole_by_numpy
@checked
def extract(condition: Mask, arr: Array) -> Array:
    """The elements of arr where `condition`, of the same size, holds."""
    return compress(manipulation.reshape(condition, (-1,)), arr)


def along(name: str, arr: Array, axis: int | None) -> tuple[Array, int]:
    x = manipulation.reshape(arr, (-1,)) if axis is None else arr
    return x, normalise_axes(name, 0 if axis is None else axis, x.ndim)[0]


def _indices(name: str, obj: Any, extent: int, beyond: int) -> np.ndarray:
    """A slice, indices or a mask as indices on the host in [0, extent + beyond)."""
    if isinstance(obj, slice):
        return np.arange(*obj.indices(extent))
    index = np.asarray(asnumpy(obj) if isinstance(obj, Array) else obj)
    if index.dtype == bool:
        if index.shape != (extent,) and not (beyond and index.ndim == 1):
            raise ValueError(f"{name}: a mask of shape {index.shape} for {extent} elements")
        index = np.flatnonzero(index)
    index = index.astype(np.intp) if index.size == 0 else index
    if beyond and index.ndim > 1:
        raise ValueError(f"{name}: indices are one, or in one dimension, not of shape {index.shape}")
    if index.dtype.kind not in "iu":
        raise IndexError(f"{name}: takes a slice, integers or a mask, not {obj!r}")
    if index.size and not (-extent <= index.min() and index.max() < extent + beyond):
        raise IndexError(f"{name}: index {obj} is out of bounds for {extent} elements")
    return np.where(index < 0, index + extent, index)


@whole_by_numpy
@checked
def delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    """A copy of arr without its parts at `obj`, a slice, indices or a mask, along `axis` (None: of arr flattened)."""
    x, axis = along("delete", arr, axis)
    runs = _between(_indices("delete", obj, x.shape[axis], 0), x.shape[axis])
    if 0 < len(runs) <= _FEW:
        return joining.concat([x[_part(axis, *run)] for run in runs], axis=axis)
    kept = np.concatenate([np.arange(*run) for run in runs]) if len(runs) else np.empty(0, np.intp)
    return indexing.take(x, creation.asarray(kept, device=x.device), axis=axis)


#: So many parts are copied one by one, rather than by the index of each element, which takes eight bytes.
_FEW = 16


def _between(places: np.ndarray, extent: int) -> np.ndarray:
    """The runs (first, stop) of what lies between the places."""
    ordered = np.sort(places, axis=None)
    runs = np.stack([np.append(0, ordered + 1), np.append(ordered, extent)], axis=1)
    return runs[runs[:, 0] < runs[:, 1]]


def _part(axis: int, first: int, stop: int) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(int(first), int(stop)))


@whole_by_numpy
@checked
def insert(arr: Array, obj: Any, values: Any, axis: int | None = None) -> Array:
    """A copy of arr with `values` before its parts at `obj`, a slice, indices or a mask, along `axis` (None: of arr
    flattened).
    """
    x, axis = along("insert", arr, axis)
    check_integers("insert", values, x.dtype)
    values = astype(as_operand("insert", values, x.device), x.dtype, copy=False)
    common_device("insert", x, values)
    index = _indices("insert", obj, x.shape[axis], 1)
    if index.size == 1:  # all values go there, and a scalar index takes them without that axis
        values = manipulation.reshape(values, (1,) * (x.ndim - values.ndim) + values.shape)
        values = manipulation.moveaxis(values, 0, axis) if index.ndim == 0 else values
        places = np.full(values.shape[axis], int(index.reshape(()))) + np.arange(values.shape[axis])
    else:
        order = np.argsort(index, kind="stable")
        places = index.copy()
        places[order] += np.arange(index.size)
    shape = list(x.shape)
    shape[axis] += places.size
    runs = _between(places, shape[axis])
    result = creation.empty(tuple(shape), x.dtype, device=x.device)
    around = (slice(None),) * axis
    result[(*around, creation.asarray(places, device=x.device))] = values
    if len(runs) > _FEW:
        others = np.concatenate([np.arange(*run) for run in runs])
        result[(*around, creation.asarray(others, device=x.device))] = x
        return result
    begun = 0
    for first, stop in runs:
        result[_part(axis, first, stop)] = x[_part(axis, begun, begun + stop - first)]
        begun += stop - first
    return result


@checked
def trim_zeros(filt: Array, trim: str = "fb", axis: int | Sequence[int] | None = None) -> Array:
    """A view of filt without the zeros at the front ("f") and the back ("b") of `axis` (default: each)."""
    if not trim or set(trim.lower()) - {"f", "b"}:
        raise ValueError(f"trim_zeros: trim is 'f', 'b' or 'fb', not {trim!r}")
    if not filt.ndim:
        return filt
    axes = normalise_axes("trim_zeros", axis, filt.ndim)
    places = searching.nonzero(filt)
    key = [slice(None)] * filt.ndim
    for k in axes:
        low, high = (int(reductions.min(places[k])), int(reductions.max(places[k])) + 1) if places[k].size else (0, 0)
        if not places[k].size:
            low = filt.shape[k] if "b" not in trim.lower() else 0
        key[k] = slice(low if "f" in trim.lower() else 0, high if "b" in trim.lower() else None)
    return filt[tuple(key)]


@whole_by_numpy
@checked
def resize(a: Array, new_shape: int | Sequence[int]) -> Array:
    """A new array of that shape, filled with a's elements, row by row, again and again (a without any: with zeros)."""
    shape = (int(new_shape),) if hasattr(new_shape, "__index__") else tuple(new_shape)  # type: ignore[arg-type,call-overload]
    if any(n < 0 for n in shape):
        raise ValueError(f"resize: extents must not be negative: {shape}")
    flat, size = manipulation.reshape(a, (-1,)), int(np.prod(shape))
    if not a.size or not size:
        return creation.zeros(shape, a.dtype, device=a.device)
    return manipulation.reshape(manipulation.tile(flat, -(-size // a.size))[:size], shape)
