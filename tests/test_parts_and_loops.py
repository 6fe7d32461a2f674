"""What compiled code does with memory itself is what NumPy does: loops over strided and broadcast operands, elements
and slices read and stored, arrays walked; uncompiled, NumPy does it."""

from __future__ import annotations

import itertools
import operator
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
    for dtype in dtypes(device):
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
