"""How a kernel is started on CUDA: its parameters side by side in memory, and the driver's own call.

(`cupy.cuda.Function` makes an object of every argument, for 4 µs.)  As `core/quick.py`, which says more, this is
compiled where there is a C compiler: then CuPy's wrapper of the driver's call is left out, too.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cython
else:
    cython = SimpleNamespace(compiled=False)

if cython.compiled:
    from cython.cimports.xpuarray.backends.cuda.driver import MOST_BYTES, start_kernel
else:
    MOST_BYTES = 0

__all__ = ["Starter"]

# of cuLaunchKernel's `extra`: that the parameters lie side by side in memory, and how many bytes of it
_BUFFER_POINTER, _BUFFER_SIZE = 1, 2
_MOST_PARAMETERS = 32764  # bytes


class Starter:
    """What starts kernels that take parameters of certain kinds."""

    __slots__ = ("_address", "_kinds", "_launch", "_nbytes", "_pack")

    def __init__(self, layout: struct.Struct, launch: Callable[..., Any], address: int):
        """layout: of 8 bytes for the parameters' size, and then the parameters
        launch: CuPy's function for the driver's; address: the driver's own, or 0 if it can't be called"""
        self._launch, self._pack, self._nbytes = launch, layout.pack_into, layout.size - 8
        kinds = layout.format.removeprefix("@q")
        by_c = address and self._nbytes <= MOST_BYTES and "e" not in kinds  # a half is packed by Python
        self._kinds, self._address = kinds.encode(), address if by_c else 0

    def start(
        self, function: int, geometry: tuple[int, ...], shared: int, stream: int, arguments: tuple[Any, ...]
    ) -> int:
        """CUDA's error, which is 0 if there is none; or CuPy raises it.

        geometry: grid and block, each (x, y, z); shared: bytes of shared memory; arguments: packed
        """
        if cython.compiled and self._address:
            return start_kernel(self._address, function, geometry, shared, stream, self._kinds, arguments)
        try:
            slot = _slots.pop()
        except IndexError:
            slot = _Slot()
        self._pack(slot.memory, 0, self._nbytes, *arguments)
        self._launch(function, *geometry, shared, stream, 0, slot.extra)
        _slots.append(slot)
        return 0


class _Slot:
    """Where a launch puts its parameters; whoever has taken a slot gives it back, as CUDA copies them at once.

    memory: 8 bytes for the number of bytes of the parameters, and then they
    extra: address of what tells CUDA so
    """

    __slots__ = ("_extra", "extra", "memory")

    def __init__(self) -> None:
        self.memory = (ctypes.c_char * (8 + _MOST_PARAMETERS))()
        size = ctypes.addressof(self.memory)
        self._extra = (ctypes.c_void_p * 5)(_BUFFER_POINTER, size + 8, _BUFFER_SIZE, size, None)
        self.extra = ctypes.addressof(self._extra)


#: Slots that nobody has taken
_slots: list[_Slot] = []
