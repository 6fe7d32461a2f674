"""Indices of the greatest and the least elements against NumPy, by kernel and by library, on every device."""

from __future__ import annotations

import numpy as np
import pytest
from bounds import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DOUBLE, SINGLE, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device

NAMES = ["argmax", "argmin"]
TYPES = [np.dtype(t) for t in (bool, np.int8, np.int32, np.uint64)] + [SINGLE]
#: Long enough for several passes: rows, rows of a few columns, columns, in the middle, few elements a result.
LONG = [
    ((100_003,), None),
    ((3, 50_001), 1),
    ((50_001, 3), 0),
    ((20_000, 20), 0),
    ((2, 3_000, 40), 1),
    ((600, 7), 1),
    ((300, 70), None),
]


def expected(name: str, host: np.ndarray, axis: int | None, keepdims: bool = False) -> np.ndarray:
    return np.asarray(getattr(np, name)(host, axis=axis, keepdims=keepdims), np.int64)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_every_layout(name: str, device: Device, data: st.DataObject):
    """Every axis and none; strides; extents 1; ties; NaN, infinities, zeros of both signs; integer limits."""
    types = TYPES[:2] if device.parent else [*TYPES, DOUBLE] if device.fp64 else TYPES
    x = data.draw(laid(data.draw(st.sampled_from(types)), shapes(max_side=5, min_side=1)))
    axis = data.draw(st.none() | st.integers(-len(x.shape), len(x.shape) - 1)) if x.shape else None
    keepdims = data.draw(st.booleans())
    # On the host a kernel takes Numba a second to compile: see test_long_rows.
    route = "library" if device.backend == "host" else data.draw(st.sampled_from(["kernel", "library", "auto"]))
    with xp.prefer(route):
        got = getattr(xp, name)(x.on(device), axis=axis, keepdims=keepdims)
    assert_same(got, expected(name, x.host, axis, keepdims))


def shortened(device: Device, shape: tuple[int, ...], tiles: bool = False) -> tuple[int, ...]:
    """In the simulator, which is plain Python, a hundredth will do, and has several passes there too."""
    if device.runtime.target != "simulator" and not (tiles and device.backend == "host"):  # coroutines
        return shape
    return tuple(extent // 100 if extent > 1000 else extent for extent in shape)


@pytest.mark.parametrize("tiles", [False, True], ids=["blocks", "tiles"])
@pytest.mark.parametrize("shape, axis", LONG)
@pytest.mark.parametrize("name", NAMES)
def test_long_rows(name: str, shape: tuple[int, ...], axis: int | None, tiles: bool, device: Device, monkeypatch):
    """Many ties between work-items, and NaN in several: the first is found whoever sees it.  GPUs take tiles."""
    monkeypatch.setattr(device.runtime, "tiles", tiles or device.runtime.tiles)
    shape = shortened(device, shape, tiles)
    random = np.random.default_rng(0)
    ties = random.integers(0, 5, shape).astype(np.float32)
    nan = random.normal(size=shape).astype(np.float32)
    nan[random.random(shape) < 0.01] = np.nan
    for host in (random.normal(size=shape).astype(np.float32), ties, nan, np.zeros(shape, np.int8)):
        with xp.prefer("kernel"), xp.explain() as calls:
            got = getattr(xp, name)(xp.asarray(host), axis=axis)
        assert any("kernel arg_reduce" in c.route for c in calls)
        assert_same(got, expected(name, host, axis))


def test_the_chain_is_read_not_stored(device: Device):
    """An expression is computed element by element inside the one kernel that looks for its extremes."""
    host = np.random.default_rng(1).normal(size=(40, 30)).astype(np.float32)
    x = xp.asarray(host)
    with xp.prefer("kernel"), xp.explain() as calls:
        rows = xp.argmax(xp.abs(x * 2 - 1), axis=1)
        columns = xp.argmin(x - x[:, :1], axis=0)
    assert all(c.route.startswith("kernel arg_reduce_") for c in calls), str(calls)
    assert_same(rows, np.argmax(np.abs(host * 2 - 1), axis=1))
    assert_same(columns, np.argmin(host - host[:, :1], axis=0))


def test_half_and_complex(device: Device):
    if device.fp16:
        host = np.array([1, np.nan, 3, np.nan], np.float16)
        assert_same(xp.argmax(xp.asarray(host)), np.int64(1))
    assert_same(xp.argmax(xp.asarray(np.array([1, 1 + 2j, 1j], np.complex64))), np.int64(1))


def test_nothing(device: Device):
    """No element is an error; no result is not."""
    x = xp.zeros((0, 3), dtype=xp.float32)
    with pytest.raises(ValueError, match="argmin: there is no least element"):
        xp.argmin(x, axis=0)
    assert_same(xp.argmax(x, axis=1), np.zeros(0, np.int64))
    assert_same(xp.argmax(x, axis=1, keepdims=True), np.zeros((0, 1), np.int64))
