"""Arrays: creation, views and copies, assignment, shapes, joins, sorting, searching, linear algebra, exchange."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import DOUBLE, INTEGERS, SINGLE, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device

TYPES = [np.dtype(bool), *INTEGERS, SINGLE, np.dtype(np.complex64)]


def pointer(x: xp.Array) -> int:
    """The address of the first element, in the device's own memory."""
    native = x.native
    if hasattr(native, "__sycl_usm_array_interface__"):
        return native.__sycl_usm_array_interface__["data"][0] + native._element_offset * native.itemsize
    kind = "__cuda_array_interface__" if hasattr(native, "__cuda_array_interface__") else "__array_interface__"
    return getattr(native, kind)["data"][0]


def count(*shape: int, dtype: Any = np.int32) -> np.ndarray:
    """0, 1, 2, ... in a shape."""
    return np.arange(math.prod(shape), dtype=dtype).reshape(shape)


# -- what an array is ---------------------------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_attributes(device: Device, data: st.DataObject):
    case = data.draw(laid(data.draw(st.sampled_from(TYPES))))
    x, host = case.on(device), case.host
    assert (x.shape, x.ndim, x.size, x.dtype) == (host.shape, host.ndim, host.size, host.dtype)
    assert (x.itemsize, x.nbytes) == (host.itemsize, host.nbytes)
    assert x.device is device
    if host.size:
        moving = [k for k, extent in enumerate(host.shape) if extent > 1]
        assert [x.strides[k] for k in moving] == [host.strides[k] for k in moving]
    assert_same(x, host)
    assert x.tolist() == host.tolist() or np.isnan(host.astype(np.complex128)).any()


