"""The `cuda` backend: NVIDIA GPUs through CuPy, its memory pool and its streams.

Work goes to CuPy's current stream of the device, by default the null stream, so that launches and
CuPy's own work are in order.  Memory that is let go of returns to CuPy's pool, which gives it out
again on the same stream: a launch's arguments need not be kept alive.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends.contract import Compiled, DeviceInfo, Event, Executable, Runtime
from xpuarray.backends.cuda_library import Library
from xpuarray.backends.host import DONE
from xpuarray.errors import DeviceError, KernelRangeError, OutOfDeviceMemoryError

__all__ = ["CudaRuntime", "discover"]

_BLOCK = 256  # threads of a block that runs a Range
_ROW = 64  # threads of a block along x, if the Range has more than one dimension
_MAX_GRID = (2**31 - 1, 65535, 65535)
_MAX_BLOCK = (1024, 1024, 64)
_DEFAULT_SHARED = 48 << 10  # a kernel must ask for more
# Numbers of CUDA's CUfunction_attribute
_MAX_THREADS_PER_BLOCK, _MAX_DYNAMIC_SHARED_SIZE = 0, 8

Size3 = tuple[int, int, int]


class _Local(NamedTuple):
    """Work-group local memory among a launch's arguments; the launch makes an offset of it."""

    nbytes: int


