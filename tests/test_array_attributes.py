"""What NumPy's arrays have beside values: a shape that can be set, flags, names that are not here, each with a cure."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.array import Array

#: What NumPy's arrays have and ours have not, on purpose; each says what to write.
CURED = {"base", "byteswap", "ctypes", "getfield", "resize", "setfield"}
#: Python's own, by which NumPy's arrays are read, pickled, and written to.
PROTOCOLS = {
    "__array_finalize__",
    "__array_interface__",
    "__array_struct__",
    "__array_wrap__",
    "__delitem__",
    "__setstate__",
}
LAYOUTS: dict[str, Any] = {
    "rows": lambda x: x,
    "columns": lambda x: x.T,
    "part": lambda x: x[:, ::2],
    "vector": lambda x: x[1],
    "reversed": lambda x: x[::-1],
    "number": lambda x: x[0, 0, ...],
    "nothing": lambda x: x[:0],
}
FLAGS = (
    "C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "ALIGNED", "WRITEBACKIFCOPY", "C", "F", "W", "A", "X", "CONTIGUOUS",
    "FORTRAN", "FNC", "FORC", "CARRAY", "CA", "BEHAVED", "B",
)  # fmt: skip


def both(lib: Any) -> Any:
    return lib.asarray(np.arange(12, dtype=np.float32).reshape(3, 4)) + 0


def test_every_attribute_of_numpys_is_here_or_says_what_to_write():
    x = xp.ones((2, 2), device="host")
    newer = {"__buffer__", "_set_dtype", "_set_shape"}  # Python 3.12's name of the buffer protocol, NumPy 2.5's own
    absent = {name for name in dir(np.ndarray) if not hasattr(x, name)} - newer
    assert absent == CURED | PROTOCOLS
    for name in CURED:
        with pytest.raises(AttributeError, match="; write "):
            getattr(x, name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_flags_are_numpys(device, layout):
    with xp.device(device):
        ours, numpys = (LAYOUTS[layout](both(lib)) for lib in (xp, np))
        assert {f: ours.flags[f] for f in FLAGS} == {f: numpys.flags[f] for f in FLAGS}
        attributes = (
            "c_contiguous",
            "f_contiguous",
            "contiguous",
            "fortran",
            "fnc",
            "forc",
            "carray",
            "behaved",
        )
        for name in attributes:
            assert getattr(ours.flags, name) == getattr(numpys.flags, name), name
        assert (ours.T.shape == numpys.T.shape and ours.strides == numpys.strides) or not ours.size


def test_flags_that_can_be_set_and_those_that_are_not_known(device):
    with xp.device(device):
        x = both(xp)
        x.flags.writeable = False
        for write in (lambda: x.fill(1), lambda: x.__iadd__(1), lambda: x[1].__setitem__(0, 1)):
            with pytest.raises(ValueError, match="read-only"):
                write()
        with pytest.raises(ValueError, match=r"x\.copy\(\)"):
            x.flags["WRITEABLE"] = True
        y = x.copy()
        y.setflags(write=False)
        assert not y.flags["W"] and not y.flags.carray and x.flags == y.flags
        with pytest.raises(AttributeError, match="may_share_memory"):
            x.flags["OWNDATA"]
        with pytest.raises(KeyError, match="C_CONTIGUOUS"):
            x.flags["__init__"]
        with pytest.raises(ValueError, match="WRITEABLE alone"):
            x.flags["C"] = True
        with pytest.raises(ValueError, match="write= alone"):
            x.setflags(align=False)


@pytest.mark.parametrize("made", ["computed", "waiting", "part"])
@pytest.mark.parametrize("n", [3, 300])
def test_a_shape_can_be_set(device, made, n):
    """What was to be computed of the array before sees the shape that it had."""
    with xp.device(device):
        values = np.arange(4 * n * n, dtype=np.float32).reshape(2 * n, 2 * n)
        x = xp.asarray(values)
        x = {"computed": x, "waiting": x * 1, "part": x[:n]}[made]
        values = values[: x.shape[0]]
        before = x + x[0]
        view = x[1]
        x.shape = (-1, n)
        assert x.shape == (values.size // n, n) and len(x) == x.shape[0] and x.ndim == 2
        after = x + x[0]
        np.testing.assert_array_equal(xp.asnumpy(before), values + values[0])
        again = values.reshape(-1, n)
        np.testing.assert_array_equal(xp.asnumpy(after), again + again[0])
        x[...] = 5
        assert view.tolist() == [5] * (2 * n)
        x.shape = x.size
        assert float(xp.sum(x)) == 5 * x.size
        with pytest.raises(ValueError):
            x.shape = (x.size + 1,)
        t = xp.ones((n, n + 1)).T
        with pytest.raises(AttributeError, match="reshape"):
            t.shape = (-1,)
        assert t.shape == (n + 1, n)


def test_dtype_and_strides_can_not_be_set(device):
    x = xp.ones((2, 3), dtype=xp.float32, device=device)
    with pytest.raises(AttributeError, match=r"x\.view\(dtype\)"):
        x.dtype = xp.int32
    with pytest.raises(AttributeError, match=r"x\[::2\]"):
        x.strides = (4, 8)
    assert x.dtype == np.float32


def test_methods_that_are_pythons(device, tmp_path):
    x = xp.asarray([7, 8], xp.int32, device=device)
    assert [part.tolist() for part in divmod(20, x)] == [[2, 2], [6, 4]]
    x.dump(tmp_path / "x")
    assert pickle.loads(x.dumps()).tolist() == pickle.loads((tmp_path / "x").read_bytes()).tolist() == [7, 8]
    assert x.reshape(1, 2).tobytes("F") == np.asarray([7, 8], np.int32).tobytes()
    assert xp.ndarray[Any, np.dtype[np.float32]] and Array[Any, Any]
