"""Every parameter of NumPy's function of a name is one of ours, by its name: taken, or refused with a sentence."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

#: NumPy's module or class -> ours.
PAIRS = (
    (np, xp),
    (np.linalg, xp.linalg),
    (np.fft, xp.fft),
    (np.ndarray, xp.Array),
    (np.random.Generator, type(xp.random.default_rng(1, "host"))),
)

#: Parameters that all of NumPy's ufuncs take; and those with a signature, as `matmul`.
UFUNC = {"out", "where", "casting", "order", "dtype", "subok"}
GUFUNC = (UFUNC - {"where"}) | {"axes", "axis", "keepdims"}


def pairs() -> dict[str, tuple[Any, Any]]:
    """name -> NumPy's function and ours, of all names that both have."""
    found = {}
    for numpys, ours in PAIRS:
        for name in dir(numpys):
            theirs, own = getattr(numpys, name), getattr(ours, name, None)
            if own is theirs or name.startswith("_") or isinstance(theirs, type):  # handed on as it is
                continue
            if callable(theirs) and callable(own) and (isinstance(theirs, np.ufunc) or has_signature(theirs)):
                found[f"{numpys.__name__}.{name}"] = theirs, own
    return found


def has_signature(function: Any) -> bool:
    """Some of NumPy's functions in C have none."""
    try:
        return bool(inspect.signature(function))
    except ValueError:
        return False


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def test_every_parameter_of_numpys_is_there():
    lacking = {}
    for name, (theirs, own) in pairs().items():
        if isinstance(theirs, np.ufunc):
            wanted = GUFUNC if theirs.signature else UFUNC
        else:
            kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            wanted = {n for n, p in parameters(theirs).items() if p.kind in kinds}
        have = parameters(own)
        several = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in have.values())
        if not several and (left := wanted - set(have)):
            lacking[name] = sorted(left)
    assert lacking == {}
    assert len(pairs()) > 300


def test_named_parameters_may_be_named():
    """What NumPy takes by name is not positional-only here."""
    only = {
        name: sorted(left)
        for name, (theirs, own) in pairs().items()
        if not isinstance(theirs, np.ufunc)
        and not hasattr(own, "nin")  # elementwise functions take operands as ufuncs do
        and (
            left := {n for n, p in parameters(own).items() if p.kind is inspect.Parameter.POSITIONAL_ONLY}
            & {n for n, p in parameters(theirs).items() if p.kind is not inspect.Parameter.POSITIONAL_ONLY}
        )
    }
    assert only == {}


UFUNCS = sorted(
    name
    for name in dir(xp)
    if isinstance(theirs := getattr(np, name, None), np.ufunc) and not theirs.signature and theirs.nin < 3
)


@pytest.mark.parametrize("name", UFUNCS)
def test_ufuncs_say_what_numpy_says(device: Device, name: str):
    """dtype, casting, out and where of each function: NumPy's dtypes, and an error where NumPy has one."""
    theirs, ours = getattr(np, name), getattr(xp, name)
    rng = np.random.default_rng(3)
    doubles = device.info.fp64
    for dtype in (np.int32, np.float32, *([np.float64] if doubles else [])):
        values = [rng.integers(1, 5, 6).astype(dtype) for _ in range(theirs.nin)]
        if name == "ldexp":
            values[1] = values[1].astype(np.int32)
        if name == "rint" and dtype == np.int32:
            continue  # integers stay what they are
        arrays = [xp.asarray(v, device=device) for v in values]
        for options in (
            {"casting": "no"},
            {"casting": "safe"},
            {"casting": "nonsense"},
            {"dtype": np.float32},
            {"dtype": np.int16},
            {"dtype": np.float32, "casting": "unsafe"},
            {"dtype": np.int8, "casting": "unsafe"},
        ):
            try:
                with np.errstate(all="ignore"):
                    expected = theirs(*values, **options)
            except (TypeError, ValueError) as error:
                with pytest.raises(TypeError if isinstance(error, TypeError) else ValueError):
                    ours(*arrays, **options)
                continue
            found = ours(*arrays, **options)
            for e, f in zip(*(v if isinstance(v, tuple) else (v,) for v in (expected, found))):
                if (name == "reciprocal" and e.dtype.kind == "i") or (name == "spacing" and not doubles):
                    continue  # integers' reciprocals are floats here; doubles have spacings of their own
                if "dtype" in options:
                    assert f.dtype == e.dtype, (dtype, options)
                np.testing.assert_allclose(xp.asnumpy(f).astype(float), e.astype(float), rtol=2e-3)


def test_where_out_and_order(device: Device):
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]], xp.float32, device=device)
    mask = xp.asarray([[True, False], [False, True]], device=device)
    part, whole = xp.zeros_like(x), xp.full_like(x, 9)
    xp.modf(x + 0.5, out=(part, whole), where=mask)
    assert part.tolist() == [[0.5, 0], [0, 0.5]] and whole.tolist() == [[1, 9], [9, 4]]
    assert xp.divmod(x, 2, part, whole)[1] is whole
    assert xp.float_power(x[0], 2, out=xp.zeros((2, 2), device=device)).tolist() == [[1, 4], [1, 4]]
    assert xp.add(x, x, order="F").flags.f_contiguous and xp.add(x, x).flags.c_contiguous
    with pytest.raises(ValueError, match="order"):
        xp.add(x, x, order="Z")
    with pytest.raises(ValueError, match="out is a tuple of 2 arrays"):
        xp.modf(x, out=(part,))


