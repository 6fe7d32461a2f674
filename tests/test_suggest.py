"""xp.suggest_device: what it counts, what it concludes, what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.advice import suggest
from xpuarray.advice.counting import count
from xpuarray.advice.measure import Rates
from xpuarray.errors import DeviceError, XpuarrayError

N = 1 << 16
X = np.ones(N, np.float32)
M = np.ones((300, 200))


@xp.kernel
def polynomial(
    item,  # Item over n elements
    x,  # in   (n,)
    degree,
    out,  # out  (n,)
):
    i = item.get_id(0)
    t = x[i]
    for _ in range(degree):
        t = t * x[i] + 1
    out[i] = t


def by_kernel(x: xp.Array) -> xp.Array:
    out = xp.empty_like(x)
    xp.call_kernel(polynomial, xp.Range(x.size), x, 50, out)
    return out


#: (function, arguments, operations at least and at most, bytes moved at least and at most)
COUNTED: dict[str, tuple[Callable[..., Any], list[Any], tuple[float, float], tuple[float, float]]] = {
    "an expression": (lambda x: xp.sin(x) * x + 1, [X], (2 * N, 5 * N), (8 * N, 8 * N)),
    "two results": (lambda x: (x + 1, x * 2), [X], (2 * N, 4 * N), (12 * N, 16 * N)),
    "a sum of an expression": (lambda x: xp.sum(x * x), [X], (2 * N, 6 * N), (4 * N, 5 * N)),
    "columns": (lambda m: xp.max(m, axis=0), [M], (6e4, 3e5), (4.8e5, 8e5)),
    "a scan": (lambda x: xp.cumsum(x), [X], (N, 16 * N), (8 * N, 20 * N)),
    "a product": (lambda m: m.T @ m, [M], (2 * 200 * 300 * 200, 2 * 200 * 300 * 200), (8e5, 2e6)),
    "a sort": (lambda x: xp.sort(x), [X], (N * 16, N * 16), (8 * N, 8 * N)),
    "a kernel with a loop": (by_kernel, [X], (100 * N, 160 * N), (8 * N, 8 * N)),
    "an inverse": (lambda m: xp.linalg.inv(m @ m.T), [M], (2 * 300**2 * 200 + 2 * 300**3,) * 2, (2e6, 5e6)),
}


@pytest.mark.parametrize("what", COUNTED)
def test_what_is_counted(what: str):
    function, arguments, operations, moved = COUNTED[what]
    found = count(function, arguments)
    assert operations[0] <= sum(w.operations for w in found.work) <= operations[1]
    assert moved[0] <= sum(w.nbytes for w in found.work) <= moved[1]
    assert found.taken == arguments[0].nbytes and found.memory >= found.taken


def test_nothing_is_computed():
    x = xp.ones(8, device="host")
    count(lambda x: xp.negative(x, out=x), [x])
    assert xp.asnumpy(x).tolist() == [1.0] * 8
    huge = np.broadcast_to(np.float32(1), (1 << 34,))
    assert count(lambda x: x * 2 + 1, [huge]).taken == 1 << 36


def test_the_counters_device_is_nowhere():
    before = xp.devices("*")
    count(lambda x: x + xp.ones(N, dtype=xp.float32), [X])
    assert xp.devices("*") == before and str(xp.default_device()) != "counted:accelerator:0"


def test_counting_keeps_nothing():
    """Kernels and plans are kept by device: there is one that counts."""
    count(by_kernel, [X])
    known = len(polynomial._executables)
    assert count(by_kernel, [X]) == count(by_kernel, [X])
    assert len(polynomial._executables) == known


RATES = {
    "host:cpu:0": Rates(copy=1e10, float32=1e10, float64=1e10, launch=1e-6, to_device=1e12, to_host=1e12),
    "fake:gpu:0": Rates(copy=1e12, float32=1e12, launch=1e-5, to_device=1e9, to_host=1e9),
}


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host, and a GPU that is a hundred times as fast, a thousand times as far away, and has no float64."""
    with xp.device("fake") as gpu, xp.device("host") as host:
        monkeypatch.setattr(suggest, "devices", lambda: [gpu, host])
    monkeypatch.setattr(suggest, "_rates", lambda device: RATES[str(device)])


def test_what_is_elsewhere_stays(two: None):
    found = xp.suggest_device(lambda x: x + 1, X)
    assert str(found.device) == "host:cpu:0"
    far = next(e for e in found.estimates if str(e.device) == "fake:gpu:0")
    assert math.isclose(far.transfers, 8 * N / 1e9) and far.transfers > far.work
    assert "host:cpu:0 before fake:gpu:0, since " in str(found) and " < " in str(found)
    assert "best" in found._repr_html_() and "fake:gpu:0" in found._repr_html_()


def test_much_work_goes_where_it_is_fast(two: None):
    def much(x: xp.Array) -> xp.Array:
        out = xp.empty_like(x)
        xp.call_kernel(polynomial, xp.Range(x.size), x, 2000, out)
        return out

    assert str(xp.suggest_device(much, X).device) == "fake:gpu:0"
    assert str(xp.suggest_device(lambda x: x + 1, xp.asarray(X, device="fake")).device) == "fake:gpu:0"


def test_what_a_device_lacks_is_said(two: None, monkeypatch: pytest.MonkeyPatch):
    found = xp.suggest_device(lambda m: m + 1, M)
    assert [e.why_not for e in found.estimates] == ["", "it has no float64"]
    large = np.broadcast_to(np.float32(1), (1 << 34,))
    with pytest.raises(DeviceError, match=r"no device has what it takes: .*its memory of"):
        xp.suggest_device(lambda x: x + 1, large)


def test_values_are_not_read():
    for reads in (lambda x: float(x[0]), lambda x: x + 1 if x[0] > 0 else x, xp.asnumpy):
        with pytest.raises(XpuarrayError, match="reads values"):
            xp.suggest_device(reads, X)
