"""`math` and NumPy's functions for float32 and float64, against NumPy in float64.

The bounds are those of OpenCL's full profile (section 7.4 of its specification): what every SYCL
device keeps.  In float64 the reference may itself be off by one unit, which is added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import xpuarray as xp
from xpuarray.conformance.suite import case, close, equal, kernel_from, needs
from xpuarray.launch.launch import call_kernel
from xpuarray.placement.devices import Device

SIZE = 200


class Row(NamedTuple):
    """One function."""

    low: float  #: the arguments' least ...
    high: float  #: ... and greatest value
    ulp: float  #: how far off it may be
    exact: Callable[..., Any]  #: the reference, on float64
    absolute: float = 0.0  #: allowed besides, in units in the last place of the greatest argument


def _each(function: Callable[..., float]) -> Callable[..., np.ndarray]:
    return np.vectorize(function, otypes=[np.float64])


#: functions of one argument that `math` and NumPy share: (name in math, name in NumPy)
_SHARED = {
    ("sin", "sin"): Row(-20, 20, 4, np.sin),
    ("cos", "cos"): Row(-20, 20, 4, np.cos),
    ("tan", "tan"): Row(-20, 20, 5, np.tan),
    ("asin", "arcsin"): Row(-1, 1, 4, np.arcsin),
    ("acos", "arccos"): Row(-1, 1, 4, np.arccos),
    ("atan", "arctan"): Row(-20, 20, 5, np.arctan),
    ("sinh", "sinh"): Row(-20, 20, 4, np.sinh),
    ("cosh", "cosh"): Row(-20, 20, 4, np.cosh),
    ("tanh", "tanh"): Row(-5, 5, 5, np.tanh),
    ("asinh", "arcsinh"): Row(-20, 20, 4, np.arcsinh),
    ("acosh", "arccosh"): Row(1, 20, 4, np.arccosh),
    ("atanh", "arctanh"): Row(-0.99, 0.99, 5, np.arctanh),
    ("exp", "exp"): Row(-20, 20, 3, np.exp),
    ("expm1", "expm1"): Row(-2, 2, 3, np.expm1),
    ("log", "log"): Row(0.01, 20, 3, np.log),
    ("log2", "log2"): Row(0.01, 20, 3, np.log2),
    ("log10", "log10"): Row(0.01, 20, 3, np.log10),
    ("log1p", "log1p"): Row(-0.9, 20, 2, np.log1p),
    ("sqrt", "sqrt"): Row(0, 20, 0.5, np.sqrt),
    ("fabs", "fabs"): Row(-20, 20, 0, np.fabs),
    ("floor", "floor"): Row(-20, 20, 0, np.floor),
    ("ceil", "ceil"): Row(-20, 20, 0, np.ceil),
    ("trunc", "trunc"): Row(-20, 20, 0, np.trunc),
    ("degrees", "degrees"): Row(-20, 20, 2, np.degrees),
    ("radians", "radians"): Row(-400, 400, 2, np.radians),
    ("isnan", "isnan"): Row(-1, 1, 0, np.isnan),
    ("isinf", "isinf"): Row(-1, 1, 0, np.isinf),
    ("isfinite", "isfinite"): Row(-1, 1, 0, np.isfinite),
}
_MATH = {
    **{f"math.{name}(x)": row for (name, _), row in _SHARED.items()},
    "math.erf(x)": Row(-3, 3, 16, _each(math.erf)),
    "math.erfc(x)": Row(-3, 3, 16, _each(math.erfc)),
    "math.gamma(x)": Row(0.1, 10, 16, _each(math.gamma)),
    "math.lgamma(x)": Row(0.1, 20, 4, _each(math.lgamma), 4),  # it goes through 0 at 1 and 2
    "math.atan2(x, y)": Row(-20, 20, 6, np.arctan2),
    "math.pow(x, y)": Row(0.1, 8, 16, np.power),
    "math.hypot(x, y)": Row(-20, 20, 4, np.hypot),
    "math.copysign(x, y)": Row(-20, 20, 0, np.copysign),
    "math.ldexp(x, 3)": Row(-20, 20, 0, lambda x: x * 8),
    "math.frexp(x)[0]": Row(-20, 20, 0, lambda x: np.frexp(x)[0]),
    "math.frexp(x)[1]": Row(-20, 20, 0, lambda x: np.frexp(x)[1]),
    "x ** y": Row(0.1, 8, 16, np.power),
    "x ** 2": Row(-20, 20, 1, np.square),
    "x ** 0.5": Row(0, 20, 16, np.sqrt),
    "abs(x)": Row(-20, 20, 0, np.abs),
    "min(x, y) - max(x, y)": Row(-20, 20, 0.5, lambda x, y: np.minimum(x, y) - np.maximum(x, y)),
    "x * y + x": Row(-20, 20, 1, lambda x, y: x * y + x, 1),
    "x / y": Row(0.1, 20, 0.5, np.divide),
    "round(x)": Row(-20, 20, 0, np.rint),
}
_NUMPY = {
    **{f"np.{name}(x)": row for (_, name), row in _SHARED.items()},
    "np.exp2(x)": Row(-20, 20, 3, np.exp2),
    "np.deg2rad(x)": Row(-400, 400, 2, np.deg2rad),
    "np.rad2deg(x)": Row(-20, 20, 2, np.rad2deg),
    "np.rint(x)": Row(-20, 20, 0, np.rint),
    "np.sign(x)": Row(-20, 20, 0, np.sign),
    "np.signbit(x)": Row(-20, 20, 0, np.signbit),
    "np.square(x)": Row(-20, 20, 0.5, np.square),
    "np.reciprocal(x)": Row(0.1, 20, 0.5, np.reciprocal),
    "np.negative(x)": Row(-20, 20, 0, np.negative),
    "np.positive(x)": Row(-20, 20, 0, np.positive),
    "np.absolute(x)": Row(-20, 20, 0, np.absolute),
    "np.conjugate(x)": Row(-20, 20, 0, np.conjugate),
    "np.arctan2(x, y)": Row(-20, 20, 6, np.arctan2),
    "np.hypot(x, y)": Row(-20, 20, 4, np.hypot),
    "np.power(x, y)": Row(0.1, 8, 16, np.power),
    "np.float_power(x, y)": Row(0.1, 8, 16, np.float_power),
    "np.logaddexp(x, y)": Row(-20, 20, 8, np.logaddexp, 4),
    "np.logaddexp2(x, y)": Row(-20, 20, 8, np.logaddexp2, 4),
    "np.copysign(x, y)": Row(-20, 20, 0, np.copysign),
    "np.add(x, y)": Row(-20, 20, 0.5, np.add),
    "np.subtract(x, y)": Row(-20, 20, 0.5, np.subtract),
    "np.multiply(x, y)": Row(-20, 20, 0.5, np.multiply),
    "np.divide(x, y)": Row(0.1, 20, 0.5, np.divide),
    "np.floor_divide(x, y)": Row(0.1, 20, 0, np.floor_divide),
    "np.remainder(x, y)": Row(0.1, 20, 0.5, np.remainder),
    "np.fmod(x, y)": Row(0.1, 20, 0, np.fmod),
    "np.maximum(x, y)": Row(-20, 20, 0, np.maximum),
    "np.minimum(x, y)": Row(-20, 20, 0, np.minimum),
    "np.fmax(x, y)": Row(-20, 20, 0, np.fmax),
    "np.fmin(x, y)": Row(-20, 20, 0, np.fmin),
    "np.greater(x, y)": Row(-20, 20, 0, np.greater),
    "np.less_equal(x, y)": Row(-20, 20, 0, np.less_equal),
    "np.equal(x, x)": Row(-20, 20, 0, lambda x: x == x),
    "np.not_equal(x, y)": Row(-20, 20, 0, np.not_equal),
    "np.logical_and(x, y)": Row(-20, 20, 0, np.logical_and),
    "np.logical_or(x, y)": Row(-20, 20, 0, np.logical_or),
    "np.logical_xor(x, y)": Row(-20, 20, 0, np.logical_xor),
    "np.logical_not(x)": Row(-20, 20, 0, np.logical_not),
    "np.ldexp(x, 3)": Row(-20, 20, 0, lambda x: x * 8),
}
_TABLES = {"math": _MATH, "numpy": _NUMPY}


@case(over=[f"{table} {dtype}" for table in _TABLES for dtype in ("float32", "float64")])
def functions(device: Device, which: str) -> None:
    """Each function on numbers of its domain, within its bound."""
    name, dtype = which.split()
    needs(device, dtype)
    table = _TABLES[name]
    rng = np.random.default_rng(11)
    x, y = (np.stack([rng.uniform(r.low, r.high, SIZE).astype(dtype) for r in table.values()]) for _ in range(2))
    lines = ["i = item.get_id(0)"]
    for n, expression in enumerate(table):
        lines += [f"x, y = a[{n}, i], b[{n}, i]", f"out[{n}, i] = {expression}"]
    out = xp.zeros(x.shape, dtype=dtype)
    call_kernel(kernel_from("functions", "item, a, b, out", lines), xp.Range(SIZE), xp.asarray(x), xp.asarray(y), out)
    slack = 1 if dtype == "float64" else 0
    for n, (expression, row) in enumerate(table.items()):
        operands = [v[n].astype(np.float64) for v in (x, y)][: 2 if re.search(r"\by\b", expression) else 1]
        unit = float(np.spacing(np.asarray(max(abs(row.low), abs(row.high)), dtype)))
        exact, ulp = row.exact(*operands), row.ulp + slack * (row.ulp > 0.5)
        close(f"{dtype} {expression}", xp.asnumpy(out)[n], exact, ulp, absolute=row.absolute * unit)


_SPECIAL = {
    "x + y": np.add, "x - y": np.subtract, "x * y": np.multiply, "x / y": np.divide, "x // y": np.floor_divide,
    "x % y": np.remainder, "np.maximum(x, y)": np.maximum, "np.minimum(x, y)": np.minimum, "np.fmax(x, y)": np.fmax,
    "np.fmin(x, y)": np.fmin, "x < y": np.less, "x == y": np.equal, "x != y": np.not_equal,
    "math.copysign(x, y)": np.copysign, "math.sqrt(x)": np.sqrt, "math.exp(x)": np.exp, "math.log(x)": np.log,
    "math.isnan(x)": np.isnan, "math.isinf(x)": np.isinf, "math.isfinite(x)": np.isfinite, "np.sign(x)": np.sign,
    "np.floor(x)": np.floor, "np.nextafter(x, y)": np.nextafter, "-x": np.negative, "abs(x)": np.abs,
}  # fmt: skip


@case(over=("float32", "float64"))
def special_values(device: Device, dtype: str) -> None:
    """Infinities, NaN, zeros of both signs, denormal numbers, division by zero: as IEEE 754 has it."""
    needs(device, dtype)
    info = np.finfo(dtype)
    values = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.1, 3.0, -7.5, info.smallest_subnormal]
    values += [info.smallest_normal, info.smallest_normal / 2, info.max]
    x, y = (v.ravel() for v in np.meshgrid(np.array(values, dtype), np.array(values, dtype)))
    lines = ["i = item.get_id(0)", "x, y = a[i], b[i]", *(f"out[{n}, i] = {e}" for n, e in enumerate(_SPECIAL))]
    out = xp.zeros((len(_SPECIAL), x.size), dtype=dtype)
    call_kernel(kernel_from("specials", "item, a, b, out", lines), xp.Range(x.size), xp.asarray(x), xp.asarray(y), out)
    with np.errstate(all="ignore"):
        for got, (expression, function) in zip(xp.asnumpy(out), _SPECIAL.items()):
            expected = function(*((x, y) if "y" in expression else (x,))).astype(dtype)
            if "exp" in expression or "log" in expression:
                close(f"{dtype} {expression}", got, expected, 4)
                continue
            equal(f"{dtype} {expression}", got, expected)
            if "min" in expression or "max" in expression or "sign(x)" in expression:
                continue  # of 0 and -0 either may be the greater one
            zero = expected == 0
            equal(f"{dtype} {expression}, sign of zero", np.signbit(got[zero]), np.signbit(expected[zero]))


@case(over=("float32", "float64"))
def not_contracted(device: Device, dtype: str) -> None:
    """A product is rounded before something is added to it, a quotient is the nearest number: results are NumPy's."""
    needs(device, dtype)
    x, y, z = (np.random.default_rng(k).normal(size=2000).astype(dtype) for k in range(3))
    lines = ["i = item.get_id(0)", "x, y, z = a[i], b[i], c[i]"]
    lines += ["out[0, i] = x * y + z", "out[1, i] = x * y - y * z", "out[2, i] = x / y", "out[3, i] = (x + y) + z - x"]
    out = xp.zeros((4, x.size), dtype=dtype)
    k = kernel_from("rounded", "item, a, b, c, out", lines)
    call_kernel(k, xp.Range(x.size), *map(xp.asarray, (x, y, z)), out)
    equal(dtype, out, np.stack([x * y + z, x * y - y * z, x / y, (x + y) + z - x]))
