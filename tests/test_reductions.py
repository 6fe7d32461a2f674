"""Reductions against NumPy, by kernel and by library, on every device.

Bounds: a sum of n numbers in precision u lies within n * u * sum(|x|) of the exact one, in whatever
order it is formed (Higham, "Accuracy and Stability", 4.2); its rounding to the result's dtype adds
half a unit in the last place.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DOUBLE, SINGLE, Laid, axes_of, elements, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device

NAMES = ["sum", "prod", "min", "max", "any", "all"]
TYPES = [np.dtype(bool), np.dtype(np.int8), np.dtype(np.int32), np.dtype(np.uint64), SINGLE]
EXACT = [t for t in TYPES if t != SINGLE]


def routes(device: Device) -> list[str]:
    """Both ways; on the host, where a kernel takes Numba a second to compile, see test_long_reductions."""
    return ["library"] if device.backend == "host" else ["kernel", "library"]


def reduced(name: str, x: np.ndarray, **options: Any) -> np.ndarray:
    """NumPy's reduction, integers in 64 bits on every platform, without its warnings."""
    if name in ("sum", "prod") and x.dtype.kind in "biu":
        options["dtype"] = np.uint64 if x.dtype.kind == "u" else np.int64
    with np.errstate(all="ignore"):
        return np.asarray(getattr(np, name)(x, **options))


def precision(device: Device) -> float:
    """Half the distance between 1 and its neighbour, in the type in which singles are summed."""
    return float(np.finfo(DOUBLE if device.fp64 else SINGLE).eps) / 2


def nothing(shape: tuple[int, ...], axis: Any) -> bool:
    """Whether no element is reduced to each result."""
    chosen = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    return 0 in [shape[a] for a in chosen]


@st.composite
def cases(draw: st.DrawFn, device: Device, dtypes: list[np.dtype], values: Any = None) -> tuple[Laid, Any, bool, str]:
    """An array, an axis, whether dimensions are kept, and a route."""
    x = draw(laid(draw(st.sampled_from(dtypes)), shapes(max_side=5), values))
    return x, draw(axes_of(len(x.shape))), draw(st.booleans()), draw(st.sampled_from(routes(device)))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(data=st.data())
def test_reductions(name: str, device: Device, data: st.DataObject):
    """Every axis, several, all and none; strides; extents 0 and 1; integers that wrap around; NaN, infinities."""
    dtypes = EXACT if name in ("sum", "prod") else TYPES
    x, axis, keepdims, route = data.draw(cases(device, dtypes[:2] if device.parent else dtypes))
    with xp.prefer(route):
        if name in ("min", "max") and nothing(x.shape, axis):
            with pytest.raises(ValueError, match=f"{name}: nothing to reduce"):
                getattr(xp, name)(x.on(device), axis=axis, keepdims=keepdims)
            return
        got = getattr(xp, name)(x.on(device), axis=axis, keepdims=keepdims)
    # Which of 0 and -0 is less is left open by IEEE 754's comparison.
    assert_same(got, reduced(name, x.host, axis=axis, keepdims=keepdims), signs=False)


@settings(max_examples=60)
@given(data=st.data())
def test_sums_of_floats(device: Device, data: st.DataObject):
    """NaN, infinities of one sign and of both, numbers that cancel, denormal ones."""
    # Below a tenth of the largest number no partial sum can overflow.
    moderate = elements(SINGLE).filter(lambda v: not 1e37 < abs(v) < np.inf)
    x, axis, keepdims, route = data.draw(cases(device, [SINGLE], moderate))
    options = {"axis": axis, "keepdims": keepdims}
    with xp.prefer(route):
        got = xp.sum(x.on(device), **options)
    with np.errstate(all="ignore"):
        exact = reduced("sum", x.host.astype(np.longdouble), **options)
        magnitude = np.abs(np.where(np.isfinite(x.host), x.host, 0).astype(DOUBLE)).sum(**options)
    # CuPy 14 compiles with -ftz=true: numbers below 1.2e-38 count as 0 (see backends/cuda/faults.py).
    lost = x.host.size * np.finfo(SINGLE).tiny if (device.backend, route) == ("cuda", "library") else 0
    assert_close(got, exact, SINGLE, 0.5, x.host.size * precision(device) * magnitude + lost, signs=False)


