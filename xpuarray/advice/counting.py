"""What a function does, counted without doing it: a device on which nothing is computed.

Its memory is the system's zeros, which take no place until somebody writes.  Kernels are counted by one of their
work-items (compiler/targets/counted.py), the library's functions by the rules below.
"""

from __future__ import annotations

import functools
import math
import mmap
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from xpuarray.backends import fork
from xpuarray.backends.contract import Compiled, Executable
from xpuarray.backends.host.library import numpy_library
from xpuarray.backends.host.runtime import DONE, HostRuntime
from xpuarray.backends.info import DeviceInfo
from xpuarray.core.array import Array
from xpuarray.core.modes import prefer
from xpuarray.errors import XpuarrayError
from xpuarray.fusion import evaluate
from xpuarray.placement.devices import Device, device

__all__ = ["Work", "count"]


class Work(NamedTuple):
    """One launch, or one call of the library."""

    name: str
    operations: float
    nbytes: int  #: of all arrays that it reads or writes, each once
    bits: int  #: of the widest floats among them
    product: bool = False  #: of matrices


class Counted(NamedTuple):
    """What a function does."""

    work: list[Work]
    taken: int  #: bytes of its arguments
    given: int  #: bytes of what it returns
    bits: int  #: of the widest floats among both
    memory: int  #: bytes of all arrays that it makes, with its arguments: the most that it can need at once


def count(function: Callable[..., Any], arguments: Sequence[Any]) -> Counted:
    """Count what function(*arguments) does; arrays, ours or NumPy's, are replaced by others of no memory.

    Raises XpuarrayError if it reads values of arrays, on which it would depend what it does.
    """
    nowhere, runtime = _nowhere()
    with _lock:
        runtime.work, runtime.made = [], 0
        given = [_replaced(value, nowhere) for value in arguments]
        passed = [x for x in given if isinstance(x, Array)]
        taken = sum(x.nbytes for x in passed)
        with device(nowhere), prefer("kernel"):
            arrays = _arrays(function(*given))
            evaluate(*arrays)
    bits = _bits([x._native for x in (*passed, *arrays)])
    return Counted(runtime.work, taken, sum(x.nbytes for x in arrays), bits, runtime.made)


_lock = fork.Lock()


@functools.cache
def _nowhere() -> tuple[Device, _Runtime]:
    """The device: one for all time, since kernels keep what was made of them for each device."""
    runtime = _Runtime()
    return Device(runtime), runtime


def _replaced(value: Any, nowhere: Device) -> Any:
    if isinstance(value, (Array, np.ndarray)) and value.shape != ():
        return Array(nowhere.runtime.empty(value.shape, np.dtype(value.dtype)), nowhere)
    return value


def _arrays(result: Any) -> list[Array]:
    if isinstance(result, Array):
        return [result]
    parts = result.values() if isinstance(result, dict) else result if isinstance(result, (tuple, list)) else ()
    return [x for part in parts for x in _arrays(part)]


class _Runtime(HostRuntime):
    target = "counted"
    numpy_native = host_sees = False
    compile_after = kernel_from = defer_from = 0
    host_until = 0

    def __init__(self) -> None:
        memory = 1 << 48
        super().__init__(
            DeviceInfo("counted", "accelerator", 0, "counts", memory=memory, max_allocation=memory, fp16=True,
                       local_memory=1 << 16, max_work_group_size=64, compute_units=4, sub_group_sizes=(8,))
        )  # fmt: skip
        self.parallelism = 1 << 20
        self.work: list[Work] = []
        self.made = 0
        self._library = _Library(numpy_library(), self)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        native = _zeros(shape, np.dtype(dtype))
        self.made += native.nbytes
        return native

    def from_host(self, array: np.ndarray) -> np.ndarray:
        native = self.empty(array.shape, array.dtype)
        if array.nbytes < 1 << 16:  # what is small may say where to go
            native[...] = array
        return native

    def to_host(self, native: np.ndarray) -> np.ndarray:
        raise XpuarrayError(
            "suggest_device: the function reads values of arrays (float(x), if x: ..., xp.asnumpy), on which it "
            "depends what comes next. Give it the part of the work between two of these"
        )

    def in_sight(self, native: Any) -> np.ndarray | None:
        return None

    @property
    def library(self) -> Any:
        return self._library

    def load(self, compiled: Compiled) -> Executable:
        def launch(whole: Any, part: Any, arguments: Sequence[Any], events: Sequence[Any]) -> Any:
            arrays = [x for x in arguments if isinstance(x, np.ndarray)]
            operations = compiled.binary(tuple(whole), None if part is None else tuple(part), *arguments)
            self.work.append(Work(compiled.name, operations, _bytes(arrays), _bits(arrays)))
            return DONE

        return launch


def _zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Zeros that take no memory until they are written, however many."""
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes < 1 << 20 or sys.platform != "linux":
        return np.zeros(shape, dtype)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)  # named since Python 3.11
    return np.ndarray(shape, dtype, mmap.mmap(-1, nbytes, flags=flags))


def _bytes(arrays: Sequence[np.ndarray]) -> int:
    return sum({id(x): x.nbytes for x in arrays}.values())


def _bits(arrays: Sequence[np.ndarray]) -> int:
    return max((np.finfo(x.dtype).bits for x in arrays if x.dtype.kind in "fc"), default=32)


def _product(a: Any, b: Any, **_: Any) -> tuple[float, tuple[int, ...]]:
    rows, columns = a.shape[:-1][-1:], b.shape[-1:] if b.ndim > 1 else ()
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape = (*batch, *(rows if a.ndim > 1 else ()), *columns)
    return 2.0 * math.prod(shape) * a.shape[-1], shape


def _sorted(x: Any, *_: Any, **__: Any) -> tuple[float, tuple[int, ...]]:
    return x.size * max(1.0, math.log2(max(x.size, 2))), x.shape


def _cubic(factor: float) -> Callable[..., tuple[float, tuple[int, ...]]]:
    return lambda a, *b, **_: (factor * math.prod(a.shape[:-2]) * a.shape[-1] ** 3, (b[0] if b else a).shape)


#: name -> (operations, shape of the result) of what is not called; its dtype is the first argument's
_RULES: dict[str, Callable[..., tuple[float, tuple[int, ...]]]] = {
    "matmul": _product,
    "sort": _sorted,
    "argsort": _sorted,
    "inv": _cubic(2),
    "solve": _cubic(2 / 3),
    "cholesky": _cubic(1 / 3),
}


class _Library:
    """NumPy: what the rules name is counted; all else is done, and counted by the bytes that it moves."""

    def __init__(self, module: Any, runtime: _Runtime):
        self._module, self._runtime, self.__name__ = module, runtime, module.__name__

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._module, name)
        if isinstance(member, ModuleType):
            return _Library(member, self._runtime)
        if not callable(member) or isinstance(member, type):
            return member

        def counted(*args: Any, **kwargs: Any) -> Any:
            operations, runtime = 0.0, self._runtime
            if name in _RULES:
                operations, shape = _RULES[name](*args, **kwargs)
                made = runtime.empty(shape, np.dtype(np.int64) if name == "argsort" else args[0].dtype)
            else:
                made = member(*args, **kwargs)
            arrays = [x for x in (*args, made) if isinstance(x, np.ndarray)]
            shared = isinstance(made, np.ndarray) and any(np.may_share_memory(made, x) for x in arrays[:-1])
            if arrays and not shared:  # a view costs nothing
                runtime.work.append(Work(name, operations, _bytes(arrays), _bits(arrays), name == "matmul"))
            return made

        return counted
