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


PAIRS = (
    *(("int8", "int8"), ("int8", "uint8"), ("uint8", "uint8"), ("int32", "uint32"), ("uint32", "int64")),
    *(("uint8", "uint64"), ("uint64", "uint64"), ("int64", "int64"), ("int8", "uint64"), ("int64", "uint64")),
    *(("uint64", "int64"), ("uint64", "int32")),
)


@pytest.mark.parametrize("left, right", PAIRS)
def test_two_typed_integers(device: Device, left: str, right: str):
    a, b = values(left), values(right)
    common = meeting(left, right)
    floats = common.kind == "f"
    forms = [*COMPARISONS, *ARITHMETIC, *BITS]
    if floats:  # which have no bits; and what is divided by 0 is IEEE's, tested elsewhere
        a, b = a[a != 0], b[b != 0]
        forms = [*COMPARISONS, *(form for form in ARITHMETIC if "&" not in form)] if device.fp64 else COMPARISONS
    out = xp.zeros((len(forms), len(a), len(b)), dtype=common if device.fp64 or not floats else bool)
    xp.call_kernel(kernel_of(forms, True), xp.Range(len(a), len(b)), xp.asarray(a), xp.asarray(b), out)
    exact = np.broadcast_arrays(a.astype(object)[:, None], b.astype(object)[None, :])
    typed = np.broadcast_arrays(a.astype(common)[:, None], b.astype(common)[None, :])
    for form, found in zip(forms, xp.asnumpy(out)):
        want = numpys(form, *(exact if form in COMPARISONS else typed)).astype(found.dtype)
        np.testing.assert_array_equal(found, want, err_msg=f"{left} {form} {right}")


@pytest.mark.parametrize("dtype", INTEGERS)
def test_python_integers_are_weak(device: Device, dtype: str):
    a, forms = values(dtype), [form.strip() for form in re.split(r"\n|\|", LITERALS) if form.strip()]
    x = a.astype(meeting(dtype))
    out = xp.zeros((len(forms), len(a), 1), dtype=meeting(dtype))
    xp.call_kernel(kernel_of(forms, False), xp.Range(len(a), 1), xp.asarray(a), xp.asarray(a), out)
    for form, found in zip(forms, xp.asnumpy(out)):
        np.testing.assert_array_equal(found[:, 0], numpys(form, x, x), err_msg=f"{dtype} {form}")


#: what makes an integer of two bools, as Python does: 0 or more, but for a difference and a negation
COUNTS = """
x + y | x * y | x // (y or True) | x % (y or True) | x ** y | x << y | x >> y | +x | abs(x) | divmod(x, True)[0]
"""
SIGNED = "x - y | -x | -(x + y)"


def test_bools_are_counted_as_python_does(device: Device):
    """Alone, and as an INDEX beside uint64 in an operation and in a variable."""
    counts, signed = (
        [form.strip() for form in re.split(r"\n|\|", forms) if form.strip()] for forms in (COUNTS, SIGNED)
    )
    lines = [f"    o[{k}, i] = {form}" for k, form in enumerate([*counts, *signed])]
    for k, form in enumerate(counts):
        lines += [f"    u[{k}, 0, i] = ({form}) * w[i]", f"    u[{k}, 1, i] = ~(({form}) if y else w[i])"]
    scope: dict[str, Any] = {}
    head = ["def kernel(item, a, b, w, o, u):", "    i = item.get_id(0)", "    x, y = a[i], b[i]"]
    exec("\n".join([*head, *lines]), scope)
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    w = np.array([5, 2**63 + 1, 7, 2**64 - 1], np.uint64)
    o = xp.zeros((len(counts + signed), 4), dtype=xp.int64)
    u = xp.zeros((len(counts), 2, 4), dtype=xp.uint64)
    xp.call_kernel(xp.kernel(scope["kernel"]), xp.Range(4), *map(xp.asarray, (a, b, w)), o, u)
    ours, beside = xp.asnumpy(o), xp.asnumpy(u)
    for i, (x, y, wide) in enumerate(zip(a.tolist(), b.tolist(), w.tolist())):
        found = [eval(form, {"x": x, "y": y}) for form in (*counts, *signed)]
        assert ours[:, i].tolist() == found
        for k, value in enumerate(found[: len(counts)]):
            either = value if y else wide
            assert beside[k, :, i].tolist() == [value * wide % 2**64, 2**64 - 1 - either], counts[k]


@pytest.mark.needs_device("host")
@pytest.mark.parametrize(
    "form, message",
    [
        ("u[i] + -1", "the Python integer -1 is out of bounds for uint64"),
        ("max(u[i], -1)", "the Python integer -1 is out of bounds for uint64"),
        ("s[i] + 9223372036854775808", "the Python integer 9223372036854775808 is out of bounds for int64"),
        ("u[i] & s[i]", "and_ of int64 and uint64 has no type"),
        ("u[i] >> (i - 1)", "rshift of int64 and uint64 has no type"),
    ],
)
def test_what_has_no_type_is_refused_by_its_line(form: str, message: str):
    scope: dict[str, Any] = {}
    exec(f"def kernel(item, u, s, out):\n    i = item.get_id(0)\n    out[i] = {form}\n", scope)
    with xp.device("host"), pytest.raises(xp.KernelCompileError, match=f"(?s)line 3.*{message}.*write np.int64"):
        u, s = xp.ones(2, dtype=xp.uint64), xp.ones(2, dtype=xp.int64)
        xp.call_kernel(xp.kernel(scope["kernel"]), xp.Range(2), u, s, u)


