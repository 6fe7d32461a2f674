"""Arrays among Python's and NumPy's protocols: truth, iteration, memory as it lies, NumPy's functions, `like=`."""

from __future__ import annotations

import operator
import sys
from typing import Any

import numba
import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import ImplicitTransferError, UnsupportedDTypeError
from xpuarray.placement.devices import Device, as_device

DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]


def held(device: Device) -> list[np.dtype]:
    """The dtypes that the device has."""
    types = [np.dtype(d) for d in DTYPES]
    return [d for d in types if device.info.fit(d) == d and (d != np.float16 or device.info.fp16)]


# -- Python's -----------------------------------------------------------------------------------


def test_truth_is_of_one_element(device: Device):
    assert xp.asarray([[3]])
    assert not xp.asarray(0.0)
    for shape in ((2,), (1, 2), (0,), (2, 0)):
        with pytest.raises(ValueError, match=r"ambiguous; use a.any\(\) or a.all\(\)"):
            bool(xp.zeros(shape))
    with pytest.raises(ValueError, match="no scalar"):
        xp.zeros(2).item()
    for kind in (int, float, complex):
        with pytest.raises(TypeError, match="one element"):
            kind(xp.zeros(2))


def test_what_is_iterable(device: Device):
    assert np.iterable(xp.zeros(2))
    assert not np.iterable(xp.zeros(()))
    with pytest.raises(TypeError, match="0-dimensional"):
        iter(xp.zeros(()))


def test_size_in_memory(device: Device):
    assert 480_000 <= sys.getsizeof(xp.zeros(120_000, xp.float32)) < 481_000


def test_lists_are_operands(device: Device):
    x = xp.asarray([1, 2, 3])
    assert (x == [1, 5, 3]).tolist() == [True, False, True]
    assert operator.ne((1, 5, 3), x).tolist() == [False, True, False]
    assert (x + [1, 2, 3]).tolist() == ([1, 2, 3] + x).tolist() == [2, 4, 6]
    assert (x * range(3)).tolist() == [0, 2, 6]
    x -= [1, 1, 1]
    assert x.tolist() == [0, 1, 2]
    assert (x == None) is False  # noqa: E711
    assert (x != "x") is True


def test_namespace_lists_devices(device: Device):
    found = xp.__array_namespace_info__().devices()
    assert type(found) is list
    assert all(isinstance(d, Device) for d in found)


def test_to_a_device_whose_name_fits(device: Device):
    x = xp.zeros(2)
    assert x.to_device(device.info.filter_string) is x
    if device.parent is None:
        assert x.to_device(device.info.type) is x
        assert x.to_device(device.info.backend) is x
    assert xp.zeros(2, device="host").to_device("cpu").device is as_device("host")
    assert x.to_device("host").device is as_device("host")


# -- memory -------------------------------------------------------------------------------------


def test_memory_as_every_other_dtype(device: Device):
    values = np.arange(1, 97, dtype=np.uint8).reshape(2, 48)
    for old in held(device):
        host = values.astype(bool) if old.kind == "b" else values.view(old)
        x = xp.asarray(host)
        for new in held(device):
            if new.kind == "b" != old.kind:
                with pytest.raises(UnsupportedDTypeError, match="write x != 0"):
                    x.view(new)
                continue
            if old.itemsize != new.itemsize and old.kind == "b":
                continue
            seen = x.view(new)
            assert (seen.dtype, seen.shape, seen.device) == (new, host.view(new).shape, device)
            assert seen.tolist() == host.view(new).tolist() or not np.isfinite(host.view(new)).all()
            assert xp.asnumpy(seen).tobytes() == host.tobytes()


def test_a_view_shares_memory(device: Device):
    x = xp.zeros((3, 4), xp.float32)
    x.view(xp.int32)[1, 2] = 0x3F800000
    assert x[1, 2].item() == 1
    part = x[1:, 2:].view(xp.uint16)
    assert part.shape == (2, 4)
    assert part[0].tolist() == [0, 0x3F80, 0, 0]
    y = x + 1  # may wait to be computed
    assert y.view(xp.int32)[0, 0].item() == 0x3F800000
    assert x.view().tolist() == x.tolist()
    assert x[:, ::2].view(xp.uint32).shape == (3, 2)


@pytest.mark.parametrize(
    ("take", "dtype", "message"),
    [
        (lambda x: x[:, ::2], "u2", "side by side"),
        (lambda x: x.T, "u2", "side by side"),
        (lambda x: x[0, 0], "u2", "side by side"),
        (lambda x: x[:, :3], "f8", "no whole number"),
        (lambda x: x[0, 1:3], "u8", "multiples of 8"),
        (lambda x: xp.zeros((2, 3), xp.uint16, device=x.device)[:, 1:], "u4", "multiples of 4"),
    ],
)
def test_memory_that_is_no_whole_number_of_elements(device: Device, take: Any, dtype: str, message: str):
    wanted = np.dtype(dtype)
    if device.info.fit(wanted) != wanted:
        wanted = np.dtype(np.uint64)
    with pytest.raises(ValueError, match=message):
        take(xp.zeros((4, 4), xp.float32)).view(wanted)


