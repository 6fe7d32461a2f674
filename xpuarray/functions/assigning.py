"""Elements of an array set in the array itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import in_sight
from xpuarray.core.typing import Index, Mask, Target
from xpuarray.functions import choosing, indexing, manipulation, ranges
from xpuarray.functions.bounds import check_bounds
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.editing import resize
from xpuarray.functions.index_tricks import flatnonzero, unravel_index
from xpuarray.functions.operands import as_index, as_operand, check_integers
from xpuarray.spans import watched

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


@checked
def put(a: Target, ind: Index, v: Any, mode: str = "raise") -> None:
    """a's elements at the positions `ind` (counted row by row) set to `v`, repeated as often as needed; in a itself.

    mode: what is done with positions out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"put: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    check_integers("put", v, a.dtype)
    places, v = manipulation.reshape(as_index("put", ind, a.device), (-1,)), as_operand("put", v, a.device)
    ind = astype(places, np.int64, copy=False)  # NumPy refuses uint64
    common_device("put", a, ind, v)
    a._check_writable()
    if not ind.size or not v.size:
        return
    if mode == "raise":
        check_bounds("put", ind, a.size)
    if (memory := _memory(a, v)) is not None:
        places, values = _apart(memory, ind, astype(v, a.dtype, copy=False))
        np.put(memory, places, values, mode)  # type: ignore[arg-type]
        return
    index = ind % a.size if mode != "clip" else choosing.clip(ind, 0, a.size - 1)
    values = manipulation.reshape(v, (-1,))
    values = indexing.take(values, ranges.arange(ind.size, device=a.device) % values.size, axis=0)
    a[unravel_index(index, a.shape) if a.ndim else ...] = values if a.ndim else values[-1]


def _memory(a: Array, values: Array) -> np.ndarray | None:
    """a's memory for NumPy to write such values into, of any number; None if the device has to."""
    if in_sight(a) is None or watched() or not np.can_cast(values.dtype, a.dtype, "same_kind"):
        return None
    pending.materialize_readers(a)
    return a._host_values()


def _apart(memory: np.ndarray, *arrays: Array) -> Iterator[Any]:
    """The arrays' values, copied if they lie where will be written."""
    for x in arrays:
        values = x._host_values()
        assert values is not None
        yield values.copy() if np.may_share_memory(values, memory) else values


@checked
def put_along_axis(arr: Target, indices: Index, values: Any, axis: int | None) -> None:
    """arr's elements at `indices` along `axis` set to `values`, which broadcast; in arr itself."""
    if axis is None:
        if indices.ndim != 1:
            raise ValueError(f"put_along_axis: without an axis indices have a single dimension, not {indices.ndim}")
        return put(arr, indices, values)
    (axis,) = normalise_axes("put_along_axis", axis, arr.ndim)
    if indices.ndim != arr.ndim:
        raise ValueError(f"put_along_axis: {indices.ndim} dimension(s) of indices for {arr.ndim} of the array")
    if indices.dtype.kind not in "iu":
        raise IndexError(f"put_along_axis: indices are integers, not {indices.dtype}")
    places = [
        indices
        if k == axis
        else manipulation.reshape(ranges.arange(n, device=arr.device), (-1,) + (1,) * (arr.ndim - 1 - k))
        for k, n in enumerate(arr.shape)
    ]
    arr[tuple(manipulation.broadcast_arrays(*places))] = as_operand("put_along_axis", values, arr.device)


@checked
def place(arr: Target, mask: Mask, vals: Any) -> None:
    """arr's elements where `mask` holds set to `vals`, repeated as often as needed; in arr itself."""
    places = flatnonzero(mask)
    if places.size and not as_operand("place", vals, arr.device).size:
        raise ValueError("place: cannot insert from an empty array")
    if mask.size != arr.size:
        raise ValueError(f"place: the mask's shape {mask.shape} is not that of the array, {arr.shape}")
    put(arr, places, vals)


@checked
def putmask(a: Target, mask: Mask, values: Any) -> None:
    """a's elements where `mask` holds set to those of `values` at the same place, repeated; in a itself."""
    common_device("putmask", a, mask)
    a._check_writable()
    if mask.size != a.size:
        raise ValueError(f"putmask: the mask's shape {mask.shape} is not that of the array, {a.shape}")
    mask = mask if mask.shape == a.shape else manipulation.reshape(mask, a.shape)
    check_integers("putmask", values, a.dtype)
    values = as_operand("putmask", values, a.device)
    memory = _memory(a, values) if values.size else None
    if memory is not None:
        np.putmask(memory, *_apart(memory, mask, astype(values, a.dtype, copy=False)))
        return
    repeated = values if values.shape == a.shape else resize(values, a.shape)
    a[...] = astype(choosing.where(mask, repeated, a), a.dtype, copy=False)


@checked
def copyto(dst: Target, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """The elements of dst, `where` given those where it holds, set to those of src, which broadcast.

    Raises TypeError if src's dtype can't be cast to dst's by NumPy's rule `casting`.
    """
    number = isinstance(src, (bool, int, float, complex))
    typed = src.dtype if isinstance(src, (Array, np.generic)) else dst.dtype
    held = np.result_type(dst.dtype, src) if number else typed
    if not np.can_cast(held, dst.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"copyto: {src if number else held} is not cast to {dst.dtype} by the rule {casting!r}")
    if isinstance(where, Array) and where.dtype != np.bool_:
        raise TypeError(f"copyto: where is an array of bool, not of {where.dtype}")
    dst[...] = src if where is True else astype(choosing.where(where, src, dst), dst.dtype, copy=False)


@checked
def fill_diagonal(a: Target, val: Any, wrap: bool = False) -> None:
    """The diagonal of the matrix a (or of a cube) set to `val`; in a itself.

    wrap: in a matrix of more rows than columns, the diagonal begins anew below a row that is left as it is
    """
    if a.ndim < 2:
        raise ValueError(f"fill_diagonal: the array must be at least 2-d, not of shape {a.shape}")
    if a.ndim > 2 and len(set(a.shape)) > 1:
        raise ValueError(f"fill_diagonal: all dimensions must be of equal length, not {a.shape}")
    value = as_operand("fill_diagonal", val, a.device)
    if wrap and a.ndim == 2:
        flat = ranges.arange(0, a.size, a.shape[1] + 1, device=a.device)
        places: tuple[Array, ...] = (flat // a.shape[1], flat % a.shape[1])
    else:
        places = (ranges.arange(min(a.shape), device=a.device),) * a.ndim
    a[places] = resize(value, places[0].size) if value.ndim else value
