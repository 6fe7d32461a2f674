"""What compiled code does with memory itself is what NumPy does: loops over strided and broadcast operands, elements
and slices read and stored, arrays walked; uncompiled, NumPy does it."""

from __future__ import annotations

import gc
import itertools
import operator
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

DTYPES = ["bool", "int8", "uint8", "int32", "int64", "uint64", "float32", "float64", "complex128"]
PARTS: list[Callable[[Any], Any]] = [
    lambda x: x,
    lambda x: x[1:, :, ::2],
    lambda x: x[::-1, 1:3],
    lambda x: x.T,
    lambda x: x[:, :1],
    lambda x: x[1],
    lambda x: x[:, 2, 3],
    lambda x: x[2:3, None, :, 1],
    lambda x: x[0, 0, ::-2],
    lambda x: x[..., :0],
]
UNARY = ["negative", "abs", "sqrt", "exp", "isnan", "logical_not", "square"]
BINARY: list[Callable[[Any, Any], Any]] = [
    operator.add, operator.mul, operator.truediv, operator.lt, operator.eq, operator.and_, operator.floordiv,
    operator.pow,
]  # fmt: skip
KEYS: list[Any] = [
    0, -1, 3, 9, (1, 2), (1, 2, 3), (1, -2, -3), (0, 0, 9), (0, 0, 0, 0), (), ..., (..., 1), (1, 2, 3, ...), None,
    (None, 1), slice(1, None), slice(None, None, -1), slice(5, 1), (slice(None), 1),
    (slice(None, None, 2), ..., None, 2),
    (slice(-2, None), slice(None, None, -3)), (..., ...), 1 << 70, slice(1, 1 << 70), slice(None, None, 0),
]  # fmt: skip


def made(device: Device, dtype: str) -> tuple[np.ndarray, xp.Array]:
    values = (np.arange(60) % 7 - (3 if dtype[0] not in "bu" else 0)).astype(dtype).reshape(3, 4, 5)
    return values, xp.asarray(values, device=device)


def dtypes(device: Device) -> Iterator[str]:
    return (d for d in DTYPES if device.info.fp64 or d not in ("float64", "complex128"))


def outcome(call: Callable[[], Any]) -> Any:
    """Its value, or that it is refused, whatever the error is."""
    try:
        with np.errstate(all="ignore"):
            return call()
    except (TypeError, ValueError, IndexError, OverflowError, xp.UnsupportedDTypeError):
        return None


def agree(got: Any, want: Any, *about: Any) -> None:
    assert (got is None) == (want is None), about
    if want is not None:
        assert got.shape == want.shape, about
        np.testing.assert_allclose(xp.asnumpy(got), want, rtol=1e-6, atol=1e-12, err_msg=str(about))


def test_loops(device: Device):
    """Twice: the whole way, which leaves a plan, and by the plan."""
    for dtype in dtypes(device) if device.backend != "fake" else ("int32", "float32"):  # it simulates, slowly
        a, x = made(device, dtype)
        for part in PARTS:
            for name, _ in itertools.product(UNARY, range(2)):
                want = outcome(lambda: getattr(np, name)(part(a)))  # noqa: B023
                got = outcome(lambda: getattr(xp, name)(part(x)))  # noqa: B023
                if got is not None and want is not None and got.dtype == want.dtype:  # NumPy has halves of bytes
                    agree(got, want, name, dtype)
        for function, (first, second) in itertools.product(BINARY, itertools.product(PARTS, repeat=2)):
            if (function is operator.pow and dtype[0] in "ib") or (dtype == "bool" and function is operator.floordiv):
                continue  # of negative integers, and of bools, the rule is another: docs/differences.md
            want = outcome(lambda: function(first(a), second(a)))  # noqa: B023
            got = outcome(lambda: function(first(x), second(x)))  # noqa: B023
            if got is not None and want is not None and got.dtype == want.dtype:  # NumPy has halves of bytes
                agree(got, want, function, dtype)


