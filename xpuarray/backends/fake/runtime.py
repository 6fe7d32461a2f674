"""The `fake` backend: a pretend GPU for tests, without float64 and with little memory.

Its arrays are NumPy arrays wrapped in a class that NumPy's own functions refuse, its kernels run in
the simulator, and its library refuses to make doubles; so fp32-only hardware, out-of-memory and
hidden copies can be tested on any machine.
"""

from __future__ import annotations

import weakref
from types import ModuleType
from typing import Any

import numpy as np

from xpuarray.backends.contract import Runtime, wanted
from xpuarray.backends.host.library import numpy_library
from xpuarray.backends.host.runtime import HostRuntime
from xpuarray.backends.info import DeviceInfo
from xpuarray.backends.memory import Memory
from xpuarray.errors import UnsupportedDTypeError
from xpuarray.spans import transfer

__all__ = ["FakeRuntime", "discover"]

MEMORY = 64 << 20


class _Counted(Memory):
    """Memory of which every byte is counted, by `FakeRuntime.count`."""

    def _noted(self, owner: Any, nbytes: int) -> None:
        pass


class FakeRuntime(HostRuntime):
    """NumPy memory behind a wall: counted, bounded and free of doubles."""

    target = "simulator"
    numpy_native = False
    compile_after = kernel_from = defer_from = 0
    parallelism = 4

    def __init__(self, info: DeviceInfo):
        super().__init__(info)
        self.memory = _Counted(info)
        self.parallelism = 4
        self._counted: set[int] = set()
        self._library = _NoDoubles(numpy_library(), self)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        if np.dtype(dtype) in _DOUBLES:
            raise UnsupportedDTypeError(f"{self.info.filter_string} has no {np.dtype(dtype)}")
        self.must_fit(shape, dtype)
        return self.count(np.empty(shape, dtype))

    @property
    def used(self) -> int:
        """Bytes of all arrays that are alive."""
        return self.memory.in_use

    def count(self, array: np.ndarray) -> np.ndarray:
        """Add an array's memory to what is used, until nobody refers to it; views have none of their own."""
        owner = self.owner(array)
        if id(owner) not in self._counted:
            self.allocating(lambda: wanted(owner.shape, owner.dtype), lambda: self.memory.reserve(owner.nbytes))
            self._counted.add(id(owner))
            weakref.finalize(owner, self._counted.discard, id(owner))
            self.memory.count(owner, owner.nbytes)
            self.note(owner)
        return array

    def picked(self, native: np.ndarray, key: Any) -> np.ndarray:
        return self.count(native[key])

    @transfer("to device")
    def from_host(self, array: np.ndarray) -> np.ndarray:
        native = self.empty(array.shape, array.dtype)
        native[...] = array
        return native

    def in_sight(self, native: Any) -> np.ndarray | None:
        return None

    @property
    def library(self) -> Any:
        return self._library


_DOUBLES = (np.float64, np.complex128)


class _NoDoubles:
    """NumPy (or a part of it), refusing to return what the pretend device can't hold."""

    def __init__(self, module: Any, runtime: FakeRuntime):
        self._module = module
        self._runtime = runtime

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._module, name)
        if isinstance(member, ModuleType):
            return _NoDoubles(member, self._runtime)
        if not callable(member) or isinstance(member, type):
            return member

        def guarded(*args: Any, **kwargs: Any) -> Any:
            result = member(*args, **kwargs)
            for part in result if isinstance(result, (tuple, list)) else (result,):
                if isinstance(part, (np.ndarray, np.generic)) and part.dtype in _DOUBLES:
                    raise UnsupportedDTypeError(f"{name} made {part.dtype}, which the fake device does not have")
                if isinstance(part, np.ndarray):
                    self._runtime.count(part)
            return result

        return guarded


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