def test_length_and_iteration(device: Device):
    x = xp.asarray(count(3, 2))
    assert len(x) == 3
    assert [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(TypeError, match="0-dimensional"):
        len(xp.asarray(1))
    with pytest.raises(TypeError):
        iter(xp.asarray(1)).__next__()


def test_representations(device: Device):
    x = xp.asarray([[1.5, 2.0], [np.nan, 4.0]], dtype=xp.float32)
    assert repr(x) == f"Array([[1.5, 2. ],\n       [nan, 4. ]], dtype=float32, device={device})"
    assert str(x) == "[[1.5 2. ]\n [nan 4. ]]"
    assert repr(xp.asarray(3, dtype=xp.int8)) == f"Array(3, dtype=int8, device={device})"
    assert repr(xp.zeros(0, dtype=xp.bool)) == f"Array([], dtype=bool, device={device})"
    assert f"{xp.asarray(2.5, dtype=xp.float32):.3f}" == "2.500"
    html = x._repr_html_()
    assert "2 × 2" in html
    assert "16 bytes" in html
    assert str(device) in html
    assert "scalar" in xp.asarray(1)._repr_html_()
    assert len(repr(xp.ones((1000, 1000), dtype=xp.int8))) < 1000
    assert len(xp.ones((1000, 1000), dtype=xp.int8)._repr_html_()) < 2000


# -- creation -----------------------------------------------------------------------------------


@settings(max_examples=30)
@given(data=st.data())
def test_fills(device: Device, data: st.DataObject):
    shape, dtype = data.draw(shapes()), data.draw(st.sampled_from(TYPES))
    for name in ("zeros", "ones"):
        assert_same(getattr(xp, name)(shape, dtype=dtype), getattr(np, name)(shape, dtype))
    value = data.draw(hnp.from_dtype(dtype, allow_nan=False) if dtype.kind in "fc" else hnp.from_dtype(dtype))
    assert_same(xp.full(shape, value.item(), dtype=dtype), np.full(shape, value, dtype))
    x = xp.empty(shape, dtype=dtype)
    assert (x.shape, x.dtype, x.device) == (shape, dtype, device)
    for name in ("zeros_like", "ones_like", "empty_like"):
        like = getattr(xp, name)(x)
        assert (like.shape, like.dtype, like.device) == (shape, dtype, device)
    assert_same(xp.full_like(x, value.item()), np.full(shape, value, dtype))


def test_default_dtypes(device: Device):
    floating = DOUBLE if device.fp64 else SINGLE
    assert xp.zeros(2).dtype == xp.ones(2).dtype == xp.empty(2).dtype == xp.eye(2).dtype == floating
    assert xp.full(2, 1).dtype == np.int64
    assert xp.full(2, True).dtype == np.bool_
    assert xp.full(2, 1.0).dtype == floating
    assert xp.full(2, xp.asarray(3, dtype=xp.int8)).dtype == np.int64
    assert xp.arange(3).dtype == np.int64
    assert xp.arange(3.0).dtype == xp.linspace(0, 1, 3).dtype == floating
    assert xp.asarray([1, 2]).dtype == np.int64
    assert xp.asarray([1.0]).dtype == floating
    assert xp.asarray([True]).dtype == np.bool_
    assert xp.asarray(1j).dtype == (np.complex128 if device.fp64 else np.complex64)


@given(
    start=st.integers(-20, 20), stop=st.integers(-20, 20), step=st.integers(-5, 5), dtype=st.sampled_from(["i4", "f4"])
)
def test_arange(device: Device, start: int, stop: int, step: int, dtype: str):
    if step == 0:
        with pytest.raises(ZeroDivisionError, match="step must not be 0"):
            xp.arange(start, stop, step)
        return
    assert_same(xp.arange(start, stop, step, dtype=dtype), np.arange(start, stop, step, dtype=dtype))
    assert_same(xp.arange(stop), np.arange(stop))


def test_other_creation(device: Device):
    for endpoint in (True, False):
        expected = np.linspace(1, 3, 7, endpoint=endpoint)
        assert_close(xp.linspace(1, 3, 7, dtype=xp.float32, endpoint=endpoint), expected, SINGLE, 1)
    for rows, columns, k in ((3, None, 0), (3, 5, 1), (4, 2, -1), (0, 3, 0)):
        assert_same(xp.eye(rows, columns, k=k, dtype=xp.int8), np.eye(rows, columns, k=k, dtype=np.int8))
    host = count(2, 4, 5)
    for k in (-2, 0, 3):
        assert_same(xp.tril(xp.asarray(host), k=k), np.tril(host, k))
        assert_same(xp.triu(xp.asarray(host), k=k), np.triu(host, k))
    for indexing in ("xy", "ij"):
        got = xp.meshgrid(xp.asarray([1, 2]), xp.asarray([3, 4, 5]), indexing=indexing)
        for g, e in zip(got, np.meshgrid(np.array([1, 2]), np.array([3, 4, 5]), indexing=indexing)):
            assert_same(g, e)


def test_creation_errors(device: Device):
    with pytest.raises(ValueError, match=r"negative dimensions are not allowed: \(2, -1\)"):
        xp.zeros((2, -1))
    with pytest.raises(TypeError):
        xp.zeros(1.5)
    with pytest.raises(ValueError, match="num must not be negative: -1"):
        xp.linspace(0, 1, -1)
    with pytest.raises(OverflowError):
        xp.asarray([1, 300], dtype=xp.int8)
    with pytest.raises(OverflowError):
        xp.asarray(-1, dtype=xp.uint64)
    with pytest.raises(ValueError):
        xp.asarray([[1, 2], [3]])
    with pytest.raises(ValueError, match="without a copy"):
        xp.asarray([1], copy=False)
    for name in ("tril", "triu"):
        with pytest.raises(ValueError, match="at least one dimension, not 0"):
            getattr(xp, name)(xp.ones(()))
    with pytest.raises(xp.DeviceFilterError):
        xp.zeros(3, device="nonsense")


@settings(max_examples=30)
@given(data=st.data())
def test_asarray_of_numpy_arrays(device: Device, data: st.DataObject):
    """Any layout comes in, and is a copy."""
    case = data.draw(laid(data.draw(st.sampled_from(TYPES))))
    host = np.array(case.base)[(*case.key, ...)].transpose(case.axes)
    x = xp.asarray(host)
    before = host.copy()
    host[...] = 0
    assert_same(x, before)


def test_asarray_of_arrays(device: Device):
    x = xp.asarray(count(3))
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=False) is x
    copy = xp.asarray(x, copy=True)
    copy += 1
    assert_same(x, count(3))
    assert_same(xp.asarray(x, dtype=xp.float32), count(3, dtype=np.float32))
    with pytest.raises(ValueError, match="needs a copy"):
        xp.asarray(x, dtype=xp.float32, copy=False)


# -- dtypes -------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_astype(device: Device, data: st.DataObject):
    """Between all dtypes, in any layout; floats are cut off, and stay within the integer's range here."""
    kinds = [t for t in TYPES if t.kind != "c"]
    start, end = data.draw(st.sampled_from(kinds)), data.draw(st.sampled_from(TYPES))
    values = st.floats(0, 127, width=32) if start.kind == "f" else None
    case = data.draw(laid(start, values=values))
    assert_same(xp.astype(case.on(device), end), case.host.astype(end))


