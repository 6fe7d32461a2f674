"""Cumulative sums and products against NumPy, by kernel and by library, on every device.

Bounds: as in test_reductions.py, of the first k numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DOUBLE, SINGLE, Laid, elements, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device

NAMES = ["cumulative_sum", "cumulative_prod"]
INTEGERS = [np.dtype(t) for t in (bool, np.int8, np.int32, np.uint64)]
#: Long enough for blocks: a row, rows, few columns, columns, in the middle, few elements a column.
LONG = [
    ((100_003,), 0),
    ((3, 50_001), 1),
    ((50_001, 3), 0),
    ((20_000, 20), 0),
    ((2, 3_000, 40), 1),
    ((600, 7), 1),
    ((9, 100), 1),
]


def precision(device: Device) -> float:
    """Half the distance between 1 and its neighbour, in the type in which singles are added."""
    return float(np.finfo(DOUBLE if device.fp64 else SINGLE).eps) / 2


def scanned(name: str, x: np.ndarray, **options: Any) -> np.ndarray:
    """NumPy's scan, integers in 64 bits on every platform, without its warnings."""
    if x.dtype.kind in "biu":
        options.setdefault("dtype", np.uint64 if x.dtype.kind == "u" else np.int64)
    with np.errstate(all="ignore"):
        return getattr(np, name)(x, **options)


@st.composite
def cases(draw: st.DrawFn, device: Device, dtypes: list[np.dtype], values: Any = None) -> tuple[Laid, dict, str]:
    """An array, the arguments, and a route; on the host a kernel takes Numba a second to compile: see test_long."""
    x = draw(laid(draw(st.sampled_from(dtypes)), shapes(min_dims=1, max_side=6), values))
    ndim = len(x.shape)
    axis = None if ndim == 1 and draw(st.booleans()) else draw(st.integers(-ndim, ndim - 1))
    route = draw(st.sampled_from(["library", "auto"] if device.backend == "host" else ["kernel", "library", "auto"]))
    return x, {"axis": axis, "include_initial": draw(st.booleans())}, route


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(data=st.data())
def test_integers(name: str, device: Device, data: st.DataObject):
    """Every axis; strides; extents 0 and 1; integers that wrap around, in 64 bits and in those asked for."""
    x, options, route = data.draw(cases(device, INTEGERS[:2] if device.parent else INTEGERS))
    if data.draw(st.booleans()):
        options["dtype"] = data.draw(st.sampled_from([np.int16, np.uint32]))
    with xp.prefer(route):
        got = getattr(xp, name)(x.on(device), **options)
    assert_same(got, scanned(name, x.host, **options))


@settings(max_examples=40)
@given(data=st.data())
def test_sums_of_floats(device: Device, data: st.DataObject):
    """NaN, infinities of one sign and of both, numbers that cancel, denormal ones."""
    # Below a tenth of the largest number no partial sum can overflow.
    moderate = elements(SINGLE).filter(lambda v: not 1e37 < abs(v) < np.inf)
    x, options, route = data.draw(cases(device, [SINGLE], moderate))
    with xp.prefer(route):
        got = xp.cumulative_sum(x.on(device), **options)
    exact = scanned("cumulative_sum", x.host.astype(np.longdouble), **options)
    magnitude = np.abs(np.where(np.isfinite(x.host), x.host, 0).astype(DOUBLE))
    bound = 2 * x.host.size * precision(device) * scanned("cumulative_sum", magnitude, **options)
    assert_close(got, exact, SINGLE, 0.5, bound, signs=False)


@settings(max_examples=40)
@given(data=st.data())
def test_products_of_floats(device: Device, data: st.DataObject):
    values = st.floats(0.125, 8, width=32) | st.floats(-8, -0.125, width=32) | st.sampled_from([0.0, np.inf, np.nan])
    x, options, route = data.draw(cases(device, [SINGLE], values))
    with xp.prefer(route):
        got = xp.cumulative_prod(x.on(device), **options)
    exact = scanned("cumulative_prod", x.host.astype(np.longdouble), **options)
    with np.errstate(all="ignore"):
        bound = np.where(np.isfinite(exact), 2 * x.host.size * precision(device) * np.abs(exact), 0)
    assert_close(got, exact, SINGLE, 0.5, bound, signs=False)


