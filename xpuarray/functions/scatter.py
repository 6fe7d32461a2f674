"""`xp.add.at(a, indices, b)` and its kin: what indices name several times is changed several times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.host.faults import FAULTS as NUMPYS
from xpuarray.core import pending
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import promote
from xpuarray.core.shared_memory import quietly
from xpuarray.functions import elementwise, manipulation, ranges, reductions, searching, sorting
from xpuarray.functions.conversion import asarray
from xpuarray.functions.index_tricks import unravel_index
from xpuarray.functions.indexing import getitem, setitem
from xpuarray.functions.operands import NUMBERS, as_operand
from xpuarray.spans import record

__all__ = ["at", "numpys_ufunc"]


def at(function: Callable[..., Array], a: Array, indices: Any, *b: Any) -> None:
    """a[indices] = function(a[indices], b) in a itself, one index after the other, as NumPy's `ufunc.at` does.

    By NumPy where it sees the memory; else in as many steps as the commonest index has places.

    Raises TypeError if the result's kind does not fit into a's dtype, IndexError out of bounds.
    """
    name = function.__name__
    device = common_device(name, a)
    a._check_writable()
    operands = [_operand(name, a, value) for value in b]
    common_device(name, a, *operands)
    kind = function(*(manipulation.reshape(x, (-1,))[:0] for x in (a, *operands))).dtype
    if not np.can_cast(kind, a.dtype, "same_kind"):
        raise TypeError(f"{name}.at: the result's dtype {kind} does not fit into {a.dtype}")
    places = getitem(manipulation.reshape(ranges.arange(a.size, device=device), a.shape), indices).reshape(-1)
    shape = getitem(a, indices).shape
    operands = [manipulation.broadcast_to(x, shape).reshape(-1) for x in operands]
    theirs = numpys_ufunc(name, kind) if device.runtime.host_until else None
    if theirs is not None:
        _by_numpy(theirs, a, places, operands)
    elif places.size:
        _in_steps(function, a, places, operands)


def numpys_ufunc(name: str, dtype: np.dtype) -> np.ufunc | None:
    """NumPy's ufunc for a function of ours; none where its results have other dtypes or rules."""
    row = elementwise.ROWS.get(name)
    found = None if row is None or NUMPYS.correction(name, dtype) else getattr(np, row.library or name, None)
    return found if isinstance(found, np.ufunc) else None


def _operand(name: str, a: Array, value: Any) -> Array:
    number = isinstance(value, NUMBERS)
    return asarray(value, promote(a.device, a, value), device=a.device) if number else as_operand(name, value, a.device)


def _by_numpy(ufunc: np.ufunc, a: Array, places: Array, operands: list[Array]) -> None:
    a._native  # noqa: B018  the device's own memory
    pending.materialize_readers(a)
    record(f"{ufunc.__name__}.at", a.device.info, f"NumPy {ufunc.__name__}.at on shared memory")
    memory, where, *values = (x._host_values() for x in (a, places, *operands))
    assert memory is not None and where is not None
    quietly(ufunc.at, memory, np.unravel_index(where, memory.shape) if memory.ndim else ..., *values)


def _in_steps(function: Callable[..., Array], a: Array, places: Array, operands: list[Array]) -> None:
    order = sorting.argsort(places)
    places, *operands = (x[order] for x in (places, *operands))
    nth = ranges.arange(places.size, device=a.device) - searching.searchsorted(places, places)
    for step in range(int(reductions.max(nth)) + 1):
        now = nth == step
        where = unravel_index(places[now], a.shape) if a.ndim else ...
        setitem(a, where, function(getitem(a, where), *(x[now] for x in operands)))
