"""What random programs have found that belongs to no other test's subject: each walks the kind of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.fuzz.values import DTYPES
from xpuarray.conformance.suite import has

FLOATS = (np.float16, np.float32, np.float64)


def floats(device: xp.Device) -> list[Any]:
    """The real dtypes that the device has."""
    return [dtype for dtype in FLOATS if has(device, dtype)]


def special(dtype: Any) -> np.ndarray:
    """Where exponents and distances end."""
    limits = np.finfo(dtype)
    values = [
        0.0,
        -0.0,
        1,
        -1,
        1.5,
        -2.5,
        limits.max,
        limits.smallest_normal,
        limits.smallest_subnormal,
        np.inf,
        np.nan,
    ]
    return np.array([*values, *(-v for v in values)], dtype)


@pytest.mark.parametrize("integer", (np.int8, np.int32, np.int64, np.uint8))
def test_ldexp_of_exponents_beyond_the_range(device: xp.Device, integer: Any) -> None:
    """Zeros stay zeros, and infinities infinities, however large the exponent; the smallest numbers become large."""
    for dtype in floats(device):
        info = np.iinfo(integer)
        exponents = np.array([0, 1, 3, 20, 40, 127, info.max, info.min], dtype=integer)
        if info.bits > 8:
            exponents = np.append(exponents, np.array([-1, -3, 280, 1500, 2090, 3000, -3000], integer))
        x, n = (a.ravel() for a in np.meshgrid(special(dtype), exponents))
        with np.errstate(all="ignore"):
            expected = np.ldexp(x, np.clip(n, -10_000, 10_000).astype(np.int32))
        got = xp.asnumpy(xp.ldexp(xp.asarray(x, device=device), xp.asarray(n, device=device)))
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, expected, f"{dtype.__name__}")


def test_spacing_from_either_zero_is_positive(device: xp.Device) -> None:
    """As NumPy's of singles and doubles; those of halves have no sign there, and here the same as all others."""
    for dtype in floats(device):
        x = special(dtype)
        with np.errstate(all="ignore"):
            expected = np.nextafter(x, np.where(x < 0, -np.inf, np.inf).astype(dtype)) - x
            if dtype != np.float16:
                np.testing.assert_array_equal(expected, np.spacing(x))
        np.testing.assert_array_equal(xp.asnumpy(xp.spacing(xp.asarray(x, device=device))), expected)


def test_vectorize_takes_a_function_without_a_module(device: xp.Device) -> None:
    """As `exec` makes them in names of its own."""
    names: dict[str, Any] = {}
    exec("def tripled(x):\n    return 3 * x", names)
    assert names["tripled"].__module__ is None
    with xp.device(device):
        assert xp.asnumpy(xp.vectorize(names["tripled"])(xp.arange(4, dtype="int32"))).tolist() == [0, 3, 6, 9]


@pytest.mark.parametrize("first", ("uint64", "int8", "bool"))
@pytest.mark.parametrize("second", ("uint64", "int64", "int16", "uint8"))
def test_index_arrays_of_two_dtypes(device: xp.Device, first: str, second: str) -> None:
    """Any integers go together, beside slices too, to read and to write."""
    host = np.arange(24).reshape(2, 4, 3)
    rows, columns = np.array([0, 1], first), np.array([3, 1], second)
    x, r, c = (xp.asarray(a, device=device) for a in (host, rows, columns))
    np.testing.assert_array_equal(xp.asnumpy(x[r, c]), host[rows, columns])
    np.testing.assert_array_equal(xp.asnumpy(x[r, c, ::-1]), host[rows, columns, ::-1])
    host[rows, columns, :2] = x[r, c, :2] = 7
    np.testing.assert_array_equal(xp.asnumpy(x), host)
    if second == "uint64":
        with pytest.raises(IndexError, match="out of bounds"):
            x[r, xp.asarray(np.array([0, 2**64 - 1], np.uint64), device=device)]


