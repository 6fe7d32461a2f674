"""Expressions: fused or step by step, a program means the same."""

from __future__ import annotations

import gc
import math
import subprocess
import sys
import textwrap
import threading
from typing import Any

import numpy as np
import pytest
from bounds import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

import xpuarray as xp
from xpuarray.core import pending
from xpuarray.core.modes import always
from xpuarray.fusion.expression import MOST_STEPS, Expression
from xpuarray.placement.devices import Device

SINGLE = np.float32


def waits(x: xp.Array) -> bool:
    return x._buffer is None and type(x._expression) is Expression


@pytest.fixture
def fused(device: Device):
    """Everything waits, and runs by kernels."""
    with xp.prefer("kernel"):
        yield device


def ramp(*shape: int, dtype: Any = SINGLE) -> np.ndarray:
    return np.linspace(-2, 3, math.prod(shape)).reshape(shape).astype(dtype)


# -- what waits, and until when --------------------------------------------------------------------


def test_a_chain_is_one_kernel(fused: Device):
    x, host = xp.asarray(ramp(60)), ramp(60)
    with xp.explain() as calls:
        y = abs(x) * 2 + xp.sqrt(abs(x))
        assert waits(y)
        assert (y.shape, y.dtype, y.ndim, y.size, y.nbytes) == ((60,), SINGLE, 1, 60, 240)
        values = xp.asnumpy(y)
    assert [c.function for c in calls] == ["abs_multiply_sqrt_add"]
    np.testing.assert_allclose(values, np.abs(host) * 2 + np.sqrt(np.abs(host)), rtol=3e-7)
    assert not waits(y)


def test_common_subexpressions_are_computed_once(fused: Device):
    x = xp.asarray(ramp(5))
    with xp.explain() as calls:
        y = (x + 1) * (x + 1)  # two scalars, two additions: scalars may differ the next time
        z = xp.square(x) * xp.square(x) + xp.square(x)
    assert {c.function for c in calls} == {"add_add_multiply", "square_multiply_add"}
    assert_same(z, np.square(ramp(5)) ** 2 + np.square(ramp(5)))
    assert_same(y, (ramp(5) + 1) ** 2)


def test_errors_come_at_once(fused: Device):
    x, y = xp.asarray(ramp(5)), xp.asarray(ramp(6))
    with pytest.raises(ValueError, match="can't be broadcast"):
        (x + 1) * (y + 1)
    with pytest.raises(xp.UnsupportedDTypeError):
        xp.bitwise_and(x * 2, x)
    with pytest.raises(xp.PlacementError):
        (x + 1) + xp.ones(5, dtype=SINGLE, device="host" if fused.backend != "host" else "fake")


def test_several_outputs_in_one_pass(fused: Device):
    x, y = xp.asarray(ramp(40)), xp.asarray(ramp(40)[::-1].copy())
    with xp.explain() as calls:
        mean, half = (x + y) * 0.5, (x - y) * 0.5
        xp.evaluate(mean, half)
    assert len(calls) == 1
    assert_same(mean, (ramp(40) + ramp(40)[::-1]) * SINGLE(0.5))
    assert_same(half, (ramp(40) - ramp(40)[::-1]) * SINGLE(0.5))


def test_expressions_do_not_grow_for_ever(fused: Device):
    x, host = xp.asarray(ramp(7)), ramp(7)
    for k in range(2 * MOST_STEPS):
        x, host = x + k, host + SINGLE(k)
    assert x._expression.steps <= MOST_STEPS
    assert_same(x, host)


def test_what_nobody_reads_is_not_computed(fused: Device):
    x = xp.asarray(ramp(5))
    with xp.explain() as calls:
        x + 1
        gc.collect()
    assert calls == []


# -- writing while something waits --------------------------------------------------------------------


def test_writing_into_an_input(fused: Device):
    x = xp.asarray(ramp(6))
    y = x * 2
    x[1] = 100
    assert_same(y, ramp(6) * 2)
    z = x * 2
    x[:] = 0
    assert float(z[1]) == 200


def test_writing_into_a_view_of_an_input(fused: Device):
    x = xp.asarray(ramp(4, 3))
    y, view = x[1:, ::2] + 1, x[2]
    view[...] = 9
    assert_same(y, ramp(4, 3)[1:, ::2] + 1)
    x += 1
    assert float(view[0]) == 10


def test_in_place_operators(fused: Device):
    x, host = xp.asarray(ramp(6)), ramp(6)
    view, other = x[::2], x * 3
    x *= x + 1
    host *= host + 1
    assert_same(x, host)
    assert_same(view, host[::2])
    assert_same(other, ramp(6) * 3)
    y = x + 1
    before = y * 2
    y -= 5  # y is an expression still: another one now
    assert waits(y)
    assert_same(before, (host + 1) * 2)
    assert_same(y, host + 1 - 5)


