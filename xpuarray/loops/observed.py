"""What `explain` and `verify` of a function see of its loops."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from xpuarray.lang.ranges import Range
from xpuarray.launch.kernel import Kernel
from xpuarray.launch.verify import Verification
from xpuarray.markup import block, code, mark, table

__all__ = ["LoopReport", "is_observed", "launch", "note", "observed"]


class LoopReport(str):
    """How each loop of a function runs, a line each; notebooks show a row each.

    >>> print(LoopReport(["line 12: kernel f_12 over 1,000 iteration(s)"], "f"))
    line 12: kernel f_12 over 1,000 iteration(s)
    """

    _lines: tuple[str, ...]
    _function: str

    def __new__(cls, lines: Sequence[str], function: str) -> LoopReport:
        made = super().__new__(
            cls, "\n".join(lines) or f"{function} has no loop that these arguments reach as a kernel"
        )
        made._lines, made._function = tuple(lines), function
        return made

    def _repr_html_(self) -> str:
        if not self._lines:
            return block("", str(self))
        rows = [(code(line), *_kind(text)) for line, _, text in (told.partition(": ") for told in self._lines)]
        return block("", code(self._function), table(("loop", "as", "how"), rows))


def _kind(text: str) -> tuple[str, str]:
    """What a loop runs as, on a wash, and the rest of what is said of it."""
    if not text.startswith("kernel "):
        return mark("Python", "warn"), text
    alone = " of one work-item" in text.partition(":")[0]
    return mark("one work-item") if alone else mark("kernel", "good"), text.removeprefix("kernel ")


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


def is_observed() -> bool:
    """Whether somebody wants to see each loop."""
    return _seen.get() is not None


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
