"""Small operations on a device whose memory NumPy does not see: a launch that is known is done again at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.functions import elementwise
from xpuarray.placement.devices import Device

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
def apart(device: Device, monkeypatch: pytest.MonkeyPatch) -> Device:
    """The device, as if NumPy could not see its memory, compiling at once."""
    if device.backend in ("host", "fake"):
        pytest.skip("its memory is NumPy's own")
    for name in ("host_until", "kernel_from", "compile_after"):
        monkeypatch.setattr(device.runtime, name, 0)
    return device


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_the_third_call_goes_the_short_way(call, apart: Device, monkeypatch: pytest.MonkeyPatch):
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

    def refuse(row, operands, out=None):
        raise AssertionError(f"{row.name} went the long way")

    with monkeypatch.context() as patched:
        patched.setattr(elementwise, "_apply", refuse)
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