def test_in_place_into_parts(device: Device):
    for dtype in ("int32", "float32"):
        for function, (to, read) in itertools.product(
            (operator.iadd, operator.imul), itertools.product(PARTS, repeat=2)
        ):
            a, x = made(device, dtype)
            for _ in range(2):
                want = outcome(lambda: function(to(a), read(a)))  # noqa: B023
                got = outcome(lambda: function(to(x), read(x)))  # noqa: B023
                agree(got, want, function)
            np.testing.assert_array_equal(xp.asnumpy(x), a)


@pytest.mark.parametrize("dtype", DTYPES)
def test_keys(device: Device, dtype: str):
    """What a key gives, what a value becomes that is stored there, and that nothing else changes."""
    if dtype not in dtypes(device):
        return
    for key in KEYS:
        a, x = made(device, dtype)
        agree(outcome(lambda: x[key]), outcome(lambda: a[key]), key)  # noqa: B023
        here = outcome(lambda: a[key])  # noqa: B023
        for value in (0, 3, True, 2.0, -1, 300, 1 << 40):
            if here is None or (value == 2.0 and dtype != "float64"):
                continue
            if outcome(lambda: np.array(value).astype(dtype) == value) is not np.True_:  # noqa: B023
                continue  # what does not fit has rules of its own
            b, y = made(device, dtype)
            b[key] = value
            y[key] = value
            np.testing.assert_array_equal(xp.asnumpy(y), b, err_msg=str((key, value)))
        for part in PARTS:
            b, y = made(device, dtype)
            b[0], y[0] = b[1], y[1]
            c, z = b * b, y * y  # of their own memory, and with the target's
            for own, mine in ((b, y), (c, z)):
                before = b.copy()
                want = outcome(lambda: b.__setitem__(key, part(own)) is None)  # noqa: B023
                got = outcome(lambda: y.__setitem__(key, part(mine)) is None)  # noqa: B023
                if want is None and got is None:
                    assert (b == before).all()
                if want == got:
                    np.testing.assert_array_equal(xp.asnumpy(y), b, err_msg=str((key, part)))
                else:
                    b, y = made(device, dtype)


def test_walks(device: Device):
    """Iteration, lengths and truths: of rows, of elements, of what waits, of none."""
    for dtype in dtypes(device):
        a, x = made(device, dtype)
        twice, sums = (a | a, x | x) if dtype[0] in "bu" else (a + a, x + x)
        for mine, own in ((x, a), (x[0, 1], a[0, 1]), (x[:, ::2], a[:, ::2]), (x[:0], a[:0]), (sums, twice)):
            assert len(mine) == len(own)
            for part, want in zip(mine, own, strict=True):
                agree(part, want)
        for part, want in zip(x[0, 0], a[0, 0], strict=True):
            assert bool(part) == bool(want)
            assert complex(part) == complex(want)
            if dtype != "complex128":
                assert float(part) == float(want) and int(part) == int(want)
        with pytest.raises(TypeError):
            iter(x[0, 0, 0])
        with pytest.raises(TypeError):
            len(x[0, 0, 0])


def test_operators_ask_the_other_operand(device: Device):
    class Other:
        __array_ufunc__ = None

        def __radd__(self, x: Any) -> str:
            return "added"

        def __add__(self, x: Any) -> str:
            return "first"

    x = xp.arange(3, device=device)
    assert x + Other() == "added" and Other() + x == "first"
    for function in (operator.add, operator.matmul, operator.pow, operator.lshift):
        for operands in ((x, "text"), ("text", x)):
            with pytest.raises(TypeError):
                function(*operands)
    for operands in ((x, 2, 3), (2, x, 3)):
        with pytest.raises(TypeError):
            pow(*operands)
    assert (x == "text") is False and (x != "text") is True
    with pytest.raises(TypeError):
        operator.lt(x, "text")
    with pytest.raises((TypeError, AttributeError)):
        del x[0]


