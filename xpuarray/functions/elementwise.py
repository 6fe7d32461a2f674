"""Elementwise functions of the Array API standard: one row of a table each.

A call promotes its operands, broadcasts them, chooses a route (our kernel, or the device's library)
and makes a new array on the operands' device.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.faults import correction, needs_kernel
from xpuarray.backends.memory import LARGE
from xpuarray.core.array import Array
from xpuarray.core.dispatch import common_device, explaining, library_call, may_take_kernel, record, route
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import small
from xpuarray.functions.creation import full
from xpuarray.functions.data_types import default_float, promote
from xpuarray.functions.operators import operation, operations
from xpuarray.fusion import Operation, compute_now, defer, is_deferred, repeat, repeatable, update
from xpuarray.kernels import elementwise as kernels
from xpuarray.lang.elementwise import elementwise
from xpuarray.lang.types import dtype_name
from xpuarray.placement.devices import Device

# The kinds of dtype (numpy.dtype.kind) that a function takes.
_DOMAINS = {
    "any": "biufc",
    "numeric": "iufc",
    "real": "iuf",
    "real or bool": "biuf",
    "integer": "iu",
    "integer or bool": "biu",
    "float": "biufc",  # integers and bools become the device's default float first
    "real float": "biuf",  # likewise
}


class Row(NamedTuple):
    """One elementwise function."""

    name: str
    operands: int
    domain: str
    result: str = "same"  #: dtype of the result: the promoted one, "bool", or "real" (of a complex)
    kernel: Callable[..., Any] | None = None  #: for real types; complex and float16 go to the library
    integer: Callable[..., Any] | None = None  #: for integers and bools, where they need another
    wide: bool = False  #: integers are computed in 64 bits


def _rows(names: str, operands: int, domain: str, result: str = "same", **more: Any) -> list[Row]:
    return [Row(n, operands, domain, result, getattr(kernels, n, None), **more) for n in names.split()]


TABLE = [
    *_rows("sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan", 1, "float"),
    *_rows("sinh cosh tanh asinh acosh atanh reciprocal", 1, "float"),
    *_rows("add multiply", 2, "any"),
    *_rows("subtract", 2, "numeric"),
    *_rows("divide", 2, "float"),
    *_rows("floor_divide", 2, "real", integer=kernels.floor_divide_int),
    *_rows("remainder", 2, "real", integer=kernels.remainder_int),
    *_rows("pow", 2, "numeric", integer=kernels.pow_int),
    *_rows("atan2 hypot logaddexp copysign nextafter", 2, "real float"),
    *_rows("equal not_equal", 2, "any", "bool"),
    *_rows("less less_equal greater greater_equal", 2, "real or bool", "bool"),
    *_rows("maximum minimum", 2, "real or bool"),
    *_rows("logical_and logical_or logical_xor", 2, "any", "bool"),
    *_rows("logical_not", 1, "any", "bool"),
    *_rows("bitwise_and bitwise_or bitwise_xor", 2, "integer or bool"),
    *_rows("bitwise_invert", 1, "integer or bool"),
    *_rows("bitwise_left_shift bitwise_right_shift", 2, "integer", wide=True),
    *_rows("negative positive square sign", 1, "numeric"),
    *_rows("abs", 1, "numeric", "real"),
    *_rows("floor ceil trunc", 1, "real", integer=kernels.positive),
    *_rows("round", 1, "numeric", integer=kernels.positive),
    *_rows("isnan isinf isfinite", 1, "any", "bool"),
    *_rows("signbit", 1, "real float", "bool"),
    *_rows("real imag", 1, "any", "real"),
    *_rows("conj", 1, "numeric"),
]


def _apply(row: Row, operands: tuple[Any, ...], out: Array | None = None) -> Array:
    """The row's function of the operands, in a new array or (if it fits) in `out`."""
    key = _kinds(row.name, operands)
    typed = _typed.get(key)
    if typed is not None:
        value = _compute(row, *typed, operands, out)
        if value._buffer is not None and out is None:
            repeatable(row.name, typed[0], operands, typed[2])
        return value
    device = common_device(row.name, *operands)
    dtype = promote(device, *operands)
    if dtype.kind not in _DOMAINS[row.domain]:
        raise UnsupportedDTypeError(f"{row.name} is not defined for {dtype}; it takes {row.domain} types")
    if row.domain.endswith("float") and dtype.kind in "biu":
        dtype = default_float(device)
    if row.name == "pow" and dtype.kind in "iu" and type(operands[1]) is not Array and operands[1] < 0:
        raise ValueError(f"pow: integers to the negative power {operands[1]} are no integers; make them floats first")
    result = _result_dtype(row, dtype)
    if dtype == np.float16 and needs_kernel(device.runtime.library, row.name, dtype):
        # Kernels have no half precision yet; NumPy, too, computes this one in single precision.
        singles = tuple(operations["astype"](o, np.float32) if type(o) is Array else o for o in operands)
        return operations["astype"](_apply(row, singles), result)
    dtypes = (dtype,) * len(operands)
    work = _operation(row, dtypes, result)
    if work is not None and row.name != "pow" and not _left_to_library(operands):  # pow looks at a scalar's value
        _typed[key] = work, device, dtypes
    return _run(row, device, operands, dtypes, result, out)


