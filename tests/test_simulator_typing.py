"""The simulator computes in the types of compiled kernels: `verify` finds nothing where nothing is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler.targets import simulator
from xpuarray.conformance.suite import has, kernel_from
from xpuarray.placement.devices import Device, as_device

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "complex64",
    "complex128",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<<", ">>", "<", "==")
N = 7


def values(dtype: str, device: Device) -> xp.Array:
    """Some of each sign, the greatest and the least that products still hold, and no zero."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        host = np.ones(N)
    elif kind in "iu":
        most = np.iinfo(dtype).max >> (1 if kind == "i" else 0)
        host = np.array([1, 2, 3, 5, 7, 100, most], dtype)
        host[1::2] = -host[1::2] if kind == "i" else host[1::2]
    else:
        host = np.array([0.1, -0.2, 0.3, 1.5, -2.25, 3, 7.1], dtype) * (1 + 0.5j if kind == "c" else 1)
    return xp.asarray(host.astype(dtype), device=device)


def meaning(symbol: str, left: str, right: str) -> str | None:
    """The expression of two elements, or None where there is none, or none with one answer."""
    kinds = np.dtype(left).kind + np.dtype(right).kind
    real, whole = symbol in ("//", "%", "<", "**"), symbol in ("&", "|", "^", "<<", ">>")
    if (real and "c" in kinds) or (whole and (set(kinds) & set("fc") or ("uint64" in (left, right) and "i" in kinds))):
        return None
    if symbol in ("<<", ">>"):
        return f"{left}_[i] {symbol} ({right}_[i] & 7)"
    if symbol == "**":
        return f"{left}_[i] ** 2" if left == right else None  # a power of an integer below 0 is left open
    return f"{left}_[i] {symbol} {right}_[i]"


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators_of_all_types(symbol: str):
    """Every operator of two types, kept as wide as it is computed; each operator has a part of the pairs."""
    device = as_device("host")
    lines, rows = ["i = item.get_id(0)"], itertools.count()
    pairs = list(itertools.product(DTYPES, DTYPES))
    for left, right in pairs[OPERATORS.index(symbol) % 5 :: 5]:
        text = meaning(symbol, left, right)
        if text is not None:
            mixed = symbol == "/" or "float" in left + right or "uint64" in (left, right)
            out = "c" if "complex" in left + right else "f" if mixed else "n"
            lines.append(f"{out}[{next(rows)}, i] = {text}")
    kernel = kernel_from("operators", f"item, {', '.join(d + '_' for d in DTYPES)}, n, f, c", lines)
    outputs = [xp.zeros((len(lines), N), dtype=d, device=device) for d in ("int64", "float64", "complex128")]
    found = kernel.verify(xp.Range(N), *(values(d, device) for d in DTYPES), *outputs)
    assert found.ok, found


def wraps(item, x, y, o):
    i = item.get_id(0)
    o[i] = i * 100


def mean_of_two(item, x, y, o):
    i = item.get_id(0)
    o[i] = (x[i] + x[(i + 1) % x.shape[0]]) // 2


def literals(item, x, y, o):
    i = item.get_id(0)
    o[i] = x[i] // 3 + (x[i] % 7) * 2 - y[i]


def neighbours(item, x, y, o):
    i = item.get_id(0)
    total = x[i] * 2
    for k in range(-2, 3):
        if 0 <= i + k < x.shape[0]:
            total += y[i + k] // (abs(k) + 1)
    o[i] = total


def hashed(item, x, y, o):
    i = item.get_id(0)
    h = np.uint64(x[i]) * np.uint64(11400714819323198485) + np.uint64(i)
    h ^= h >> np.uint64(33)
    o[i] = ~min(h, i + 2)


def helper(a, b):
    return min(a, b) * a - max(a, b)


def called(item, x, y, o):
    i = item.get_id(0)
    own = xp.kernel_api.PrivateArray(2, np.int8)
    own[0], own[1] = x[i] * 3, y[i] * 5
    o[i] = helper(own[0], own[1]) + int(x[i]) + abs(-y[i])


SMALL = (wraps, mean_of_two, literals, neighbours, hashed, called)
INTEGERS = ("int8", "uint8", "int32", "uint32", "int64")


@pytest.mark.parametrize("kernel", SMALL)
def test_small_kernels(kernel: Callable[..., Any]):
    """Of all integers into all: what the compiled kernel leaves is what the simulator leaves."""
    device = as_device("host")
    for dtype, result in zip(INTEGERS, ("int8", "uint16", "int64", "float64", "int32")):
        given = values(dtype, device), values(dtype, device), xp.zeros(N, dtype=result, device=device)
        found = xp.kernel(kernel).verify(xp.Range(N), *given)
        assert found.ok, (dtype, result, str(found))


def test_literals_with_a_point(device: Device):
    """They are doubles, and so is what they make of a single."""

    def kernel(item, f, b, o):
        i = item.get_id(0)
        o[i] = f[i] * 0.1 + rooted(f[i]) - b[i] * 0.1

    def rooted(x):
        return np.sqrt(abs(x)) - x / 3

    wide = "float64" if has(device, "float64") else "float32"
    given = values("float32", device), values("uint8", device), xp.zeros(N, dtype=wide, device=device)
    found = xp.kernel(kernel).verify(xp.Range(N), *given)
    assert found.ok, found