def test_astype_copies_unless_told_not_to(device: Device):
    x = xp.asarray(count(3))
    assert xp.astype(x, xp.int32, copy=False) is x
    copy = xp.astype(x, xp.int32)
    copy += 1
    assert_same(x, count(3))
    with pytest.raises(xp.UnsupportedDTypeError, match="complex64 does not become float32"):
        xp.astype(xp.astype(x, xp.complex64), xp.float32)


# -- views --------------------------------------------------------------------------------------


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """Integers, slices, ... and None: what makes a view."""
    return draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))


@settings(max_examples=100)
@given(data=st.data())
def test_basic_indexing(device: Device, data: st.DataObject):
    case = data.draw(laid(np.int16, shapes(max_dims=4)))
    key = data.draw(keys(case.shape))
    assert_same(case.on(device)[key], case.host[key])


@settings(max_examples=60)
@given(data=st.data())
def test_assignment_through_views(device: Device, data: st.DataObject):
    """x[first][second] = value writes into x, and into nothing else of it."""
    host = count(*data.draw(shapes(min_dims=1, max_dims=3, min_side=1)), dtype=np.int16)
    x = xp.asarray(host)
    first = data.draw(hnp.basic_indices(host.shape, min_dims=1))
    assume(isinstance(host[first], np.ndarray))
    view, host_view = x[first], host[first]
    second = data.draw(hnp.basic_indices(host_view.shape))
    value = data.draw(st.integers(-100, 100))
    view[second] = value
    host_view[second] = value
    assert_same(x, host)
    row = np.array([7], np.int16)
    x[...] = xp.asarray(row)
    assert_same(x, np.broadcast_to(row, host.shape))


def test_views_share_memory(device: Device):
    x = xp.asarray(count(3, 4))
    size = x.itemsize
    assert pointer(x[1:]) == pointer(x) + 4 * size
    assert pointer(x[:, 1:]) == pointer(x) + size
    assert pointer(x[::-1]) == pointer(x) + 8 * size
    views = [x.T, x.mT, xp.permute_dims(x, (1, 0)), xp.expand_dims(x, axis=1), xp.broadcast_to(x, (2, 3, 4))]
    views += [xp.reshape(x, (2, 6)), xp.reshape(x, (-1,), copy=False), xp.moveaxis(x, 0, 1), x[None, ..., None]]
    views += [xp.squeeze(x[None]), xp.broadcast_arrays(x, x[:1])[0]]
    for view in views:
        assert pointer(view) == pointer(x)
    x[0, 0] = 99
    assert all(int(v[(0,) * v.ndim]) == 99 for v in views)
    x.T[3, 2] = -5
    assert int(x[2, 3]) == -5


@pytest.mark.parametrize("key", [5, -6, (0, 0), (slice(None), 0), (None, 5)])
def test_index_errors(key: Any, device: Device):
    x = xp.asarray(count(5))
    with pytest.raises(IndexError):
        x[key]
    with pytest.raises(IndexError):
        x[key] = 1


@pytest.mark.parametrize("key", ["a", 1.0, {}, (0, 1.5)])
def test_keys_that_are_none(key: Any, device: Device):
    x = xp.asarray(count(5, 5))
    with pytest.raises(IndexError, match="an index is an int"):
        x[key]
    with pytest.raises(IndexError, match="an index array must be of integers or bool"):
        x[xp.ones(2)]


# -- masks and index arrays ---------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_masks(device: Device, data: st.DataObject):
    case = data.draw(laid(np.float32, shapes(min_dims=1)))
    x, host = case.on(device), case.host.copy()
    mask = data.draw(laid(np.bool_, case.shape[: data.draw(st.integers(1, len(case.shape)))]))
    m = mask.on(device)
    assert_same(x[m], host[mask.host])
    x = xp.asarray(host)
    x[m] = 3
    host[mask.host] = 3
    assert_same(x, host)
    x[m] = x[m] * 2
    host[mask.host] = host[mask.host] * 2
    assert_same(x, host)


def test_masks_that_do_not_fit(device: Device):
    x = xp.asarray(count(4))
    with pytest.raises(IndexError):
        x[xp.asarray([True, False])]
    with pytest.raises((ValueError, IndexError)):
        x[x > 1] = xp.asarray([1, 2, 3])