def test_powers_of_a_number(device: Device):
    """By the value of the exponent, whichever was there before."""
    for dtype in ("int64", "float32", "complex128"):
        if dtype not in dtypes(device):
            continue
        a = np.array([1, 2, 4, 9], dtype)
        x = xp.asarray(a, device=device)
        for exponent in (2, 3, 2, 0.5, 2.5, -1.5, 0.5, 0, 2.0, True, 1j):
            if isinstance(exponent, complex) and not device.info.fp64:
                continue
            for mine, own in ((x, a), (x[2], a[2])):
                got, want = outcome(lambda: mine**exponent), outcome(lambda: own**exponent)  # noqa: B023
                if got is not None and not (dtype == "int64" and type(exponent) is not int):
                    assert got.shape == want.shape and got.dtype == want.dtype
                if got is not None:
                    np.testing.assert_allclose(xp.asnumpy(got), want, rtol=1e-5, err_msg=str((dtype, exponent)))
    x = xp.asarray([-0.0, float("-inf")], dtype="float32", device=device)
    for exponent in (2, 0.5, 0.5):
        value = xp.asnumpy(x**exponent)
    assert value.tolist() == [0, np.inf] and not np.signbit(value[0])


def test_out(device: Device):
    """`out=` an operand, a part of one, of another dtype, read only, too wide, or of a wrong shape."""
    for dtype in ("int32", "float32"):
        for to, name, _ in itertools.product(
            range(6), ("add", "multiply", "less", "negative", "logical_not"), range(2)
        ):
            a, x = np.arange(12, dtype=dtype), xp.arange(12, dtype=dtype, device=device)
            outs = []
            for own in (a, x):
                space = np if own is a else xp
                more = {} if own is a else {"device": device}
                outs.append(
                    [own[:6], own[3:9], own[6:], own[:5], space.zeros(6, dtype="bool", **more),
                     space.zeros((2, 6), dtype="float32", **more)][to]
                )  # fmt: skip
            operands = (own[3:9] for own in (a, x)) if name in ("negative", "logical_not") else None
            args = [(part,) for part in operands] if operands else [(a[:6], a[3:9]), (x[:6], x[3:9])]
            want = outcome(lambda: getattr(np, name)(*args[0], out=outs[0]))  # noqa: B023
            got = outcome(lambda: getattr(xp, name)(*args[1], out=outs[1]))  # noqa: B023
            agree(got, want, name, to, dtype)
            assert got is None or got is outs[1]
            np.testing.assert_array_equal(xp.asnumpy(x), a)
    x = xp.broadcast_to(xp.zeros(1, device=device), (3,))
    with pytest.raises(ValueError, match="read-only"):
        xp.add(x, x, out=x)


def test_what_was_just_made_is_written_where_it_is(device: Device):
    """By elements, slices, masks and masked values; copies and what was computed of it before stay as they are."""
    a = np.linspace(0, 1, 30, dtype=np.float32).reshape(5, 6)
    x = xp.asarray(a, device=device)
    b, y = a + a, x + x
    twice, kept = y * 2, y.copy()
    for own, mine in ((b, y), (b[1], y[1])):
        own[0], mine[0] = 5, 5
        own[1:3], mine[1:3] = 7, 7
        own[own > 1], mine[mine > 1] = own[own > 1] / 2, mine[mine > 1] / 2
        own[own < 0.5], mine[mine < 0.5] = 3, 3
    np.testing.assert_array_equal(xp.asnumpy(y), b)
    np.testing.assert_array_equal(xp.asnumpy(twice), a * 4)
    np.testing.assert_array_equal(xp.asnumpy(kept), a * 2)
    flat = y.reshape(-1)
    flat[:3] = 0
    np.testing.assert_array_equal(xp.asnumpy(y)[0, :3], np.zeros(3))


def test_products_of_more_than_few(device: Device):
    for shapes in (((300, 300), (300,)), ((300,), (300, 300)), ((2, 300, 200), (200, 3)), ((70_000,), (70_000,))):
        a, b = (np.random.default_rng(3).integers(0, 5, shape).astype(np.float32) for shape in shapes)
        x, y = (xp.asarray(v, device=device) for v in (a, b))
        for _ in range(2):
            np.testing.assert_allclose(xp.asnumpy(x @ y), a.astype(float) @ b.astype(float), rtol=1e-4)
            if a.ndim == b.ndim == 1:
                np.testing.assert_allclose(xp.asnumpy(x[::2] @ y[::2]), a[::2] @ b[::2], rtol=1e-4)


