"""Kernels as users write them: launches, views, events, functions they call, errors, what is compiled when.

What the kernel language itself promises is in xpuarray.conformance; here is what surrounds it.
"""

from __future__ import annotations

import gc
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import SINGLE, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device


@xp.kernel
def saxpy(item, alpha, x, y, out):
    i = item.get_id(0)
    out[i] = alpha * x[i] + y[i]


@xp.kernel
def fill2(item, out):
    i, j = item.get_id(0), item.get_id(1)
    out[i, j] = 100 * i + 10 * j + item.get_linear_id() * item.get_range(1)


@xp.kernel
def fill3(item, out):
    out[item.get_id(0), item.get_id(1), item.get_id(2)] = item.get_linear_id()


@xp.kernel
def double_1(item, x):
    x[item.get_id(0)] *= 2


@xp.kernel
def double_2(item, x):
    x[item.get_id(0), item.get_id(1)] *= 2


@xp.kernel
def slow_sum(item, x, out):
    """Long enough that a launch returns before it ends."""
    total = x[0] * 0
    for _ in range(20):
        for j in range(x.shape[0]):
            total += x[j]
    out[item.get_id(0)] = total


def test_a_kernel(device: Device):
    x, y = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    out = xp.zeros(1000, dtype=xp.float32)
    xp.call_kernel(saxpy, xp.Range(1000), xp.float32(2.5), xp.asarray(x), xp.asarray(y), out)
    # Compilers may join product and sum, which leaves out the product's rounding.
    bound = 0.5 * np.spacing(np.abs(np.float32(2.5) * x))
    assert_close(out, 2.5 * x.astype(np.float64) + y, SINGLE, 0.5, bound)


def test_two_and_three_dimensions(device: Device):
    """The last dimension varies fastest."""
    out = xp.zeros((3, 5), dtype=xp.int64)
    fill2[3, 5](out)
    i, j = np.indices((3, 5))
    assert_same(out, 100 * i + 10 * j + (5 * i + j) * 5)
    out = xp.zeros((2, 3, 4), dtype=xp.int32)
    fill3[xp.Range(2, 3, 4)](out)
    assert_same(out, np.arange(24, dtype=np.int32).reshape(2, 3, 4))


@settings(max_examples=30)
@given(data=st.data())
def test_views_as_arguments(device: Device, data: st.DataObject):
    """Strides of either sign and offsets, read and written; nothing but the view changes."""
    case = data.draw(laid(np.int32, shapes(min_dims=2, max_dims=2, max_side=6), st.integers(-1000, 1000)))
    base = np.ascontiguousarray(case.base)
    x, host = xp.asarray(base, device=device), base.copy()
    view, host_view = xp.permute_dims(x[case.key], case.axes), host[case.key].transpose(case.axes)
    xp.call_kernel(double_2, xp.Range(*view.shape), view)
    host_view *= 2
    assert_same(x, host)


@pytest.mark.parametrize("n", [0, 1, 7, 4099])
def test_any_extent_compiles_once(n: int, device: Device):
    """Sizes are no part of what a kernel is compiled for; a range without work-items does nothing."""
    x = xp.ones(max(n, 1), dtype=xp.float32)
    double_1[4](xp.ones(4, dtype=xp.float32))
    with xp.explain() as calls:
        double_1[n](x)
    assert not any(c.compiled for c in calls)
    assert_same(x, np.full(max(n, 1), 2 if n else 1, np.float32))


def test_one_work_item_more_or_less(device: Device):
    """A range may cover a part of an array only."""
    x = xp.ones(10, dtype=xp.float32)
    double_1[3](x)
    assert_same(x, np.array([2, 2, 2] + [1] * 7, np.float32))


def test_launches_and_library_calls_are_in_order(device: Device):
    """Rule 3: nobody waits in between, and each sees what came before it."""
    x = xp.zeros(300, dtype=xp.int64)
    for k in range(30):
        x += 1
        double_1[300](x)
        with xp.prefer("library"):
            x = x - k
    expected = 0
    for k in range(30):
        expected = (expected + 1) * 2 - k
    assert_same(x, np.full(300, expected))


def test_arguments_live_until_the_kernel_has_ended(device: Device):
    """Memory of arrays that nobody refers to any more is not given to others too soon."""
    size = 200 if device.backend == "fake" else 4000
    results = []
    for k in range(5):
        out = xp.zeros(4, dtype=xp.int64)
        slow_sum[4](xp.full(size, k, dtype=xp.int64), out)
        results.append(out)
        gc.collect()
        for _ in range(3):
            xp.full(size, -1, dtype=xp.int64)  # likely to get the same memory, if it is free
    for k, out in enumerate(results):
        assert_same(out, np.full(4, 20 * size * k))