@settings(max_examples=40)
@given(data=st.data())
def test_index_arrays(device: Device, data: st.DataObject):
    case = data.draw(laid(np.int32, shapes(min_dims=1, min_side=1)))
    axis = data.draw(st.integers(-len(case.shape), len(case.shape) - 1))
    extent = case.shape[axis]
    chosen = np.array(data.draw(st.lists(st.integers(-extent, extent - 1), max_size=6)), np.int64)
    x, indices = case.on(device), xp.asarray(chosen)
    assert_same(xp.take(x, indices, axis=axis), np.take(case.host, chosen, axis=axis))
    if axis in (0, -len(case.shape)):
        assert_same(x[indices], case.host[chosen])
        assert_same(x[chosen.tolist()], case.host[chosen])
    order = np.argsort(case.host, axis=axis, stable=True)
    assert_same(xp.take_along_axis(x, xp.asarray(order), axis=axis), np.take_along_axis(case.host, order, axis))


def test_index_arrays_out_of_bounds(device: Device):
    x = xp.asarray(count(3, 4))
    for bad in ([0, 3], [-4, 0]):
        with pytest.raises(IndexError, match=r"out of bounds for .* 3"):
            xp.take(x, xp.asarray(bad), axis=0)
        with pytest.raises(IndexError, match="out of bounds"):
            x[xp.asarray(bad)]
        with pytest.raises(IndexError, match="out of bounds"):
            x[xp.asarray(bad)] = 1
        with pytest.raises(IndexError, match="out of bounds"):
            x[:, xp.asarray([0, 4])]
        with pytest.raises(IndexError, match="out of bounds"):
            xp.take_along_axis(x, xp.asarray([2 * bad, 2 * bad]), axis=0)
    assert_same(x, count(3, 4))
    with pytest.raises(IndexError):
        xp.take(x, xp.asarray([0]), axis=2)


def test_assignment_to_index_arrays(device: Device):
    host = count(5, 3)
    x = xp.asarray(host)
    x[xp.asarray([0, -1])] = xp.asarray([[7, 8, 9]], dtype=xp.int32)
    host[[0, -1]] = [[7, 8, 9]]
    assert_same(x, host)
    x[[1, 2]] = 0
    host[[1, 2]] = 0
    assert_same(x, host)


# -- assignment ---------------------------------------------------------------------------------


def test_assignment_converts(device: Device):
    x = xp.zeros(4, dtype=xp.int16)
    x[0] = 2.75
    x[1] = xp.asarray(3.9, dtype=xp.float32)
    x[2:] = [5, 6]
    assert_same(x, np.array([2, 3, 5, 6], np.int16))
    y = xp.zeros(2, dtype=xp.float32)
    y[:] = xp.asarray([1, 2], dtype=xp.int64)
    assert_same(y, np.array([1, 2], np.float32))


def test_assignment_errors(device: Device):
    x = xp.zeros((2, 3), dtype=xp.int8)
    with pytest.raises(ValueError, match=r"\(2,\).*\(2, 3\)"):
        x[...] = xp.zeros(2, dtype=xp.int8)
    with pytest.raises(ValueError):
        x[0] = xp.zeros((2, 3), dtype=xp.int8)
    with pytest.raises(TypeError, match="complex64 does not fit into int8"):
        x[0] = xp.zeros(3, dtype=xp.complex64)
    with pytest.raises(TypeError):
        x[0] = 1j
    with pytest.raises(OverflowError):
        x[0] = 300
    with pytest.raises(TypeError):
        x[0] = "a"
    with pytest.raises(TypeError):
        x[0] = None
    assert_same(x, np.zeros((2, 3), np.int8))


@settings(max_examples=40)
@given(data=st.data())
def test_assignment_from_itself(device: Device, data: st.DataObject):
    """Both sides share memory: what is read is what was there before."""
    n = data.draw(st.integers(2, 300))
    host = count(n)
    x = xp.asarray(host)
    shift, step = data.draw(st.integers(1, n - 1)), data.draw(st.sampled_from([1, -1]))
    if data.draw(st.booleans()):
        x[shift:] = x[: n - shift][::step]
        host[shift:] = host[: n - shift][::step].copy()
    else:
        x[: n - shift] = x[shift:][::step]
        host[: n - shift] = host[shift:][::step].copy()
    assert_same(x, host)