def _left_to_library(operands: tuple[Any, ...]) -> bool:
    """Whether there are complex numbers or halves among the arrays."""
    return any(o.dtype.kind == "c" or o.dtype == np.float16 for o in operands if type(o) is Array)


#: (function, device, dtype of an array or type of a scalar, of each operand) -> what it comes to: the operation, the
#: device, and the dtypes in which it takes the operands
_typed: dict[Any, tuple[Operation, Device, tuple[np.dtype, ...]]] = {}


def _kinds(name: str, operands: tuple[Any, ...]) -> Any:
    """What the types of a call depend on; None if its arrays are not on one device."""
    device: Any = None
    kinds: list[Any] = [name]
    for operand in operands:
        if type(operand) is not Array:
            kinds.append(type(operand))
            continue
        if device is None:
            device = operand._device
        elif operand._device is not device:
            return None
        kinds.append(operand.dtype)
    return (device, *kinds)


def _result_dtype(row: Row, dtype: np.dtype) -> np.dtype:
    if row.result == "bool":
        return np.dtype(bool)
    if row.result == "real" and dtype.kind == "c":
        return np.dtype(f"f{dtype.itemsize // 2}")
    return dtype


def _run(
    row: Row,
    device: Device,
    operands: tuple[Any, ...],
    dtypes: tuple[np.dtype, ...],
    result: np.dtype,
    out: Array | None = None,
) -> Array:
    """Each operand converted to its dtype, the function applied, the value converted to `result`."""
    work = _operation(row, dtypes, result)
    if work is not None and not _left_to_library(operands):
        return _compute(row, work, device, dtypes, operands, out)
    operands = _with_scalars(row, operands, dtypes)
    return _by_library(row, device, operands, dtypes, result)


def _compute(
    row: Row,
    work: Operation,
    device: Device,
    dtypes: tuple[np.dtype, ...],
    operands: tuple[Any, ...],
    out: Array | None = None,
) -> Array:
    """The same, where kernels can do it."""
    operands = _with_scalars(row, operands, dtypes)
    shape = broadcast(row.name, operands)
    if out is not None:
        return update(work, device, operands, shape, out)
    size = math.prod(shape)
    if is_deferred(device, size, operands):
        # Asking takes 3 µs: about what is not that large it is asked when it is computed.
        if size > _FEW and size * work.result.itemsize > device.info.memory // 8:
            device.runtime.must_fit(shape, work.result)
        return defer(work, device, operands, shape)
    return _at_once(row, work, device, operands, dtypes, shape)


def _with_scalars(row: Row, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...]) -> tuple[Any, ...]:
    """The operands, scalars among them in their dtypes."""
    for operand in operands:
        if type(operand) is not Array:
            return tuple([o if type(o) is Array else scalar(row.name, o, d) for o, d in zip(operands, dtypes)])
    return operands


