"""Memory of bools holds the bytes 0 and 1, whatever others had in theirs: libraries count on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.placement.devices import Device


def foreign(n: int) -> np.ndarray:
    """Bools with any bytes."""
    return np.resize(np.array([0, 255, 1, 2], np.uint8), n).view(np.bool_)


INTO: dict[str, Callable[[np.ndarray], xp.Array]] = {
    "asarray": xp.asarray,
    "asarray as bool": lambda m: xp.asarray(m, dtype=bool),
    "array": xp.array,
    "asarray of a view": lambda m: xp.asarray(np.repeat(m, 2)[::2]),
    "a scalar": lambda m: xp.stack([xp.asarray(v) for v in m]),
    "frombuffer": lambda m: xp.frombuffer(m.tobytes(), bool),
    "from_dlpack": lambda m: xp.from_dlpack(m, device=xp.zeros(1).device),
    "from_dlpack, host": lambda m: xp.from_dlpack(m).to_device(xp.zeros(1).device),
    "from_dlpack, reversed": lambda m: xp.from_dlpack(m[::-1], device=xp.zeros(1).device)[::-1],
    "astype": lambda m: xp.asarray(m.view(np.uint8)).astype(bool),
    "!= 0": lambda m: xp.asarray(m.view(np.uint8)) != 0,
    "assigned": lambda m: (x := xp.zeros(m.size, dtype=bool), x.__setitem__(slice(None), xp.asarray(m)))[0],
    "a kernel": lambda m: _stored(xp.asarray(m.view(np.uint8))),
    "a kernel of halves": lambda m: _stored(xp.asarray(m.view(np.uint8)) * xp.asarray(0.5, dtype=xp.float32)),
}


@xp.kernel
def stored(item: xp.kernel_api.Item, x: Any, out: Any) -> None:
    i = item.get_id(0)
    out[i] = x[i]


def _stored(x: xp.Array) -> xp.Array:
    out = xp.zeros(x.size, dtype=bool)
    stored[xp.Range(x.size)](x, out)
    return out


def masked(m: xp.Array, values: Any = 1) -> Any:
    x = xp.zeros(m.size)
    x[m] = values
    return x.sum()


#: what is asked of n bools, of which three in four are true
USES: dict[str, Callable[[xp.Array], Any]] = {
    "x[m]": lambda m: xp.arange(m.size)[m].size,
    "x[m] = ": masked,
    "x[m] = array": lambda m: masked(m, xp.ones(xp.arange(m.size)[m].size)),
    "nonzero": lambda m: xp.nonzero(m)[0].size,
    "argwhere": lambda m: xp.argwhere(m).size,
    "count_nonzero": xp.count_nonzero,
    "extract": lambda m: xp.extract(m, xp.arange(m.size)).size,
    "compress": lambda m: xp.compress(m, xp.arange(m.size)).size,
    "sum": lambda m: xp.sum(m),
    "cumulative_sum": lambda m: xp.cumulative_sum(m)[-1],
    "where": lambda m: xp.sum(xp.where(m, 1, 0)),
    "astype": lambda m: xp.sum(m.astype(xp.int32)),
    "== True": lambda m: xp.sum(m == True),  # noqa: E712
    "~": lambda m: m.size - xp.sum(~m),
    "sort": lambda m: xp.sum(xp.sort(m)[m.size // 4 :]),
    "unique": lambda m: xp.unique(m).size * m.size * 3 // 8,
    "bytes": lambda m: int(xp.asnumpy(m).view(np.uint8).sum()),
}  # fmt: skip


@pytest.mark.parametrize("into", INTO)
def test_bools_from_anywhere(into: str, device: Device):
    for n in (8,) if device.backend == "fake" or device.parent else (8, 2_000):
        m = INTO[into](foreign(n))
        for name, use in USES.items():
            assert int(use(m)) == 3 * n // 4, name


@pytest.mark.parametrize("route", ["kernel", "library"])
def test_on_every_route(route: str, device: Device):
    m = xp.asarray(foreign(8))
    with xp.prefer("library" if device.backend == "host" else route):
        for name, use in USES.items():
            assert int(use(m)) == 6, name


def test_bytes_of_bools_are_read_only(device: Device):
    m = xp.asarray([True, False])
    seen = m.view(xp.uint8)
    assert xp.asnumpy(seen).tolist() == [1, 0]
    with pytest.raises(ValueError, match="read-only"):
        seen[0] = 5
    m.view(bool)[1] = True
    assert xp.asnumpy(seen).tolist() == [1, 1]
    with pytest.raises(UnsupportedDTypeError, match="x != 0"):
        xp.asarray([5], dtype=xp.uint8).view(bool)


def test_what_can_be_shared_is_shared():
    clean = np.array([True, False])
    x = xp.from_dlpack(clean, copy=False)
    clean[1] = True
    assert xp.asnumpy(x).tolist() == [True, True]
    with pytest.raises(ValueError, match="other bytes than 0 and 1"):
        xp.from_dlpack(foreign(4), copy=False)
