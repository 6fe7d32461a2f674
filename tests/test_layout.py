"""How kernels walk their operands: dimensions collapsed, broadcast, and small ones numbered through."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import operands

import xpuarray as xp
from xpuarray.fusion.layout import collapse, walk_operands
from xpuarray.placement.devices import Device, as_device


def addresses(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """The offset of each element, in row-major order."""
    return [sum(i * s for i, s in zip(index, strides)) for index in itertools.product(*map(range, shape))]


def test_collapse_examples():
    dense = (48, 16, 4)
    assert collapse((2, 3, 4), [dense]) == ([24], [[4]])
    assert collapse((2, 3, 4), [dense, dense]) == ([24], [[4], [4]])
    assert collapse((2, 3, 4), [dense, (0, 0, 4)]) == ([6, 4], [[16, 4], [0, 4]])  # a row, repeated
    assert collapse((2, 3, 4), [dense, (4, 0, 0)]) == ([2, 12], [[48, 4], [4, 0]])  # a column
    assert collapse((2, 3, 4), [(4, 8, 24)]) == ([2, 3, 4], [[4, 8, 24]])  # transposed
    assert collapse((2, 3, 4), [(-48, -16, -4)]) == ([24], [[-4]])  # reversed
    assert collapse((2, 1, 4), [(16, 999, 4)]) == ([8], [[4]])
    assert collapse((1, 1), [(7, 7)]) == ([1], [[0]])
    assert collapse((), [()]) == ([1], [[0]])


@given(data=st.data())
def test_collapse_keeps_every_address(data: st.DataObject):
    """The same elements in the same order, over no more dimensions, none of which could be merged."""
    shape = tuple(data.draw(st.lists(st.integers(1, 4), max_size=5)))
    step = st.sampled_from([0, 1, 2, 3, 4, 6, 8, 12, 24, -1, -2, -4])
    strides = [
        tuple(data.draw(st.lists(step, min_size=len(shape), max_size=len(shape))))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    extents, walks = collapse(shape, strides)
    assert len(extents) <= max(len(shape), 1)
    assert len(walks) == len(strides)
    for walk, own in zip(walks, strides):
        assert addresses(tuple(extents), tuple(walk)) == addresses(shape, own)
    for k in range(len(extents) - 1):
        assert any(w[k] != w[k + 1] * extents[k + 1] for w in walks)
    assert extents == [1] or 1 not in extents


def walk(*arrays: xp.Array) -> Any:
    return walk_operands(arrays[0].device.runtime, np.broadcast_shapes(*(a.shape for a in arrays)), arrays)


def test_what_lies_densely_is_one_dimension():
    x = xp.ones((3, 4, 5), device="host")
    assert walk(x, x).range == (60,)
    assert {t.layout for t in walk(x, x).types} == {"C"}
    assert walk(x[1:], x[1:]).range == (40,)
    assert walk(xp.asarray(1.0, device="host")).range == (1,)


def test_rows_and_columns_of_narrow_matrices_are_numbered_through():
    x, row, column = (xp.ones(shape, device="host") for shape in ((1000, 3), (3,), (1000, 1)))
    found = walk(x, row, column)
    assert (found.range, found.forms) == ((3000,), ("0", "row", "column"))
    wide = xp.ones((3, 1000), device="host")
    assert walk(wide, xp.ones(1000, device="host")).range == (3, 1000)


@pytest.mark.parametrize("columns", [1, 3, 32, 63])
def test_rows_that_repeat_are_written_out_where_that_pays(columns: int, device: Device):
    """A large matrix of few columns, less a row: as a matrix of longer rows where NumPy sees the memory."""
    rows = (1 << 18) // columns // 8 * 8 + 8 if device.backend != "fake" else 16
    random = np.random.default_rng(0)
    a, row = (random.integers(-9, 9, shape).astype(np.float32) for shape in ((rows, columns), (columns,)))
    x, r = xp.asarray(a), xp.asarray(row)
    runtime = device.runtime
    pays = device.backend != "fake" and runtime.host_until > 0 and runtime.interleaved and columns > 1
    assert (walk(x, r).repeats > 1) == pays
    for more in (row, row + 1, row[:1]):  # the walk is the same, what is written is not
        y = xp.asarray(more)
        with xp.prefer("kernel"):
            got = (x - y) * r
        np.testing.assert_array_equal(xp.asnumpy(got), (a - more) * row)
    with xp.prefer("kernel"):
        got = (x - r) * 2
        xp.evaluate(got)
        r += 1
    np.testing.assert_array_equal(xp.asnumpy(got), (a - row) * 2)


def test_strided_operands_keep_few_dimensions():
    x = xp.ones((4, 5, 7), device="host")
    assert walk(x[:, :, ::2]).range == (20, 4)
    assert walk(x[:, ::2]).range == (4, 3, 7)
    assert walk(x[::2, 1:]).range == (2, 28)
    assert walk(x[::-1, ::-1, ::-1]).range == (140,)
    many = xp.ones((2,) * 10, device="host")
    assert walk(xp.permute_dims(many, tuple(reversed(range(10))))) is None


@settings(max_examples=100)
@given(chosen=operands((np.float32, np.float32, np.float32), max_dims=4))
def test_every_walk_meets_the_right_elements(chosen: list[Any]):
    """What a kernel reads is what NumPy broadcasts; on the fake device, whose kernels are plain Python."""
    fake: Device = as_device("fake")
    x, y, z = (c.on(fake) for c in chosen)
    with xp.prefer("kernel"):
        got = xp.where(x == x, y, z)
    expected = np.where(chosen[0].host == chosen[0].host, chosen[1].host, chosen[2].host)
    np.testing.assert_array_equal(xp.asnumpy(got), expected)
