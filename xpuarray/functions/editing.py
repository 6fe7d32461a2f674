"""Elements taken out, put in, and chosen among several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from xpuarray.core import pending
from xpuarray.core.array import Array, asnumpy
from xpuarray.core.dispatch import common_device
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import in_sight
from xpuarray.core.typing import Axis, Index, Mask, Operand
from xpuarray.functions import (
    choosing,
    creation,
    indexing,
    joining,
    manipulation,
    ranges,
    reductions,
    searching,
)
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.index_tricks import (
    _bounded,
    diag,
    diag_indices,
    flatnonzero,
    tril_indices,
    triu_indices,
    unravel_index,
)
from xpuarray.functions.operands import as_index, as_one_dtype, as_operand, check_integers
from xpuarray.functions.signatures import write_out
from xpuarray.placement.devices import Device
from xpuarray.spans import watched

__all__ = [
    "apply_along_axis",
    "apply_over_axes",
    "choose",
    "compress",
    "copyto",
    "delete",
    "diag_indices_from",
    "diagflat",
    "extract",
    "fill_diagonal",
    "insert",
    "ix_",
    "mask_indices",
    "packbits",
    "piecewise",
    "place",
    "put",
    "put_along_axis",
    "putmask",
    "resize",
    "select",
    "tril_indices_from",
    "trim_zeros",
    "unpackbits",
    "triu_indices_from",
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


@whole_by_numpy
@checked
def choose(a: Array, choices: Sequence[Any], out: Array | None = None, mode: str = "raise") -> Array:
    """Element by element, that of choices[k] where a is k; all broadcast against each other.

    mode: what is done with k outside of [0, len(choices)): "raise" ValueError, "wrap" or "clip"
    """
    parts = as_one_dtype("choose", choices, a.device)
    common_device("choose", a, *parts)
    n = len(parts)
    index = _bounded("choose", a, n, mode)
    result = parts[0]
    result = manipulation.broadcast_to(result, manipulation.broadcast_arrays(result, a)[0].shape)
    for k in range(1, n):
        result = choosing.where(index == k, parts[k], result)
    return write_out("choose", creation.asarray(result, copy=True) if n == 1 else result, out)


# -- assigning ----------------------------------------------------------------------------------


@checked
def put(a: Array, ind: Index, v: Any, mode: str = "raise") -> None:
    """a's elements at the positions `ind` (counted row by row) set to `v`, repeated as often as needed; in a itself.

    mode: what is done with positions out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"put: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    check_integers("put", v, a.dtype)
    ind, v = manipulation.reshape(as_index("put", ind, a.device), (-1,)), as_operand("put", v, a.device)
    common_device("put", a, ind, v)
    a._check_writable()
    if not ind.size or not v.size:
        return
    if mode == "raise":
        low, high = int(reductions.min(ind)), int(reductions.max(ind))
        if low < -a.size or high >= a.size:
            raise IndexError(f"put: position {high if high >= a.size else low} is out of bounds for {a.size} elements")
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
def put_along_axis(arr: Array, indices: Index, values: Any, axis: int | None) -> None:
    """arr's elements at `indices` along `axis` set to `values`, which broadcast; in arr itself."""
    if axis is None:
        return put(arr, indices, values)
    (axis,) = normalise_axes("put_along_axis", axis, arr.ndim)
    if indices.ndim != arr.ndim:
        raise ValueError(f"put_along_axis: {indices.ndim} dimension(s) of indices for {arr.ndim} of the array")
    places = [
        indices
        if k == axis
        else manipulation.reshape(ranges.arange(n, device=arr.device), (-1,) + (1,) * (arr.ndim - 1 - k))
        for k, n in enumerate(arr.shape)
    ]
    arr[tuple(manipulation.broadcast_arrays(*places))] = values


@checked
def place(arr: Array, mask: Mask, vals: Any) -> None:
    """arr's elements where `mask` holds set to `vals`, repeated as often as needed; in arr itself."""
    places = flatnonzero(mask)
    if places.size and not as_operand("place", vals, arr.device).size:
        raise ValueError("place: cannot insert from an empty array")
    if mask.size != arr.size:
        raise ValueError(f"place: the mask's shape {mask.shape} is not that of the array, {arr.shape}")
    put(arr, places, vals)


@checked
def fill_diagonal(a: Array, val: Any, wrap: bool = False) -> None:
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


# -- taking out, putting in ---------------------------------------------------------------------


def _along(name: str, arr: Array, axis: int | None) -> tuple[Array, int]:
    x = manipulation.reshape(arr, (-1,)) if axis is None else arr
    return x, normalise_axes(name, 0 if axis is None else axis, x.ndim)[0]


