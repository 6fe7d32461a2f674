"""Compiled kernels on disk: one file each, under the fingerprint of what they were compiled from.

XPUARRAY_CACHE_DIR says where (by default the platform's place for caches), XPUARRAY_CACHE_SIZE how
large it may grow (512 MiB), XPUARRAY_CACHE=0 switches it off.  The kernels used least recently go
first.  Files are written whole, under another name, and then renamed, so that any number of
processes can share a directory; a file that is damaged counts as missing and is written anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import logging
import os
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from xpuarray.backends.contract import Compiled
from xpuarray.backends.info import DeviceInfo
from xpuarray.compiler.fingerprint import NoFingerprintError, fingerprint
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import TARGETS
from xpuarray.text import parse_size

__all__ = ["CacheWarning", "DiskCache", "compiled", "disk_cache", "is_stored"]

DEFAULT_SIZE = "512MiB"

_SUFFIX, _UNFINISHED = ".kernel", ".unfinished"
_MAGIC = b"xpuarray kernel 1 "
_logger = logging.getLogger(__name__)


class CacheWarning(UserWarning):
    """Kernels can't be kept on disk; each process compiles them anew."""


def compiled(
    kernel: Source, target: str, types: tuple[Any, ...], info: DeviceInfo, compile: Callable[[], Compiled]
) -> Compiled:
    """`compile()`, or what it gave to an earlier process.

    types: the argument types, and all else that `compile` gets beside the kernel and the device
    """
    cache = disk_cache()
    if cache is None or not _is_kept(kernel, target):
        return compile()
    try:
        key = _key(kernel, target, types, info)
    except NoFingerprintError as reason:
        _logger.debug("kernel %s is not kept on disk, as it uses %s", kernel.__name__, reason)
        return compile()
    found = cache.load(key)
    if found is None:
        found = compile()
        if found.kept:
            cache.store(key, found)
    return found


def is_stored(kernel: Source, target: str, types: tuple[Any, ...], info: DeviceInfo) -> bool:
    """Whether an earlier process left the kernel on disk."""
    cache = disk_cache()
    if cache is None or not _is_kept(kernel, target):
        return False
    try:
        return cache.has(_key(kernel, target, types, info))
    except NoFingerprintError:
        return False


def _is_kept(kernel: Source, target: str) -> bool:
    """Not if it checks bounds: it knows source lines by numbers that mean nothing to another process."""
    return TARGETS[target].stored and not kernel.check


def _key(kernel: Source, target: str, types: tuple[Any, ...], info: DeviceInfo) -> str:
    facts = target, types, info.type, info.architecture, info.fp64, info.fp16, info.atomic64
    return fingerprint(kernel, *facts)


@functools.lru_cache(maxsize=16)
def _cache_at(directory: str, size: str) -> DiskCache | None:
    limit = parse_size(size, "XPUARRAY_CACHE_SIZE")
    return DiskCache(Path(directory), limit) if limit else None


def disk_cache() -> DiskCache | None:
    """The cache that the environment asks for, None if it is switched off.

    Raises XpuarrayError if XPUARRAY_CACHE_SIZE is no size.
    """
    if os.environ.get("XPUARRAY_CACHE", "").lower() in ("0", "off", "no", "false"):
        return None
    directory = os.environ.get("XPUARRAY_CACHE_DIR") or _platform_directory()
    if directory.startswith("~"):  # nobody's home
        return None
    return _cache_at(directory, os.environ.get("XPUARRAY_CACHE_SIZE") or DEFAULT_SIZE)


def _platform_directory() -> str:
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local"), "xpuarray")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches/xpuarray")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "xpuarray")


class Entry(NamedTuple):
    """One file of the cache."""

    path: Path
    size: int  #: bytes
    used: float  #: when it was last stored or loaded, in seconds since the epoch


class DiskCache:
    """Compiled kernels in the files of one directory.  Whatever goes wrong with them, no kernel fails."""

    def __init__(self, directory: Path, limit: int):
        self.directory = directory
        self.limit = limit  #: bytes
        self._unchecked = limit  # bytes that may have been added since the size was last looked at
        self._warned = False

    def has(self, key: str) -> bool:
        """Whether there is a file for `key`."""
        return self._path(key).exists()

    def load(self, key: str) -> Compiled | None:
        """The kernel stored under `key`, None if there is none in good order."""
        path = self._path(key)
        try:
            found = _unpack(key, path.read_bytes())
        except OSError:
            return None
        if found is not None:
            with contextlib.suppress(OSError):  # the directory may be read-only
                os.utime(path)
        return found

    def store(self, key: str, kernel: Compiled) -> None:
        """Keep `kernel`; warns once, and does nothing, where the directory can't be written."""
        content = _pack(key, kernel)
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path(key), content)
            self._unchecked += len(content)
            if self._unchecked * 16 > self.limit:
                self._evict()
        except OSError as error:
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"compiled kernels are not kept in {self.directory}: {error}. Name another directory in "
                    "XPUARRAY_CACHE_DIR, or set XPUARRAY_CACHE=0",
                    CacheWarning,
                    stacklevel=2,
                )

    def entries(self) -> list[Entry]:
        """All files, the one used least recently first."""
        return sorted(self._files(_SUFFIX), key=lambda entry: entry.used)

    def clear(self) -> list[Entry]:
        """Remove all files of ours; returns those that were there."""
        gone = self.entries()
        for entry in (*gone, *self._files(_UNFINISHED)):
            entry.path.unlink(missing_ok=True)
        return gone

    def _path(self, key: str) -> Path:
        return self.directory / (key + _SUFFIX)

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(_UNFINISHED, dir=self.directory)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def _files(self, suffix: str) -> list[Entry]:
        found = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self.directory) as files:
            for file in files:
                if file.name.endswith(suffix):
                    with contextlib.suppress(FileNotFoundError):  # another process may be evicting
                        status = file.stat()
                        found.append(Entry(Path(file.path), status.st_size, status.st_mtime))
        return found

    def _evict(self) -> None:
        """Remove the kernels used least recently, and what interrupted processes left behind."""
        self._unchecked = 0
        for entry in self._files(_UNFINISHED):
            if entry.used < time.time() - 3600:
                entry.path.unlink(missing_ok=True)
        entries = self.entries()
        total = sum(entry.size for entry in entries)
        for entry in entries:
            if total <= self.limit:
                break
            entry.path.unlink(missing_ok=True)
            total -= entry.size


# -- the files --------------------------------------------------------------------------------------
# One line with a digest of all that follows; one line of JSON; the binary; LLVM's text, compressed.


def _pack(key: str, kernel: Compiled) -> bytes:
    text = zlib.compress(kernel.llvm.encode())
    head = {"key": key, "name": kernel.name, "target": kernel.target, "binary": len(kernel.binary), "llvm": len(text)}
    body = json.dumps(head).encode() + b"\n" + kernel.binary + text
    return _MAGIC + _digest(body) + b"\n" + body


def _unpack(key: str, content: bytes) -> Compiled | None:
    first, _, body = content.partition(b"\n")
    if first != _MAGIC + _digest(body):
        return None
    line, _, rest = body.partition(b"\n")
    head = json.loads(line)
    if head["key"] != key:
        return None
    target, size = head["target"], head["binary"]
    llvm = zlib.decompress(rest[size : size + head["llvm"]]).decode()
    return Compiled(head["name"], target, rest[:size], llvm, lambda: TARGETS[target].assembly(rest[:size], llvm))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=20).hexdigest().encode()
