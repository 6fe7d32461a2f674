"""Index arrays and masks: what is named several times, what does not fit, and `ufunc.at`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device


def many(device: Device) -> int:
    return 1_000 if device.backend == "fake" else 200_000


# -- indices that occur several times ------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32", "complex64"])
def test_of_values_for_one_place_the_last_stays(dtype: str, device: Device):
    """On CPUs; on GPUs one of them does (docs/differences.md)."""
    random = np.random.default_rng(0)
    for n in (10, many(device)):
        for index in (random.integers(0, n // 3, n), random.integers(-n, n, n), np.zeros(n, int)):
            values = random.integers(0, 100, n).astype(dtype)
            host = np.zeros(n, dtype)
            host[index] = values
            x = xp.zeros(n, dtype=dtype)
            x[xp.asarray(index)] = xp.asarray(values)
            if device.runtime.host_until or device.backend == "fake":
                np.testing.assert_array_equal(xp.asnumpy(x), host)
            for place in (0, int(index[0]), int(index[-1])):
                assert xp.asnumpy(x)[place] in values[index % n == place % n] or place not in index % n


def test_explain_says_who_assigns(device: Device):
    x = xp.zeros(5)
    with xp.explain() as calls:
        x[[1, 1]] = 2
    (route,) = (call.route for call in calls if call.function == "setitem")
    in_order = device.runtime.host_until > 0
    assert route == "NumPy assignment on shared memory" if in_order else route.endswith("any value may stay")


AT = "add subtract multiply maximum minimum bitwise_or bitwise_xor logical_or divide hypot pow"


@pytest.mark.parametrize("name", AT.split())
def test_at(name: str, device: Device):
    random = np.random.default_rng(1)
    for dtype in ("int32", "uint8", "float32") if device.fp64 else ("int32", "float32"):
        if (dtype == "float32" and "bitwise" in name) or (dtype != "float32" and name in ("divide", "hypot")):
            continue
        host = random.integers(1, 3, (7, 3)).astype(dtype)
        for index in ([0, 0, 6, 0], (slice(None), [2, 2]), ([1, 1], [0, 0]), np.s_[1:3], np.array([[4, 4], [4, 5]])):
            x, expected = xp.asarray(host), host.copy()
            operand = random.integers(1, 3, expected[index].shape).astype(dtype)
            getattr(np, name).at(expected, index, operand)
            getattr(xp, name).at(x, xp.asarray(index) if isinstance(index, np.ndarray) else index, xp.asarray(operand))
            np.testing.assert_allclose(xp.asnumpy(x), expected, rtol=1e-5, atol=0)


def test_at_of_one_operand_of_numbers_of_masks_and_of_nothing(device: Device):
    x = xp.asarray([1, 2, 3], dtype=xp.float32)
    xp.negative.at(x, [0, 1, 0])
    assert xp.asnumpy(x).tolist() == [1, -2, 3]
    xp.add.at(x, [2, 2], 0.5)
    xp.add.at(x, x < 0, 1)
    xp.add.at(x, [], 7)
    np.multiply.at(x, [0, 0, 0], 2)  # by NumPy's protocol
    assert xp.asnumpy(x).tolist() == [8, -1, 4]
    y = x + 0
    assert xp.asnumpy(y[[0, 0]]).tolist() == [8, 8]
    y[[0, 0]] += 1  # once, as in NumPy
    assert float(y[0]) == 9


def test_at_refuses(device: Device):
    x = xp.asarray([1, 2, 3])
    with pytest.raises(TypeError, match="does not fit into int64"):
        xp.add.at(x, [0], 0.5)
    with pytest.raises(IndexError, match="out of bounds"):
        xp.add.at(x, [3], 1)
    with pytest.raises(ValueError, match="read-only"):
        xp.add.at(xp.broadcast_to(x, (2, 3)), [0], 1)


# -- masks that don't fit ------------------------------------------------------------------------

KEYS: list[Any] = [
    ([0, 1], [True, False, False, False, True]),
    ([True, False],),
    ([True] * 4,),
    ([[True] * 4] * 2,),
    ([[True] * 3] * 3,),
    (slice(None), [True] * 3),
    (..., [True] * 5),
    ([True, False, True], [True] * 5),
    (0, [True] * 3),
    (None, [True] * 4),
]


@pytest.mark.parametrize("route", ["auto", "library"])
def test_masks_of_wrong_length(route: str, device: Device):
    for key in KEYS:
        host = np.arange(12).reshape(3, 4)
        with pytest.raises(IndexError):
            host[key]
        for taken in (key, tuple(xp.asarray(k) if isinstance(k, list) else k for k in key)):
            x = xp.asarray(host)
            with xp.prefer(route):
                with pytest.raises(IndexError):
                    x[taken]
                with pytest.raises(IndexError):
                    x[taken] = 5
            assert xp.asnumpy(x).tolist() == host.tolist()


@pytest.mark.parametrize("route", ["auto", "library"])
def test_masks_without_elements(route: str, device: Device):
    """NumPy takes them for any extent, and nothing is named."""
    none = np.zeros(0, np.bool_)
    flat = np.zeros((3, 0), np.bool_)
    for key in (none, (none, [0]), ([0], none), (none, 0), (slice(None), none), flat, (none, none)):
        host = np.arange(12).reshape(3, 4)
        parts = key if isinstance(key, tuple) else (key,)
        for ours in (parts, tuple(xp.asarray(k) if isinstance(k, np.ndarray) else k for k in parts)):
            x = xp.asarray(host)
            with xp.prefer(route):
                assert x[ours].shape == host[key].shape
                x[ours] = 5
            assert xp.asnumpy(x).tolist() == host.tolist()


@pytest.mark.parametrize("index", [3, -4, 2**40])
def test_indices_out_of_bounds(index: int, device: Device):
    x = xp.zeros((3, 3))
    for key in ([0, index], ([index], [0]), ([0], [index]), (slice(None), [index]), ([True, False, True], [0, index])):
        with pytest.raises(IndexError, match="out of bounds"):
            x[key]
        with pytest.raises(IndexError, match="out of bounds"):
            x[key] = 1


# -- places in what is sorted ---------------------------------------------------------------------


@pytest.mark.parametrize("side", ["left", "right"])
def test_places_of_many(side: Any, device: Device):
    for dtype in ("bool", "int8", "uint8", "int64", "float32"):
        for n, m in ((1, 7), (10, 1000), (1000, 3000)):
            values = np.sort(np.random.default_rng(n).integers(0, 2 if dtype == "bool" else 100, n)).astype(dtype)
            needles = np.random.default_rng(m).integers(0, 2 if dtype == "bool" else 100, m).astype(dtype)
            found = xp.searchsorted(xp.asarray(values), xp.asarray(needles), side=side)
            np.testing.assert_array_equal(xp.asnumpy(found), np.searchsorted(values, needles, side=side), dtype)


def test_one_ellipsis_at_most(device: Device):
    """Beside index arrays, too, where the key is put in order before a library sees it."""
    x, i, m = xp.zeros((2, 1, 1, 3)), xp.asarray([0, 1]), xp.asarray([True, False])
    for key in (
        (..., ...), (..., 0, ...), (None, ..., i, ...), (i, ..., slice(None), ..., slice(None), i), ([0], ..., ...),
        (i, ..., slice(None, 0, None), ..., 1), (m, ..., slice(None), ..., i), (np.array([0]), ..., 0, ..., [0]),
    ):  # fmt: skip
        with pytest.raises(IndexError):
            x[key]
        with pytest.raises(IndexError):
            x[key] = 1
