"""The `cuda` backend: NVIDIA GPUs through CuPy, its memory pool and its streams.

Work goes to CuPy's current stream of the device, by default the null stream, so that launches and
CuPy's own work are in order.  Memory that is let go of returns to CuPy's pool, which gives it out
again on the same stream: a launch's arguments need not be kept alive.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from xpuarray.backends.ahead import Ahead
from xpuarray.backends.clocks import Clock, CudaClock
from xpuarray.backends.contract import Compiled, Event, Executable, Runtime, misaligned, wanted
from xpuarray.backends.cuda.faults import FAULTS, assigned, copied_in, filled
from xpuarray.backends.cuda.launch import Functions, Local, cover, place_local
from xpuarray.backends.cuda.library import cupy_library
from xpuarray.backends.cuda.memory import CupyMemory
from xpuarray.backends.host.runtime import DONE
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.interrupts import Patience
from xpuarray.backends.memory import LARGE
from xpuarray.errors import DeviceError, OutOfDeviceMemoryError
from xpuarray.spans import transfer

__all__ = ["CudaRuntime", "discover"]


class CudaRuntime(Runtime):
    """One GPU."""

    target = "ptx"
    faults = FAULTS
    # CuPy compiles its own functions on first use as well, so its results come no sooner than ours.
    compile_after = kernel_from = 0
    defer_from = 1 << 15
    lanes = 128
    tiles = wide = True

    def __init__(self, info: DeviceInfo, parallelism: int, alone: bool):
        import cupy

        self.info = info
        self.memory = CupyMemory(info, cupy)
        self.parallelism = parallelism
        self._cupy = cupy
        self._ndarray = cupy.ndarray  # what cupy.empty calls
        self._device = cupy.cuda.Device(info.number)
        self._alone = alone  # there is no other GPU, so this one is always the current device
        self._library = cupy_library(cupy, self.active, self.note)
        self._done_when_idle = _Idle(self)
        self._patience = Patience()
        self.ahead = Ahead(lambda event: event.done, lambda event: self._patience(event.synchronize), threading.RLock())
        self._calls = 0  #: launches and calls of the library since the last mark
        self._covering = functools.lru_cache(maxsize=4096)(_cover)

    def active(self, *what: Any) -> _Active:
        return _Active(self, what)

    # The same for what runs so often that `with` would count, or two calls if there is but one GPU:
    def _enter(self) -> int:
        """Make this GPU the current device; returns which was it before."""
        cuda = self._cupy.cuda.runtime
        before: int = cuda.getDevice()
        cuda.setDevice(self.info.number)
        return before

    def _leave(self, before: int) -> None:
        self._cupy.cuda.runtime.setDevice(before)

    def _rename(self, error: BaseException, *what: Any) -> None:
        """Raise ours in place of CuPy's error.  what: for the message if there is no memory for it"""
        cuda = self._cupy.cuda
        if isinstance(error, MemoryError) and not isinstance(error, OutOfDeviceMemoryError):
            raise self._out_of_memory(what, error) from error
        if isinstance(error, (cuda.runtime.CUDARuntimeError, cuda.driver.CUDADriverError)):
            raise self.launches.error(self.info.filter_string, error) from error

    # -- memory ------------------------------------------------------------------------------
    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        before = None if self._alone else self._enter()
        try:
            native = self._ndarray(shape, dtype)
        except Exception as error:
            self._rename(error, shape, dtype)
            raise
        finally:
            if before is not None:
                self._leave(before)
        if native.nbytes >= LARGE:
            self.note(native)
        return native

    def _out_of_memory(self, what: tuple[Any, ...], error: BaseException) -> OutOfDeviceMemoryError:
        # CuPy has already freed what its pool did not need, collected garbage, and tried again.
        with self._device:
            free, _ = self._cupy.cuda.runtime.memGetInfo()
        request = wanted(*what) if len(what) == 2 and isinstance(what[0], tuple) else " ".join(map(str, what))
        return OutOfDeviceMemoryError(self.memory.refusal(request or "memory", f"{free:,} bytes are free; {error}"))

    def create(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with _Active(self, (name, args)):
            native = self._creation(name)(*args, **kwargs)
        self.note(native)
        return native

    def _creation(self, name: str) -> Callable[..., Any]:
        return functools.partial(filled, self._cupy) if name == "full" else getattr(self._cupy, name)

    def is_aligned(self, native: Any) -> bool:
        return native.data.ptr % 16 == 0

    def reinterpret(self, native: Any, dtype: np.dtype) -> Any:
        value = native.view(dtype)
        if any(n % dtype.itemsize for n in (value.data.ptr, *value.strides)):
            raise misaligned(dtype)
        return value

    def address(self, native: Any) -> int:
        return native.data.mem.ptr

    def pointer(self, native: Any) -> int:
        return native.data.ptr

    def window(
        self, native: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype
    ) -> Any:
        return self._ndarray(shape, dtype, native.data + offset, strides)

    def assign(self, native: Any, key: Any, value: Any) -> None:
        assigned(self._cupy, native, key, value)

    @transfer("to device")
    def from_host(self, array: np.ndarray) -> Any:
        with _Active(self, (array.shape, array.dtype)):
            native = copied_in(self._cupy, array)
        self.note(native)
        return native

    @transfer("to host")
    def to_host(self, native: Any) -> np.ndarray:
        return self._patience(functools.partial(self._fetch, native, self._cupy.cuda.get_current_stream()))

    def _fetch(self, native: Any, stream: Any) -> np.ndarray:
        with _Active(self):
            values: np.ndarray = self._cupy.asnumpy(native, stream, "C")
        self.ahead.clear()
        self.launches.forget()
        return values

    @property
    def library(self) -> Any:
        return self._library

    # -- work --------------------------------------------------------------------------------
    def load(self, compiled: Compiled) -> Executable:
        functions = Functions(compiled, self.active, self._cupy)
        start, usual = functions.start, functions[0]
        grouped = functools.lru_cache(maxsize=256)(functions.geometry)
        covering, started = self._covering, self._done_when_idle

        def launch(
            global_size: Sequence[int], local_size: Sequence[int] | None, args: Sequence[Any], events: Sequence[Event]
        ) -> Event:
            for event in events:
                if event is not started:  # else it is on this stream anyway
                    event.wait()
            before = None if self._alone else self._enter()
            try:
                if local_size is None:
                    geometry, hidden = covering(global_size)
                    if geometry is None:
                        return DONE
                    start(usual, geometry, (*args, *hidden))
                elif 0 in global_size:
                    return DONE
                else:
                    function, geometry = grouped(global_size, local_size)
                    arguments, shared = place_local(args)
                    functions.allow_shared(function, shared)
                    start(function, geometry, arguments, shared)
            except Exception as error:
                self._rename(error)
                raise
            finally:
                if before is not None:
                    self._leave(before)
            self.called()
            return started

        return launch

    def called(self) -> None:
        """Count a launch, or a call of the library, among what is under way: by a mark after some of them (a CUDA event
        takes a third of a launch)."""
        self._calls += 1
        if self._calls & _BETWEEN == 0:
            self._mark()

    def _mark(self) -> None:
        with self._device:
            event = self._cupy.cuda.Event(block=True, disable_timing=True)
            event.record()
        self.ahead.marks.append([event, ()])
        if len(self.ahead.marks) >= self.ahead.look:
            self.ahead.keep_bound()

    def pack(
        self,
        native: Any,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        sizes = native.shape if shape is None else shape
        if layout == "A":
            return (native.data.ptr, *sizes, *(native.strides if strides is None else strides))
        return (native.data.ptr, *sizes)

    def pack_scalar(self, value: Any, dtype: str) -> tuple[Any, ...]:
        bits = _UNSIGNED.get(dtype)
        if bits:  # all whole numbers are given as signed ones
            value = int(value)
            return (value - (value >> bits - 1 << bits),)
        if dtype[0] == "c":
            return float(value.real), float(value.imag)
        return (float(value) if dtype[0] == "f" else int(value),)

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        nbytes = np.dtype(dtype).itemsize
        for extent in shape:
            nbytes *= extent
        return (Local(nbytes), *shape)

    def wait(self) -> None:
        self._patience(self._wait)

    def _wait(self) -> None:
        with _Active(self):
            self._device.synchronize()
        self.ahead.clear()
        self.launches.forget()

    def clock(self) -> Clock:
        return CudaClock(self, self._cupy)


class _Active:
    """Makes a GPU the current device, and CuPy's errors ours.

    what: for the message if there is no memory for it
    """

    __slots__ = ("_runtime", "_what", "_before")

    def __init__(self, runtime: CudaRuntime, what: tuple[Any, ...] = ()):
        self._runtime = runtime
        self._what = what

    def __enter__(self) -> None:
        self._before = None if self._runtime._alone else self._runtime._enter()

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if self._before is not None:
            self._runtime._leave(self._before)
        if error is None:
            self._runtime.called()
        else:
            self._runtime._rename(error, *self._what)


#: Of launches and calls of the library one more than so many lie between two marks.
_BETWEEN = 15
_UNSIGNED = {f"uint{bits}": bits for bits in (8, 16, 32, 64)}


def _cover(extents: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """Grid and block, and the hidden arguments, of a launch over a Range; None for a grid of nothing."""
    if 0 in extents:
        return None, ()
    grid, block, rows = cover(extents)
    return (*grid, *block), (*extents, *rows)


class _Idle:
    """The event of every launch: it has certainly ended once the device is idle.

    (A CUDA event for each launch would take longer than the launch.)
    """

    def __init__(self, runtime: CudaRuntime):
        self._runtime = runtime

    def wait(self) -> None:
        self._runtime.wait()


# -- discovery ----------------------------------------------------------------------------------


def discover() -> list[Runtime]:
    """Every GPU that CUDA shows.  Raises ImportError without CuPy, DeviceError without a GPU or driver."""
    import cupy

    runtime = cupy.cuda.runtime
    if runtime.is_hip:
        raise DeviceError("this CuPy is for AMD's GPUs; xpuarray compiles for NVIDIA's")
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        raise DeviceError(f"CUDA shows no device: {error}") from error
    version = runtime.driverGetVersion()
    driver = f"CUDA {version // 1000}.{version % 1000 // 10}, CuPy {cupy.__version__}"
    return [_describe(runtime.getDeviceProperties(n), n, driver, alone=count == 1) for n in range(count)]


def _describe(facts: dict[str, Any], number: int, driver: str, alone: bool) -> CudaRuntime:
    info = DeviceInfo(
        backend="cuda",
        type="gpu",
        number=number,
        index=number,
        name=facts["name"].decode(),
        vendor="NVIDIA Corporation",
        driver=driver,
        memory=facts["totalGlobalMem"],
        max_allocation=facts["totalGlobalMem"],
        local_memory=facts["sharedMemPerBlockOptin"] - 256,  # which groups use (compiler/targets/ptx_groups.py)
        compute_units=facts["multiProcessorCount"],
        max_work_group_size=facts["maxThreadsPerBlock"],
        sub_group_sizes=(facts["warpSize"],),
        fp16=True,
        architecture=f"sm_{facts['major']}{facts['minor']}",
    )
    return CudaRuntime(info, facts["multiProcessorCount"] * facts["maxThreadsPerMultiProcessor"], alone)
