"""Elementwise functions: one row each, which says the function's name, its operands, its types and its kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from xpuarray.core.array import Array
from xpuarray.core.quick import into_out, of_one, of_two
from xpuarray.core.shared_memory import quietly
from xpuarray.core.typing import Axis
from xpuarray.functions.conversion import asarray
from xpuarray.functions.operands import led_by_an_array
from xpuarray.functions.rows import Row, apply, keep_power, select
from xpuarray.functions.ufunc_parameters import with_parameters
from xpuarray.kernels import elementwise as kernels
from xpuarray.lang.counterpart import counterpart

# -- the public functions -----------------------------------------------------------------------

_DOC = """{name}({operands}), element by element.

Takes {domain} types; operands broadcast against each other and are promoted to one dtype. Returns a
new array on their device, of {result}; or `out`, into which the result is written. `dtype`: that in which
the operands are taken; `where`: an array of bool, for which elements: the others stay as they are in `out`, or are 0.
Scalars alone are computed on the default device.

Raises PlacementError for operands on two devices, ImplicitTransferError for arrays of other
libraries, UnsupportedDTypeError for other types, ValueError for shapes that don't broadcast.

>>> xp.{name}({operands})                                                 # doctest: +SKIP
"""
_RESULTS = {"same": "that dtype", "real": "the real dtype of that precision"}


class Ufunc(Protocol):
    """What every elementwise function has beside, as NumPy's: see `functions/ufuncs.py`."""

    __name__: str
    nin: int  #: how many operands it takes
    nout: int  #: how many arrays it makes
    nargs: int
    identity: Any  #: what combines with any element to that element, if there is such a number
    signature: str | None

    def at(self, a: Array, indices: Any, *b: Any) -> None: ...


class Unary(Ufunc, Protocol):
    """An elementwise function of one operand, with the parameters of NumPy's."""

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


class Binary(Ufunc, Protocol):
    """An elementwise function of two operands, with the parameters of NumPy's."""

    def outer(self, A: Any, B: Any, /, **kwargs: Any) -> Array: ...
    def reduce(
        self,
        a: Any,
        axis: Axis = 0,
        dtype: Any = None,
        out: Array | None = None,
        keepdims: bool = False,
        initial: Any = ...,
        where: Any = True,
    ) -> Array: ...
    def accumulate(self, array: Any, axis: int = 0, dtype: Any = None, out: Array | None = None) -> Array: ...
    def reduceat(
        self, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Array | None = None
    ) -> Array: ...

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
#: name -> the function of its operands alone, as operators call it
OPERATORS: dict[str, Callable[..., Array]] = {}


def _unary(name: str, domain: str, result: str = "same", **more: Any) -> Unary:
    """The function of one operand that a row says."""
    row = ROWS[name] = Row(name, 1, domain, result, **{"kernel": getattr(kernels, name, None), "library": name, **more})

    def first_time(x: Any) -> Array:
        return apply(row, led_by_an_array(name, (x,)))

    one, into = of_one(name, first_time), into_out(name)
    OPERATORS[name] = one

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
        if where is True and dtype is None and casting == "same_kind" and order == "K":
            if out is None:
                return one(x)
            if type(out) is Array and into(out, x):
                return out
        return with_parameters(name, one, (x,), 1, out, where, casting, order, dtype, subok)

    return _named(unary, row, "x")


def _binary(name: str, domain: str, result: str = "same", **more: Any) -> Binary:
    """The function of two operands that a row says."""
    row = ROWS[name] = Row(name, 2, domain, result, **{"kernel": getattr(kernels, name, None), "library": name, **more})

    def first_time(x1: Any, x2: Any) -> Array:
        try:
            return apply(row, led_by_an_array(name, (x1, x2)))
        except OverflowError:
            return _beyond(row, x1, x2)

    two, into = of_two(name, first_time), into_out(name)
    OPERATORS[name] = two

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
        if where is True and dtype is None and casting == "same_kind" and order == "K":
            if out is None:
                return two(x1, x2)
            if type(out) is Array and into(out, x1, x2):
                return out
        return with_parameters(name, two, (x1, x2), 1, out, where, casting, order, dtype, subok)

    return _named(binary, row, "x1, x2")


def _beyond(row: Row, x1: Any, x2: Any) -> Array:
    """The comparison with Python integers, alone or in lists, that no dtype, or not the array's, holds."""
    if not row.exact:
        raise
    compare = getattr(np, row.name)
    if type(x1) is not Array and type(x2) is not Array:
        return asarray(quietly(compare, np.asarray(x1, object), np.asarray(x2, object)).astype(bool))
    x, numbers = (x1, np.asarray(x2, object)) if type(x1) is Array else (x2, np.asarray(x1, object))
    if x.dtype.kind in "fc":
        beyond, held = np.zeros(numbers.shape, np.int8), asarray(numbers.astype(np.float64), device=x.device)
    else:  # those are less, or greater, than all elements
        beyond = np.asarray(numbers >= 2**64, np.int8) - np.asarray(numbers < -(2**63), np.int8)
        held = asarray(np.where(beyond == 0, numbers, 0).tolist(), device=x.device)
    first, elements, others = (x, 0, beyond) if x is x1 else (held, beyond, 0)
    result = OPERATORS[row.name](first, held if first is x else x)
    if not beyond.any():
        return result
    within, answer = (asarray(v, device=x.device) for v in (beyond == 0, compare(elements, others)))
    return select(x.device, within, result, answer)