@functools.lru_cache(maxsize=4096)
def _operation(row: Row, dtypes: tuple[np.dtype, ...], result: np.dtype) -> Operation | None:
    """What kernels are made of; None if it goes to the library, as complex numbers and halves do."""
    dtype = dtypes[-1]
    function = row.integer if row.integer and dtype.kind in "biu" else row.kernel
    if function is None or any(d.kind == "c" or d == np.float16 for d in dtypes):
        return None
    wide = {"i": "int64", "u": "uint64"} if row.wide else {}
    compute = tuple(wide.get(d.kind, dtype_name(d)) for d in dtypes)

    def step(device: Device, operands: tuple[Any, ...]) -> Array:
        return _at_once(row, work, device, operands, dtypes, broadcast(row.name, operands))

    work = Operation(row.name, function, compute, result, step)
    return work


def _at_once(
    row: Row,
    work: Operation,
    device: Device,
    operands: tuple[Any, ...],
    dtypes: tuple[np.dtype, ...],
    shape: tuple[int, ...],
) -> Array:
    """The value now: of few elements by NumPy where it sees the memory, else by a kernel or the library."""
    runtime, size = device.runtime, math.prod(shape)
    if size <= runtime.host_until > 0 and route() == "auto":
        return _by_numpy(row, device, operands, dtypes, work.result)
    must = _must.get((work, device))
    if must is None:
        must = _must[work, device] = needs_kernel(runtime.library, row.name, dtypes[-1])
    if size and (must or may_take_kernel(runtime, size)):
        value = compute_now(work, device, operands, shape, must)
        if value is not None:
            return value
    return _by_library(row, device, operands, dtypes, work.result)


#: So many elements are less than `must_fit` asks about.
_FEW = LARGE // 16
#: (operation, device) -> whether the library's function is wrong
_must: dict[tuple[Operation, Device], bool] = {}


def scalar(name: str, value: Any, dtype: np.dtype) -> Any:
    """A scalar operand as a NumPy scalar.  Raises OverflowError if an integer does not fit."""
    if dtype.kind in "iu" and not isinstance(value, np.generic):
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            raise OverflowError(f"{name}: {value} does not fit into {dtype}")
    return dtype.type(value)


def broadcast(name: str, operands: tuple[Any, ...]) -> tuple[int, ...]:
    first: tuple[int, ...] | None = None
    for operand in operands:
        if type(operand) is Array:
            if first is None:
                first = operand.shape
            elif operand.shape != first:
                break
    else:
        assert first is not None
        return first
    shapes = [o.shape for o in operands if type(o) is Array]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"{name}: shapes {', '.join(map(str, shapes))} can't be broadcast together") from None


