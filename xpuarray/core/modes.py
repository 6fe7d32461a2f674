"""What a thread or task asks for beside the ordinary: a route, and whether results wait."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any, NamedTuple

from xpuarray.core import pending
from xpuarray.variables import is_on

__all__ = ["Modes", "always", "current", "eager", "prefer", "recording"]


class Modes(NamedTuple):
    """What is asked for here."""

    route: str  #: "auto" (what pays), or "kernel" or "library" wherever both exist
    fusion: str  #: "auto" (what pays waits), "off" (nothing does) or "always" (everything does)
    ordinary: bool  #: whether NumPy may do what is small: no route is preferred, and not everything waits
    recorder: Any = None  #: what notes the work done here, to do it again (fusion/recording.py)


def _modes(route: str, fusion: str, recorder: Any = None) -> Modes:
    return Modes(route, fusion, route == "auto" and fusion != "always", recorder)


_FUSION = "auto" if is_on("XPUARRAY_FUSION") else "off"
_USUAL = _modes("auto", _FUSION)
_current: contextvars.ContextVar[Modes] = contextvars.ContextVar("xpuarray_modes", default=_USUAL)

#: current() is what is asked for here.
current = _current.get


@contextlib.contextmanager
def prefer(route: str) -> Iterator[None]:
    """Take one route inside the block wherever both exist: "kernel", "library" or "auto".

    What was asked for inside the block is computed by its end.
    """
    if route not in ("auto", "kernel", "library"):
        raise ValueError(f"a route is 'auto', 'kernel' or 'library', not {route!r}")
    token = _current.set(_modes(route, _unrecorded().fusion))
    try:
        yield
        pending.compute_all()
    finally:
        _current.reset(token)


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Compute every result at once inside the block; `XPUARRAY_FUSION=0` does so everywhere.

    >>> with xp.eager():                                                   # doctest: +SKIP
    ...     y = xp.sin(x) * 2          # two kernels, one after the other
    """
    token = _current.set(_modes(_unrecorded().route, "off"))
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def always() -> Iterator[None]:
    """Let every elementwise result wait inside the block, small ones too (unless XPUARRAY_FUSION=0, or `eager`)."""
    asked = current()
    token = _current.set(_modes(asked.route, "off" if asked.fusion == "off" else "always", asked.recorder))
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def recording(recorder: Any) -> Iterator[None]:
    """Let everything wait inside the block, and tell `recorder` of what is computed and written; None: as usual."""
    token = _current.set(_modes(current().route, "auto" if recorder is None else "always", recorder))
    try:
        yield
    finally:
        _current.reset(token)


def _unrecorded() -> Modes:
    """What is asked for, where something else is about to be: what is done so can't be done again."""
    asked = current()
    if asked.recorder is not None:
        asked.recorder.give_up()
    return asked