def test_variables_and_functions_join_integers_as_operators_do(device: Device):
    def hashed(h, k, times=3):
        for _ in range(times):
            h = (h ^ (h >> k)) * 0x9E3779B97F4A7C15
        return h

    @xp.kernel
    def kernel(item, u, small, out):
        i = item.get_id(0)
        out[i, 0] = hashed(u[i], 33)
        total = 0
        for k in range(u.shape[0]):
            total += u[k]
        out[i, 1] = total // 3
        largest = 7
        if u[i] > largest:
            largest = u[i]
        out[i, 2] = largest >> 1
        out[i, 3] = (u[i] ^ i) % u.shape[0] + small[i] * 3
        out[i, 4] = (small[i] - small[0]) // 2 + i

    u, small = np.array([2**64 - 1, 5, 2**63 + 12], np.uint64), np.array([9, 4, 1], np.uint8)
    out = xp.zeros((3, 5), dtype=xp.uint64)
    xp.call_kernel(kernel, xp.Range(3), xp.asarray(u), xp.asarray(small), out)
    total = int(u.sum()) % 2**64
    for i, found in enumerate(xp.asnumpy(out)):
        own, byte = int(u[i]), int(small[i])
        last = ((byte - 9) // 2 + i) % 2**64
        expected = [own, total // 3, max(own, 7) >> 1, (own ^ i) % 3 + byte * 3, last]
        for _ in range(3):
            expected[0] = (expected[0] ^ (expected[0] >> 33)) * 0x9E3779B97F4A7C15 % 2**64
        assert found.tolist() == expected


def test_complex_division(device: Device):
    @xp.kernel
    def kernel(item, z, w, out):
        i, j = item.get_id(0), item.get_id(1)
        out[0, i, j] = z[i] / w[j]
        out[1, i, j] = z[i] / w[j].real
        out[2, i, j] = z[i].imag / w[j]
        out[3, i, j] = np.divide(z[i], w[j])

    inf, nan = np.inf, np.nan
    dtype = np.complex128 if device.fp64 else np.complex64
    z = np.array([1 + 1j, 0, 1, -2 + 3j, inf, complex(nan, 1), complex(inf, -inf), complex(0.0, -0.0)], dtype)
    out = xp.zeros((4, len(z), len(z)), dtype=z.dtype)
    xp.call_kernel(kernel, xp.Range(len(z), len(z)), xp.asarray(z), xp.asarray(z), out)
    x, y = np.broadcast_arrays(z[:, None], z[None, :])
    with np.errstate(all="ignore"):
        expected = [x / y, x / y.real, x.imag / y, x / y]
    for found, want in zip(xp.asnumpy(out), expected):
        np.testing.assert_allclose(found.real, want.real, rtol=1e-6)
        np.testing.assert_allclose(found.imag, want.imag, rtol=1e-6)


# -- arrays -----------------------------------------------------------------------------------------------

FUNCTIONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]


@pytest.mark.parametrize("route", ["auto", "kernel", "library"])
@pytest.mark.parametrize("size", [6, 60_000])
def test_arrays_of_int64_and_uint64_are_compared_exactly(device: Device, route: str, size: int):
    if device.runtime.target == "simulator":  # which runs item by item
        size = min(size, 600)
    signed = np.resize(np.array([2**53, 2**53 + 1, 0, -1, -(2**63), 2**63 - 1]), size)
    unsigned = np.resize(np.array([2**53 + 1, 2**53, 0, 2**63, 2**64 - 1, 2**63], np.uint64), size)
    a, b = xp.asarray(signed), xp.asarray(unsigned)
    with xp.prefer(route):
        for name in FUNCTIONS:
            ours, numpys = getattr(xp, name), getattr(np, name)
            assert xp.asnumpy(ours(a, b)).tolist() == numpys(signed, unsigned).tolist(), name
            assert xp.asnumpy(ours(b, a)).tolist() == numpys(unsigned, signed).tolist(), name
    assert xp.asnumpy(b == signed[1]).tolist() == (unsigned == signed[1]).tolist()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_python_integers_beside_arrays(device: Device, dtype: str):
    """Compared with those that the array's dtype lacks, too; others raise as NumPy does."""
    a = values(dtype)
    for number in (-1, 5, 300, 2**40, 2**63, 2**64, -(2**70)):
        for name in FUNCTIONS:
            ours, numpys = getattr(xp, name), getattr(np, name)
            assert xp.asnumpy(ours(xp.asarray(a), number)).tolist() == numpys(a, number).tolist(), (name, number)
            assert xp.asnumpy(ours(number, xp.asarray(a))).tolist() == numpys(number, a).tolist(), (name, number)
        for route in ("auto", "kernel") if dtype in ("uint8", "uint64") else ("auto",):
            with xp.prefer(route), np.errstate(all="ignore"):
                try:
                    expected = [a + number, a % number, a // number, a ^ number]
                except OverflowError:
                    with pytest.raises(OverflowError, match="does not fit"):
                        xp.asarray(a) + number
                    continue
                x = xp.asarray(a)
                for found, want in zip([x + number, x % number, x // number, x ^ number], expected):
                    assert found.dtype == want.dtype and xp.asnumpy(found).tolist() == want.tolist(), number


def test_fused_expressions_keep_uint64(device: Device):
    u = np.resize(np.array([2**64 - 1, 7, 2**63 + 9, 12345678901234567890], np.uint64), 2_000)
    x = xp.asarray(u)
    with xp.prefer("kernel"):
        found = ((x ^ (x >> 33)) * 0x9E3779B97F4A7C15 % 1000 + (x & 255)) // 3
    assert xp.asnumpy(found).tolist() == (((u ^ (u >> 33)) * 0x9E3779B97F4A7C15 % 1000 + (u & 255)) // 3).tolist()