@pytest.mark.parametrize("n", (12, 5000, 100_000))
def test_a_mask_assigns_what_was_there_before(device: xp.Device, n: int) -> None:
    """Whatever part of the array itself is assigned, and however it lies."""
    host = np.arange(n, dtype=np.int32)
    mask = host % 3 == 0
    count = int(mask.sum())
    for part in (slice(1, 1 + count), slice(count - 1, None, -1), slice(0, 2 * count, 2)):
        x, expected = xp.asarray(host, device=device), host.copy()
        x[xp.asarray(mask, device=device)] = x[part]
        expected[mask] = host[part]
        np.testing.assert_array_equal(xp.asnumpy(x), expected)


def test_setxor1d_keeps_the_nan_of_either(device: xp.Device) -> None:
    """As no NaN is equal to another."""
    x = np.array([np.nan, 1, 2, np.nan], np.float32)
    y = np.array([2, np.nan, 3], np.float32)
    got = xp.setxor1d(xp.asarray(x, device=device), xp.asarray(y, device=device))
    np.testing.assert_array_equal(xp.asnumpy(got), np.setxor1d(x, y))


@pytest.mark.parametrize("casting", ("same_kind", "unsafe", "safe"))
@pytest.mark.parametrize("dtype", ("bool", "uint8", "int32", "float32"))
def test_copyto_casts_numbers_as_numpy_does(device: xp.Device, dtype: str, casting: Any) -> None:
    """A number is of its kind, and of no width."""
    for number in (True, 1, 1.0):
        host = np.zeros(3, dtype)
        x = xp.asarray(host, device=device)
        try:
            np.copyto(host, number, casting=casting)
        except TypeError:
            with pytest.raises(TypeError, match="is not cast"):
                xp.copyto(x, number, casting=casting)
        else:
            xp.copyto(x, number, casting=casting)
        np.testing.assert_array_equal(xp.asnumpy(x), host)


def test_several_nan_are_numbered_as_they_occur(device: xp.Device) -> None:
    """Each is an element of its own; and all sorts of halves are in order, of which NumPy's fastest is not."""
    rng = np.random.default_rng(0)
    for dtype in floats(device):
        for n in (7, 40, 3000, 20_000):
            host = np.where(rng.random(n) < 0.3, np.nan, rng.integers(-5, 5, n)).astype(dtype)
            x = xp.asarray(host)
            expected = np.unique_all(host)
            for found, wanted in zip(xp.unique_all(x), expected):
                np.testing.assert_array_equal(xp.asnumpy(found), wanted)
            np.testing.assert_array_equal(xp.asnumpy(xp.unique_inverse(x)[1]), expected.inverse_indices)
            np.testing.assert_array_equal(xp.asnumpy(xp.unique_counts(x)[1]), expected.counts)
            np.testing.assert_array_equal(xp.asnumpy(xp.unique_values(x)), expected.values)
            for stable in (True, False):
                np.testing.assert_array_equal(xp.asnumpy(xp.sort(x, stable=stable)), np.sort(host, kind="stable"))


