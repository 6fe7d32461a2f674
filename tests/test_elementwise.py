"""Every elementwise function against NumPy, by kernel and by library, on every device.

Floats are compared with NumPy's result in the next higher precision, within a stated number of
units in the last place; everything else has to be equal to the bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import DOUBLE, INTEGERS, SINGLE, Laid, elements, laid, operands, specials

import xpuarray as xp
from xpuarray.functions.elementwise import ROWS
from xpuarray.placement.devices import Device


def floor_divide(x: Any, y: Any) -> np.ndarray:
    """NumPy's, but for infinities: there Python's // differs from the standard's."""
    if np.result_type(x, y).kind != "f":
        return np.floor_divide(x, y)
    return np.where(np.isinf(x) | np.isinf(y), np.divide(x, y), np.floor_divide(x, y))


def sinc(x: Any) -> np.ndarray:
    """Of the multiple of pi that the narrower type has: beside integers its rounding shows, in NumPy's as well."""
    narrow = SINGLE if x.dtype == DOUBLE else DOUBLE
    angle = (narrow.type(np.pi) * x.astype(narrow)).astype(x.dtype)
    return np.where(x == 0, 1, np.sin(angle) / np.where(angle == 0, 1, angle))


REFERENCES = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "bitwise_count": np.vectorize(lambda x: bin(abs(int(x))).count("1"), otypes=[np.uint8]),
    "bitwise_invert": np.invert,
    "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift,
    "conj": np.conjugate,
    "floor_divide": floor_divide,
    "pow": np.power,
    "round": np.rint,
    "sinc": sinc,
}


