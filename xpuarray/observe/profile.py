"""xp.profile: where the time goes, split into compiling, transfers, launches and work on the device."""

from __future__ import annotations

import contextlib
import json
import operator
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from xpuarray.backends.clocks import WallClock
from xpuarray.core import pending
from xpuarray.markup import bar, block, code, join, mark
from xpuarray.markup import table as html_table
from xpuarray.spans import Call, Span, watching
from xpuarray.text import size, table

__all__ = ["Profile", "ProfileRow", "profile"]

_COLUMNS = ("function", "kind", "device", "calls", "compile", "transfer", "launch", "work", "moved")
_ON_DEVICE = ("kernel", "library")
_TONES = {"compile": "warn", "transfer": "bad", "launch": "plain", "work": "blue"}


class ProfileRow(NamedTuple):
    """All calls of one function on one device; times in seconds."""

    name: str
    kind: str  #: "kernel", "library", "to device" or "to host"
    device: str
    calls: int
    compile: float  #: until the kernel was ready, whether compiled or found on disk
    transfer: float  #: moving values between host and device
    launch: float  #: the host's part of the call
    work: float  #: the device's part
    nbytes: int  #: that were moved

    @property
    def total(self) -> float:
        """All times together."""
        return self.compile + self.transfer + self.launch + self.work

    def plus(self, other: ProfileRow) -> ProfileRow:
        """Both rows, of the same function, as one."""
        return ProfileRow(*self[:3], *map(operator.add, self[3:], other[3:]))


class Profile:
    """What a `profile` block saw.  `rows` holds the figures; printed, they are a table."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._clocks: dict[str, Any] = {}
        self._spans: list[Span] = []
        self.elapsed = 0.0  #: seconds that the whole block took

    # -- watching ----------------------------------------------------------------------------
    def call(self, call: Call) -> None:
        """See Watcher."""

    def begin(self, span: Span) -> None:
        """See Watcher."""
        if span.kind in _ON_DEVICE:
            span.timer = self._clock(span).start()
        elif span.kind == "to host":
            span.runtime.wait()  # as the transfer would; but that is not the transfer's time

    def end(self, span: Span) -> None:
        """See Watcher."""
        if span.timer is not None:
            span.timer.stop()
        self._spans.append(span)

    def _clock(self, span: Span) -> Any:
        name = _worker(span)
        if name not in self._clocks:
            self._clocks[name] = WallClock() if span.runtime is None else span.runtime.clock()
        return self._clocks[name]

    def finish(self) -> None:
        """Wait for the work that was begun, and read the clocks."""
        for span in self._spans:
            if span.timer is not None:
                span.work = span.timer.times()
        self.elapsed = time.perf_counter() - self._began

    # -- figures -----------------------------------------------------------------------------
    @property
    def rows(self) -> list[ProfileRow]:
        """A row a function and device, what took longest first."""
        found: dict[tuple[str, str, str], ProfileRow] = {}
        for span in self._spans:
            row = self._row(span)
            if row is not None:
                before = found.get(row[:3])
                found[row[:3]] = row if before is None else before.plus(row)
        return sorted(found.values(), key=lambda row: -row.total)

    def _row(self, span: Span) -> ProfileRow | None:
        device = span.info.filter_string
        host = span.ended - span.began
        if span.kind == "compile":  # a part of "load"
            return None
        if span.kind == "load":
            return ProfileRow(span.name, "kernel", device, 0, host, 0.0, 0.0, 0.0, 0)
        if span.kind in _ON_DEVICE:
            began, ended = span.work or (0.0, 0.0)
            launch = max(0.0, host - max(0.0, min(ended, span.ended) - max(began, span.began)))
            return ProfileRow(span.name, span.kind, device, 1, 0.0, 0.0, launch, ended - began, 0)
        return ProfileRow("values", span.kind, device, 1, 0.0, host, 0.0, 0.0, span.nbytes)

    @property
    def methods(self) -> dict[str, str]:
        """How the time on each device was measured."""
        return {name: clock.method for name, clock in self._clocks.items()}

    # -- reports -----------------------------------------------------------------------------
    def _cells(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [_COLUMNS]
        for r in self.rows:
            times = (_milliseconds(t) for t in (r.compile, r.transfer, r.launch, r.work))
            rows.append((r.name, r.kind, r.device, str(r.calls), *times, size(r.nbytes) if r.nbytes else ""))
        return rows

    def _remarks(self) -> list[str]:
        rest = self.elapsed - sum(r.total for r in self.rows)
        lines = [f"Milliseconds; the block took {self.elapsed * 1e3:.3f}, of which {max(rest, 0) * 1e3:.3f} elsewhere."]
        return lines + [f"Work on {device} is timed {method}." for device, method in self.methods.items()]

    def __str__(self) -> str:
        return "\n".join([table(self._cells(), indent=""), *self._remarks()])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        head, *rows = self._cells()
        total = sum(r.total for r in self.rows) or 1.0
        shown = [
            (code(name), kind, code(device), *rest, bar([(getattr(r, k) / total, _TONES[k], k) for k in _TONES]))
            for r, (name, kind, device, *rest) in zip(self.rows, rows)
        ]
        key = join([mark(name, tone) for name, tone in _TONES.items()])
        return block("", html_table((*head, key), shown, numbers=range(3, 9)), *(block("", r) for r in self._remarks()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a trace that chrome://tracing and ui.perfetto.dev show: a row a thread, and one a device."""
        process = os.getpid()
        events: list[dict[str, Any]] = []
        for number, name in enumerate(self._clocks):
            events.append({"ph": "M", "name": "thread_name", "pid": process, "tid": number, "args": {"name": name}})
        devices = {name: number for number, name in enumerate(self._clocks)}
        for span in self._spans:
            device = span.info.filter_string
            event = {"ph": "X", "name": span.name, "cat": span.kind, "pid": process}
            event["args"] = {"device": device} | ({"bytes": span.nbytes} if span.nbytes else {})
            events.append(event | {"tid": span.thread} | self._microseconds(span.began, span.ended))
            if span.work is not None:
                events.append(event | {"tid": devices[_worker(span)]} | self._microseconds(*span.work))
        Path(path).write_text(json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}), encoding="utf-8")

    def _microseconds(self, began: float, ended: float) -> dict[str, float]:
        return {"ts": (began - self._began) * 1e6, "dur": (ended - began) * 1e6}