def test_flags_and_buffer(device: Device):
    x = xp.asarray(np.arange(12.0, dtype=np.float32).reshape(3, 4))
    for array, host in ((x, xp.asnumpy(x)), (x.T, xp.asnumpy(x, copy=True).T), (x[:, ::2], xp.asnumpy(x)[:, ::2])):
        for name in ("c_contiguous", "f_contiguous", "contiguous", "forc", "fnc", "writeable", "aligned"):
            assert getattr(array.flags, name) == getattr(host.flags, name), name
        assert array.flags["C"] == array.flags["C_CONTIGUOUS"] == host.flags["C"]
    with pytest.raises(KeyError, match="a flag is one of C_CONTIGUOUS"):
        x.flags["Q"]
    assert "C_CONTIGUOUS : True" in repr(x.flags)
    if hasattr(x, "data"):
        assert x.data.shape == (3, 4)
        assert x.data.tolist() == x.tolist()


# -- NumPy's ------------------------------------------------------------------------------------


def test_only_numpys_own_functions_are_ours(device: Device):
    @numba.vectorize
    def square(a):
        return a * a + 1

    x = xp.asarray([1.0, 4.0])
    for function in (square, np.frompyfunc(abs, 1, 1), np.emath.sqrt, np.lib.scimath.log2):
        with pytest.raises(ImplicitTransferError, match=r"no counterpart of it. Write .*xp.asnumpy"):
            function(x)
    assert np.square(x).tolist() == [1, 16]
    assert np.linalg.norm(x[:1]).item() == 1
    assert np.fft.fft(x).tolist() == [5, -3]


def test_like_an_array(device: Device):
    other = as_device("host") if device is not as_device("host") else as_device("fake")
    x = xp.asarray([1.0, 2.0], xp.float32)
    with xp.device(other):
        for made in (
            np.ones(2, np.float32, like=x),
            np.zeros((2, 2), np.float32, like=x),
            np.empty(2, np.float32, like=x),
            np.full(2, 3, np.float32, like=x),
            np.eye(2, dtype=np.float32, like=x),
            np.arange(3, dtype=np.int32, like=x),
            np.asarray([1, 2], like=x),
            np.array([1, 2], like=x),
            np.identity(2, np.float32, like=x),
            np.tri(2, dtype=np.float32, like=x),
            np.zeros_like(x),
            np.full_like(x, 3),
        ):
            assert made.device is device


def test_a_list_of_elements_keeps_dtype_and_device(device: Device):
    other = as_device("host") if device is not as_device("host") else as_device("fake")
    for dtype in set(held(device)) & set(held(other)):
        x = xp.asarray([1, 0, 1], dtype)
        with xp.device(other):
            for made in (xp.asarray([x[0], x[1]]), xp.array([[x[0]], [x[1]]]), xp.asarray((x[0], x[1]))):
                assert (made.dtype, made.device) == (x.dtype, device)
            assert xp.asarray([x[0]], device=other).device is other
    one, two = xp.zeros(1), xp.zeros(1, device=other)
    with pytest.raises(ValueError, match="one operand is on"):
        xp.asarray([one[0], two[0]])


ELEMENTWISE = [np.sqrt, np.negative, np.exp, np.floor, np.square]


@pytest.mark.parametrize("function", [np.divide, np.add, np.power, np.maximum, np.less, np.arctan2])
def test_where_leaves_the_others(device: Device, function: np.ufunc):
    a, b = np.array([[1.0, 2.0, 3.0]], np.float32), np.array([[0.5], [0.0]], np.float32)
    mask = np.array([[True, False, True], [False, False, True]])
    x, y, m = xp.asarray(a), xp.asarray(b), xp.asarray(mask)
    with np.errstate(all="ignore"):
        everywhere = function(a, b)
    dtype = everywhere.dtype
    expected = np.where(mask, everywhere, np.full((2, 3), 9).astype(dtype))
    out = xp.asarray(np.full((2, 3), 9).astype(dtype))
    assert function(x, y, out=out, where=m) is out
    np.testing.assert_allclose(xp.asnumpy(out), expected, rtol=4 * 2.0**-23)
    np.testing.assert_allclose(xp.asnumpy(function(x, y, where=m)), np.where(mask, expected, 0), rtol=4 * 2.0**-23)
    listed = [True, False, True]
    got = xp.asnumpy(function(x, y, where=listed))
    np.testing.assert_allclose(got, np.where(listed, everywhere, 0), rtol=4 * 2.0**-23)


def test_where_of_one_operand_and_its_errors(device: Device):
    x = xp.asarray([4.0, -1.0, 9.0], xp.float32)
    for function in ELEMENTWISE:
        out = xp.ones_like(x)
        function(x, out=out, where=x > 0)
        with np.errstate(all="ignore"):
            expected = function(xp.asnumpy(x), out=np.ones(3, np.float32), where=xp.asnumpy(x) > 0)
        np.testing.assert_allclose(xp.asnumpy(out), expected, rtol=4 * 2.0**-23)
    assert np.divide(1.0, x, out=xp.zeros_like(x), where=x != 0).tolist()[1] == -1
    with pytest.raises(TypeError, match="where is an array of bool, not of int64"):
        xp.sqrt(x, where=[1, 0, 1])
    with pytest.raises(TypeError, match="numpy array"):
        xp.sqrt(x, where=np.array([True, False, True]))
    with pytest.raises(TypeError, match="Cannot cast"):
        xp.sqrt(x, out=xp.zeros(3, xp.int32), where=x > 0)
