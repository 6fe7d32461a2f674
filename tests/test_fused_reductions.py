"""What is composed of elementwise chains and reductions, and stores nothing between: products, norms, logsumexp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DOUBLE, SINGLE, axes_of, laid, shapes

import xpuarray as xp
from xpuarray.placement.devices import Device

EPS = float(np.finfo(SINGLE).eps)


def precision(device: Device) -> float:
    """Half the distance between 1 and its neighbour, in the type in which singles are added."""
    return float(np.finfo(DOUBLE if device.fp64 else SINGLE).eps) / 2


def stored(calls: Any, *chain: str) -> list[Any]:
    """The calls that computed operations of the chain other than inside a reduction."""
    inside = ("reduce_", "rows_")
    return [c for c in calls if not c.function.startswith(inside) and any(name in c.function for name in chain)]


# -- products of vectors -------------------------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_vecdot(device: Device, data: st.DataObject):
    """Integers exact, wrapping around; singles within the bound; broadcasting; strides; extents 0 and 1."""
    route = "library" if device.backend == "host" else data.draw(st.sampled_from(["kernel", "library", "auto"]))
    dtype = data.draw(st.sampled_from([np.dtype(np.int32), np.dtype(np.uint8), SINGLE]))
    shape = data.draw(shapes(min_dims=1, max_side=5))
    other = tuple(1 if k < len(shape) - 1 and data.draw(st.booleans()) else e for k, e in enumerate(shape))
    values = st.floats(-1000, 1000, width=32) if dtype == SINGLE else None
    x, y = data.draw(laid(dtype, shape, values)), data.draw(laid(dtype, other, values))
    with xp.prefer(route):
        got = xp.vecdot(x.on(device), y.on(device))
    if dtype != SINGLE:
        with np.errstate(all="ignore"):
            assert_same(got, np.asarray((x.host * y.host).sum(-1, dtype=dtype), dtype))
        return
    exact = (x.host.astype(np.longdouble) * y.host).sum(-1)
    magnitude = np.abs(x.host.astype(DOUBLE) * y.host).sum(-1)
    unit = EPS / 2 if route == "library" or not device.fp64 else precision(device)  # libraries add in singles
    assert_close(got, exact, SINGLE, 0.5, 2 * max(1, shape[-1]) * max(unit, EPS / 2) * magnitude, signs=False)


FUNCTIONS = {
    "vecdot": lambda m, x, y: m.vecdot(x, y),
    "matmul": lambda m, x, y: m.matmul(x, y),
    "dot": lambda m, x, y: m.dot(x, y),
    "inner": lambda m, x, y: m.inner(x, y),
    "vdot": lambda m, x, y: m.vdot(x, y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_products_of_long_vectors(name: str, device: Device):
    """One pass over both, and over what makes them; singles as if all were done in doubles, where there are some."""
    n = 50_000 if device.backend != "fake" else 700
    random = np.random.default_rng(0)
    a, b = (random.normal(size=n).astype(np.float32) for _ in range(2))
    x, y = xp.asarray(a), xp.asarray(b)
    with xp.prefer("kernel"), xp.explain() as calls:
        got = FUNCTIONS[name](xp, x, y + 1)
    assert any("kernel reduce" in c.route for c in calls)
    assert not stored(calls, "add", "multiply"), str(calls)
    other = b + np.float32(1)
    exact = np.dot(a.astype(np.longdouble), other)
    bound = 2 * n * precision(device) * float(np.abs(a * other.astype(DOUBLE)).sum())
    assert_close(got, exact, SINGLE, 0.5, bound)
    whole = random.integers(-(2**31), 2**31, n, np.int32)
    with xp.prefer("kernel"):
        assert_same(FUNCTIONS[name](xp, xp.asarray(whole), xp.asarray(whole)), np.dot(whole, whole))


@pytest.mark.parametrize("axis", [-1, 0])
def test_products_along_an_axis(axis: int, device: Device):
    shape = (300, 200) if device.backend != "fake" else (30, 20)
    random = np.random.default_rng(0)
    a, b = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    with xp.prefer("kernel"), xp.explain() as calls:
        got = xp.vecdot(xp.asarray(a), xp.asarray(b), axis=axis)
    assert not stored(calls, "multiply"), str(calls)
    bound = 2 * shape[axis] * precision(device) * np.abs(a.astype(DOUBLE) * b).sum(axis)
    assert_close(got, (a.astype(np.longdouble) * b).sum(axis), SINGLE, 0.5, bound)


def test_vectors_that_do_not_fit(device: Device):
    x = xp.ones(40_000, dtype=xp.float32)
    with pytest.raises(ValueError):
        xp.vecdot(x, xp.ones(40_001, dtype=xp.float32))
    assert_same(xp.vecdot(xp.ones((0, 40_000), dtype=xp.float32), xp.reshape(x, (1, -1))), np.zeros(0, np.float32))


# -- norms ---------------------------------------------------------------------------------------


def test_norms_read_their_chain(device: Device):
    """Of singles the squares are formed in doubles: they neither overflow nor vanish."""
    shape = (400, 100) if device.backend != "fake" else (40, 10)
    host = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x = xp.asarray(host)
    for function, axis in ((xp.linalg.vector_norm, None), (xp.linalg.vector_norm, 1), (xp.linalg.norm, 0)):
        with xp.prefer("kernel"), xp.explain() as calls:
            got = function(x - 1, axis=axis)
        assert not stored(calls, "subtract", "abs", "multiply"), str(calls)
        exact = np.sqrt(((host - np.float32(1)).astype(np.longdouble) ** 2).sum(axis))
        assert_close(got, exact, SINGLE, 2, 0 if device.fp64 else host.size * EPS * exact)
    if device.fp64:
        for scale in (1e-30, 1e30):
            got = xp.linalg.vector_norm(x * scale)
            assert_close(got, np.linalg.norm(xp.asnumpy(x * scale).astype(DOUBLE)), SINGLE, 1)


# -- logsumexp -----------------------------------------------------------------------------------


def exact_logsumexp(x: np.ndarray, **options: Any) -> np.ndarray:
    """In extended precision, whose exponents reach much farther."""
    if 0 in x.shape:
        return np.log(np.exp(x.astype(np.longdouble)).sum(**options))
    wide = x.astype(np.longdouble)
    most = wide.max(**{**options, "keepdims": True})
    most = np.where(np.isfinite(most), most, 0)
    value = np.log(np.exp(wide - most).sum(**{**options, "keepdims": True})) + most
    kept = np.asarray(value)
    return kept.reshape(np.sum(np.zeros(x.shape), **options).shape)


@settings(max_examples=60)
@given(data=st.data())
def test_logsumexp(device: Device, data: st.DataObject):
    """Every axis; strides; extents 0 and 1; NaN, infinities; numbers whose exponentials are out of range."""
    route = "library" if device.backend == "host" else data.draw(st.sampled_from(["kernel", "library", "auto"]))
    values = st.floats(-1e4, 1e4, width=32) | st.floats(-1, 1, width=32) | st.sampled_from([np.inf, -np.inf, np.nan])
    x = data.draw(laid(SINGLE, shapes(max_side=5), values))
    options = {"axis": data.draw(axes_of(len(x.shape))), "keepdims": data.draw(st.booleans())}
    with xp.prefer(route):
        got = xp.logsumexp(x.on(device), **options)
    with np.errstate(all="ignore"):
        exact = exact_logsumexp(x.host, **options)
    # x less the greatest is rounded once, its exponential is off by a few units, as is the logarithm.
    largest = float(np.abs(np.where(np.isfinite(x.host), x.host, 0)).max(initial=0))
    assert_close(got, exact, SINGLE, 2, EPS * (8 + 2 * min(largest, 120) + x.host.size), signs=False)


def test_logsumexp_reads_its_chain_twice_and_stores_nothing(device: Device):
    shape = (300, 200) if device.backend != "fake" else (30, 20)
    host = np.random.default_rng(0).normal(size=shape).astype(np.float32) * np.float32(50)
    x = xp.asarray(host)
    for axis in (None, 0, 1):
        with xp.prefer("kernel"), xp.explain() as calls:
            got = xp.logsumexp(x * 2, axis=axis)
        assert not stored(calls, "multiply", "subtract", "exp"), str(calls)
        exact = exact_logsumexp(host * np.float32(2), axis=axis)
        assert_close(got, exact, SINGLE, 2, EPS * (8 + host.size * (not device.fp64)))


def test_logsumexp_of_other_types(device: Device):
    assert_close(xp.logsumexp(xp.asarray([1, 2, 3])), np.log(np.exp([1.0, 2, 3]).sum()), xp.asarray(1.0).dtype, 4)
    assert_close(xp.logsumexp(xp.asarray([1000.0, 1000.0])), 1000 + np.log(np.longdouble(2)), xp.asarray(1.0).dtype, 1)
    assert_same(xp.logsumexp(xp.zeros((2, 0), dtype=xp.float32), axis=1), np.full(2, -np.inf, np.float32))
    with pytest.raises(xp.UnsupportedDTypeError, match="logsumexp is not defined for complex64"):
        xp.logsumexp(xp.asarray(np.zeros(3, np.complex64)))
    if device.fp16:
        got = xp.logsumexp(xp.asarray(np.array([10, 11], np.float16)))
        assert_close(got, np.log(np.exp([10.0, 11]).sum()), np.float16, 1)


# -- reductions over what broadcasts ---------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("name", ["sum", "max", "argmin"])
def test_distances_of_all_pairs_are_never_stored(name: str, axis: int, device: Device):
    """x and y have a dimension of their own each, and one that they share."""
    shapes = ((37, 5), (21, 5)) if device.backend != "fake" else ((6, 3), (5, 3))
    random = np.random.default_rng(0)
    a, b = (random.integers(-9, 9, shape).astype(np.float32) for shape in shapes)
    x, y = xp.asarray(a), xp.asarray(b)
    with xp.prefer("kernel"), xp.explain() as calls:
        got = getattr(xp, name)(xp.square(x[:, None, :] - y[None, :, :]), axis=axis)
    expected = getattr(np, name)((a[:, None, :] - b) ** 2, axis=axis)
    np.testing.assert_array_equal(xp.asnumpy(got), expected)
    if device.backend != "host":  # there NumPy finds places
        assert not [c for c in calls if "subtract" in c.function], str(calls)


@pytest.mark.parametrize("shape", [(3, 9), (6, 9), (4, 5, 3), (300, 40), (2000, 3)], ids=str)
def test_the_plan_of_one_reduction_suits_the_next(shape: tuple[int, ...], device: Device):
    """Plans are kept by the shapes of what is read: another that broadcasts is not taken for the same."""
    if device.backend == "fake" and np.prod(shape) > 1000:
        pytest.skip("plain Python would take seconds")
    random = np.random.default_rng(0)
    whole = random.integers(-9, 9, shape).astype(np.float32)
    others = [random.integers(-9, 9, s).astype(np.float32) for s in (shape, shape[-1:], (*shape[:-1], 1), (1,))]
    for other in [*others, *others]:
        for axis in range(len(shape)):
            with xp.prefer("kernel"):
                got = xp.sum(xp.asarray(whole) * xp.asarray(other), axis=axis)
                view = xp.sum(xp.asarray(whole) + xp.asarray(np.repeat(other, 2, -1))[..., ::2], axis=axis)
            np.testing.assert_array_equal(xp.asnumpy(got), (whole * other).sum(axis))
            np.testing.assert_array_equal(xp.asnumpy(view), (whole + other).sum(axis))
