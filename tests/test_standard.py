"""The Array API standard: signs of complex zeros, sets, differences, inspection, exchange, keys of arrays."""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np
import pytest
from bounds import assert_same

import xpuarray as xp
from xpuarray.placement.devices import Device, as_device

COMPLEX = tuple("sqrt exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split())  # noqa: SIM905

# -- complex functions --------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPLEX)
def test_parts_of_complex_zeros_have_the_signs_of_c(name: str, device: Device):
    """Python's cmath is C's, in double precision.  `imag` of sqrt(-1 - 0j) is -1, and not 1."""
    parts = (0.0, -0.0, 0.5, -0.5, 2.0, -2.0)
    numbers = [complex(x, y) for x in parts for y in parts if name != "log" or (x, y) != (0, 0)]
    exact = np.array([getattr(cmath, name)(z) for z in numbers])
    got = xp.asnumpy(getattr(xp, name)(xp.asarray(numbers, dtype=xp.complex64)))
    for part, expected in ((got.real, exact.real), (got.imag, exact.imag)):
        np.testing.assert_allclose(part, expected, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(np.signbit(part), np.signbit(expected), str(numbers))


INF, NAN, PI = float("inf"), float("nan"), np.pi
NOT_FINITE = [
    ("log", complex(INF, NAN), (INF, NAN)),
    ("log", complex(NAN, -INF), (INF, NAN)),
    ("log1p", complex(-INF, NAN), (INF, NAN)),
    ("log1p", complex(NAN, INF), (INF, NAN)),
    ("log1p", complex(-INF, -0.0), (INF, -PI)),
    ("log1p", complex(-3, -0.0), (np.log(2), -PI)),
    ("log2", complex(INF, NAN), (INF, NAN)),
    ("log2", complex(0, INF), (INF, PI / 2 / np.log(2))),
    ("log2", complex(-0.0, -0.0), (-INF, -PI / np.log(2))),
    ("log10", complex(-INF, 3), (INF, PI / np.log(10))),
    ("log10", complex(0.5, -0.0), (np.log10(0.5), -0.0)),
    ("tanh", complex(0, INF), (0, NAN)),
    ("tanh", complex(-0.0, NAN), (-0.0, NAN)),
    ("tan", complex(INF, 0), (NAN, 0)),
    ("acosh", complex(0, NAN), (NAN, PI / 2)),
    ("reciprocal", complex(INF, 3), (0, -0.0)),
    ("reciprocal", complex(-3, -INF), (-0.0, 0)),
    ("sign", complex(INF, 3), (1, 0)),
    ("sign", complex(-3, -INF), (0, -1)),
]


@pytest.mark.parametrize("name, number, expected", NOT_FINITE)
def test_complex_numbers_that_are_not_finite(name: str, number: complex, expected: tuple[float, float], device: Device):
    """As the standard has them, and C; of `sign` and `reciprocal`, as NumPy has them."""
    got = xp.asnumpy(getattr(xp, name)(xp.asarray([number], dtype=xp.complex64)))
    for part, value in zip((got.real[0], got.imag[0]), expected):
        np.testing.assert_allclose(part, value, rtol=1e-6)
        assert np.isnan(value) or np.signbit(part) == np.signbit(value)


# -- sets and differences -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint64, np.float32, np.complex64], ids=lambda d: d.__name__)
def test_unique(dtype: Any, device: Device):
    host = np.array([[3, 1, 3], [2, 0, 1]]).astype(dtype)
    values, indices, inverse, counts = np.unique(host, return_index=True, return_inverse=True, return_counts=True)
    x = xp.asarray(host)
    result = xp.unique_all(x)
    for got, expected in zip(result, (values, indices, inverse.reshape(host.shape), counts)):
        assert_same(got, expected)
    assert_same(xp.unique_values(x), values)
    assert_same(xp.unique_counts(x).counts, counts)
    assert_same(xp.unique_inverse(x).inverse_indices, inverse.reshape(host.shape))
    assert xp.unique_values(x[:0]).shape == (0,)


def test_unique_takes_every_nan_for_a_value_of_its_own(device: Device):
    x = xp.asarray([np.nan, 1, np.nan], dtype=xp.float32)
    values, counts = xp.unique_counts(x)
    assert (values.shape, counts.tolist()) == ((3,), [1, 1, 1])
    assert xp.unique_values(x).shape == (3,)


@pytest.mark.parametrize("dtype", [np.int16, np.float32], ids=lambda d: d.__name__)
def test_isin(dtype: Any, device: Device):
    host, among = np.array([[1, 2, 0], [4, -1, 2]], dtype), np.array([[2, -1], [7, 2]], dtype)
    x, y = xp.asarray(host), xp.asarray(among)
    for invert in (False, True):
        assert_same(xp.isin(x, y, invert=invert), np.isin(host, among, invert=invert))
        assert_same(xp.isin(x, 2, invert=invert), np.isin(host, 2, invert=invert))
        assert_same(xp.isin(2, x, invert=invert), np.isin(2, host, invert=invert))
        assert_same(xp.isin(x, y[:0], invert=invert), np.isin(host, among[:0], invert=invert))


def test_isin_finds_no_nan(device: Device):
    x = xp.asarray([np.nan, 1], dtype=xp.float32)
    assert xp.isin(x, x).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.float32], ids=lambda d: d.__name__)
