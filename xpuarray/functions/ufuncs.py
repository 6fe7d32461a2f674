"""What elementwise functions are beside: NumPy's ufuncs, with `xp.add.reduce(x)`, `.accumulate`, `.reduceat`, `.outer`.

Sums, products, extremes and truths are the reductions of these names.  Others are NumPy's where it sees the memory;
elsewhere as many steps as the logarithm of the extent, each one call of the function for all that it can join by then,
or, where the order counts (`subtract`), one step an element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any

import numpy as np

from xpuarray.backends.host.faults import REDUCES_WRONG
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device
from xpuarray.core.promotion import as_dtype
from xpuarray.core.shapes import normalise_axes
from xpuarray.core.shared_memory import by_numpy, within_reach
from xpuarray.core.typing import Axis
from xpuarray.functions import choosing, elementwise, joining, manipulation, mathematics, ranges, reductions, scans
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import astype
from xpuarray.functions.operands import NUMBERS, as_index, as_operand
from xpuarray.functions.scatter import at, numpys_ufunc
from xpuarray.functions.signatures import write_out

__all__ = ["attach", "joined_in_halves"]

#: What is a function of an axis under another name.
_REDUCTIONS: dict[str, Callable[..., Array]] = {
    "add": reductions.sum,
    "multiply": reductions.prod,
    "maximum": reductions.max,
    "minimum": reductions.min,
    "logical_and": reductions.all,
    "logical_or": reductions.any,
}
_SCANS: dict[str, Callable[..., Array]] = {"add": scans.cumulative_sum, "multiply": scans.cumulative_prod}

#: The order in which elements are joined makes no difference to these, but for rounding.
_ASSOCIATIVE = {
    *_REDUCTIONS, "logical_xor", "fmax", "fmin", "bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm", "hypot",
    "logaddexp", "logaddexp2",
}  # fmt: skip

#: Those that are composed, and have no row: how many arrays they take, and make.
_COMPOSED = {
    "divmod": (2, 2),
    "float_power": (2, 1),
    "frexp": (1, 2),
    "ldexp": (2, 1),
    "modf": (1, 2),
    "spacing": (1, 1),
}

_UNSET: Any = object()


def reduce(
    function: Any,
    a: Any,
    axis: Axis = 0,
    dtype: Any = None,
    out: Array | None = None,
    keepdims: bool = False,
    initial: Any = _UNSET,
    where: Any = True,
) -> Array:
    """The function of all elements along `axis` (None: all, several for one where the order makes no difference).

    dtype: in which they are taken;  initial: what comes before the first;  where: which elements count

    Raises ValueError for a function that is not of two operands, and of nothing where it has no identity.

    >>> import xpuarray as xp
    >>> int(xp.gcd.reduce(xp.asarray([12, 18, 30], device="host")))
    6
    """
    name, x = _binary("reduce", function, a, dtype)
    initial = None if initial is _UNSET else initial
    axis = () if not x.ndim and axis in (0, -1) else axis
    if name in _REDUCTIONS:
        more = {"dtype": dtype} if name in _SCANS else {}
        more |= {} if name in ("logical_and", "logical_or") else {"initial": initial}
        return _REDUCTIONS[name](x, axis=axis, out=out, keepdims=keepdims, where=where, **more)
    axes = normalise_axes(name, axis, x.ndim)
    if len(axes) > 1 and name not in _ASSOCIATIVE:
        raise ValueError(f"{name}.reduce: takes one axis, as the order of the elements makes a difference; not {axis}")
    if initial is None and where is not True:
        initial = _identity(function, x.dtype)
        if initial is None:
            raise ValueError(f"{name}.reduce: where= needs initial=, as {name} has no identity")
    mask = None if where is True else manipulation.broadcast_to(as_operand(name, where, x.device), x.shape)
    value = _by_numpy(function, "reduce", x, mask, axis=axes, keepdims=keepdims, initial=initial)
    if value is None:
        value = _reduced(function, x, axes, initial, mask)
        if keepdims:
            value = value.reshape(tuple(1 if k in axes else n for k, n in enumerate(x.shape)))
    return write_out(f"{name}.reduce", value, out)


def accumulate(function: Any, array: Any, axis: int = 0, dtype: Any = None, out: Array | None = None) -> Array:
    """The function of all elements along `axis` up to each one: the running minimum, by `minimum`.

    >>> import xpuarray as xp
    >>> xp.maximum.accumulate(xp.asarray([1, 3, 2], device="host")).tolist()
    [1, 3, 3]
    """
    name, x = _binary("accumulate", function, array, dtype)
    if not x.ndim:
        raise TypeError(f"{name}.accumulate: a number has no axis to go along")
    (axis,) = normalise_axes(name, axis, x.ndim)
    if name in _SCANS:
        return _SCANS[name](x, axis=axis, dtype=dtype, out=out)
    value = _by_numpy(function, "accumulate", x, None, axis=axis) if x.size else x
    if value is None:
        columns = manipulation.moveaxis(x, axis, 0)
        made = (_scanned if name in _ASSOCIATIVE else _one_by_one)(function, columns)
        value = manipulation.moveaxis(made, 0, axis)
    return write_out(f"{name}.accumulate", value, out)


def reduceat(
    function: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Array | None = None
) -> Array:
    """The function of the elements from each index to before the next; of an index that is not below the next, of the
    element there alone.

    Raises IndexError out of bounds.

    >>> import xpuarray as xp
    >>> xp.add.reduceat(xp.arange(8, device="host"), [0, 4, 1, 5]).tolist()
    [6, 4, 10, 18]
    """
    name, x = _binary("reduceat", function, array, dtype)
    (axis,) = normalise_axes(name, axis, x.ndim)
    starts = astype(as_index(f"{name}.reduceat", indices, x.device), np.int64, copy=False)
    common_device(name, x, starts)
    if starts.ndim != 1:
        raise ValueError(f"{name}.reduceat: indices have one dimension, not {starts.ndim}")
    n = x.shape[axis]
    if starts.size:
        low, high = int(reductions.min(starts)), int(reductions.max(starts))
        if low < 0 or high >= n:
            raise IndexError(f"{name}.reduceat: index {low if low < 0 else high} is not in [0, {n})")
    if name in _SCANS and dtype is None:
        x = astype(x, reductions.sum_dtype(x, None), copy=False)
    value = _by_numpy(function, "reduceat", x, None, starts, axis=axis)
    if value is None:
        columns = manipulation.moveaxis(x, axis, 0)
        value = manipulation.moveaxis(_of_segments(function, columns, starts), 0, axis)
    return write_out(f"{name}.reduceat", value, out)


def outer(function: Any, A: Any, B: Any, /, **kwargs: Any) -> Any:
    """The function of each element of A with each of B, of the shape A.shape + B.shape.

    >>> import xpuarray as xp
    >>> xp.add.outer(xp.asarray([0, 10], device="host"), [1, 2]).tolist()
    [[1, 2], [11, 12]]
    """
    name = function.__name__
    if function.nin != 2:
        raise ValueError(f"{name}.outer: {name} takes one operand, not two")
    device = next((x.device for x in (A, B) if isinstance(x, Array)), None)
    first, second = (x if isinstance(x, NUMBERS) else as_operand(f"{name}.outer", x, device) for x in (A, B))
    if isinstance(first, Array) and isinstance(second, Array) and second.ndim:
        first = first.reshape(first.shape + (1,) * second.ndim)
    return function(first, second, **kwargs)


def _binary(method: str, function: Any, value: Any, dtype: Any) -> tuple[str, Array]:
    """The function's name, and the operand as an array in the dtype in which the function makes its own operands."""
    name = function.__name__
    if function.nin != 2 or function.nout != 1:
        raise ValueError(f"{name}.{method}: only functions of two operands with one result join elements")
    x = as_operand(f"{name}.{method}", value, None)
    if dtype is not None:
        x = astype(x, as_dtype(dtype, x.device), copy=False)
    if name in _REDUCTIONS:
        return name, x
    if name == "logical_xor":
        return name, astype(x, np.bool_, copy=False)
    few = manipulation.reshape(x, (-1,))[:0]
    kind = function(few, few).dtype
    if kind.kind == "b" != x.dtype.kind:
        raise TypeError(f"{name}.{method}: joins bools, not elements of {x.dtype}, as its result is one")
    return name, astype(x, kind, copy=False)