class CudaRuntime(Runtime):
    """One GPU."""

    target = "ptx"
    # CuPy compiles its own functions on first use as well, so its results come no sooner than ours.
    compile_after = kernel_from = 0
    lanes = 128

    def __init__(self, info: DeviceInfo, parallelism: int, alone: bool):
        import cupy

        self.info = info
        self.parallelism = parallelism
        self._cupy = cupy
        self._device = cupy.cuda.Device(info.number)
        self._alone = alone  # there is no other GPU, so this one is always the current device
        self._library = Library(cupy, self._working)
        self._done_when_idle = _Idle(self)

    @contextlib.contextmanager
    def _working(self, what: str = "") -> Iterator[None]:
        """Make this the current device, and CuPy's errors ours."""
        try:
            if self._alone:
                yield
            else:
                with self._device:
                    yield
        except MemoryError as error:
            raise self._out_of_memory(what, error) from error
        except (self._cupy.cuda.runtime.CUDARuntimeError, self._cupy.cuda.driver.CUDADriverError) as error:
            raise self.launches.error(self.info.filter_string, error) from error

    # -- memory ------------------------------------------------------------------------------
    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        with self._working(f"{tuple(shape)} {np.dtype(dtype)}"):
            return self._cupy.empty(shape, dtype)

    def _out_of_memory(self, what: str, error: MemoryError) -> OutOfDeviceMemoryError:
        # CuPy has already freed what its pool did not need, and tried again.
        with self._device:
            free, total = self._cupy.cuda.runtime.memGetInfo()
            used = self._cupy.get_default_memory_pool().used_bytes()
        return OutOfDeviceMemoryError(
            f"{self.info.filter_string} could not allocate {what or 'what CuPy needs'}: of its {total:,} bytes "
            f"{free:,} are free, arrays of this process take {used:,} ({error})"
        )

    def create(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with self._working(f"{name}{args}"):
            return getattr(self._cupy, name)(*args, **kwargs)

    def from_host(self, array: np.ndarray) -> Any:
        with self._working(f"{array.shape} {array.dtype}"):
            return self._cupy.array(array, order="C", copy=True)

    def to_host(self, native: Any) -> np.ndarray:
        with self._working():
            return self._cupy.asnumpy(native, order="C")

    @property
    def library(self) -> Any:
        return self._library

    # -- work --------------------------------------------------------------------------------
    def load(self, compiled: Compiled) -> Executable:
        functions = _Functions(self, compiled)
        start = functions[0]
        grouped = functools.lru_cache(maxsize=256)(functions.geometry)
        alone, working, started = self._alone, self._working, self._done_when_idle

        def launch(
            global_size: Sequence[int], local_size: Sequence[int] | None, args: Sequence[Any], events: Sequence[Event]
        ) -> Event:
            for event in events:
                if event is not started:  # else it is on this stream anyway
                    event.wait()
            if 0 in global_size:
                return DONE
            if local_size is None and alone:
                grid, block = _cover(global_size)
                start(grid, block, (*args, *global_size))
                return started
            with working():
                if local_size is None:
                    grid, block = _cover(global_size)
                    start(grid, block, (*args, *global_size))
                else:
                    function, grid, block = grouped(global_size, local_size)
                    arguments, shared = _place_local(args)
                    functions.allow_shared(function, shared)
                    function(grid, block, arguments, shared)
            return started

        return launch

    def pack(
        self,
        native: Any,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        sizes = native.shape if shape is None else shape
        if layout == "A":
            return (native.data, *sizes, *(native.strides if strides is None else strides))
        return (native.data, *sizes)

    def pack_scalar(self, value: Any, dtype: str) -> tuple[Any, ...]:
        if dtype in _PARTS:
            part = _PARTS[dtype]
            return part(value.real), part(value.imag)
        return (np.dtype(dtype).type(value),)

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        nbytes = np.dtype(dtype).itemsize
        for extent in shape:
            nbytes *= extent
        return (_Local(nbytes), *shape)

    def wait(self) -> None:
        with self._working():
            self._device.synchronize()
        self.launches.forget()


_PARTS = {"complex64": np.float32, "complex128": np.float64}


class _Idle:
    """The event of every launch: it has certainly ended once the device is idle.

    (A CUDA event for each launch would take longer than the launch.)
    """

    def __init__(self, runtime: CudaRuntime):
        self._runtime = runtime

    def wait(self) -> None:
        self._runtime.wait()


# -- launches -----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _cover(extents: tuple[int, ...]) -> tuple[Size3, Size3]:
    """Grid and block (x, y, z) of threads that cover a Range; its last dimension is x.

    What a grid is too small for in y and z, the kernel's entry makes up (compiler/ptx.py).

    >>> _cover((1000,)), _cover((3, 1000))
    (((4, 1, 1), (256, 1, 1)), ((16, 1, 1), (64, 4, 1)))
    """
    threads, left = [], _BLOCK
    for extent in reversed(extents):
        wanted = 1 << (extent - 1).bit_length()  # the next power of two
        threads.append(min(wanted, left, _ROW if not threads and len(extents) > 1 else _BLOCK))
        left //= threads[-1]
    if len(extents) == 1:
        threads = [_BLOCK]
    blocks = [-(-extent // size) for extent, size in zip(reversed(extents), threads)]
    if blocks[0] > _MAX_GRID[0]:
        raise KernelRangeError(f"a range of {extents} is larger than CUDA allows: {_MAX_GRID[0] * threads[0]:,}")
    return _three(min(b, most) for b, most in zip(blocks, _MAX_GRID)), _three(threads)


def _three(sizes: Any) -> Size3:
    return (*sizes, 1, 1)[:3]


def _place_local(args: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
    """The arguments with offsets in place of local memory, and the bytes it takes in all."""
    placed, used = [], 0
    for arg in args:
        if type(arg) is _Local:
            placed.append(used)
            used += -(-arg.nbytes // 16) * 16
        else:
            placed.append(arg)
    return tuple(placed), used


class _Functions(dict[int, Callable[..., None]]):
    """The loaded functions of one kernel: number of threads a block must be able to have -> function.

    A kernel that takes many registers can't run in large blocks; compiled for those it takes fewer,
    which slows it down, so that is done only when a launch needs it.
    """

    def __init__(self, runtime: CudaRuntime, compiled: Compiled):
        self._runtime = runtime
        self._compiled = compiled
        self._shared: dict[Any, int] = {}

    def __missing__(self, threads: int) -> Any:
        from cupy.cuda import function

        ptx = self._compiled.binary
        if threads:
            ptx = re.sub(rb"(\.entry [^{]*\))\s*\{", rb"\1\n.maxntid %d, 1, 1\n{" % threads, ptx, count=1)
        with self._runtime._working():
            module = function.Module()
            module.load(ptx)
            self[threads] = module.get_function(self._compiled.name)
        return self[threads]

    def geometry(self, whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[Any, Size3, Size3]:
        """Function, grid and block (x, y, z) for work-groups of `part`.

        Raises KernelRangeError for what CUDA can't launch.
        """
        block = _three(reversed(part))
        grid = _three(w // p for w, p in zip(reversed(whole), reversed(part)))
        for name, sizes, limits in (("work-group", block, _MAX_BLOCK), ("number of work-groups", grid, _MAX_GRID)):
            for dim, (size, most) in enumerate(zip(sizes, limits)):
                if size > most:
                    raise KernelRangeError(
                        f"{self._compiled.name}: dimension {len(part) - 1 - dim} of the {name} is {size:,}; "
                        f"CUDA allows {most:,} there"
                    )
        threads = block[0] * block[1] * block[2]
        driver = self._runtime._cupy.cuda.driver
        if driver.funcGetAttribute(_MAX_THREADS_PER_BLOCK, self[0].ptr) >= threads:
            return self[0], grid, block
        return self[-(-threads // 32) * 32], grid, block

    def allow_shared(self, function: Any, nbytes: int) -> None:
        """Let `function` have that much shared memory."""
        if nbytes > self._shared.get(function.ptr, _DEFAULT_SHARED):
            self._runtime._cupy.cuda.driver.funcSetAttribute(function.ptr, _MAX_DYNAMIC_SHARED_SIZE, nbytes)
            self._shared[function.ptr] = nbytes


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
        local_memory=facts["sharedMemPerBlockOptin"],
        compute_units=facts["multiProcessorCount"],
        max_work_group_size=facts["maxThreadsPerBlock"],
        sub_group_sizes=(facts["warpSize"],),
        fp16=True,
        architecture=f"sm_{facts['major']}{facts['minor']}",
    )
    return CudaRuntime(info, facts["multiProcessorCount"] * facts["maxThreadsPerMultiProcessor"], alone)
