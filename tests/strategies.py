"""Hypothesis strategies for arrays: every layout, extents 0 and 1, special values, broadcasting.

An array that lies in memory as asked for can't be copied to a device: the copy would lie densely.
So a strategy draws a `Laid`, which makes the same view of the same base on NumPy and on a device.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import xpuarray as xp

INTEGERS = tuple(np.dtype(f"{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64))
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


@dataclasses.dataclass(frozen=True)
class Laid:
    """A view of a base array: sliced, then transposed, then broadcast."""

    base: np.ndarray
    key: tuple[slice, ...]
    axes: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def host(self) -> np.ndarray:
        """The view, of NumPy's base."""
        return np.broadcast_to(self.base[self.key].transpose(self.axes), self.shape)

    def on(self, device: Any) -> xp.Array:
        """The view, of a copy of the base on the device."""
        view = xp.asarray(self.base, device=device)[self.key]
        if view.ndim > 1:
            view = xp.permute_dims(view, self.axes)
        return xp.broadcast_to(view, self.shape) if view.shape != self.shape else view

    def __repr__(self) -> str:
        steps = ", ".join(f"{s.start}:{s.stop}:{s.step}" for s in self.key)
        return (
            f"Laid(np.array({self.base.tolist()}, {self.base.dtype}).reshape{self.base.shape}[{steps}]"
            f".transpose{self.axes} as {self.shape})"
        )


def specials(dtype: Any) -> np.ndarray:
    """The values at which functions of this dtype break."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        bits = limits.bits
        near = [0, 1, 2, 3, 5, 7, 8, 10, 31, 32, 33, 63, 64, 65, 100, bits - 1, bits]
        far = [limits.max, limits.max - 1, limits.max // 2, limits.max // 2 + 1, limits.min, limits.min + 1]
        values = near + far + ([-v for v in near] if dtype.kind == "i" else [])
        return np.array(sorted({v for v in values if limits.min <= v <= limits.max}), dtype)
    limits = np.finfo(dtype)
    positive = [0.0, limits.smallest_subnormal, limits.tiny / 4, limits.tiny, limits.tiny * 2, 1e-3, limits.eps, 0.5]
    positive += [1 - limits.epsneg, 1, 1 + limits.eps, 1.5, 2, 2.5, np.pi, 10, 88, 104, 1000]
    positive += [2 / limits.eps, 2 / limits.eps + 2, limits.max / 2, limits.max, np.inf]
    real = np.array([*positive, *(-np.array(positive)), np.nan]).astype(limits.dtype)
    return real if dtype.kind == "f" else _complex(real, dtype)


def _complex(real: np.ndarray, dtype: np.dtype) -> np.ndarray:
    values = np.empty((len(real), len(real)), dtype)
    values.real, values.imag = real[:, None], real
    return values.ravel()


def elements(dtype: np.dtype, finite: bool = False) -> st.SearchStrategy[Any]:
    """One element: any bit pattern, special values more often than chance would have it."""
    special = specials(dtype)
    if not finite:
        return st.sampled_from(list(special)) | hnp.from_dtype(dtype)
    special = special[np.isfinite(special)]
    options = {} if dtype.kind not in "fc" else {"allow_nan": False, "allow_infinity": False}
    return st.sampled_from(list(special)) | hnp.from_dtype(dtype, **options)


@st.composite
def laid(
    draw: st.DrawFn,
    dtype: Any,
    shape: tuple[int, ...] | st.SearchStrategy[tuple[int, ...]] | None = None,
    values: st.SearchStrategy[Any] | None = None,
    dense: bool = False,
) -> Laid:
    """An array of `shape` (default: any), dense or with any strides: steps, reversed, transposed, broadcast."""
    dtype = np.dtype(dtype)
    if shape is None:
        shape = shapes()
    if isinstance(shape, st.SearchStrategy):
        shape = draw(shape)
    ndim, plain = len(shape), slice(None, None, 1)
    values = elements(dtype) if values is None else values
    if dense or draw(st.booleans()):
        base = draw(hnp.arrays(dtype, shape, elements=values))
        return Laid(base, (plain,) * ndim, tuple(range(ndim)), shape)
    repeated = [draw(st.sampled_from([False, False, False, True])) for _ in shape]
    viewed = tuple(1 if again else extent for again, extent in zip(repeated, shape))
    axes = tuple(draw(st.permutations(range(ndim))))
    steps = [draw(st.sampled_from([1, 1, 2, -1, -2])) for _ in shape]
    before = [0] * ndim
    for position, axis in enumerate(axes):
        before[axis] = viewed[position]
    base = draw(hnp.arrays(dtype, tuple(e * abs(s) for e, s in zip(before, steps)), elements=values))
    return Laid(base, tuple(slice(None, None, s) for s in steps), axes, shape)


def shapes(max_dims: int = 3, max_side: int = 4, min_side: int = 0, min_dims: int = 0) -> Any:
    """Shapes of arrays, extents 0 and 1 and no dimension at all among them."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


@st.composite
def operands(
    draw: st.DrawFn, dtypes: tuple[Any, ...], max_dims: int = 3, values: Any = None, dense: bool = False
) -> list[Laid]:
    """One array for each dtype, their shapes equal or such that they broadcast."""
    if draw(st.booleans()) or len(dtypes) == 1:
        each: Any = [draw(shapes(max_dims))] * len(dtypes)
    else:
        broadcast = hnp.mutually_broadcastable_shapes(
            num_shapes=len(dtypes), min_side=0, max_side=4, min_dims=0, max_dims=max_dims
        )
        each = draw(broadcast).input_shapes
    return [draw(laid(dtype, shape, values, dense)) for dtype, shape in zip(dtypes, each)]


@st.composite
def axes_of(draw: st.DrawFn, ndim: int) -> Any:
    """An `axis` argument for a reduction: None, one axis (negative too), or several."""
    if ndim == 0 or draw(st.booleans()):
        return None if draw(st.booleans()) or ndim == 0 else draw(st.integers(-ndim, ndim - 1))
    chosen = draw(st.lists(st.integers(0, ndim - 1), unique=True, max_size=ndim))
    return tuple(a - ndim if draw(st.booleans()) else a for a in chosen)
