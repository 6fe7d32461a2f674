"""Order: sorting, by the device's library, and what is composed of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from xpuarray.backends.host.faults import SORTS_STABLY
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, library_call
from xpuarray.core.modes import current
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, suits_numpy
from xpuarray.functions import creation, indexing, manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.few import whole_by_numpy
from xpuarray.functions.operands import as_operands
from xpuarray.functions.signatures import check_ignored

__all__ = ["argpartition", "argsort", "lexsort", "partition", "sort", "sort_complex"]


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
    """A sorted copy of a along `axis` (None: flattened).  Raises AxisError for 0 dimensions.

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


@checked
def sort_complex(a: Array) -> Array:
    """A copy of a as complex numbers, sorted along the last axis by real part, then by imaginary part."""
    found = sort(a)
    narrow = a.dtype.kind in "iu" and a.dtype.itemsize <= 2
    wanted = a.device.info.fit(np.dtype(np.complex64 if narrow else np.complex128))
    return found if a.dtype.kind == "c" else astype(found, wanted)


def _sorted(name: str, x: Array, axis: int | None, descending: bool, stable: bool) -> Array:
    device = common_device(name, x)
    if axis is None:
        x, axis = x.reshape((-1,)), 0
    if not x.ndim:
        if name == "sort":
            raise AxisError("sort: a 0-dimensional array has no axis to sort along")
        x = x.reshape((1,))  # argsort makes [0] of a number, as NumPy's
    if _suits_numpy(x):
        return by_numpy(name, device, partial(_by_numpy, name, axis, descending, stable), x._host_values())
    library = device.runtime.library
    options: dict[str, Any] = {"axis": axis, "stable": stable}
    if descending and hasattr(library, "usm_ndarray"):
        options["descending"], descending = True, False
    # Others have no descending order: sort what is flipped, flip back, and equals keep their order.
    given = library.flip(x._native, axis=axis) if descending else x._native
    native = library_call(name, device, name, given, **options)
    if descending:
        native = library.flip(native, axis=axis)
        native = native if name == "sort" else x.shape[axis] - 1 - native
    # dpnp's lie as if the axis were the last one, and what is flipped is a view.
    return creation.ascontiguousarray(Array(native, device)) if x.ndim > 1 else Array(native, device)


def _suits_numpy(x: Array) -> bool:
    """Whether NumPy sorts: its own arrays, few elements in shared memory, and more of them than that.  One or two bytes
    an element it counts, which is 20 to 70 times as fast as dpnp's sorts on a CPU; of others it takes one core a third
    of the time that two take dpnp."""
    runtime = x.device.runtime
    if runtime.numpy_native or suits_numpy(runtime, x.size):
        return True
    narrow = x.dtype.kind in "biu" and x.dtype.itemsize <= 2
    return bool((narrow or runtime.info.compute_units <= _CORES) and runtime.host_until) and current().route == "auto"


#: Cores on which dpnp's sorts take no less time than NumPy's on one.
_CORES = 6


def _by_numpy(name: str, axis: int, descending: bool, stable: bool, values: np.ndarray) -> np.ndarray:
    sort = _in_order if name == "sort" else np.argsort
    kind: Any = "stable" if stable or values.dtype == SORTS_STABLY else None
    if not descending:
        return sort(values, axis, kind)
    found = np.flip(sort(np.flip(values, axis), axis, kind), axis)
    return found if name == "sort" else values.shape[axis] - 1 - found


def _in_order(values: np.ndarray, axis: int, kind: Any) -> np.ndarray:
    """NumPy's stable sort takes up to ten times what the other does, and of real numbers only zeros of either sign are
    equal and can be told apart."""
    if kind is None or values.dtype.kind == "c" or values.itemsize <= 2:
        return np.sort(values, axis, kind)
    found = np.sort(values, axis)
    if values.dtype.kind == "f":
        negative = np.signbit(found[found == 0])
        if negative.any() and not negative.all():
            return np.sort(values, axis, kind)
    return found


# -- order --------------------------------------------------------------------------------------


@whole_by_numpy
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


def _places(name: str, a: Array, kth: Any, axis: int | None, kind: str, order: None) -> tuple[Array, int]:
    """The array to sort and the axis, after a look at `kth`."""
    common_device(name, a)
    if kind != "introselect":
        raise ValueError(f"{name}: kind may be 'introselect', not {kind!r}")
    check_ignored(name, order=order)
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
    x, axis = _places("partition", a, kth, axis, kind, order)
    return sort(x, axis=axis)


@checked
def argpartition(
    a: Array, kth: int | Sequence[int], axis: int | None = -1, kind: str = "introselect", order: None = None
) -> Array:
    """The indices (int64) that make a `partition` of a, by `kth`."""
    x, axis = _places("argpartition", a, kth, axis, kind, order)
    return argsort(x, axis=axis)