def reference(name: str) -> Callable[..., Any]:
    """NumPy's function of a standard name, without its warnings."""
    function = REFERENCES.get(name) or getattr(np, name)

    def quiet(*args: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(function(*args))

    return quiet


# Units in the last place.  OpenCL's limits for single precision (OpenCL C, "Relative error as
# ULPs"), or NumPy's own limit of 4 for its vectorised functions where that is larger: the fake device runs NumPy's.
# Arithmetic, division and square root are correctly rounded (0.5), as IEEE 754 wants.
ULP = {
    **dict.fromkeys(["add", "subtract", "multiply", "divide", "reciprocal", "square", "sqrt"], 0.5),
    **dict.fromkeys(["exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "asin", "acos"], 4),
    **dict.fromkeys(["sinh", "cosh", "asinh", "acosh", "hypot"], 4),
    **dict.fromkeys(["tan", "atan", "tanh", "atanh"], 5),
    "atan2": 6,
    "pow": 16,
    "cbrt": 2,
    "exp2": 4,
    # The constant is rounded, and the product.
    **dict.fromkeys(["deg2rad", "rad2deg"], 1.5),
    # A sine, rounded once more; an exponential, times a series of which NumPy's has the coefficients.
    "sinc": 5,
    "i0": 8,
    # log1p(exp(low - high)) is added to `high`: where they cancel, an error of 2 units of `high`
    # remains, which `slack` allows for.
    **dict.fromkeys(["logaddexp", "logaddexp2"], 2),
}
#: Exact in every precision, so that NumPy in the same dtype is the reference.
EXACT = (
    "negative positive abs fabs sign floor ceil trunc round copysign nextafter floor_divide remainder maximum minimum "
    "fmod fmax fmin heaviside"
)
PREDICATES = "isnan isinf isfinite isposinf isneginf signbit logical_not"
COMPARISONS = "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor"
BINARY = (
    "add subtract multiply divide atan2 pow logaddexp hypot copysign nextafter floor_divide remainder maximum minimum "
    "logaddexp2 fmod fmax fmin heaviside"
)
BINARY_NAMES = frozenset(f"{BINARY} {COMPARISONS}".split())
INTEGER_UNARY = (
    "negative positive abs square sign floor ceil trunc round bitwise_invert isnan isinf isfinite logical_not "
    "bitwise_count isposinf isneginf"
)
INTEGER_BINARY = (
    f"add subtract multiply floor_divide remainder maximum minimum fmod fmax fmin gcd lcm {COMPARISONS} "
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift"
)
BOOL_UNARY = "logical_not bitwise_invert isnan isposinf bitwise_count"
BOOL_BINARY = f"{COMPARISONS} bitwise_and bitwise_or bitwise_xor maximum minimum fmax fmin add multiply"
#: These stand for all where compiling all would take long (on the host a kernel takes a second): each
#: kind of code there is (a C function, an intrinsic, branches, loops, another result type).
FEW = {"exp", "add", "sqrt", "floor_divide", "pow", "where", "less", "bitwise_right_shift", "gcd", "cbrt", "i0"}

# Zeros of different sign are equal to `maximum` and its kin, which may return either.
UNSIGNED_ZERO = {"maximum", "minimum", "fmax", "fmin"}


def routes(name: str, device: Device) -> list[str]:
    """The ways in which a function is tested: both, but on the host and on parts of a device mostly one."""
    if name in FEW or not (device.parent or device.backend == "host"):
        return ["kernel", "library"]
    return ["library" if ROWS[name].library else "auto"]  # of few elements by NumPy, where no library has it


def slack(name: str, arguments: list[np.ndarray]) -> Any:
    """An absolute error beside the units in the last place."""
    if name not in ("logaddexp", "logaddexp2"):
        return 0.0
    with np.errstate(all="ignore"):
        largest = np.maximum(*(np.abs(a) for a in arguments))
    return 2 * np.finfo(np.float32).eps * np.where(np.isfinite(largest), np.maximum(largest, 1), 0)


def check_floats(name: str, arrays: list[xp.Array], host: list[np.ndarray]) -> None:
    """One function of arrays of singles or doubles, compared with NumPy's function of `host`."""
    got, dtype = getattr(xp, name)(*arrays), host[0].dtype
    if name not in ULP:
        assert_same(got, reference(name)(*host), signs=name not in UNSIGNED_ZERO)
        return
    wide = np.float64 if dtype == SINGLE else np.longdouble
    exact = reference(name)(*(h.astype(wide) for h in host))
    assert_close(got, exact, dtype, ULP[name], slack(name, host))


def pairs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of the values."""
    return np.repeat(values, len(values)), np.tile(values, len(values))


FLOAT_NAMES = [*ULP, *EXACT.split(), *PREDICATES.split(), *COMPARISONS.split()]


@pytest.mark.parametrize("name", FLOAT_NAMES)
def test_special_floats(name: str, device: Device):
    random = np.random.default_rng(7).integers(0, 2**32, 300, dtype=np.uint32).view(SINGLE)
    values = np.concatenate([specials(SINGLE), random])
    host = [*pairs(specials(SINGLE))] if name in BINARY_NAMES else [values]
    for route in routes(name, device):
        with xp.prefer(route):
            check_floats(name, [xp.asarray(h) for h in host], host)


@pytest.mark.parametrize("name", FLOAT_NAMES)
@settings(max_examples=20)
@given(data=st.data())
def test_floats_in_any_layout(name: str, device: Device, data: st.DataObject):
    """Strides, reversed and broadcast dimensions, extents 0 and 1, over the floats the device has."""
    dtype = data.draw(st.sampled_from([SINGLE, DOUBLE] if device.fp64 and not device.parent else [SINGLE]))
    count = 1 + (name in BINARY_NAMES)
    chosen: list[Laid] = data.draw(operands((dtype,) * count, max_dims=2, dense=bool(device.parent)))
    with xp.prefer(data.draw(st.sampled_from(routes(name, device)))):
        check_floats(name, [o.on(device) for o in chosen], [o.host for o in chosen])


# -- integers and bools -------------------------------------------------------------------------


def integer_reference(name: str, host: list[np.ndarray]) -> np.ndarray:
    """NumPy's result in the operands' dtype; `pow` with its own rule for negative exponents."""
    if name in ("floor", "ceil", "trunc", "round"):
        return host[0]
    if name == "pow":
        base, exponent = host
        if exponent.dtype.kind == "u":
            return reference("pow")(base, exponent)
        power = reference("pow")(base, np.where(exponent < 0, 0, exponent).astype(base.dtype))
        inverse = np.where(base == 1, 1, np.where(base == -1, np.where(exponent % 2, -1, 1), 0))
        return np.where(exponent < 0, inverse, power).astype(base.dtype)
    return reference(name)(*host)


@pytest.mark.parametrize("name", [*INTEGER_UNARY.split(), *INTEGER_BINARY.split(), "pow"])
def test_integer_limits(name: str, device: Device):
    """Every pair of special values: wraparound, x // 0 == 0, the most negative number // -1, any shift."""
    some = [np.dtype(np.int32)] if device.parent else [np.dtype(d) for d in (np.int8, np.int32, np.uint64)]
    every = INTEGERS if device.runtime.target != "prange" and not device.parent else some
    for route in routes(name, device):
        for dtype in every if route == "kernel" else some:
            values = specials(dtype)
            host = [values] if name in INTEGER_UNARY.split() else [*pairs(values)]
            with xp.prefer(route):
                got = getattr(xp, name)(*map(xp.asarray, host))
            assert_same(got, integer_reference(name, host))


@pytest.mark.parametrize("name", [*INTEGER_UNARY.split(), *INTEGER_BINARY.split(), "pow"])
@settings(max_examples=15)
@given(data=st.data())
def test_integers_in_any_layout(name: str, device: Device, data: st.DataObject):
    dtype = data.draw(st.sampled_from([np.int32] if device.parent else [np.int32, np.uint8]))
    count = 1 if name in INTEGER_UNARY.split() else 2
    chosen = data.draw(operands((dtype,) * count, max_dims=2, dense=bool(device.parent)))
    with xp.prefer(data.draw(st.sampled_from(routes(name, device)))):
        got = getattr(xp, name)(*(o.on(device) for o in chosen))
    assert_same(got, integer_reference(name, [o.host for o in chosen]))


@pytest.mark.parametrize("name", [*BOOL_UNARY.split(), *BOOL_BINARY.split()])
def test_bools(name: str, device: Device):
    values = np.array([False, True, True])
    host = [*pairs(values)] if name in BOOL_BINARY.split() else [values]
    for route in routes(name, device):
        with xp.prefer(route):
            assert_same(getattr(xp, name)(*map(xp.asarray, host)), reference(name)(*host))


def test_integers_to_a_negative_power_raise(device: Device):
    x = xp.asarray([1, 2, 3], dtype=xp.int32)
    with pytest.raises(ValueError, match="negative power -1"):
        x**-1
    assert_same(2**x, np.array([2, 4, 8], np.int32))
    assert_same(x**2, np.array([1, 4, 9], np.int32))


# -- dtypes -------------------------------------------------------------------------------------

DTYPES = [np.dtype(bool), *INTEGERS, SINGLE, DOUBLE]


def held(device: Device) -> list[np.dtype]:
    return [d for d in DTYPES if device.fp64 or d != DOUBLE]


def fitted(dtype: np.dtype, device: Device) -> np.dtype:
    return SINGLE if dtype == DOUBLE and not device.fp64 else dtype


@settings(max_examples=60)
@given(data=st.data())
def test_promotion_of_arrays(device: Device, data: st.DataObject):
    """The result's dtype and values are NumPy's for every pair of dtypes (singles for doubles where there are none)."""
    dtypes = data.draw(st.tuples(*[st.sampled_from(held(device))] * 2))
    small = st.integers(0, 1)
    x, y = data.draw(operands(dtypes, max_dims=1, values=small, dense=True))
    route = "library" if device.backend == "host" else data.draw(st.sampled_from(["kernel", "library"]))
    with xp.prefer(route):
        got = x.on(device) + y.on(device)
    expected = x.host + y.host
    assert_same(got, expected.astype(fitted(expected.dtype, device)))
    assert got.dtype == xp.result_type(x.on(device), y.on(device))


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint16, np.int64])
@pytest.mark.parametrize("name", ["sqrt", "exp", "divide", "atan2", "hypot", "cbrt", "deg2rad", "logaddexp2"])
def test_integers_become_floats(name: str, dtype: Any, device: Device):
    """Integers become the device's default float, bools too."""
    host = [np.array([0, 1, 1], dtype)] * (1 + (name in BINARY_NAMES))
    expected = SINGLE if not device.fp64 else DOUBLE
    exact = reference(name)(*(h.astype(np.longdouble) for h in host))
    for route in routes(name, device):
        with xp.prefer(route):
            assert_close(getattr(xp, name)(*map(xp.asarray, host)), exact, expected, ULP[name])


@pytest.mark.parametrize(
    "dtype, scalar, expected",
    [
        (np.bool_, True, np.bool_),
        (np.bool_, 1, np.int64),
        (np.bool_, 1.0, np.float64),
        (np.int8, True, np.int8),
        (np.int8, 1, np.int8),
        (np.uint8, 1.0, np.float64),
        (np.int64, 1.0, np.float64),
        (np.float32, 1, np.float32),
        (np.float32, 0.1, np.float32),
        (np.float32, np.float64(0.1), np.float64),
        (np.int8, np.int32(1), np.int32),
        (np.uint8, np.uint8(1), np.uint8),
        (np.int32, 1j, np.complex128),
        (np.float32, 1j, np.complex64),
    ],
)
def test_promotion_of_scalars(dtype: Any, scalar: Any, expected: Any, device: Device):
    """A Python scalar takes the array's dtype, or the default of its kind where that is higher."""
    narrow = {np.float64: np.float32, np.complex128: np.complex64}
    expected = np.dtype(expected if device.fp64 else narrow.get(expected, expected))
    host = np.array([0, 1, 1], dtype)
    for route in ["library"] if device.backend == "host" else ["kernel", "library"]:
        with xp.prefer(route):
            x = xp.asarray(host)
            assert_same(x + scalar, host.astype(expected) + expected.type(scalar))
            assert_same(scalar + x, host.astype(expected) + expected.type(scalar))
            assert_same(scalar * x, host.astype(expected) * expected.type(scalar))


def test_a_scalar_that_does_not_fit(device: Device):
    with pytest.raises(OverflowError, match="300 does not fit into int8"):
        xp.asarray([1], dtype=xp.int8) + 300
    with pytest.raises(OverflowError, match="-1 does not fit into uint8"):
        xp.asarray([1], dtype=xp.uint8) - -1


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_sines_of_all_magnitudes(name: str, device: Device):
    """Singles of every exponent and sign, multiples of a quarter turn and their neighbours, infinity and NaN."""
    few = device.backend == "fake"
    bits = np.arange(0, 2**32, 100_003 if not few else 50_000_017, dtype=np.uint64).astype(np.uint32)
    turns = np.round(np.geomspace(1, 1e9, 400 if not few else 20)) * np.pi / 2
    near = turns.astype(np.float32)
    edges = np.array([65536, 0, -0.0], np.float32)
    values = np.concatenate([bits.view(np.float32), near, -near, np.nextafter(near, np.float32(0)), edges])
    with np.errstate(invalid="ignore"):
        exact = getattr(np, name)(values.astype(np.longdouble))
    for route in routes("exp", device):
        with xp.prefer(route):
            assert_close(getattr(xp, name)(xp.asarray(values)), exact, SINGLE, ULP[name])


@pytest.mark.parametrize("exponent", [0.5, -0.5, 2.0, 3.0, -1.0, 0.0, 1.0, np.inf, np.nan])
def test_scalar_exponents(exponent: float, device: Device):
    """NumPy takes shortcuts for some of them, which our kernel does not."""
    host = specials(SINGLE)
    powers = [np.full(host.shape, exponent), np.full(host.shape, exponent, np.float32)]
    exact = reference("pow")(host.astype(np.float64), powers[0])
    for route in routes("pow", device):
        with xp.prefer(route):
            assert_close(xp.asarray(host) ** exponent, exact, SINGLE, ULP["pow"])
            assert_close(xp.asarray(host) ** xp.asarray(powers[1]), exact, SINGLE, ULP["pow"])


# -- complex numbers and half precision, by the library -----------------------------------------

COMPLEX_UNARY = (
    "sqrt exp expm1 log log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh reciprocal "
    "negative positive square abs conj exp2"
)
#: Allowed distance in the complex plane, relative to the result's modulus, in machine epsilons.
#: 8 for functions, each part of which is right to 4; `pow` and `exp2` multiply the logarithm's error by
#: the exponent.  Libraries differ in where they put signs of zeros, and in overflow.
COMPLEX_BOUND = {"pow": 100, "exp2": 100}


def moderate(dtype: Any) -> np.ndarray:
    """Complex numbers of modulus 1e-12 to 1e12, and on both axes, without signed zeros."""
    random = np.random.default_rng(3)
    modulus = 10.0 ** random.uniform(-12, 12, 200)
    spread = modulus * np.exp(2j * np.pi * random.uniform(0, 1, 200))
    near = random.uniform(-4, 4, 200) + 1j * random.uniform(-4, 4, 200)
    return np.concatenate([spread, near, [1, -1, 1j, -1j, 2, -2, 0.5, -0.5j, 0]]).astype(dtype)


def assert_complex(got: xp.Array, exact: np.ndarray, dtype: np.dtype, bound: float) -> None:
    assert got.dtype == dtype
    values = xp.asnumpy(got)
    with np.errstate(all="ignore"):
        inside = np.abs(exact) < np.finfo(dtype).max / 4
        distance = np.abs(values - exact) / np.maximum(np.abs(exact), np.finfo(dtype).tiny)
    bad = inside & ~(distance <= bound * np.finfo(dtype).eps)
    assert not bad.any(), (exact[bad][:3], values[bad][:3])


@pytest.mark.parametrize("name", [*COMPLEX_UNARY.split(), "add", "subtract", "multiply", "divide", "pow"])
def test_complex_numbers(name: str, device: Device):
    for dtype in [np.complex64] if device.parent or not device.fp64 else [np.complex64, np.complex128]:
        host = [moderate(dtype)]
        if name in BINARY_NAMES:
            host.append(np.random.default_rng(4).permutation(host[0]))
        with np.errstate(all="ignore"):
            if name == "pow":
                host = [h[(np.abs(h) > 1e-3) & (np.abs(h) < 4)][:200] for h in host]
            elif name in ("exp", "expm1", "exp2", "sin", "cos", "tan", "sinh", "cosh", "tanh"):
                host = [h[np.abs(h) < 50] for h in host]
            exact = reference(name)(*(h.astype(np.clongdouble) for h in host))
        result = np.dtype(dtype) if name != "abs" else np.finfo(dtype).dtype
        assert_complex(getattr(xp, name)(*map(xp.asarray, host)), exact, result, COMPLEX_BOUND.get(name, 8))


def test_complex_powers_of_zero(device: Device):
    x = xp.asarray([0, 0, 0, 2], dtype=xp.complex64)
    y = xp.asarray([0, 2, 1 + 1j, 0], dtype=xp.complex64)
    assert_same(xp.real(x**y), np.array([1, 0, 0, 1], np.float32))


ORDERED = "floor atan2 remainder bitwise_and cbrt i0 gcd fmod heaviside isposinf"


def test_what_is_not_defined_for_complex_numbers(device: Device):
    x = xp.asarray([1j], dtype=xp.complex64)
    for name in ORDERED.split():
        with pytest.raises(xp.UnsupportedDTypeError, match=f"{name} is not defined for complex64"):
            getattr(xp, name)(*(x,) * ROWS[name].operands)


def test_complex_sinc(device: Device):
    z = np.array([0, 0.5, -1.25, 0.5j, 0.75 + 0.25j], np.complex64)
    wide = np.pi * z.astype(np.complex128)
    exact = np.where(z == 0, 1, np.sin(wide) / np.where(z == 0, 1, wide))
    assert_complex(xp.sinc(xp.asarray(z)), exact, z.dtype, 8)


HALVES = (
    "add divide sqrt exp less maximum floor_divide remainder cbrt exp2 i0 fmod fmax heaviside isposinf logaddexp2 sinc"
)


@pytest.mark.parametrize("name", HALVES.split())
def test_half_precision(name: str, device: Device):
    host = [*pairs(specials(np.float16))] if name in BINARY_NAMES else [specials(np.float16)]
    if not device.fp16:
        with pytest.raises(xp.UnsupportedDTypeError, match=f"{device} has no float16; it has float32"):
            xp.asarray(host[0], dtype=xp.float16)
        return
    got = getattr(xp, name)(*map(xp.asarray, host))
    if name in ULP:
        assert_close(got, reference(name)(*(h.astype(np.float64) for h in host)), np.float16, ULP[name])
    else:
        assert_same(got, reference(name)(*host), signs=name not in UNSIGNED_ZERO)


# -- several operands ---------------------------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_where(device: Device, data: st.DataObject):
    condition, x, y = data.draw(operands((np.bool_, np.float32, np.int8), max_dims=2))
    with xp.prefer(data.draw(st.sampled_from(routes("where", device)))):
        got = xp.where(condition.on(device), x.on(device), y.on(device))
    expected = np.where(condition.host, x.host, y.host)
    assert_same(got, expected)


def test_where_of_scalars(device: Device):
    condition = xp.asarray([True, False])
    for route in routes("where", device):
        with xp.prefer(route):
            assert_same(xp.where(condition, xp.asarray([5, 6], dtype=xp.int8), 0), np.array([5, 0], np.int8))
            assert_same(xp.where(condition, 1, 2), np.array([1, 2], np.int64))
            default = np.float64 if device.fp64 else np.float32
            assert_same(xp.where(condition, 1.5, 2), np.array([1.5, 2], default))
    assert_same(xp.where(xp.asarray([1, 0]), 1, 2), np.array([1, 2], np.int64))
    assert_same(xp.where(True, xp.asarray([1]), 2), np.array([1]))  # a scalar is a parameter


@settings(max_examples=40)
@given(data=st.data())
def test_clip(device: Device, data: st.DataObject):
    x = data.draw(laid(np.float32))
    low, high = (data.draw(st.none() | st.floats(-10, 10, width=32)) for _ in range(2))
    got = xp.clip(x.on(device), low, high)
    expected = x.host if low is None and high is None else np.clip(x.host, low, high)
    assert_same(got, expected, signs=False)
    assert got is not x


def test_clip_widens_as_numpy_does(device: Device):
    clipped = xp.clip(xp.asarray([1], dtype=xp.int8), xp.asarray([300], dtype=xp.int32))
    assert_same(clipped, np.array([300], np.int32))


@settings(max_examples=30)
@given(data=st.data())
def test_more_dimensions_than_kernels_have(device: Device, data: st.DataObject):
    """Five dimensions that don't collapse go to the library, or through dense copies to a kernel that must run."""
    x, y = data.draw(operands((np.int16, np.int16), max_dims=5))
    with xp.prefer(data.draw(st.sampled_from(routes("add", device)))):
        a, b = x.on(device), y.on(device)
        assert_same(a + b, x.host + y.host)
        assert_same(a >> b, reference("bitwise_right_shift")(x.host, y.host))


# -- errors -------------------------------------------------------------------------------------


def test_errors(device: Device):
    x, y = xp.ones((2, 3)), xp.ones((3, 2))
    with pytest.raises(ValueError, match=r"add: shapes \(2, 3\), \(3, 2\) can't be broadcast"):
        x + y
    with pytest.raises(xp.UnsupportedDTypeError, match="bitwise_and is not defined for float"):
        x & x
    with pytest.raises(xp.UnsupportedDTypeError, match="subtract is not defined for bool"):
        xp.subtract(x > 0, x > 0)
    with pytest.raises(TypeError, match="add: str is neither an xpuarray array nor a scalar"):
        xp.add(x, "1")
    with pytest.raises(TypeError, match="unsupported operand"):
        x + "1"
    with pytest.raises(TypeError, match="takes from 1 to 2 positional arguments"):
        xp.sin(x, x, x)


# -- operators and in-place operators -----------------------------------------------------------

OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "pow": operator.pow,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "bitwise_left_shift": operator.lshift,
    "bitwise_right_shift": operator.rshift,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}
