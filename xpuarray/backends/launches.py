"""The latest launches on a device, so that an error that surfaces later can name them."""

from __future__ import annotations

import sys
from collections import deque
from types import CodeType, FrameType

from xpuarray.errors import KernelRuntimeError
from xpuarray.text import place

__all__ = ["Launches", "is_ours", "line_of", "user_frame", "user_level"]

_PACKAGE = __name__.partition(".")[0] + "."
_KEPT = 8


class _Ours(dict[str, bool]):
    """Name of a module -> whether it is this package's (which `kernels/` is, too, wherever it lies)."""

    def __missing__(self, module: str) -> bool:
        ours = self[module] = module.startswith(_PACKAGE)
        return ours


_ours = _Ours()


def is_ours(frame: FrameType) -> bool:
    """Whether a function of this package runs in it."""
    return _ours[frame.f_globals.get("__name__", "")]


def user_frame(depth: int = 2) -> FrameType:
    """The innermost frame outside this package, looked for from `depth` frames up."""
    frame = sys._getframe(depth)
    while _ours[frame.f_globals.get("__name__", "")] and frame.f_back is not None:
        frame = frame.f_back
    return frame


def user_level() -> int:
    """`stacklevel` for a warning of the caller's, so that it names the first line outside this package."""
    level, frame = 2, sys._getframe(2)
    while _ours[frame.f_globals.get("__name__", "")] and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    return level


class Launches:
    """Which kernels were launched since the last wait, and from where."""

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        # The line is worked out from the offset only if somebody has to read it.
        self._latest: deque[tuple[str, CodeType, int]] = deque(maxlen=_KEPT)

    def note(self, kernel: str) -> None:
        """Remember a launch of `kernel` by the first caller outside this package."""
        frame = sys._getframe(1)  # what is compiled has no frames
        while _ours[frame.f_globals.get("__name__", "")] and frame.f_back is not None:  # `user_frame`, without a call
            frame = frame.f_back
        self._latest.append((kernel, frame.f_code, frame.f_lasti))

    def forget(self) -> None:
        """All launches have ended well."""
        self._latest.clear()

    def error(self, device: str, reason: object) -> KernelRuntimeError:
        """What to raise when waiting found that something went wrong; forgets the launches."""
        lines = [
            f"kernel {name}, launched at {place(code.co_filename, line_of(code, offset))}"
            for name, code, offset in reversed(self._latest)
        ]
        self._latest.clear()
        among = "\n  ".join(lines) or "no kernel of xpuarray's"
        return KernelRuntimeError(
            f"{device} reported: {reason}\nLaunched since the last wait, the latest first:\n  {among}"
            + ("\nXPUARRAY_SYNC=1 waits after each launch and so finds the one that failed." if len(lines) > 1 else "")
        )


def line_of(code: CodeType, offset: int) -> int:
    """The source line of the instruction at `offset`."""
    lines = (line for start, end, line in code.co_lines() if start <= offset < end)
    return next(lines, None) or code.co_firstlineno