def test_diff(dtype: Any, device: Device):
    host = np.array([[1, 4, 9, 0], [0, 0, 1, 5]]).astype(dtype)
    x = xp.asarray(host)
    for n in range(6):
        for axis in (0, -1):
            assert_same(xp.diff(x, n=n, axis=axis), np.diff(host, n=n, axis=axis))
    assert_same(xp.diff(x, prepend=x[:, :1], append=x), np.diff(host, prepend=host[:, :1], append=host))
    with pytest.raises(ValueError, match="must not be negative: -1"):
        xp.diff(x, n=-1)


# -- inspection ---------------------------------------------------------------------------------


def test_inspection(device: Device):
    info = xp.__array_namespace_info__()
    assert info.default_device() is device
    assert xp.zeros(1).device is device
    doubles = {"float64", "complex128"}
    assert set(info.dtypes()) & doubles == (doubles if device.fp64 else set())
    for kind in ("bool", "integral", "numeric", ("real floating", "complex floating")):
        assert all(xp.isdtype(dtype, kind) for dtype in info.dtypes(kind=kind).values())
    defaults = info.default_dtypes(device=device)
    assert defaults["real floating"] == xp.zeros(1).dtype
    assert defaults["complex floating"] == xp.asarray([1j]).dtype
    assert defaults["integral"] == defaults["indexing"] == xp.arange(1).dtype
    with pytest.raises(ValueError, match="quaternion"):
        info.dtypes(kind="quaternion")


def test_the_devices_of_the_inspection_are_those_of_arrays():
    devices = xp.__array_namespace_info__().devices()
    assert isinstance(devices, list)
    assert all(xp.zeros(1, device=d).device is d for d in devices)
    assert as_device(None) in devices


def test_limits_are_python_numbers(device: Device):
    for kind in (xp.float32, xp.complex64, xp.ones(1, xp.float32)):
        info = xp.finfo(kind)
        assert (info.bits, info.dtype, info.eps) == (32, np.float32, 2.0**-23)
        assert {type(v) for v in (info.eps, info.max, info.min, info.smallest_normal, info.tiny)} == {float}
    assert xp.iinfo(xp.ones(1, xp.int8)).max == 127


# -- numbers near 0 -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["float16", "float32", "complex64"])
def test_small_numbers_are_not_0(name: str, device: Device):
    """6e-8 and 1e-45 are the smallest ones; -0 is 0."""
    dtype = np.dtype("float32" if name == "float16" and not device.fp16 else name)
    small = np.finfo(dtype).smallest_subnormal
    host = np.array([[0, small, -0.0], [-small, 1, np.nan]]).astype(dtype)
    if dtype.kind == "c":
        host[1, 0] = complex(-0.0, small)
    for view in (host, host.T, host[:, ::2]):
        for got, expected in zip(xp.nonzero(xp.asarray(view)), np.nonzero(view)):
            assert_same(got, expected)
        assert int(xp.count_nonzero(xp.asarray(view))) == np.count_nonzero(view)
    for name in ("any", "all", "sum", "prod"):  # of single elements
        value = getattr(xp, name)(xp.asarray(host[0, 1]))
        assert (value.shape, value.item()) == ((), getattr(np, name)(host[0, 1]).item())
        with np.errstate(invalid="ignore"):
            expected = getattr(np, name)(host, axis=())
        assert_same(getattr(xp, name)(xp.asarray(host), axis=()), expected, signs=False)


def test_small_numbers_have_their_places(device: Device):
    host = np.array([0, 1e-40, 2e-40, -1e-40, 1, np.nan, -0.0, -np.inf], np.float32)
    x = xp.asarray(host)
    ordered = np.sort(host)
    assert_same(xp.sort(x), ordered, signs=False)
    for side in ("left", "right"):
        assert_same(xp.searchsorted(xp.sort(x), x, side=side), np.searchsorted(ordered, host, side=side))
    assert_same(xp.unique_values(x), np.unique(host), signs=False)
    assert_same(xp.unique_counts(x).counts, np.unique(host, return_counts=True)[1])
    for dtype in ("bool", "float64") if device.fp64 else ("bool",):
        assert_same(xp.astype(x, dtype), host.astype(dtype))
        assert_same(xp.astype(xp.asarray(host.astype(dtype)), xp.float32), host.astype(dtype).astype(np.float32))
    z = np.empty(6, np.complex64)
    z.real, z.imag = host[:6], host[2:]
    assert_same(xp.asarray(z) == xp.asarray(z[::-1].copy()), z == z[::-1])
    assert_same(xp.asarray(z) != 0, z != 0)


# -- exchange -----------------------------------------------------------------------------------


def host_address(x: xp.Array) -> int | None:
    view = x.device.runtime.host_view(x.native)
    return None if view is None else view.__array_interface__["data"][0]


