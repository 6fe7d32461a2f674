"""Uncaught errors are shown without this package's own frames; XPUARRAY_TRACEBACK=full shows them all.

Only what is printed is shorter: by Python, by its threads, and by IPython.  The exception keeps every frame, for
debuggers, loggers and test runners; and nothing is done as long as nothing is raised.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["cause", "full", "hidden", "install", "show_all"]

VARIABLE = "XPUARRAY_TRACEBACK"
_OURS = __name__.partition(".")[0]


_all_shown = False


def show_all() -> None:
    """Show every frame in this process: the commands are this package's own program."""
    global _all_shown
    _all_shown = True


def full() -> bool:
    """Whether all frames are asked for, and what the compiler of a kernel said."""
    return _all_shown or os.environ.get(VARIABLE, "").lower() == "full"


def cause(error: BaseException) -> BaseException | None:
    """What to raise an error `from` that says all that `error` does: nothing, as long as not all is asked for."""
    return error if full() else None


def install() -> None:
    """Have Python, and IPython where this runs in it, show uncaught errors so."""
    if not _is_ours(sys.excepthook):
        sys.excepthook = _shorter(sys.excepthook, 1)
        threading.excepthook = _shorter(threading.excepthook, 0)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    shown = getattr(shell, "InteractiveTB", None)
    if shown is not None and not _is_ours(shown.structured_traceback):
        shown.structured_traceback = _shorter_in_ipython(shown.structured_traceback)


def _is_ours(hook: Any) -> bool:
    return getattr(hook, "__globals__", None) is globals()


def _shorter(hook: Callable[..., Any], position: int) -> Callable[..., Any]:
    """An excepthook; the exception is its argument `position`, or that argument's `exc_value`."""

    @functools.wraps(hook)
    def shorter(*args: Any) -> Any:
        error = getattr(args[position], "exc_value", args[position])
        with hidden(error) as count:
            hook(*args)
            if note := _note(error, count):
                print(note, file=sys.stderr)

    return shorter


def _shorter_in_ipython(method: Callable[..., list[str]]) -> Callable[..., list[str]]:
    @functools.wraps(method)
    def shorter(kind: Any, error: Any, traceback: Any = None, *args: Any, **options: Any) -> list[str]:
        with hidden(error) as count:
            lines = method(kind, error, error.__traceback__ if count else traceback, *args, **options)
        return lines + [note] if (note := _note(error, count)) else lines

    return shorter


def _note(error: Any, count: int) -> str:
    """A line for errors that this package has no class for: they may be faults of its own."""
    known = any(base.__module__ == f"{_OURS}.errors" for base in type(error).__mro__)
    return (
        ""
        if known or not count or not isinstance(error, Exception)
        else f"({count} frame(s) inside {_OURS} not shown; {VARIABLE}=full shows them)"
    )


@contextlib.contextmanager
def hidden(error: BaseException | None) -> Iterator[int]:
    """Within the block the exception, its causes and its members have no frame of this package's; yields how
    many of its own it has not.  Nothing is hidden of one that has no other frame."""
    kept = {} if full() else {one: one.__traceback__ for one in _all_of(error)}
    count = 0
    try:
        for one, whole in kept.items():
            shorter = list(_frames(whole))
            if shorter:
                one.__traceback__ = _chained(shorter)
            if one is error and shorter:
                count = _length(whole) - len(shorter)
        yield count
    finally:
        for one, whole in kept.items():
            one.__traceback__ = whole


def _all_of(error: BaseException | None) -> list[BaseException]:
    """An exception, and all that is printed with it."""
    found: dict[int, BaseException] = {}
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in found:
            found[id(one)] = one
            members = getattr(one, "exceptions", ())  # of a group
            waiting += [one.__cause__, one.__context__, *(members if isinstance(members, tuple) else ())]
    return list(found.values())


def _frames(traceback: types.TracebackType | None) -> Iterator[types.TracebackType]:
    """Those that the user has written: no frame of ours, nor of the libraries that we call."""
    inside = False
    while traceback is not None:
        frame = traceback.tb_frame
        name = str(frame.f_globals.get("__name__", ""))
        inside = name.partition(".")[0] == _OURS or (inside and _of_a_library(frame.f_code.co_filename, name))
        if not inside:
            yield traceback
        traceback = traceback.tb_next


def _of_a_library(file: str, module: str) -> bool:
    """Whether it is installed code, compiled, or made while the program runs."""
    if file.startswith("<"):
        return module != "__main__"
    return file.endswith((".pyx", ".pxd", ".pxi")) or os.path.normcase(file).startswith(_libraries())


@functools.cache
def _libraries() -> tuple[str, ...]:
    import sysconfig

    paths = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return tuple(os.path.normcase(path) + os.sep for path in paths if path)


def _chained(frames: list[types.TracebackType]) -> types.TracebackType | None:
    made = None
    for one in reversed(frames):
        made = types.TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made


def _length(traceback: types.TracebackType | None) -> int:
    count = 0
    while traceback is not None:
        count, traceback = count + 1, traceback.tb_next
    return count
