"""Elementwise functions: one row each, which says the function's name, its operands, its types and its kernel.

A call promotes its operands, broadcasts them, chooses a route (our kernel, or the device's library)
and makes a new array on the operands' device.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from xpuarray.backends.host import faults as numpys
from xpuarray.core.array import Array, from_numpy
from xpuarray.core.dispatch import common_device, library_call, may_take_kernel
from xpuarray.core.promotion import default_float, promote
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import quietly, suits_numpy
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions.creation import asarray
from xpuarray.functions.data_types import astype
from xpuarray.functions.signatures import check_ignored, write_out
from xpuarray.fusion import Operation, compute_now, update
from xpuarray.fusion.plans import FEW, ElementwisePlan, plans, scalar
from xpuarray.kernels import elementwise as kernels
from xpuarray.lang.counterpart import counterpart
from xpuarray.lang.types import dtype_name
from xpuarray.placement.devices import Device
from xpuarray.spans import record, watched

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "conj", "conjugate", "copysign",
    "cos", "cosh", "divide", "equal", "exp", "expm1", "fabs", "floor", "floor_divide", "greater", "greater_equal",
    "hypot", "imag", "invert", "isfinite", "isinf", "isnan", "left_shift", "less", "less_equal", "log", "log10",
    "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum",
    "mod", "multiply", "negative", "nextafter", "not_equal", "positive", "pow", "power", "real", "reciprocal",
    "remainder", "right_shift", "rint", "sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract", "tan",
    "tanh", "true_divide", "trunc",
]  # fmt: skip

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


def apply(row: Row, operands: tuple[Any, ...], out: Array | None = None) -> Array:
    """The row's function of the operands, in a new array or (if it fits) in `out`.

    The whole way: it leaves a plan behind, by which the next call with such operands runs.
    """
    plan = plans.get(_kinds(row.name, operands))
    if plan is None:
        device = common_device(row.name, *operands)
        dtype = _computed_in(row, device, operands)
        result = _result_dtype(row, dtype)
        if dtype == np.float16 and device.runtime.faults.needs_kernel(row.name, dtype):
            # Kernels have no half precision yet; NumPy, too, computes this one in single precision.
            singles = tuple(astype(o, np.float32) if type(o) is Array else o for o in operands)
            return astype(apply(row, singles), result)
        dtypes = (dtype,) * len(operands)
        plan = plan_of(row, device, operands, dtypes, result)
        if plan is None:
            return _by_library(row, device, _with_scalars(row, operands, dtypes), dtypes, result)
    operands = _with_scalars(row, operands, plan.dtypes)
    if out is None:
        return plan.run(operands)
    return update(plan.work, plan.device, operands, broadcast(row.name, operands), out)


def apply_typed(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """The same, for operands that are taken in these dtypes."""
    plan = plans.get(_kinds(row.name, operands)) or plan_of(row, device, operands, dtypes, result)
    operands = _with_scalars(row, operands, dtypes)
    return _by_library(row, device, operands, dtypes, result) if plan is None else plan.run(operands)


def _computed_in(row: Row, device: Device, operands: tuple[Any, ...]) -> np.dtype:
    """The dtype in which the operands are taken.  Raises UnsupportedDTypeError if the function does not take it."""
    dtype = promote(device, *operands)
    if dtype.kind not in _DOMAINS[row.domain]:
        raise UnsupportedDTypeError(f"{row.name} is not defined for {dtype}; it takes {row.domain} types")
    if row.domain.endswith("float") and dtype.kind in "biu":
        return default_float(device)
    if row.name == "pow" and dtype.kind in "iu" and type(operands[1]) is not Array and operands[1] < 0:
        raise ValueError(f"pow: integers to the negative power {operands[1]} are no integers; make them floats first")
    return dtype


def plan_of(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> ElementwisePlan | None:
    """The plan for operands of these kinds, which is kept; None if they are the library's."""
    work = _operation(row, dtypes, result)
    if work is None or _left_to_library(operands):
        return None
    as_they_are = all(o.dtype == dtype for o, dtype in zip(operands, dtypes) if type(o) is Array)
    corrected = numpys.FAULTS.correction(row.name, dtypes[-1]) is not None
    function = getattr(np, row.name) if as_they_are and not corrected else None
    plan = ElementwisePlan(row.name, device, work, dtypes, function)
    if row.name != "pow" or all(type(o) is Array for o in operands):  # pow looks at a scalar's value
        plans[_kinds(row.name, operands)] = plan
    return plan


def _left_to_library(operands: tuple[Any, ...]) -> bool:
    """Whether there are complex numbers or halves among the arrays."""
    return any(o.dtype.kind == "c" or o.dtype == np.float16 for o in operands if type(o) is Array)


