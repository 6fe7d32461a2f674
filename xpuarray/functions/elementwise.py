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

from xpuarray.backends.faults import correction, needs_kernel
from xpuarray.backends.memory import LARGE
from xpuarray.core.array import Array, allocated, from_numpy
from xpuarray.core.dispatch import common_device, explaining, library_call, may_take_kernel, record
from xpuarray.core.promotion import default_float, promote
from xpuarray.core.shapes import broadcast
from xpuarray.core.shared_memory import quietly, suits_numpy
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.functions import small
from xpuarray.functions.creation import asarray
from xpuarray.functions.data_types import astype
from xpuarray.functions.signatures import check_ignored, write_out
from xpuarray.fusion import Operation, compute_now, defer, is_deferred, repeat, repeatable, update
from xpuarray.kernels import elementwise as kernels
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
    result: str = "same"  #: dtype of the result: the promoted one, "real" (of a complex), or by its name
    kernel: Callable[..., Any] | None = None  #: for real types; complex and float16 go to the library
    integer: Callable[..., Any] | None = None  #: for integers and bools, where they need another
    wide: bool = False  #: integers and bools are computed in 64 bits
    library: str | None = None  #: the libraries' function; None: some lack it, and our kernel runs on every device


def apply(row: Row, operands: tuple[Any, ...], out: Array | None = None) -> Array:
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
        singles = tuple(astype(o, np.float32) if type(o) is Array else o for o in operands)
        return astype(apply(row, singles), result)
    dtypes = (dtype,) * len(operands)
    work = _operation(row, dtypes, result)
    if work is not None and row.name != "pow" and not _left_to_library(operands):  # pow looks at a scalar's value
        _typed[key] = work, device, dtypes
    return run(row, device, operands, dtypes, result, out)


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
    if row.result not in ("same", "real"):
        return np.dtype(row.result)
    if row.result == "real" and dtype.kind == "c":
        return np.dtype(f"f{dtype.itemsize // 2}")
    return dtype


