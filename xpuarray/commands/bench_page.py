"""Benchmarks as one HTML page that needs nothing else: bars are SVG in it, and it reads in light and in dark."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from xpuarray.markup import Markup, mark, table

__all__ = ["comparison_page", "page"]

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
h1, h2 { font-weight: 600; } h2 { font-size: 1.1em; margin: 2em 0 .3em; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font: 13px system-ui, sans-serif; }
small { opacity: .75; }
"""
_OURS, _OTHERS = "rgba(56, 139, 253, .75)", "rgba(128, 128, 128, .55)"


def page(found: dict[str, Any]) -> str:
    """What `python -m benchmarks --json` has written, as a page."""
    races = "".join(_race(race) for race in found["races"])
    return _whole("xpuarray: benchmarks", [_machine(found.get("machine", {})), _NOTE, Markup(races)])


_NOTE = Markup(
    "<p>Contenders take turns, and each result is checked before it is timed. A bar is the median time; beside it how "
    "many times as fast as the peer, formed turn by turn. On a processor only the ratios mean something.</p>"
)


def comparison_page(before: dict[str, Any], after: dict[str, Any], rows: Sequence[Sequence[str]]) -> str:
    """Two runs side by side; rows: race, contender, ms before, ms after, ratio, verdict."""
    tones = {"slower": "bad", "faster": "good"}
    shown = [(*row[:5], mark(row[5], tones[row[5]]) if row[5] else "") for row in rows]
    head = ("race", "contender", "ms before", "ms after", "ratio", "")
    runs = [Markup("<h2>Before</h2>"), _machine(before.get("machine", {})), Markup("<h2>After</h2>"),
            _machine(after.get("machine", {}))]  # fmt: skip
    return _whole("xpuarray: two runs compared", [*runs, table(head, shown, numbers=(2, 3, 4))])


def _whole(title: str, parts: Sequence[str]) -> str:
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style>'
        f"<body><h1>{name}</h1>{''.join(parts)}</body></html>\n"
    )


def _machine(facts: dict[str, Any]) -> Markup:
    """Where and when: the date, the processor, the devices, the versions."""
    devices = ", ".join(f"{d['filter']} ({d['name']})" for d in facts.get("devices", []))
    versions = ", ".join(f"{name} {version}" for name, version in facts.get("versions", {}).items() if version)
    rows = [
        ("date", str(facts.get("date", ""))),
        (
            "processor",
            f"{facts.get('processor', '')}, {facts.get('cores', '')} cores, {facts.get('memory_gib', '')} GiB",
        ),
        ("devices", devices),
        ("versions", versions),
    ]
    return table((), rows)


def _race(race: dict[str, Any]) -> str:
    contenders = race["contenders"]
    absent = "".join(f"<br><small>absent: {html.escape(f'{n}: {why}')}</small>" for n, why in race["absent"].items())
    return f"<h2>{html.escape(race['title'])}</h2>{_bars(contenders, race['peer'], race['ratio'])}{absent}"


def _bars(contenders: Sequence[dict[str, Any]], peer: str, ratio: str) -> str:
    """A bar a contender, as long as its median time."""
    longest = max(c["median_s"] for c in contenders)
    unit, scale = ("µs", 1e6) if longest < 1e-3 else ("ms", 1e3)
    lines = []
    for k, c in enumerate(contenders):
        y, width = 26 * k, max(1.0, 330 * c["median_s"] / longest)
        colour = _OURS if c["name"].startswith("xpuarray") else _OTHERS
        against = "the peer" if c["name"] == peer else f"{c['ratio']:.2f} x" + (" the time" if ratio == "cost" else "")
        lines.append(
            f'<text x="290" y="{y + 17}" text-anchor="end">{html.escape(c["name"])}</text>'
            f'<rect x="300" y="{y + 4}" width="{width:.1f}" height="18" rx="3" fill="{colour}"></rect>'
            f'<text x="{306 + width:.1f}" y="{y + 17}">{c["median_s"] * scale:.3g} {unit}, {against}</text>'
        )
    return f'<svg viewBox="0 0 820 {26 * len(contenders)}" role="img">{"".join(lines)}</svg>'