def test_keys_with_arrays(device: Device):
    """Elements of arrays as indices and bounds, index arrays, one or several, masks, and what is out of bounds."""
    dtype = "float32"
    a, x = made(device, dtype)
    keys: list[Callable[[Any, Any, Any], Any]] = [
        lambda i, j, b: i[1],
        lambda i, j, b: (1, i[1]),
        lambda i, j, b: (i[0], i[1], i[2]),
        lambda i, j, b: slice(i[0], i[2]),
        lambda i, j, b: (slice(i[0], None), ..., i[1]),
        lambda i, j, b: i,
        lambda i, j, b: (i, j),
        lambda i, j, b: (i, j, i),
        lambda i, j, b: (i, j[:1]),
        lambda i, j, b: (i, j[:0]),
        lambda i, j, b: (i[:, None], j),
        lambda i, j, b: (i, 1),
        lambda i, j, b: (i, j + 9),
        lambda i, j, b: i[2] + 90,
        lambda i, j, b: b,
        lambda i, j, b: b[0],
        lambda i, j, b: (b[:, 0, 0], i),
        lambda i, j, b: b[0, 0, 0],
        lambda i, j, b: (1, b[1, 0, 0]),
        lambda i, j, b: i[:0],
    ]
    for kind in ("int64", "uint8", "uint64"):
        own = np.array([0, 1, 2], kind), np.array([1, 3, 0], kind), a > 1
        mine = xp.asarray(own[0], device=device), xp.asarray(own[1], device=device), x > 1
        for k, key in enumerate(keys):
            want, got = outcome(lambda: a[key(*own)]), outcome(lambda: x[key(*mine)])  # noqa: B023
            agree(got, want, kind, k)
            if want is None:
                continue
            (b, y), (c, z) = made(device, dtype), made(device, dtype)
            for _ in range(2):
                b[key(*own)], y[key(*mine)] = 7, 7
                np.testing.assert_array_equal(xp.asnumpy(y), b, err_msg=str((kind, k)))
                b[key(*own)], y[key(*mine)] = c[key(*own)] * 2, z[key(*mine)] * 2
                np.testing.assert_array_equal(xp.asnumpy(y), b, err_msg=str((kind, k)))


def test_arrays_that_are_freed_leave_nothing_behind(device: Device):
    """Memory of arrays is used again: what refers to one weakly, and what it kept, are told of its end."""
    held = []
    for _ in range(3):
        arrays = [xp.ones(3, device=device) + k for k in range(100)]
        references = [weakref.ref(x) for x in arrays]
        arrays.append(arrays)  # a cycle
        del arrays
        gc.collect()
        assert not any(reference() is not None for reference in references)
        held += [xp.zeros(2, device=device)[1] for _ in range(100)]
    assert all(float(x) == 0 and x.shape == () for x in held)
    chain = xp.ones(1, device=device)
    with xp.prefer("kernel"):
        for _ in range(20):
            chain = chain + 1
    assert float(chain[0]) == 21


def test_clip_of_many_integers(device: Device):
    a = np.arange(-40_000, 40_000, dtype=np.int32).reshape(400, 200)
    x = xp.asarray(a, device=device)
    for low, high in ((2, 10), (None, 5), (-7, None), (10, 2), (-(1 << 40), 9), (0, 1 << 40)):
        value = xp.clip(x[:, ::-1], low, high)
        want = np.clip(a[:, ::-1].astype(np.int64), low, high)
        assert value.dtype == np.int32
        np.testing.assert_array_equal(xp.asnumpy(value), want)
    xp.clip(x, 0, 3, out=x)
    np.testing.assert_array_equal(xp.asnumpy(x), np.clip(a, 0, 3))