def test_in_place_with_overlapping_views(fused: Device):
    x, host = xp.asarray(ramp(8)), ramp(8)
    x[1:] += x[:-1]
    host[1:] += host[:-1].copy()
    assert_same(x, host)
    x -= x[::-1] * 2
    assert_same(x, host - host[::-1] * 2)


def test_kernels_write_too(fused: Device):
    @xp.kernel
    def clear(item, x, pair):
        x[item.get_id(0)] = 0
        pair[0][item.get_id(0)] = 0

    x, z = xp.asarray(ramp(6)), xp.asarray(ramp(6))
    y, w = x + 1, z + 1
    clear[6](x, (z, z))
    assert_same(y, ramp(6) + 1)
    assert_same(w, ramp(6) + 1)
    clear[6](y, (w, w))  # expressions as arguments
    assert_same(y, np.zeros(6, SINGLE))


def test_shared_memory_is_never_left_waiting(fused: Device):
    x = xp.asarray(ramp(6))
    y = x + 1
    x.native  # noqa: B018  whoever has it may write
    assert not waits(y)
    assert not waits(x * 2)
    assert not waits(x[1:] * 2)
    assert waits(xp.asarray(ramp(6)) * 2)


def test_arrays_of_others(device: Device):
    if device.backend != "host":
        pytest.skip("NumPy's memory is the host's")
    host = ramp(6)
    with xp.prefer("kernel"):
        x = xp.from_dlpack(host)
        y = x * 2
        host[:] = 0
        assert_same(y, ramp(6) * 2)


def test_asnumpy_views(device: Device):
    x = xp.asarray(ramp(6), device=device)
    if device.runtime.host_view(x._native) is None:
        pytest.skip(f"{device} shows no views")
    with xp.prefer("kernel"):
        y = x + 1
        view = xp.asnumpy(x, copy=None)
        view[:] = 0
        assert_same(y, ramp(6) + 1)
        z = x + 1
        view[:] = 5
        assert_same(z, np.ones(6, SINGLE))


# -- modes ---------------------------------------------------------------------------------------


def test_modes(device: Device):
    x = xp.asarray(ramp(5))
    with always():
        assert waits(x + 1)
        with xp.eager():
            assert not waits(x + 1)
    with xp.prefer("library"):
        assert not waits(x + 1)


