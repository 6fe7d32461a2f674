"""The order of elements in memory: whatever takes `order=` stores them so, on every device, and views stay views."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import xpuarray as xp

ORDERS = ("C", "F", "A", "K")
LAYOUTS: dict[str, Any] = {
    "rows": lambda x: x,
    "columns": lambda x: x.T,
    "axes": lambda x: x.transpose(1, 0, 2),
    "part": lambda x: x[:, ::2],
    "reversed columns": lambda x: x.T[::-1],
    "matrix": lambda x: x[0].T,
    "vector": lambda x: x[0, 0],
}
#: Calls with an order, of a module and an array.
MADE: dict[str, Any] = {
    "zeros": lambda m, x, order: m.zeros(x.shape, m.int32, order),
    "ones": lambda m, x, order: m.ones(x.shape, m.int32, order=order),
    "full": lambda m, x, order: m.full(x.shape, 3, m.int32, order),
    "eye": lambda m, x, order: m.eye(3, 4, 1, m.int32, order),
    "zeros_like": lambda m, x, order: m.zeros_like(x, order=order),
    "ones_like": lambda m, x, order: m.ones_like(x, m.int32, order),
    "full_like": lambda m, x, order: m.full_like(x, 3, order=order),
    "another shape": lambda m, x, order: m.ones_like(x, order=order, shape=(3, 2)),
    "copy": lambda m, x, order: m.copy(x, order),
    "x.copy": lambda m, x, order: x.copy(order),
    "copy.copy": lambda m, x, order: copy.copy(x),
    "copy.deepcopy": lambda m, x, order: copy.deepcopy(x),
    "array": lambda m, x, order: m.array(x, order=order),
    "asarray": lambda m, x, order: m.asarray(x, order=order),
    "asanyarray": lambda m, x, order: m.asanyarray(x, m.int16, order),
    "astype": lambda m, x, order: x.astype(m.int32, order),
    "astype to itself": lambda m, x, order: x.astype(x.dtype, order, copy=False),
    "ravel": lambda m, x, order: m.ravel(x, order),
    "flatten": lambda m, x, order: x.flatten(order),
    "reshape": lambda m, x, order: m.reshape(x, (-1, 2), "C" if order == "K" else order),
    "x.reshape": lambda m, x, order: x.reshape(x.size, 1, order="C" if order == "K" else order),
    "ascontiguousarray": lambda m, x, order: m.ascontiguousarray(x),
    "asfortranarray": lambda m, x, order: m.asfortranarray(x),
    "require": lambda m, x, order: m.require(x, m.float32, [order if order in "CF" else "A"]),
}


NEW = ("zeros", "ones", "full", "eye")


def example(m: Any) -> Any:
    return m.asarray(np.arange(48, dtype=np.float32).reshape(2, 4, 6))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_elements_are_stored_as_asked_for(device, layout):
    """The values are NumPy's, and their strides, too."""
    with xp.device(device):
        x, host = (LAYOUTS[layout](example(m)) for m in (xp, np))
        for name, make in MADE.items():
            for order in ORDERS:
                theirs = "C" if name in NEW and order in "AK" else order  # which NumPy refuses
                ours, numpys = make(xp, x, order), make(np, host, theirs)
                what = f"{name} {order}"
                if what == "asanyarray A":  # where it converts, NumPy takes it for "K"
                    continue
                np.testing.assert_array_equal(xp.asnumpy(ours), numpys, err_msg=what)
                lie = {f: ours.flags[f] for f in ("C", "F")}
                assert lie == {f: numpys.flags[f] for f in ("C", "F")}, what
                assert ours.strides == numpys.strides or min(lie) or numpys.ndim < 2, what
                shared = np.may_share_memory(host, numpys) and "reversed" not in layout
                assert xp.may_share_memory(x, ours) >= shared, what
        assert xp.isfortran(x) == np.isfortran(host)


def test_what_the_host_has_is_stored_as_asked_for(device):
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    with xp.device(device):
        for host in (values, values.T, values.tolist()):
            for order in ("C", "F", "A", "K"):
                ours, numpys = xp.asarray(host, order=order), np.asarray(host, np.float32, order)
                assert ours.tolist() == numpys.tolist()
                assert ours.flags["C"] == numpys.flags["C"] and ours.flags["F"] == numpys.flags["F"]
        assert xp.asarray(values.T).flags["C"]


def test_by_columns_is_written_through(device):
    """A view by columns of what lies by columns, and of rows none."""
    with xp.device(device):
        x = xp.zeros((3, 4), xp.float32, "F")
        view = x.reshape((2, 6), order="F")
        view[1, 2] = 5
        x.ravel("F")[0] = 7
        x.ravel("K")[1] = 8
        expected = np.zeros((3, 4), np.float32, "F")
        expected.reshape((2, 6), order="F")[1, 2] = 5
        expected.ravel("F")[0], expected.ravel("K")[1] = 7, 8
        assert x.tolist() == expected.tolist()
        assert xp.sum(x @ x.T).item() == np.sum(expected @ expected.T)
        copied = xp.ones((3, 4)).ravel("F")
        copied[0] = 5
        assert not xp.may_share_memory(x, copied)


def test_an_order_that_is_none_is_refused_by_name(device):
    with xp.device(device):
        x = xp.ones((2, 3))
        for name, make in MADE.items():
            if name in ("ascontiguousarray", "asfortranarray", "require", "copy.copy", "copy.deepcopy"):
                continue
            with pytest.raises(ValueError, match="order"):
                make(xp, x, "B")
            with pytest.raises(TypeError, match="order"):
                make(xp, x, 3)
        with pytest.raises(ValueError, match="not 'K'"):
            xp.reshape(x, (3, 2), "K")
        for wrong in (["O"], ["C", "F"], "Z"):
            with pytest.raises(ValueError, match="require"):
                xp.require(x, None, wrong)
        with pytest.raises(ValueError, match="needs a copy"):
            xp.asarray(x, order="F", copy=False)
        with pytest.raises(TypeError, match="casting='safe'"):
            x.astype(xp.int32, casting="safe")
        row = xp.broadcast_to(x, (2, 2, 3))
        assert xp.require(row, requirements="W").flags.writeable and xp.require(row, requirements=["A"]) is row
