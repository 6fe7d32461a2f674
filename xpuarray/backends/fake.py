"""The `fake` backend: a pretend GPU for tests, without float64 and with little memory.

Its arrays are NumPy arrays wrapped in a class that NumPy's own functions refuse, its kernels run in
the simulator, and its library refuses to make doubles; so fp32-only hardware, out-of-memory and
hidden copies can be tested on any machine.  Present only when asked for: XPUARRAY_FAKE=1, or a
filter that names it.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from xpuarray.backends.contract import DeviceInfo, Runtime
from xpuarray.backends.host import HostRuntime
from xpuarray.errors import OutOfDeviceMemoryError, UnsupportedDTypeError

__all__ = ["FakeRuntime", "discover"]

MEMORY = 64 << 20


class FakeRuntime(HostRuntime):
    """NumPy memory behind a wall: counted, bounded and free of doubles."""

    target = "simulator"
    compile_after = kernel_from = 0
    parallelism = 4

    def __init__(self, info: DeviceInfo):
        super().__init__(info)
        self.parallelism = 4
        self.used = 0

    def _check(self, dtype: np.dtype) -> None:
        if np.dtype(dtype) in (np.float64, np.complex128):
            raise UnsupportedDTypeError(f"{self.info.filter_string} has no {np.dtype(dtype)}")

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        self._check(dtype)
        size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        if self.used + size > MEMORY:
            raise OutOfDeviceMemoryError(
                f"{self.info.filter_string} could not allocate {size:,} bytes: "
                f"{self.used:,} of its {MEMORY:,} bytes are in use"
            )
        array = np.empty(shape, dtype)
        self.used += size
        weakref.finalize(array, self._release, size)
        return array

    def _release(self, size: int) -> None:
        self.used -= size

    def from_host(self, array: np.ndarray) -> np.ndarray:
        native = self.empty(array.shape, array.dtype)
        native[...] = array
        return native

    def host_view(self, native: Any) -> np.ndarray | None:
        return None

    @property
    def library(self) -> Any:
        return _NO_DOUBLES


class _NoDoubles:
    """NumPy (or a part of it), refusing to return what the pretend device can't hold."""

    def __init__(self, module: Any):
        self._module = module

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._module, name)
        if name in ("linalg", "fft"):
            return _NoDoubles(member)
        if not callable(member) or isinstance(member, type):
            return member

        def guarded(*args: Any, **kwargs: Any) -> Any:
            result = member(*args, **kwargs)
            for part in result if isinstance(result, (tuple, list)) else (result,):
                if isinstance(part, (np.ndarray, np.generic)) and part.dtype in (np.float64, np.complex128):
                    raise UnsupportedDTypeError(f"{name} made {part.dtype}, which the fake device does not have")
            return result

        return guarded


_NO_DOUBLES = _NoDoubles(np)


def discover() -> list[Runtime]:
    """The one fake device."""
    info = DeviceInfo(
        backend="fake",
        type="gpu",
        number=0,
        name="a pretend GPU for tests",
        driver="none",
        memory=MEMORY,
        max_allocation=MEMORY,
        local_memory=64 << 10,
        compute_units=4,
        max_work_group_size=256,
        sub_group_sizes=(32,),
        fp64=False,
        atomic64=False,
        architecture="fake",
    )
    return [FakeRuntime(info)]
