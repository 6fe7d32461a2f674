"""What the demo prints."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import xpuarray as xp
from xpuarray.demo.runs import REFERENCE, Outcome, Row, Timing
from xpuarray.spans import Call

__all__ = ["console", "head", "progress", "show"]


def console() -> Console:
    """Standard output; where that is no terminal, wide enough for the tables."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a minute's work is not to end at a × in ASCII
    made = Console(highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = 120
    return made


def head(out: Console, devices: Sequence[xp.Device], left_out: Sequence[xp.Device], quick: bool) -> None:
    """Who takes part."""
    import numpy
    import sklearn

    out.print("[bold]xpuarray demo[/]: one script, every device\n")
    table = Table.grid(padding=(0, 2))
    for device in devices:
        units = f"{device.compute_units} compute unit{'s' * (device.compute_units > 1)}"
        table.add_row(f"  [bold]{device}[/]", f"{escape(device.name)}, {units}")
    for device in left_out:
        table.add_row(f"  [dim]{device}[/]", f"[dim]left out: {escape(device.why_not)}[/]")
    table.add_row(
        f"  [bold]{REFERENCE}[/]",
        f"for comparison: NumPy {numpy.__version__} and stock scikit-learn {sklearn.__version__}",
    )
    out.print(table)
    if quick:
        out.print("\n  [yellow]--quick: small data; the times say little[/]")
    out.print()


@contextlib.contextmanager
def progress(out: Console, steps: int) -> Iterator[Callable[..., None]]:
    """`tick(what, who)`, to be called before each of so many steps.

    A line that changes; where there is no terminal, a line for each `what`.
    """
    if not out.is_terminal:
        said: set[str] = set()

        def tick(what: str, who: str = "") -> None:
            if what not in said:
                out.print(f"  {escape(what)} ...", style="dim")
                said.add(what)

        yield tick
        return
    columns = (BarColumn(30), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("", total=steps)
        yield lambda what, who="": bar.update(task, advance=1, description=f"{escape(what)} [bold]{escape(who)}[/]")


def show(out: Console, outcome: Outcome, plot: Path) -> None:
    """The tables, what they mean, and the verdict."""
    out.print()
    out.print("Data: " + "; ".join(section.data for section in outcome.sections))
    out.print("[dim]The drawn samples: ten measurements of breast cancer, drawn at random, with noise.[/]\n")
    out.print(_times(outcome))
    out.print()
    out.print(_NOTES, style="dim")
    out.print()
    out.print(_routes(outcome))
    out.print()
    for line in _findings(outcome):
        out.print(line)
    out.print(f"Plots: {escape(str(plot))}\n")
    for line in _verdict(outcome):
        out.print(line)


# -- times and differences ----------------------------------------------------------------------

_NOTES = f"""\
×: how many times as fast as {REFERENCE} with stock scikit-learn in the same run. Times are medians of calls \
after the first ones, with the wait for the device. First calls: what those took beyond that, to compile \
kernels and load libraries. Difference: the largest between any two columns, and the bound it must not \
exceed, for the result that comes nearest to its bound; relative to the largest value, or the share of \
labels that differ."""


def _table(title: str) -> Table:
    # Two devices fit a terminal of 80 columns.
    look = {"title_justify": "left", "title_style": "bold", "header_style": "bold"}
    return Table(title=title, box=SIMPLE_HEAD, show_edge=False, pad_edge=False, **look)  # type: ignore[arg-type]


def _times(outcome: Outcome) -> Table:
    names = [p.name for p in outcome.participants]
    table = _table("Time of each stage")
    table.add_column("stage")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("largest\ndifference", justify="right", no_wrap=True)
    for section in outcome.sections:
        table.add_row(f"[bold]{section.name}[/]")
        if section is outcome.sections[-1]:
            copies = [seconds(section.copies[n]) if n in section.copies else "" for n in names]
            table.add_row(" copy to the device", *copies)
        for row in section.rows:
            table.add_row(f" {row.stage.name}", *(_cell(row, n) for n in names), _difference(row))
        table.add_row()
    table.add_row("[bold]all stages[/]", *_sums(outcome, names, lambda t: t.median))
    table.add_row("first calls", *_sums(outcome, names, lambda t: t.extra))
    return table


def _cell(row: Row, name: str) -> str:
    if name not in row.timings:
        return "[red]–[/]"
    time = row.timings[name].median
    if name == REFERENCE:
        return seconds(time)
    ratio = row.timings[REFERENCE].median / time
    words = f"{ratio:.1f}×" if ratio >= 1 else f"{ratio:.2f}×"
    return f"{seconds(time)} [{'green' if ratio >= 1 else 'yellow'}]{words:>6}[/]"


def _difference(row: Row) -> str:
    worst = row.worst
    if worst is None:
        return ""
    text = f"{_power(worst.value)} of {_power(worst.bound.largest)}"
    return text if worst.within else f"[bold red]{text}[/]"


def _power(value: float) -> str:
    return f"{value:.0e}" if value else "0"


def _sums(outcome: Outcome, names: Sequence[str], of: Callable[[Timing], float]) -> list[str]:
    rows = [row for section in outcome.sections for row in section.rows]
    return [seconds(sum(of(row.timings[n]) for row in rows if n in row.timings)) for n in names]


def seconds(time: float) -> str:
    """A time in words that fit a column."""
    return f"{time:.2f} s" if time >= 1 else f"{time * 1e3:.0f} ms" if time >= 0.01 else f"{time * 1e3:.2f} ms"


# -- routes -------------------------------------------------------------------------------------


def _routes(outcome: Outcome) -> Table:
    names = [p.name for p in outcome.participants if p.device]
    table = _table("How each stage ran (xp.explain)")
    table.add_column("stage")
    table.add_column("data")
    for name in names:
        table.add_column(name, ratio=1)
    # Data sets on which a stage ran in the same way share a line.
    stages: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for section in outcome.sections:
        for row in section.rows:
            cells = tuple(route(row.timings[n].calls) if n in row.timings else "[red]–[/]" for n in names)
            stages.setdefault(row.stage.name, {}).setdefault(cells, []).append(section.name)
    if any("HOST" in cell for lines in stages.values() for cells in lines for cell in cells):
        table.caption = "HOST: on a copy there, as the device has no implementation; one has to allow that"
    for stage, lines in stages.items():
        for k, (cells, data) in enumerate(lines.items()):
            table.add_row("" if k else stage, "\n".join(data), *cells)
        table.add_section()
    return table


def route(calls: Sequence[Call]) -> str:
    """What ran, by who ran it.

    >>> route([Call("add", "host:cpu:0", "kernel add(float32[1C])", True)])
    'kernels add'
    """
    ran: dict[str, dict[str, None]] = {}  # by who; a dict keeps order and drops repeats
    for call in calls:
        who, what = _who_and_what(call.route)
        ran.setdefault(who, {})[what] = None
    return "; ".join(f"{who} {', '.join(what)}" for who, what in ran.items())


def _who_and_what(text: str) -> tuple[str, str]:
    kind, _, rest = text.partition(" ")
    if kind == "kernel":
        return "kernels", rest.partition("(")[0]
    path, _, more = rest.partition(" ")
    who, _, what = path.rpartition(".")
    if more.startswith("("):  # an estimator: library sklearnex.cluster.KMeans.fit (oneDAL)
        who = f"{more.strip('()')} {who.rpartition('.')[2]}"
    elif more:  # library opencl indexing
        who, what = path, more
    return f"{'HOST ' if kind == 'host' else ''}{who}:", what


# -- what was found -----------------------------------------------------------------------------


def _findings(outcome: Outcome) -> Iterator[str]:
    """The analysis' own results, of the last device."""
    for section in outcome.sections:
        if section.y is not None and "predicted" in section.results:
            right = (section.results["predicted"] == section.y[-len(section.results["predicted"]) :]).mean()
            yield f"LogisticRegression on {section.name}: {right:.1%} of samples it had not seen are classified right"


def _verdict(outcome: Outcome) -> Iterator[str]:
    names = [p.name for p in outcome.participants if p.device]
    for name, why in outcome.failures.items():
        yield f"[bold red]FAILED[/] {name}: {escape(why)}"
    for section, row, d in outcome.disagreements:
        yield (
            f"[bold red]DISAGREE[/] {d.between[0]} and {d.between[1]}: {section.name}, {row.stage.name}, "
            f"{d.result}: {d.value:.2g}, bound {_power(d.bound.largest)} ({d.bound.why})"
        )
    if outcome.agrees:
        checked = sum(len(row.differences) for section in outcome.sections for row in section.rows)
        what = f"{', '.join(names)} and {REFERENCE}" if names else REFERENCE
        yield f"[bold green]All agree[/]: {what}; {checked} comparisons, each within its bound"
