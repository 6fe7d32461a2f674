"""Shapes and the order of elements: by the library, most of it views; nothing is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.exceptions import AxisError

from xpuarray.backends.host.library import numpy_library
from xpuarray.core import quick_parts
from xpuarray.core.array import Array, from_numpy, lies_dense, part_of, view_of
from xpuarray.core.dispatch import common_device, computed, library_call
from xpuarray.core.modes import current
from xpuarray.core.pending import memory_of
from xpuarray.core.shapes import as_extents, normalise_axes
from xpuarray.core.shared_memory import at_home, in_sight, suits_numpy
from xpuarray.core.typing import Index, Order
from xpuarray.functions.checking import checked
from xpuarray.functions.conversion import asarray
from xpuarray.functions.operands import as_operand, as_operands
from xpuarray.functions.orders import chosen, order_of_axes, settled
from xpuarray.lang.counterpart import counterpart
from xpuarray.spans import record, unwatched, watched

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rollaxis",
    "rot90",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
]


def _view(name: str, x: Array, *args: Any, **kwargs: Any) -> Array:
    """What the library's function makes of x: a view, wherever there is one.  Of any number of elements NumPy does so
    in less than a microsecond."""
    if type(x) is not Array:
        x = as_operand(name, x, None)
    device = x._device
    copies = name == "reshape" and not (kwargs["copy"] is None and lies_dense(x))  # or may have to
    memory = at_home(x) if copies else in_sight(x)
    if memory is not None:
        if watched():
            record(name, device.info, f"NumPy {name} on shared memory")
        function = _METHODS.get(name) or getattr(numpy_library(), name)
        made = function(memory, *args, **kwargs)
        is_part = made.base is memory or (made.base is not None and made.base is memory.base)
        return part_of(x, made) if is_part else from_numpy(made, device)
    if (recorder := current().recorder) is not None:
        return _recorded_view(recorder, name, x, copies, args, kwargs)
    native = x._native
    if not copies and name in _METHODS and hasattr(native, "transpose") and not watched():
        return view_of(x, _METHODS[name](native, *args, **kwargs))
    value = Array(library_call(name, device, name, native, *args, **kwargs), device)
    if x._read_only and memory_of(value) == memory_of(x):
        return view_of(x, value._native)  # which is to be read, too
    return value


def _recorded_view(recorder: Any, name: str, x: Array, copies: bool, args: Any, kwargs: Any) -> Array:
    """The same while a recorder notes what is done: nothing, for a view."""
    if copies and kwargs["copy"] is not False:
        x, kwargs = recorder.copied(x) or x, {}
    with unwatched():
        value = view_of(x, library_call(name, x._device, name, x._native, *args, **kwargs))
    if memory_of(value) != memory_of(x):
        recorder.give_up()
    return value


def _reshaped(memory: Any, shape: tuple[int, ...], copy: bool | None) -> Any:
    return memory.reshape(shape) if copy is None else numpy_library().reshape(memory, shape, copy=copy)


#: What NumPy's arrays, and CuPy's, do themselves takes a fifth of the time of the library's functions.
_METHODS: dict[str, Callable[..., Any]] = {
    "reshape": _reshaped,
    "permute_dims": lambda memory, axes: memory.transpose(axes),
}


@counterpart("reshape")
def reshape(a: Array, /, shape: int | Sequence[int], order: Order = "C", *, copy: bool | None = None) -> Array:
    """a with another shape; one extent may be -1. A view where that is possible.

    order: in which elements are taken, and put: "C" by rows, "F" by columns, "A" by columns if a is stored so
    copy: True always copies; False raises ValueError where a view is impossible

    Raises ValueError if the sizes differ.
    """
    if order != "C":
        a = as_operand("reshape", a, None)
        order = chosen("reshape", order)
        if order == "K":
            raise ValueError("reshape: an order is 'C', 'F' or 'A', not 'K'")
        if settled(order, a) == "F":
            extents = as_extents("reshape", shape)
            return transpose(_view("reshape", transpose(a), extents[::-1], copy=copy))
    return _view("reshape", a, shape if type(shape) is tuple else as_extents("reshape", shape), copy=copy)


def permute_dims(a: Array, axes: Sequence[int] | None = None) -> Array:
    """A view of a with its dimensions in the order `axes` (default: reversed)."""
    if axes is None:
        a = as_operand("permute_dims", a, None)
        axes = tuple(reversed(range(a.ndim)))
    if type(axes) is not tuple:
        axes = as_extents("permute_dims", axes)
    if type(a) is Array and len(axes) != a.ndim:
        raise ValueError(f"permute_dims: axes {axes} are not those of {a.ndim} dimension(s)")
    return _view("permute_dims", a, axes)


def matrix_transpose(x: Array, /) -> Array:
    """A view of x with its last two dimensions swapped.  Raises ValueError below two dimensions."""
    x = as_operand("matrix_transpose", x, None)
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose needs at least two dimensions, not {x.ndim}")
    return _view("matrix_transpose", x)


@checked
def moveaxis(a: Array, source: int | Sequence[int], destination: int | Sequence[int]) -> Array:
    """A view of a with the dimensions `source` moved to the positions `destination`."""
    return _view("moveaxis", a, source, destination)


def expand_dims(a: Array, axis: int | Sequence[int] = 0) -> Array:
    """A view of a with new dimensions of extent 1 at `axis`."""
    a = as_operand("expand_dims", a, None)
    places = as_extents("expand_dims", axis, "axis")
    for position in places:
        if not -a.ndim - len(places) <= position < a.ndim + len(places):
            raise AxisError(f"expand_dims: axis {position} is out of bounds for {a.ndim} dimension(s)")
    return _view("expand_dims", a, axis=places)


def squeeze(a: Array, axis: int | Sequence[int] | None = None) -> Array:
    """A view of a without the dimensions `axis` (default: all), which must have extent 1."""
    a = as_operand("squeeze", a, None)
    if not a.ndim and axis in (0, -1):  # as NumPy does
        axis = None
    return _view("squeeze", a, axis=None if axis is None else normalise_axes("squeeze", axis, a.ndim))


@checked
def flip(m: Array, axis: int | Sequence[int] | None = None) -> Array:
    """m in reverse order along `axis` (default: along all)."""
    value = quick_parts.flipped(m) if axis is None else None
    return _view("flip", m, axis=axis) if value is None else value


@checked
def roll(a: Array, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Array:
    """a with its elements shifted along `axis` (default: flattened), wrapping around."""
    if axis is None and not suits_numpy(a.device.runtime, a.size, "roll"):
        # dpnp 0.20 corrupts memory when it rolls an array that is not contiguous as if it were flat.
        return reshape(computed("roll", a.device, "roll", reshape(a, (-1,)), shift, axis=0), a.shape)
    return computed("roll", a.device, "roll", a, shift, axis=axis)


@checked
def repeat(a: Array, repeats: int | Index, axis: int | None = None) -> Array:
    """Each element of a repeated along `axis` (default: flattened); `repeats`: how often, each one or all."""
    if isinstance(repeats, Array):
        common_device("repeat", a, repeats)
    unknown = a.device.runtime.host_until + 1  # the sum of what is on the device: at any rate not few
    made = a.size * repeats if isinstance(repeats, int) else max(a.size, unknown)
    return computed("repeat", a.device, "repeat", a, repeats, elements=made, axis=axis)


@checked
def tile(A: Array, reps: int | Sequence[int]) -> Array:
    """A laid out `reps` times along each dimension, or (an int) along the last."""
    times = as_extents("tile", reps)
    return computed("tile", A.device, "tile", A, times, elements=A.size * math.prod(times))


def broadcast_to(array: Array, shape: int | Sequence[int], subok: bool = False) -> Array:
    """A view of the array repeated to `shape`, to be read only."""
    view = _view("broadcast_to", array, as_extents("broadcast_to", shape))
    view._read_only = True
    return view


@checked
def broadcast_shapes(*shapes: int | Sequence[int]) -> tuple[int, ...]:
    """The one shape that arrays of these shapes broadcast to.  Raises ValueError if there is none."""
    return np.broadcast_shapes(*shapes)


@checked
def broadcast_arrays(*arrays: Array, subok: bool = False) -> tuple[Array, ...]:
    """Views of all arrays, broadcast to one shape; those in which elements repeat, to be read only."""
    if not arrays:
        return ()
    arrays = tuple(as_operands("broadcast_arrays", arrays))
    shape = np.broadcast_shapes(*[a.shape for a in arrays])
    return tuple([_stretched(a, shape) for a in arrays])


def _stretched(a: Array, shape: tuple[int, ...]) -> Array:
    """a broadcast to `shape`: itself, or a view of it, to be written into as a itself if no element repeats."""
    more = len(shape) - a.ndim
    if (1,) * more + a.shape == shape:
        return a[(None,) * more] if more else a
    return broadcast_to(a, shape)


@checked
def ravel(a: Array, order: Order = "C") -> Array:
    """a as one dense dimension: a view where a is dense, else a copy.

    order: in which elements are taken: "C" by rows, "F" by columns, "A" by columns if a is stored so, "K" as they lie
    """
    if order == "K":
        axes = order_of_axes(a)
        a, order = a if axes is None else permute_dims(a, axes), "C"
    flat = reshape(a, (-1,), order)
    return flat if lies_dense(flat) else asarray(flat, copy=True)


@overload
def atleast_1d(ary: Any, /) -> Array: ...
@overload
def atleast_1d(*arys: Any) -> tuple[Array, ...]: ...
@checked
def atleast_1d(*arys: Any) -> Array | tuple[Array, ...]:
    """Each argument as an array of at least 1 dimension, a view where it has fewer; several make a tuple."""
    return _each("atleast_1d", 1, arys)


@overload
def atleast_2d(ary: Any, /) -> Array: ...
@overload
def atleast_2d(*arys: Any) -> tuple[Array, ...]: ...
@checked
def atleast_2d(*arys: Any) -> Array | tuple[Array, ...]:
    """Each argument as an array of at least 2 dimensions, a view where it has fewer; several make a tuple."""
    return _each("atleast_2d", 2, arys)


@overload
def atleast_3d(ary: Any, /) -> Array: ...
@overload
def atleast_3d(*arys: Any) -> tuple[Array, ...]: ...
@checked
def atleast_3d(*arys: Any) -> Array | tuple[Array, ...]:
    """Each argument as an array of at least 3 dimensions, a view where it has fewer; several make a tuple."""
    return _each("atleast_3d", 3, arys)


def _each(name: str, n: int, arys: tuple[Any, ...]) -> Array | tuple[Array, ...]:
    found = tuple(_at_least(n, as_operand(name, x, None)) for x in arys)
    return found[0] if len(found) == 1 else found


def _at_least(n: int, x: Array) -> Array:
    if n == 3 and x.ndim in (1, 2):
        return x[None, :, None] if x.ndim == 1 else x[:, :, None]
    return reshape(x, (1,) * (n - x.ndim) + x.shape) if x.ndim < n else x


@checked
def flipud(m: Array) -> Array:
    """m upside down: reversed along axis 0."""
    return flip(m, axis=0)


@checked
def fliplr(m: Array) -> Array:
    """m left to right: reversed along axis 1.  Raises ValueError below two dimensions."""
    if m.ndim < 2:
        raise ValueError(f"fliplr needs at least two dimensions, not {m.ndim}")
    return flip(m, axis=1)


@checked
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
        return flip(m, axis=(first, second))
    turned = m if k == 3 else flip(m, axis=second)
    turned = swapaxes(turned, first, second)
    return flip(turned, axis=second) if k == 3 else turned


@checked
def swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    """A view of a with two axes exchanged."""
    (axis1,), (axis2,) = (normalise_axes("swapaxes", axis, a.ndim) for axis in (axis1, axis2))
    order = list(range(a.ndim))
    order[axis1], order[axis2] = axis2, axis1
    return permute_dims(a, order)


@checked
def transpose(a: Array, axes: Sequence[int] | None = None) -> Array:
    """A view of a with its axes in the order `axes` (default: reversed)."""
    return permute_dims(a, axes if axes is None else tuple(axes))


@checked
def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    """A view of a with `axis` moved to before the axis `start`."""
    (axis,) = normalise_axes("rollaxis", axis, a.ndim)
    if not -a.ndim <= start <= a.ndim:
        raise AxisError(f"rollaxis: start {start} is out of bounds for {a.ndim} dimension(s)")
    start = start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)
