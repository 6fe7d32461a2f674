"""NumPy's functions of shapes beyond the Array API standard: joins, splits and turns.

Views stay views; nothing is computed, so that results equal NumPy's in every bit.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from xpuarray.core.array import Array
from xpuarray.functions.numpy_outputs import beside
from xpuarray.functions.reductions import normalise_axes

__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "block", "column_stack", "dsplit", "dstack",
    "fliplr", "flipud", "hsplit", "hstack", "rollaxis", "rot90", "split", "swapaxes", "transpose", "vsplit",
    "vstack",
]  # fmt: skip

xp: Any = sys.modules["xpuarray"]  # read when a function is called: by then it is complete


# -- at least so many dimensions ----------------------------------------------------------------


def _atleast(n: int, name: str) -> Callable[..., Any]:
    def one(x: Any) -> Array:
        x = beside(name, x, None)
        if n == 3 and x.ndim in (1, 2):
            return x[None, :, None] if x.ndim == 1 else x[:, :, None]
        return xp.reshape(x, (1,) * (n - x.ndim) + x.shape) if x.ndim < n else x

    def function(*arys: Any) -> Any:
        return one(arys[0]) if len(arys) == 1 else tuple(map(one, arys))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"""Each argument as an array of at least {n} dimension(s), a view where it has fewer; several make a tuple."""
    )
    return function


atleast_1d, atleast_2d, atleast_3d = (_atleast(n, f"atleast_{n}d") for n in (1, 2, 3))


# -- joins --------------------------------------------------------------------------------------


def vstack(tup: Sequence[Array], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """The arrays below each other: joined along axis 0, vectors being rows."""
    return xp.concat([atleast_2d(x) for x in tup], axis=0, dtype=dtype, casting=casting)


def hstack(tup: Sequence[Array], *, dtype: Any = None, casting: str = "same_kind") -> Array:
    """The arrays beside each other: joined along axis 1, vectors along axis 0."""
    parts = [atleast_1d(x) for x in tup]
    return xp.concat(parts, axis=0 if parts and parts[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def dstack(tup: Sequence[Array]) -> Array:
    """The arrays behind each other: joined along axis 2."""
    return xp.concat([atleast_3d(x) for x in tup], axis=2)


def column_stack(tup: Sequence[Array]) -> Array:
    """The arrays beside each other, vectors being columns."""
    return xp.concat([x if x.ndim > 1 else xp.reshape(x, (-1, 1)) for x in map(atleast_1d, tup)], axis=1)


def append(arr: Array, values: Any, axis: int | None = None) -> Array:
    """`values` joined to the end of `arr` along `axis` (None: both flattened)."""
    values = beside("append", values, arr.device)
    return xp.concat([arr, values], axis=axis)


def block(arrays: Any) -> Array:
    """Nested lists of arrays put together: the innermost lists along the last axis, the next along that before, ...

    >>> xp.block([[a, b], [c, d]])                                         # doctest: +SKIP
    """

    def depth(part: Any) -> int:
        if not isinstance(part, list):
            return 0
        if not part:
            raise ValueError("block: an empty list has no shape")
        depths = {depth(p) for p in part}
        if len(depths) > 1:
            raise ValueError(f"block: lists are nested to different depths: {sorted(depths)}")
        return 1 + depths.pop()

    levels = depth(arrays)
    device = next((p.device for p in _leaves(arrays) if isinstance(p, Array)), None)
    leaves = [beside("block", p, device) for p in _leaves(arrays)]
    ndim = max([levels, *(p.ndim for p in leaves)])
    ready = iter([xp.reshape(p, (1,) * (ndim - p.ndim) + p.shape) for p in leaves])

    def join(part: Any, level: int) -> Array:
        if not isinstance(part, list):
            return next(ready)
        return xp.concat([join(p, level - 1) for p in part], axis=-level)

    return join(arrays, levels)


def _leaves(part: Any) -> list[Any]:
    return [leaf for p in part for leaf in _leaves(p)] if isinstance(part, list) else [part]


# -- splits -------------------------------------------------------------------------------------


def array_split(ary: Array, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Views of parts along `axis`: so many, as equal as possible, or those between the indices."""
    (axis,) = normalise_axes("array_split", axis, ary.ndim)
    extent = ary.shape[axis]
    if hasattr(indices_or_sections, "__index__"):
        sections = int(indices_or_sections)  # type: ignore[call-overload]
        if sections < 1:
            raise ValueError(f"array_split: into {sections} parts")
        size, longer = divmod(extent, sections)
        ends = [0, *itertools.accumulate([size + 1] * longer + [size] * (sections - longer))]
    else:
        ends = [0, *map(int, indices_or_sections), extent]  # type: ignore[arg-type]
    before = (slice(None),) * axis
    return [ary[(*before, slice(a, b))] for a, b in itertools.pairwise(ends)]


