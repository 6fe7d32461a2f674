"""Integers in kernels and in array expressions: of which type a result is, against NumPy 2."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

INTEGERS = ["int8", "uint8", "int32", "uint32", "int64", "uint64"]
ARITHMETIC = ["x + y", "x - y", "x * y", "x // y", "x % y", "x ** (y & 3)", "min(x, y)", "max(x, y)"]
BITS = ["x & y", "x | y", "x ^ y", "x << (y & 7)", "x >> (y & 7)", "x << y", "x >> y"]
COMPARISONS = ["x < y", "x <= y", "x > y", "x >= y", "x == y", "x != y"]
#: of x alone: what Python integers beside it give
LITERALS = """
x % 10 | x // 10 | x + 5 | x - 1 | x * 3 | 5 - x | 7 // x | 100 % x | x ** 2 | x & 255 | 17 + x | x ^ 85
x >> 3 | x << 3 | x >> SHIFT | (x >> SHIFTS[1]) + 1 | (x * 31 + 17) >> 5 | (x ^ (x >> 7)) * 5 | x % (SIZE + 3)
max(x, 5) | min(x, 5) | max(5, x) | x & (2 * SIZE - 1) | mixed(x, 13) | x * SIZE - SIZE
(x < 5) + 0 | (x > -1) + 0 | (x == -1) + 0 | (5 <= x) + 0 | (x + 1 if x > 100 else 3) // 2
"""
SHIFT, SIZE, SHIFTS = 2, 64, (3, 5)


def mixed(h, k):
    return (h ^ (h >> k)) * 3


def values(dtype: str) -> np.ndarray:
    limits = np.iinfo(dtype)
    near = (0, 1, 2, 3, 7, 100, -1, -2, -100, 2**31, 2**53 + 1, 2**62, 2**63 + 5)
    return np.array(sorted({limits.min, limits.max, *(v for v in near if limits.min <= v <= limits.max)}), dtype)


def meeting(*dtypes: str) -> np.dtype:
    """What kernels compute in: 64 bits, and unsigned only for uint64."""
    dtype = np.result_type(*dtypes)
    return np.dtype(np.int64 if dtype.kind in "iu" and dtype != np.uint64 else dtype)


def kernel_of(forms: list[str], two: bool) -> Any:
    """Stores each form at o[number, position of x, position of y]."""
    lines = [f"    o[{k}, i, j] = {form}" for k, form in enumerate(forms)]
    loads = ["    i, j = item.get_id(0), item.get_id(1)", f"    x, y = a[i], b[{'j' if two else 'i'}]"]
    scope = {"SHIFT": SHIFT, "SIZE": SIZE, "SHIFTS": SHIFTS, "mixed": mixed}
    exec("\n".join(["def kernel(item, a, b, o):", *loads, *lines]), scope)
    return xp.kernel(scope["kernel"])


def numpys(form: str, x: np.ndarray, y: np.ndarray) -> Any:
    """The form of arrays, computed by NumPy's rules for arrays and Python integers."""
    scope = {
        "x": x, "y": y, "min": np.minimum, "max": np.maximum, "SHIFT": SHIFT, "SIZE": SIZE, "SHIFTS": SHIFTS,
        "mixed": mixed, "np": np,
    }  # fmt: skip
    if " if " in form:
        then, rest = form.strip("()").split(" if ")
        form = f"np.where({rest.split(' else ')[0]}, {then}, 3) // 2"
    with np.errstate(all="ignore"):
        return eval(form, scope)


@pytest.mark.parametrize("left", INTEGERS)
def test_two_typed_integers(device: Device, left: str):
    for right in INTEGERS:
        a, b = values(left), values(right)
        common = meeting(left, right)
        if common.kind == "f" and not device.fp64:
            continue
        forms = [*ARITHMETIC, *(BITS if common.kind != "f" else [])]
        if common.kind == "f":
            forms.remove("x ** (y & 3)")
        x, y = a.astype(common)[:, None], b.astype(common)[None, :]
        expected = [numpys(form, *np.broadcast_arrays(x, y)) for form in forms]
        out = xp.zeros((len(forms), len(a), len(b)), dtype=common)
        xp.call_kernel(kernel_of(forms, True), xp.Range(len(a), len(b)), xp.asarray(a), xp.asarray(b), out)
        for form, found, want in zip(forms, xp.asnumpy(out), expected):
            if common.kind == "f" and ("/" in form or "%" in form):  # by 0: IEEE's, tested elsewhere
                found, want = found[:, b != 0], want[:, b != 0]
            np.testing.assert_array_equal(found, want, err_msg=f"{left} {form} {right}")
        exact = xp.zeros((len(COMPARISONS), len(a), len(b)), dtype=bool)
        xp.call_kernel(kernel_of(COMPARISONS, True), xp.Range(len(a), len(b)), xp.asarray(a), xp.asarray(b), exact)
        big, small = a.astype(object)[:, None], b.astype(object)[None, :]
        for form, found in zip(COMPARISONS, xp.asnumpy(exact)):
            np.testing.assert_array_equal(
                found, numpys(form, big, small).astype(bool), err_msg=f"{left} {form} {right}"
            )


@pytest.mark.parametrize("dtype", INTEGERS)
def test_python_integers_are_weak(device: Device, dtype: str):
    a, forms = values(dtype), [form.strip() for form in re.split(r"\n|\|", LITERALS) if form.strip()]
    x = a.astype(meeting(dtype))
    out = xp.zeros((len(forms), len(a), 1), dtype=meeting(dtype))
    xp.call_kernel(kernel_of(forms, False), xp.Range(len(a), 1), xp.asarray(a), xp.asarray(a), out)
    for form, found in zip(forms, xp.asnumpy(out)):
        np.testing.assert_array_equal(found[:, 0], numpys(form, x, x), err_msg=f"{dtype} {form}")
