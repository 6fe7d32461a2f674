"""What a backend is: the contract between xpuarray and one runtime (NumPy, SYCL, CUDA, ...).

A backend finds devices (`registry.Backend`) and gives each a `Runtime`.  Everything above this layer
talks to a Runtime only.  Each docstring begins with what an implementer **must**, **should** or **may** do.

A *native* array is the runtime's own array object (numpy.ndarray, dpnp.tensor.usm_ndarray,
cupy.ndarray).  All of them offer `shape`, `strides`, `dtype`, `ndim` and basic indexing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gc
import math
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from xpuarray.backends import fork
from xpuarray.backends.asked import Asked
from xpuarray.backends.clocks import Clock, WaitingClock
from xpuarray.backends.faults import Faults
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.launches import Launches
from xpuarray.backends.memory import LARGE, LIMIT, Memory
from xpuarray.errors import KernelRangeError, OutOfDeviceMemoryError
from xpuarray.spans import transfer

__all__ = ["Compiled", "Event", "Runtime", "misaligned", "wanted"]


def wanted(shape: Sequence[int], dtype: Any) -> str:
    """What an allocation is for, for `Runtime.allocating`."""
    dtype = np.dtype(dtype)
    return f"{math.prod(shape) * dtype.itemsize:,} bytes for {tuple(shape)} {dtype}"


def misaligned(dtype: np.dtype) -> ValueError:
    """What `Runtime.reinterpret` raises."""
    return ValueError(f"view: elements of {dtype} would not be at multiples of {dtype.itemsize} bytes; copy the array")


class Event(Protocol):
    """The end of one launch."""

    def wait(self) -> None:
        """Must return only when the launch has ended; raises what the device reported."""


@dataclasses.dataclass(frozen=True)
class Compiled:
    """A kernel compiled for one device and one set of argument types."""

    name: str  #: the entry point
    target: str  #: its name in compiler/targets
    binary: Any  #: bytes where the target's are stored, else a Python callable
    llvm: str = ""  #: LLVM IR, for inspection
    assembly: Callable[[], str] | None = None  #: the target's text form, made on request
    kept: bool = True  #: whether other processes may take it from the disk
    stored: bool = False  #: whether it comes from the disk, where it may have been forged
    #: of a kernel over a Range, for a device that can't start all its work-items at once: dimension -> the binary whose
    #: ids in it begin at a last argument (int64)
    shifted: Callable[[int], bytes] | None = None
    turned: bool = False  #: whether a Range has to be started with its dimensions in reverse order


#: A loaded kernel: (global size, local size or None, packed arguments, events to wait for) -> Event
Executable = Callable[[Sequence[int], "Sequence[int] | None", Sequence[Any], Sequence[Event]], Event]


T = TypeVar("T")
_NOTHING: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()


class Runtime(Asked, ABC):
    """One device, opened on first use.  All work on it goes through one in-order queue."""

    info: DeviceInfo
    #: must be: what counts the device's memory, and may keep what is freed for reuse
    memory: Memory
    #: must be: the compiler target of this device's kernels, one in compiler/targets
    target: str
    #: must be: what is wrong in `library`, and runs in its place
    faults: Faults = Faults()
    #: must be: elements an operation should have worked through before compiling it pays; below,
    #: the device's library does the work
    compile_after: int = 0
    #: must be: elements from which a compiled kernel beats the library
    kernel_from: int = 0
    #: should be: elements up to which the library starts its kernels; of more NumPy computes, if it ever does
    library_until: int = sys.maxsize
    #: must be: native arrays are NumPy's: what NumPy makes is one as it is
    numpy_native: bool = False
    #: must be: elements from which elementwise results wait to be fused with what follows
    defer_from: int = sys.maxsize
    #: must be: a work-item does best with 16 bytes of each array at once (GPUs)
    wide: bool = False
    #: must be: neighbouring work-items read neighbouring elements (GPUs, vectorising CPU compilers)
    #: rather than blocks of their own (threads)
    interleaved: bool = True
    #: must be: reductions do best with large work-groups that share local memory (GPUs)
    tiles: bool = False
    #: must be: work-items that keep the device busy in a reduction
    parallelism: int = 1
    #: must be, if interleaved: work-items of a group in a reduction
    lanes: int = 1
    #: must be: `in_sight` may give views; if not, whoever wants values is given `to_host`, which waits
    host_sees: bool = False

    def numpy_until(self, name: str) -> int:
        """May say up to how many elements NumPy computes the function of that name (NumPy's), where those are more than
        `host_until`: what the library, or a chain of kernels, takes longer for than one function of NumPy's."""
        return self.host_until

    @functools.cached_property
    def launches(self) -> Launches:
        """The latest launches: `wait` should forget them, or name them in what it raises."""
        return Launches()

    def __new__(cls, *args: Any, **kwargs: Any) -> Runtime:
        runtime = super().__new__(cls)
        runtime.busy, runtime.host_until = True, 0
        fork.watch(runtime)
        return runtime

    # -- memory ------------------------------------------------------------------------------
    @abstractmethod
    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        """Must return an uninitialised C-contiguous native array.

        Must raise OutOfDeviceMemoryError, never crash, when it does not fit.
        """

    def must_fit(self, shape: Sequence[int], dtype: np.dtype) -> None:
        """Raises OutOfDeviceMemoryError for an array that the limit has no room for: libraries say it in
        their own words, or try."""
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        if nbytes >= LARGE:
            self.allocating(lambda: wanted(shape, dtype), lambda: self.memory.reserve(nbytes))

    def allocating(self, what: Callable[[], str], allocate: Callable[[], T]) -> T:
        """`allocate()`; where memory is out, again once the pool is empty, and again once Python has
        collected its garbage.

        Raises OutOfDeviceMemoryError, saying `what` there was no room for and what fills the memory.
        """
        failure: Exception | None = None
        for free in (None, self.release_memory, self._collect):
            try:
                if free is not None:
                    free()
                return allocate()
            except Exception as error:
                if not self.is_out_of_memory(error):
                    raise
                failure = error
        raise OutOfDeviceMemoryError(self.memory.refusal(what(), failure)) from failure

    def is_out_of_memory(self, error: Exception) -> bool:
        """Should tell whether the library raised `error` for lack of memory."""
        return isinstance(error, MemoryError) and not isinstance(error, OutOfDeviceMemoryError)

    def is_beyond_range(self, error: Exception) -> bool:
        """Should tell whether the library raised `error` because it starts no more than so many work-items at once."""
        return False

    def release_memory(self) -> int:
        """Give back to the system what is kept for reuse; waits for the device.  The number of bytes."""
        return self.memory.release(self.wait)

    def _collect(self) -> None:
        gc.collect()
        self.release_memory()

    def note(self, made: Any) -> None:
        """Should be told of every native array, and tuple of them, that was made: the large ones are counted
        and remembered with the user's line that made them.

        Raises OutOfDeviceMemoryError if they are over the limit, which libraries don't know of.
        """
        if isinstance(made, (tuple, list)):
            for part in made:
                self.note(part)
        elif getattr(made, "nbytes", 0) >= LARGE:
            self.memory.note(made, self.owner(made))
            if os.environ.get(LIMIT):
                self.allocating(lambda: wanted(made.shape, made.dtype), lambda: self.memory.reserve(0))

    def part(self, native: Any, host: np.ndarray) -> Any:
        """Must return the native array of `host`, a part of what `in_sight(native)` is; where that is None, or an
        array of NumPy's, nobody asks."""
        raise NotImplementedError

    def owner(self, native: Any) -> Any:
        """Should return what lives about as long as native's memory, the same for all views, and takes weak
        references."""
        while isinstance(getattr(native, "base", None), type(native)):
            native = native.base
        return native

    def keeper(self, native: Any) -> Any:
        """May return what lives until nobody of us refers to native's memory, and takes weak references."""
        return None

    @abstractmethod
    def create(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Must call the library's creation function `name` (zeros, arange, ...) on this device."""

    @abstractmethod
    def from_host(self, array: np.ndarray) -> Any:
        """Must return a new C-contiguous native array with a copy of `array` (any strides)."""

    def placed(self, array: np.ndarray) -> tuple[Any, np.ndarray | None]:
        """What `from_host` returns, and, if it is at hand, how the host sees it: nobody is told of a transfer."""
        return self.from_host(array), None

    @abstractmethod
    def to_host(self, native: Any) -> np.ndarray:
        """Must wait for work on `native`, then return a C-contiguous NumPy copy of it."""

    def in_sight(self, native: Any) -> np.ndarray | None:
        """May return a NumPy view of `native`'s own memory, without waiting for work on it."""
        return None

    def host_view(self, native: Any) -> np.ndarray | None:
        """The same, once work on it has ended."""
        view = self.in_sight(native)
        if view is not None:
            self.wait()  # also for what others have submitted, which makes it no busier
        return view

    def adopt(self, array: np.ndarray) -> Any:
        """May return a native array in the memory of `array`, if that is this device's; else None."""
        return None

    def is_aligned(self, native: Any) -> bool:
        """Should say whether the first element of `native` is at a multiple of 16 bytes, as that of what `empty` gives
        must be where `wide`."""
        return False

    @transfer("to host")
    def copy_for_host(self, view: np.ndarray) -> np.ndarray:
        """A copy of what `host_view` gave: `to_host` without waiting."""
        return np.array(view, order="C", copy=True)

    @abstractmethod
    def address(self, native: Any) -> int:
        """Must return the address of the allocation that `native` is in: the same for all views of it."""

    @abstractmethod
    def pointer(self, native: Any) -> int:
        """Must return the address of the first element of `native`."""

    @abstractmethod
    def window(
        self, native: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype
    ) -> Any:
        """Must return a view of the memory that `native` is in: so many bytes behind its first element, with these
        strides in bytes."""

    def strides(self, native: Any) -> tuple[int, ...]:
        """Must return the bytes from one element of `native` to the next along each dimension."""
        return native.strides

    def strided(self, native: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
        """Must return the view of native's memory, to be written, too, from its first element on: of that shape, which
        is not empty, and those strides (bytes, multiples of an element's), which are known not to leave native."""
        return self.window(native, 0, shape, strides, native.dtype)

    def reinterpret(self, native: Any, dtype: np.dtype) -> Any:
        """Must return the memory as elements of `dtype`; those of another size along the last axis, which is dense.

        Should raise ValueError where they would not be at multiples of their size.
        """
        return native.view(dtype)

    def to_be_read(self, native: Any) -> Any:
        """May return a view of `native` that its library lets nobody write."""
        return native

    def picked(self, native: Any, key: Any) -> Any:
        """Must return `native[key]`, a copy by masks and index arrays: within `active`, and noted."""
        with self.active():
            made = native[key]
        self.note(made)
        return made

    def assign(self, native: Any, key: Any, value: Any) -> None:
        """Must do `native[key] = value`, within `active`, as if `value` were read before anything is written: it may
        be in the same memory."""
        native[key] = value

    # -- work --------------------------------------------------------------------------------
    @property
    @abstractmethod
    def library(self) -> Any:
        """Must be the Array API namespace of the native arrays: numpy, dpnp.tensor, cupy.

        Creation and cross-array calls in it must land on this device's queue: whatever it returns
        must be ordered with launches made through this Runtime.
        """

    def active(self) -> contextlib.AbstractContextManager[Any]:
        """May make this device the thread's current one, or the thread the only one that uses it, for
        work on native arrays past `library`."""
        return _NOTHING

    @abstractmethod
    def load(self, compiled: Compiled) -> Executable:
        """Must make `compiled` launchable.  The result must keep arguments alive until it ended."""

    @abstractmethod
    def pack(
        self,
        native: Any,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        """Must return the launch arguments that stand for `native`.

        For device targets: pointer, shape..., and for layout "A" also strides... (in bytes).
        With `shape` (and `strides`) the memory is described by those instead of the array's own.
        """

    @abstractmethod
    def pack_scalar(self, value: Any, dtype: str) -> tuple[Any, ...]:
        """Must return the launch arguments that stand for one scalar of the named dtype."""

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """Should return the launch arguments that stand for work-group local memory."""
        raise KernelRangeError(f"{self.info.filter_string} has no work-group local memory")

    @abstractmethod
    def wait(self) -> None:
        """Must return only when all work on this device has ended, and raise what went wrong."""

    def clock(self) -> Clock:
        """Should time the device's work, for `xp.profile`."""
        return WaitingClock(self)

    def forked(self) -> None:
        """May make the runtime fit for a forked child, where this is called.

        Most can't be: threads and drivers don't survive a fork.  Unless this is overridden, every use
        of the runtime raises DeviceError there; so a launch must reach the device through attributes
        of the runtime, not around it.
        """
        fork.lose(self)

    @property
    def built_kernels(self) -> int:
        """May say how many kernels are built for the device, if that takes memory worth a mention."""
        return 0

    # -- devices -----------------------------------------------------------------------------
    def partition(self, counts: Sequence[int] | str) -> list[Runtime]:
        """May split the device into sub-devices with the given numbers of compute units, or along
        what its hardware shares ("numa", "L3_cache", "next_partitionable", ...)."""
        raise NotImplementedError(f"{self.info.filter_string} can't be partitioned")

    @property
    def sycl_queue(self) -> Any:
        """May be the dpctl.SyclQueue that all work goes through."""
        raise AttributeError(f"{self.info.filter_string} is no SYCL device")
