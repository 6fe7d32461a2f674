"""xp.strict: how many transfers, fallbacks and compilations a block may take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from xpuarray.backends.launches import line_of, user_frame
from xpuarray.core import pending
from xpuarray.errors import BudgetError
from xpuarray.spans import Call, Span, watching
from xpuarray.text import place, size

__all__ = ["strict"]

#: What counts, by the name of its budget.
_KINDS = {"to device": "transfers", "to host": "transfers", "fallback": "fallbacks", "compile": "compiles"}
_WHAT = {
    "to device": "{bytes} ({name}) from the host to {device}",
    "to host": "{bytes} ({name}) from {device} to the host",
    "fallback": "{name} of {device} on the host",
    "compile": "kernel {name} for {device}",
}


class Budgets:
    """What is left to spend."""

    def __init__(self, allowed: dict[str, int | None]):
        self._allowed = allowed
        self.spent = dict.fromkeys(allowed, 0)

    def call(self, call: Call) -> None:
        """See Watcher."""

    def begin(self, span: Span) -> None:
        """See Watcher.  Raises BudgetError."""
        budget = _KINDS.get(span.kind)
        allowed = None if budget is None else self._allowed[budget]
        if budget is None or allowed is None:
            return
        self.spent[budget] += 1
        if self.spent[budget] > allowed:
            frame = user_frame()
            what = _WHAT[span.kind].format(name=span.name, device=span.info.filter_string, bytes=size(span.nbytes))
            raise BudgetError(
                f"strict allows {allowed} {budget} here; number {self.spent[budget]} would be {what}, "
                f"at {place(frame.f_code.co_filename, line_of(frame.f_code, frame.f_lasti))}"
            )

    def end(self, span: Span) -> None:
        """See Watcher."""


@contextlib.contextmanager
def strict(*, transfers: int | None = 0, fallbacks: int | None = 0, compiles: int | None = 0) -> Iterator[Budgets]:
    """Allow so many transfers, fallbacks and compilations inside the block, in this thread or task.

    transfers: values moved between host and device: asarray, asnumpy, item, float(x), if x: ...
    fallbacks: functions that run on the host under `allow_fallback`
    compiles: kernels that are compiled, neither in memory nor on disk from an earlier time

    None sets no bound.  What would exceed a budget is not done.

    Raises BudgetError, naming the call, its line and its size.

    >>> with xp.strict(transfers=1):                                       # doctest: +SKIP
    ...     for k in range(steps):
    ...         x = step(x)                                                # stays on the device
    ...     result = xp.asnumpy(x)
    """
    budgets = Budgets({"transfers": transfers, "fallbacks": fallbacks, "compiles": compiles})
    pending.compute_all()  # what was asked for before the block is no part of it
    with watching(budgets):
        yield budgets
        pending.compute_all()
