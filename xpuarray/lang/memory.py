"""Memory inside a kernel: orders, scopes and address spaces, local and private arrays.

The numbers of the enumerations are SYCL's.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["AddressSpace", "ConstantsMeta", "LocalAccessor", "MemoryOrder", "MemoryScope", "PrivateArray"]


class ConstantsMeta(enum.EnumMeta):
    """Tells the compiler that members of an enumeration are constants of the program."""


class MemoryOrder(enum.IntEnum, metaclass=ConstantsMeta):
    """How other memory accesses are ordered around an atomic one (SYCL 2020, section 3.8.3.1)."""

    RELAXED = 0
    ACQUIRE = 1
    CONSUME_UNSUPPORTED = 2
    RELEASE = 3
    ACQ_REL = 4
    SEQ_CST = 5


class MemoryScope(enum.IntEnum, metaclass=ConstantsMeta):
    """Among which work-items an order holds (SYCL 2020, section 3.8.3.2)."""

    WORK_ITEM = 0
    SUB_GROUP = 1
    WORK_GROUP = 2
    DEVICE = 3
    SYSTEM = 4


class AddressSpace(enum.IntEnum, metaclass=ConstantsMeta):
    """Where memory is: one work-item's, the device's, constant, or one work-group's."""

    PRIVATE = 0
    GLOBAL = 1
    CONSTANT = 2
    LOCAL = 3
    GENERIC = 4


class LocalAccessor:
    """Memory that the work-items of a group share, passed to a kernel as an argument.

    shape: an int or one to three ints, each positive; every group gets an array of this shape
    dtype: any dtype that arrays on the device have

    Its elements exist inside the kernel only, and hold nothing until they are written.

    Raises TypeError for another shape or dtype.

    >>> LocalAccessor((16, 16), np.float32)
    LocalAccessor((16, 16), float32)
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: int | Iterable[int], dtype: Any):
        extents = tuple(shape) if isinstance(shape, Iterable) else (shape,)
        if not all(hasattr(e, "__index__") and e > 0 for e in extents) or not 1 <= len(extents) <= 3:
            raise TypeError(f"the shape of a LocalAccessor is one to three positive ints, not {shape!r}")
        self.shape = tuple(int(e) for e in extents)
        try:
            self.dtype = np.dtype(dtype)
        except TypeError:
            self.dtype = np.dtype(object)
        if self.dtype.kind not in "biufc" or self.dtype.itemsize > 8 * (1 + (self.dtype.kind == "c")):
            raise TypeError(f"the dtype of a LocalAccessor is one that arrays on a device have, not {dtype}")

    @property
    def nbytes(self) -> int:
        """Bytes that each work-group needs."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("the elements of a LocalAccessor exist inside a kernel only")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise NotImplementedError("the elements of a LocalAccessor exist inside a kernel only")

    def __repr__(self) -> str:
        return f"LocalAccessor({self.shape}, {self.dtype})"


class PrivateArray:
    """A small array of one work-item's own, made inside a kernel.

    shape: an int or a tuple of ints, known when the kernel is compiled
    dtype: a NumPy dtype
    fill_zeros: whether it starts with zeros; else it holds nothing until written
    """

    __slots__ = ("_data",)

    def __init__(self, shape: int | tuple[int, ...], dtype: Any, fill_zeros: bool = False):
        self._data = np.zeros(shape, dtype) if fill_zeros else np.empty(shape, dtype)

    def __getitem__(self, index: Any) -> Any:
        return self._data[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._data[index] = value

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents."""
        return self._data.shape
