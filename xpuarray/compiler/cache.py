"""Compiled kernels on disk: one file each, under the fingerprint of what they were compiled from.

XPUARRAY_CACHE_DIR says where (by default the platform's place for caches), XPUARRAY_CACHE_SIZE how
large it may grow (512 MiB), XPUARRAY_CACHE=0 switches it off.  The kernels used least recently go
first.  Files are written whole, under another name, and then renamed, so that any number of
processes can share a directory; a file that is damaged counts as missing and is written anew.

The digest in a file finds damage; it is no signature: whoever may write to the directory may put code there for
devices to run.  So a directory or a file that belongs to another user than this one and root, or that others may
write to, is neither read nor written.  Nothing in a file is run on the host.
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
from xpuarray.backends.launches import user_level
from xpuarray.compiler.fingerprint import NoFingerprintError, fingerprint
from xpuarray.compiler.source import Source
from xpuarray.compiler.targets import TARGETS
from xpuarray.text import parse_size
from xpuarray.variables import is_on

__all__ = ["CacheWarning", "DiskCache", "compiled", "disk_cache", "forget", "is_stored"]

DEFAULT_SIZE = "512MiB"

_SUFFIX, _UNFINISHED = ".kernel", ".unfinished"
_MAGIC = b"xpuarray kernel 1 "
_logger = logging.getLogger(__name__)


class CacheWarning(UserWarning):
    """Kernels can't be kept on disk, or what is there can't be used; they are compiled anew."""


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


def forget(kernel: Source, target: str, types: tuple[Any, ...], info: DeviceInfo, why: Exception) -> None:
    """Remove what is stored of a kernel that its device refuses, and say so."""
    cache = disk_cache()
    if cache is not None:
        cache.discard(_key(kernel, target, types, info), why)


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
    if not is_on("XPUARRAY_CACHE"):
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
        self._trusted: bool | None = None  # not looked at yet

    def has(self, key: str) -> bool:
        """Whether there is a file for `key`."""
        return self._path(key).exists() and self._is_trusted()

    def load(self, key: str) -> Compiled | None:
        """The kernel stored under `key`, None if there is none in good order."""
        path = self._path(key)
        try:
            with open(path, "rb") as file:
                if not self._is_trusted() or not self._may_use(path, os.fstat(file.fileno())):
                    return None
                content = file.read()
        except OSError:
            return None
        try:
            found = _unpack(key, content)
        except Exception as error:  # the digest is right, what it is of is not
            self.discard(key, error)
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
            if not self._is_trusted():
                return
            self._write(self._path(key), content)
            self._unchecked += len(content)
            if self._unchecked * 16 > self.limit:
                self._evict()
        except OSError as error:
            self._warn(
                f"compiled kernels are not kept in {self.directory}: {error}. Name another directory in "
                "XPUARRAY_CACHE_DIR, or set XPUARRAY_CACHE=0"
            )

    def discard(self, key: str, why: Exception) -> None:
        """Remove a file that can't be used, which is compiled anew."""
        self._warn(
            f"{self._path(key)} is no kernel that can be used ({type(why).__name__}: {why}); it is compiled anew"
        )
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _is_trusted(self) -> bool:
        """Whether nobody else can have put files into the directory; looked at once."""
        if self._trusted is None:
            try:
                self._trusted = self._may_use(self.directory, os.stat(self.directory))
            except OSError:
                return True  # it is not there yet, or can't be read anyway
        return self._trusted

    def distrusted(self) -> str:
        """Why the directory is not used; "" if it is."""
        return _others(os.stat(self.directory)) if self.directory.exists() else ""

    def _may_use(self, path: Path, status: os.stat_result) -> bool:
        if why := _others(status):
            self._warn(
                f"compiled kernels in {path} are not used: {why}. `chmod go-w` it if that is a mistake, name another "
                "directory in XPUARRAY_CACHE_DIR, or set XPUARRAY_CACHE=0"
            )
        return not why

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(text, CacheWarning, stacklevel=user_level())

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


def _others(status: os.stat_result) -> str:
    """Who else may have written to a file or directory; "" if nobody."""
    if not hasattr(os, "geteuid"):  # Windows: the user's own folder is the user's
        return ""
    if status.st_uid not in (os.geteuid(), 0):
        return f"it belongs to user {status.st_uid}, not to {os.geteuid()}"
    if status.st_mode & 0o022:
        return f"others may write to it (mode {status.st_mode & 0o777:o})"
    return ""


# -- the files --------------------------------------------------------------------------------------
# One line with a digest of all that follows; one line of JSON; the binary; LLVM's text, compressed.


def _pack(key: str, kernel: Compiled) -> bytes:
    text = zlib.compress(kernel.llvm.encode())
    head = {
        **{"key": key, "name": kernel.name, "target": kernel.target, "turned": kernel.turned},
        **{"binary": len(kernel.binary), "llvm": len(text)},
    }
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
    name, target, size, length = str(head["name"]), TARGETS[head["target"]], int(head["binary"]), int(head["llvm"])
    if not target.stored or size < 0 or size + length != len(rest):
        raise ValueError("its parts are not as long as it says")
    binary, llvm = rest[:size], zlib.decompress(rest[size:]).decode()
    return Compiled(
        *(name, target.name, binary, llvm, lambda: target.assembly(binary, llvm)),
        stored=True,
        shifted=target.shifted(name, llvm),
        turned=bool(head["turned"]),
    )


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=20).hexdigest().encode()