def _by_library(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    library, shape = device.runtime.library, broadcast(row.name, operands)
    if math.prod(shape) > _FEW:  # else it fits
        device.runtime.must_fit(shape, result)
    native = [
        o.item() if type(o) is not Array else o._native if o.dtype == d else library.astype(o._native, d)
        for o, d in zip(operands, dtypes)
    ]
    stand_in = correction(library, row.name, dtypes[-1])
    if stand_in is None:
        value = library_call(row.name, device, row.name, *native)
    else:
        record(row.name, device, f"library {library.__name__}.{row.name}, corrected")
        with np.errstate(all="ignore"):
            value = stand_in(library, *native)
    value = library.asarray(value)
    return Array(value if value.dtype == result else library.astype(value, result), device)


def _by_numpy(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """NumPy on memory that host and device share.  What it makes goes there when the device first needs it."""
    values: list[Any] = [o._host_values() if type(o) is Array else o for o in operands]
    values = [v if v.dtype == d else v.astype(d) for v, d in zip(values, dtypes)]
    stand_in = correction(np, row.name, dtypes[-1])
    if explaining():
        record(row.name, device, f"NumPy {row.name} on shared memory")
    function = getattr(np, row.name)
    value = small.quietly(function, *values) if stand_in is None else small.quietly(stand_in, np, *values)
    if value.dtype != result:
        value = value.astype(result)
    elif stand_in is None and len(operands) <= 2:
        small.learn(row.name, device, operands, dtypes, function)
    return small.made(value, device)


# -- the public functions -----------------------------------------------------------------------

_DOC = """{name}({operands}), element by element (Array API standard).

Takes {domain} types; operands broadcast against each other and are promoted to one dtype. Returns a
new array on their device, of {result}.

Raises PlacementError for operands on two devices, ImplicitTransferError for arrays of other
libraries, UnsupportedDTypeError for other types, ValueError for shapes that don't broadcast.

>>> xp.{name}({operands})                                                 # doctest: +SKIP
"""


def _public(row: Row) -> Callable[..., Array]:
    name = row.name

    def unary(x: Array, /) -> Array:
        value = small.again(name, (x,))
        if value is None:
            value = repeat(name, x, None)
        return _apply(row, (x,)) if value is None else value

    def binary(x1: Any, x2: Any, /) -> Array:
        value = small.again(name, (x1, x2))
        if value is None:
            value = repeat(name, x1, x2)
        return _apply(row, (x1, x2)) if value is None else value

    function: Callable[..., Array] = unary if row.operands == 1 else binary
    function.__name__ = function.__qualname__ = row.name
    result = {"same": "that dtype", "bool": "bool", "real": "the real dtype of that precision"}[row.result]
    operands = "x" if row.operands == 1 else "x1, x2"
    function.__doc__ = _DOC.format(name=row.name, operands=operands, domain=row.domain, result=result)
    return operation(elementwise(name)(function))


ROWS = {row.name: row for row in TABLE}
globals().update((row.name, _public(row)) for row in TABLE)
__all__ = [*ROWS, "clip", "where"]

_WHERE = Row("where", 3, "any", kernel=kernels.where)


@operation
@elementwise("where")
def where(condition: Array, x1: Any, x2: Any, /) -> Array:
    """x1 where `condition` (of bool) holds, else x2; the three broadcast against each other.

    Raises as the other elementwise functions do; UnsupportedDTypeError if `condition` is not bool.

    >>> xp.where(x > 0, x, 0)                                              # doctest: +SKIP
    """
    device = common_device("where", condition, x1, x2)
    if not isinstance(condition, Array) or condition.dtype != np.bool_:
        raise UnsupportedDTypeError("where: the condition must be an array of bool")
    dtype = promote(device, x1, x2)
    if not isinstance(x1, Array) and not isinstance(x2, Array):
        x1 = full((), x1, dtype, device=device)  # libraries would take a dtype of their own for two scalars
    return _run(_WHERE, device, (condition, x1, x2), (np.dtype(bool), dtype, dtype), dtype)


@operation
@elementwise("clip")
def clip(x: Array, /, min: Any = None, max: Any = None) -> Array:
    """x limited to [min, max]; either bound may be None, a scalar or an array that broadcasts.

    The result has x's dtype, which `min` and `max` must not widen (TypeError).
    """
    result = x
    for bound, limit in (("maximum", min), ("minimum", max)):
        if limit is not None:
            result = operations[bound](result, limit)
    if result is x:
        return operations["positive"](x) if x.dtype != np.bool_ else x
    if result.dtype != x.dtype:
        raise TypeError(f"clip: the bounds would widen {x.dtype} to {result.dtype}")
    return result


def _inplace(x: Array, function: Callable[..., Array], other: Any, name: str) -> None:
    """x = function(x, other), written into x's own memory, as NumPy's in-place operators do.

    Raises TypeError if the result's kind does not fit into x's dtype, ValueError if its shape does
    not fit into x's.
    """
    row = ROWS.get(name)
    value = _apply(row, (x, other), out=x) if row else function(x, other)
    if value is x:
        return
    if value.shape != x.shape:
        raise ValueError(f"in-place {name}: the result's shape {value.shape} does not fit into {x.shape}")
    if not np.can_cast(value.dtype, x.dtype, "same_kind"):
        raise TypeError(f"in-place {name}: the result's dtype {value.dtype} does not fit into {x.dtype}")
    operations["setitem"](x, Ellipsis, value)


operation(_inplace, "inplace")