def test_events(device: Device):
    """`call_kernel_async` gives events to wait for, and waits for those it is given."""
    size = 100 if device.backend == "fake" else 2000
    x, total = xp.ones(size, dtype=xp.int64), xp.zeros(2, dtype=xp.int64)
    host_event, event = xp.call_kernel_async(slow_sum, xp.Range(2), (), x, total)
    _, after = xp.call_kernel_async(double_1, xp.Range(2), (event,), total)
    _, last = xp.call_kernel_async(double_1, xp.Range(2), [event, after], total)
    host_event.wait()
    last.wait()
    last.wait()
    view = xp.asnumpy(total, copy=None)
    assert view.tolist() == [20 * size * 4] * 2
    with pytest.raises(xp.KernelArgumentError, match="@kernel"):
        xp.call_kernel_async(len, xp.Range(1), ())


def test_kernels_on_devices_of_their_own(two_devices: tuple[Device, Device]):
    """A kernel runs where its arguments are, whatever the default device is."""
    arrays = [xp.ones(4, dtype=xp.float32, device=d) for d in two_devices]
    with xp.device("host"), xp.explain() as calls:
        for x in arrays:
            double_1[4](x)
    assert [c.device for c in calls] == [str(d) for d in two_devices]
    for x in arrays:
        assert_same(x, np.full(4, 2, np.float32))
    with pytest.raises(xp.PlacementError, match=f"'x' on {two_devices[0]}, 'y' on {two_devices[1]}"):
        saxpy[4](1.0, *arrays, arrays[0])


def test_explain(device: Device):
    @xp.kernel
    def shift(item, x, by):
        x[item.get_id(0)] += by

    x = xp.zeros(4, dtype=xp.int32)
    with xp.explain() as calls:
        shift[4](x, xp.int32(1))
        shift[2](x, xp.int32(1))
        shift[2](x[::2], xp.int32(1))
    assert [c.function for c in calls] == ["shift"] * 3
    assert {c.device for c in calls} == {str(device)}
    compiler = " by numba-dpex" if device.runtime.target == "dpex" else ""
    assert calls[0].route == f"kernel shift(int32[1C], int32){compiler}"
    assert calls[2].route == f"kernel shift(int32[1A], int32){compiler}"
    assert [c.compiled for c in calls] == [True, False, True]
    assert "yes" in str(calls)
    assert_same(x, np.array([3, 2, 2, 1], np.int32))


# -- functions and names ------------------------------------------------------------------------


def half_less(x):
    return x - np.float32(0.5)


def squared(x):
    return x * x


def both(x):
    return half_less(squared(x))


@xp.kernel
def of_squared(item, x, out):
    i = item.get_id(0)
    out[i] = squared(x[i])


@xp.kernel
def of_half_less(item, x, out):
    i = item.get_id(0)
    out[i] = half_less(x[i])


@xp.kernel
def of_both(item, x, out):
    i = item.get_id(0)
    out[i] = both(x[i]) + half_less(x[i])


def test_callees_of_one_signature_are_not_mixed_up(device: Device):
    """Numba finds a callee's code by an object that must be unique: x - 0.5 once ran as x * x."""
    host = np.array([1, 2, 3], np.float32)
    x, out = xp.asarray(host), xp.zeros(3, dtype=xp.float32)
    for kernel, expected in (
        (of_squared, host * host),
        (of_half_less, host - np.float32(0.5)),
        (of_both, host * host - np.float32(0.5) + host - np.float32(0.5)),
    ):
        kernel[3](x, out)
        assert_same(out, expected)


def test_generated_functions_are_not_mixed_up(device: Device):
    """Functions of one name, code and signature that differ in what they close over."""

    def make(offset: int) -> Any:
        def shifted(x):
            return x + offset

        @xp.kernel
        def shift(item, x):
            i = item.get_id(0)
            x[i] = shifted(x[i])

        return shift

    x = xp.zeros(2, dtype=xp.int32)
    for offset in (1, 10, 100) if device.backend != "host" else (1, 10):
        make(offset)[2](x)
    assert_same(x, np.full(2, 111 if device.backend != "host" else 11, np.int32))


FACTOR = 3


def test_names_are_captured_by_value(device: Device):
    """Globals and closures have the values they had when the kernel was compiled."""
    addend = 5

    @xp.kernel
    def affine(item, x):
        x[item.get_id(0)] = FACTOR * x[item.get_id(0)] + addend

    x = xp.asarray([1, 2], dtype=xp.int64)
    affine[2](x)
    assert_same(x, np.array([8, 11]))
    addend = 1000
    affine[2](x)
    assert_same(x, np.array([29, 38]))


