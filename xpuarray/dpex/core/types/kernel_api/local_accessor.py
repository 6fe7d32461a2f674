"""The type of a LocalAccessor argument."""

from __future__ import annotations

from numba.core.types import Array, Type

__all__ = ["LocalAccessorType"]


class LocalAccessorType(Array):
    """A LocalAccessor of `ndim` dimensions, for signatures."""

    def __init__(self, ndim: int, dtype: Type):
        super().__init__(dtype, ndim, "C", name=f"LocalAccessorType(dtype={dtype}, ndim={ndim})")
