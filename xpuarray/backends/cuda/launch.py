"""How a kernel is launched on CUDA: grids and blocks, arguments, shared memory, functions and their limits."""

from __future__ import annotations

import ctypes
import functools
import math
import re
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from xpuarray.backends.contract import Compiled
from xpuarray.backends.cuda.quick_start import Starter
from xpuarray.errors import KernelRangeError

__all__ = ["Functions", "Local", "cover", "parameters", "place_local"]

_BLOCK = 256  # threads of a block that runs a Range
_WIDTHS, _WIDTH = (256, 128), 64  # threads of a block along x, if the Range has more than one dimension
_ROWS, _ENOUGH = 4, 8192  # rows that a thread walks through, as long as so many blocks are left
_MAX_GRID = (2**31 - 1, 65535, 65535)
_MAX_BLOCK = (1024, 1024, 64)
_DEFAULT_SHARED = 48 << 10  # a kernel must ask for more
# Numbers of CUDA's CUfunction_attribute
_MAX_THREADS_PER_BLOCK, _MAX_DYNAMIC_SHARED_SIZE = 0, 8
_INVALID_CONTEXT = 201  # CUDA's error where a thread has not used the device yet

#: Types of PTX's parameters as `struct` names them; whole numbers are given signed (`CudaRuntime.pack_scalar`),
#: and half precision is an array of two bytes
_PARAMETERS = {b"u8": "b", b"u16": "h", b"u32": "i", b"u64": "q", b"align 2 .b8": "e", b"f32": "f", b"f64": "d"}
_PARAMETER = re.compile(rb"\.param \.(align 2 \.b8|\w+) ")

Size3 = tuple[int, int, int]
Geometry = tuple[int, ...]  # grid and block, each (x, y, z)


def parameters(ptx: bytes) -> struct.Struct:
    """The parameters of the one entry of a module as they lie in memory, behind 8 bytes for their size.

    >>> parameters(b".visible .entry f(.param .u64 f_0, .param .f32 f_1) {}").format
    '@qqf'
    """
    start = ptx.index(b".entry")
    return struct.Struct(
        "@q" + "".join(map(_PARAMETERS.__getitem__, _PARAMETER.findall(ptx, start, ptx.index(b"{", start))))
    )


class Local(NamedTuple):
    """Work-group local memory among a launch's arguments; the launch makes an offset of it."""

    nbytes: int


def cover(extents: tuple[int, ...]) -> tuple[Size3, Size3, tuple[int, ...]]:
    """Grid and block (x, y, z) of threads that cover a Range, whose last dimension is x; and through how
    many rows each thread walks in the other dimensions (compiler/targets/ptx.py).

    >>> cover((1000,)), cover((3, 70)), cover((10**4, 10**4))
    (((4, 1, 1), (256, 1, 1), ()), ((2, 1, 1), (64, 4, 1), (1,)), ((40, 2500, 1), (256, 1, 1), (4,)))
    """
    if len(extents) == 1:
        threads = [_BLOCK]
    else:
        threads, left = [], _BLOCK
        width = next((w for w in _WIDTHS if -extents[-1] % w <= extents[-1] // 8), _WIDTH)  # few idle threads
        for extent, most in zip(reversed(extents), (width, _BLOCK, _MAX_BLOCK[2])):
            wanted = 1 << (extent - 1).bit_length()  # the next power of two
            threads.append(min(wanted, most, left))
            left //= threads[-1]
    blocks = [-(-extent // size) for extent, size in zip(reversed(extents), threads)]
    if blocks[0] > _MAX_GRID[0]:
        raise KernelRangeError(f"a range of {extents} is larger than CUDA allows: {_MAX_GRID[0] * threads[0]:,}")
    rows = [-(-b // most) for b, most in zip(blocks, _MAX_GRID)]
    if len(rows) > 1:
        rows[1] = max(rows[1], min(_ROWS, math.prod(blocks) // _ENOUGH))
    return _three(-(-b // r) for b, r in zip(blocks, rows)), _three(threads), tuple(rows[:0:-1])


def _three(sizes: Any) -> Size3:
    return (*sizes, 1, 1)[:3]


def place_local(args: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
    """The arguments with offsets in place of local memory, and the bytes it takes in all."""
    placed, used = [], 0
    for arg in args:
        if type(arg) is Local:
            placed.append(used)
            used += -(-arg.nbytes // 16) * 16
        else:
            placed.append(arg)
    return tuple(placed), used


@functools.cache
def _driver_call() -> int:
    """The address of cuLaunchKernel; 0 if it isn't found."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        return ctypes.cast(ctypes.CDLL(name).cuLaunchKernel, ctypes.c_void_p).value or 0
    except (OSError, AttributeError):
        return 0


class Functions(dict[int, Any]):
    """The loaded functions of one kernel: number of threads a block must be able to have -> function.

    A kernel that takes many registers can't run in large blocks; compiled for those it takes fewer,
    which slows it down, so that is done only when a launch needs it.
    """

    def __init__(self, compiled: Compiled, active: Callable[[], AbstractContextManager[Any]], cupy: Any):
        self._compiled = compiled
        self._active = active
        self._cuda = cupy.cuda
        self._shared: dict[int, int] = {}
        self._stream = cupy.cuda.get_current_stream
        self._starter = Starter(parameters(compiled.binary), cupy.cuda.driver.launchKernel, _driver_call())

    def start(self, function: Any, geometry: Geometry, arguments: tuple[Any, ...], shared: int = 0) -> None:
        """Launch `function` on CuPy's current stream."""
        given = function.ptr, geometry, shared, self._stream().ptr, arguments
        error: Any = self._cuda.driver.CUDADriverError
        try:
            status = self._starter.start(*given)
        except error as raised:
            status = raised.status
        if status == _INVALID_CONTEXT:
            self._cuda.runtime.free(0)  # nothing: but this thread has the device's context from now on
            status = self._starter.start(*given)
        if status:
            raise error(status)

    def __missing__(self, threads: int) -> Any:
        ptx = self._compiled.binary
        if threads:
            ptx = re.sub(rb"(\.entry [^{]*\))\s*\{", rb"\1\n.maxntid %d, 1, 1\n{" % threads, ptx, count=1)
        with self._active():
            module = self._cuda.Module()
            module.load(ptx)
            self[threads] = module.get_function(self._compiled.name)
        return self[threads]

    def geometry(self, whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[Any, Geometry]:
        """Function, and grid and block, for work-groups of `part`.

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
        if self._cuda.driver.funcGetAttribute(_MAX_THREADS_PER_BLOCK, self[0].ptr) >= threads:
            return self[0], (*grid, *block)
        return self[-(-threads // 32) * 32], (*grid, *block)

    def allow_shared(self, function: Any, nbytes: int) -> None:
        """Let `function` have that much shared memory."""
        if nbytes > self._shared.get(function.ptr, _DEFAULT_SHARED):
            self._cuda.driver.funcSetAttribute(function.ptr, _MAX_DYNAMIC_SHARED_SIZE, nbytes)
            self._shared[function.ptr] = nbytes
