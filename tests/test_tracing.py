"""`xp.fuse(..., once=True)`: what is done again is what a call would do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from bounds import assert_same

import xpuarray as xp
from xpuarray.placement.devices import Device

SINGLE = np.float32


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Any):
        self.function, self.calls, self.__name__ = function, 0, "counted"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.function(*args, **kwargs)


@pytest.fixture
def here(device: Device):
    """Everything runs by kernels."""
    with xp.prefer("kernel"):
        yield device


def ramp(*shape: int) -> np.ndarray:
    return np.linspace(-2, 3, math.prod(shape)).reshape(shape).astype(SINGLE)


def test_the_function_is_called_once_a_kind_of_arguments(here: Device):
    chain = Counted(lambda x, y, scale=1.0: {"value": xp.sin(x) * y + scale, "parts": (x - y, [x * 2, None], x)})
    fused = xp.fuse(chain, once=True)
    for k in range(3):
        a, b = ramp(4, 5) + k, ramp(4, 5) * (k + 1)
        x, y = xp.asarray(a), xp.asarray(b)
        found = fused(x, y, scale=2.0)
        expected = chain.function(x, y, scale=2.0)
        assert_same(found["value"], xp.asnumpy(expected["value"]))
        assert_same(found["parts"][0], a - b)
        assert_same(found["parts"][1][0], a * 2)
        assert found["parts"][1][1] is None
        assert found["parts"][2] is x
    assert chain.calls == 1
    for k, more in enumerate((dict(scale=3.0), dict(scale=np.float32(3)), dict(scale=0.0), dict(scale=-0.0), {})):
        fused(x, y, **more)
        assert chain.calls == 2 + k
    fused(xp.asarray(ramp(4, 6)), xp.asarray(ramp(4, 6)))
    fused(xp.asarray(ramp(4, 5).astype(np.int32)), y)
    fused(x, x)
    assert chain.calls == 9
    assert_same(fused(x, y)["parts"][0], a - b)  # not what x and x gave
    assert_same(fused(y, y)["parts"][0], b - b)
    assert chain.calls == 9


def test_one_launch_is_left(here: Device):
    fused = xp.fuse(lambda x: (xp.exp(x) + 1, xp.sqrt(xp.abs(x)) * 3), once=True)
    x = xp.asarray(ramp(1000))
    first = [xp.asnumpy(part) for part in fused(x)]
    with xp.explain() as calls:
        again = fused(x)
    assert len(calls) == 1
    for part, exact in zip(again, first):
        assert_same(part, exact)


def test_results_are_new_arrays_and_inputs_may_wait(here: Device):
    fused = xp.fuse(lambda x: x * 2, once=True)
    x = xp.asarray(ramp(50))
    one = fused(x + 1)  # an expression
    two = fused(x - 1)
    x[:] = 0
    assert_same(one, (ramp(50) + 1) * 2)
    assert_same(two, (ramp(50) - 1) * 2)
    one += 1
    assert_same(fused(x), np.zeros(50, SINGLE))


def test_strides_and_broadcasting(here: Device):
    fused = xp.fuse(lambda x, y: x * 2 + y, once=True)
    a, b = ramp(6, 8), ramp(8)
    x, y = xp.asarray(a), xp.asarray(b)
    for _ in range(2):
        assert_same(fused(x, y), a * 2 + b)
        assert_same(fused(x[::2], y), a[::2] * 2 + b)
        assert_same(fused(x.T, y[:6]), a.T * 2 + b[:6])
        assert_same(fused(x[:, ::-1], y), a[:, ::-1] * 2 + b)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * float(xp.max(x)),
        lambda x: x + xp.sum(x) if int(xp.asnumpy(x)[0]) < 3 else x - 1,
        lambda x: xp.roll(x, 1) + 1,
        lambda x: (x + 1, xp.sort(x)),
        lambda x: (x + 1, {1, 2}),
    ],
    ids=["reads a scalar", "reads values", "moves", "sorts", "returns a set"],
)
def test_what_is_no_expression_of_its_arguments_is_called_each_time(function: Any, device: Device):
    counted = Counted(function)
    fused = xp.fuse(counted, once=True)
    for k in range(3):
        x = xp.asarray(ramp(20) + k)
        got, expected = fused(x), function(x)
        for part, exact in zip(*((r if isinstance(r, tuple) else (r,)) for r in (got, expected))):
            if isinstance(part, xp.Array):
                assert_same(part, xp.asnumpy(exact))
    assert counted.calls == 3


def test_another_array_is_the_one_of_each_call(device: Device):
    other = xp.asarray(ramp(20))
    fused = xp.fuse(lambda x: x + other, once=True)
    for k in range(3):
        other = xp.asarray(ramp(20) * k)
        assert_same(fused(xp.asarray(ramp(20))), ramp(20) + ramp(20) * k)


def test_writing_is_done_each_time(device: Device):
    def function(x: Any) -> Any:
        x[0] = 7
        x += 1
        return x * 2

    fused = xp.fuse(function, once=True)
    for _ in range(3):
        x = xp.asarray(ramp(20))
        expected = ramp(20)
        expected[0] = 7
        expected += 1
        assert_same(fused(x), expected * 2)
        assert_same(x, expected)


def test_errors_and_modes(device: Device):
    fused = xp.fuse(lambda x, y: x + y, once=True)
    x = xp.asarray(ramp(4, 5))
    for _ in range(2):
        with pytest.raises(ValueError, match="broadcast"):
            fused(x, x[:, :3])
        with pytest.raises(xp.ImplicitTransferError):
            fused(x, ramp(4, 5))
        with xp.eager():
            assert_same(fused(x, x), ramp(4, 5) * 2)
        with xp.prefer("library"):
            assert_same(fused(x, x), ramp(4, 5) * 2)
    decorated = xp.fuse(once=True)(lambda x: x - 1)
    assert_same(decorated(x), ramp(4, 5) - 1)
    assert_same(decorated(xp.zeros((0, 3), dtype=xp.float32)), np.zeros((0, 3), SINGLE))


def test_arguments_of_other_kinds(device: Device):
    counted = Counted(lambda x, more: x * more[0])
    fused = xp.fuse(counted, once=True)
    for k in range(3):
        assert_same(fused(xp.asarray(ramp(20)), [k]), ramp(20) * SINGLE(k))
    assert counted.calls == 3


def test_memory_that_others_see(device: Device):
    """Whoever has it may write there next, without asking the device."""
    fused = xp.fuse(lambda x: x * 2 + 1, once=True)
    x = xp.asarray(ramp(20))
    view = xp.asnumpy(x, copy=None)
    for k in range(3):
        expected = view * 2 + 1
        y = fused(x)
        view[0] = k
        assert_same(y, expected)
        x = x if device.type == "cpu" else xp.asarray(view)  # then the view was a copy