def run(
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
    wide = {"i": "int64", "u": "uint64", "b": "uint64"} if row.wide else {}
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
    if suits_numpy(runtime, size) and hasattr(np, row.library or row.name):
        return _by_numpy(row, device, operands, dtypes, work.result)
    if not size:
        return allocated(runtime.empty(shape, work.result), device)
    must = _must.get((work, device))
    if must is None:
        must = row.library is None or needs_kernel(runtime.library, row.name, dtypes[-1])
        _must[work, device] = must
    if must or may_take_kernel(runtime, size):
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


def _by_library(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    library, shape = device.runtime.library, broadcast(row.name, operands)
    stand_in = correction(library, row.name, dtypes[-1])
    if row.library is None and stand_in is None:
        return _in_singles(row, device, operands, dtypes, result)
    if math.prod(shape) > _FEW:  # else it fits
        device.runtime.must_fit(shape, result)
    native = [
        o.item() if type(o) is not Array else o._native if o.dtype == d else library.astype(o._native, d)
        for o, d in zip(operands, dtypes)
    ]
    if stand_in is None:
        value = library_call(row.name, device, row.library or row.name, *native)
    else:
        record(row.name, device, f"library {library.__name__}.{row.name}, corrected")
        with np.errstate(all="ignore"):
            value = stand_in(library, *native)
    value = library.asarray(value)
    return Array(value if value.dtype == result else library.astype(value, result), device)


def _in_singles(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """Halves by a kernel, which takes none, where no library has the function; NumPy, too, computes in singles."""
    singles = tuple([np.dtype(np.float32) if d == np.float16 else d for d in dtypes])
    operands = tuple([astype(o, d, copy=False) if type(o) is Array else o for o, d in zip(operands, singles)])
    single = np.dtype(np.float32) if result == np.float16 else result
    return astype(run(row, device, operands, singles, single), result, copy=False)


def _by_numpy(
    row: Row, device: Device, operands: tuple[Any, ...], dtypes: tuple[np.dtype, ...], result: np.dtype
) -> Array:
    """NumPy on memory that host and device share.  What it makes goes there when the device first needs it."""
    values: list[Any] = [o._host_values() if type(o) is Array else o for o in operands]
    values = [v if v.dtype == d else v.astype(d) for v, d in zip(values, dtypes)]
    stand_in = correction(np, row.name, dtypes[-1])
    if explaining():
        record(row.name, device, f"NumPy {row.name} on shared memory")
    function = getattr(np, row.library or row.name)
    value = quietly(function, *values) if stand_in is None else quietly(stand_in, np, *values)
    if value.dtype != result:
        value = value.astype(result)
    elif stand_in is None and len(operands) <= 2:
        small.learn(row.name, device, operands, dtypes, function)
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
_RESULTS = {"same": "that dtype", "real": "the real dtype of that precision"}


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
    row = ROWS[name] = Row(name, 1, domain, result, **{"kernel": getattr(kernels, name, None), "library": name, **more})

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
            value = small.again(name, (x,))
            if value is None:
                value = repeat(name, x, None)
            if value is None:
                value = apply(row, (x,))
        else:
            value = apply(row, _taken((x,), dtype))
        if out is None and casting == "same_kind":
            return value
        check_ignored(name, where=where, casting=casting, order=order, subok=subok)
        return write_out(name, value, out)

    return _named(unary, row, "x")


def _binary(name: str, domain: str, result: str = "same", **more: Any) -> Binary:
    """The function of two operands that a row says."""
    row = ROWS[name] = Row(name, 2, domain, result, **{"kernel": getattr(kernels, name, None), "library": name, **more})

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
            value = small.again(name, (x1, x2))
            if value is None:
                value = repeat(name, x1, x2)
            if value is None:
                value = apply(row, (x1, x2))
        else:
            value = apply(row, _taken((x1, x2), dtype))
        if out is None and casting == "same_kind":
            return value
        check_ignored(name, where=where, casting=casting, order=order, subok=subok)
        return write_out(name, value, out)

    return _named(binary, row, "x1, x2")


def _named(function: Any, row: Row, operands: str) -> Any:
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = _DOC.format(
        name=row.name, operands=operands, domain=row.domain, result=_RESULTS.get(row.result, row.result)
    )
    return function


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
cbrt = _unary("cbrt", "real float")
exp = _unary("exp", "float")
exp2 = _unary("exp2", "float")
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
sinc = _unary("sinc", "float", library=None)
i0 = _unary("i0", "real float", library=None)
deg2rad = _unary("deg2rad", "real float", library=None)
rad2deg = _unary("rad2deg", "real float", library=None)
reciprocal = _unary("reciprocal", "float")
add = _binary("add", "any")
multiply = _binary("multiply", "any")
subtract = _binary("subtract", "numeric")
divide = _binary("divide", "float")
floor_divide = _binary("floor_divide", "real", integer=kernels.floor_divide_int)
remainder = _binary("remainder", "real", integer=kernels.remainder_int)
fmod = _binary("fmod", "real", integer=kernels.fmod_int, wide=True, library=None)
gcd = _binary("gcd", "integer", wide=True, library=None)
lcm = _binary("lcm", "integer", wide=True, library=None)
pow = _binary("pow", "numeric", integer=kernels.pow_int)
atan2 = _binary("atan2", "real float")
hypot = _binary("hypot", "real float")
logaddexp = _binary("logaddexp", "real float")
logaddexp2 = _binary("logaddexp2", "real float", library=None)
heaviside = _binary("heaviside", "real float", library=None)
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
fmax = _binary("fmax", "real or bool", library=None)
fmin = _binary("fmin", "real or bool", library=None)
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
bitwise_count = _unary("bitwise_count", "integer or bool", "uint8", wide=True, library=None)
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
isposinf = _unary("isposinf", "real or bool", "bool", library=None)
isneginf = _unary("isneginf", "real or bool", "bool", library=None)
signbit = _unary("signbit", "real float", "bool")
real = _unary("real", "any", "real")
imag = _unary("imag", "any", "real")
conj = _unary("conj", "numeric")

# -- NumPy's other names ------------------------------------------------------------------------

absolute = fabs = abs
arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh = acos, acosh, asin, asinh, atan, atan2, atanh
bitwise_not = invert = bitwise_invert
conjugate = conj
degrees, radians = rad2deg, deg2rad
fix = trunc
left_shift, right_shift = bitwise_left_shift, bitwise_right_shift
mod, power, true_divide = remainder, pow, divide

#: All that the rows have made, under all its names: no list to keep beside the rows.
__all__ = sorted(name for name, made in list(globals().items()) if getattr(made, "__name__", None) in ROWS)
