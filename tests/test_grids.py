"""Arrays written as indices, `mgrid`, `ogrid`, `r_` and `c_`, beside NumPy's; and the name of arrays' type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.core.array import Array

s = np.s_
GRIDS = (
    s[0:3], s[2:9:2], s[0:1:0.25], s[0:1:5j], s[:3], s[0:3,], s[0:3, 1:4], s[0:3, 0:1:3j], s[0:0, 0:2],
    s[-1:1, 5:1:-2, 0:2], s[np.float32(0) : 3, 0:2],
)  # fmt: skip


def same(ours: Any, numpys: Any, what: Any) -> None:
    """Of a device without doubles the values, in the dtype that it has."""
    if isinstance(numpys, tuple):
        assert isinstance(ours, tuple) and len(ours) == len(numpys)
        for one, other in zip(ours, numpys):
            same(one, other, what)
        return
    assert ours.shape == numpys.shape and ours.dtype == ours.device.info.fit(numpys.dtype), (what, ours, numpys)
    np.testing.assert_allclose(xp.asnumpy(ours), numpys, rtol=1e-6, err_msg=str(what))


def test_grids_are_numpys(device):
    with xp.device(device):
        for key in GRIDS:
            same(xp.mgrid[key], np.mgrid[key], key)
            same(xp.ogrid[key], np.ogrid[key], key)
        for wrong in (3, (s[0:2], 3)):
            with pytest.raises(TypeError, match="takes slices"):
                xp.mgrid[wrong]
        with pytest.raises(ValueError, match="needs its end"):
            xp.mgrid[1:]


def rows(lib: Any) -> list[Any]:
    x = lib.asarray(np.arange(3, dtype=np.float32))
    m = lib.asarray(np.arange(6, dtype=np.int32).reshape(2, 3))
    return [
        lib.r_[1:4, 0, 7], lib.r_[x, 1.5], lib.r_[x, 0:1:3j, x], lib.r_[0:1:0.25], lib.r_[m, m], lib.r_["-1", m, m],
        lib.r_["0,2", x, x], lib.r_["0,2,0", x, x], lib.r_["0,3,-2", x], lib.r_["1,3,1", m, m], lib.r_["0,4,-1", m],
        lib.r_[np.int8(3), 4], lib.r_[True, False], lib.r_[1, 2.5], lib.r_[[1, 2], x],
        lib.c_[x, x], lib.c_[m, m], lib.c_[1:3, [5, 6]], lib.c_[m[:1], 0, 0],
    ]  # fmt: skip


def test_rows_and_columns_are_numpys(device):
    with xp.device(device):
        for number, (ours, numpys) in enumerate(zip(rows(xp), rows(np))):
            same(ours, numpys, number)
        for key, error in {"r": TypeError, "0,1,2,3": ValueError, "x": ValueError}.items():
            with pytest.raises(error):
                xp.r_[key, [1, 2]]
        with pytest.raises(xp.ImplicitTransferError):
            xp.r_[xp.ones(2), np.ones(2)]
    assert xp.s_[1:2, ...] == (slice(1, 2), ...) and xp.index_exp[3] == (3,)


def test_the_type_of_arrays_by_numpys_name(device):
    with xp.device(device):
        x = xp.ndarray((2, 3), dtype=xp.int32)
        assert type(x) is Array and x.shape == (2, 3) and x.dtype == np.int32 and x.device is device
        assert xp.ndarray(3).dtype == xp.empty(3).dtype
        assert isinstance(x, xp.ndarray) and not isinstance(np.ones(3), xp.ndarray) and issubclass(Array, xp.ndarray)
        with pytest.raises(TypeError, match=r"xp\.frombuffer\("):
            xp.ndarray(3, buffer=b"123")
