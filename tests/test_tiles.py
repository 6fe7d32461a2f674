"""Reductions as GPUs do them, on every device with work-groups: by teams of work-items that read whole chunks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

SHAPES = [
    *((1, 70_001), (3, 4096), (5, 1001), (300, 256), (2, 3, 130), (700, 66), (3000, 9), (999, 31), (1, 71)),
    *((9, 1000, 3), (4, 300, 40), (1, 4099)),
]


@pytest.fixture
def gpu(device: Device, monkeypatch: pytest.MonkeyPatch) -> Device:
    """The device, taken for a GPU that has not many work-items."""
    runtime = device.runtime
    if device.backend in ("host", "fake"):
        pytest.skip("no GPU is like it")
    monkeypatch.setattr(runtime, "tiles", True)
    monkeypatch.setattr(runtime, "host_until", 0)
    if not runtime.wide:
        monkeypatch.setattr(runtime, "wide", True)
        monkeypatch.setattr(runtime, "parallelism", 1 << 12)
        monkeypatch.setattr(runtime, "is_aligned", lambda native: runtime.address(native) % 16 == 0, raising=False)
    return device


@pytest.mark.parametrize("dtype, shape", list(zip(["float32", "int64", "uint8", "bool"] * 3, SHAPES)))
def test_every_axis(gpu: Device, shape: tuple[int, ...], dtype: str) -> None:
    values = np.random.default_rng(1).integers(0, 4, shape).astype(dtype)
    x = xp.asarray(values, device=gpu)
    with xp.prefer("kernel"):
        for axis in (None, *range(len(shape))):
            assert_exact(xp.sum(x, axis=axis), np.sum(values, axis=axis, dtype=np.int64))
            if dtype != "bool":
                assert_exact(xp.max(x, axis=axis), np.max(values, axis=axis))
            assert_exact(xp.all(x, axis=axis), np.all(values, axis=axis))


def test_short_columns_of_many_rows(gpu: Device) -> None:
    """Squares of distances of all pairs: several rows share what they read of the columns, unless there are too few."""
    rng = np.random.default_rng(6)
    for rows in (256, 257, 8):
        a, b = rng.integers(-9, 9, (rows, 16)), rng.integers(-9, 9, (128, 16))
        x, y = (xp.asarray(v, dtype=xp.float32, device=gpu) for v in (a, b))
        with xp.prefer("kernel"):
            d = x[:, None, :] - y[None, :, :]
            found = xp.sum(d * d, axis=-1)
        assert_exact(found, ((a[:, None, :] - b) ** 2).sum(axis=-1))


def assert_exact(got: xp.Array, expected: Any) -> None:
    np.testing.assert_array_equal(xp.asnumpy(got).astype(np.float64), np.asarray(expected, np.float64))


@pytest.mark.parametrize("start", [0, 1])
def test_expressions_with_rows_columns_and_views(gpu: Device, start: int) -> None:
    rng = np.random.default_rng(2)
    a, row, column = (rng.integers(-9, 9, s).astype(np.float32) for s in ((40, 513), (513,), (40, 1)))
    x, r, c = (xp.asarray(v, device=gpu) for v in (a, row, column))
    part = slice(start, start + 512)  # no row begins at a multiple of 16 bytes; only views do
    with xp.prefer("kernel"):
        total = xp.sum((x[:, part] - c) * r[part] + 2, axis=1)
        most = xp.max(x[:, ::-1] * 2, axis=1)
    assert_exact(total, ((a[:, part] - column) * row[part] + 2).sum(axis=1))
    assert_exact(most, a.max(axis=1) * 2)


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_elementwise_rows_by_chunks(gpu: Device, dtype: str) -> None:
    """A matrix beside a row, a column and one element, each also as a view that chunks of 16 bytes don't fit."""
    rng = np.random.default_rng(2)
    shapes = ((40, 128), (128,), (40, 1), (1, 1))
    a, row, column, one = (rng.integers(1, 9, s).astype(dtype) for s in shapes)
    x, r, c, o = (xp.asarray(v, device=gpu) for v in (a, row, column, one))
    with xp.prefer("kernel"):
        found = [(x - r) * c + o, (x + c) * (x - o), r * c]
        views = [x[:, 1:] - r[1:], x[:, ::2] * c, x[:, :64] * c + r[:64], x[1:] + r]
    with xp.prefer("kernel"), xp.explain() as calls:
        xp.evaluate((x - r) * c + o)
    assert f"({dtype}[1W], {dtype}[1W], {dtype}[1C], {dtype}[1C], {dtype}[1W])" in calls[0].route, str(calls)
    for got, expected in zip(found, [(a - row) * column + one, (a + column) * (a - one), row * column]):
        np.testing.assert_array_equal(xp.asnumpy(got), expected)
    parts = [a[:, 1:] - row[1:], a[:, ::2] * column, a[:, :64] * column + row[:64], a[1:] + row]
    for got, expected in zip(views, parts):
        np.testing.assert_array_equal(xp.asnumpy(got), expected)