@pytest.mark.parametrize("name", ("fft", "rfft", "irfft", "hfft", "ihfft", "fftn", "rfftn", "irfftn"))
def test_transforms_of_halves(device: xp.Device, name: str) -> None:
    """They are computed in single precision; a real result of them is of halves, as in NumPy."""
    if not has(device, "float16"):
        pytest.skip("no float16")
    for shape in ((6,), (4, 6)):
        host = (np.arange(np.prod(shape)).reshape(shape) / 4).astype(np.float16)
        expected = getattr(np.fft, name)(host)
        got = getattr(xp.fft, name)(xp.asarray(host))
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=2e-3, atol=2e-3)
    host = np.full(32761 if device.backend != "fake" else 6, 0.5, np.float16)  # 1 / 65520 is no half
    expected = getattr(np.fft, name)(host.astype(np.float32))
    got = xp.astype(getattr(xp.fft, name)(xp.asarray(host)), expected.dtype)
    np.testing.assert_allclose(xp.asnumpy(got), expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("dtype", FLOATS)
def test_quotients_of_infinities(device: xp.Device, dtype: Any) -> None:
    """docs/differences.md: infinite, or 0; `divmod` and both operators say the same as `floor_divide`."""
    if not has(device, np.dtype(dtype).name):
        pytest.skip("no such dtype")
    x, y = (a.ravel() for a in np.meshgrid(special(dtype), special(dtype)))
    with np.errstate(all="ignore"):
        infinite = np.isinf(x) | np.isinf(y)
        expected, rest = np.where(infinite, x / y, np.floor_divide(x, y)), np.remainder(x, y)
    a, b = xp.asarray(x), xp.asarray(y)
    for found in (xp.floor_divide(a, b), xp.divmod(a, b)[0], a // b, divmod(a, b)[0]):
        np.testing.assert_array_equal(xp.asnumpy(found), expected)
    for found in (xp.remainder(a, b), xp.divmod(a, b)[1], a % b, divmod(a, b)[1]):
        np.testing.assert_array_equal(xp.asnumpy(found), rest)


def test_an_expression_of_numbers_alone(device: xp.Device) -> None:
    """What was reduced to a number is an argument of the kernel that reads it, and there may be no array besides."""
    x = xp.nanmax(xp.asarray(np.array([3, 5, 7], np.uint8)))
    y = xp.sum(xp.asarray(np.array([1.5, 2.0], np.float32)))
    for route in ("auto", "kernel", "library"):
        with xp.prefer(route):
            assert int(xp.fuse(lambda a, b: a * a + b)(x, x)) == 56
            assert float(xp.fuse(lambda a: xp.sqrt(a * a) + 1)(y)) == 4.5


@pytest.mark.parametrize("name", ("subtract", "multiply", "nextafter", "maximum", "copysign", "add"))
def test_halves_beside_small_singles(device: xp.Device, name: str) -> None:
    """What is no normal single is kept, also where an operand comes in half precision."""
    if not has(device, "float16"):
        pytest.skip("no float16")
    half = np.array([0, -0.0, 6e-8, 1, -2.5, 65504], np.float16)
    for other in (np.array([1e-40, 1e-45, -1e-39, 0, 1e-42, 2e-38], np.float32), np.arange(6, dtype=np.int16)):
        expected = getattr(np, name)(half, other)
        assert expected.dtype == np.float32
        got = getattr(xp, name)(xp.asarray(half), xp.asarray(other))
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(xp.asnumpy(got), expected)


def test_what_of_halves_and_signed_nan_gpus_have_otherwise(device: xp.Device) -> None:
    """Ties of halves, the neighbour of an infinity, NaN with a sign among the sorted, conversions of small singles."""
    nan = xp.asarray(np.array([1.0, np.copysign(np.nan, -1), -2.0], np.float32))
    assert np.isnan(xp.asnumpy(xp.sort(nan))[-1]) and xp.argsort(nan).tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="at least 1"):
        xp.fft.hfft(nan[:1])
    if device.info.fp64:
        small = xp.asarray(np.array([1e-42, 1], np.float32))
        joined = xp.concat([small, xp.asarray(np.array([1j]))])
        assert joined.dtype == np.complex128 and complex(joined[0]).real == float(np.float32(1e-42))
        z = np.array([[1e-42 + 2j, 3], [1e-41j, 4]], np.complex64)
        assert np.array_equal(xp.asnumpy(xp.asarray(z).T.astype(np.complex128)), z.T.astype(np.complex128))
    if device.info.fp16:
        ties = np.zeros((141, 2), np.float16)
        ties[23, 0] = ties[131, 1] = 3
        assert int(xp.argmax(xp.asarray(ties))) == 46
        infinity = xp.asarray(np.array([np.inf, -np.inf], np.float16))
        assert xp.nextafter(infinity, infinity).tolist() == [np.inf, -np.inf]


def test_what_is_broadcast_without_repeating_is_written_into(device: xp.Device):
    x, one = xp.zeros((), device=device), xp.ones(1, device=device)
    for view in xp.broadcast_arrays(x, one[None]):
        view.fill(5)
    assert float(x) == 5 and one.tolist() == [5]
    assert not xp.broadcast_arrays(x, xp.ones(2, device=device))[0].flags.writeable


@pytest.mark.parametrize("route", ["auto", "library", "kernel"])
@pytest.mark.parametrize("steps", [1, 3, 8])
def test_steps_of_elements_alone(steps: int, route: str, device: xp.Device):
    """Elements are numbers until a device is wanted, of which some steps have no other operand."""

    def of_both(x: Any, y: Any) -> Any:
        value = x
        for _ in range(steps):
            value = value + (3 - y) * (0.5 * y)
        return value

    x, values = xp.asarray([1, 2, 4], dtype=xp.float32, device=device), np.asarray([1, 2, 4], np.float32)
    with xp.prefer(route):
        for a, e in ((xp.amax(x), values.max()), (x, values)):
            assert xp.asnumpy(xp.fuse(of_both)(a, xp.amin(x))).tolist() == of_both(e, values.min()).tolist()
            assert xp.asnumpy(xp.fuse(of_both)(xp.amin(x), a)).tolist() == of_both(values.min(), e).tolist()


@pytest.mark.parametrize("source", DTYPES)
def test_views_are_converted(source: str, device: xp.Device):
    parts = (np.s_[:, 1], np.s_[::-1, ::2], np.s_[1, 1], np.s_[:, :0], np.s_[...])
    if not has(device, source):
        pytest.skip("no such dtype")
    values = np.arange(12).reshape(3, 4).astype(source)
    x = xp.asarray(values, device=device)
    for wanted in (d for d in DTYPES if has(device, d) and not (np.dtype(source).kind == "c" != np.dtype(d).kind)):
        for part in parts:
            for a, e in ((x[part], values[part]), (x[part].T, values[part].T)):
                converted = xp.astype(a, np.dtype(wanted))
                assert converted.dtype == wanted and converted.tolist() == e.astype(wanted).tolist()


def test_a_power_is_written_where_it_is_asked_for(device: xp.Device):
    """After the same power was computed without `out`, whose plan can't be that of the other."""
    x, out = xp.asarray([2.0, 3.0], dtype=xp.float32, device=device), xp.zeros(2, dtype=xp.float32, device=device)
    for exponent in (7, 2, 0.5, -1):
        for _ in range(3):
            expected = xp.asnumpy(x**exponent)
            np.testing.assert_array_equal(xp.asnumpy(xp.power(x, exponent, out=out)), expected)
            assert out.tolist() == expected.tolist()


def test_the_power_zero_may_be_written_to(device: xp.Device):
    for shape in ((1, 1), (3, 3), (2, 3, 3)):
        found = xp.linalg.matrix_power(xp.ones(shape, dtype=xp.float32, device=device), 0)
        found[..., -1, -1] = 5
        expected = np.linalg.matrix_power(np.ones(shape), 0)
        expected[..., -1, -1] = 5
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("name", ("sqrt", "acosh", "asinh", "acos", "asin", "log", "log2", "log10"))
@pytest.mark.parametrize("dtype", ("complex64", "complex128"))
def test_complex_numbers_whose_modulus_overflows(device: xp.Device, name: str, dtype: str) -> None:
    """Roots and logarithms are finite where the parts are, by each route."""
    if not has(device, dtype):
        pytest.skip("no such dtype")
    most = np.finfo(dtype).max
    values = np.array(
        [complex(a * most, b * most) for a in (-1, -0.9, 0.3, 1, 1e-3, 0) for b in (-1, 0.3, 0.9, 0)], dtype
    )
    with np.errstate(divide="ignore"):
        expected = getattr(np, name.replace("a", "arc", 1) if name.startswith("a") else name)(values)
    for route in ("auto", "library", "kernel"):
        with xp.prefer(route):
            got = xp.asnumpy(getattr(xp, name)(xp.asarray(values, device=device)))
        np.testing.assert_allclose(got, expected, rtol=8 * np.finfo(dtype).eps, err_msg=route)
