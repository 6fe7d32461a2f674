"""Array functions that kernels may call, too: each is marked with the name of NumPy's function for it.

So `xp.sin(x[i])` means `np.sin(x[i])` in a kernel, wherever `xp.sin` is written, `xp.sum(x[i, :])` `np.sum(x[i, :])`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["counterpart", "counterpart_of"]

_MARK = "__xpu_elementwise__"
_F = TypeVar("_F", bound=Callable[..., Any])


def counterpart(name: str) -> Callable[[_F], _F]:
    """Mark a function as NumPy's of this name, where a kernel calls it.

    >>> @counterpart("arcsin")
    ... def asin(x): ...
    >>> counterpart_of(asin)
    'arcsin'
    """

    def mark(function: _F) -> _F:
        setattr(function, _MARK, name)
        return function

    return mark


def counterpart_of(value: object) -> str | None:
    """The name with which `value` is marked; None for all that is no such function."""
    name = getattr(value, _MARK, None) if callable(value) else None
    return name if isinstance(name, str) else None
