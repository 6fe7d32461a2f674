"""Elementwise functions of the Array API standard: one row of a table each.

A call promotes its operands, broadcasts them, chooses a route (our kernel, or the device's library)
and makes a new array on the operands' device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.array import Array
from xpuarray.compiler.types import ArrayType
from xpuarray.devices import Device
from xpuarray.dispatch import common_device, library_call, record, takes_kernel
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.fusion import elementwise_kernel
from xpuarray.kernels import elementwise as kernels
from xpuarray.lang.ranges import Range
from xpuarray.operators import operation

# Which operands a function takes.  Integers are promoted to the default float where it says so.
_DOMAINS = {
    "any": "biufc",
    "numeric": "iufc",
    "real": "iuf",
    "integer": "iu",
    "integer or bool": "biu",
    "float": "fc",  # other types are converted to the device's default float
    "real float": "f",
    "bool": "b",
}


class Row(NamedTuple):
    """One elementwise function."""

    name: str
    operands: int
    domain: str
    result: str = "same"  #: "same" as the promoted operands, "bool", or "real" (of a complex)
    kernel: Callable[..., Any] | None = None  #: for real floating-point types (and all others)
    integer: Callable[..., Any] | None = None  #: for integers, where they need another function
    library: str | None = None  #: its name in the device's library, where it differs


def _row(name: str, operands: int, domain: str, result: str = "same", **more: Any) -> Row:
    return Row(name, operands, domain, result, getattr(kernels, name, None), **more)


TABLE = [
    *(_row(n, 1, "float") for n in
      "sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split()),
    *(_row(n, 2, "numeric") for n in "subtract".split()),
    *(_row(n, 2, "any") for n in "add multiply".split()),
    _row("divide", 2, "float"),
    _row("floor_divide", 2, "real", integer=kernels.floor_divide_int),
    _row("remainder", 2, "real", integer=kernels.remainder_int),
    _row("pow", 2, "numeric", integer=kernels.pow_int),
    *(_row(n, 2, "real float") for n in "atan2 hypot logaddexp copysign nextafter".split()),
    *(_row(n, 2, "any", "bool") for n in "equal not_equal".split()),
    *(_row(n, 2, "any", "bool") for n in "less less_equal greater greater_equal".split()),
    *(_row(n, 2, "any") for n in "maximum minimum".split()),
    *(_row(n, 2, "any", "bool") for n in "logical_and logical_or logical_xor".split()),
    _row("logical_not", 1, "any", "bool"),
    *(_row(n, 2, "integer or bool") for n in "bitwise_and bitwise_or bitwise_xor".split()),
    _row("bitwise_invert", 1, "integer or bool", integer=kernels.bitwise_invert),
    *(_row(n, 2, "integer") for n in "bitwise_left_shift bitwise_right_shift".split()),
    *(_row(n, 1, "numeric") for n in "negative positive square reciprocal".split()),
    _row("abs", 1, "numeric", "real"),
    _row("sign", 1, "numeric"),
    *(_row(n, 1, "numeric") for n in "floor ceil trunc round".split()),
    *(_row(n, 1, "any", "bool") for n in "isnan isinf isfinite".split()),
    _row("signbit", 1, "real float", "bool"),
    Row("real", 1, "any", "real"),
    Row("imag", 1, "numeric", "real"),
    Row("conj", 1, "numeric"),
]
