"""What a device's memory holds: bytes in use and their peak, a limit, and the large arrays with the lines
that made them.

Python may collect garbage in the middle of anything, in any thread, so what learns that memory is free
takes no lock: it hands the number of bytes in through a deque, and whoever next wants to know counts them.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import math
import os
import threading
import weakref
from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

from xpuarray.backends import fork
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.launches import line_of, user_frame
from xpuarray.markup import bar, block, code, join
from xpuarray.markup import table as html_table
from xpuarray.text import parse_size, place, size, table

__all__ = ["LARGE", "LIMIT", "Memory", "MemoryInfo", "OverLimitError"]

LIMIT = "XPUARRAY_MEMORY_LIMIT"
#: Bytes from which on arrays are worth a note of the line that made them.
LARGE = 1 << 20
_LISTED = 5


@dataclasses.dataclass(frozen=True)
class MemoryInfo:
    """Memory of one device as this process uses it, in bytes."""

    device: str
    in_use: int  #: by arrays that are alive
    held: int  #: in use, or kept by the pool for arrays to come
    peak: int  #: the most that was in use since the start, or since `reset_peak_memory`
    limit: int  #: to what may be held
    total: int  #: what the device has
    kernels: int = 0  #: that are built; no bytes: each takes 3 MiB on a SYCL CPU, which keeps 256 at most

    def __str__(self) -> str:
        parts = ", ".join(f"{f.name.replace('_', ' ')} {size(getattr(self, f.name))}" for f in _SIZES)
        return f"{self.device}: {parts}" + (f", kernels {self.kernels}" if self.kernels else "")

    def _repr_html_(self) -> str:
        bound = max(self.limit, self.held, self.peak, 1)
        kept, beyond = self.held - self.in_use, max(self.peak - self.held, 0)
        shares = bar(
            [
                (self.in_use / bound, "blue", f"in use: {size(self.in_use)}"),
                (kept / bound, "plain", f"kept for reuse: {size(kept)}"),
                (beyond / bound, "warn", f"at the peak: {size(self.peak)}"),
            ]
        )
        figures = [(f.name.replace("_", " "), size(v := getattr(self, f.name)), f"{v:,}") for f in _SIZES]
        if self.kernels:
            figures.append(("kernels", str(self.kernels), ""))
        return block(
            "", join(["Memory of", code(self.device)]), shares, html_table(("", "", "bytes"), figures, numbers=(1, 2))
        )


_SIZES = [f for f in dataclasses.fields(MemoryInfo) if f.name not in ("device", "kernels")]


class OverLimitError(MemoryError):
    """An allocation would exceed the limit; it becomes an OutOfDeviceMemoryError if nothing can be freed."""


class _Origin(NamedTuple):
    """A large array that is alive, and the instruction that made it."""

    reference: weakref.ref[Any]
    native: tuple[tuple[int, ...], Any]  #: shape and dtype
    code: CodeType
    offset: int

    @property
    def nbytes(self) -> int:
        """What the array takes."""
        return math.prod(self.native[0]) * self.native[1].itemsize


class Memory:
    """The count of one device's memory.  Where the backend has a pool, it derives from this."""

    def __init__(self, info: DeviceInfo):
        self.info = info
        self._in_use = 0
        self._peak = 0
        self._lock = threading.Lock()
        self._returned: collections.deque[tuple[int, Any]] = collections.deque()
        self._origins: dict[int, _Origin] = {}
        fork.watch(self)

    def forked(self) -> None:
        """See fork.Watched: another thread of the parent may have held the lock."""
        self._lock = threading.Lock()

    # -- statistics --------------------------------------------------------------------------
    @property
    def in_use(self) -> int:
        """Bytes of arrays that are alive."""
        with self._lock:
            self._settle()
            return self._in_use

    @property
    def held(self) -> int:
        """Bytes in use or kept for reuse."""
        return self.in_use

    @property
    def limit(self) -> int:
        """Bytes that may be held: what the environment says, else what the device has.

        Raises XpuarrayError if the environment's value is no size.
        """
        return parse_limit(os.environ.get(LIMIT, ""), self.info.memory)

    @property
    def peak(self) -> int:
        """The most bytes that were in use."""
        return self._peak

    def reset_peak(self) -> None:
        """Begin to look for the peak anew."""
        self._peak = self.in_use

    def summary(self) -> MemoryInfo:
        """All figures."""
        device, total = self.info.filter_string, self.info.memory
        in_use = self.in_use
        return MemoryInfo(device, in_use, max(in_use, self.held), max(in_use, self.peak), self.limit, total)

    # -- counting ----------------------------------------------------------------------------
    def reserve(self, nbytes: int) -> None:
        """Raises OverLimitError if so many bytes more would be over the limit."""
        if nbytes + self.in_use > self.limit > 0:
            raise OverLimitError

    def count(self, owner: Any, nbytes: int) -> None:
        """Count `nbytes` as in use until `owner` (which must take weak references) is gone."""
        with self._lock:
            self._settle()
            self._in_use += nbytes
            self._peak = max(self._peak, self._in_use)
        weakref.finalize(owner, self._returned.append, (nbytes, None)).atexit = False

    def _settle(self) -> None:
        """Count what was given back; a pool keeps the blocks among it for reuse.  Called with the lock held."""
        returned = self._returned
        while returned:
            self._in_use -= returned.popleft()[0]

    def release(self, wait: Callable[[], None]) -> int:
        """Give back what is kept for reuse, once `wait` has returned; the number of bytes."""
        return 0

    # -- large arrays ------------------------------------------------------------------------
    def note(self, native: Any, owner: Any) -> None:
        """Remember the user's line that made `native`, a large array, until `owner` is gone.

        If `owner` is known already, `native` is a view, or is looked at again.
        """
        key, origins = id(owner), self._origins
        if key in origins:
            return
        frame = user_frame()
        reference = weakref.ref(owner, functools.partial(origins.pop, key))
        origins[key] = _Origin(reference, (native.shape, native.dtype), frame.f_code, frame.f_lasti)
        self._noted(owner, native.nbytes)

    def _noted(self, owner: Any, nbytes: int) -> None:
        """Count a large array that was seen for the first time, unless all memory is counted anyway."""
        self.count(owner, nbytes)

    def largest(self, count: int = _LISTED) -> list[tuple[int, str, str]]:
        """Bytes, shape with dtype, and line of the largest arrays that are alive."""
        alive = sorted(list(self._origins.values()), key=lambda o: -o.nbytes)
        return [
            (o.nbytes, f"{tuple(o.native[0])} {o.native[1]}", place(o.code.co_filename, line_of(o.code, o.offset)))
            for o in alive[:count]
        ]

    def refusal(self, what: str, reason: object) -> str:
        """The text of an OutOfDeviceMemoryError."""
        now = self.summary()
        lines = [
            f"{now.device} could not allocate {what}: {now.in_use:,} of its {now.total:,} bytes are in use"
            + (f", {now.held - now.in_use:,} are kept for reuse" if now.held > now.in_use else "")
            + (f", the limit is {now.limit:,} ({LIMIT})" if now.limit != now.total else "")
            + (f" ({reason})" if str(reason) else "")
        ]
        rows = [(f"{nbytes:,} bytes", what, "made at " + where) for nbytes, what, where in self.largest()]
        if rows:
            lines += ["The largest arrays that are alive:", table(rows)]
        return "\n".join(lines)


@functools.lru_cache(maxsize=64)
def parse_limit(text: str, total: int) -> int:
    """A limit such as "4GiB", "1000000" or "50%" (of all there is), in bytes; "" and "0" are no limit."""
    text = text.strip()
    if text.endswith("%"):
        share = parse_size(text[:-1] + "B", LIMIT) if text[:-1].isdigit() else 0
        if 0 < share <= 100:
            return total * share // 100
    limit = parse_size(text or "0", LIMIT, "or 50%; 0 is no limit")
    return min(limit, total) if limit and total else limit or total