@settings(max_examples=40)
@given(data=st.data())
def test_products_of_floats(device: Device, data: st.DataObject):
    """Each of n multiplications is right to half a unit in the last place of the type they are made in."""
    values = st.floats(0.125, 8, width=32) | st.floats(-8, -0.125, width=32) | st.sampled_from([0.0, np.inf, np.nan])
    x, axis, keepdims, route = data.draw(cases(device, [SINGLE], values))
    options = {"axis": axis, "keepdims": keepdims}
    with xp.prefer(route):
        got = xp.prod(x.on(device), **options)
    exact = reduced("prod", x.host.astype(np.longdouble), **options)
    with np.errstate(all="ignore"):
        bound = np.where(np.isfinite(exact), 2 * x.host.size * precision(device) * np.abs(exact), 0)
    assert_close(got, exact, SINGLE, 0.5, bound, signs=False)


@pytest.mark.parametrize("name", ["mean", "var", "std"])
@settings(max_examples=40)
@given(data=st.data())
def test_statistics(name: str, device: Device, data: st.DataObject):
    """Of singles and of integers, which become the default float; with a correction of 0 or 1."""
    values = {"f": st.floats(-1000, 1000, width=32), "i": st.integers(-128, 127)}
    dtype = data.draw(st.sampled_from([SINGLE, np.dtype(np.int8)]))
    x, axis, keepdims, route = data.draw(cases(device, [dtype], values[dtype.kind]))
    options = {"axis": axis, "keepdims": keepdims}
    correction = 0 if name == "mean" else data.draw(st.sampled_from([0, 1]))
    with xp.prefer(route):
        got = getattr(xp, name)(x.on(device), **options, **({"correction": 1} if correction else {}))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of means of nothing
        exact = reduced(name, x.host.astype(np.longdouble), **options, **({"ddof": 1} if correction else {}))
        largest = float(np.abs(x.host.astype(DOUBLE)).max(initial=0))
    result = SINGLE if dtype == SINGLE or not device.fp64 else DOUBLE
    # The mean is rounded to the result's dtype, each distance from it too, and squares are summed.
    unit = float(np.finfo(result).eps)
    slack = {"mean": 2 * unit * largest, "var": 16 * unit * largest**2, "std": 16 * unit * largest}[name]
    if name == "std":  # an error of e in a variance v becomes sqrt(v + e) - sqrt(v), sqrt(e) at most
        slack += 4 * np.sqrt(unit) * largest * np.where(exact < 1e-3 * largest, 1, 0)
    tiny = float(np.finfo(result).tiny)  # squares of small distances are 0, with NumPy, too
    slack += {"mean": 0, "var": tiny, "std": np.sqrt(tiny)}[name]
    assert_close(got, exact, result, 4 + (0 if device.fp64 else 2 * x.host.size), slack, signs=False)


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_statistics_of_nothing(name: str, device: Device):
    got = getattr(xp, name)(xp.zeros((0, 2), dtype=xp.float32), axis=0)
    assert_same(got, np.full(2, np.nan, np.float32))
    if name != "mean":
        assert_same(getattr(xp, name)(xp.ones(1, dtype=xp.float32), correction=1), np.float32(np.nan))


def test_variance_far_from_zero(device: Device):
    """In one pass (the mean of squares less the square of the mean) nothing would be left."""
    values = np.array([1e5, 1e5 + 1, 1e5 + 2], np.float32)
    assert_close(xp.var(xp.asarray(values)), np.longdouble(2) / 3, SINGLE, 4)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "std"])
def test_half_precision_does_not_overflow_on_the_way(name: str, device: Device):
    if not device.fp16:
        with pytest.raises(xp.UnsupportedDTypeError):
            xp.asarray(np.ones(4, np.float16), dtype=xp.float16)
        return
    values = np.array([60000, 60000, -60000, -59000], np.float16)
    expected = getattr(np, name)(values.astype(np.float64)).astype(np.float16)
    assert_same(getattr(xp, name)(xp.asarray(values)), expected)