def shortened(device: Device, shape: tuple[int, ...], tiles: bool = False) -> tuple[int, ...]:
    """In the simulator, which is plain Python, less will do; the longest still has several blocks."""
    if device.runtime.target != "simulator" and not (tiles and device.backend == "host"):  # coroutines
        return shape
    return tuple(e // 12 if e > 60_000 else e // 50 if e > 1000 else e for e in shape)


@pytest.mark.parametrize("tiles", [False, True], ids=["blocks", "tiles"])
@pytest.mark.parametrize("shape, axis", LONG)
def test_long(shape: tuple[int, ...], axis: int, tiles: bool, device: Device, monkeypatch):
    """Several blocks, or tiles as on GPUs, of each layout: right, and the same to the last bit in every run."""
    monkeypatch.setattr(device.runtime, "tiles", tiles or device.runtime.tiles)
    if tiles and device.backend != "cuda":
        monkeypatch.setattr(device.runtime, "parallelism", 1 << 12)
    shape = shortened(device, shape, tiles)
    random = np.random.default_rng(0)
    whole = random.integers(-(2**62), 2**62, shape, np.int64)
    for initial in (False, True):
        with xp.prefer("kernel"), xp.explain() as calls:
            got = xp.cumulative_sum(xp.asarray(whole), axis=axis, include_initial=initial)
        assert any("kernel scan" in c.route for c in calls)
        assert_same(got, scanned("cumulative_sum", whole, axis=axis, include_initial=initial))
    single = random.normal(size=shape).astype(np.float32)
    x = xp.asarray(single)
    with xp.prefer("kernel"):
        runs = [xp.cumulative_sum(x, axis=axis) for _ in range(2)]
        products = xp.cumulative_prod(xp.asarray(whole | 1), axis=axis)
    exact = single.astype(np.longdouble).cumsum(axis)
    bound = 2 * shape[axis] * precision(device) * np.abs(single).cumsum(axis, DOUBLE)
    assert_close(runs[0], exact, SINGLE, 0.5, bound)
    for run in runs[1:]:
        np.testing.assert_array_equal(xp.asnumpy(run), xp.asnumpy(runs[0]))
    assert_same(products, scanned("cumulative_prod", whole | 1, axis=axis))


@pytest.mark.parametrize("route", ["library", "kernel"])
def test_sums_are_as_accurate_as_those_of_doubles(device: Device, route: str):
    """Where there are doubles, one rounding is left; else each of n additions may lose half a unit, as in NumPy."""
    n = 100_000 if device.backend != "fake" else 10_000
    values = np.random.default_rng(0).random((n, 2), dtype=np.float32) + np.float32(100)
    rounding = float(np.finfo(SINGLE).eps) / 2
    with xp.prefer(route):
        got = xp.asnumpy(xp.cumulative_sum(xp.asarray(values), axis=0))
    assert got.dtype == SINGLE
    np.testing.assert_allclose(got, values.cumsum(0, DOUBLE), rtol=2 * rounding if device.fp64 else n * rounding)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape, axis", [((4000,), 0), ((40, 300), 1), ((300, 40), 0), ((300, 3), 0), ((100, 20), 1)])
def test_the_chain_is_read_not_stored(name: str, shape: tuple[int, ...], axis: int, device: Device):
    """No elementwise kernel runs: scans compute an expression's elements as they go."""
    if device.runtime.tiles and name == "cumulative_prod":
        pytest.skip("on GPUs products of floats, which must not be taken in parts, are the library's")
    shape = shortened(device, shape)
    host = np.random.default_rng(1).random(shape, dtype=np.float32) + np.float32(0.5)
    x = xp.asarray(host)
    with xp.prefer("kernel"), xp.explain() as calls:
        got = getattr(xp, name)(xp.sqrt(x * 2) - x[..., :1], axis=axis)
    assert calls and all(c.route.startswith("kernel scan_") for c in calls), str(calls)
    chain = np.sqrt(host * np.float32(2)) - host[..., :1]
    exact = scanned(name, chain.astype(np.longdouble), axis=axis)
    magnitude = np.abs(chain.astype(DOUBLE))
    slack = 4 * shape[axis] * float(np.finfo(SINGLE).eps)  # the square root on a device may be off by more than NumPy's
    bound = slack * (scanned(name, magnitude, axis=axis) if name == "cumulative_sum" else np.abs(exact))
    assert_close(got, exact, SINGLE, 1, bound + (1e-3 * np.abs(exact) if name == "cumulative_prod" else 0))


def test_no_part_of_a_product_overflows(device: Device):
    """0.5 often enough is 0, and stays 0 however often 2 comes next, which alone would be infinite."""
    n = 20_000 if device.backend != "fake" else 2_000
    host = np.repeat(np.float32([0.5, 2]), n)
    wide = np.array([1e-200, 1e200, 1e200, 1e200, 1e-200], np.float64)
    for route in ("kernel", "library", "auto"):
        with xp.prefer(route):
            got = xp.asnumpy(xp.cumulative_prod(xp.asarray(host)))
            if device.backend == "cuda":  # CuPy 14.2 multiplies parts first; mended once this fails
                assert np.isnan(got).any()
                continue
            assert not got[2000 : 2 * n].any() and not np.isnan(got).any()
            if device.fp64:
                assert_same(xp.cumulative_prod(xp.asarray(wide)), scanned("cumulative_prod", wide))


def test_half_and_complex(device: Device):
    """Neither has a kernel; halves are added in singles."""
    z = np.array([1 + 2j, 3j, 2], np.complex64)
    with xp.prefer("kernel"):
        np.testing.assert_allclose(xp.asnumpy(xp.cumulative_sum(xp.asarray(z))), z.cumsum())
        if device.fp16:
            host = np.array([60000, 60000, -60000, -59000], np.float16)
            with np.errstate(over="ignore"):
                expected = host.cumsum(dtype=np.float64).astype(np.float16)
            assert_same(xp.cumulative_sum(xp.asarray(host)), expected)


def test_errors(device: Device):
    x = xp.ones((2, 3), dtype=xp.float32)
    with pytest.raises(ValueError, match="axis is needed for 2 dimensions"):
        xp.cumulative_sum(x)
    with pytest.raises(IndexError, match="cumulative_prod: axis 2 is out of bounds for 2"):
        xp.cumulative_prod(x, axis=2)
    if not device.fp64:
        with pytest.raises(xp.UnsupportedDTypeError, match="has no float64"):
            xp.cumulative_sum(x, axis=0, dtype=xp.float64)
