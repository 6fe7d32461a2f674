"""What takes long is told to whoever looks on, in a terminal or a notebook: `compiling saxpy for cuda:gpu:0 ... 2.1 s`.

Nothing is said of what takes less than a second, nor where nobody looks on.  XPUARRAY_PROGRESS=1 has it said
everywhere, 0 nowhere.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

from xpuarray.variables import is_on

__all__ = ["announced", "somebody_looks_on"]

AFTER = 1.0  #: seconds
_EVERY = 0.5

_one = threading.Lock()  # the outermost of those that are inside each other is told


def somebody_looks_on() -> bool:
    """Whether standard error is a terminal or a notebook's."""
    if os.environ.get("XPUARRAY_PROGRESS"):
        return is_on("XPUARRAY_PROGRESS")
    return _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


class announced:  # noqa: N801 (it is used like a function)
    """Say so if the block takes more than a second, and how long it has taken."""

    __slots__ = ("_done", "_thread", "_what")

    def __init__(self, what: str):
        self._what = what
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if somebody_looks_on() and _one.acquire(blocking=False):
            self._done = threading.Event()
            self._thread = threading.Thread(target=self._tell, name="xpuarray progress", daemon=True)
            self._thread.start()

    def __exit__(self, *error: Any) -> None:
        if self._thread is not None:
            self._done.set()
            self._thread.join()
            _one.release()

    def _tell(self) -> None:
        began = time.perf_counter()
        if self._done.wait(AFTER):
            return
        line = _line(self._what, began)
        while not self._done.wait(_EVERY):
            line.refresh()
        line.close()


class _Plain:
    """A line on standard error, written over while it grows older."""

    def __init__(self, what: str, began: float):
        self._what, self._began = what, began
        self.refresh()

    def refresh(self) -> None:
        """Write how long it has taken by now."""
        sys.stderr.write(f"\r{self._what} ... {time.perf_counter() - self._began:.1f} s")
        sys.stderr.flush()

    def close(self) -> None:
        """The last word."""
        self.refresh()
        sys.stderr.write("\n")


def _line(what: str, began: float) -> Any:
    """tqdm's line where that is installed, which notebooks show as one of their own."""
    try:
        if _in_notebook():
            import ipywidgets  # noqa: F401  without which tqdm's line is a warning and a row of lines
        from tqdm.auto import tqdm
    except ImportError:
        return _Plain(what, began)
    line = tqdm(total=0, desc=what, bar_format="{desc} ... {elapsed_s:.1f} s", file=sys.stderr, delay=1e-9)
    line.start_t = line.last_print_t = time.time() - (time.perf_counter() - began)
    line.delay = 0
    line.refresh()
    return line


def _in_notebook() -> bool:
    return "ipykernel.zmqshell" in sys.modules
