"""Order: sorting, by the device's library, and what is composed of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.modes import current
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import at_hand, by_numpy
from xpuarray.functions import creation, indexing, manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.operands import as_operands
from xpuarray.functions.signatures import check_ignored

__all__ = ["argpartition", "argsort", "lexsort", "partition", "sort"]


@checked
def sort(
    a: Array,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = True,
    descending: bool = False,
) -> Array:
    """A sorted copy of a along `axis` (None: flattened).  Raises TypeError for 0 dimensions.

    stable: equal elements keep their order (None counts as True)
    descending: the greatest first
    """
    check_ignored("sort", kind=kind, order=order)
    return _sorted("sort", a, axis, descending, stable is not False)


@checked
def argsort(
    a: Array,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = True,
    descending: bool = False,
) -> Array:
    """The indices (int64) that sort a along `axis` (None: flattened); `stable` and `descending` as in `sort`."""
    check_ignored("argsort", kind=kind, order=order)
    return _sorted("argsort", a, axis, descending, stable is not False)


def _sorted(name: str, x: Array, axis: int | None, descending: bool, stable: bool) -> Array:
    device = common_device(name, x)
    if axis is None:
        x, axis = x.reshape((-1,)), 0
    library = device.runtime.library
    if axis is not None and _suits_numpy(x):
        return _by_numpy(name, x, axis, descending)
    if not descending:
        return Array(library_call(name, device, name, x._native, axis=axis, stable=stable), device)
    if hasattr(library, "usm_ndarray"):
        native = library_call(name, device, name, x._native, axis=axis, descending=True, stable=stable)
        return Array(native, device)
    # NumPy has no descending order: sort what is flipped, flip back, and equals keep their order.
    flipped = library.flip(x._native, axis=axis)
    native = library.flip(library_call(name, device, name, flipped, axis=axis, stable=stable), axis=axis)
    return Array(native if name == "sort" else x.shape[axis] - 1 - native, device)


def _suits_numpy(x: Array) -> bool:
    """Whether NumPy sorts on shared memory: few elements, and one or two bytes an element at any number of them, since
    it counts them, which is 20 to 70 times as fast as dpnp's sorts on a CPU."""
    narrow = x.dtype.kind in "biu" and x.dtype.itemsize <= 2
    if not narrow or not x.device.runtime.host_until:
        return x.ndim > 0 and at_hand(x) is not None
    return x.ndim > 0 and current().route == "auto"


def _by_numpy(name: str, x: Array, axis: int, descending: bool) -> Array:
    def function(values: np.ndarray) -> np.ndarray:
        sort = getattr(np, name)
        if not descending:
            return sort(values, axis=axis, kind="stable")
        # Sorted is what is flipped, and the result flipped back: so equals keep their order.
        found = np.flip(sort(np.flip(values, axis), axis=axis, kind="stable"), axis)
        return found if name == "sort" else values.shape[axis] - 1 - found

    return by_numpy(name, x.device, function, x._host_values())


# -- order --------------------------------------------------------------------------------------


@checked
def lexsort(keys: Any, axis: int = -1) -> Array:
    """The indices (int64) that sort by several keys: by the last one, where that is equal by the one before, ...

    keys: arrays of one shape, or an array whose first dimension counts them
    """
    if isinstance(keys, Array) and keys.ndim < 1:
        raise TypeError("lexsort: needs a sequence of keys, or an array of at least one dimension")
    parts = as_operands("lexsort", keys)
    if not parts:
        raise TypeError("lexsort: needs at least one key")
    if len({p.shape for p in parts}) > 1:
        raise ValueError(f"lexsort: the keys have different shapes: {[p.shape for p in parts]}")
    if parts[0].ndim == 0:
        return creation.zeros((), np.int64, device=parts[0].device)
    order = argsort(parts[0], axis=axis, stable=True)
    for key in parts[1:]:
        ordered = indexing.take_along_axis(key, order, axis=axis)
        order = indexing.take_along_axis(order, argsort(ordered, axis=axis, stable=True), axis=axis)
    return order


def _places(name: str, a: Array, kth: Any, axis: int | None) -> tuple[Array, int]:
    """The array to sort and the axis, after a look at `kth`."""
    common_device(name, a)
    x = manipulation.reshape(a, (-1,)) if axis is None else a
    (axis,) = normalise_axes(name, -1 if axis is None else axis, x.ndim)
    for k in (kth,) if isinstance(kth, int) else kth:
        if x.size and not -x.shape[axis] <= k < x.shape[axis]:
            raise ValueError(f"{name}: kth {k} is out of bounds for {x.shape[axis]} elements")
    return x, axis


@checked
def partition(
    a: Array, kth: int | Sequence[int], axis: int | None = -1, kind: str = "introselect", order: None = None
) -> Array:
    """A copy of a along `axis` (None: flattened) in which the element `kth`, an index or several, is where sorting
    would put it, smaller ones before it and greater ones behind.  (It is sorted: no device selects faster.)
    """
    x, axis = _places("partition", a, kth, axis)
    return sort(x, axis=axis)


@checked
def argpartition(
    a: Array, kth: int | Sequence[int], axis: int | None = -1, kind: str = "introselect", order: None = None
) -> Array:
    """The indices (int64) that make a `partition` of a, by `kth`."""
    x, axis = _places("argpartition", a, kth, axis)
    return argsort(x, axis=axis)