def split(ary: Array, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Views of equal parts along `axis`, or of the parts between the indices.

    Raises ValueError if parts would not be equal; see `array_split`.
    """
    (axis,) = normalise_axes("split", axis, ary.ndim)
    if hasattr(indices_or_sections, "__index__") and ary.shape[axis] % int(indices_or_sections):  # type: ignore[call-overload]
        raise ValueError(f"split: {ary.shape[axis]} elements are not {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


def _split_along(name: str, axis: int, least: int) -> Callable[..., list[Array]]:
    def function(ary: Array, indices_or_sections: int | Sequence[int]) -> list[Array]:
        if ary.ndim < least:
            raise ValueError(f"{name} needs at least {least} dimension(s), not {ary.ndim}")
        return split(ary, indices_or_sections, 0 if ary.ndim == 1 else axis)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`split` along axis {axis}."
    return function


vsplit, hsplit, dsplit = _split_along("vsplit", 0, 2), _split_along("hsplit", 1, 1), _split_along("dsplit", 2, 3)


# -- turns --------------------------------------------------------------------------------------


def flipud(m: Array) -> Array:
    """m upside down: reversed along axis 0."""
    return xp.flip(m, axis=0)


def fliplr(m: Array) -> Array:
    """m left to right: reversed along axis 1.  Raises ValueError below two dimensions."""
    if m.ndim < 2:
        raise ValueError(f"fliplr needs at least two dimensions, not {m.ndim}")
    return xp.flip(m, axis=1)


def rot90(m: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """m turned by 90 degrees k times in the plane of `axes`, from the first towards the second."""
    if len(axes) != 2:
        raise ValueError(f"rot90: two axes make a plane, not {len(axes)}")
    first, second = (a % m.ndim if -m.ndim <= a < m.ndim else normalise_axes("rot90", a, m.ndim)[0] for a in axes)
    if first == second:
        raise ValueError(f"rot90: the axes {axes} are the same")
    k %= 4
    if k == 0:
        return m[...]
    if k == 2:
        return xp.flip(m, axis=(first, second))
    turned = m if k == 3 else xp.flip(m, axis=second)
    turned = swapaxes(turned, first, second)
    return xp.flip(turned, axis=second) if k == 3 else turned


def swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    """A view of a with two axes exchanged."""
    (axis1,), (axis2,) = (normalise_axes("swapaxes", axis, a.ndim) for axis in (axis1, axis2))
    order = list(range(a.ndim))
    order[axis1], order[axis2] = axis2, axis1
    return xp.permute_dims(a, order)


def transpose(a: Array, axes: Sequence[int] | None = None) -> Array:
    """A view of a with its axes in the order `axes` (default: reversed)."""
    return xp.permute_dims(a, tuple(reversed(range(a.ndim))) if axes is None else tuple(axes))


def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    """A view of a with `axis` moved to before the axis `start`."""
    (axis,) = normalise_axes("rollaxis", axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    return xp.moveaxis(a, axis, start - 1 if axis < start else start)
