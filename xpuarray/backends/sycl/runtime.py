"""The `sycl` backend: dpctl queues and USM memory, dpnp.tensor as the library."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import math
import operator
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import numpy as np

from xpuarray.backends.ahead import Ahead
from xpuarray.backends.clocks import Clock, SyclClock
from xpuarray.backends.contract import Compiled, Executable, Runtime, misaligned, wanted
from xpuarray.backends.host.faults import assigned as assigned_by_numpy
from xpuarray.backends.host.runtime import DONE
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.interrupts import Patience, on_own_stack, postponed
from xpuarray.backends.memory import LARGE
from xpuarray.backends.sycl import large, versions
from xpuarray.backends.sycl.discovery import describe
from xpuarray.backends.sycl.faults import FAULTS, LOCAL, assigned, signed_byte
from xpuarray.backends.sycl.library import dpnp_library
from xpuarray.backends.sycl.memory import Pool, adopted
from xpuarray.backends.sycl.modules import Module, Modules
from xpuarray.backends.sycl.on_host import NUMPY_UNTIL, on_host
from xpuarray.backends.sycl.threads import Alone, submitting
from xpuarray.backends.sycl.usm import Bytes, memory_at
from xpuarray.errors import DeviceUnusableError
from xpuarray.spans import transfer
from xpuarray.variables import is_on

__all__ = ["SyclRuntime"]

_SCALARS: dict[str, Callable[[Any], Any]] = {
    "bool": lambda value: ctypes.c_uint8(bool(value)),
    "int8": signed_byte,
    "int16": ctypes.c_int16,
    "int32": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "uint8": ctypes.c_uint8,
    "uint16": ctypes.c_uint16,
    "uint32": ctypes.c_uint32,
    "uint64": ctypes.c_uint64,
    "float16": lambda value: ctypes.c_uint16(int(np.float16(value).view(np.uint16))),
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
}

#: With XPUARRAY_PROFILING=1 a device notes when each kernel begins and ends, which takes 1 or 2 µs a launch.
_PROFILING = is_on("XPUARRAY_PROFILING")
_PROPERTIES = ["in_order", "enable_profiling"] if _PROFILING else "in_order"
#: Elements from which filling memory of ours beats dpnp.tensor.full, which allocates its own.
_WORTH_A_BLOCK = 1 << 16


class SyclRuntime(Runtime):
    """One SYCL device behind one in-order queue."""

    target = "spirv"
    faults = FAULTS
    # A kernel takes 50 ms to compile, and the process's first one 300 ms more.  Each of dpnp's functions takes 70 to
    # 170 ms at its first call in a process, since SYCL compiles it then: E1 of 1 M elements comes after 0.8 s by dpnp,
    # after 0.4 s by one kernel.  And a kernel beats dpnp at any size (1.5 times up to 16 K elements, hardly where
    # memory is the limit).  (`python -m benchmarks first_call thresholds`)
    compile_after = kernel_from = 0
    defer_from = 1 << 15  #: of a GPU
    host_sees = True

    def __init__(self, info: DeviceInfo, device: Any, queue: Any = None):
        """queue: somebody else's, to be used in place of one of our own."""
        if queue is not None:
            self.__dict__["sycl_queue"] = queue
        self.info = info
        self.sycl_device = device
        self.is_cpu = info.type == "cpu"
        # Measured in benchmarks/reductions.py on a CPU device; GPUs want whole work-groups busy.
        self.lanes = 16 if info.type == "cpu" else 128
        self.tiles = info.type == "gpu"
        self.parallelism = self.lanes * 32 * info.compute_units
        # Shared memory is host-visible: on a CPU device NumPy views of it cost nothing.  A launch costs what NumPy
        # takes to add 200 K elements, or for the sine of 30 K, and a sum is two launches.  Programs whose parts lie
        # elsewhere at each step have no launch to repeat: with 40 K elements they take ten times NumPy's time.
        self.host_until = (1 << 16) if self.is_cpu else 0
        if self.is_cpu:
            self.defer_from = self.host_until
        self.library_until = large.MOST
        # of a CPU: its compute units, and work-items of a group at most
        self._groups = (info.compute_units, info.max_work_group_size) if self.is_cpu else None
        self._usm = "shared" if self.is_cpu or "device" not in info.usm else "device"
        self.memory: Pool = Pool(info, self._usm)
        self._lock = threading.Lock()
        self._patience = Patience()
        self._launches = itertools.count()
        self._alone = Alone(self)
        self.busy = False

    @cached_property
    def sycl_queue(self) -> Any:
        """The device's one in-order queue; dpnp orders its work on it too."""
        if self.info.why_not:
            raise DeviceUnusableError(f"{self.info.filter_string}: {self.info.why_not}")
        import dpctl

        # dpnp compares devices by queue, and an out-of-order queue lets a kernel overtake dpnp's
        # own work before it, so there is exactly one queue a device and it is in order.  (From
        # Python 3.12 on cached_property has no lock: two threads may both be in here.)
        with self._lock:
            if "sycl_queue" not in self.__dict__:
                self.__dict__["sycl_queue"] = dpctl.SyclQueue(self.sycl_device, property=_PROPERTIES)
            return self.__dict__["sycl_queue"]

    @cached_property
    def ahead(self) -> Ahead:
        """The launches under way, those of the library among them."""
        import dpctl

        complete = dpctl.event_status_type.complete
        return Ahead(
            lambda event: event.execution_status == complete,
            lambda event: _Launched((self, event)).wait(),
            submitting,
        )

    @cached_property
    def modules(self) -> Modules:
        """The kernels that are built."""
        return Modules(self.sycl_queue, self.info.backend == "opencl", self._keep)

    @property
    def built_kernels(self) -> int:
        return len(self.modules) if "modules" in self.__dict__ else 0

    def _kernel(self, module: Module) -> Any:
        """dpctl's kernel, built anew if it was let go of."""
        module.used = next(self._launches)
        return (module.built or self.modules.build(module))[1]

    def _keep(self, thing: Any) -> None:
        """Until all that was launched so far has ended."""
        marks = self.ahead.marks
        with submitting:
            if marks:
                marks.append([marks[-1][0], thing])

    def library_called(self) -> None:
        """Count what the library has just submitted among the launches under way: each call of it, unless they are
        short and the device keeps pace."""
        ahead = self.ahead
        with submitting:
            lags = ahead.lags
            self._alone.every = 1 if lags or ahead.slow else _SELDOM
            ahead.marks.append([self.sycl_queue.submit_barrier(), ()])
        if lags or len(ahead.marks) >= ahead.look:
            ahead.keep_bound()

    # -- memory ------------------------------------------------------------------------------
    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> Any:
        nbytes = math.prod(shape) * dtype.itemsize
        block = self.memory.take(nbytes or 1)
        if block is None:
            block = self.allocating(
                lambda: wanted(shape, dtype), lambda: self.memory.make(nbytes or 1, self.sycl_queue, self.wait)
            )
        native = self.library.usm_ndarray(shape, dtype=dtype.char, buffer=block)  # a string is taken faster
        if nbytes >= LARGE:
            self.memory.note(native, block)
        return native

    def is_out_of_memory(self, error: Exception) -> bool:
        return type(error).__name__ in ("USMAllocationError", "OverflowError") or super().is_out_of_memory(error)

    def is_beyond_range(self, error: Exception) -> bool:
        return "-fsycl-id-queries-range" in str(error)

    def owner(self, native: Any) -> Any:
        return self.keeper(native) or super().owner(native)

    def keeper(self, native: Any) -> Any:
        memory = getattr(native, "usm_data", None)  # which NumPy's arrays have not
        return memory if hasattr(memory, "taken") else None

    def create(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in ("zeros", "ones") and math.prod(args[0]) > large.MOST:
            return self._full(args[0], int(name == "ones"), **kwargs)
        if name == "full" and math.prod(args[0]) >= _WORTH_A_BLOCK:
            return self._full(*args, **kwargs)
        if name == "eye" and math.prod(args) > large.MOST:
            return self._eye(*args, **kwargs)
        function = getattr(self.library, name)
        native = self.allocating(
            lambda: f"{name}{args}",
            lambda: function(*args, sycl_queue=self.sycl_queue, usm_type=self._usm, **kwargs),
        )
        self.note(native)
        return native

    def _full(self, shape: tuple[int, ...], value: Any, dtype: np.dtype) -> Any:
        native = self.empty(shape, dtype)
        with self.active():
            self.assign(native, ..., value)
        return native

    def _eye(self, rows: int, columns: int, k: int, dtype: np.dtype) -> Any:
        native = self._full((rows, columns), 0, dtype)
        first, count = (k, min(rows, columns - k)) if k >= 0 else (-k * columns, min(rows + k, columns))
        if count > 0:
            diagonal = slice(first, first + (count - 1) * (columns + 1) + 1, columns + 1)
            with self.active():
                self.assign(self.library.reshape(native, (-1,))[diagonal], ..., 1)
        return native

    @transfer("to device")
    def from_host(self, array: np.ndarray) -> Any:
        return self.placed(array)[0]

    def placed(self, array: np.ndarray) -> tuple[Any, np.ndarray | None]:
        native = self.empty(array.shape, array.dtype)
        if not array.size:
            return native, None
        if not self.is_cpu and native.usm_type != "host":
            self.sycl_queue.memcpy(native.usm_data, np.ascontiguousarray(array), native.nbytes)
            return native, None
        if self.busy:  # with what was in that memory before
            self.wait()
        view = np.ndarray(array.shape, array.dtype, native.usm_data)
        view[...] = array
        return native, view

    @transfer("to host")
    def to_host(self, native: Any) -> np.ndarray:
        view = self.host_view(native)
        return np.array(view, order="C", copy=True) if view is not None else self.library.asnumpy(native)

    def in_sight(self, native: Any) -> np.ndarray | None:
        if not (self.is_cpu or native.usm_type == "host"):
            return None
        memory = native.usm_data
        if not native.size:
            return np.empty(native.shape, native.dtype)
        whole = memory if hasattr(memory, "taken") else np.asarray(Bytes(memory))
        offset = native._element_offset * native.itemsize
        return np.ndarray(native.shape, native.dtype, whole, offset, self.strides(native))

    def to_be_read(self, native: Any) -> Any:
        view = native[...]
        view.flags.writable = False
        return view

    def part(self, native: Any, host: np.ndarray) -> Any:
        memory, size = native.usm_data, host.itemsize
        first, steps = 0, None
        if host.size:
            first = (host.__array_interface__["data"][0] - memory._pointer) // size
            steps = tuple([s // size for s in host.strides])
        return self.library.usm_ndarray(host.shape, host.dtype.char, buffer=memory, strides=steps, offset=first)

    def reinterpret(self, native: Any, dtype: np.dtype) -> Any:
        old, new = native.itemsize, dtype.itemsize
        shape, steps, first = list(native.shape), [s * old for s in native.strides], native._element_offset * old
        if old != new:
            shape[-1], steps[-1] = shape[-1] * old // new, new
        if any(n % new for n in (first, *steps)):
            raise misaligned(dtype)
        strides = tuple(s // new for s in steps)
        memory = native.usm_data
        return self.library.usm_ndarray(tuple(shape), dtype.char, buffer=memory, strides=strides, offset=first // new)

    def assign(self, native: Any, key: Any, value: Any) -> None:
        if not self.is_cpu or (key is ... and native.size <= large.MOST):
            return assigned(self.library, native, key, value)
        # By index arrays NumPy, one after the other: of equal indices the last stays, and it takes a fifth of dpnp's
        # time for a million numbers, a fiftieth for few.  Of more elements than one launch has work-items dpnp 0.20
        # says that they "could not be copied".
        parts = (native, value, *(key if isinstance(key, tuple) else (key,)))
        target, value, *places = (self.host_view(p) if hasattr(p, "usm_data") else p for p in parts)
        assigned_by_numpy(target, tuple(places), value)

    def adopt(self, array: np.ndarray) -> Any:
        return adopted(array, self.sycl_queue) if self.is_cpu else None

    def address(self, native: Any) -> int:
        return native.usm_data._pointer

    def pointer(self, native: Any) -> int:
        return native._pointer

    def window(
        self, native: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype
    ) -> Any:
        size = dtype.itemsize
        first = (native._element_offset * native.itemsize + offset) // size
        steps = tuple([s // size for s in strides])
        return self.library.usm_ndarray(shape, dtype.char, buffer=native.usm_data, strides=steps, offset=first)

    def strides(self, native: Any) -> tuple[int, ...]:
        """dpnp counts them in elements."""
        return tuple(s * native.itemsize for s in native.strides)

    @cached_property
    def library(self) -> Any:
        with postponed():  # dpnp's import
            return on_own_stack(dpnp_library)(self.active, self.note, on_host(self))

    def active(self) -> Alone:
        return self._alone

    # -- work --------------------------------------------------------------------------------
    def load(self, compiled: Compiled) -> Executable:
        import dpctl

        module = Module(compiled)
        self.modules.build(module)
        freed, ahead, parts, turned = _freed_types(), self.ahead, dict[int, Module](), compiled.turned
        marks = ahead.marks

        def launch(
            global_size: Sequence[int], local_size: Sequence[int] | None, args: Sequence[Any], events: Sequence[Any]
        ) -> Any:
            if 0 in global_size:
                return DONE
            if local_size is None:
                whole, local, own = self._cover(tuple(global_size), self._groups, turned)
                args = [*args, *own]
            else:
                whole, local = list(global_size), list(local_size)
            before = _natives(events) if events else []
            # USM memory is freed once nobody refers to it, so it is kept until the launch has ended; but not the
            # pool's, which is used again only by what comes after.
            kept = () if freed.isdisjoint(map(type, args)) else [arg for arg in args if type(arg) in freed]
            mark: list[Any] = [None, kept]
            kernel = self._kernel(module)
            try:
                with submitting:
                    # What is noted before the launch is not lost if Ctrl-C comes right after it.
                    marks.append(mark)
                    self.busy = True
                    # Through `self`, for a forked child to be stopped here.
                    mark[0] = event = self._submit(kernel, args, whole, local, before)
            except dpctl.SyclKernelSubmitError as error:
                if math.prod(whole) > large.MOST:
                    extents = global_size[::-1] if turned else global_size
                    event = large.launch(self, compiled, parts, extents, local_size, args, before)
                    return _Launched((self, event))
                raise self.launches.error(self.info.filter_string, error) from error
            if len(marks) >= ahead.look:
                ahead.keep_bound()
            return _Launched((self, event))

        launch.kernel = lambda: self._kernel(module)  # type: ignore[attr-defined]
        launch.turned = turned  # type: ignore[attr-defined]
        weakref.finalize(launch, self.modules.forget, module).atexit = False
        return launch

    @cached_property
    def _submit(self) -> Callable[..., Any]:
        return versions.submitter(self.sycl_queue)

    def covering(
        self, extents: Sequence[int], args: Sequence[Any], turned: bool
    ) -> tuple[list[int], list[int] | None, Sequence[Any]]:
        """For a launch over a Range: the work-items to start, some of which may lie beyond it, in groups of what
        extents, and the arguments followed by the range's, by which work-items beyond it know that
        (compiler/targets/spirv.py).

        turned: whether the kernel is one to start so; see Compiled
        """
        whole, local, own = self._cover(tuple(extents), self._groups, turned)
        return whole, local, [*args, *own]

    @staticmethod
    @lru_cache(maxsize=1024)
    def _cover(
        extents: tuple[int, ...], cpu: tuple[int, int] | None, turned: bool = False
    ) -> tuple[list[int], list[int] | None, list[Any]]:
        """Work-items to start, the groups to make of them (None: as the runtime likes), the extents as arguments."""
        own = [*map(ctypes.c_int64, extents)]
        extents = extents[::-1] if turned else extents
        if cpu and len(extents) == 2 and extents[1] > _STEP:
            whole, local = zip(*_by_rows(*extents, cpu))
            return list(whole), list(local), own
        return [n if n <= _LARGE or n % _STEP == 0 else n - n % _STEP + _STEP for n in extents], None, own

    def pack(
        self,
        native: Any,
        layout: str,
        shape: tuple[int, ...] | None = None,
        strides: tuple[int, ...] | None = None,
    ) -> tuple[Any, ...]:
        memory = memory_at(native) if native._element_offset else native.usm_data  # `memory_of`, without a call
        sizes = native.shape if shape is None else shape
        if layout == "A":
            sizes += self.strides(native) if strides is None else strides
        return (memory, *map(ctypes.c_int64, sizes))

    def pack_scalar(self, value: Any, dtype: str) -> tuple[Any, ...]:
        if dtype == "complex64":
            return ctypes.c_float(value.real), ctypes.c_float(value.imag)
        if dtype == "complex128":
            return ctypes.c_double(value.real), ctypes.c_double(value.imag)
        return (_SCALARS[dtype](value),)

    def pack_local(self, dtype: np.dtype, shape: tuple[int, ...]) -> tuple[Any, ...]:
        # One dimension will do: the extents are passed beside it.
        code, parts = LOCAL.get(dtype.str[1:], (dtype.str[1:], 1))
        memory = versions.local_memory(code, int(np.prod(shape)) * parts)
        return (memory, *map(ctypes.c_int64, shape))

    def wait(self) -> None:
        if "sycl_queue" not in self.__dict__:
            return  # the queue was never opened, so nothing is pending
        if (self._alone.used or self.ahead.lags) and not submitting._is_owned():  # type: ignore[attr-defined]
            self._patience(self._wait)
        else:
            self._wait()

    def _wait(self) -> None:
        ahead = self.ahead
        with submitting:
            last = ahead.marks[-1][0] if ahead.marks else None
        if last is not None and not self._alone.used:
            self._wait_for(last)  # other threads may launch more meanwhile
        try:
            with submitting:
                self.sycl_queue.wait()
                ahead.clear()
                self.busy = self._alone.used = False
                self._alone.every = 1
        except Exception as error:
            raise self.launches.error(self.info.filter_string, error) from error
        self.launches.forget()

    def _wait_for(self, event: Any) -> None:
        """Wait for dpctl's event."""
        try:
            # What comes after dpnp's work must not be waited for while others submit; see threads.py.
            with submitting if self._alone.used else _NOTHING:
                event.wait()
        except Exception as error:
            raise self.launches.error(self.info.filter_string, error) from error

    def numpy_until(self, name: str) -> int:
        return NUMPY_UNTIL.get(name, self.host_until) if self.host_until else 0

    def clock(self) -> Clock:
        queue = self.sycl_queue
        return SyclClock(queue, submitting) if queue.has_enable_profiling else super().clock()

    def partition(self, counts: Sequence[int] | str) -> list[Runtime]:
        info = self.info
        parts = self.sycl_device.create_sub_devices(partition=counts if isinstance(counts, str) else list(counts))
        return [
            type(self)(describe(part, info.number, info.index, (*info.part, k)), part) for k, part in enumerate(parts)
        ]


#: After so many short calls of the library it is asked whether the device keeps pace.
_SELDOM = 4
#: Extents above this are started as multiples of _STEP, so that the runtime finds groups of a good size.
_LARGE, _STEP = 1024, 64
#: Work-items side by side, and in all, in a group of a two-dimensional range on a CPU, at the most.
_ROW, _GROUP = 2048, 8192


def _by_rows(rows: int, columns: int, cpu: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Items to start and extent of a group, for each dimension: a group is some whole rows, or long parts of rows.

    Intel's own choice on a CPU can be groups of 64: a stencil took 1.2 to 1.9 times as long with those.
    """
    parts = -(-columns // _ROW)
    width = -(-columns // (parts * 16)) * 16
    units, most = cpu
    height = max(1, min(min(_GROUP, most) // width, rows * parts // (8 * units)))
    return (-(-rows // height) * height, height), (parts * width, width)


class _Launched(tuple["SyclRuntime", Any]):
    """The end of a launch: the runtime, and dpctl's event.  (A tuple is made without a call of Python code.)"""

    __slots__ = ()
    native = property(operator.itemgetter(1))

    def wait(self) -> None:
        runtime, event = self
        if submitting._is_owned():  # type: ignore[attr-defined]
            runtime._wait_for(event)
        else:
            runtime._patience(partial(runtime._wait_for, event))


@cache
def _freed_types() -> set[type]:
    """Of launch arguments in memory that is freed once nobody refers to them."""
    import dpctl.memory as memory

    return {memory.MemoryUSMShared, memory.MemoryUSMDevice, memory.MemoryUSMHost}


def _natives(events: Sequence[Any]) -> list[Any]:
    """dpctl's events; any others are waited for."""
    import dpctl

    natives = []
    for event in events:
        native = getattr(event, "native", event)
        if isinstance(native, dpctl.SyclEvent):
            natives.append(native)
        else:
            event.wait()
    return natives


_NOTHING = contextlib.nullcontext()
