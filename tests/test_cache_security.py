"""The cache of kernels on disk: whose files are used, and what becomes of forged ones."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.backends.contract import Compiled
from xpuarray.commands import doctor
from xpuarray.compiler import cache

KEY = "0" * 40
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX's")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def disk(tmp_path: Path) -> cache.DiskCache:
    made = cache.DiskCache(tmp_path / "cache", 1 << 20)
    made.store(KEY, Compiled("xpu_k", "spirv", b"binary", "text"))
    assert made.load(KEY) is not None
    return made


def fresh(disk: cache.DiskCache) -> cache.DiskCache:
    return cache.DiskCache(disk.directory, disk.limit)


def refused(disk: cache.DiskCache, words: str) -> None:
    """Nothing is read or written, and it is said once, at the caller's line."""
    before = sorted(disk.directory.iterdir())
    with pytest.warns(cache.CacheWarning, match=words) as told:
        assert disk.load(KEY) is None
        assert disk.load(KEY) is None
    assert len(told) == 1 and told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        disk.store("1" * 40, Compiled("xpu_k", "spirv", b"binary", "text"))
    assert sorted(disk.directory.iterdir()) == before


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_directory_that_others_may_write_to(disk: cache.DiskCache, mode: int, monkeypatch, capsys):
    disk.directory.chmod(mode)
    refused(fresh(disk), rf"others may write to it \(mode {mode & 0o777:o}\).*chmod go-w")
    monkeypatch.setenv("XPUARRAY_CACHE_DIR", str(disk.directory))
    monkeypatch.delenv("XPUARRAY_CACHE", raising=False)
    cache._cache_at.cache_clear()
    (problem,) = doctor.cache()
    assert "others may write" in str(problem) and "chmod go-w" in str(problem)
    assert str(disk.directory) in capsys.readouterr().out


@as_root
def test_a_directory_of_somebody_elses(disk: cache.DiskCache):
    os.chown(disk.directory, 12345, -1)
    refused(fresh(disk), "belongs to user 12345, not to 0")


@as_root
def test_a_file_of_somebody_elses(disk: cache.DiskCache):
    os.chown(disk._path(KEY), 12345, -1)
    with pytest.warns(cache.CacheWarning, match="belongs to user 12345"):
        assert fresh(disk).load(KEY) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to(disk: cache.DiskCache, mode: int):
    disk._path(KEY).chmod(mode)
    with pytest.warns(cache.CacheWarning, match="others may write to it"):
        assert fresh(disk).load(KEY) is None


def test_what_is_the_users_own_is_used(disk: cache.DiskCache):
    for mode in (0o700, 0o755):
        disk.directory.chmod(mode)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert fresh(disk).load(KEY) is not None


