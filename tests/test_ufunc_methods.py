"""NumPy's ufunc methods: of every elementwise function, along each axis, by NumPy on shared memory and in steps."""

from __future__ import annotations

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.functions.elementwise import ROWS

UFUNCS = sorted(n for n, row in ROWS.items() if row.operands == 2 and isinstance(getattr(np, n, None), np.ufunc))
RNG = np.random.default_rng(5)
SHAPE = (7, 5, 3)
#: Joined again and again these leave what the dtype holds, or are no numbers any more.
SMALL = {"bitwise_left_shift", "bitwise_right_shift", "pow"}


def example(name: str) -> np.ndarray | None:
    """Operands that the function takes, and that NumPy's own methods take, too."""
    row = ROWS[name]
    if row.result == "bool":
        return RNG.random(SHAPE) < 0.5
    if row.domain.startswith("integer"):
        return RNG.integers(0, 2, SHAPE) if name in SMALL else RNG.integers(1, 60, SHAPE)
    values = RNG.random(SHAPE, np.float32) + np.float32(0.5)
    return values


def reduced(ufunc: np.ufunc, values: np.ndarray, axis: int) -> np.ndarray:
    """NumPy's power.reduce and arctan2.reduce are wrong: see tests/test_upstream.py."""
    wrong = ufunc in (np.power, np.arctan2)
    return ufunc.accumulate(values, axis).take(-1, axis) if wrong else ufunc.reduce(values, axis)


def segments(ufunc: np.ufunc, values: np.ndarray, index: list[int]) -> np.ndarray:
    if ufunc not in (np.power, np.arctan2):
        return ufunc.reduceat(values, np.asarray(index, np.int64))
    ends = [*index[1:], len(values)]
    parts = [reduced(ufunc, values[a : max(b, a + 1)], 0) for a, b in zip(index, ends)]
    return np.stack(parts) if parts else values[:0]


def agree(ours: xp.Array, numpys: np.ndarray, name: str) -> None:
    assert ours.shape == numpys.shape and ours.dtype == numpys.dtype, name
    np.testing.assert_allclose(xp.asnumpy(ours), numpys, rtol=2e-5, atol=1e-6, err_msg=name)


def test_each_method_of_each_function_is_numpys(device):
    """`fake` goes in steps, CPUs by NumPy."""
    with xp.device(device), np.errstate(all="ignore"):
        for name in UFUNCS:
            values = example(name)
            x, ours, numpys = xp.asarray(values), getattr(xp, name), getattr(np, name)
            for axis in (0, 1, -1):
                agree(ours.reduce(x, axis), reduced(numpys, values, axis), f"{name}.reduce {axis}")
                agree(ours.accumulate(x, axis), numpys.accumulate(values, axis), f"{name}.accumulate {axis}")
            agree(ours.reduce(x, 1, keepdims=True), reduced(numpys, values, 1)[:, None], name)
            for index in ([0, 4, 1, 5], [3], [6, 6, 0], []):
                agree(ours.reduceat(x, index), segments(numpys, values, index), f"{name}.reduceat {index}")
            last = segments(numpys, values.swapaxes(0, 1), [0, 2]).swapaxes(0, 1)
            agree(ours.reduceat(x, [0, 2], axis=1), last, name)
            agree(ours.outer(x[:2, 0], x[0]), numpys.outer(values[:2, 0], values[0]), f"{name}.outer")
            assert (ours.nin, ours.nout, ours.nargs) == (numpys.nin, numpys.nout, numpys.nargs)
            assert ours.identity is numpys.identity or ours.identity == numpys.identity, name


def test_initial_where_several_axes_and_nothing(device):
    with xp.device(device):
        i = RNG.integers(1, 90, (4, 6))
        f = RNG.random((4, 6), np.float32)
        mask = RNG.random((4, 6)) < 0.6
        for name, values in {
            "gcd": i,
            "bitwise_or": i,
            "bitwise_xor": i,
            "hypot": f,
            "fmax": f,
            "logaddexp": f,
        }.items():
            x, ours, numpys = xp.asarray(values), getattr(xp, name), getattr(np, name)
            agree(ours.reduce(x, None), np.asarray(numpys.reduce(values, None)), name)
            agree(ours.reduce(x, (0, 1), initial=2), np.asarray(numpys.reduce(values, (0, 1), initial=2)), name)
            expected = numpys.reduce(values, 1, initial=0, where=mask)
            agree(ours.reduce(x, 1, initial=0, where=xp.asarray(mask)), expected, name)
            if numpys.identity is not None:
                agree(ours.reduce(x[:0]), numpys.reduce(values[:0]), name)
                agree(ours.reduce(x, 0, where=xp.asarray(mask)), numpys.reduce(values, 0, where=mask), name)
        expected = np.subtract.reduce(f, 1, initial=1, where=mask)
        agree(xp.subtract.reduce(xp.asarray(f), 1, initial=1, where=xp.asarray(mask)), expected, "subtract")
        assert xp.add.reduce(xp.asarray(i), dtype=xp.float32).dtype == np.float32
        out = xp.zeros(6, dtype=xp.int64)
        assert xp.gcd.reduce(xp.asarray(i), out=out) is out and int(out[0]) == np.gcd.reduce(i)[0]
        assert int(xp.add.reduce(5)) == 5 and int(xp.gcd.reduce([12, 18])) == 6


def test_by_numpys_protocol_it_is_the_same(device):
    with xp.device(device):
        x = xp.asarray([3, 1, 2], xp.int32)
        assert np.minimum.accumulate(x).tolist() == [3, 1, 1]
        assert np.subtract.reduce(x).tolist() == 0
        assert np.add.reduceat(x, [0, 1]).tolist() == [3, 3]
        assert np.multiply.outer(x, [1, 2]).tolist() == [[3, 6], [1, 2], [2, 4]]
        assert xp.divmod.outer(x, [2])[1].tolist() == [[1], [1], [0]]
        assert xp.ldexp.outer(xp.asarray([1.0], xp.float32), [1, 2]).tolist() == [[2, 4]]


def test_what_has_no_meaning_is_refused_as_numpy_refuses_it(device):
    with xp.device(device):
        x = xp.ones((2, 3), dtype=xp.float32)
        for call, error in {
            lambda: xp.sin.reduce(x): ValueError,
            lambda: xp.sin.outer(x, x): ValueError,
            lambda: xp.divmod.reduce(x): ValueError,
            lambda: xp.less.reduce(x): TypeError,
            lambda: xp.subtract.reduce(x, (0, 1)): ValueError,
            lambda: xp.fmax.reduce(x[:0]): ValueError,
            lambda: xp.subtract.reduce(x, where=x > 0): ValueError,
            lambda: xp.subtract.reduce(x, 2): np.exceptions.AxisError,
            lambda: xp.gcd.reduce(x): TypeError,
            lambda: xp.add.reduceat(x, [2]): IndexError,
            lambda: xp.add.reduceat(x, [0.5]): IndexError,
            lambda: xp.add.accumulate(x[0, 0]): TypeError,
        }.items():
            with pytest.raises(error):
                call()