def _worker(span: Span) -> str:
    return span.info.filter_string + (", by NumPy" if span.runtime is None else "")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3f}" if seconds else ""


@contextlib.contextmanager
def profile() -> Iterator[Profile]:
    """Measure the calls inside the block, made in this thread or task.

    For each kernel and each function of a device's library: how long compiling took (or loading what an
    earlier process compiled), the host's part of the call ("launch"), and the device's part ("work"); and
    how long values were on their way between host and device.

    Work is timed by CUDA events on CUDA devices; on SYCL devices by event profiling if the process was
    started with XPUARRAY_PROFILING=1 (launches then take some 15 % longer), else by waiting after each
    call, so that nothing overlaps; on the host by the time of the call.  The profile says which.

    >>> with xp.profile() as p:                                            # doctest: +SKIP
    ...     y = xp.asnumpy(xp.sort(x))
    >>> print(p)                                                           # doctest: +SKIP
    function  kind     device        calls  compile  transfer  launch  work   moved
    sort      library  opencl:cpu:0  1                         0.091   8.502
    values    to host  opencl:cpu:0  1               0.402                    4 MiB
    Milliseconds; the block took 9.109, of which 0.114 elsewhere.
    >>> p.save("trace.json")                                               # doctest: +SKIP
    """
    pending.compute_all()  # what was asked for before the block is no part of it
    result = Profile()
    try:
        with watching(result):
            yield result
            pending.compute_all()  # what was asked for inside the block is done inside it
    finally:
        result.finish()
