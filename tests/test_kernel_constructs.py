"""What a kernel may say about arrays, numbers and functions, on every device and in the simulator."""

from __future__ import annotations

import cmath
import math
import sys
import types
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import kernel_api
from xpuarray.placement.devices import Device


def run(function: Any, items: int, *arrays: np.ndarray) -> list[np.ndarray]:
    """The arrays as the kernel left them."""
    there = [xp.asarray(a) for a in arrays]
    xp.call_kernel(xp.kernel(function), xp.Range(items), *there)
    return [xp.asnumpy(a) for a in there]


# -- parts of arrays ------------------------------------------------------------------------------


def test_assignment_to_slices(device: Device):
    def kernel(item, a, b):
        b[:] = a[0]
        b[1:, ::2] = a[1:, 1::2]
        b[..., 0] = 7
        b[0, 1:3] = a[0, :2]
        b[2] = a[:1, ::-1]
        b[-1, -2:] = -1

    a = np.arange(12, dtype=np.float32).reshape(3, 4)
    expected = np.zeros_like(a)
    kernel(None, a, expected)
    _, b = run(kernel, 1, a, np.zeros_like(a))
    assert b.tolist() == expected.tolist()


def test_rows_and_elements_of_strided_arrays(device: Device):
    @xp.kernel
    def kernel(item, a, out):
        i = item.get_id(0)
        row, into = a[i], out[i]
        for j in range(a.shape[1]):
            into[j] = 2 * row[j]
        for x in row:
            into[0] += x
        for j, x in enumerate(a.T[1]):
            into[1] += j * x

    host = np.arange(48, dtype=np.float32).reshape(6, 8)
    a, out = xp.asarray(host)[::2, ::-2], xp.zeros((3, 4), dtype=xp.float32)
    xp.call_kernel(kernel, xp.Range(3), a, out)
    view = host[::2, ::-2]
    expected = 2 * view
    expected[:, 0] += view.sum(axis=1)
    expected[:, 1] += (np.arange(3) * view[:, 1]).sum()
    assert xp.asnumpy(out).tolist() == expected.tolist()


def test_arrays_without_dimensions(device: Device):
    def kernel(item, a, b):
        b[()] = a[()] + 1

    assert run(kernel, 1, np.asarray(2.0, np.float32), np.asarray(0.0, np.float32))[1] == 3


def test_numba_adds_bytes_in_address_space_0_only():
    """compiler/frontend/device_lowering.py: pointer_add.  Fails once Numba heeds the address space."""
    from llvmlite import ir
    from numba.core import cgutils

    from xpuarray.compiler.frontend.device_lowering import NUMBAS_POINTER_ADD

    def address_space(pointer_add: Any) -> int:
        pointer = ir.FloatType().as_pointer(1)
        function = ir.Function(ir.Module(), ir.FunctionType(ir.VoidType(), [pointer]), "f")
        builder = ir.IRBuilder(function.append_basic_block())
        pointer_add(builder, function.args[0], 8)
        return builder.block.instructions[0].type.addrspace

    assert address_space(NUMBAS_POINTER_ADD) == 0
    assert address_space(cgutils.pointer_add) == 1


def test_a_kernel_makes_no_array(device: Device):
    if device.runtime.target == "simulator":
        pytest.skip("the simulator runs what Python runs")

    def kernel(item, a):
        a[:] = a[a > 1]

    message = r"test_kernel_constructs\.py, line \d+\n.*\n.*\nwhat a mask picks .* no memory for its values"
    with pytest.raises(xp.KernelCompileError, match=message):
        run(kernel, 1, np.ones(3, np.float32))


# -- numbers ----------------------------------------------------------------------------------------


def test_float16(device: Device):
    if not device.fp16:
        pytest.skip(f"{device} has no float16")

    @xp.kernel
    def kernel(item, a, s, out):
        i = item.get_id(0)
        out[i] = math.sqrt(a[i]) * s + a[i] if a[i] > 1 else -a[i]

    host = np.arange(6, dtype=np.float16)
    a, out = xp.asarray(host), xp.zeros(6, dtype=xp.float16)
    xp.call_kernel(kernel, xp.Range(6), a, np.float16(0.5), out)
    single = host.astype(np.float32)
    expected = np.where(single > 1, np.sqrt(single) * np.float32(0.5) + single, -single).astype(np.float16)
    assert np.allclose(xp.asnumpy(out).astype(np.float64), expected.astype(np.float64), rtol=1e-3)


def test_functions_of_math_that_numba_lacks(device: Device):
    def kernel(item, x, y, out):
        i = item.get_id(0)
        out[i, 0] = math.fmod(x[i], y[i])
        out[i, 1] = math.remainder(x[i], y[i])
        out[i, 2] = math.isclose(x[i], y[i], rel_tol=1e-3) + 2 * math.isclose(x[i], y[i])
        out[i, 3] = root(x[i])
        mantissa, exponent = math.frexp(x[i])
        out[i, 4], out[i, 5] = mantissa, exponent
        out[i, 6] = math.ldexp(y[i], 3)

    root = math.cbrt if sys.version_info >= (3, 11) else np.cbrt
    x = np.array([2.75, -2.75, 5, 7.5, 1.0, 1.0, 1e5], np.float32)
    y = np.array([1.25, 1.25, 2, -5, 1.0005, 1.0, 3], np.float32)
    (out,) = run(kernel, 7, x, y, np.zeros((7, 7), np.float32))[2:]
    for row, a, b in zip(out.astype(float), x.astype(float), y.astype(float)):
        close = math.isclose(a, b, rel_tol=1e-3) + 2 * math.isclose(a, b)
        assert row[:3].tolist() == [math.fmod(a, b), math.remainder(a, b), close]
        assert math.isclose(row[3], np.cbrt(a), rel_tol=1e-6)
        assert row[4:].tolist() == [*math.frexp(a), math.ldexp(b, 3)]