def _kinds(name: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The key of a call's plan; one that no plan has if its arrays are not on one device."""
    device: Any = None
    kinds: list[Any] = []
    for operand in operands:
        if type(operand) is not Array:
            kinds.append(type(operand))
            continue
        if device is None:
            device = operand._device
        elif operand._device is not device:
            return ()
        kinds.append(operand.dtype)
    return (name, device, *kinds)


def _result_dtype(row: Row, dtype: np.dtype) -> np.dtype:
    if row.result == "bool":
        return np.dtype(bool)
    if row.result == "real" and dtype.kind == "c":
        return np.dtype(f"f{dtype.itemsize // 2}")
    return dtype


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
    if suits_numpy(runtime, size):
        return _by_numpy(row, device, operands, dtypes, work.result)
    must = runtime.faults.needs_kernel(row.name, dtypes[-1])
    if size and (must or may_take_kernel(runtime, size)):
        value = compute_now(work, device, operands, shape, must)
        if value is not None:
            return value
    return _by_library(row, device, operands, dtypes, work.result)


def _by_library(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    library, shape = device.runtime.library, broadcast(row.name, operands)
    if math.prod(shape) > FEW:  # else it fits
        device.runtime.must_fit(shape, result)
    native = [
        o.item() if type(o) is not Array else o._native if o.dtype == d else library.astype(o._native, d)
        for o, d in zip(operands, dtypes)
    ]
    stand_in = device.runtime.faults.correction(row.name, dtypes[-1])
    if stand_in is None:
        value = library_call(row.name, device, row.name, *native)
    else:
        record(row.name, device.info, f"library {library.__name__}.{row.name}, corrected")
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
    stand_in = numpys.FAULTS.correction(row.name, dtypes[-1])
    if watched():
        record(row.name, device.info, f"NumPy {row.name} on shared memory")
    function = getattr(np, row.name)
    value = quietly(function, *values) if stand_in is None else quietly(stand_in, np, *values)
    if value.dtype != result:
        value = value.astype(result)
    return from_numpy(value, device)


# -- the public functions -----------------------------------------------------------------------

_DOC = """{name}({operands}), element by element.

Takes {domain} types; operands broadcast against each other and are promoted to one dtype. Returns a
new array on their device, of {result}; or `out`, into which the result is written. `dtype`: that in which
the operands are taken. Scalars alone are computed on the default device.

Raises PlacementError for operands on two devices, ImplicitTransferError for arrays of other
libraries, UnsupportedDTypeError for other types, ValueError for shapes that don't broadcast.

>>> xp.{name}({operands})                                                 # doctest: +SKIP
"""
_RESULTS = {"same": "that dtype", "bool": "bool", "real": "the real dtype of that precision"}


class Unary(Protocol):
    """An elementwise function of one operand, with the parameters of NumPy's."""

    __name__: str

    def __call__(
        self,
        x: Any,
        /,
        out: Array | None = None,
        *,
        where: Any = True,
        casting: str = "same_kind",
        order: str = "K",
        dtype: Any = None,
        subok: bool = True,
    ) -> Array: ...


class Binary(Protocol):
    """An elementwise function of two operands, with the parameters of NumPy's."""

    __name__: str

    def __call__(
        self,
        x1: Any,
        x2: Any,
        /,
        out: Array | None = None,
        *,
        where: Any = True,
        casting: str = "same_kind",
        order: str = "K",
        dtype: Any = None,
        subok: bool = True,
    ) -> Array: ...


#: name -> row, of the functions of one or two operands
ROWS: dict[str, Row] = {}


def _unary(name: str, domain: str, result: str = "same", **more: Any) -> Unary:
    """The function of one operand that a row says."""
    row = ROWS[name] = Row(name, 1, domain, result, **{"kernel": getattr(kernels, name, None), **more})

    def unary(
        x: Any,
        /,
        out: Array | None = None,
        *,
        where: Any = True,
        casting: str = "same_kind",
        order: str = "K",
        dtype: Any = None,
        subok: bool = True,
    ) -> Array:
        if type(x) is Array and dtype is None and where is True:
            kind = x._dtype
            plan = plans.get((name, x._device, x.dtype if kind is None else kind))
            value = apply(row, (x,)) if plan is None else plan.one(x)
        else:
            value = apply(row, _taken((x,), dtype))
        if out is None and casting == "same_kind":
            return value
        check_ignored(name, where=where, casting=casting, order=order, subok=subok)
        return write_out(name, value, out)

    return _named(unary, row, "x")


def _binary(name: str, domain: str, result: str = "same", **more: Any) -> Binary:
    """The function of two operands that a row says."""
    row = ROWS[name] = Row(name, 2, domain, result, **{"kernel": getattr(kernels, name, None), **more})

    def binary(
        x1: Any,
        x2: Any,
        /,
        out: Array | None = None,
        *,
        where: Any = True,
        casting: str = "same_kind",
        order: str = "K",
        dtype: Any = None,
        subok: bool = True,
    ) -> Array:
        if (type(x1) is Array or type(x2) is Array) and dtype is None and where is True:
            # `_kinds`, without a call: a plan is for operands on one device.
            device = x1._device if type(x1) is Array else x2._device
            first: Any = type(x1)
            if first is Array:
                first = x1.dtype if x1._dtype is None else x1._dtype
            second: Any = type(x2)
            if second is Array:
                second = None if x2._device is not device else x2.dtype if x2._dtype is None else x2._dtype
            plan = plans.get((name, device, first, second))
            value = apply(row, (x1, x2)) if plan is None else plan.two(x1, x2)
        else:
            value = apply(row, _taken((x1, x2), dtype))
        if out is None and casting == "same_kind":
            return value
        check_ignored(name, where=where, casting=casting, order=order, subok=subok)
        return write_out(name, value, out)

    return _named(binary, row, "x1, x2")


def _named(function: Any, row: Row, operands: str) -> Any:
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = _DOC.format(name=row.name, operands=operands, domain=row.domain, result=_RESULTS[row.result])
    return counterpart(row.name)(function)


def _taken(operands: tuple[Any, ...], dtype: Any) -> tuple[Any, ...]:
    """The operands in `dtype`, if it is given; scalars alone become arrays on the default device."""
    if not any(type(o) is Array for o in operands) and all(isinstance(o, _SCALARS) for o in operands):
        operands = (asarray(operands[0]), *operands[1:])
    if dtype is None:
        return operands
    return tuple(astype(o, dtype, copy=False) if type(o) is Array else o for o in operands)


_SCALARS = (bool, int, float, complex, np.generic)

# -- the rows ------------------------------------------------------------------------------------

sqrt = _unary("sqrt", "float")
exp = _unary("exp", "float")
expm1 = _unary("expm1", "float")
log = _unary("log", "float")
log1p = _unary("log1p", "float")
log2 = _unary("log2", "float")
log10 = _unary("log10", "float")
sin = _unary("sin", "float")
cos = _unary("cos", "float")
tan = _unary("tan", "float")
asin = _unary("asin", "float")
acos = _unary("acos", "float")
atan = _unary("atan", "float")
sinh = _unary("sinh", "float")
cosh = _unary("cosh", "float")
tanh = _unary("tanh", "float")
asinh = _unary("asinh", "float")
acosh = _unary("acosh", "float")
atanh = _unary("atanh", "float")
reciprocal = _unary("reciprocal", "float")
add = _binary("add", "any")
multiply = _binary("multiply", "any")
subtract = _binary("subtract", "numeric")
divide = _binary("divide", "float")
floor_divide = _binary("floor_divide", "real", integer=kernels.floor_divide_int)
remainder = _binary("remainder", "real", integer=kernels.remainder_int)
pow = _binary("pow", "numeric", integer=kernels.pow_int)
atan2 = _binary("atan2", "real float")
hypot = _binary("hypot", "real float")
logaddexp = _binary("logaddexp", "real float")
copysign = _binary("copysign", "real float")
nextafter = _binary("nextafter", "real float")
equal = _binary("equal", "any", "bool")
not_equal = _binary("not_equal", "any", "bool")
less = _binary("less", "real or bool", "bool")
less_equal = _binary("less_equal", "real or bool", "bool")
greater = _binary("greater", "real or bool", "bool")
greater_equal = _binary("greater_equal", "real or bool", "bool")
maximum = _binary("maximum", "real or bool")
minimum = _binary("minimum", "real or bool")
logical_and = _binary("logical_and", "any", "bool")
logical_or = _binary("logical_or", "any", "bool")
logical_xor = _binary("logical_xor", "any", "bool")
logical_not = _unary("logical_not", "any", "bool")
bitwise_and = _binary("bitwise_and", "integer or bool")
bitwise_or = _binary("bitwise_or", "integer or bool")
bitwise_xor = _binary("bitwise_xor", "integer or bool")
bitwise_invert = _unary("bitwise_invert", "integer or bool")
bitwise_left_shift = _binary("bitwise_left_shift", "integer", wide=True)
bitwise_right_shift = _binary("bitwise_right_shift", "integer", wide=True)
negative = _unary("negative", "numeric")
positive = _unary("positive", "numeric")
square = _unary("square", "numeric")
sign = _unary("sign", "numeric")
abs = _unary("abs", "numeric", "real")
floor = _unary("floor", "real", integer=kernels.positive)
ceil = _unary("ceil", "real", integer=kernels.positive)
trunc = _unary("trunc", "real", integer=kernels.positive)
rint = _unary("round", "numeric", integer=kernels.positive)
isnan = _unary("isnan", "any", "bool")
isinf = _unary("isinf", "any", "bool")
isfinite = _unary("isfinite", "any", "bool")
signbit = _unary("signbit", "real float", "bool")
real = _unary("real", "any", "real")
imag = _unary("imag", "any", "real")
conj = _unary("conj", "numeric")

# -- NumPy's other names ------------------------------------------------------------------------

absolute = fabs = abs
arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh = acos, acosh, asin, asinh, atan, atan2, atanh
bitwise_not = invert = bitwise_invert
conjugate = conj
left_shift, right_shift = bitwise_left_shift, bitwise_right_shift
mod, power, true_divide = remainder, pow, divide
