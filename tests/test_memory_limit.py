"""XPUARRAY_MEMORY_LIMIT binds whatever becomes an array: ours, the device's library's, and NumPy's on a CPU."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends import memory
from xpuarray.commands.coverage import NUMPY, STANDARD
from xpuarray.placement.devices import as_device

#: Rows and columns of the arrays that functions are tried on, and bytes of one of float32, which is a large one.
N = 520
SIZE = 4 * N * N

#: What makes arrays larger than it is given, and what else a device's library computes.
GROWING = """
tile(x,(2,2)) concat([x,x]) repeat(x,2) matmul(x,x) take(x,[0]*N*2,axis=0) x[[0]*N*2] x[:,[0]*N*2] x[b|True]
stack([x,x]) kron(x,x[:4,:4]) outer(v,v)
pad(x,N) roll(x,1) sort(x) argsort(x) where(x>0,x,x) fft.fft(x) cumulative_sum(x) broadcast_to(x,(4,N,N))+0
full((N,N),2.0)
linspace(0,1,N*N) eye(N) tril(x) linalg.inv(m) meshgrid(v,v) einsum('ij,jk->ik',x,x)
"""


def examples(device: xp.Device) -> dict[str, Any]:
    """What the tables of `xpuarray coverage` call x, y, v, ..., of N rows and columns."""
    rng = np.random.default_rng(0)
    with xp.device(device):
        x = xp.asarray(rng.random((N, N)).astype(np.float32) * 0.9 + 0.05)
        found = {
            "x": x, "y": xp.asarray(rng.random((N, N)).astype(np.float32)), "v": x[0] + 0,
            "m": xp.asarray(np.eye(N, dtype=np.float32) * 3 + 0.01), "z": xp.astype(x, xp.complex64),
            "i": xp.asarray(rng.integers(0, N, (N, N)).astype(np.int32)), "b": x > 0.5,
        }  # fmt: skip
        found["rng"] = xp.random.default_rng(1)
        xp.evaluate(*(a for a in found.values() if isinstance(a, xp.Array)))
    return {**vars(xp), **found, "N": N, "xp": xp}


def made(result: Any) -> Iterator[xp.Array]:
    if isinstance(result, xp.Array):
        yield result
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from made(part)


def room_taken(device: xp.Device, names: dict[str, Any], call: str) -> int | None:
    """Bytes of the largest array that a call makes, views of its arguments left out; None if it can't be called so."""
    given = [a for a in names.values() if isinstance(a, xp.Array)]
    try:
        results = [a for a in made(eval(call, dict(names))) if a.size]
    except Exception:
        return None
    where = device.runtime.address
    old = {where(a.native) for a in given}
    return max((a.nbytes for a in results if where(a.native) not in old), default=0)


def unbound(device: xp.Device, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Of the calls those that were tried, and those that made more than the limit has room for."""
    names = examples(device)
    tried, found = [], []
    gc.collect()
    gc.freeze()  # each refusal collects garbage
    for call in calls:
        size = room_taken(device, names, call)
        if not size or size < SIZE:
            continue
        tried.append(call)
        gc.collect()
        xp.release_memory(device)
        monkeypatch.setenv(memory.LIMIT, str(xp.memory_info(device).in_use + SIZE - 1))
        try:
            result = eval(call, dict(names))
            xp.evaluate(*made(result))
            found.append(call)
            del result
        except xp.OutOfDeviceMemoryError as error:
            if "the limit is" not in str(error):
                found.append(f"{call}: {error}")
        finally:
            monkeypatch.delenv(memory.LIMIT)
    gc.unfreeze()
    return tried, found


def test_every_function_is_bound(monkeypatch: pytest.MonkeyPatch):
    """On the host, where NumPy computes."""
    device = as_device("host")
    calls: list[str] = []
    for table in (STANDARD, NUMPY):
        for chapter, text in table.items():
            # Elementwise functions go one way: some of them.
            calls += text.split()[:: 8 if chapter == "elementwise" else 1]
    with xp.device(device):
        tried, found = unbound(device, [c for c in calls if "file" not in c and "linalg" not in c], monkeypatch)
    assert found == []
    assert len(tried) > 60


def test_what_the_library_makes_is_bound(device: xp.Device, monkeypatch: pytest.MonkeyPatch):
    with xp.device(device), xp.prefer("library"):
        tried, found = unbound(device, GROWING.split(), monkeypatch)
    assert found == []
    assert len(tried) > 15