def _indices(name: str, obj: Any, extent: int, beyond: int) -> np.ndarray:
    """A slice, indices or a mask as indices on the host in [0, extent + beyond)."""
    if isinstance(obj, slice):
        return np.arange(*obj.indices(extent))
    index = np.asarray(asnumpy(obj) if isinstance(obj, Array) else obj)
    if index.dtype == bool:
        if index.shape != (extent,):
            raise ValueError(f"{name}: a mask of shape {index.shape} for {extent} elements")
        return np.flatnonzero(index)
    index = index.astype(np.intp) if index.size == 0 else index
    if index.dtype.kind not in "iu" or index.ndim > 1:
        raise IndexError(f"{name}: takes a slice, integers or a mask, not {obj!r}")
    if index.size and not (-extent <= index.min() and index.max() < extent + beyond):
        raise IndexError(f"{name}: index {obj} is out of bounds for {extent} elements")
    return np.where(index < 0, index + extent, index)


@whole_by_numpy
@checked
def delete(arr: Array, obj: Any, axis: int | None = None) -> Array:
    """A copy of arr without its parts at `obj`, a slice, indices or a mask, along `axis` (None: of arr flattened)."""
    x, axis = _along("delete", arr, axis)
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
    x, axis = _along("insert", arr, axis)
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


@checked
def putmask(a: Array, mask: Mask, values: Any) -> None:
    """a's elements where `mask` holds set to those of `values` at the same place, repeated; in a itself."""
    common_device("putmask", a, mask)
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


# -- choosing -----------------------------------------------------------------------------------