IN_PLACE = {name: getattr(operator, f"i{op.__name__.strip('_')}", None) for name, op in OPERATORS.items()}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_the_functions(name: str, device: Device):
    host = np.array([1, 2, 7, 5], np.int32), np.array([3, 2, 1, 4], np.int32)
    x, y = map(xp.asarray, host)
    apply = OPERATORS[name]
    expected = apply(*host).astype(np.float32) if name == "divide" else apply(*host)
    for got in (apply(x, y), getattr(xp, name)(x, y)):
        assert_same(xp.astype(got, xp.float32) if name == "divide" else got, expected)
    assert_same(xp.astype(apply(x, 2), xp.float32), apply(host[0], 2).astype(np.float32))
    assert_same(xp.astype(apply(2, y), xp.float32), apply(2, host[1]).astype(np.float32))


def test_unary_operators(device: Device):
    host = np.array([1, -2, 0], np.int8)
    x = xp.asarray(host)
    for apply in (operator.neg, operator.pos, operator.abs, operator.invert):
        assert_same(apply(x), apply(host))


def test_in_place_on_a_small_result(device: Device):
    """It may have its values on the host when the operation is to wait."""
    with xp.prefer("library"):
        x = xp.asarray([1, 2, 7], dtype=xp.int32) + 1
    with xp.prefer("kernel"):
        x += x
        x -= xp.asarray([1, 1, 1], dtype=xp.int32)
        assert x.tolist() == [3, 5, 15]


