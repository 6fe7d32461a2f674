"""Elements in the other order of bytes: values are taken as what they say, and become the processor's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.placement.devices import Device

DTYPES = ("int16", "int32", "int64", "uint16", "uint32", "uint64", "float32", "float64", "complex64", "complex128")
#: what makes an array of these values, given in the other order, or of that dtype
MADE: dict[str, Callable[[np.ndarray, Path], Any]] = {
    "asarray": lambda v, folder: xp.asarray(v),
    "array": lambda v, folder: xp.array(v),
    "asarray of a list": lambda v, folder: xp.asarray(v.tolist(), dtype=v.dtype),
    "asarray of arrays": lambda v, folder: xp.asarray([v, v])[0],
    "asfortranarray": lambda v, folder: xp.asfortranarray(v),
    "ascontiguousarray": lambda v, folder: xp.ascontiguousarray(v),
    "astype": lambda v, folder: xp.asarray(v).astype(v.dtype),
    "frombuffer": lambda v, folder: xp.frombuffer(v.tobytes(), dtype=v.dtype),
    "fromiter": lambda v, folder: xp.fromiter(v.tolist(), dtype=v.dtype),
    "fromfile": lambda v, folder: (v.tofile(folder / "v"), xp.fromfile(folder / "v", dtype=v.dtype))[1],
    "load": lambda v, folder: (np.save(folder / "v.npy", v), xp.load(folder / "v.npy"))[1],
    "put": lambda v, folder: put(xp.zeros(v.shape, dtype=v.dtype), v),
    "full": lambda v, folder: xp.stack([xp.full((), one, dtype=v.dtype) for one in v]),
    "full_like": lambda v, folder: xp.stack([xp.full_like(xp.zeros(()), one, dtype=v.dtype) for one in v]),
    "sum": lambda v, folder: xp.sum(xp.asarray(v)[:, None], axis=1, dtype=v.dtype),
    "concatenate": lambda v, folder: xp.concatenate([xp.asarray(v)], dtype=v.dtype),
}


def put(x: xp.Array, values: np.ndarray) -> xp.Array:
    for k, one in enumerate(values):
        x[k] = one
    return x


@pytest.mark.parametrize("way", MADE)
def test_values_in_the_other_order(device: Device, way: str, tmp_path: Path):
    for name in DTYPES:
        dtype = np.dtype(name)
        if device.info.fit(dtype) != dtype:
            continue
        values = np.array([1, 2, 300], dtype).astype(dtype.newbyteorder())
        made = MADE[way](values, tmp_path)
        assert made.dtype == dtype and made.dtype.isnative
        assert xp.asnumpy(made).tolist() == values.tolist()
        assert xp.asnumpy(made + made).tolist() == (2 * values).tolist()


def test_a_view_in_the_other_order_is_refused(device: Device):
    x = xp.zeros(3, dtype=xp.int32)
    with pytest.raises(xp.UnsupportedDTypeError, match="another order of bytes"):
        x.view(x.dtype.newbyteorder())
