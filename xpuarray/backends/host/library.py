"""NumPy as an Array API namespace."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["diagonal", "numpy_library"]


class _OlderNumPy(ModuleType):
    """NumPy 1.26 by way of array-api-compat."""

    def __init__(self) -> None:
        import array_api_compat.numpy

        super().__init__("numpy")
        self.__dict__.update(vars(array_api_compat.numpy), __name__="numpy", reshape=self._reshape)
        self._whole = array_api_compat.numpy.reshape

    def _reshape(self, x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
        try:
            return self._whole(x, shape, copy=copy)
        except AttributeError as error:  # NumPy 2 raises ValueError where there is no view
            raise ValueError(str(error)) from None


@functools.cache
def numpy_library() -> ModuleType:
    """NumPy as an Array API namespace, which it is by itself since version 2."""
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        return np
    return _OlderNumPy()


def strided(
    native: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, dtype: np.dtype
) -> np.ndarray:
    """The view of the memory that native is in, from so many bytes behind its first element on.  What NumPy's own makes
    does not say by its `base` which arrays share its memory.

    Raises ValueError for what another library has lent with gaps.
    """
    owner = native
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    try:
        memory = np.frombuffer(owner if owner.base is None else owner.base, np.uint8)
    except (TypeError, ValueError, BufferError):
        memory = _bytes(owner)
    first = native.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return np.ndarray(shape, dtype, memory, first + offset if native.size else 0, strides)


def _bytes(owner: np.ndarray) -> np.ndarray:
    """All bytes of an array that has no gaps."""
    axes = sorted(range(owner.ndim), key=lambda axis: -owner.strides[axis])
    rows = owner.transpose(axes)
    if not rows.flags.c_contiguous:
        raise ValueError("memory that another library has lent with gaps is not seen as a whole; copy the array")
    return rows.reshape(-1).view(np.uint8)


def diagonal(native: np.ndarray) -> np.ndarray:
    """The diagonal of the last two dimensions, a view; NumPy's own lets nobody write into it."""
    view = native.diagonal(0, -2, -1)
    view.flags.writeable = native.flags.writeable
    return view
