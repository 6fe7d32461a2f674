"""Indexing: views by integers and slices, copies by masks and integer arrays, and assignment."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from xpuarray.backends.contract import Runtime
from xpuarray.backends.host.faults import assigned
from xpuarray.core import pending
from xpuarray.core.array import Array, from_numpy, part_of, view_of
from xpuarray.core.dispatch import common_device, computed, reject
from xpuarray.core.element import element
from xpuarray.core.modes import current
from xpuarray.core.promotion import number_of
from xpuarray.core.quick_parts import is_basic, is_element
from xpuarray.core.shapes import native_part, normalise_axes
from xpuarray.core.shared_memory import in_sight, quiet, quietly, within_reach
from xpuarray.core.typing import Index
from xpuarray.core.uncompiled import BASIC
from xpuarray.functions.bounds import check_bounds
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray
from xpuarray.functions.creation import zeros
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import NUMBERS, SEQUENCES, as_index
from xpuarray.functions.rows import select
from xpuarray.functions.signatures import write_out
from xpuarray.fusion import expression_of, write
from xpuarray.spans import record, watched

__all__ = ["take", "take_along_axis"]


def _native_key(x: Array, key: Any) -> tuple[Any, bool]:
    """The key with our arrays unwrapped, and whether it makes a view."""
    parts = [_part(x, part) for part in (key if isinstance(key, tuple) else (key,))]
    axis = 0
    for k, part in enumerate(parts):
        if isinstance(part, Array) and part.dtype.kind == "b":
            parts[k] = _fitting_mask(part, x.shape[axis : axis + part.ndim], axis)
        elif isinstance(part, Array) and axis < x.ndim:
            check_bounds("indexing", part, x.shape[axis])
        axis = x.ndim - sum(map(_dimensions, parts[k + 1 :])) if part is Ellipsis else axis + _dimensions(part)
    native = tuple(_signed(p)._native if isinstance(p, Array) else p for p in parts)
    return (native if isinstance(key, tuple) else native[0]), not any(isinstance(p, Array) for p in parts)


def _fitting_mask(mask: Array, extents: tuple[int, ...], axis: int) -> Array:
    """The mask, of the extents that it stands for: an extent of 0 fits any other, as in NumPy.

    dpnp 0.20 takes a mask beside index arrays whatever its length.
    """
    if mask.shape == extents:
        return mask
    if len(extents) < mask.ndim or any(m not in (0, n) for m, n in zip(mask.shape, extents)):
        raise IndexError(
            f"indexing: a mask of shape {mask.shape} does not fit the extents {extents} that it stands for, from axis "
            f"{axis} on"
        )
    return zeros(extents, dtype=bool, device=mask.device)


def _signed(index: Array) -> Array:
    """dpnp 0.20 refuses index arrays of uint64 beside signed ones, and NumPy takes the greatest of them for negative
    ones; no index within bounds is too large for int64."""
    if index.dtype != np.uint64:
        return index
    check_bounds("indexing", index, 1 << 63)
    return astype(index, np.int64)


def _part(x: Array, part: Any) -> Any:
    """One part of a key: an array of ours for masks and index arrays, else as it is."""
    if type(part) is not Array and isinstance(part, (*SEQUENCES, np.ndarray)):
        part = as_index("indexing", part, x.device)
    if type(part) is Array:
        common_device("indexing", x, part)
        if part.dtype.kind not in "biu":
            raise IndexError(f"an index array must be of integers or bool, not {part.dtype}")
        return int(part) if part.ndim == 0 and part.dtype.kind in "iu" else part
    if getattr(part, "ndim", 0) and hasattr(part, "dtype"):
        reject("indexing", part)
    if part is None or part is Ellipsis or isinstance(part, (slice, bool, np.bool_)):
        return part
    if hasattr(part, "__index__"):
        return operator.index(part)
    raise IndexError(f"an index is an int, a slice, ..., None, or an array of int or bool, not {part!r}")


def _dimensions(part: Any) -> int:
    """How many dimensions a part of a key (but for ...) goes through."""
    if part is None or isinstance(part, (bool, np.bool_)):
        return 0
    return part.ndim if isinstance(part, Array) and part.dtype.kind == "b" else 1


def getitem(x: Array, key: Any) -> Array:
    """x[key]: a view for integers, slices, `...` and None, but for one element, which is a value; a copy for masks and
    integer arrays.

    Raises IndexError out of bounds.
    """
    device, view = x._device, True
    memory = in_sight(x)
    if not is_basic(key):
        if memory is not None:
            key, view = _host_key(x, key)
        else:
            x, key = _index_arrays_first(x, key)
            key, view = _native_key(x, key)
        if not view:
            record("getitem", device.info, _how(device.runtime, "indexing"))
    if is_element(x, key):
        return element(x, key)
    if memory is not None:
        return part_of(x, memory[key]) if view else from_numpy(x._host_values()[key], device)  # type: ignore[index]
    native = x._native  # computed before the device is taken: see fusion/evaluation.py
    if view:
        return view_of(x, native_part(native, key))
    return Array(_selected(device.runtime, native, key), device)


def _selected(runtime: Any, native: Any, key: Any) -> Any:
    """A library's copy of what a key of masks and index arrays selects."""
    try:
        return runtime.picked(native, key)
    except ValueError as error:  # CuPy's and dpnp's of index arrays that don't broadcast
        raise IndexError(f"indexing: {error}") from None


