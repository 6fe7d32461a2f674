"""xp.explain: which way each call went."""

from __future__ import annotations

import contextlib
import html
from collections.abc import Iterator

from xpuarray.core import pending
from xpuarray.spans import Call, Span, watching

__all__ = ["Explanation", "explain"]


class Explanation(list[Call]):
    """The calls made inside an `explain` block, printed as a table."""

    def call(self, call: Call) -> None:
        """See Watcher."""
        self.append(call)

    def begin(self, span: Span) -> None:
        """See Watcher."""

    def end(self, span: Span) -> None:
        """See Watcher."""

    def __str__(self) -> str:
        rows = [
            ("function", "device", "route", "compiled"),
            *((c.function, c.device, c.route, "yes" if c.compiled else "") for c in self),
        ]
        widths = [max(len(r[k]) for r in rows) for k in range(4)]
        return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(r, widths)).rstrip() for r in rows)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


@contextlib.contextmanager
def explain() -> Iterator[Explanation]:
    """Collect what every call inside the block did: its device, its route, whether it compiled.

    Elementwise operations that were fused are one call.  What was asked for is computed by the block's end, and what
    was asked for before it, before it begins.

    >>> with xp.explain() as calls:                                       # doctest: +SKIP
    ...     y = xp.sort(xp.sin(x) * 2)
    >>> print(calls)                                                      # doctest: +SKIP
    function      device        route                                                       compiled
    sin_multiply  opencl:cpu:0  kernel sin_multiply(float32[1C], float32, float32[1C])      yes
    sort          opencl:cpu:0  library dpnp.tensor.sort
    """
    calls = Explanation()
    pending.compute_all()  # what was asked for before the block is no part of it
    with watching(calls):
        yield calls
        pending.compute_all()  # what was asked for inside the block ran inside it