@pytest.mark.parametrize("name", [n for n, op in IN_PLACE.items() if op is not None])
def test_in_place(name: str, device: Device):
    """The same array, the same memory, whatever the other operand: a scalar, an array, itself, a broadcast row."""
    apply, dtype = IN_PLACE[name], np.float32 if name == "divide" else np.int32
    base = np.arange(1, 13, dtype=dtype).reshape(3, 4)
    for route in routes(name, device):
        with xp.prefer(route):
            for other in (2, base[::-1].copy(), base[0].copy(), "itself"):
                host, x = base.copy(), xp.asarray(base)
                alias = x
                x = apply(
                    x, x if isinstance(other, str) else xp.asarray(other) if isinstance(other, np.ndarray) else other
                )
                host = apply(host, host if isinstance(other, str) else other)
                assert x is alias
                assert_same(alias, host)


@settings(max_examples=40)
@given(data=st.data())
def test_in_place_on_a_view(device: Device, data: st.DataObject):
    """What is written through a view is written to its base, and nothing else is."""
    shape = data.draw(st.tuples(st.integers(0, 5), st.integers(0, 5)))
    base = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    steps = data.draw(st.tuples(*[st.sampled_from([1, 2, -1, -2, 3])] * 2))
    key = tuple(slice(None, None, s) for s in steps)
    host, x = base.copy(), xp.asarray(base)
    with xp.prefer(data.draw(st.sampled_from(routes("add", device)))):
        view, host_view = x[key], host[key]
        view += 100
        host_view += 100
    assert_same(x, host)