def setitem(x: Array, key: Any, value: Any) -> None:
    """x[key] = value, converted to x's dtype; `value` is a scalar or an array that broadcasts.

    Raises PlacementError if `value` is on another device, ImplicitTransferError for arrays of other
    libraries, ValueError if it does not broadcast or x is to be read only, IndexError out of bounds.
    """
    if x._read_only:
        x._check_writable()
    pending.materialize_readers(x)
    memory = in_sight(x)
    if memory is not None and _assigned_by_numpy(x, memory, key, value):
        return
    value = _assignable(x, value)
    native_key, view = key, True
    if not is_basic(key):
        x, key = _index_arrays_first(x, key)
        native_key, view = _native_key(x, key)
    device, target = x._device, x._native
    if type(value) is Array:
        value = astype(value, x.dtype, copy=False)
    if (recorder := current().recorder) is not None and _recorded(recorder, x, native_key, key, value, view):
        return
    if view and type(value) is Array and (expression := expression_of(value)) is not None:
        part = _memory_at(x, native_key)
        same = part.shape == expression.shape and part.dtype == expression.dtype
        with pending.lock:
            if same and write(expression, part):
                return
        value._native  # noqa: B018
        if memory is not None and _assigned_by_numpy(x, memory, key, value):
            return
    native = value._native if type(value) is Array else value
    record("setitem", device.info, _how(device.runtime, "assignment", view))
    with device.runtime.active():
        if view and hasattr(native, "shape"):
            part = native_part(target, native_key)
            _check_shape(native.shape, part.shape)
            if part.ndim:
                target, native_key = part, ...
        try:
            device.runtime.assign(target, native_key, native)
        except (IndexError, OverflowError):  # of a key of which the library says less, or takes less, than NumPy
            if not view:
                raise
            device.runtime.assign(native_part(target, native_key), ..., native)
        except ValueError:
            if not view:
                _selected(device.runtime, target, native_key)  # of index arrays that don't broadcast: IndexError
            raise


def _recorded(recorder: Any, x: Array, native_key: Any, key: Any, value: Any, view: bool) -> bool:
    """The same as work to be done again, by whoever notes it; False if he can't."""
    if view:
        target = _memory_at(x, native_key)
    elif type(key) is Array and key.dtype.kind == "b" and (type(value) is not Array or not value.ndim):
        mask = key if key.ndim == x.ndim else key[(..., *[None] * (x.ndim - key.ndim))]
        target, value = x, select(x._device, mask, value, x)
    else:
        return False
    if type(value) is not Array:
        return recorder.assign(target, quietly(target.dtype.type, value))
    _check_shape(value.shape, target.shape)
    with pending.lock:
        expression = expression_of(value)
        if expression is not None and expression.shape == target.shape:
            return write(expression, target)
        return recorder.assign(target, value)