@pytest.mark.parametrize("steps", [(1, -1), (-1, 1), (2, 1), (1, 2), (-2, -1)], ids=str)
def test_views_are_updated(gpu: Device, steps: tuple[int, int]) -> None:
    """Rows that don't lie one behind the other are no rows for chunks, nor is there one among the operands."""
    key = tuple(slice(None, None, step) for step in steps)
    for shape in ((2, 2), (3, 8), (1, 4), (0, 3)):
        values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        x = xp.asarray(values, device=gpu)
        with xp.prefer("kernel"):
            view = x[key]
            view += 100
        values[key] += 100
        np.testing.assert_array_equal(xp.asnumpy(x), values)


def test_nan_is_seen_wherever_it_is(gpu: Device) -> None:
    values = np.arange(8 * 1030, dtype=np.float32).reshape(8, 1030)
    for k, column in enumerate((0, 1, 511, 512, 1023, 1024, 1028, 1029)):
        values[k, column] = np.nan
    with xp.prefer("kernel"):
        most, least = (xp.asnumpy(f(xp.asarray(values, device=gpu), axis=1)) for f in (xp.max, xp.min))
    assert np.isnan(most).all() and np.isnan(least).all()


BOTH = pytest.mark.parametrize("fused", [xp.fuse, lambda f: f], ids=["fuse", "as it stands"])


def softmax(x: xp.Array) -> xp.Array:
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def layer_norm(x: xp.Array, scale: xp.Array, shift: xp.Array) -> xp.Array:
    far = x - xp.mean(x, axis=-1, keepdims=True)
    return far / xp.sqrt(xp.var(x, axis=-1, keepdims=True) + 1e-5) * scale + shift


@BOTH
@pytest.mark.parametrize("shape", [(40, 512), (41, 512), (3, 77), (2, 5, 4100), (700, 30)], ids=str)
def test_softmax_in_one_kernel(gpu: Device, shape: tuple[int, ...], fused: Callable[..., Any]) -> None:
    values = np.random.default_rng(3).normal(size=shape).astype(np.float32) * 9
    x = xp.asarray(values, device=gpu)
    with xp.prefer("kernel"), xp.explain() as calls:  # few elements: left to itself, it would compile later
        got = fused(softmax)(x)
    assert len(calls) == 1, str(calls)
    exact = np.exp(values - values.max(axis=-1, keepdims=True), dtype=np.float64)
    exact /= exact.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(xp.asnumpy(got), exact, rtol=2e-6, atol=1e-30)


@BOTH
@pytest.mark.parametrize("shape", [(40, 512), (3, 77)], ids=str)
def test_layer_norm_in_one_kernel(gpu: Device, shape: tuple[int, ...], fused: Callable[..., Any]) -> None:
    rng = np.random.default_rng(4)
    values, scale, shift = (rng.normal(size=s).astype(np.float32) for s in (shape, shape[-1:], shape[-1:]))
    arrays = [xp.asarray(v, device=gpu) for v in (values, scale, shift)]
    with xp.prefer("kernel"), xp.explain() as calls:
        got = fused(layer_norm)(*arrays)
    assert len(calls) == 1, str(calls)
    far = values - values.mean(axis=-1, keepdims=True, dtype=np.float64)
    exact = far / np.sqrt(values.var(axis=-1, keepdims=True, dtype=np.float64) + 1e-5) * scale + shift
    np.testing.assert_allclose(xp.asnumpy(got), exact, rtol=2e-6, atol=2e-6)


@BOTH
def test_reductions_that_wait_are_what_they_would_be_at_once(gpu: Device, fused: Callable[..., Any]) -> None:
    """Rows of two lengths, other axes, columns, writing into what they read, rows that are not evenly spaced."""
    rng = np.random.default_rng(5)
    a, b = (rng.integers(-9, 9, s).astype(np.float32) for s in ((6, 130), (6, 40)))
    deep = rng.integers(-9, 9, (4, 3, 66)).astype(np.float32)

    def work(ns: Any, x: Any, y: Any, z: Any) -> Any:
        m = ns.max(x, axis=-1, keepdims=True)
        n = ns.max(y, axis=-1, keepdims=True)
        z = z[:, ::2, :]
        found = [m, m + n, (x - m) * n, ns.sum(x - m, axis=-1), ns.sum(x - m, axis=0), ns.sum(ns.sum(x - m))]
        found += [z - ns.min(z, axis=-1, keepdims=True), ns.sum(x * x, axis=1, keepdims=True) - ns.max(x) + m]
        x += m
        x[1, 2] = 3
        return [*found, x - m, ns.max(m - 1, axis=-1, keepdims=True), ns.sum(x > m, axis=-1, keepdims=True) + m]

    expected = work(np, a.copy(), b.copy(), deep)
    with xp.prefer("kernel"):
        got = fused(lambda *arrays: work(xp, *arrays))(*(xp.asarray(v, device=gpu) for v in (a, b, deep)))
    for value, exact in zip(got, expected, strict=True):
        assert value.shape == np.shape(exact)
        assert_exact(value, exact)


def test_one_scalar_in_two_places_and_two_scalars(gpu: Device) -> None:
    x = xp.asarray(np.arange(5, dtype=np.float32), device=gpu)
    one = np.float32(1)
    add = xp.fuse(lambda x, c, d: (x + c) * (x * d))
    for c, d in ((one, one), (one, np.float32(2)), (np.float32(3), np.float32(3))):
        np.testing.assert_array_equal(xp.asnumpy(add(x, c, d)), (np.arange(5) + c) * (np.arange(5) * d))