def _named(function: Any, row: Row, operands: str) -> Any:
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = _DOC.format(
        name=row.name, operands=operands, domain=row.domain, result=_RESULTS.get(row.result, row.result)
    )
    return counterpart(row.name)(function)


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
floor_divide = _binary("floor_divide", "real", bools="int8", integer=kernels.floor_divide_int)
remainder = _binary("remainder", "real", bools="int8", integer=kernels.remainder_int)
fmod = _binary("fmod", "real", bools="int8", integer=kernels.fmod_int, wide=True, library=None)
gcd = _binary("gcd", "integer", wide=True, library=None)
lcm = _binary("lcm", "integer", wide=True, library=None)
pow = _binary("pow", "numeric", bools="int8", integer=kernels.pow_int)
atan2 = _binary("atan2", "real float")
hypot = _binary("hypot", "real float")
logaddexp = _binary("logaddexp", "real float")
logaddexp2 = _binary("logaddexp2", "real float", library=None)
heaviside = _binary("heaviside", "real float", library=None)
copysign = _binary("copysign", "real float")
nextafter = _binary("nextafter", "real float")
equal = _binary("equal", "any", "bool", exact=True)
not_equal = _binary("not_equal", "any", "bool", exact=True)
less = _binary("less", "any", "bool", exact=True)
less_equal = _binary("less_equal", "any", "bool", exact=True)
greater = _binary("greater", "any", "bool", exact=True)
greater_equal = _binary("greater_equal", "any", "bool", exact=True)
maximum = _binary("maximum", "any")
minimum = _binary("minimum", "any")
fmax = _binary("fmax", "any", library=None)
fmin = _binary("fmin", "any", library=None)
logical_and = _binary("logical_and", "any", "bool")
logical_or = _binary("logical_or", "any", "bool")
logical_xor = _binary("logical_xor", "any", "bool")
logical_not = _unary("logical_not", "any", "bool")
bitwise_and = _binary("bitwise_and", "integer or bool")
bitwise_or = _binary("bitwise_or", "integer or bool")
bitwise_xor = _binary("bitwise_xor", "integer or bool")
bitwise_invert = _unary("bitwise_invert", "integer or bool")
bitwise_left_shift = _binary("bitwise_left_shift", "integer", wide=True, bools="int8")
bitwise_right_shift = _binary("bitwise_right_shift", "integer", wide=True, bools="int8")
bitwise_count = _unary("bitwise_count", "integer or bool", "uint8", wide=True, library=None)
negative = _unary("negative", "numeric")
positive = _unary("positive", "numeric")
square = _unary("square", "numeric", bools="int8")
sign = _unary("sign", "numeric")
abs = _unary("abs", "numeric", "real", bools="bool")
fabs = _unary("fabs", "real float", library="abs", kernel=kernels.abs)
floor = _unary("floor", "real", bools="bool", integer=kernels.positive)
ceil = _unary("ceil", "real", bools="bool", integer=kernels.positive)
trunc = _unary("trunc", "real", bools="bool", integer=kernels.positive)
rint = _unary("round", "numeric", bools="bool", integer=kernels.positive)
isnan = _unary("isnan", "any", "bool")
isinf = _unary("isinf", "any", "bool")
isfinite = _unary("isfinite", "any", "bool")
isposinf = _unary("isposinf", "real or bool", "bool", library=None)
isneginf = _unary("isneginf", "real or bool", "bool", library=None)
signbit = _unary("signbit", "real float", "bool")
conj = _unary("conj", "numeric", bools="int8")


def _power(x1: Any, x2: Any) -> Array:
    """x1 ** x2: a square is a product, here as in NumPy, and takes a tenth of the time."""
    if type(x2) is int and x2 == 2 and type(x1) is Array and x1.dtype.kind != "b":
        value = OPERATORS["square"](x1)
        keep_power((x1, x2), value.dtype)
        return value
    return _pow(x1, x2)


_pow, OPERATORS["pow"] = OPERATORS["pow"], _power

# -- NumPy's other names ------------------------------------------------------------------------

absolute = abs
arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh = acos, acosh, asin, asinh, atan, atan2, atanh
bitwise_not = invert = bitwise_invert
conjugate = conj
degrees, radians = rad2deg, deg2rad
fix = trunc
left_shift, right_shift = bitwise_left_shift, bitwise_right_shift
mod, power, true_divide = remainder, pow, divide

#: NumPy's functions of two operands -> ours
OF_UFUNCS = {u: row.name for row in ROWS.values() if row.operands == 2 and (u := getattr(np, row.name, None))}

#: All that the rows have made, under all its names: no list to keep beside the rows.
__all__ = sorted(name for name, made in list(globals().items()) if getattr(made, "__name__", None) in ROWS)