def _memory_at(x: Array, key: Any) -> Array:
    """The view of x that a key, of NumPy's or the library's, makes; of an element, too."""
    part = native_part(x._native, key)
    if isinstance(part, np.generic):  # NumPy's scalar is a copy
        part = native_part(x._native, (*key, ...) if type(key) is tuple else (key, ...))
    return view_of(x, part)


def _assignable(x: Array, value: Any) -> Any:
    """What is to be assigned to elements of x, as an array, or as Python's number if it is a scalar."""
    if type(value) is Array:
        common_device("setitem", x, value)
        if value.dtype.kind == "c" and x.dtype.kind != "c":
            raise TypeError(f"setitem: {value.dtype} does not fit into {x.dtype}")
        return value
    if isinstance(value, NUMBERS):
        return number_of("setitem", value, x.dtype)
    if isinstance(value, (list, tuple)):
        return asarray(value, x.dtype, device=x._device)
    reject("setitem", value)


def _assigned_by_numpy(x: Array, memory: np.ndarray, key: Any, value: Any) -> bool:
    """The same by NumPy, in x's memory; False if the device should do it: it computes the value straight into its
    place, and copies many elements that are dense with all its cores."""
    if is_basic(key):
        if type(part := memory[key]) is np.ndarray:
            if part.size > x._device.runtime.host_until:
                waiting = type(value) is Array and expression_of(value) is not None
                if waiting or (part.size > _MANY and part.flags.c_contiguous):
                    return False
            memory, key = part, ...
        elif type(value) is Array and value.dtype == x.dtype and not value.ndim and value._device is x._device:
            one = None if watched() else value._host_values()
            if one is not None:
                x._host_values()  # waits
                memory[key] = one
                return True
    else:
        key, _ = _host_key(x, key)
    if type(value) not in _NUMBERS:
        value = _assignable(x, value)
        value = value._host_values() if type(value) is Array else value
    if watched():
        record("setitem", x._device.info, _how(x._device.runtime, "assignment"))
    x._host_values()  # waits
    try:
        quiet.run(assigned, memory, key, value)
    except (OverflowError, TypeError, ValueError):  # whatever it is, it has a better text
        if type(value) is np.ndarray:
            _check_shape(value.shape, memory[key].shape)
        else:
            number_of("setitem", value, x.dtype)
        raise
    return True


#: dpnp 0.20 copies what is dense, and more than so many elements, faster than NumPy with two cores; what is not, never.
_MANY = 1 << 21
_NUMBERS = frozenset((bool, int, float))


def _host_key(x: Array, key: Any) -> tuple[Any, bool]:
    """The key with the values of our arrays in their place, for NumPy, and whether it makes a view."""
    parts = [_part(x, part) for part in (key if isinstance(key, tuple) else (key,))]
    values = tuple([_signed(part)._host_values() if type(part) is Array else part for part in parts])
    return (values if isinstance(key, tuple) else values[0]), BASIC.issuperset(map(type, values))


def _how(runtime: Runtime, what: str, view: bool = False) -> str:
    if runtime.host_until and not view:
        return f"NumPy {what} on shared memory"
    one_of_several = what == "assignment" and not view
    return f"library {runtime.info.backend} {what}" + "; of equal indices any value may stay" * one_of_several