THIRD = 3.0


def test_floats_of_the_source_divide_by_integers_as_ieee_has_it():
    """By an id that is 0, too; so do a global's, and a complex number."""

    def kernel(item, x, o, c):
        i = item.get_id(0)
        o[0, i], o[1, i], o[2, i] = 3.0 / i, THIRD // x[i], (0.5, 7.5)[1] % i
        c[i] = 1j / (x[i] + 1j)

    host = as_device("host")
    given = xp.asarray(np.array([0, 1, -2, 0], np.int8), device=host), xp.zeros((3, 4), dtype=xp.float64, device=host)
    found = xp.kernel(kernel).verify(xp.Range(4), *given, xp.zeros(4, dtype=xp.complex128, device=host))
    assert found.ok, found


def test_print_and_the_debugger_see_plain_numbers(capsys):
    def kernel(item, x, f, b):
        i = item.get_id(0)
        print(i, x[i], f[i], b[i], x[i] + f[i])

    host = as_device("host")
    native = [np.array([200], np.uint8), np.array([0.1], np.float32), np.array([True])]
    types = tuple(xp.asarray(a, device=host)._as_kernel_argument()[0] for a in native)
    run = simulator.compile_kernel(xp.kernel(kernel), xp.Range(1).space, types, host.info).binary
    run((1,), None, *native)
    assert capsys.readouterr().out == "0 200 0.1 True 200.1\n"


def test_planted_faults_are_found():
    """A race, a missing barrier, and an index beyond the end."""
    host = as_device("host")
    zeros = lambda dtype: xp.zeros(8, dtype=dtype, device=host)  # noqa: E731

    def race(item, o):
        o[item.get_id(0) // 2] = item.get_id(0)

    assert xp.kernel(race).verify(xp.Range(8), zeros("int8")).races

    def unordered(nd, tile, o):
        i = nd.get_local_id(0)
        tile[i] = i
        o[nd.get_global_id(0)] = tile[(i + 1) % 4]

    local = xp.kernel_api.LocalAccessor(4, np.int16)
    assert xp.kernel(unordered).verify(xp.NdRange((8,), (4,)), local, zeros("int64")).races

    def beyond(item, o):
        o[item.get_id(0) + 1] = 1

    with pytest.raises(IndexError):
        xp.kernel(beyond).verify(xp.Range(8), zeros("uint8"))


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "uint32"])
def test_numbers_that_the_source_makes_narrow_are_computed_wide(device: Device, kind: str):
    """All of a kernel's arguments may be of 64 bits, and its numbers not."""
    other = getattr(np, kind)

    def named(item, x, out):
        i = item.get_id(0)
        out[i, 0] = other(x[i]) + 1
        out[i, 1] = other(x[i]) * 2
        out[i, 2] = np.int16(x[i]) ** 3
        out[i, 3] = squared(x[i])
        out[i, 4] = 1 << (60 + i)

    def squared(y):
        return np.int16(y) * np.int16(y)

    x = np.arange(3) + np.iinfo(kind).max - 2
    out = xp.zeros((3, 5), dtype=xp.int64, device=device)
    xp.call_kernel(xp.kernel(named), xp.Range(3), xp.asarray(x, device=device), out)
    small = x.astype(np.int16).astype(np.int64)
    expected = np.stack([x + 1, x * 2, small**3, small * small, 1 << (60 + np.arange(3))], axis=1)
    np.testing.assert_array_equal(xp.asnumpy(out), expected)


COMPARED = ("==", "!=", "<", "<=", ">", ">=")


@pytest.mark.parametrize("symbol", COMPARED)
def test_an_integer_beside_a_float_is_compared_as_one(symbol: str):
    """Of either side, and of literals: Python compares the two exactly, and devices what the integer is rounded to."""
    host, wholes, floats = as_device("host"), ("int32", "int64", "uint64"), ("float32", "float64", "complex128")
    pairs = [(w, f) for w in wholes for f in floats if f != "complex128" or symbol in ("==", "!=")]
    lines = ["i = item.get_id(0)"]
    for row, (whole, real) in enumerate(pairs):
        texts = f"{whole}_[i] {symbol} {real}_[i]", f"{real}_[i] {symbol} {whole}_[i]", f"{whole}_[i] {symbol} 2.0**60"
        lines += [f"o[{row}, i] += ({text}) << {k}" for k, text in enumerate(texts)]
    kernel = kernel_from("compared", f"item, {', '.join(d + '_' for d in wholes + floats)}, o", lines)
    near = {"int32": 2**31 - 1, "int64": 2**60 + 1, "uint64": 2**64 - 1, "float32": 2.0**31, "float64": 2.0**60}
    ends = [np.array([3, near[w], near[w] - 1, 2], w) for w in wholes]
    ends += [np.array([3, near.get(f, 2.0**64), 2.0**60, 0.5], f) for f in floats]
    out = xp.zeros((len(pairs), 4), dtype="int64", device=host)
    found = kernel.verify(xp.Range(4), *(xp.asarray(e, device=host) for e in ends), out)
    assert found.ok, found