@pytest.mark.parametrize("forward", [True, False])
def test_in_place_with_overlap(forward: bool, device: Device):
    """The operand is read as it was before, though it shares memory with what is written."""
    for route in routes("add", device):
        with xp.prefer(route):
            host = np.arange(1000, dtype=np.float32)
            x = xp.asarray(host)
            if forward:
                x[1:] += x[:-1]
                host[1:] += host[:-1].copy()
            else:
                x[:-1] += x[1:]
                host[:-1] += host[1:].copy()
            assert_same(x, host)
            x += x[::-1]
            assert_same(x, host + host[::-1])


def test_in_place_errors(device: Device):
    x = xp.ones((2, 2), dtype=xp.int32)
    with pytest.raises(TypeError, match=r"in-place add: .*float.* does not fit into int32"):
        x += 0.5
    with pytest.raises(TypeError, match=r"in-place divide: .*float.* does not fit into int32"):
        x /= 2
    with pytest.raises(ValueError, match=r"\(3, 2, 2\) does not fit into \(2, 2\)"):
        x += xp.ones((3, 2, 2), dtype=xp.int32)
    assert_same(x, np.ones((2, 2), np.int32))


@settings(max_examples=20)
@given(value=elements(SINGLE))
def test_scalars_in_kernels_are_not_constants(device: Device, value: Any):
    """A compiled kernel takes the scalar of each call, and denormal ones are not flushed to 0."""
    for route in routes("add", device):
        with xp.prefer(route):
            x = xp.asarray(np.array([0, 1], np.float32))
            with np.errstate(all="ignore"):
                assert_same(x + float(value), np.array([0, 1], np.float32) + value)
