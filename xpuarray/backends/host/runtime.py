"""The `host` backend: NumPy arrays, kernels as parallel loops.  Works wherever NumPy and Numba do."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from xpuarray.backends import fork
from xpuarray.backends.clocks import Clock, WallClock
from xpuarray.backends.contract import Compiled, Executable, Runtime, misaligned, wanted
from xpuarray.backends.host.faults import FAULTS, assigned
from xpuarray.backends.host.library import numpy_library, strided
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.library import Library
from xpuarray.backends.memory import Memory
from xpuarray.spans import transfer

__all__ = ["HostRuntime", "discover"]


class Done:
    """The event of a launch that ended before it returned."""

    def wait(self) -> None:
        """Returns at once."""


DONE = Done()


class HostRuntime(Runtime):
    """The CPU through NumPy: synchronous, in ordinary memory."""

    target = "prange"
    faults = FAULTS
    # On many cores; see `discover` for few.  A parallel loop takes Numba half a second to compile, in
    # which NumPy adds as many elements.  (`python -m benchmarks thresholds`)
    kernel_from = 1 << 16
    compile_after = 1 << 29
    interleaved = False
    host_sees = numpy_native = True
    defer_from = 1 << 16

    def __init__(self, info: DeviceInfo):
        self.info = info
        self.memory = Memory(info)
        self.busy = False
        self.parallelism = 4 * info.compute_units

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        native = self.allocating(lambda: wanted(shape, dtype), lambda: np.empty(shape, dtype))
        self.note(native)
        return native

    def create(self, name: str, *args: Any, **kwargs: Any) -> Any:
        native = self.allocating(lambda: f"{name}{args}", lambda: getattr(self.library, name)(*args, **kwargs))
        self.note(native)
        return native

    def keeper(self, native: np.ndarray) -> Any:
        return self.owner(native)

    def assign(self, native: np.ndarray, key: Any, value: Any) -> None:
        assigned(native, key, value)

    @transfer("to device")
    def from_host(self, array: np.ndarray) -> np.ndarray:
        self.must_fit(array.shape, array.dtype)
        native = np.array(array, order="C", copy=True)
        self.note(native)
        return native

    @transfer("to host")
    def to_host(self, native: np.ndarray) -> np.ndarray:
        return np.array(native, order="C", copy=True)

    def in_sight(self, native: np.ndarray) -> np.ndarray | None:
        return native

    def address(self, native: np.ndarray) -> int:
        while isinstance(native.base, np.ndarray):
            native = native.base
        return native.__array_interface__["data"][0]

    def pointer(self, native: np.ndarray) -> int:
        return native.__array_interface__["data"][0]

    def window(
        self, native: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype
    ) -> np.ndarray:
        return strided(native, shape, strides, offset, dtype)

    def reinterpret(self, native: np.ndarray, dtype: np.dtype) -> np.ndarray:
        value = native.view(dtype)
        if not value.flags.aligned:
            raise misaligned(dtype)
        return value

    def to_be_read(self, native: np.ndarray) -> np.ndarray:
        view = native[...]
        view.flags.writeable = False
        return view

    @cached_property
    def library(self) -> Any:
        return Library(numpy_library(), None, self.note)

    def load(self, compiled: Compiled) -> Executable:
        function = compiled.binary
        threads = fork.threads if compiled.target == "prange" else contextlib.nullcontext()

        def launch(
            global_size: Sequence[int], local_size: Sequence[int] | None, args: Sequence[Any], events: Sequence[Any]
        ) -> Done:
            for event in events:
                event.wait()
            with threads:
                function(tuple(global_size), None if local_size is None else tuple(local_size), *args)
            return DONE

        return launch

    def pack(
        self,
        native: np.ndarray,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        if shape is None:
            return (native,)
        if strides is None:
            return (native.reshape(shape),)
        return (np.lib.stride_tricks.as_strided(native, shape, strides),)

    def pack_scalar(self, value: Any, dtype: str) -> tuple[Any, ...]:
        return (np.dtype(dtype).type(value),)

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        return (shape,)

    def numpy_until(self, name: str) -> int:
        return max(self.host_until, self.kernel_from - 1) if self.host_until else 0

    def wait(self) -> None:
        """Nothing is ever pending."""

    def clock(self) -> Clock:
        return WallClock()

    def forked(self) -> None:
        """NumPy goes on working.  Parallel loops don't, so that they are not chosen any more."""
        if self.target == "prange" and fork.threads.in_use:
            self.compile_after = self.kernel_from = self.defer_from = sys.maxsize


# One core runs NumPy's vectorised sin as fast as ten or eleven run the C library's in a loop, and two
# cores add no faster in a loop than NumPy does: with fewer cores than this NumPy is the better choice.
_MANY_CORES = 12


def discover() -> list[Runtime]:
    """The one host device."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = _physical_memory()
    info = DeviceInfo(
        backend="host",
        type="cpu",
        number=0,
        name=_processor_name(),
        driver=f"NumPy {np.__version__}",
        memory=memory,
        max_allocation=memory,
        local_memory=256 << 10,
        compute_units=cores,
        max_work_group_size=8192,
        fp16=True,
        architecture=platform.machine(),
    )
    runtime = HostRuntime(info)
    runtime.host_until = 1 << 13
    if cores < _MANY_CORES:
        runtime.host_until = 1 << 16  # larger ones are counted, and asked for
        runtime.kernel_from = runtime.compile_after = runtime.defer_from = sys.maxsize
    return [runtime]


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _processor_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
