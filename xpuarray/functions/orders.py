"""The order of elements in memory: by rows ("C"), by columns ("F"), by whichever of both there is ("A"), or as an array
has them ("K").  By columns is the transpose of the array with the axes reversed by rows: a view like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.typing import Order, Place
from xpuarray.functions.data_types import astype, copied

__all__ = ["by_columns", "chosen", "converted", "laid_out", "like", "order_of_axes", "settled", "stored"]

_ORDERS = (None, "C", "F", "A", "K")


def chosen(name: str, order: Order) -> Order:
    """An order that someone asked for.  Raises ValueError for what is none, TypeError for what is no string."""
    if order is not None and not isinstance(order, str):
        raise TypeError(f"{name}: an order is 'C', 'F', 'A' or 'K', not {type(order).__name__}")
    order = order if order is None else order.upper()
    if order not in _ORDERS:
        raise ValueError(f"{name}: an order is 'C', 'F', 'A' or 'K', not {order!r}")
    return order


def _memory(x: Array) -> Any:
    """What knows how x lies; None of what is not in the device's memory yet, where it will lie row by row."""
    return x._buffer if x._base is None else x._host


def by_columns(x: Array) -> bool:
    """Whether the elements lie column by column without gaps, and not row by row."""
    memory = _memory(x)
    return x.ndim > 1 and memory is not None and bool(memory.flags.f_contiguous and not memory.flags.c_contiguous)


def settled(order: Order, x: Array) -> Order:
    """What "A" is for x, which is copied or converted."""
    return order if order != "A" else "F" if by_columns(x) else "C"


def order_of_axes(x: Array) -> tuple[int, ...] | None:
    """The axes from the one whose elements lie farthest apart to the nearest; None if that is their own order."""
    memory = _memory(x)
    if x.ndim < 2 or memory is None or memory.flags.c_contiguous:
        return None
    axes = tuple(sorted(range(x.ndim), key=lambda axis: -abs(memory.strides[axis])))
    return None if axes == tuple(range(x.ndim)) else axes


def _back(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The order that undoes an order of axes."""
    return tuple(np.argsort(axes).tolist())


def stored(order: Order, extents: tuple[int, ...], make: Callable[[tuple[int, ...]], Array]) -> Array:
    """What `make` makes of the extents, stored in the order."""
    return make(extents[::-1]).transpose() if order == "F" and len(extents) > 1 else make(extents)


def like(x: Array, order: Order, extents: tuple[int, ...], make: Callable[[tuple[int, ...]], Array]) -> Array:
    """The same, where "A" and "K" are as x lies."""
    axes = order_of_axes(x) if order in ("K", None) and len(extents) == x.ndim else None
    if axes is not None:
        return make(tuple([extents[axis] for axis in axes])).transpose(_back(axes))
    return stored(settled(order, x), extents, make)


def laid_out(x: Array, order: Order, copy: bool = False) -> Array:
    """x with its elements dense in that order ("K", None: as they are); itself if they are, unless a copy is wanted, or
    if they may lie as they do ("A")."""
    if order == "A" and not copy:
        return x
    if order in ("K", None):
        axes = order_of_axes(x) if copy else None
        if axes is None:
            return copied(x) if copy else x
        return copied(x.transpose(axes)).transpose(_back(axes))
    columns = settled(order, x) == "F"
    if not copy:
        memory = x._native if _memory(x) is None else _memory(x)
        if memory.flags.f_contiguous if columns else memory.flags.c_contiguous:
            return x
    return copied(x.transpose()).transpose() if columns else copied(x)


def converted(x: Array, dtype: Any, order: Order, copy: bool = True, device: Place = None) -> Array:
    """`astype`, stored in that order."""
    if order not in ("K", None):
        return laid_out(astype(x, dtype, copy=copy, device=device), settled(order, x))
    axes = order_of_axes(x)
    if axes is None or (not copy and dtype == x.dtype):
        return astype(x, dtype, copy=copy, device=device)
    return astype(x.transpose(axes), dtype, copy=copy, device=device).transpose(_back(axes))