@whole_by_numpy
@checked
def select(condlist: Sequence[Operand], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """Element by element, the choice of the first condition that holds, or `default`; all broadcast."""
    if isinstance(choicelist, Array):
        choicelist = list(choicelist)
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(f"select: {len(condlist)} conditions and {len(choicelist)} choices")
    device = next((v.device for v in (*condlist, *choicelist, default) if isinstance(v, Array)), None)
    condlist = [as_operand("select", c, device) for c in condlist]
    if any(c.dtype != np.bool_ for c in condlist):
        raise TypeError(f"select: conditions are arrays of bool, not {[str(c.dtype) for c in condlist]}")
    *choices, result = as_one_dtype("select", (*choicelist, default), condlist[0].device)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        result = choosing.where(condition, choice, result)
    return result


@checked
def piecewise(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Of x's elements where a condition holds, the function (or scalar) that belongs to the last one that does;
    one function more is for the others, else 0.  The functions are given the elements, `args` and `kw`.
    """
    if not x.ndim:
        several = isinstance(condlist, (list, tuple)) or (isinstance(condlist, Array) and condlist.ndim > 0)
        each = condlist if several else [condlist]
        held = [as_operand("piecewise", c, x.device).reshape((1,)) for c in each]
        return piecewise(x.reshape(1), held, funclist, *args, **kw).reshape(())
    single = condlist.ndim == x.ndim if isinstance(condlist, Array) else not _holds_conditions(condlist)
    found = (astype(as_operand("piecewise", c, x.device), np.bool_) for c in ([condlist] if single else condlist))
    conditions = [manipulation.broadcast_to(c, x.shape) if c.shape != x.shape else c for c in found]
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        rest = conditions[0]
        for condition in conditions[1:]:
            rest = rest | condition
        conditions.append(~rest)
    if len(functions) != len(conditions):
        raise ValueError(f"piecewise: {len(conditions)} conditions and {len(functions)} functions")
    result = creation.zeros_like(x)
    for condition, function in zip(conditions, functions):
        result[condition] = function(x[condition], *args, **kw) if callable(function) else function
    return result


def _holds_conditions(condlist: Any) -> bool:
    """Whether these are conditions, rather than the elements of one."""
    return isinstance(condlist, (list, tuple)) and isinstance(condlist[0], (list, tuple, Array))


@checked
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """What `func1d` makes of each vector along `axis`, in its place.  One call of Python a vector: a function that
    takes `axis` itself does all of them at once.  `args` and `kwargs` are given to it, too.
    """
    (axis,) = normalise_axes("apply_along_axis", axis, arr.ndim)
    x = manipulation.moveaxis(arr, axis, -1)
    outer = x.shape[:-1]
    if 0 in outer:
        raise ValueError(f"apply_along_axis: there is no vector in {arr.shape}")
    found = [as_operand("apply_along_axis", func1d(x[k], *args, **kwargs), arr.device) for k in np.ndindex(*outer)]
    inner = found[0].ndim
    value = manipulation.reshape(joining.stack(found), outer + found[0].shape)
    order = (*range(axis), *range(len(outer), len(outer) + inner), *range(axis, len(outer)))
    return manipulation.permute_dims(value, order)


# -- places -------------------------------------------------------------------------------------


@whole_by_numpy
@checked
def diagflat(v: Any, k: int = 0) -> Array:
    """A matrix with v, flattened, on its k-th diagonal."""
    return diag(manipulation.reshape(as_operand("diagflat", v, None), (-1,)), k)


@checked
def diag_indices_from(arr: Array) -> tuple[Array, ...]:
    """The indices of the main diagonal of arr, which has equal extents."""
    if arr.ndim < 2 or len(set(arr.shape)) > 1:
        raise ValueError(f"diag_indices_from: needs equal extents, not {arr.shape}")
    return diag_indices(arr.shape[0], arr.ndim, device=arr.device)


def _of_triangle(name: str, of: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    def function(arr: Array, k: int = 0) -> tuple[Array, ...]:
        if arr.ndim != 2:
            raise ValueError(f"{name}: needs a matrix, not {arr.ndim} dimension(s)")
        return of(arr.shape[0], k, arr.shape[1], device=arr.device)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{of.__name__}` of the matrix arr, on its device."
    return checked(function)


tril_indices_from = _of_triangle("tril_indices_from", tril_indices)

triu_indices_from = _of_triangle("triu_indices_from", triu_indices)


@checked
def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0, *, device: Any = None) -> tuple[Array, ...]:
    """The indices at which `mask_func(ones((n, n)), k)` is not 0."""
    return searching.nonzero(mask_func(creation.ones((n, n), np.int64, device=device), k) != 0)


@checked
def ix_(*args: Any) -> tuple[Array, ...]:
    """Vectors of indices (or masks) as arrays that broadcast to their grid: x[xp.ix_(rows, columns)]."""
    device = next((a.device for a in args if isinstance(a, Array)), None)
    found = []
    for k, a in enumerate(args):
        x = as_operand("ix_", a, device)
        if x.ndim != 1:
            raise ValueError(f"ix_: takes vectors, not {x.ndim} dimensions")
        x = searching.nonzero(x)[0] if x.dtype == np.bool_ else astype(x, np.int64, copy=False)
        found.append(manipulation.reshape(x, (1,) * k + (-1,) + (1,) * (len(args) - 1 - k)))
    return tuple(found)


@checked
def copyto(dst: Array, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """The elements of dst, `where` given those where it holds, set to those of src, which broadcast.

    Raises TypeError if src's dtype can't be cast to dst's by NumPy's rule `casting`.
    """
    number = isinstance(src, (bool, int, float, complex))
    held = np.result_type(dst.dtype, src) if number else src.dtype if isinstance(src, Array) else dst.dtype
    if not np.can_cast(held, dst.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"copyto: {src if number else held} is not cast to {dst.dtype} by the rule {casting!r}")
    if isinstance(where, Array) and where.dtype != np.bool_:
        raise TypeError(f"copyto: where is an array of bool, not of {where.dtype}")
    dst[...] = src if where is True else astype(choosing.where(where, src, dst), dst.dtype, copy=False)


@checked
def apply_over_axes(func: Callable[..., Any], a: Array, axes: Axis) -> Array:
    """`func(x, axis)` for one axis after the other; where it takes the axis away, that stays with extent 1."""
    value = a
    for axis in normalise_axes("apply_over_axes", axes, a.ndim):
        made = func(value, axis)
        value = made if made.ndim == value.ndim else manipulation.expand_dims(made, axis)
    return value


# -- bits ---------------------------------------------------------------------------------------


def _weights(bitorder: str, device: Device) -> Array:
    """How far each of eight bits is shifted."""
    if bitorder not in ("big", "little"):
        raise ValueError(f"bitorder is 'big' or 'little', not {bitorder!r}")
    shifts = list(range(8))
    return creation.asarray(shifts[::-1] if bitorder == "big" else shifts, np.uint8, device=device)


@whole_by_numpy
@checked
def packbits(a: Array, /, axis: int | None = None, bitorder: str = "big") -> Array:
    """Eight elements along `axis` (None: of a flattened) as the bits of a uint8: 1 for what is not 0.

    >>> import xpuarray as xp
    >>> xp.packbits(xp.asarray([True, False, True], device="host")).tolist()
    [160]
    """
    if a.dtype.kind not in "biu":
        raise TypeError(f"packbits: takes integers or bools, not {a.dtype}")
    x, axis = _along("packbits", a, axis)
    bits = manipulation.moveaxis(x != 0, axis, -1)
    missing = creation.zeros((*bits.shape[:-1], -bits.shape[-1] % 8), np.bool_, device=a.device)
    bits = joining.concat([bits, missing], axis=-1)
    eights = astype(bits, np.uint8).reshape((*bits.shape[:-1], bits.shape[-1] // 8, 8))
    bytes_ = reductions.sum(eights << _weights(bitorder, a.device), axis=-1, dtype=np.uint8)
    return manipulation.moveaxis(bytes_, -1, axis)


@checked
def unpackbits(a: Array, /, axis: int | None = None, count: int | None = None, bitorder: str = "big") -> Array:
    """The bits of each uint8 along `axis` (None: of a flattened), as uint8.

    count: so many of them: more are 0, and of a negative number so many are left out
    """
    if a.dtype != np.uint8:
        raise TypeError(f"unpackbits: takes uint8, not {a.dtype}")
    x, axis = _along("unpackbits", a, axis)
    bytes_ = manipulation.moveaxis(x, axis, -1)
    bits = (bytes_[..., None] >> _weights(bitorder, a.device)) & 1
    bits = bits.reshape((*bytes_.shape[:-1], 8 * bytes_.shape[-1]))
    if count is not None:
        more = creation.zeros((*bits.shape[:-1], max(count - bits.shape[-1], 0)), np.uint8, device=a.device)
        bits = joining.concat([bits[..., :count], more], axis=-1)
    return manipulation.moveaxis(bits, -1, axis)
