"""Indices and masks are parameters: they may be arrays of NumPy's, lists or arrays of ours, in every function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import ImplicitTransferError
from xpuarray.placement.devices import Device

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
ROWS, COLUMNS = np.array([2, 0]), np.array([3, 1])
MASK = VALUES % 5 < 2
ROW_MASK = np.array([True, False, True])


def written(m: Any, x: Any, key: Any, value: Any) -> Any:
    x[key] = value
    return x


def changed(m: Any, x: Any, name: str, *args: Any) -> Any:
    getattr(m, name)(x, *args)
    return x


#: (NumPy or ours, the array, what makes an index of one of NumPy's) -> result
Case = Callable[[Any, Any, Callable[[np.ndarray], Any]], Any]
CASES: list[Case] = [
    lambda m, x, i: x[i(ROWS)],
    lambda m, x, i: x[:, i(COLUMNS)],
    lambda m, x, i: x[i(ROWS), i(COLUMNS)],
    lambda m, x, i: x[i(ROWS), 1:3],
    lambda m, x, i: x[1:, i(COLUMNS)],
    lambda m, x, i: x[i(MASK)],
    lambda m, x, i: x[i(ROW_MASK)],
    lambda m, x, i: x[i(ROW_MASK), 1],
    lambda m, x, i: x[..., i(COLUMNS)],
    lambda m, x, i: x[i(np.array(1))],
    lambda m, x, i: x[i(np.array([[0, 1], [2, 2]]))],
    lambda m, x, i: x[i(ROWS.astype(np.uint8))],
    lambda m, x, i: written(m, x, i(ROWS), 9),
    lambda m, x, i: written(m, x, (i(ROWS), i(COLUMNS)), 9),
    lambda m, x, i: written(m, x, i(MASK), 9),
    lambda m, x, i: m.take(x, i(ROWS), axis=0),
    lambda m, x, i: x.take(i(COLUMNS), 1),
    lambda m, x, i: m.take_along_axis(x, i(np.array([[0], [3], [1]])), 1),
    lambda m, x, i: changed(m, x, "put", i(ROWS), 9),
    lambda m, x, i: changed(m, x, "put_along_axis", i(np.array([[0], [3], [1]])), 9, 1),
    lambda m, x, i: changed(m, x, "place", i(MASK), [7, 8]),
    lambda m, x, i: changed(m, x, "putmask", i(MASK), 7),
    lambda m, x, i: m.compress(i(ROW_MASK), x, 0),
    lambda m, x, i: x.compress(i(ROW_MASK), 0),
    lambda m, x, i: m.extract(i(MASK), x),
    lambda m, x, i: m.delete(x, i(ROWS), 0),
    lambda m, x, i: m.insert(x, i(ROWS), 5, 0),
    lambda m, x, i: m.repeat(x, i(np.array([1, 0, 2])), 0),
    lambda m, x, i: m.split(x, i(np.array([1, 2])), 0)[1],
    lambda m, x, i: m.partition(x[0], i(np.array([1]))),
]


def taken(x: np.ndarray) -> Any:
    return x.tolist()


@pytest.mark.parametrize("number", range(len(CASES)))
def test_indices_from_anywhere(device: Device, number: int):
    case = CASES[number]
    expected = case(np, VALUES.copy(), lambda index: index)
    for kind in (lambda index: index, taken, xp.asarray):
        got = case(xp, xp.asarray(VALUES), kind)
        assert got.device is device
        np.testing.assert_array_equal(xp.asnumpy(got), expected)


EMPTY = lambda *shape: np.zeros(shape, bool)  # noqa: E731
#: masks with an extent of 0, which fits any
EMPTY_KEYS: list[Callable[[Callable[..., Any]], Any]] = [
    lambda e: e(0),
    lambda e: (slice(None), e(0)),
    lambda e: (..., e(0)),
    lambda e: (None, e(0)),
    lambda e: (1, e(0)),
    lambda e: e(3, 0),
    lambda e: e(0, 4),
    lambda e: (e(0), e(0)),
]


@pytest.mark.parametrize("number", range(len(EMPTY_KEYS)))
@pytest.mark.parametrize("shape", [(3, 4), (300, 40)])
def test_masks_without_elements(device: Device, number: int, shape: tuple[int, int]):
    """Nothing is selected, and nothing written, as in NumPy; a mask of another extent does not fit."""
    make, values = EMPTY_KEYS[number], np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    fitting = lambda e: lambda *n: e(*(dict(zip((3, 4), shape)).get(k, k) for k in n))  # noqa: E731
    x, key = xp.asarray(values), make(fitting(lambda *n: xp.asarray(EMPTY(*n))))
    assert x[key].shape == values[make(fitting(EMPTY))].shape
    x[key] = 7
    x[key] += 7
    np.testing.assert_array_equal(xp.asnumpy(x), values)
    for other in (EMPTY(0, 2), EMPTY(2)):
        with pytest.raises(IndexError):
            x[other]


APART: list[Any] = [([0, 1], [0, 1, 2]), ([[0, 1]], [0, 1, 2]), (EMPTY(0), [0, 1]), (ROW_MASK, [0, 1, 2]), ([], [1, 2])]


@pytest.mark.parametrize("number", range(len(APART)))
@pytest.mark.parametrize("columns", [4, 40_000])
def test_index_arrays_that_do_not_broadcast(device: Device, number: int, columns: int):
    """An IndexError, as NumPy's; a value that does not fit is a ValueError."""
    x, key = xp.zeros((3, columns), dtype=xp.float32), APART[number]
    for call in (lambda: x[key], lambda: written(xp, x, key, 1), lambda: written(xp, x, key, xp.ones(7))):
        with pytest.raises(IndexError):
            call()
    with pytest.raises(ValueError, match="shape"):
        x[[0, 1], [1, 2]] = xp.ones(7)
    assert not x.any()


def test_what_is_no_index(device: Device):
    x = xp.asarray(VALUES)
    for wrong in (np.array([0.5]), [0.5], xp.asarray([0.5], xp.float32)):
        for call in (lambda w: x[w], lambda w: xp.take(x, w, 0), lambda w: xp.put(x, w, 1)):
            with pytest.raises(IndexError, match="integers or bool"):
                call(wrong)
    assert x[[]].shape == xp.take(x, [], axis=0).shape == (0, 4)
    with pytest.raises(ImplicitTransferError, match=r"Write xp.asarray"):  # values are data
        x[0] = VALUES[0]
    with pytest.raises(ImplicitTransferError, match=r"Write xp.asarray"):
        xp.put(x, [0], VALUES[0])
