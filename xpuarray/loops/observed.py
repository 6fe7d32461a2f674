"""What `explain` and `verify` of a function see of its loops."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from xpuarray.lang.ranges import Range
from xpuarray.launch.kernel import Kernel
from xpuarray.launch.verify import Verification

__all__ = ["launch", "note", "observed"]


class _Seen:
    def __init__(self, verify: bool):
        self.verify = verify
        self.verified: list[Verification] = []
        self.lines: list[str] = []


_seen: ContextVar[_Seen | None] = ContextVar("xpuarray_loops", default=None)


@contextlib.contextmanager
def observed(verify: bool = False) -> Iterator[_Seen]:
    """Collect a line for each loop that runs inside the block, and with `verify` what comes of verifying it."""
    token = _seen.set(_Seen(verify))
    try:
        found = _seen.get()
        assert found is not None
        yield found
    finally:
        _seen.reset(token)


def note(told: Callable[[Any], str], ranges: Any) -> None:
    """A loop has run."""
    if (seen := _seen.get()) is not None:
        seen.lines.append(told(ranges))


def launch(kernel: Kernel, range: Range, arguments: list[Any]) -> None:
    """Launch a loop's kernel."""
    seen = _seen.get()
    if seen is not None and seen.verify:
        seen.verified.append(kernel.verify(range, *arguments))
    kernel.launch(range, arguments)
