"""What comes from the host, or from other libraries, as an array: `asarray`."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpuarray.core.array import Array, allocated
from xpuarray.core.dispatch import common_device, computed
from xpuarray.core.promotion import as_dtype, promote
from xpuarray.core.typing import Like, Order, Place
from xpuarray.functions import exchange
from xpuarray.functions.data_types import astype, copied, from_array
from xpuarray.functions.orders import chosen, converted, laid_out
from xpuarray.functions.signatures import beside
from xpuarray.placement.devices import Device, as_device
from xpuarray.text import integer

__all__ = ["asarray", "values_of"]


def asarray(
    a: Any, dtype: Any = None, order: Order = None, *, device: Place = None, copy: bool | None = None, like: Like = None
) -> Array:
    """An array on `device` with the values of `a`: nested sequences, scalars, or an array.

    An xpuarray array stays on its device unless `device` says otherwise; so do those in sequences, whose dtypes count.
    A NumPy array is copied to the device (this is the place where that happens). Arrays of other libraries come in
    through `from_dlpack`.

    order: of the elements in memory: "C", "F", "A" or "K"; None: an array's own, and rows of what is on the host
    copy: True always copies; False raises ValueError where a copy is needed; None copies if it must
    like: an array beside which the new one is, if no device is named

    Raises UnsupportedDTypeError if the device has no `dtype`; without `dtype`, doubles become
    singles on devices that have none.

    >>> xp.asarray([1, 2, 3], device="opencl:cpu")                        # doctest: +SKIP
    """
    if order is not None:
        order = chosen("asarray", order)
    if like is not None:
        device = beside("asarray", like, device)
    if isinstance(a, Array):
        return _of_array(a, dtype, order, device, copy)
    if hasattr(a, "__dlpack__") and not isinstance(a, (np.ndarray, np.generic)):
        return _of_array(exchange.from_dlpack(a), dtype, order, device, copy)
    if copy is False:
        raise ValueError("asarray: values on the host can't become an array on a device without a copy")
    elements: list[Array] = []
    a = _without_arrays(a, elements)
    if any(e.ndim for e in elements):
        return _of_array(_stacked(a, common_device("asarray", *elements)), dtype, order, device, copy)
    place = common_device("asarray", *elements) if elements and device is None else as_device(device)
    values = values_of("asarray", a)
    if dtype is not None:
        wanted = as_dtype(dtype, place)
        values = _exactly(a, values, wanted)
    else:
        wanted = as_dtype(place.info.fit(values.dtype), place)
        values = values.astype(wanted, copy=False)
    if values.dtype == np.bool_ and hasattr(a, "dtype"):
        values = values.view(np.uint8) != 0  # others' memory may have other bytes than 0 and 1
    if order == "F" or (order in ("A", "K") and values.flags.fnc):
        return allocated(place.runtime.from_host(values.T), place).transpose()
    return allocated(place.runtime.from_host(values), place)


def _of_array(x: Array, dtype: Any, order: Order, device: Place, copy: bool | None) -> Array:
    made = _made_of_array(x, dtype, order, device, copy)
    return copied(made) if made._is_value and copy is not False else made  # of a value an array of its own


def _made_of_array(x: Array, dtype: Any, order: Order, device: Place, copy: bool | None) -> Array:
    made = from_array(x, None, device, None if copy else copy)
    wanted = made.dtype if dtype is None else as_dtype(dtype, made.device)
    if wanted != made.dtype and copy is not False:
        return converted(made, wanted, order)
    ordered = laid_out(made, order, bool(copy) and made is x)
    if copy is False and (ordered is not made or wanted != made.dtype):
        raise ValueError(f"asarray: {x.dtype} to {wanted}, in the order {order!r}, needs a copy")
    return ordered


def values_of(name: str, a: Any) -> np.ndarray:
    """NumPy's array of `a`.  Raises OverflowError for integers beyond 64 bits, of which NumPy makes objects."""
    values = np.asarray(a)
    if values.dtype == object:
        beyond = [v for v in values.flat if isinstance(v, int) and not -(2**63) <= v < 2**64]
        if beyond:
            raise OverflowError(f"{name}: {integer(beyond[0])} does not fit into int64 or uint64")
    return values


def _without_arrays(obj: Any, found: list[Array]) -> Any:
    """Sequences may hold arrays, which are listed in `found`; those of one element without dimensions are read."""
    if isinstance(obj, Array):
        found.append(obj)
        return obj if obj.ndim else obj._scalar()
    if isinstance(obj, (list, tuple)):
        return [_without_arrays(o, found) for o in obj]
    return obj


def _stacked(rows: list[Any], device: Device) -> Array:
    """Arrays, and sequences of numbers and of arrays beside them, along a new first axis, on the arrays' device."""
    parts = [row if isinstance(row, Array) else asarray(row, device=device) for row in rows]
    shapes = dict.fromkeys(part.shape for part in parts)
    if len(shapes) > 1:
        raise ValueError(
            f"asarray: a sequence of arrays of one shape makes an array, not one of {', '.join(map(str, shapes))}"
        )
    wanted = promote(device, *parts)
    return computed("asarray", device, "stack", [astype(part, wanted, copy=False) for part in parts], axis=0)


def _exactly(obj: Any, values: np.ndarray, wanted: np.dtype) -> np.ndarray:
    if wanted.kind in "iu" and not hasattr(obj, "dtype"):
        return np.array(obj, dtype=wanted)  # raises OverflowError where one does not fit, ValueError for NaN
    return values.astype(wanted, copy=False)