def test_numpy_takes_the_memory_where_it_can(device: Device):
    x = xp.asarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    for part in (x, x[:, 1:]):
        capsule = Exported(part)
        taken = np.from_dlpack(capsule)
        assert taken.tolist() == part.tolist()
        if host_address(part) is not None:
            assert taken.__array_interface__["data"][0] == host_address(part)
        copied = np.from_dlpack(capsule, copy=True)
        assert copied.tolist() == part.tolist()
        assert copied.__array_interface__["data"][0] != host_address(part)


class Exported:
    """An array as a consumer on the CPU sees it, if it asks for the CPU's memory."""

    def __init__(self, x: xp.Array):
        self.x = x

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def __dlpack__(self, **options: Any) -> Any:
        return self.x.__dlpack__(**{**options, "dl_device": (1, 0)})


def test_what_dlpack_refuses(device: Device):
    x = xp.ones(3, xp.float32)
    with pytest.raises(BufferError):
        x.__dlpack__(dl_device=(2, 0) if x.__dlpack_device__()[0] != 2 else (4, 0))
    if host_address(x) is None and x.__dlpack_device__()[0] != 1:
        with pytest.raises(BufferError, match="without a copy"):
            x.__dlpack__(dl_device=(1, 0), copy=False)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_dlpack_copies_where_it_is_asked_to(device: Device):
    """Every combination of parameters; the memory that a GPU can't give to the CPU is in the test above."""
    x = xp.asarray(np.arange(4, dtype=np.int32))
    for version in ({}, {"max_version": (0, 0)}, {"max_version": (1, 0)}, {"max_version": (2, 0)}):
        for copy in ({}, {"copy": None}, {"copy": True}, {"copy": False}):
            if device.parent is None:
                x.__dlpack__(**version, **copy)
            else:
                with pytest.raises(BufferError, match="can't give"):  # DLPack has no number for a part of a device
                    x.__dlpack__(**version, **copy)
            if copy.get("copy") is not False or host_address(x) is not None:
                x.__dlpack__(dl_device=(1, 0), **version, **copy)


def test_from_dlpack_onto_devices(device: Device):
    host = as_device("host")
    x = xp.asarray(np.arange(4, dtype=np.int32))
    same = xp.from_dlpack(x)
    assert same.device is device
    moved = xp.from_dlpack(x, device=host)
    assert (moved.device, moved.tolist()) == (host, [0, 1, 2, 3])
    if host_address(x) is None:
        with pytest.raises(ValueError, match="needs a copy"):
            xp.from_dlpack(x, device=host, copy=False)
    else:
        assert host_address(moved) == host_address(x)
        assert host_address(xp.from_dlpack(x, device=host, copy=True)) != host_address(x)
    back = xp.from_dlpack(np.arange(4, dtype=np.int32), device=device)
    assert (back.device, back.tolist()) == (device, [0, 1, 2, 3])


# -- keys ---------------------------------------------------------------------------------------

ONES, J, K = np.array([1, 0, 1]), np.array([[0], [2]]), np.array([-1, 2, 0])
ROWS, PLANES = np.array([True, False]), np.array([[True, False, True], [False, True, True]])
ALL = slice(None)
KEYS: dict[str, Any] = {
    "one": (ONES,),
    "last": (..., K),
    "neighbours": (ONES, K),
    "broadcast": (ALL, J, K),
    "slice after": (ONES, slice(1, 3)),
    "slice between": (ONES, ALL, K),
    "two slices between": (K, ALL, slice(0, 3, 2), K),
    "dots between": (ONES, ..., K),
    "new dimension between": (ONES, None, K),
    "integer and slice between": (1, ALL, K),
    "mask": (PLANES,),
    "mask and slice": (PLANES, slice(1, 3)),
    "mask and array": (PLANES, np.array([0, 1, 2, 3])),
    "mask, slice between": (ROWS, ALL, np.array([1])),
    "reversed slice": (ONES, slice(None, None, -1), 0),
    "nothing": (np.zeros(0, np.int64),),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_arrays(name: str, device: Device):
    host = np.arange(3 * 3 * 4 * 5, dtype=np.float32).reshape(3, 3, 4, 5)[: 2 if name != "two slices between" else 3]
    key = tuple(xp.asarray(part) if isinstance(part, np.ndarray) else part for part in KEYS[name])
    assert_same(xp.asarray(host)[key], host[KEYS[name]])
    x, expected = xp.asarray(host), host.copy()
    x[key] = -1
    expected[KEYS[name]] = -1
    assert_same(x, expected)
    values = -host[KEYS[name]]  # equal where an element is written twice
    x[key] = xp.asarray(values)
    expected[KEYS[name]] = values
    assert_same(x, expected)


def test_keys_out_of_bounds(device: Device):
    x = xp.ones((2, 3, 4), xp.float32)
    one, far = xp.asarray([0]), xp.asarray([4])
    for key in ((one, slice(None), far), (far, slice(None), one), (one, slice(None), 4)):
        with pytest.raises(IndexError):
            x[key]
