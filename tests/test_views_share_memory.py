"""Views: whatever makes one, on every device what is written through it, by whatever route, is in its array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device, kernel_api

VIEWS: dict[str, Any] = {
    "a row": lambda m, x: x[1],
    "a column": lambda m, x: x[:, 2],
    "a block": lambda m, x: x[1:-1, ::-2],
    "of a view": lambda m, x: x[1:][:, 1:][::2],
    "a new axis": lambda m, x: x[:, None, ...],
    "reshape": lambda m, x: m.reshape(x, (-1,)),
    "transpose": lambda m, x: m.transpose(x),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, 1),
    "expand_dims": lambda m, x: m.expand_dims(x, axis=0),
    "squeeze": lambda m, x: m.squeeze(x[:1]),
    "flip": lambda m, x: m.flip(x, axis=0),
    "swapaxes": lambda m, x: m.swapaxes(x, 0, 1),
    "real": lambda m, x: m.real(x),
    "ravel": lambda m, x: m.ravel(x),
    "a reversed flat": lambda m, x: m.reshape(x, (-1,))[::-1],
}


@xp.kernel
def add_one(item: kernel_api.Item, x):
    """x + 1, in place."""
    i = item.get_id(0)
    x[i] = x[i] + 1


def _in_place(x: Any) -> None:
    x += 3


WRITES: dict[str, Any] = {
    "a number": lambda m, v: v.__setitem__(..., 7),
    "an array": lambda m, v: v.__setitem__(..., v * 2),
    "a part": lambda m, v: v.__setitem__(slice(1, None), v[:-1]),
    "in place": lambda m, v: _in_place(v),
    "out=": lambda m, v: m.add(v, 5, out=v),
    "a kernel": lambda m, v: (
        v.__iadd__(1) if m is np else [xp.call_kernel(add_one, xp.Range(r.size), r) for r in rows(v)]
    ),
}


def rows(v: Any) -> list[Any]:
    """Views of one dimension that make up v."""
    return [v] if v.ndim == 1 else [r for part in v for r in rows(part)]


@pytest.mark.parametrize("rows_columns", [(4, 6), (240, 200)], ids=str)
@pytest.mark.parametrize("view", VIEWS)
def test_what_is_written_through_a_view(device: Device, view: str, rows_columns: tuple[int, int]):
    values = np.arange(float(np.prod(rows_columns)), dtype=np.float32).reshape(rows_columns)
    for name, write in WRITES.items():
        if name == "a kernel" and values.size > 100:
            continue  # a launch a row
        ours, theirs = xp.asarray(values, device=device), values.copy()
        made, right = ours * 1, theirs * 1  # what NumPy made goes to the device with its views
        v, w = VIEWS[view](xp, made), VIEWS[view](np, right)
        waiting, expected = made + ours, right + theirs
        write(xp, v)
        write(np, w)
        np.testing.assert_array_equal(xp.asnumpy(made), right, err_msg=f"{name}, the array")
        np.testing.assert_array_equal(xp.asnumpy(v), w, err_msg=f"{name}, the view")
        np.testing.assert_array_equal(xp.asnumpy(waiting), expected, err_msg=f"{name}, what was read before")
        made[...] = 0
        np.testing.assert_array_equal(xp.asnumpy(v), 0, err_msg=f"{name}, the view afterwards")


def test_an_expression_is_computed_into_a_part(device: Device):
    """Where it reads the same memory, apart."""
    values = np.random.default_rng(0).random((260, 260)).astype(np.float32)
    x, right = xp.asarray(values, device=device), values.copy()
    for _ in range(3):
        x[1:-1, 1:-1] = (x[1:-1, :-2] + x[1:-1, 2:] + x[:-2, 1:-1] + x[2:, 1:-1]) / 4
        right[1:-1, 1:-1] = (right[1:-1, :-2] + right[1:-1, 2:] + right[:-2, 1:-1] + right[2:, 1:-1]) / np.float32(4)
        sums = x + 1
        x[2:4] = sums[2:4]
        right[2:4] = right[2:4] + 1
        other = xp.zeros_like(x)
        part = other[1:]
        double = x[1:] * 2
        part[...] = double
        x[...] = x * 0.5
        np.testing.assert_array_equal(xp.asnumpy(double), right[1:] * 2)
        np.testing.assert_array_equal(xp.asnumpy(other[1:]), right[1:] * 2)
        right *= np.float32(0.5)
    np.testing.assert_allclose(xp.asnumpy(x), right, rtol=1e-6)


def test_an_element_is_assigned_while_somebody_watches(device: Device):
    for host in (np.arange(4), np.arange(4.0, dtype=np.float32)):
        x = xp.asarray(host, device=device)
        with xp.explain() as calls:
            x[3] = 9 - x[1]
            x[0] = x[2]
        assert xp.asnumpy(x).tolist() == [2, 1, 2, 8]
        assert calls