def test_complex_powers(device: Device):
    def kernel(item, a, b, out):
        i = item.get_id(0)
        out[i, 0], out[i, 1] = a[i] ** b[i], np.power(a[i], b[i])
        out[i, 2] = cmath.exp(a[i])

    a = np.array([1 + 2j, -1, 0, 3j, 2], np.complex64)
    b = np.array([0.5, 2 - 1j, 0, 2, 1j], np.complex64)
    (out,) = run(kernel, 5, a, b, np.zeros((5, 3), np.complex64))[2:]
    expected = [[complex(x) ** complex(y)] * 2 + [cmath.exp(x)] for x, y in zip(a, b)]
    assert np.allclose(out, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["bool", "float16", "complex64"])
def test_local_memory_of_other_dtypes(device: Device, dtype: str):
    if dtype == "float16" and not device.fp16:
        pytest.skip(f"{device} has no float16")

    @xp.kernel
    def reverse(nd, a, tile):
        i = nd.get_local_id(0)
        tile[i] = a[i]
        xp.group_barrier(nd.get_group())
        a[i] = tile[nd.get_local_range(0) - 1 - i]

    host = np.array([0, 1, 1, 0, 1, 1, 1, 1]).astype(dtype)
    a = xp.asarray(host)
    xp.call_kernel(reverse, xp.NdRange((8,), (8,)), a, xp.LocalAccessor(8, dtype))
    assert xp.asnumpy(a).tolist() == host[::-1].tolist()


# -- functions ----------------------------------------------------------------------------------------


def test_functions_in_modules(device: Device):
    helpers = types.ModuleType("helpers")
    exec("FACTOR = 3\ndef triple(x):\n    return FACTOR * x", helpers.__dict__)
    helpers.inner = types.ModuleType("helpers.inner")  # type: ignore[attr-defined]
    helpers.inner.square = xp.device_func(lambda x: x * x)  # type: ignore[attr-defined]

    def kernel(item, out):
        ref = kernel_api.AtomicRef(out, 0)
        ref.fetch_add(helpers.triple(1.0) + helpers.inner.square(2.0) + helpers.FACTOR)

    assert run(kernel, 4, np.zeros(1, np.float32))[0].tolist() == [40]


def test_array_functions_on_numbers_are_numpys(device: Device):
    sine = xp.sin

    def kernel(item, x, out):
        i = item.get_id(0)
        out[i] = sine(x[i]) + xp.exp(x[i]) * xp.float32(2) + xp.maximum(x[i], xp.int32(1))

    x = np.linspace(0, 2, 5, dtype=np.float32)
    _, out = run(kernel, 5, x, np.zeros_like(x))
    assert np.allclose(out, np.sin(x) + 2 * np.exp(x) + np.maximum(x, 1), rtol=1e-6)


@pytest.mark.parametrize("name", ["fetch_add", "fetch_max"])
def test_methods_by_name_and_parameters_by_name(device: Device, name: str):
    def kernel(item, out):
        getattr(xp.AtomicRef(ref=out, index=0), name)(val=item.get_id(dim=0))

    assert run(kernel, 5, np.zeros(1, np.int32))[0].tolist() == [10 if name == "fetch_add" else 4]


def countdown(n):
    return n if n < 1 else even(n - 1)


def even(n):
    return countdown(n)


def test_numbas_overloads(device: Device):
    from numba.extending import overload

    def half(x):
        return {"half": x / 2}["half"]  # what no kernel can do: it is the overload that is compiled

    @overload(half)
    def choose(x):
        return lambda x: x / 2

    def double(x):
        return x + x

    @overload(double, target="cuda")
    def choose_elsewhere(x):
        return lambda x: -x

    def kernel(item, a):
        i = item.get_id(0)
        a[i] = half(a[i]) + double(a[i])

    (a,) = run(kernel, 3, np.array([0, 2, 4], np.float32))
    assert a.tolist() == [0, 5, 10]


def test_functions_that_call_themselves(device: Device):
    def kernel(item, out):
        out[0] = countdown(3)

    with pytest.raises(xp.KernelCompileError, match=r"countdown calls itself \(countdown -> even -> countdown\)"):
        run(kernel, 1, np.zeros(1, np.int32))


def test_local_memory_over_a_range(device: Device):
    @xp.kernel
    def kernel(item, a, tile):
        a[item.get_id(0)] = 1

    with pytest.raises(xp.KernelRangeError, match="LocalAccessor needs work-groups"):
        xp.call_kernel(kernel, xp.Range(4), xp.zeros(4), xp.LocalAccessor(4, np.float32))
