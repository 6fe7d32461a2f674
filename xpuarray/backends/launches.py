"""The latest launches on a device, so that an error that surfaces later can name them."""

from __future__ import annotations

import sys
from collections import deque
from types import CodeType, FrameType

from xpuarray.errors import KernelRuntimeError

__all__ = ["Launches", "line_of", "user_frame"]

_PACKAGE = __name__.partition(".")[0] + "."
_KEPT = 8
#: file -> whether it is this package's (which `kernels/` is, too, wherever it lies)
_ours: dict[str, bool] = {}


def user_frame(depth: int = 2) -> FrameType:
    """The innermost frame outside this package, looked for from `depth` frames up."""
    frame = sys._getframe(depth)
    while _is_ours(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _is_ours(frame: FrameType) -> bool:
    filename = frame.f_code.co_filename
    ours = _ours.get(filename)
    if ours is None:
        ours = _ours[filename] = frame.f_globals.get("__name__", "").startswith(_PACKAGE)
    return ours


class Launches:
    """Which kernels were launched since the last wait, and from where."""

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        # The line is worked out from the offset only if somebody has to read it.
        self._latest: deque[tuple[str, CodeType, int]] = deque(maxlen=_KEPT)

    def note(self, kernel: str) -> None:
        """Remember a launch of `kernel` by the first caller outside this package."""
        frame = user_frame(4)  # note, start, launch, and then the user at the earliest
        self._latest.append((kernel, frame.f_code, frame.f_lasti))

    def forget(self) -> None:
        """All launches have ended well."""
        self._latest.clear()

    def error(self, device: str, reason: object) -> KernelRuntimeError:
        """What to raise when waiting found that something went wrong; forgets the launches."""
        lines = [
            f"kernel {name}, launched at {code.co_filename}, line {line_of(code, offset)}"
            for name, code, offset in reversed(self._latest)
        ]
        self._latest.clear()
        among = "\n  ".join(lines) or "no kernel of xpuarray's"
        return KernelRuntimeError(
            f"{device} reported: {reason}\nLaunched since the last wait, the latest first:\n  {among}"
            + ("\nXPUARRAY_SYNC=1 waits after each launch and so finds the one that failed." if len(lines) > 1 else "")
        )


def line_of(code: CodeType, offset: int) -> int | None:
    """The source line of the instruction at `offset`."""
    return next((line for start, end, line in code.co_lines() if start <= offset < end), code.co_firstlineno)
