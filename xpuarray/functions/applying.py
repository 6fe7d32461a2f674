"""Functions of the user's, called for parts of an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.typing import Axis
from xpuarray.functions import creation, joining, manipulation
from xpuarray.functions.checking import checked
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import as_operand

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise"]


@checked
def piecewise(x: Array, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """Of x's elements where a condition holds, the function (or scalar) that belongs to the last one that does;
    one function more is for the others, else 0.  The functions are given the elements, `args` and `kw`.
    """
    if not x.ndim:
        several = isinstance(condlist, (list, tuple)) or (isinstance(condlist, Array) and condlist.ndim > 0)
        each = condlist if several else [condlist]
        held = [as_operand("piecewise", c, x.device).reshape((1,)) for c in each]
        return piecewise(x.reshape(1), held, funclist, *args, **kw).reshape(())
    single = condlist.ndim == x.ndim if isinstance(condlist, Array) else not _holds_conditions(condlist)
    found = (astype(as_operand("piecewise", c, x.device), np.bool_) for c in ([condlist] if single else condlist))
    conditions = [manipulation.broadcast_to(c, x.shape) if c.shape != x.shape else c for c in found]
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        rest = conditions[0]
        for condition in conditions[1:]:
            rest = rest | condition
        conditions.append(~rest)
    if len(functions) != len(conditions):
        raise ValueError(f"piecewise: {len(conditions)} conditions and {len(functions)} functions")
    result = creation.zeros_like(x)
    for condition, function in zip(conditions, functions):
        result[condition] = function(x[condition], *args, **kw) if callable(function) else function
    return result


def _holds_conditions(condlist: Any) -> bool:
    """Whether these are conditions, rather than the elements of one."""
    return isinstance(condlist, (list, tuple)) and isinstance(condlist[0], (list, tuple, Array))


@checked
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """What `func1d` makes of each vector along `axis`, in its place.  One call of Python a vector: a function that
    takes `axis` itself does all of them at once.  `args` and `kwargs` are given to it, too.
    """
    (axis,) = normalise_axes("apply_along_axis", axis, arr.ndim)
    x = manipulation.moveaxis(arr, axis, -1)
    outer = x.shape[:-1]
    if 0 in outer:
        raise ValueError(f"apply_along_axis: there is no vector in {arr.shape}")
    found = [as_operand("apply_along_axis", func1d(x[k], *args, **kwargs), arr.device) for k in np.ndindex(*outer)]
    inner = found[0].ndim
    value = manipulation.reshape(joining.stack(found), outer + found[0].shape)
    order = (*range(axis), *range(len(outer), len(outer) + inner), *range(axis, len(outer)))
    return manipulation.permute_dims(value, order)


@checked
def apply_over_axes(func: Callable[..., Any], a: Array, axes: Axis) -> Array:
    """`func(x, axis)` for one axis after the other; where it takes the axis away, that stays with extent 1."""
    value = a
    for axis in normalise_axes("apply_over_axes", axes, a.ndim):
        made = func(value, axis)
        made = made if made.ndim == value.ndim else manipulation.expand_dims(made, axis)
        if made.ndim != value.ndim:
            raise ValueError(f"apply_over_axes: func made shape {made.shape} of {value.shape} along axis {axis}")
        value = made
    return value