def test_math_in_kernels(device: Device):
    @xp.kernel
    def waves(item, x, out):
        i = item.get_id(0)
        out[i] = math.sqrt(x[i]) + np.sin(x[i]) * math.exp(-x[i]) + max(x[i], np.float32(2)) // np.float32(2)

    host = np.linspace(0, 10, 101, dtype=np.float32)
    out = xp.zeros(101, dtype=xp.float32)
    waves[101](xp.asarray(host), out)
    wide = host.astype(np.float64)
    exact = np.sqrt(wide) + np.sin(wide) * np.exp(-wide) + np.maximum(wide, 2) // 2
    assert_close(out, exact, SINGLE, 4, 4 * np.finfo(SINGLE).eps)


@pytest.mark.needs_device("opencl:cpu")
def test_device_kernels_after_host_kernels():
    """Compiling for the host registers lowerings with Numba that device code must not pick up."""

    def callee(x):
        return x + 1

    @xp.kernel
    def first(item, x):
        x[item.get_id(0)] = callee(x[item.get_id(0)])

    for device in ("host", "opencl:cpu", "host"):
        x = xp.zeros(2, dtype=xp.int16, device=device)
        first[2](x)
        assert_same(x, np.ones(2, np.int16))


# -- errors -------------------------------------------------------------------------------------


def test_errors_name_kernel_and_argument(device: Device):
    x = xp.ones(4, dtype=xp.float32)
    with pytest.raises(xp.KernelArgumentError, match=r"saxpy takes 4 argument\(s\) .*\(alpha, x, y, out\), not 3"):
        saxpy[4](1.0, x, x)
    with pytest.raises(xp.ImplicitTransferError, match=r"saxpy: argument 'y' is a numpy array"):
        saxpy[4](1.0, x, np.ones(4), x)
    with pytest.raises(xp.KernelArgumentError, match="saxpy: argument 'alpha' has type str"):
        saxpy[4]("1", x, x, x)
    with pytest.raises(TypeError, match="a kernel needs a range"):
        saxpy(1.0, x, x, x)
    with pytest.raises(xp.KernelRangeError, match="the range comes before"):
        xp.call_kernel(saxpy, (4,), 1.0, x, x, x)
    with pytest.raises(xp.KernelRangeError, match="-4"):
        saxpy[-4](1.0, x, x, x)
    with pytest.raises(xp.KernelArgumentError, match="decorated with @kernel"):
        xp.call_kernel(lambda item: None, xp.Range(1))
    assert_same(x, np.ones(4, np.float32))


def test_errors_of_the_compiler(device: Device):
    """They name the kernel, the device and the line; the kernel stays usable with other types."""

    @xp.kernel
    def asks(item, x):
        x[item.get_id(0)] = len(input())

    @xp.kernel
    def returns(item, x):
        return x[item.get_id(0)]

    if device.runtime.target == "simulator":  # plain Python: it is refused where it runs
        with pytest.raises(OSError):
            asks[1](xp.ones(1, dtype=xp.float32))
        return
    x = xp.ones(4, dtype=xp.float32)
    with pytest.raises(xp.KernelCompileError) as error:
        asks[4](x)
    assert f"kernel asks can't be compiled for {device}" in str(error.value)
    assert "test_kernels.py, line" in str(error.value)
    with pytest.raises(xp.KernelCompileError, match="kernel returns returns a value"):
        returns[4](x)
    assert_same(x, np.ones(4, np.float32))


def test_repr():
    assert repr(saxpy) == "<kernel saxpy(alpha, x, y, out)>"
    assert saxpy.__name__ == "saxpy"
    assert "Long enough" in slow_sum.__doc__


def test_compiling_in_eight_threads(device: Device):
    """Numba's compiler takes one at a time; a kernel is compiled once, and all get its results."""

    @xp.kernel
    def cube(item, x):
        x[item.get_id(0)] = x[item.get_id(0)] ** 3

    def run(k: int) -> list[int]:
        with xp.explain() as calls:
            x = xp.full(5, k, dtype=xp.int64, device=device)
            cube[5](x)
        compiled.append(sum(c.compiled for c in calls))
        return x.tolist()

    compiled: list[int] = []
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(8))) == [[k**3] * 5 for k in range(8)]
    assert sum(compiled) == 1


def test_fake_device_runs_kernels_as_python(capsys: pytest.CaptureFixture[str]):
    @xp.kernel
    def talk(item, x):
        print("item", item.get_id(0), "has", x[item.get_id(0)])

    talk[2](xp.asarray([5, 6], dtype=xp.int8, device=as_device("fake")))
    assert capsys.readouterr().out == "item 0 has 5\nitem 1 has 6\n"