def test_the_environment_switches_it_off():
    program = """
        import xpuarray as xp
        from xpuarray.fusion.expression import Expression
        with xp.prefer("kernel"):
            assert (xp.ones(3, device="host") + 1)._buffer is not None
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], env={**__import__("os").environ, "XPUARRAY_FUSION": "0"}
    )
    assert done.returncode == 0


def test_fuse(fused: Device):
    @xp.fuse
    def both(x, y):
        return {"sum": x + y, "difference": (x - y, x * 1)}

    x, y = xp.asarray(ramp(9)), xp.asarray(ramp(9) * 3)
    with xp.explain() as calls:
        found = both(x, y)
    assert len(calls) == 1
    assert not waits(found["sum"])
    assert_same(found["difference"][0], ramp(9) - ramp(9) * 3)


def test_vectorize(device: Device):
    @xp.vectorize
    def soft(x, limit):
        return math.copysign(max(abs(x) - limit, type(x)(0)), x)

    @xp.vectorize(dtype=xp.bool)
    def outside(x):
        return x < -1 or x > 1

    host = ramp(4, 5)
    x = xp.asarray(host, device=device)
    with xp.prefer("kernel"), xp.explain() as calls:
        y = soft(x + 1, 0.5) * 2
        z = outside(x)
    assert [c.function for c in calls] == ["add_soft_multiply", "outside"]
    expected = np.copysign(np.maximum(np.abs(host + 1) - SINGLE(0.5), 0), host + 1) * 2
    assert_same(y, expected)
    assert_same(z, (host < -1) | (host > 1))
    assert soft(x, x[0]).shape == (4, 5)
    assert soft(xp.zeros((0, 3), dtype=SINGLE), 1).shape == (0, 3)
    with pytest.raises(TypeError, match="takes 2 operand"):
        soft(x)
    with pytest.raises(xp.ImplicitTransferError):
        soft(x, host)


def test_reductions_read_the_chain(fused: Device):
    x, host = xp.asarray(ramp(30, 40)), ramp(30, 40)
    with xp.explain() as calls:
        totals = [xp.sum(xp.square(x) + 1, axis=axis) for axis in (None, 0, 1)]
    assert not any(c.function.startswith("square") for c in calls)
    for total, axis in zip(totals, (None, 0, 1)):
        np.testing.assert_allclose(xp.asnumpy(total), (np.square(host) + 1).sum(axis=axis), rtol=1e-6)


@pytest.mark.parametrize("axes", [None, 0, 1, 2, (0, 2), (1, 2), (0, 1)])
def test_reductions_of_broadcast_and_strided_chains(fused: Device, axes: Any):
    a, b, c = ramp(6, 7, 8), ramp(7, 1), ramp(16)
    y = xp.asarray(a)[:, ::-1] * xp.asarray(b) - xp.asarray(c)[::2]
    expected = a[:, ::-1] * b - c[::2]
    np.testing.assert_allclose(xp.asnumpy(xp.sum(y, axis=axes)), expected.sum(axis=axes), rtol=1e-5, atol=1e-5)
    assert_same(xp.max(y, axis=axes), expected.max(axis=axes))
    assert_same(xp.min(xp.permute_dims(xp.asarray(a), (2, 0, 1)), axis=0), a.transpose(2, 0, 1).min(axis=0))


def test_threads_read_one_expression(fused: Device):
    x = xp.asarray(ramp(50))
    y = x * 2 + 1
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(xp.asnumpy(y))) for _ in range(8)]
    for thread in threads:
        thread.start()
    x[...] = 0
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for values in found:
        np.testing.assert_array_equal(values, ramp(50) * 2 + 1)


def test_nothing_is_kept(fused: Device):
    x = xp.asarray(ramp(5))
    y = x + 1
    assert pending._waiting[fused]
    del y
    gc.collect()
    z = x + 1
    xp.evaluate(z)
    assert not pending._waiting[fused]


@pytest.mark.parametrize("dtype", [xp.int32, xp.int64])
def test_integers_wrap_around_in_one_pass(device: Device, dtype: np.dtype):
    x = xp.full(9, np.iinfo(dtype).max, dtype=dtype)
    with xp.prefer("kernel"):
        assert not xp.any(x + 1 > x)
        assert xp.all(x * 2 == -2)
        assert xp.all(x * x == 1)


# -- random programs ------------------------------------------------------------------------------

UNARY = ["abs", "negative", "square", "sign", "positive", "sqrt", "floor", "isnan", "logical_not"]
BINARY = ["add", "subtract", "multiply", "maximum", "minimum", "divide", "floor_divide", "remainder", "less", "equal"]
SHAPES = [(4, 5), (5,), (4, 1), (1, 5), ()]
DTYPES = [np.float32, np.int32, np.uint8, np.bool_, np.int64]

#: what arrays hold at first, by kind of dtype; integers wrap around where the dtype is narrower
VALUES = {
    "f": np.array([0, -0.0, 1.5, -7, np.inf, np.nan]),
    "b": np.array([False, True]),
    **dict.fromkeys("iu", np.array([*range(-3, 9), 2**31 - 1, -(2**31), 2**63 - 1, -(2**63)])),
}

steps = st.lists(
    st.tuples(
        st.sampled_from(["unary", "binary", "scalar", "where", "cast", "inplace", "write", "view", "reduce"]),
        st.integers(0, 99),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=12,
)


def run(program: list[tuple[str, int, int, int]], seed: int, device: Device) -> list[np.ndarray]:
    """Every array of the program, after its end."""
    rng = np.random.default_rng(seed)
    arrays = []
    for shape in SHAPES[:3]:
        dtype = DTYPES[rng.integers(len(DTYPES))]
        arrays.append(xp.asarray(rng.choice(VALUES[np.dtype(dtype).kind], shape).astype(dtype), device=device))
    for kind, i, j, k in program:
        x, y = arrays[i % len(arrays)], arrays[j % len(arrays)]
        try:
            arrays.append(_step(kind, x, y, k, arrays))
        except (xp.UnsupportedDTypeError, ValueError, TypeError, OverflowError, IndexError) as error:
            arrays.append(xp.asarray(len(type(error).__name__), device=device))
    return [xp.asnumpy(a) for a in arrays]


def _step(kind: str, x: xp.Array, y: xp.Array, k: int, arrays: list[xp.Array]) -> xp.Array:
    match kind:
        case "unary":
            return getattr(xp, UNARY[k % len(UNARY)])(x)
        case "binary":
            return getattr(xp, BINARY[k % len(BINARY)])(x, y)
        case "scalar":
            return getattr(xp, BINARY[k % 5])(x, [2, 1.5, True][k % 3])
        case "where":
            return xp.where(x > 1, x, y)
        case "cast":
            return xp.astype(
                xp.clip(xp.where(xp.isfinite(x), x, 0), 0, 100) if k % 2 else x != 0, DTYPES[k % len(DTYPES)]
            )
        case "inplace":
            if k % 2:
                x += y
            else:
                x *= 2
            return x
        case "write":
            x[..., : 1 + k % 3] = y[..., :1] if k % 2 else k
            return x
        case "view":
            return x[..., ::-1] if k % 2 else xp.reshape(x, (-1,))
        case _:
            return getattr(xp, ["sum", "max", "any", "min"][k % 4])(x, axis=[None, -1, 0][k % 3])


@given(program=steps, seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_random_programs(device: Device, program: list[tuple[str, int, int, int]], seed: int):
    """Bit for bit the same, as both ways run the same functions."""
    if device.info.part:
        pytest.skip("the whole CPU is tested")
    with xp.prefer("kernel"):
        with xp.eager():
            expected = run(program, seed, device)
        found = run(program, seed, device)
    for one, other in zip(found, expected):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
