"""Whether results wait: what pays (the rule is `expression.is_deferred`), nothing, or everything."""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Iterator

__all__ = ["always", "eager", "is_off", "is_traced", "mode"]

#: "auto" (what pays), "off" (nothing waits) or "always" (everything does)
_fusion: contextvars.ContextVar[str] = contextvars.ContextVar(
    "xpuarray_fusion",
    default="off" if os.environ.get("XPUARRAY_FUSION", "1").lower() in ("0", "off", "no", "false") else "auto",
)


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Compute every result at once inside the block; `XPUARRAY_FUSION=0` does so everywhere.

    >>> with xp.eager():                                                   # doctest: +SKIP
    ...     y = xp.sin(x) * 2          # two kernels, one after the other
    """
    token = _fusion.set("off")
    try:
        yield
    finally:
        _fusion.reset(token)


@contextlib.contextmanager
def always() -> Iterator[None]:
    """Let every elementwise result wait inside the block, small ones too (unless XPUARRAY_FUSION=0, or `eager`)."""
    token = _fusion.set("off" if _fusion.get() == "off" else "always")
    try:
        yield
    finally:
        _fusion.reset(token)


def is_traced() -> bool:
    """Whether every elementwise result becomes an expression."""
    return _fusion.get() == "always"


def is_off() -> bool:
    """Whether every elementwise result is computed at once."""
    return _fusion.get() == "off"


#: mode() is which it is: "auto" (what pays), "off" (nothing waits) or "always" (everything does).
mode = _fusion.get
