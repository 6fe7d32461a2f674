"""Kernel argument types: small hashable values that need no Numba.

A kernel is specialised by the types of its arguments, never by their sizes.  These types are the
key of every cache, so they are cheap to make, to hash and to write down; compiler/frontend/numba_types.py turns them
into Numba's types when something has to be compiled.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

__all__ = ["ArrayType", "KernelType", "LocalType", "Space", "TupleType", "dtype_name", "scalar_type"]


class ArrayType(NamedTuple):
    """An array in device memory.

    dtype: NumPy's name ("float32"); layout: "C" (contiguous, row-major), "W" (the same, and its first element at
    a multiple of 16 bytes, so that wide loads are possible) or "A" (any strides).
    """

    dtype: str
    ndim: int
    layout: str

    def __str__(self) -> str:
        return f"{self.dtype}[{self.ndim}{self.layout}]"


class LocalType(NamedTuple):
    """Work-group local memory: `ndim` dimensions of `dtype`, its shape given at the launch."""

    dtype: str
    ndim: int

    def __str__(self) -> str:
        return f"local {self.dtype}[{self.ndim}]"


class Space(NamedTuple):
    """What a kernel runs over: a Range of `ndim` dimensions, or (grouped) an NdRange."""

    ndim: int
    grouped: bool = False


class TupleType(NamedTuple):
    """A tuple of scalars (or of arrays), passed element by element."""

    items: tuple[KernelType, ...]

    def __str__(self) -> str:
        return "(" + ", ".join(map(str, self.items)) + ")"


KernelType = str | ArrayType | LocalType | TupleType
"""A scalar is written as NumPy's dtype name: "float64", "int64", "bool", ...; "index" is an int64 that compiled code
passes to compiled code, and of which it is known that it is not negative."""

_PYTHON_SCALARS = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


@functools.lru_cache(maxsize=256)
def dtype_name(dtype: np.dtype) -> str:
    """NumPy's name of a dtype, which NumPy takes a microsecond and a half to put together."""
    return dtype.name


def scalar_type(value: object) -> str | None:
    """The kernel type of a Python or NumPy scalar, or None if it is no scalar.

    >>> scalar_type(2.0), scalar_type(np.float32(2)), scalar_type("a")
    ('float64', 'float32', None)
    """
    name = _PYTHON_SCALARS.get(type(value))
    if name is not None:
        if name == "int64" and not -(2**63) <= value < 2**63:  # type: ignore[operator]
            return "uint64" if 0 <= value < 2**64 else None  # type: ignore[operator]
        return name
    if isinstance(value, np.generic):
        return dtype_name(value.dtype)
    if isinstance(value, (bool, int, float, complex)):  # IntEnum and other subclasses
        return scalar_type({bool: bool, int: int}.get(type(value).__mro__[-2], float)(value))
    return None