def _index_arrays_first(x: Array, key: Any) -> tuple[Array, Any]:
    """A view of x, and the key for it, without slices between the index arrays of `key`.

    Such arrays' dimensions come first in NumPy's result; an integer counts as one.  dpnp 0.20 refuses
    them, and puts them elsewhere if there is an integer.
    """
    if not isinstance(key, tuple) or not any(isinstance(part, (Array, list, np.ndarray)) for part in key):
        return x, key
    if sum(part is Ellipsis for part in key) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    parts = [_part(x, part) for part in key]
    chosen = [isinstance(part, Array) or hasattr(part, "__index__") for part in parts]
    first, last = chosen.index(True), len(chosen) - chosen[::-1].index(True)
    if all(chosen[first:last]) or not any(isinstance(part, Array) for part in parts):
        return x, key
    basic: list[Any] = []
    front: list[int] = []
    for part, is_chosen in zip(parts, chosen):
        if part is Ellipsis:
            basic += [slice(None)] * (x.ndim - sum(_dimensions(p) for p in parts if p is not Ellipsis))
        elif is_chosen:
            front += range(len(basic), len(basic) + _dimensions(part))
            basic += [slice(None)] * _dimensions(part)
        else:
            basic.append(part)
    view = getitem(x, tuple(basic))
    others = (k for k in range(view.ndim) if k not in front)
    return view.transpose((*front, *others)), tuple(p for p, c in zip(parts, chosen) if c)


def _check_shape(value: tuple[int, ...], target: tuple[int, ...]) -> None:
    extra = len(value) - len(target)
    fits = all(e == 1 for e in value[: max(extra, 0)]) and all(
        v in (1, t) for v, t in zip(reversed(value), reversed(target))
    )
    if not fits:
        raise ValueError(f"setitem: a value of shape {value} does not broadcast to {target}")


@checked
def take(a: Array, indices: Index, axis: int | None = None, out: Array | None = None, mode: str = "raise") -> Array:
    """The elements of a along `axis` (None: of a flattened) at `indices`, whose dimensions take the axis' place.

    mode: what is done with indices out of bounds: "raise" IndexError, "wrap" or "clip"
    """
    places = as_index("take", indices, a.device)
    if places.dtype.kind == "b":
        places = astype(places, np.int64)  # as NumPy's: False is 0, True is 1
    device = common_device("take", a, places)
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"take: mode is 'raise', 'wrap' or 'clip', not {mode!r}")
    if a.ndim and (memory := within_reach(a)) is not None:
        record("take", device.info, _how(device.runtime, "take"))
        value: Any = quiet.run(np.take, memory, _signed(places)._host_values(), axis, None, mode)
        return write_out("take", from_numpy(value, device), out)
    source = a if a.ndim and (axis is not None or a.ndim == 1) else a.reshape((-1,))  # a number has one element
    (axis,) = normalise_axes("take", 0 if axis is None else axis, source.ndim)
    extent = source.shape[axis]
    if mode == "wrap":
        places = places % extent
    elif mode == "clip":
        places = places.clip(0, extent - 1)
    else:
        check_bounds("take", places, extent)
    flat = places if places.ndim == 1 else places.reshape((-1,))
    made = flat.size * (source.size // max(extent, 1))
    taken = computed("take", device, "take", source, flat, axis=axis, elements=made)
    shape = (*source.shape[:axis], *places.shape, *source.shape[axis + 1 :])
    return write_out("take", taken if places.ndim == 1 else taken.reshape(shape), out)


@checked
def take_along_axis(arr: Array, indices: Index, axis: int | None = -1) -> Array:
    """The elements of arr at `indices` along `axis` (None: of arr flattened); both have as many dimensions; a copy."""
    indices = as_index("take_along_axis", indices, arr.device)
    if axis is None:
        arr, axis = arr.reshape((-1,)), 0
    if indices.ndim != arr.ndim:
        raise ValueError(f"take_along_axis: indices of {indices.ndim} dimensions into an array of {arr.ndim}")
    device = common_device("take_along_axis", arr, indices)
    (axis,) = normalise_axes("take_along_axis", axis, arr.ndim)
    if (memory := within_reach(arr)) is not None:
        record("take_along_axis", device.info, _how(device.runtime, "take_along_axis"))
        values: Any = _signed(indices)._host_values()
        return from_numpy(np.take_along_axis(memory, values, axis), device)
    check_bounds("take_along_axis", indices, arr.shape[axis])
    return computed("take_along_axis", device, "take_along_axis", arr, indices, axis=axis)
