"""Few elements, by NumPy on memory that the device shares: what was done before is done again without a detour."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.functions import small


@pytest.fixture
def shared(device: xp.Device) -> xp.Device:
    if not device.runtime.host_until:
        pytest.skip("NumPy does not see this device's memory")
    small._known.clear()
    return device


def again(name: str, *operands) -> xp.Array | None:
    return small.again(name, operands)


def test_what_was_done_before_is_known(shared: xp.Device):
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0])
    assert again("add", x, y) is None
    x + y
    assert again("add", x, y).tolist() == [4, 6]
    assert again("add", x, y).device is shared
    assert again("multiply", x, y) is None
    assert again("sin", x) is None
    xp.sin(x)
    np.testing.assert_array_equal(xp.asnumpy(again("sin", y)), np.sin([3.0, 4.0]))


def test_numbers(shared: xp.Device):
    x = xp.asarray([1.0, 2.0], dtype=xp.float32)
    x - 1.5
    for first, second in ((x, 2.5), (x, 2), (x, np.float32(2.5))):
        assert again("subtract", first, second).dtype == xp.float32
    assert again("subtract", 2.5, x) is None  # for what we know another function
    assert (2.5 - x).tolist() == [1.5, 0.5] and again("subtract", 2.5, x).tolist() == [1.5, 0.5]
    assert again("subtract", x, np.float64(1)) is None and (x - np.float64(1)).dtype == xp.float64
    small_integers = xp.asarray([1, 2], dtype=xp.int8)
    small_integers + 1
    with pytest.raises(OverflowError):
        small_integers + 300
    integers = xp.asarray([1, 2])
    integers + 1
    assert again("add", integers, 5).tolist() == [6, 7] and again("add", integers, 0.5) is None
    with pytest.raises(OverflowError):
        integers + 2**70


def test_results_are_those_of_the_first_call(shared: xp.Device):
    x = xp.asarray([0.0, -0.0, 1.0, np.inf, np.nan, -3.0])
    for name in ("divide", "floor_divide", "pow", "maximum", "less", "logical_and", "atan2", "remainder"):
        first, second = (xp.asnumpy(getattr(xp, name)(x, x[::-1])) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert first.dtype == second.dtype
    assert (xp.ones(()) + xp.ones(())).shape == (xp.ones(()) + xp.ones(())).shape == ()


def test_shapes_are_compared(shared: xp.Device):
    x = xp.ones((3, 1))
    x + x
    assert (x + xp.ones((1, 4))).shape == (3, 4)
    with pytest.raises(ValueError, match="broadcast"):
        x + xp.ones((4, 2))


def test_larger_arrays_take_another_route(shared: xp.Device):
    x = xp.ones(8)
    x + x
    large = xp.ones(shared.runtime.host_until + 1)
    large._host_values()
    assert again("add", large, large) is None


def test_other_wishes_are_heeded(shared: xp.Device):
    x = xp.ones(8)
    x + x
    with xp.prefer("library"):
        assert again("add", x, x) is None
    with xp.explain() as calls:
        x + x
    assert len(calls) == 1
    fused = xp.fuse(lambda a: (a + a, again("add", a, a)))
    assert fused(x)[1] is None


def test_work_on_the_device_is_waited_for(shared: xp.Device):
    @xp.kernel
    def put(item, out):
        out[item.get_id(0)] = 7.0

    x = xp.zeros(64)
    x + x
    for _ in range(50):
        x[...] = 0
        xp.call_kernel(put, xp.Range(64), x)
        assert (x + x).tolist() == [14.0] * 64


def test_nothing_warns(shared: xp.Device):
    x = xp.asarray([1.0, 0.0])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for _ in range(2):
            assert (x / 0.0).tolist()[0] == np.inf


def test_placement_is_checked(shared: xp.Device):
    x = xp.ones(3)
    x + x
    other = xp.ones(3, device="fake")
    with pytest.raises(xp.PlacementError):
        x + other
    with pytest.raises(xp.ImplicitTransferError):
        x + np.ones(3)
