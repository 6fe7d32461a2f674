"""What NumPy's and CuPy's own tests ask of functions beyond the plain call: NumPy's answers and errors, everywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.suite import has
from xpuarray.placement.devices import Device

VECTOR = np.asarray([0.5, -1.5, 2.0, 3.25, 0.0, 7.0, -2.0, 1.0], np.float32)
MATRIX = np.arange(24, dtype=np.float32).reshape(2, 3, 4) ** 2 / 32
INTEGERS = np.asarray([3, 1, 4, 1, 5, 9, 2, 6], np.int16)
COMPLEX = np.asarray([1 + 2j, 1 - 3j, complex(np.nan, 1), 2, complex(0, np.nan), -1j, np.nan, 1], np.complex64)
UNEVEN = np.asarray([0.0, 1.0, 1.5, 4.0], np.float32)
NAMES = {"v": VECTOR, "t": MATRIX, "i": INTEGERS, "z": COMPLEX, "w": np.roll(COMPLEX, 3), "u": UNEVEN, "b": VECTOR > 0}

#: Values, and whether they lie row by row, are NumPy's.
CALLS = """
    np.fmax(z,w) np.fmin(z,w) np.fmax(z,2) np.fmin(z,np.complex64(1-1j)) np.fmax.reduce(z)
    np.gradient(t)[0] np.gradient(t)[2] np.gradient(t,axis=1,edge_order=2) np.gradient(t,u,axis=2)
    np.gradient(t,u,axis=2,edge_order=2) np.gradient(t,2.0,0.5,u)[1] np.gradient(v,0.25,edge_order=2)
    np.trapezoid(v,x=b) np.correlate(v[:3],v) np.correlate(v[:3],v,'same') np.correlate(v[:3],v,'full')
    np.var(z[:2],axis=0) np.var((t+1j*t).astype(np.complex64),axis=1)
    np.interp(v,u,u*1j) np.interp(v,u,np.asarray([1,np.inf,2j,3],np.complex64))
    np.interp(v,u,u*1j,left=1j,right=2) np.squeeze(v[0:1][0:1],0) np.squeeze(np.asarray(3.0,np.float32),-1)
    np.histogram(v,4,weights=i)[0] np.histogram(v,[-2,0,1,7],weights=i)[0] np.histogram(v,4,weights=i,density=True)[0]
    np.histogram_bin_edges(v,'stone') np.histogram_bin_edges(v,'stone',range=(-3,9))
    np.clip(v,0,2,dtype=np.int32,casting='unsafe') v.clip(0,2,out=np.zeros(8,np.int32),casting='unsafe')
    i.mean(dtype=np.int32) np.nan_to_num(z.real,nan=v) np.nan_to_num(z.real,nan=[7.0])
    np.digitize(v,np.asarray([0,2],np.float32)) v.view(np.ndarray) v.view(np.int32,np.ndarray) v.view(type=np.ndarray)
    np.linalg.trace(t[:,:,:3]) np.logspace(v[:2],v[2:4],3,base=[2,3])
"""
#: What NumPy refuses; ours is an error of the same class.
REFUSED = """
    np.nan_to_num(v,nan=t) np.nan_to_num(v[0],nan=v) np.put_along_axis(t,np.argmax(t,axis=0),0,axis=1)
    np.histogram(v,3,range=(1,2,3)) np.histogram(v,3,weights=i[:3]) np.histogram(v,3,weights=t) np.digitize(z,v[:2])
    np.clip(v,0,1,out=np.zeros(8,np.int32)) np.clip(v,0,1,dtype=np.int8) np.linalg.outer(t,t)
    np.linalg.cross(u[:2],u[:2]) v.view(type=dict)
"""


def evaluated(module: Any, device: Device | None, text: str) -> Any:
    values = NAMES if device is None else {n: xp.asarray(a, device=device) for n, a in NAMES.items()}
    with np.errstate(all="ignore"):
        return eval(text, {"np": module, **values})


def split(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("route", [None, "library", "kernel"])
def test_answers_are_numpys(device: Device, route: Any):
    wrong = []
    for text in split(CALLS):
        if route and not text.startswith("np.fm"):  # the others are composed, of what other tests walk by all routes
            continue
        expected = evaluated(np, None, text)
        with xp.prefer(route) if route else contextlib.nullcontext(), xp.device(device):
            got = evaluated(xp, device, text)
        values, expected = xp.asnumpy(got), np.asarray(expected)
        same = values.shape == expected.shape and np.allclose(values, expected, rtol=2e-5, atol=2e-5, equal_nan=True)
        lies = got.flags.c_contiguous or not expected.flags.c_contiguous
        kinds = values.dtype.kind == expected.dtype.kind
        if not (same and lies and kinds):
            wrong.append(f"{text}: {values.dtype} {values.tolist()}, {expected.dtype} {expected.tolist()}, {lies}")
    assert not wrong, "\n".join(wrong)


def test_what_numpy_refuses_is_refused(device: Device):
    for text in split(REFUSED):
        try:
            evaluated(np, None, text)
        except Exception as error:
            expected = next(k for k in (ValueError, TypeError) if isinstance(error, k))
        else:
            raise AssertionError(f"NumPy takes {text}")
        with xp.device(device), pytest.raises(expected):
            evaluated(xp, device, text)


def test_linalg_has_functions_of_its_own(device: Device):
    """Of few doubles and integers NumPy's are called, those of numpy.linalg."""
    for dtype in ("float64", "int64", "float32") if has(device, "float64") else ("int64", "float32"):
        host = np.arange(60).reshape(3, 4, 5).astype(dtype)
        x = xp.asarray(host, device=device)
        for offset in (0, 1, -2):
            expected = np.trace(host, offset, -2, -1)
            np.testing.assert_array_equal(xp.asnumpy(xp.linalg.trace(x, offset=offset)), expected)
        a, b = host[:, :3, :3] + 1, host[:, :3, 2:5] * 2
        for axis in (-1, 0, 1, 2):
            got = xp.linalg.cross(xp.asarray(a, device=device), xp.asarray(b, device=device), axis=axis)
            np.testing.assert_array_equal(xp.asnumpy(got), np.cross(a, b, axis=axis))
        with pytest.raises(ValueError, match="one dimension each"):
            xp.linalg.outer(x, x)
        with pytest.raises(ValueError, match="extent 3"):
            xp.linalg.cross(x[0, 0, :2], x[0, 0, :2])


