"""Views of an array's memory by any shape and strides that stay within it."""

from __future__ import annotations

from collections.abc import Sequence

from xpuarray.backends.host.library import strided as strided_of
from xpuarray.core.array import Array, part_of, view_of
from xpuarray.core.shapes import as_extents, normalise_axes
from xpuarray.core.shared_memory import in_sight
from xpuarray.core.typing import Axis, Shape
from xpuarray.functions.checking import checked
from xpuarray.functions.signatures import check_ignored

__all__ = ["as_strided", "sliding_window_view", "view_by"]


@checked
def as_strided(
    x: Array,
    shape: Shape | None = None,
    strides: Sequence[int] | None = None,
    subok: bool = False,
    writeable: bool = True,
) -> Array:
    """The view of x's memory, from its first element on, of any shape and strides (bytes; None: x's own).  Where
    several of its elements may be one in memory it can only be read.

    Raises ValueError where it would leave the memory between x's first and last element, or where strides are no
    multiples of an element's size.
    """
    check_ignored("as_strided", subok=subok)
    extents = x.shape if shape is None else as_extents("as_strided", shape)
    steps = x.strides if strides is None else tuple(strides)
    if min(extents, default=0) < 0:
        raise ValueError(f"as_strided: extents are not negative, as one of {extents} is")
    if len(steps) != len(extents):
        raise ValueError(f"as_strided: {len(steps)} stride(s) for {len(extents)} dimension(s)")
    if any(step % x.itemsize for step in steps):
        raise ValueError(f"as_strided: strides {steps} are no multiples of {x.itemsize} bytes, an element of {x.dtype}")
    (low, high), (least, most) = _reach(x.shape, x.strides), _reach(extents, steps)
    if 0 not in extents and (not x.size or least < low or most > high):
        raise ValueError(
            f"as_strided: shape {extents} by strides {steps} reaches from byte {least} to {most + x.itemsize}; "
            f"x has {f'{low} to {high + x.itemsize}' if x.size else 'none'}"
        )
    view = view_by(x, extents, steps)
    view._read_only |= not writeable or _may_repeat(extents, steps)
    return view


@checked
def sliding_window_view(
    x: Array, window_shape: Shape, axis: Axis = None, *, subok: bool = False, writeable: bool = False
) -> Array:
    """The view of all windows of that shape along the axes (None: all; one may be named twice): x's dimensions, which
    are shorter by what the window is longer than one element, and behind them the window's.  It can only be read,
    `writeable` or not, unless a window is of one element: several of its elements are one in memory.

    Raises ValueError for windows larger than x.
    """
    window = as_extents("sliding_window_view", window_shape, "window_shape")
    if min(window, default=0) < 0:
        raise ValueError(f"sliding_window_view: extents are not negative, as one of {window} is")
    given = range(x.ndim) if axis is None else (axis,) if hasattr(axis, "__index__") else axis
    axes = [normalise_axes("sliding_window_view", a, x.ndim)[0] for a in given]  # type: ignore[union-attr]
    if len(axes) != len(window):
        raise ValueError(f"sliding_window_view: a window of {len(window)} dimension(s) along {len(axes)} axes")
    extents, steps = list(x.shape), x.strides
    for a, length in zip(axes, window):
        extents[a] -= length - 1
        if extents[a] < 0 or (length and not extents[a]):
            raise ValueError(f"sliding_window_view: a window of {window} is larger than x, of shape {x.shape}")
    return as_strided(x, (*extents, *window), (*steps, *(steps[a] for a in axes)), subok=subok, writeable=writeable)


def view_by(x: Array, extents: tuple[int, ...], steps: tuple[int, ...]) -> Array:
    """The view from x's first element on, of which it is known that it stays within x."""
    memory = in_sight(x)
    if memory is not None:
        return part_of(x, strided_of(memory, extents, steps, 0, memory.dtype))
    native, runtime = x._native, x.device.runtime
    if 0 in extents:
        return view_of(x, runtime.empty(extents, x.dtype))
    with runtime.active():
        return view_of(x, runtime.strided(native, extents, steps))


def _reach(extents: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, int]:
    """Where, in bytes from the first element, the ones with the lowest and the highest address begin."""
    spans = [(n - 1) * step for n, step in zip(extents, steps)]
    return sum(min(s, 0) for s in spans), sum(max(s, 0) for s in spans)


def _may_repeat(extents: tuple[int, ...], steps: tuple[int, ...]) -> bool:
    """Whether an element may stand in several places: not if each step is larger than all that lies within it."""
    within = 0
    for step, n in sorted((abs(step), n) for step, n in zip(steps, extents) if n > 1):
        if step <= within:
            return True
        within += step * (n - 1)
    return False
