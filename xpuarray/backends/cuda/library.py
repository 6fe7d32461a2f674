"""CuPy under the Array API's names, on one device: what CuPy 14 lacks or means differently."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from xpuarray.backends.library import Library

__all__ = ["cupy_library"]


def cupy_library(cupy: Any, active: Callable[[], contextlib.AbstractContextManager[Any]]) -> Library:
    """CuPy whose functions run on one device, whichever is the current one.

    CuPy allocates results on the thread's current device, not on its operands'.
    """

    @contextlib.contextmanager
    def checking() -> Iterator[None]:
        """CuPy returns what it likes for singular matrices, unless told to raise."""
        import cupyx

        with active(), cupyx.errstate(linalg="raise"):
            yield

    return Library(cupy, active, _REPLACED, parts={"linalg": Library(cupy.linalg, checking)})


def _sort(cupy: Any, x: Any, /, *, axis: int = -1, stable: bool = True) -> Any:
    return cupy.sort(x, axis=axis)  # always a stable one


def _argsort(cupy: Any, x: Any, /, *, axis: int = -1, stable: bool = True) -> Any:
    return cupy.argsort(x, axis=axis)


def _vecdot(cupy: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    rows, columns = cupy.moveaxis(x1.conj(), axis, -1), cupy.moveaxis(x2, axis, -1)
    return cupy.matmul(rows[..., None, :], columns[..., :, None])[..., 0, 0]


def _rounding(name: str) -> Callable[..., Any]:
    """CuPy rounds integers by way of doubles, which do not hold all of them."""

    def rounded(cupy: Any, x: Any, /) -> Any:
        return x.copy() if x.dtype.kind in "biu" else getattr(cupy, name)(x)

    return rounded


_REPLACED: dict[str, Callable[..., Any]] = {
    "argsort": _argsort,
    "sort": _sort,
    "vecdot": _vecdot,
    **{name: _rounding(name) for name in ("ceil", "floor", "round", "trunc")},
}