def test_bytes_and_names_of_dtypes(device: Device):
    x = xp.asarray(INTEGERS, device=device)
    assert bytes(x) == INTEGERS.tobytes() and bytes(x[::2]) == INTEGERS[::2].tobytes()
    assert xp.result_type("<i2", "b") == xp.result_type("int16", np.int8) == np.int16
    assert xp.result_type(x, "float32") == np.float32


MAKERS: dict[str, Callable[[Any], Any]] = {"linear": lambda x: x, "turned": lambda x: x[::-1, :, ::-1]}


@pytest.mark.parametrize("turned", MAKERS)
def test_gradients_of_any_lie(device: Device, turned: str):
    host = MAKERS[turned](MATRIX)
    x = MAKERS[turned](xp.asarray(MATRIX, device=device))
    for got, expected in zip(xp.gradient(x, 0.5, edge_order=1), np.gradient(host, 0.5), strict=True):
        np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=1e-5, atol=1e-5)
        assert got.flags.c_contiguous == expected.flags.c_contiguous


def test_more_answers(device: Device):
    """Of few elements without dimensions, lists of bases, and Householder's vectors."""
    with xp.device(device):
        x = xp.asarray(5.0)
        assert float(xp.piecewise(x, x > 3, [4, 0])) == 4 and float(xp.piecewise(x, [x <= 3, x > 3], [4, 2])) == 2
        assert int(xp.piecewise(3, [True, False, False], [4, 2, 0])) == 4
        for axis in (0, 1, -1):
            got = xp.logspace([0.0, 1.0], 2, 3, base=[2.0, 3.0], axis=axis)
            expected = np.logspace([0.0, 1.0], 2, 3, base=[2.0, 3.0], axis=axis)
            np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=1e-5)
        assert xp.isclose([1.0, 2.0], [1.1, 2.1], rtol=[0.2, 0.0]).tolist() == [True, False]
        assert xp.bincount([]).shape == (0,) and xp.histogram([0.5, np.nan], "auto", (0, 1))[0].tolist() == [1]
        for error, call in (
            (ValueError, lambda: xp.unravel_index([0], ())),
            (ValueError, lambda: xp.unravel_index(1, (2**32, 2**32))),
            (ValueError, lambda: xp.ravel_multi_index(([0], [0]), (0, 3), mode="clip")),
            (np.exceptions.AxisError, lambda: xp.rollaxis(xp.ones((2, 3)), 0, 3)),
            (TypeError, lambda: xp.pad([1, 2], [])),
            (xp.linalg.LinAlgError, lambda: xp.linalg.lstsq(xp.ones((4, 2)), xp.ones(5))),
        ):
            with pytest.raises(error):
                call()


@pytest.mark.parametrize("shape", [(4, 3), (3, 5), (2, 4, 3), (0, 3), (2, 3, 0)])
def test_raw_factors_are_lapacks(device: Device, shape: tuple[int, ...]):
    host = np.cos(np.arange(np.prod(shape), dtype=np.float32) ** 2).reshape(shape)
    for made, expected in zip(
        xp.linalg.qr(xp.asarray(host, device=device), "raw"), np.linalg.qr(host, "raw"), strict=True
    ):
        assert made.shape == expected.shape and made.dtype == expected.dtype
        np.testing.assert_allclose(xp.asnumpy(made), expected, atol=1e-5)


def test_norms_of_nothing(device: Device):
    x = xp.zeros((2, 0), dtype=xp.float32, device=device)
    for order in (0.5, 1, 2, 3, np.inf):
        assert float(xp.linalg.vector_norm(x, ord=order)) == 0
        assert xp.linalg.vector_norm(x, axis=1, keepdims=True, ord=order).tolist() == [[0], [0]]
    with pytest.raises(ValueError, match="nothing to reduce"):
        xp.linalg.vector_norm(x, ord=-np.inf)


def test_masks_of_putmask(device: Device):
    x = xp.zeros((2, 3), dtype=xp.int32, device=device)
    xp.putmask(x, [False, True, False, True, False, True], [1, 2, 3, 4, 5, 6])
    assert x.tolist() == [[0, 2, 0], [4, 0, 6]]
    with pytest.raises(ValueError, match="the mask's shape"):
        xp.putmask(x, [True], 5)


def test_products_of_bools_have_the_others_dtype(device: Device):
    for dtype in ("int8", "uint8", "int32", "float32"):
        flat, solid = np.asarray([[True, False]]), np.asarray([[1, 2, 3], [4, 5, 6]], dtype)
        for a, b in ((flat, solid), (solid, flat), (solid[:, :2], flat)):
            in_space = [np.pad(x, ((0, 0), (0, 3 - x.shape[1]))) for x in (a, b)]  # NumPy 2.5 takes no others
            expected = np.cross(*in_space)[(..., 2) if a.shape[1] == b.shape[1] else ...]
            got = xp.cross(xp.asarray(a, device=device), xp.asarray(b, device=device))
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(xp.asnumpy(got), expected)
