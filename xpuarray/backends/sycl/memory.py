"""USM memory for reuse: what arrays leave behind serves the arrays to come.

A USM allocation costs microseconds, and its pages more when they are first touched: more than most
arithmetic on them.  So a pool keeps blocks.  An array holds a `Block`, a memory object of dpctl's, as do
its views and whoever takes it by DLPack or `__sycl_usm_array_interface__`; when nobody does any more, the
block returns.  Work on the device's one in-order queue may take it again at once, since it comes after
all work that still uses the block; the host must wait first, which `host_view` and `__dlpack__` do; and
before a block goes back to the system the pool waits.

One thing is not seen: `MemoryUSMShared(x.native.usm_data)`, a memory object made from another one, is kept
alive by dpctl, but not kept from being used again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.memory import LARGE, Memory, OverLimitError
from xpuarray.backends.sycl import huge_pages, versions

__all__ = ["Pool", "adopted", "size_class"]


@functools.lru_cache(maxsize=4096)
def size_class(nbytes: int) -> int:
    """The size of the block for so many bytes: at most an eighth more, or the next multiple of 512.

    >>> size_class(1), size_class(1 << 20), size_class((1 << 20) + 1) - (1 << 20)
    (512, 1048576, 131072)
    """
    step = max(512, 1 << max((nbytes - 1).bit_length() - 4, 0))
    return -(-nbytes // step) * step


class Pool(Memory):
    """The blocks of one device, which are as long as their size class says."""

    def __init__(self, info: DeviceInfo, usm: str):
        super().__init__(info)
        self._usm = usm
        # Size class -> blocks that nobody uses; classes that are often out of them come last.
        self._idle: dict[int, list[Any]] = {}
        self._idle_bytes = 0
        self._held = 0  #: in blocks
        self._others = 0  #: in arrays that the library has allocated

    @property
    def held(self) -> int:
        with self._lock:
            self._settle()
            return self._held + self._others

    def reserve(self, nbytes: int) -> None:
        if nbytes + self.held > self.limit > 0:
            raise OverLimitError

    def count(self, owner: Any, nbytes: int) -> None:
        super().count(owner, nbytes)
        with self._lock:
            self._others += nbytes

    def take(self, nbytes: int) -> Any:
        """A block of at least `nbytes` (at least 1) that nobody uses; None if there is none."""
        size = size_class(nbytes)
        with self._lock:
            if self._returned:
                self._settle()
            blocks = self._idle.get(size)
            if blocks is None:
                return None
            raw = blocks.pop()
            if not blocks:
                del self._idle[size]
            self._idle_bytes -= size
            in_use = self._in_use = self._in_use + nbytes
            if in_use > self._peak:
                self._peak = in_use
        block = self._block_class(raw)
        block.raw, block.taken = raw, nbytes
        return block

    def make(self, nbytes: int, queue: Any, wait: Callable[[], None]) -> Any:
        """A new block.  Raises OverLimitError, or what dpctl raises, if there is no room.

        No more is kept for reuse than once was in use (in blocks, which are larger, and a little besides).
        """
        size = size_class(nbytes)
        limit = self.limit or size + self.held
        self._drop(
            lambda: max(self._idle_bytes - self._peak * 9 // 8 - LARGE, self._held + self._others + size - limit), wait
        )
        if self.held + size > limit:
            raise OverLimitError
        raw = self._block_class.__base__(size, queue=queue)
        if self.info.type == "cpu":
            huge_pages.advise(raw._pointer, size)
        with self._lock:
            self._held += size
        self._returned.append((0, raw))
        return self.take(nbytes) or self.make(nbytes, queue, wait)  # another thread may have taken it

    @functools.cached_property
    def _block_class(self) -> Any:
        import dpctl.memory

        base: Any = {"shared": dpctl.memory.MemoryUSMShared, "device": dpctl.memory.MemoryUSMDevice}[self._usm]
        returned = self._returned.append

        class Block(base):  # type: ignore[misc]
            """A block in use.  It shares its memory with `raw`, which stays when nobody refers to this."""

            __slots__ = ("__weakref__", "raw", "taken")

            def __del__(self) -> None:
                if hasattr(self, "taken"):  # else dpnp made it, of the class of an array's memory, for a copy
                    returned((self.taken, self.raw))

        return Block

    def _settle(self) -> None:
        returned, idle = self._returned, self._idle
        while returned:
            nbytes, block = returned.popleft()
            self._in_use -= nbytes
            if block is None:
                self._others -= nbytes
                continue
            size = block.nbytes
            if size in idle:
                idle[size].append(block)
            else:
                idle[size] = [block]
            self._idle_bytes += size

    def release(self, wait: Callable[[], None]) -> int:
        return self._drop(lambda: self._idle_bytes, wait)

    def _drop(self, surplus: Callable[[], int], wait: Callable[[], None]) -> int:
        """Free idle blocks, those of the class used least recently first, until `surplus()` is 0 or less."""
        dropped = []
        with self._lock:
            self._settle()
            before = self._held
            while self._idle and surplus() > 0:
                size, blocks = next(iter(self._idle.items()))
                dropped.append(blocks.pop())
                if not blocks:
                    del self._idle[size]
                self._idle_bytes -= size
                self._held -= size
            freed = before - self._held
        if dropped:
            wait()  # what the blocks were used for may still be going on
        return freed

    def _noted(self, owner: Any, nbytes: int) -> None:
        if not hasattr(owner, "taken"):  # an array that the library has allocated
            self.count(owner, nbytes)


# -- memory that comes back -----------------------------------------------------------------------


class _Exported:
    """A NumPy view as SYCL's array interface describes it; what has it keeps the view, and so the memory."""

    def __init__(self, array: np.ndarray, queue: Any):
        self.array = array
        steps = None if array.flags.c_contiguous else tuple(s // array.itemsize for s in array.strides)
        described = {"shape": array.shape, "strides": steps, "typestr": array.dtype.str, "offset": 0, "version": 1}
        self.__sycl_usm_array_interface__ = {**described, "data": (array.ctypes.data, False), "syclobj": queue}


def adopted(array: np.ndarray, queue: Any) -> Any:
    """`array` as a usm_ndarray in the same memory, if that is USM memory of the queue's context; else None."""
    if not array.size or not array.flags.writeable or any(s % array.itemsize for s in array.strides):
        return None
    # The interface wants the first element at the lowest address.
    turned = tuple(slice(None, None, -1 if s < 0 else 1) for s in array.strides)
    try:
        return versions.tensor().asarray(_Exported(array[turned], queue), copy=False)[turned]
    except ValueError:
        return None