def _identity(function: Any, dtype: np.dtype) -> Any:
    """What combines with any element to that element, as a number of the dtype; None if there is nothing."""
    found = function.identity
    return None if found is None else np.asarray(found).astype(dtype)[()]


def _by_numpy(function: Any, method: str, x: Array, mask: Array | None, *more: Array, **options: Any) -> Array | None:
    """What the method of NumPy's function makes, if it sees the memory, and the function is right there."""
    name = function.__name__
    theirs = numpys_ufunc(name, x.dtype)
    if theirs is None or (method != "accumulate" and name in REDUCES_WRONG):
        return None
    values = [within_reach(a) for a in (x, *more, *([] if mask is None else [mask]))]
    if any(v is None for v in values):
        return None
    if mask is not None:
        options["where"] = values.pop()

    def make(*arrays: Any) -> Any:
        given = {k: v for k, v in options.items() if k != "initial" or v is not None}
        return np.asarray(getattr(theirs, method)(*arrays, dtype=x.dtype, **given))

    return by_numpy(f"{name}.{method}", x.device, make, *values)


# -- in steps -----------------------------------------------------------------------------------


def _reduced(function: Any, x: Array, axes: tuple[int, ...], initial: Any, mask: Array | None) -> Array:
    name = function.__name__
    left = [k for k in range(x.ndim) if k not in axes]
    shape = tuple(x.shape[k] for k in left)

    def columns(a: Array) -> Array:
        return manipulation.permute_dims(a, (*axes, *left)).reshape((math.prod([a.shape[k] for k in axes]), *shape))

    x = columns(x)
    if initial is None and not len(x):
        initial = _identity(function, x.dtype)
        if initial is None:
            raise ValueError(f"{name}.reduce: nothing to reduce, and {name} has no identity")
    first = None if initial is None else full(shape, initial, x.dtype, device=x.device)
    if name in _ASSOCIATIVE:
        if mask is not None:  # what combines with itself to itself may stand for what doesn't count, once it is there
            neutral = _identity(function, x.dtype)
            x = choosing.where(columns(mask), x, initial if neutral is None else neutral)
        if not len(x):
            return first  # type: ignore[return-value]
        value = joined_in_halves(function, x)
        return value if first is None else function(first, value)
    rest: Iterable[Array] = x
    if first is None:
        first, *rest = x
    counts = None if mask is None else columns(mask)
    for k, row in enumerate(rest):
        joined = function(first, row)
        first = joined if counts is None else choosing.where(counts[k], joined, first)
    return first[...] if first is not None else x