def test_transposed_assignment_from_itself(device: Device):
    host = count(30, 30)
    x = xp.asarray(host)
    x[...] = x.T
    assert_same(x, host.T)


# -- shapes -------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_reshape(device: Device, data: st.DataObject):
    case = data.draw(laid(np.int16))
    size = math.prod(case.shape)
    divisors = [d for d in range(1, size + 1) if size % d == 0] or [0]
    rows = data.draw(st.sampled_from(divisors))
    shape = (rows, size // rows if rows else data.draw(st.integers(0, 3)))
    assert_same(xp.reshape(case.on(device), shape), case.host.reshape(shape))
    assert_same(xp.ravel(case.on(device)), case.host.ravel())
    if size:
        assert_same(xp.reshape(case.on(device), (rows, -1)), case.host.reshape(rows, -1))


@settings(max_examples=60)
@given(data=st.data())
def test_rearranging(device: Device, data: st.DataObject):
    case = data.draw(laid(np.int16, shapes(min_dims=1)))
    x, host, ndim = case.on(device), case.host, len(case.shape)
    axes = tuple(data.draw(st.permutations(range(ndim))))
    assert_same(xp.permute_dims(x, axes), host.transpose(axes))
    axis = data.draw(st.integers(-ndim, ndim - 1))
    assert_same(xp.flip(x, axis=axis), np.flip(host, axis))
    assert_same(xp.flip(x), np.flip(host))
    assert_same(xp.moveaxis(x, axis, 0), np.moveaxis(host, axis, 0))
    shift = data.draw(st.integers(-7, 7))
    assert_same(xp.roll(x, shift, axis=axis), np.roll(host, shift, axis))
    assert_same(xp.roll(x, shift), np.roll(host, shift))
    assert_same(xp.expand_dims(x, axis=axis), np.expand_dims(host, axis))
    assert_same(xp.squeeze(xp.expand_dims(x, axis=axis), axis=axis), host)
    repeats = data.draw(st.integers(0, 3))
    assert_same(xp.repeat(x, repeats, axis=axis), np.repeat(host, repeats, axis))
    assert_same(xp.repeat(x, repeats), np.repeat(host, repeats))
    assert_same(xp.tile(x, (2, 1, 2)), np.tile(host, (2, 1, 2)))
    shape = (2, *host.shape)
    assert_same(xp.broadcast_to(x, shape), np.broadcast_to(host, shape))
    for got, expected in zip(xp.unstack(x, axis=axis), np.unstack(host, axis=axis), strict=True):
        assert_same(got, expected)
    if ndim > 1:
        assert_same(xp.matrix_transpose(x), np.matrix_transpose(host))
        assert_same(x.mT, np.matrix_transpose(host))


@settings(max_examples=40)
@given(data=st.data())
def test_joining(device: Device, data: st.DataObject):
    """Of two dtypes, in any layout, of extents that differ along the axis, 0 among them."""
    dtypes = data.draw(st.tuples(*[st.sampled_from([np.int8, np.int16, np.float32])] * 2))
    shape = data.draw(shapes(min_dims=1))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    other = list(shape)
    other[axis] = data.draw(st.integers(0, 3))
    x, y = data.draw(laid(dtypes[0], shape)), data.draw(laid(dtypes[1], tuple(other)))
    joined = xp.concat([x.on(device), y.on(device), x.on(device)], axis=axis)
    assert_same(joined, np.concat([x.host, y.host, x.host], axis=axis))
    assert_same(xp.concat([x.on(device), y.on(device)], axis=None), np.concat([x.host, y.host], axis=None))
    place = data.draw(st.integers(-len(shape) - 1, len(shape)))
    assert_same(xp.stack([x.on(device)] * 2, axis=place), np.stack([x.host] * 2, axis=place))


def test_repeats_of_each(device: Device):
    host = count(3, 2)
    assert_same(xp.repeat(xp.asarray(host), xp.asarray([2, 0, 1]), axis=0), np.repeat(host, [2, 0, 1], axis=0))


def test_shape_errors(device: Device):
    x = xp.asarray(count(2, 3))
    with pytest.raises(ValueError):
        xp.reshape(x, (4, 2))
    with pytest.raises(ValueError):
        xp.reshape(x, (-1, -1))
    with pytest.raises(ValueError):
        xp.reshape(x.T, (6,), copy=False)
    with pytest.raises(ValueError):
        xp.permute_dims(x, (0, 0))
    with pytest.raises(ValueError):
        xp.permute_dims(x, (0,))
    with pytest.raises(ValueError):
        xp.squeeze(x, axis=0)
    with pytest.raises(IndexError, match="expand_dims: axis 4 is out of bounds"):
        xp.expand_dims(x, axis=4)
    with pytest.raises(ValueError):
        xp.broadcast_to(x, (3, 3))
    with pytest.raises(ValueError):
        xp.concat([x, x[:, :2]])
    with pytest.raises(ValueError, match="at least one array"):
        xp.concat([])
    with pytest.raises(ValueError):
        xp.stack([x, x.T])
    with pytest.raises(ValueError, match="matrix_transpose needs at least two dimensions"):
        x[0].mT  # noqa: B018
    for function in (xp.flip, xp.unstack, xp.sort, xp.argsort, xp.argmax, xp.cumulative_sum):
        with pytest.raises(IndexError):
            function(x, axis=2)
    with pytest.raises(IndexError):
        xp.roll(x, 1, axis=2)
    with pytest.raises(IndexError):
        xp.concat([x, x], axis=2)
    with pytest.raises(IndexError):
        xp.stack([x, x], axis=3)


# -- sorting and searching ----------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_sorting(device: Device, data: st.DataObject):
    """NaN last; equal elements keep their order."""
    dtype = data.draw(st.sampled_from([np.dtype(np.int8), np.dtype(np.uint32), SINGLE]))
    few = (
        st.sampled_from([0, 1, 2, 100]) if dtype.kind != "f" else st.sampled_from([0, -1.5, 2, np.inf, -np.inf, np.nan])
    )
    case = data.draw(laid(dtype, shapes(min_dims=1, max_side=6), few))
    axis = data.draw(st.integers(-len(case.shape), len(case.shape) - 1))
    x, host = case.on(device), case.host
    assert_same(xp.sort(x, axis=axis), np.sort(host, axis=axis))
    assert_same(xp.argsort(x, axis=axis), np.argsort(host, axis=axis, stable=True))
    down = xp.argsort(x, axis=axis, descending=True)
    if dtype.kind != "f" or not np.isnan(host).any():
        assert_same(xp.sort(x, axis=axis, descending=True), np.flip(np.sort(host, axis=axis), axis))
        assert_same(down, np.argsort(-host.astype(np.float64), axis=axis, stable=True))


@settings(max_examples=60)
@given(data=st.data())
def test_searching(device: Device, data: st.DataObject):
    dtype = data.draw(st.sampled_from([np.dtype(np.int8), np.dtype(np.uint32), SINGLE]))
    case = data.draw(laid(dtype, shapes()))
    axis = data.draw(st.none() | st.integers(-len(case.shape), len(case.shape) - 1)) if case.shape else None
    keepdims = data.draw(st.booleans())
    x, host = case.on(device), case.host
    for name in ("argmax", "argmin"):
        if (host.size if axis is None else host.shape[axis]) == 0:
            with pytest.raises(ValueError, match=name):
                getattr(xp, name)(x, axis=axis, keepdims=keepdims)
        else:
            expected = getattr(np, name)(host, axis=axis, keepdims=keepdims)
            assert_same(getattr(xp, name)(x, axis=axis, keepdims=keepdims), np.asarray(expected, np.int64))
    if host.ndim:
        for got, expected in zip(xp.nonzero(x), np.nonzero(host), strict=True):
            assert_same(got, expected.astype(np.int64))
    counted = np.asarray(np.count_nonzero(host, axis=axis, keepdims=keepdims), np.int64)
    assert_same(xp.count_nonzero(x, axis=axis, keepdims=keepdims), counted)


@settings(max_examples=30)
@given(data=st.data())
def test_searchsorted(device: Device, data: st.DataObject):
    sorted_host = np.sort(data.draw(laid(np.int16, shapes(min_dims=1, max_dims=1, max_side=8))).host)
    needles = data.draw(laid(np.int16))
    side = data.draw(st.sampled_from(["left", "right"]))
    got = xp.searchsorted(xp.asarray(sorted_host), needles.on(device), side=side)
    assert_same(got, np.asarray(np.searchsorted(sorted_host, needles.host, side=side), np.int64))


# -- linear algebra -----------------------------------------------------------------------------


@settings(max_examples=60)
@given(data=st.data())
def test_matmul(device: Device, data: st.DataObject):
    """Vectors, matrices and stacks that broadcast, in any layout; each element is bounded as sums are."""
    signature, sides = np.matmul.signature, {"min_side": 0, "max_side": 3}
    shapes_ = data.draw(hnp.mutually_broadcastable_shapes(signature=signature, max_dims=2, **sides))
    dtype = data.draw(st.sampled_from([SINGLE, np.dtype(np.int32)]))
    values = st.floats(-100, 100, width=32) if dtype == SINGLE else st.integers(-1000, 1000)
    x, y = (data.draw(laid(dtype, shape, values)) for shape in shapes_.input_shapes)
    for got in (x.on(device) @ y.on(device), xp.matmul(x.on(device), y.on(device))):
        if dtype == SINGLE:
            exact = np.asarray(x.host.astype(DOUBLE) @ y.host.astype(DOUBLE))
            size = np.asarray(np.abs(x.host.astype(DOUBLE)) @ np.abs(y.host.astype(DOUBLE)))
            # Subnormal products are rounded to half of the smallest one, however small they are.
            single = np.finfo(SINGLE)
            bound = 8 * single.eps * size + x.host.shape[-1] * float(single.smallest_subnormal)
            assert_close(got, exact, SINGLE, 0.5, bound, signs=False)
        else:
            assert_same(got, np.asarray(x.host @ y.host))


def test_other_products(device: Device):
    x, y = count(2, 3, 4, dtype=np.float32), count(4, 3, 2, dtype=np.float32)
    for axes in (1, [(1, 2), (1, 0)]):
        got = xp.tensordot(xp.asarray(x), xp.asarray(y), axes=axes)
        assert_same(got, np.tensordot(x, y, axes=axes).astype(np.float32))
    z = np.array([1 + 2j, 3 - 1j], np.complex64)
    assert_same(xp.real(xp.vecdot(xp.asarray(z), xp.asarray(z))), np.float32(15))
    assert_same(xp.vecdot(xp.asarray(x), xp.asarray(x), axis=1), np.vecdot(x, x, axis=1))


def test_product_errors(device: Device):
    x = xp.ones((2, 3), dtype=xp.float32)
    with pytest.raises(ValueError, match=r"matmul: shapes \(2, 3\) and \(2, 3\) don't fit"):
        x @ x
    with pytest.raises(ValueError, match="at least one dimension"):
        x @ xp.asarray(1.0, dtype=xp.float32)
    with pytest.raises(ValueError, match="multiply by a scalar"):
        x @ 2
    assert ((x > 0) @ (x > 0).T).tolist() == [[True, True], [True, True]]


# -- to other devices, libraries and processes --------------------------------------------------


@settings(max_examples=30)
@given(data=st.data())
def test_to_device(device: Device, two_devices: tuple[Device, Device], data: st.DataObject):
    case = data.draw(laid(data.draw(st.sampled_from(TYPES))))
    x = case.on(device)
    assert x.to_device(device) is x
    assert x.to_device(str(device)) is x
    for other in (*two_devices, "host", "fake"):
        moved = x.to_device(other)
        assert moved.device is as_device(other)
        assert_same(moved, case.host)
        back = moved.to_device(device)
        assert_same(back, case.host)


@settings(max_examples=30)
@given(data=st.data())
def test_asnumpy(device: Device, data: st.DataObject):
    """A copy in row-major order, whatever the layout; a view where the memory can be seen."""
    case = data.draw(laid(data.draw(st.sampled_from(TYPES))))
    x = case.on(device)
    copy = xp.asnumpy(x)
    assert copy.flags.c_contiguous
    assert copy.flags.owndata or copy.size <= 1
    np.testing.assert_array_equal(copy, case.host)
    np.testing.assert_array_equal(xp.asnumpy(x, copy=None), case.host)


def test_asnumpy_shares_memory(device: Device):
    x = xp.asarray(count(3, 4))
    if device.info.type == "gpu":
        with pytest.raises(xp.ImplicitTransferError, match=rf"{device} is out of the host's reach"):
            xp.asnumpy(x, copy=False)
        assert xp.asnumpy(x, copy=None).flags.writeable
        return
    for part in (x, x[1:, ::2], x.T[::-1]):
        view = xp.asnumpy(part, copy=False)
        assert view.__array_interface__["data"][0] == pointer(part)
        assert view.strides == part.strides
    view = xp.asnumpy(x, copy=None)
    view[1, 1] = -7
    assert int(x[1, 1]) == -7
    x[0, 0] = 42
    xp.synchronize(device)
    assert view[0, 0] == 42
    kept = xp.asnumpy(x + 0, copy=None)  # the view keeps the memory, once nothing else does
    for _ in range(4):
        xp.full((3, 4), 255, dtype=xp.int32)
    assert kept[0, 0] == 42


def test_asnumpy_errors():
    for wrong in (None, "text", object()):
        with pytest.raises(TypeError, match="asnumpy takes an xpuarray Array"):
            xp.asnumpy(wrong)


def test_asnumpy_of_what_is_on_the_host():
    """As programs have it that bring home what may be either."""
    values = np.ones(2)
    for value in (values, [1, 2], (1.0, 2.0), 3, np.float32(4)):
        found = xp.asnumpy(value)
        assert type(found) is np.ndarray and found.tolist() == np.asarray(value).tolist()
    assert xp.asnumpy(values) is not values and xp.asnumpy(values, copy=None) is values


def test_dlpack_with_numpy():
    """Both ways without a copy on host."""
    host = count(3, 4, dtype=np.float32)
    x = xp.from_dlpack(host)
    assert str(x.device) == "host:cpu:0"
    assert pointer(x) == host.__array_interface__["data"][0]
    host[0, 0] = 9
    assert float(x[0, 0]) == 9
    back = np.from_dlpack(x[:, ::2])
    assert np.shares_memory(back, host)
    np.testing.assert_array_equal(back, host[:, ::2])
    y = xp.ones(3, device="host")
    assert np.shares_memory(np.from_dlpack(y), y.native)
    assert xp.from_dlpack(y) is y
    with pytest.raises(TypeError, match="list has no __dlpack__"):
        xp.from_dlpack([1, 2])


@pytest.mark.needs_device("opencl:cpu")
def test_dlpack_from_a_sycl_device():
    """NumPy takes a capsule of host-visible memory where it is told to; the device is named."""
    x = xp.asarray(count(5), device="opencl:cpu")
    kind, _ = x.__dlpack_device__()
    assert int(kind) == 14  # kDLOneAPI
    y = xp.from_dlpack(x.native)
    assert y.device is x.device
    assert pointer(y) == pointer(x)
    host = np.from_dlpack(x, device="cpu", copy=True)
    np.testing.assert_array_equal(host, count(5))


@pytest.mark.needs_device("opencl:cpu")
def test_usm_interface():
    """dpnp reads our memory, and we read dpnp's, at the same address; another queue's, too."""
    import dpnp

    x = xp.asarray(count(3, 4), device="opencl:cpu")
    assert x.__sycl_usm_array_interface__["data"][0] == pointer(x)
    theirs = dpnp.asarray(x, copy=False)
    assert theirs.get_array()._pointer == pointer(x)
    assert dpnp.asarray(x[1:, ::2], copy=False).get_array()._pointer == pointer(x[1:])
    for k in range(1, 4):  # what they submit, our views wait for
        theirs += 1
        assert_same(x, count(3, 4) + k)
        assert_same(x + 1, count(3, 4) + k + 1)
        assert_same(x[1:].sum(axis=0), (count(3, 4) + k)[1:].sum(axis=0, dtype=np.int64))
    ours = xp.from_dlpack(theirs)
    assert (pointer(ours), ours.device) == (pointer(x), x.device)
    foreign = dpnp.arange(4, sycl_queue=__import__("dpctl").SyclQueue(x.device.runtime.sycl_device))
    ours = xp.from_dlpack(foreign)
    assert (pointer(ours), ours.device) == (foreign.get_array()._pointer, x.device)
    assert_same(ours, np.arange(4))
    assert pointer(xp.from_dlpack(foreign, copy=True)) != pointer(ours)
    assert_same(xp.asarray(dpnp.ones(3)) + xp.ones(3, device="opencl:cpu"), np.full(3, 2.0))
    with pytest.raises(AttributeError, match="not in USM memory"):
        xp.ones(1, device="host").__sycl_usm_array_interface__  # noqa: B018


def test_array_namespace(device: Device):
    x = xp.ones(1)
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2024.12") is xp


def test_pickles(device: Device):
    case = count(3, 4, dtype=np.float32)
    back = pickle.loads(pickle.dumps(xp.asarray(case)[::2]))
    assert_same(back, case[::2])