def test_products_take_axes(device: Device):
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 3, 4), np.float32), rng.random((4, 2, 3), np.float32)
    x, y = (xp.asarray(v, device=device) for v in (a, b))
    for name, axes in (
        ("matmul", [(1, 2), (0, 1), (0, 1)]),
        ("matmul", [(0, 2), (0, 1), (-1, -2)]),
        ("matvec", [(1, 2), (0,), (0,)]),
        ("vecmat", [(2,), (0, 1), (1,)]),
        ("vecdot", [2, 0]),
    ):
        try:
            expected = getattr(np, name)(a, b, axes=axes)
        except ValueError:
            with pytest.raises(ValueError):
                getattr(xp, name)(x, y, axes=axes)
            continue
        np.testing.assert_allclose(xp.asnumpy(getattr(xp, name)(x, y, axes=axes)), expected, rtol=1e-5)
    assert xp.vecdot(x, x, keepdims=True).shape == (2, 3, 1)
    assert xp.matmul(x, y.transpose((1, 0, 2)), dtype=xp.float32).dtype == xp.float32
    with pytest.raises(TypeError, match="use axes"):
        xp.matmul(x, y, axis=1)


def test_like_names_the_device(two_devices: tuple[Device, Device]):
    first, second = two_devices
    for place in (first, second):
        beside = xp.zeros(1, device=place)
        made = [f(3, like=beside) for f in (xp.zeros, xp.ones, xp.empty, xp.arange, xp.eye, xp.identity, xp.tri)]
        made += [f([1, 2], like=beside) for f in (xp.asarray, xp.array, xp.asanyarray, xp.ascontiguousarray)]
        made += [
            xp.full(3, 1, like=beside),
            xp.fromiter([1], int, like=beside),
            xp.frombuffer(b"12", "u1", like=beside),
        ]
        assert {x.device for x in made} == {place}
    with pytest.raises(TypeError, match="like is an xpuarray array"):
        xp.zeros(3, like=np.zeros(3))


def test_complex_numbers_are_ordered_as_numpys(device: Device):
    """By their real parts, then by the imaginary ones; NaN is the greatest and the least."""
    if not device.info.fp64 and device.backend != "fake":
        pytest.skip("needs complex64 alone")
    rng = np.random.default_rng(5)
    for size in (20, 70_000):
        a, b = ((rng.integers(0, 3, size) + 1j * rng.integers(0, 3, size)).astype(np.complex64) for _ in range(2))
        x, y = (xp.asarray(v, device=device) for v in (a, b))
        for name in ("less", "less_equal", "greater", "greater_equal", "maximum", "minimum"):
            found = getattr(xp, name)(x, y)
            np.testing.assert_array_equal(xp.asnumpy(found), getattr(np, name)(a, b))
        for name in ("max", "min", "argmax", "argmin"):
            assert getattr(xp, name)(x).item() == getattr(np, name)(a)
            grid, numpys = x.reshape((4, -1)), a.reshape(4, -1)
            found = getattr(xp, name)(grid, axis=1)
            np.testing.assert_array_equal(xp.asnumpy(found), getattr(np, name)(numpys, axis=1))


def test_options_that_change_the_result(device: Device):
    wide = xp.asarray(np.arange(6.0).reshape(3, 2), xp.float32, device=device)
    value, step = xp.linspace(0, 1, 5, retstep=True, device=device)
    assert step == 0.25 and value.shape == (5,)
    tall = xp.zeros((7, 2), dtype=xp.int32, device=device)
    numpys = np.zeros((7, 2), np.int32)
    xp.fill_diagonal(tall, 4, wrap=True)
    np.fill_diagonal(numpys, 4, wrap=True)
    np.testing.assert_array_equal(xp.asnumpy(tall), numpys)
    np.testing.assert_allclose(
        xp.asnumpy(xp.linalg.svd(wide, compute_uv=False)), np.linalg.svd(xp.asnumpy(wide))[1], 1e-5
    )
    assert xp.linalg.qr(wide, mode="r").shape == (2, 2)
    assert int(xp.linalg.matrix_rank(xp.eye(3, device=device), tol=2)) == 0
    mean = xp.mean(wide, axis=0, keepdims=True)
    np.testing.assert_allclose(xp.asnumpy(xp.var(wide, axis=0, mean=mean)), np.var(xp.asnumpy(wide), axis=0), 1e-5)
    with pytest.raises(TypeError, match="cannot cast"):
        xp.concat([wide, wide], dtype=xp.int32)
    assert xp.concat([wide, wide], dtype=xp.int32, casting="unsafe").dtype == xp.int32
    with pytest.raises(TypeError, match="cannot cast"):
        xp.einsum("ij->i", wide, dtype=xp.int32)
    flags = xp.asarray([True, False, True], device=device)
    assert xp.cumsum(flags, out=xp.zeros(3, dtype=xp.bool, device=device)).tolist() == [True, True, True]


@pytest.mark.parametrize("rule", ["auto", "doane", "fd", "rice", "scott", "sqrt", "sturges"])
def test_bins_by_a_rule_are_numpys(device: Device, rule: str):
    rng = np.random.default_rng(2)
    for values in (rng.random(300), rng.integers(0, 50, 200), np.ones(3), rng.normal(size=900)):
        values = values.astype(np.int32 if values.dtype.kind == "i" else np.float32)
        edges = xp.histogram_bin_edges(xp.asarray(values, device=device), rule)
        np.testing.assert_allclose(xp.asnumpy(edges), np.histogram_bin_edges(values, rule), rtol=1e-5)
    with pytest.raises(ValueError, match="not a valid estimator"):
        xp.histogram(xp.ones(3, device=device), "many")
    with pytest.raises(TypeError, match="weighted"):
        xp.histogram(xp.ones(3, device=device), "auto", weights=xp.ones(3, device=device))