@pytest.mark.parametrize("shape, axis", [((100_003,), 0), ((3, 50_001), 1), ((50_001, 3), 0), ((2, 5_000, 70), 1)])
@pytest.mark.parametrize("name", ["sum", "max"])
def test_long_reductions(name: str, shape: tuple[int, ...], axis: int, device: Device):
    """Long enough for several passes, shared among work-items: in rows, in columns, in the middle."""
    if device.backend == "fake":  # plain Python: a hundredth will do, and has several passes there too
        shape = tuple(extent // 100 if extent > 1000 else extent for extent in shape)
    random = np.random.default_rng(0)
    for host in (random.normal(size=shape).astype(np.float32), random.integers(-(2**31), 2**31, shape, np.int32)):
        for route in ("kernel", "library"):
            with xp.prefer(route), xp.explain() as calls:
                got = getattr(xp, name)(xp.asarray(host), axis=axis)
            assert (sum("kernel reduce" in c.route for c in calls) > 0) == (route == "kernel")
            if name == "sum" and host.dtype == SINGLE:
                exact = host.sum(axis=axis, dtype=np.longdouble)
                bound = host.shape[axis] * precision(device) * np.abs(host).sum(axis=axis, dtype=DOUBLE)
                assert_close(got, exact, SINGLE, 0.5, bound)
            else:
                assert_same(got, reduced(name, host, axis=axis))


def test_dtype_of_sums(device: Device):
    x = xp.asarray(np.array([100, 100, 100], np.int8))
    assert_same(xp.sum(x), np.int64(300))
    assert_same(xp.sum(x, dtype=xp.int8), np.int8(44))
    assert_same(xp.sum(x, dtype=xp.float32), np.float32(300))
    assert_same(xp.prod(x, dtype=xp.int16), np.int16(16960))
    assert_same(xp.sum(x > 0), np.int64(3))
    if device.fp64:
        tenth = np.full(10, 0.1, np.float32)
        assert_close(xp.sum(xp.asarray(tenth), dtype=xp.float64), tenth.sum(dtype=np.longdouble), DOUBLE, 10)
    else:
        with pytest.raises(xp.UnsupportedDTypeError, match="has no float64"):
            xp.sum(x, dtype=xp.float64)


@pytest.mark.parametrize("name", [*NAMES, "mean", "var", "std"])
def test_axis_errors(name: str, device: Device):
    function, x = getattr(xp, name), xp.ones((2, 3), dtype=xp.float32)
    with pytest.raises(
        IndexError, match=rf"{'sum|' * (name in ('mean', 'var', 'std'))}{name}: axis 2 is out of bounds"
    ):
        function(x, axis=2)
    with pytest.raises(IndexError, match="axis -3 is out of bounds for 2"):
        function(x, axis=-3)
    with pytest.raises(IndexError):
        function(xp.asarray(1), axis=1)
    with pytest.raises(ValueError, match="an axis appears twice"):
        function(x, axis=(0, -2))
    with pytest.raises(xp.ImplicitTransferError):
        function(np.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_complex_reductions(name: str, device: Device):
    host = np.array([[1 + 2j, 0, 3j], [0.5, -1j, 2]], np.complex64)
    x = xp.asarray(host)
    for axis in (None, 0, 1):
        got = getattr(xp, name)(x, axis=axis)
        assert got.dtype == (bool if name in ("any", "all") else np.complex64)
        np.testing.assert_allclose(xp.asnumpy(got), getattr(np, name)(host, axis=axis), rtol=1e-6)


def test_methods(device: Device):
    host = np.array([[3, 1], [2, 4]], np.int32)
    x = xp.asarray(host)
    for name in ("sum", "prod", "min", "max", "any", "all"):
        assert_same(getattr(x, name)(axis=0), reduced(name, host, axis=0))
    assert float(x.mean()) == 2.5
    assert float(x.var()) == 1.25
    assert float(x.std(correction=0)) == pytest.approx(1.25**0.5)
