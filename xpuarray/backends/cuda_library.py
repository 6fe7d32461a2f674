"""CuPy under the Array API's names, on one device: what CuPy 14 lacks or means differently."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

__all__ = ["Library"]


class Library:
    """CuPy (or a part of it) whose functions run on one device, whichever is the current one.

    CuPy allocates results on the thread's current device, not on its operands'.
    """

    def __init__(
        self, module: Any, active: Callable[[], contextlib.AbstractContextManager[Any]], replaced: bool = True
    ):
        self._module = module
        self._active = active
        self._replaced = _REPLACED if replaced else {}
        self.__name__ = module.__name__

    def __getattr__(self, name: str) -> Any:
        member: Any = self._replaced.get(name)
        member = getattr(self._module, name) if member is None else functools.partial(member, self._module)
        if name in ("linalg", "fft"):
            member = Library(member, self._active, replaced=False)
        elif callable(member) and not isinstance(member, type):
            member = self._on_device(member)
        setattr(self, name, member)  # found without this method from now on
        return member

    def _on_device(self, function: Callable[..., Any]) -> Callable[..., Any]:
        active = self._active

        def on_device(*args: Any, **kwargs: Any) -> Any:
            with active():
                return function(*args, **kwargs)

        return on_device


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
