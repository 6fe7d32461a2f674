"""What NumPy has as a scalar is a value: it never changes, operators such as `+=` make another; it can be hashed."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

#: What is made of a module `m` and an array of it with one dimension.
MADE: dict[str, Callable[[Any, Any], Any]] = {
    "x[1]": lambda m, x: x[1],
    "x[-1]": lambda m, x: x[-1],
    "matrix[0, 1]": lambda m, x: x.reshape(2, -1)[0, 1],
    "iter": lambda m, x: next(iter(x)),
    "flat": lambda m, x: x.flat[2],
    "0-d[()]": lambda m, x: m.asarray(2.5)[()],
    **{
        name: (lambda m, x, name=name: getattr(m, name)(x))
        for name in (
            "sum",
            "prod",
            "mean",
            "std",
            "var",
            "min",
            "max",
            "any",
            "all",
            "argmax",
            "argmin",
            "median",
            "ptp",
            "count_nonzero",
            "nansum",
            "nanmax",
            "nanmean",
            "average",
            "trapezoid",
        )
    },
    "x.sum()": lambda m, x: x.sum(),
    "x.mean()": lambda m, x: x.mean(),
    "x.max()": lambda m, x: x.max(),
    "x.argmax()": lambda m, x: x.argmax(),
    "sum along an axis": lambda m, x: m.sum(x, axis=0),
    "fused sum": lambda m, x: (x * 2 + 1).sum(),
    "fused mean": lambda m, x: m.mean(m.sin(x) ** 2),
    "quantile": lambda m, x: m.quantile(x, 0.5),
    "dot": lambda m, x: m.dot(x, x),
    "x @ x": lambda m, x: x @ x,
    "vdot": lambda m, x: m.vdot(x, x),
    "inner": lambda m, x: m.inner(x, x),
    "einsum": lambda m, x: m.einsum("i,i->", x, x),
    "trace": lambda m, x: m.trace(x[:4].reshape(2, 2)),
    "norm": lambda m, x: m.linalg.norm(x),
    "det": lambda m, x: m.linalg.det(x[:4].reshape(2, 2) + m.eye(2, dtype=m.float32)),
    "searchsorted": lambda m, x: m.searchsorted(m.sort(x), 2.5),
    "element + 1": lambda m, x: x[1] + 1,
    "2 * sum": lambda m, x: 2 * x.sum(),
    "sqrt of 0-d": lambda m, x: m.sqrt(m.asarray(2.25)),
    "0-d + 1": lambda m, x: m.asarray(2.25) + 1,
    "0-d < 3": lambda m, x: m.asarray(2.25) < 3,
    "-0-d": lambda m, x: -m.asarray(2.25),
    "asarray": lambda m, x: m.asarray(2.5),
    "array": lambda m, x: m.array(2.5),
    "zeros": lambda m, x: m.zeros(()),
    "ones": lambda m, x: m.ones(()),
    "full": lambda m, x: m.full((), 2.5),
    "zeros_like": lambda m, x: m.zeros_like(m.asarray(2.5)),
    "copy": lambda m, x: m.copy(m.asarray(2.5)),
    "0-d.copy()": lambda m, x: m.asarray(2.5).copy(),
    "astype": lambda m, x: m.asarray(2.5).astype(m.float32),
    "x[1, ...]": lambda m, x: x[1, ...],
    "reshape": lambda m, x: x[1:2].reshape(()),
    "squeeze": lambda m, x: x[1:2].squeeze(),
    "0-d.T": lambda m, x: m.asarray(2.5).T,
    "0-d[...]": lambda m, x: m.asarray(2.5)[...],
    "real": lambda m, x: m.asarray(2.5 + 1j).real,
}
CHANGES: dict[str, Callable[[Any, Any], Any]] = {
    "+=": lambda m, s: operator.iadd(s, s),
    "*= 3": lambda m, s: operator.imul(s, 3),
    "-= an element": lambda m, s: operator.isub(s, m.ones(2, dtype=s.dtype)[0]),
}


def arrays(device: Device) -> list[tuple[Any, Any]]:
    """Few elements are NumPy's where the memory is shared, many the device's (the fake one's are Python's)."""
    made = []
    for size in (6, 100 if device.backend == "fake" else 60_000):
        values = (np.arange(size) % 7 + 1).astype(np.float32)
        made.append((values, xp.asarray(values, device=device)))
    return made


@pytest.mark.parametrize("name", MADE)
def test_what_numpy_has_as_a_scalar_never_changes(name: str, device: Device):
    for values, x in arrays(device):
        with xp.device(device), np.errstate(all="ignore"):
            expected, found = MADE[name](np, values), MADE[name](xp, x)
            assert found.shape == () and found.flags.writeable == isinstance(expected, np.ndarray)
            for change in CHANGES.values():
                for m, made in ((np, expected), (xp, found)):
                    if made.dtype == bool:
                        continue
                    other = made
                    change(m, other)
                    if m is xp:
                        np.testing.assert_allclose(float(found), float(expected), rtol=1e-4)
            found + 1  # used, it is what it was
            assert found.flags.writeable == isinstance(expected, np.ndarray)


@pytest.mark.parametrize("name", ["x[1]", "sum", "fused sum", "x @ x", "element + 1", "sqrt of 0-d"])
def test_a_value_takes_another_dtype_and_shape(name: str, device: Device):
    for _, x in arrays(device):
        with xp.device(device):
            value = kept = MADE[name](xp, x).astype(xp.int32) * 1
            value /= 2
            assert value.dtype.kind == "f" and float(value) == float(kept) / 2
            value = kept
            value += xp.ones(3, dtype=xp.int32)
            assert value.tolist() == [int(kept) + 1] * 3
            value = kept
            value -= 0.5
            assert float(value) == int(kept) - 0.5
            with pytest.raises(ValueError, match="value that never changes"):
                kept[...] = 5
            with pytest.raises(ValueError, match="value that never changes"):
                xp.add(kept, kept, out=kept)
            memory = kept.copy()
            memory[...] = 5
            assert int(memory) == 5


def test_values_are_hashed_as_numpys_scalars(device: Device):
    for values, x in arrays(device):
        labels = x[:6].astype(xp.int32)
        assert {int(v) for v in set(labels)} == set(values[:6].astype(int).tolist())
        assert {2: "two"}[labels[1]] == "two" and hash(labels[1]) == hash(np.int32(2))
        assert [int(v) for v, _ in collections.Counter(labels).most_common()] == [1, 2, 3, 4, 5, 6]
        for unhashable in (x, xp.zeros((), device=device), x[1, ...]):
            with pytest.raises(TypeError, match=r"unhashable type: 'Array'.* x\.item\(\) is not"):
                hash(unhashable)


def test_what_is_written_through_a_view_is_seen(device: Device):
    for _, x in arrays(device):
        for view in (x[1, ...], x[1:2].reshape(()), x[1:2].squeeze()):
            before = float(x[1])
            view += 5
            assert float(x[1]) == before + 5
        x[1] += 7
        assert float(x[1]) == before + 12


def test_others_get_a_copy_of_a_value(device: Device):
    for _, x in arrays(device):
        value = x.min()
        there = np.from_dlpack(value, device="cpu", copy=True)
        assert there.shape == () and float(there) == 1
        value.__dlpack__(dl_device=(1, 0))


ARRAYS_OF: dict[str, Callable[[Any, Any], Any]] = {
    "reshape": lambda m, s: s.reshape(1),
    "reshape to a matrix": lambda m, s: m.reshape(s, (1, 1)),
    "[None]": lambda m, s: s[None],
    "ravel": lambda m, s: s.ravel(),
    "atleast_1d": lambda m, s: m.atleast_1d(s),
    "expand_dims": lambda m, s: m.expand_dims(s, 0),
    "array(ndmin)": lambda m, s: m.array(s, ndmin=1),
}


@pytest.mark.parametrize("name", ["x[1]", "sum", "median", "fused sum", "x @ x", "sqrt of 0-d"])
def test_an_array_of_a_value_is_one_of_its_own(name: str, device: Device):
    for _, x in arrays(device):
        with xp.device(device):
            for used in (False, True):
                for what, make in ARRAYS_OF.items():
                    value = MADE[name](xp, x)
                    before = float(value) if used else None
                    made = make(xp, value)
                    made[...] = 77
                    assert made.ravel().tolist() == [77] and float(value) != 77, what
                    assert before is None or float(value) == before
            kept = xp.median(x, keepdims=True)
            kept[0] = 5
            assert kept.tolist() == [5]