def joined_in_halves(function: Callable[..., Array], x: Array) -> Array:
    """The function of all x[k], in an order in which many of them are joined at once."""
    while len(x) > 1:
        half = len(x) // 2
        x = joining.concat([function(x[:half], x[half : 2 * half]), x[2 * half :]])
    return x[0]


def _scanned(function: Any, x: Array) -> Array:
    step = 1
    while step < len(x):
        x = joining.concat([x[:step], function(x[:-step], x[step:])])
        step *= 2
    return x


def _one_by_one(function: Any, x: Array) -> Array:
    made = [x[0]]
    for row in list(x)[1:]:
        made.append(function(made[-1], row))
    return joining.stack(made)


def _of_segments(function: Any, x: Array, starts: Array) -> Array:
    """x[s], joined with those that follow it up to the next of `starts`."""
    if not starts.size:
        return x[:0]
    counts = ranges.arange(1, device=x.device) + len(x)
    counts = choosing.clip(joining.concat([starts[1:], counts]) - starts, 1, None)
    longest = int(reductions.max(counts))
    inner = (-1,) + (1,) * (x.ndim - 1)
    if function.__name__ not in _ASSOCIATIVE:
        value = x[starts]
        for k in range(1, longest):
            row = function(value, x[choosing.clip(starts + k, None, len(x) - 1)])
            value = choosing.where((k < counts).reshape(inner), row, value)
        return value
    # A segment is one of runs of 1, 2, 4, ... elements, as its length is a sum of such numbers.
    value, begun, run = x[starts], counts < 0, 1
    while run <= longest:
        has = (counts & run) > 0
        row = x[choosing.clip(starts, None, len(x) - 1)]
        joined = choosing.where(begun.reshape(inner), function(value, row), row)
        value = choosing.where(has.reshape(inner), joined, value)
        starts, begun = choosing.where(has, starts + run, starts), begun | has
        if run < len(x):
            x = function(x[:-run], x[run:])
        run *= 2
    return value


# -- each function has them ---------------------------------------------------------------------


def attach() -> None:
    """Give each elementwise function what NumPy's has: `nin`, `nout`, `identity` and the methods."""
    for name, (nin, nout) in {**{n: (r.operands, 1) for n, r in elementwise.ROWS.items()}, **_COMPOSED}.items():
        function: Any = getattr(mathematics if name in _COMPOSED else elementwise, name, None)
        if function is None:  # "round", which is `rint` here
            function = elementwise.rint
        function.nin, function.nout, function.nargs, function.signature = nin, nout, nin + nout, None
        function.identity = getattr(getattr(np, name, None), "identity", None)
        for method in (reduce, accumulate, reduceat, outer, at):
            setattr(function, method.__name__, MethodType(method, function))
