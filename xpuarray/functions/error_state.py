"""What NumPy does about divisions by zero, overflows and the like; devices compute on, and say nothing.

So "ignore" and "warn" can be asked for, as programs do to have no warnings, and make no difference.  To be told by an
error or a call is refused: nobody would be.
"""

from __future__ import annotations

import contextlib
from typing import Any

__all__ = ["errstate", "geterr", "seterr"]

_KINDS = ("divide", "over", "under", "invalid")


def _seen(name: str, kinds: dict[str, str | None]) -> None:
    for kind, value in kinds.items():
        if value in ("raise", "call", "print", "log"):
            raise ValueError(
                f"{name}: {kind}={value!r} can't be done, as devices don't tell of it; look at xp.isfinite(x).all()"
            )
        if value not in (None, "ignore", "warn"):
            raise ValueError(f"{name}: {kind} is 'ignore' or 'warn', not {value!r}")


def geterr() -> dict[str, str]:
    """What is done about each kind of floating-point error: "ignore".

    >>> import xpuarray as xp
    >>> xp.geterr()["divide"]
    'ignore'
    """
    return dict.fromkeys(_KINDS, "ignore")


def seterr(
    all: str | None = None,
    divide: str | None = None,
    over: str | None = None,
    under: str | None = None,
    invalid: str | None = None,
) -> dict[str, str]:
    """`geterr()`.  Raises ValueError for all but "ignore" and "warn", which make no difference."""
    _seen("seterr", {"all": all, "divide": divide, "over": over, "under": under, "invalid": invalid})
    return geterr()


class errstate(contextlib.ContextDecorator):  # noqa: N801
    """`seterr` for a block, or a function: `with xp.errstate(divide="ignore"): ...`."""

    def __init__(
        self,
        *,
        call: Any = None,
        all: str | None = None,
        divide: str | None = None,
        over: str | None = None,
        under: str | None = None,
        invalid: str | None = None,
    ):
        if call is not None:
            _seen("errstate", {"call": "call"})
        _seen("errstate", {"all": all, "divide": divide, "over": over, "under": under, "invalid": invalid})

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None
