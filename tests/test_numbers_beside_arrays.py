"""Numbers and lists of them beside arrays: a Python number is weak wherever several operands make one result, an
integer beyond 64 bits is compared as what it is, and a list is an array wherever one is wanted."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.suite import has
from xpuarray.placement.devices import Device

ARRAYS = {
    "int8": [1, 2, 3],
    "uint64": [1, 2, 2**64 - 1],
    "bool": [True, False, True],
    "float32": [1.5, 2.5, np.nan],
    "float64": [1.5, 2.0**70, -np.inf],
}


def same(device: Device, call: Callable[[Any, Any], Any], values: Any, dtype: str) -> None:
    """The call of NumPy and its array, and of ours."""
    expected = np.asarray(call(np, np.asarray(values, dtype)))
    got = call(xp, xp.asarray(values, dtype))
    np.testing.assert_array_equal(xp.asnumpy(got) if isinstance(got, xp.Array) else got, expected)
    if isinstance(got, xp.Array):
        assert got.dtype == device.info.fit(expected.dtype)


CHOICES: list[Callable[[Any, Any, Any], Any]] = [
    lambda m, x, n: m.choose(m.asarray([0, 1, 0]), [x, n]),
    lambda m, x, n: m.choose(m.asarray([0, 1, 0]), [n, x]),
    lambda m, x, n: m.select([m.asarray([True, False, True])], [x], n),
    lambda m, x, n: m.select([m.asarray([True, False, True])], [n], x),
    lambda m, x, n: m.select([m.asarray([True, False, True])] * 2, [n, x], 1),
    lambda m, x, n: m.where(m.asarray([True, False, True]), x, n),
]


@pytest.mark.parametrize("number", (2, 2.5, True, -1))
@pytest.mark.parametrize("dtype", ("int8", "bool", "float32"))
def test_a_number_among_choices_is_weak(device: Device, dtype: str, number: Any) -> None:
    for call in CHOICES:
        same(device, lambda m, x: call(m, x, number), ARRAYS[dtype], dtype)  # noqa: B023


def test_a_number_among_choices_has_to_fit(device: Device) -> None:
    x = xp.ones(3, dtype=xp.int8)
    for call in (*CHOICES, *CHOICES):  # the first time, and by a plan
        with pytest.raises(OverflowError, match="300 does not fit into int8"):
            call(xp, x, 300)


@pytest.mark.parametrize("name", ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"))
def test_integers_beyond_64_bits_are_compared(device: Device, name: str) -> None:
    """With arrays of each kind, from both sides, alone and in lists; NumPy does it with objects."""
    for dtype, values in ARRAYS.items():
        if not has(device, dtype):
            continue
        for number in (2**70, -(2**70), [2**70], [2**70, 1, -(2**70)], [[2**70], [1]]):
            x, objects = xp.asarray(values, dtype), np.asarray(values, dtype).astype(object)
            compare, expected = getattr(xp, name), getattr(np, name)
            with np.errstate(invalid="ignore"):
                np.testing.assert_array_equal(xp.asnumpy(compare(x, number)), expected(objects, number))
                np.testing.assert_array_equal(xp.asnumpy(compare(number, x)), expected(number, objects))
    for one, other in ((2**70, 3), (3, -(2**70)), (2**70, 2**70), (2**70, 2**71), (2**63, -1), ([2**70, 1], [1, 1])):
        got = xp.asnumpy(getattr(xp, name)(one, other))
        np.testing.assert_array_equal(got, getattr(np, name)(np.asarray(one, object), np.asarray(other, object)))


def test_operators_and_sets_of_integers_beyond_64_bits(device: Device) -> None:
    calls: list[Callable[[Any, Any], Any]] = [
        lambda m, x: x == [2**70],
        lambda m, x: operator.ne([2**70], x),
        lambda m, x: operator.lt(x, [2**70, 2, 2]),
        lambda m, x: m.isclose(x, 2**70),
        lambda m, x: m.isclose(2**70, x),
        lambda m, x: m.allclose(x, -(2**70)),
        lambda m, x: m.isclose(2**70, 2.0**70),
        lambda m, x: m.array_equal(x, [2**70, 2, 3]),
        lambda m, x: m.array_equiv(x, 2**70),
        lambda m, x: m.isin(x, [2**70, 1]),
        lambda m, x: m.isin([2**70, 1], x),
        lambda m, x: m.searchsorted(x, [2**70, 1]),
    ]
    for call in calls:
        same(device, call, ARRAYS["int8"], "int8")


def test_lists_are_arrays(device: Device) -> None:
    calls: list[Callable[[Any, Any], Any]] = [
        lambda m, x: m.isclose([1.0, 2.5, 4], x),
        lambda m, x: m.allclose(x, [1.5, 2.5, 4.0]),
        lambda m, x: m.isclose(1.5, [1.5, 2.0]),
        lambda m, x: m.float_power([1.0, 2.0, 3.0], x),
        lambda m, x: m.einsum("i,i->", x, [1.0, 2.0, 3.0]),
        lambda m, x: m.interp([1.75, 3.0], x, x),
        lambda m, x: m.digitize([1.75, 3.0], x),
        lambda m, x: m.polyval(x, [1.0, 2.0]),
        lambda m, x: m.take(x, m.asarray([True, False])),
    ]
    for call in calls:
        same(device, call, [1.0, 2.0, 4.0], "float64" if has(device, "float64") else "float32")


def test_out_keeps_its_dtype_where_nothing_is_written(device: Device) -> None:
    """int64 and uint64 together would be doubles."""
    x, out = xp.asarray([5, 2**63], xp.uint64), xp.asarray([2**62 + 1, 7])
    assert xp.positive(x, out=out, where=xp.asarray([False, True])) is out
    assert out.tolist() == [2**62 + 1, -(2**63)]
    with pytest.raises(TypeError, match="does not fit"):
        xp.sinc(xp.ones(2), out=out, where=xp.asarray([True, False]))
    with pytest.raises(TypeError, match="does not fit"):
        xp.i0(xp.ones(2), out=out)


def test_what_is_no_number_makes_no_array_of_objects(device: Device) -> None:
    mask = xp.asarray([True, False])
    with pytest.raises(TypeError, match="NoneType is neither"):
        xp.select([mask], [1.5], None)
    with pytest.raises(TypeError, match="NoneType is neither"):
        xp.choose(xp.asarray([0, 1]), [None, 1])


def test_round_integers_are_written_into_integers(device: Device) -> None:
    x = xp.asarray([3, 200], xp.uint8)
    for function in (xp.rint, xp.floor, xp.trunc):
        out = xp.zeros(2, dtype=xp.uint8)
        assert function(x, out=out) is out
        assert out.tolist() == [3, 200]
    with pytest.raises(TypeError, match=r"rint.*uint8"):
        xp.rint(xp.ones(2), out=out)
