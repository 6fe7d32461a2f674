"""`numpy.typing` for annotations: `NDArray[xp.float64]` is an Array, an `ArrayLike` becomes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpuarray.core.array import Array
from xpuarray.functions.hints import missing

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike

__all__ = ["ArrayLike", "DTypeLike", "NDArray"]


class NDArray(Array):
    """An Array in annotations, with its dtype in brackets, of which nothing is checked."""

    def __class_getitem__(cls, dtype: Any) -> type[Array]:
        return Array


def __getattr__(name: str) -> Any:
    if name in ("ArrayLike", "DTypeLike"):
        from numpy import typing

        return getattr(typing, name) if name == "DTypeLike" else Array | typing.ArrayLike
    raise missing("typing", name)


def __dir__() -> list[str]:
    return __all__
