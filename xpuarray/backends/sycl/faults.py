"""What dpnp (and dpctl, which it builds on) gets wrong; tests/test_upstream.py fails where it is mended.

Told elsewhere: its faults of complex numbers in complex_functions.py, how threads have to share it in threads.py,
what the SYCL runtime trips over in discovery.py, and the older OpenCL runtime's vectoriser in versions.py.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import ModuleType
from typing import Any

from xpuarray.backends.complex_functions import as_arrays
from xpuarray.backends.faults import Faults, StandIn, of_complex, read_first
from xpuarray.backends.sycl import versions

__all__ = ["FAULTS", "LOCAL", "assigned", "replaced", "signed_byte"]


def _complex_pow(library: Any, x: Any, y: Any) -> Any:
    """dpnp 0.20: complex 0**0 and 0**2 are NaN, and so are NaN**0 and inf**0."""
    x, y = as_arrays(library, x, y)
    of_zero = library.where(y == 0, 1, library.where(library.real(y) > 0, 0, library.nan))
    return library.where(x == 0, of_zero, library.where(y == 0, 1, library.pow(x, y)))


def _searchsorted(library: Any, x: Any, y: Any, **options: Any) -> Any:
    """dpnp 0.20 finds wrong places for many bools, side="right"."""
    return library.searchsorted(library.astype(x, library.uint8), library.astype(y, library.uint8), **options)


def _logaddexp(library: Any, x: Any, y: Any) -> Any:
    """dpnp 0.20 adds halves up in halves: of -0.69 and -0.69 it is 7 % off."""
    x, y = as_arrays(library, x, y)
    if x.dtype != library.float16 or y.dtype != library.float16:
        return library.logaddexp(x, y)
    wide = library.logaddexp(library.astype(x, library.float32), library.astype(y, library.float32))
    return library.astype(wide, library.float16)


def _eigvalsh(library: Any, x: Any) -> Any:
    """dpnp 0.20 refuses a matrix whose rows do not lie dense: "must be F-contiguous"."""
    return library.linalg.eigvalsh(library.asarray(x, order="C", copy=True))


def _first(name: str) -> StandIn:
    """dpnp 0.20 finds any of several NaN, or none, and not always the same; NumPy the first."""

    def extreme(library: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
        options = {"axis": axis, "keepdims": keepdims}
        nan = library.isnan(x)
        found = getattr(library, name)(x, **options)
        return library.where(library.any(nan, **options), library.argmax(nan, **options), found)

    return extreme


FAULTS = Faults(
    by_kernel={
        # dpnp 0.20 rounds x / y before it takes the floor: 1e-45 // -10 is 0.
        # NumPy, Python and our kernel start from the remainder: -1.
        "floor_divide": "f",
        # dpnp 0.20: -1 >> -1 is 0; NumPy shifts all bits out, which leaves the sign.
        "bitwise_right_shift": "i",
        # dpnp 0.20: 1 to a negative power is 0.
        "pow": "i",
        # dpnp 0.20 multiplies parts of a row first: after 0.5 often enough, which is 0, comes 0 * inf, NaN,
        # for as many 2.
        "cumulative_prod": "f",
        # dpnp 0.20 looks up each NaN among the values, and so gives all of them the number of the first.
        "unique_all": "fc",
        "unique_inverse": "fc",
    },
    # dpnp 0.20; oneMKL's `geev` is not in it.
    by_numpy=frozenset({"linalg.eig", "linalg.eigvals"}),
    stand_ins={
        **of_complex(
            *("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "log", "log10", "log2"),
            *("reciprocal", "sign", "sinh", "sqrt"),
        ),
        "logaddexp": {"f": _logaddexp},
        "pow": {"c": _complex_pow},
        "searchsorted": {"b": _searchsorted},
        "linalg.eigvalsh": {"f": _eigvalsh, "c": _eigvalsh},
        "argmax": {"f": _first("argmax")},
        "argmin": {"f": _first("argmin")},
    },
)


# -- in the library itself, whatever the dtype ---------------------------------------------------


def _where(module: ModuleType, condition: Any, x: Any, y: Any, /, *, order: str = "C") -> Any:
    """dpnp 0.20 returns memory it never wrote where strides are negative, unless told the result's order."""
    return module.where(condition, x, y, order=order)


def _merging(name: str) -> Callable[..., Any]:
    """dpnp 0.20's radix sort of 2,049 to 16,384 small integers makes Intel's CPU compiler (2026.2) end the process, in
    its pass "sycl-kernel-reduce-cross-barrier-values"; so it merges, which keeps the order of equals as well."""

    def order(module: ModuleType, x: Any, /, **options: Any) -> Any:
        if x.dtype.kind in "biu" and x.dtype.itemsize <= 2 and x.sycl_device.is_cpu:
            options["kind"] = "mergesort"
        return getattr(module, name)(x, **options)

    return order


def replaced(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Functions (module, *arguments) that take the place of the array library's own."""
    # The older library merges always.
    newer = {} if versions.is_old() else {name: _merging(name) for name in ("sort", "argsort")}
    return {"where": _where, **newer, **versions.stand_ins(module)}


def assigned(library: Any, native: Any, key: Any, value: Any) -> None:
    """dpnp 0.20 refuses to write by index arrays if they, or the values, are in the same memory: x[[1, 2]] = x[:2]."""
    if key is not ...:
        where = native.usm_data._pointer
        key, value = read_first(lambda part: part.usm_data._pointer == where, library.copy, key, value)
    native[key] = value


# -- arguments of kernels ------------------------------------------------------------------------


def signed_byte(value: Any) -> Any:
    """dpctl 0.22 takes a c_char, and no c_int8, for a signed byte."""
    return ctypes.c_char(int(value) & 0xFF)


#: dtypes that dpctl 0.22's LocalAccessor does not take, as (one it takes, how many of these)
LOCAL = {"b1": ("u1", 1), "f2": ("u2", 1), "c8": ("f4", 2), "c16": ("f8", 2)}