FORGED = {
    "no JSON": b"nothing\nrest",
    "no object": b"[1, 2]\nrest",
    "another target": b'{"key": "%s", "name": "k", "target": "os", "binary": 1, "llvm": 1}\nab',
    "a target that is not stored": b'{"key": "%s", "name": "k", "target": "prange", "binary": 1, "llvm": 1}\nab',
    "no name": b'{"key": "%s", "target": "spirv", "binary": 1, "llvm": 1}\nab',
    "lengths that are none": b'{"key": "%s", "name": "k", "target": "spirv", "binary": "x", "llvm": 1}\nab',
    "a negative length": b'{"key": "%s", "name": "k", "target": "spirv", "binary": -1, "llvm": 3}\nab',
    "too long a length": b'{"key": "%s", "name": "k", "target": "spirv", "binary": 1, "llvm": 99999999999}\nab',
    "text that is not compressed": b'{"key": "%s", "name": "k", "target": "spirv", "binary": 1, "llvm": 1}\nab',
    "bytes that are no text": b"\xff\xfe\nab",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_a_miss(disk: cache.DiskCache, what: str):
    body = FORGED[what].replace(b"%s", KEY.encode())
    disk._path(KEY).write_bytes(cache._MAGIC + cache._digest(body) + b"\n" + body)
    with pytest.warns(cache.CacheWarning, match="compiled anew") as told:
        assert fresh(disk).load(KEY) is None
    assert len(told) == 1 and told[0].filename == __file__
    assert not disk._path(KEY).exists()


@pytest.mark.needs_device("opencl:cpu")
@pytest.mark.parametrize("binary", [b"nothing", b"\x03\x02\x23\x07" + bytes(16), b""])
def test_a_forged_binary_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, binary: bytes):
    """Its digest is right and it is no SPIR-V: the driver refuses it."""
    monkeypatch.setenv("XPUARRAY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("XPUARRAY_CACHE", raising=False)

    def double(item, x):
        x[item.get_id(0)] *= 2

    def run() -> Any:
        x = xp.ones(4, dtype=xp.float32, device="opencl:cpu")
        xp.call_kernel(xp.kernel(double), xp.Range(4), x)
        return x.tolist()

    assert run() == [2.0] * 4
    ((path,)) = (tmp_path / "cache").glob("*.kernel")
    genuine = path.read_bytes()
    key = path.stem
    entry = cache._unpack(key, genuine)
    assert entry is not None
    path.write_bytes(cache._pack(key, Compiled(entry.name, entry.target, binary, entry.llvm)))
    path.chmod(0o600)
    with pytest.warns(cache.CacheWarning, match="compiled anew") as told:
        assert run() == [2.0] * 4
    assert [w.filename for w in told] == [__file__]
    assert path.read_bytes() == genuine


def test_recursion_is_told_as_recursion(device: Any, monkeypatch: pytest.MonkeyPatch):
    """It is about the caller's stack, not about the kernel."""
    from xpuarray.compiler import targets

    def deep(self: Any) -> Any:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(targets.Target, "module", deep)
    monkeypatch.setenv("XPUARRAY_CACHE", "0")

    @xp.kernel
    def one(item, x):
        x[item.get_id(0)] = 1

    with pytest.raises(RecursionError):
        xp.call_kernel(one, xp.Range(4), xp.ones(4, dtype=xp.float32))


# -- integers that no dtype holds ---------------------------------------------------------------------

BEYOND = {
    "full": lambda x, n: xp.full(3, n),
    "full, dtype": lambda x, n: xp.full(3, n, dtype=xp.int8),
    "full_like": lambda x, n: xp.full_like(x, n),
    "asarray": lambda x, n: xp.asarray(n),
    "asarray of a list": lambda x, n: xp.asarray([1, n]),
    "asarray, dtype": lambda x, n: xp.asarray([n], dtype=xp.int8),
    "setitem": lambda x, n: x.__setitem__(0, n),
    "setitem of a part": lambda x, n: x.__setitem__(slice(None), n),
    "fill": lambda x, n: x.fill(n),
    "add": lambda x, n: x + n,
    "reflected": lambda x, n: n - x,
    "in place": lambda x, n: x.__imul__(n),
    "floor_divide": lambda x, n: x // n,
    "shift": lambda x, n: x << n,
    "maximum": xp.maximum,
    "bitwise_and": xp.bitwise_and,
    "where": lambda x, n: xp.where(x > 0, x, n),
    "select": lambda x, n: xp.select([x > 0], [x], n),
    "put": lambda x, n: xp.put(x, [0], [n]),
    "putmask": lambda x, n: xp.putmask(x, x > 0, n),
    "copyto": lambda x, n: xp.copyto(x, n),
    "insert": lambda x, n: xp.insert(x, 0, n),
    "append": lambda x, n: xp.append(x, n),
}


@pytest.mark.parametrize("call", BEYOND)
def test_integers_beyond_the_dtype(device: Any, call: str):
    for number in (2**70, -(2**70), 10**400):
        x = xp.ones(3, dtype=xp.int8)
        words = str(number) if abs(number) < 10**40 else "1329 bits"
        with pytest.raises(OverflowError, match=words):
            BEYOND[call](x, number)
        assert x.tolist() == [1, 1, 1] and np.asarray(xp.asnumpy(x)).dtype == np.int8
