"""What is written with an index and makes arrays: `xp.mgrid[0:3, 0:4]`, `xp.r_[1:4, 0, x]`; on the default device, or
where the arrays among the parts are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import index_exp, s_

from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.functions import joining, manipulation, ranges
from xpuarray.functions.conversion import asarray
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import NUMBERS, as_operand
from xpuarray.placement.devices import Device, default_device

__all__ = ["c_", "index_exp", "mgrid", "ogrid", "r_", "s_"]


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Array) else value


def _counted(step: Any) -> float:
    return float(abs(step))


def _ends(part: Any) -> tuple[Any, Any, Any]:
    start, stop, step = (_number(v) for v in (part.start, part.stop, part.step))
    if stop is None:
        raise ValueError(f"a range of coordinates needs its end: {start or 0}:n, not {start or ''}:")
    return 0 if start is None else start, stop, 1 if step is None else step


def _range(part: Any, dtype: Any, device: Device) -> Array:
    """start:stop:step, or, with an imaginary step, so many values of which stop is the last."""
    start, stop, step = _ends(part)
    if isinstance(step, (complex, np.complexfloating)):
        return ranges.linspace(start, stop, int(_counted(step)), dtype=dtype, device=device)
    extent = max(0, math.ceil((stop - start) / step))
    steps = ranges.arange(extent, dtype=dtype, device=device)
    return steps if start == 0 and step == 1 else steps * step + start


def _dtype(parts: tuple[slice, ...], device: Device) -> np.dtype:
    """The one in which the coordinates are counted: integers, unless there is a float among the ends."""
    numbers: list[Any] = []
    for part in parts:
        start, stop, step = _ends(part)
        numbers += [start, stop, _counted(step) if isinstance(step, (complex, np.complexfloating)) else step]
    return device.info.fit(np.result_type(*numbers))


class Grid:
    """Coordinates by slices: `xp.mgrid[0:3, 0:1:5j]`, `xp.ogrid[0:3, 0:4]`.  An imaginary step counts the values, of
    which the last is the end.
    """

    def __init__(self, name: str, sparse: bool):
        self._name = name
        self._sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        """mgrid: the coordinates of every point, (len(key), ...); ogrid: a tuple of what broadcasts to them.  Of one
        slice, both are a vector."""
        device, parts = default_device(), key if isinstance(key, tuple) else (key,)
        if not all(isinstance(part, slice) for part in parts):
            raise TypeError(f"{self._name}[start:stop:step, ...] takes slices, not {key!r}")
        dtype = _dtype(parts, device) if parts else np.dtype(np.int64)
        vectors = [_range(part, dtype, device) for part in parts]
        if not isinstance(key, tuple):
            return vectors[0]
        inner = len(parts) - 1
        grids = [v.reshape((1,) * k + (-1,) + (1,) * (inner - k)) for k, v in enumerate(vectors)]
        if self._sparse:
            return tuple(grids)
        if not grids:
            return asarray(np.empty(0), dtype, device=device)
        whole = tuple(v.size for v in vectors)
        return joining.stack([manipulation.broadcast_to(grid, whole) for grid in grids])

    def __repr__(self) -> str:
        return f"xpuarray.{self._name}"


class Joiner:
    """Arrays, numbers and ranges in a row: `xp.r_[1:4, 0, x]`; `xp.c_[x, y]` puts vectors side by side.

    The first part may be NumPy's string "axis", "axis,ndim" or "axis,ndim,where": along which axis, with so many
    dimensions at least, the array's own beginning at that one.
    """

    def __init__(self, name: str, axis: int, ndim: int, where: int):
        self._name = name
        self._default = axis, ndim, where

    def __getitem__(self, key: Any) -> Array:
        parts = list(key) if isinstance(key, tuple) else [key]
        axis, ndim, where = self._default
        if parts and isinstance(parts[0], str):
            axis, ndim, where = self._told(parts.pop(0))
        arrays = [part for part in parts if isinstance(part, Array)]
        device = common_device(self._name, *arrays) if arrays else default_device()
        placed, types = [], []
        for part in parts:
            if isinstance(part, slice):
                part = _range(part, _dtype((part,), device), device)
            types.append(part if isinstance(part, NUMBERS) else as_operand(self._name, part, device))
            x = as_operand(self._name, part, device)
            if x.ndim < ndim:
                before = where if where >= 0 else ndim - x.ndim + where + 1
                before = min(max(before, 0), ndim - x.ndim)
                x = x.reshape((1,) * before + x.shape + (1,) * (ndim - x.ndim - before))
            placed.append(x)
        if not placed:
            raise ValueError(f"{self._name}: needs at least one array")
        whole = [t.dtype if isinstance(t, Array) else t for t in types]
        dtype = device.info.fit(np.result_type(*whole))
        return joining.concat([astype(x, dtype, copy=False) for x in placed], axis=axis)

    def _told(self, text: str) -> tuple[int, int, int]:
        if text in ("r", "c"):
            raise TypeError(f"{self._name}[{text!r}, ...] makes NumPy's matrix, which is not here; write reshape")
        told = [int(t) for t in text.split(",")] if text.replace(",", "").replace("-", "").strip().isdigit() else []
        if not 1 <= len(told) <= 3:
            raise ValueError(f"{self._name}: {text!r} is not 'axis', 'axis,ndim' or 'axis,ndim,where'")
        return (*told, *self._default[len(told) :])  # type: ignore[return-value]

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"xpuarray.{self._name}"


mgrid, ogrid = Grid("mgrid", False), Grid("ogrid", True)
r_, c_ = Joiner("r_", 0, 1, -1), Joiner("c_", -1, 2, 0)
