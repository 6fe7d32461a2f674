"""The plan table: what a call came to is done again, for operands of the same kinds, without a detour."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.modes import always
from xpuarray.functions import elementwise, reductions, rows
from xpuarray.fusion.plans import ElementwisePlan, plans
from xpuarray.placement.devices import Device


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """refusing(where, name): a block in which that function must not be called."""

    @contextlib.contextmanager
    def refusing(where: Any, name: str) -> Iterator[None]:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise AssertionError(f"{name} was called")

        with monkeypatch.context() as patched:
            patched.setattr(where, name, refuse)
            yield

    return refusing


# -- few elements, by NumPy -----------------------------------------------------------------------


@pytest.fixture
def shared(device: Device) -> Device:
    if not device.runtime.host_until:
        pytest.skip("NumPy does not see this device's memory")
    plans.clear()
    return device


def test_what_numpy_did_before_it_does_again(shared: Device, refusing):
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0])
    x + y, xp.sin(x), xp.sum(x), x[:] * 2
    with refusing(ElementwisePlan, "run"), refusing(elementwise, "apply"), refusing(reductions, "_reduce"):
        assert (x + y).tolist() == [4, 6]
        assert (x + y).device is shared
        np.testing.assert_array_equal(xp.asnumpy(xp.sin(x)), np.sin([1.0, 2.0]))
        assert float(xp.sum(y)) == 7
    with refusing(elementwise, "apply"), pytest.raises(AssertionError, match="apply"):
        xp.cos(x)  # of which there is no plan


def test_plans_hold_no_shape(shared: Device):
    for n in (1, 2, 3):
        xp.ones(n) + xp.ones(n), xp.sum(xp.ones((n, n)), axis=0), xp.ones(n) * 2.0
    known = len(plans)
    for n in range(4, 40):
        xp.ones(n) + xp.ones(n), xp.sum(xp.ones((n, n)), axis=0), xp.ones(n) * 2.0
    assert len(plans) == known
    assert not any(isinstance(part, tuple) for key in plans for part in key)


def test_numbers(shared: Device):
    x = xp.asarray([1.0, 2.0], dtype=xp.float32)
    for _ in range(2):
        for first, second in ((x, 2.5), (x, 2), (x, np.float32(2.5))):
            assert (first - second).dtype == xp.float32
        assert (2.5 - x).tolist() == [1.5, 0.5]
        assert (x - np.float64(1)).dtype == xp.float64
    small_integers = xp.asarray([1, 2], dtype=xp.int8)
    integers = xp.asarray([1, 2])
    for _ in range(2):
        assert (small_integers + 1).dtype == xp.int8
        with pytest.raises(OverflowError, match="300 does not fit into int8"):
            small_integers + 300
        assert (integers + 5).tolist() == [6, 7] and (integers + 0.5).dtype == xp.float64
        with pytest.raises(OverflowError, match="does not fit into int64"):
            integers + 2**70


def test_results_are_those_of_the_first_call(shared: Device):
    x = xp.asarray([0.0, -0.0, 1.0, np.inf, np.nan, -3.0])
    for name in ("divide", "floor_divide", "pow", "maximum", "less", "logical_and", "atan2", "remainder"):
        first, second = (xp.asnumpy(getattr(xp, name)(x, x[::-1])) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert first.dtype == second.dtype
    for name in ("sum", "prod", "max", "min", "any", "all"):
        for axis in (None, 0, -1, (0, 1)):
            m = xp.reshape(x, (2, 3))
            first, second = (xp.asnumpy(getattr(xp, name)(m, axis=axis, keepdims=True)) for _ in range(2))
            np.testing.assert_array_equal(first, second)
            assert first.dtype == second.dtype and first.shape == second.shape
    assert (xp.ones(()) + xp.ones(())).shape == (xp.ones(()) + xp.ones(())).shape == ()
    assert xp.sum(xp.ones(())).shape == xp.sum(xp.ones(())).shape == ()


def test_shapes_are_compared(shared: Device):
    x = xp.ones((3, 1))
    x + x
    for _ in range(2):
        assert (x + xp.ones((1, 4))).shape == (3, 4)
        with pytest.raises(ValueError, match=r"add: shapes \(3, 1\), \(4, 2\) can't be broadcast together"):
            x + xp.ones((4, 2))
        with pytest.raises(IndexError, match="sum: axis 2 is out of bounds for 2 dimension"):
            xp.sum(x, axis=2)


def test_larger_arrays_take_another_route(shared: Device, refusing):
    x = xp.ones(8)
    x + x
    large = xp.ones(shared.runtime.host_until + 1)
    large._host_values()
    with refusing(ElementwisePlan, "run"), pytest.raises(AssertionError, match="run"):
        large + large
    column = xp.ones((shared.runtime.host_until, 1))
    with refusing(ElementwisePlan, "run"), pytest.raises(AssertionError, match="run"):
        column + column.T


def test_other_wishes_are_heeded(shared: Device, refusing):
    x = xp.ones(8)
    x + x, xp.sum(x)
    with refusing(ElementwisePlan, "run"), xp.prefer("library"), pytest.raises(AssertionError, match="run"):
        x + x
    with xp.explain() as calls:
        x + x, xp.sum(x)
    assert [c.function for c in calls] == ["add", "sum"]
    with xp.explain() as calls:
        xp.evaluate(xp.fuse(lambda a: (a + a) * a)(x))
    assert len(calls) >= 1


def test_work_on_the_device_is_waited_for(shared: Device):
    @xp.kernel
    def put(item, out):
        out[item.get_id(0)] = 7.0

    x = xp.zeros(64)
    x + x
    for _ in range(50):
        x[...] = 0
        xp.call_kernel(put, xp.Range(64), x)
        assert (x + x).tolist() == [14.0] * 64
        xp.call_kernel(put, xp.Range(64), x)
        x[3] = 1.0
        assert float(xp.sum(x)) == 63 * 7 + 1


def test_what_waits_is_computed_before_numpy_writes(shared: Device):
    x = xp.ones(64)
    x._host_values()
    with always():
        y = x + 1
    x[0] = 5.0
    assert float(y[0]) == 2 and float(x[0]) == 5


def test_nothing_warns(shared: Device):
    x = xp.asarray([1.0, 0.0])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for _ in range(2):
            assert (x / 0.0).tolist()[0] == np.inf
            assert xp.max(x * np.inf).dtype == xp.float64


def test_placement_is_checked(shared: Device):
    x = xp.ones(3)
    other = xp.ones(3, device="fake")
    for _ in range(2):
        x + x, other + other
        with pytest.raises(xp.PlacementError):
            x + other
        with pytest.raises(xp.ImplicitTransferError):
            x + np.ones(3)


# -- launches, on a device whose memory NumPy does not see ----------------------------------------

CALLS: dict[str, Callable[..., object]] = {
    "two arrays": lambda ns, x, y: x + y,
    "one array twice": lambda ns, x, y: x * x,
    "one array": lambda ns, x, y: ns.exp(x),
    "a scalar behind": lambda ns, x, y: x - 0.1,
    "a scalar before": lambda ns, x, y: 2 / x,
    "a scalar of NumPy's": lambda ns, x, y: x * np.float64(0.1),
    "two dtypes": lambda ns, x, y: x + (y > 2),
    "a comparison": lambda ns, x, y: x < y,
    "what was just made": lambda ns, x, y: (x + y) * (x - y),
}


@pytest.fixture
def apart(device: Device, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """The device, as if NumPy could not see its memory, compiling at once."""
    if device.backend in ("host", "fake"):
        pytest.skip("its memory is NumPy's own")
    for name in ("host_until", "kernel_from", "compile_after"):
        monkeypatch.setattr(device.runtime, name, 0)
    plans.clear()
    yield device
    plans.clear()


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_the_third_call_goes_the_short_way(call, apart: Device, refusing):
    def arrays(start: float, n: int) -> list[np.ndarray]:
        return [np.linspace(start, 4, n, dtype=np.float32), np.linspace(3, 1, n, dtype=np.float32)]

    def check(start: float, n: int) -> None:
        host = arrays(start, n)
        got = call(xp, *(xp.asarray(a, device=apart) for a in host))
        expected = np.asarray(call(np, *host))
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=1e-6)

    for _ in range(3):
        check(1, 1000)
    with refusing(elementwise, "apply"), refusing(rows, "_at_once"):
        check(2, 1000)
        check(2, 77)  # of another size


def test_other_operands_go_the_long_way(apart: Device):
    x = xp.asarray(np.arange(12, dtype=np.float32), device=apart)
    whole = xp.asarray(np.arange(12), device=apart)
    for _ in range(3):
        x + x, x * 2.0, whole + 1
    np.testing.assert_array_equal(xp.asnumpy(x[::2] + x[1::2]), np.arange(12)[::2] + np.arange(12)[1::2])
    np.testing.assert_array_equal(xp.asnumpy(xp.reshape(x, (3, 4)) + x[:4]), np.arange(12).reshape(3, 4) + np.arange(4))
    np.testing.assert_array_equal(xp.asnumpy(x + whole), np.arange(12) * 2)
    assert (x * 2.0).dtype == np.float32 and (x * np.float64(2)).dtype == np.float64
    assert (x[:0] + x[:0]).shape == (x[:0] * 2.0).shape == (0,)
    true, false = (xp.full(12, value, device=apart) for value in (True, False))
    for _ in range(3):
        xp.where(true, true, true)
    assert not xp.any(xp.where(true, false, true))
    with pytest.raises(OverflowError):
        whole + 2**70
    with pytest.raises(ValueError, match="broadcast"):
        x + x[:5]
    with pytest.raises(xp.PlacementError):
        x + xp.ones(12, dtype=np.float32, device="host")


def test_what_should_wait_waits(apart: Device):
    """The short way is for what is computed at once: not inside `fuse`, nor for what `explain` has to see."""
    x = xp.ones(1000, dtype=np.float32, device=apart)
    for _ in range(3):
        x + x
    with xp.explain() as calls:
        x + x
    assert [c.function for c in calls] == ["add"]
    with xp.explain() as calls:
        xp.evaluate(xp.fuse(lambda a: (a + a) * a)(x))
    assert [c.function for c in calls] == ["add_multiply"]
