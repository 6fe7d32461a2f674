"""xp.explain: which way each call went."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any

from xpuarray.backends.launches import is_ours
from xpuarray.core import pending
from xpuarray.markup import Markup, block, code, join, mark, table
from xpuarray.spans import Call, Span, watching
from xpuarray.text import place

__all__ = ["Explanation", "explain"]

_Place = tuple[str, str]  # what was called, and the line that called it


class Explanation(list[Call]):
    """The calls made inside an `explain` block, printed as a table.

    Notebooks show a row for each place in the program that called, and the kernels and functions below it that ran.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: list[_Place] = []  # of each call

    def call(self, call: Call) -> None:
        """See Watcher."""
        self.append(call)
        self._places.append(_place(sys._getframe(1)))

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

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        grouped: dict[_Place, Counter[Call]] = {}
        compiled: set[Call] = set()
        for call, where in zip(self, self._places):
            plain = Call(call.function, call.device, call.route, False)
            grouped.setdefault(where, Counter())[plain] += 1
            if call.compiled:
                compiled.add(plain)
        rows: list[tuple[str, ...]] = []
        under = []
        for (asked, line), calls in grouped.items():
            devices = join([code(d) for d in dict.fromkeys(c.device for c in calls)], ", ")
            rows.append((join([code(asked), line]), devices, "", ""))
            for call, times in calls.items():
                under.append(len(rows))
                fresh = mark("compiled", "warn") if call in compiled else ""
                name = join(["\u2003↳", code(call.function)])
                rows.append((name, _route(call.route), f"× {times}" if times > 1 else "", fresh))
        if not rows:
            return block("", "Nothing ran.")
        return table(("called, and what ran for it", "where, by what", "times", ""), rows, numbers=[2], under=under)


def _route(route: str) -> Markup:
    """The kind of a route as a mark, and the rest of it."""
    kind, _, rest = route.partition(" ")
    return join([mark(kind, _KINDS.get(kind, "plain")), code(rest)])


_KINDS = {"kernel": "blue", "library": "good", "host": "bad", "fallback": "bad"}


def _place(frame: FrameType) -> _Place:
    """Which function of ours was called from outside on the way to `frame`, and where."""
    outermost = asked = frame.f_code.co_name
    while frame.f_back is not None and is_ours(frame):
        outermost = frame.f_code.co_name
        if outermost.startswith("__") or outermost in frame.f_globals.get("__all__", ()):  # not what a table has made
            asked = outermost
        frame = frame.f_back
    if frame.f_code.co_filename == contextlib.__file__:
        return "end of the block", ""
    return _spoken(asked), _line(frame)


_OPERATORS = {"getitem": "x[...]", "setitem": "x[...] = ", "add": "+", "sub": "-", "mul": "*", "truediv": "/",
              "matmul": "@", "pow": "**", "neg": "-x"}  # fmt: skip


def _spoken(name: str) -> str:
    """A function's name; an operator's sign."""
    bare = re.fullmatch(r"__[ri]?(\w+)__", name)
    return _OPERATORS.get(bare[1], name) if bare else name


def _line(frame: FrameType) -> str:
    """Where it is; of a file its name alone."""
    path, line = frame.f_code.co_filename, frame.f_lineno
    return place(path, line).replace(path, os.path.basename(path))


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
