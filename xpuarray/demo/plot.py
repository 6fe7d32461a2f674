"""The demo's picture: what the analysis found, how long it took, and how closely devices agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from xpuarray.demo.runs import Outcome, Section

__all__ = ["write"]

_EXACT = 1e-10  #: where a difference of 0 stands on the logarithmic axis


def write(outcome: Outcome, path: Path) -> None:
    """Four panels in one file, in the format that the path's ending names."""
    figure = Figure(figsize=(13, 9.5), layout="constrained")
    FigureCanvasAgg(figure)  # no window, and no global state as pyplot's
    figure.suptitle("xpuarray demo: one script, every device", fontsize=15, fontweight="bold")
    panels = figure.subplots(2, 2)
    digits, cancer, large = outcome.sections
    _digits(panels[0, 0], digits)
    _cancer(panels[0, 1], cancer)
    _times(panels[1, 0], large, [p.name for p in outcome.participants])
    _differences(panels[1, 1], outcome)
    figure.savefig(path, dpi=110)


def _digits(panel: Any, section: Section) -> None:
    plane, labels, y = section.results["plane"], section.results["labels"], section.y
    assert y is not None
    panel.scatter(*plane.T, c=labels, cmap="tab10", s=9, alpha=0.6, linewidths=0)
    for label in np.unique(labels):
        x = plane[labels == label].mean(axis=0)
        digit = np.bincount(y[labels == label]).argmax()
        panel.text(*x, str(digit), fontsize=17, fontweight="bold", ha="center", va="center", bbox=_HALO)
    _name(panel, f"{len(y):,} handwritten digits: PCA, coloured by KMeans", "number: commonest digit of a cluster")


_HALO = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}


def _cancer(panel: Any, section: Section) -> None:
    plane, y = section.results["plane"], section.y
    assert y is not None
    predicted = section.results["predicted"]
    for value, name, colour in ((0, "malignant", "tab:red"), (1, "benign", "tab:blue")):
        panel.scatter(*plane[y == value].T, s=12, alpha=0.6, c=colour, linewidths=0, label=name)
    unseen = slice(len(y) - len(predicted), None)
    wrong = plane[unseen][predicted != y[unseen]]
    panel.scatter(*wrong.T, s=90, facecolors="none", edgecolors="black", label="classified wrongly")
    panel.legend(loc="best", fontsize=9)
    right = (predicted == y[unseen]).mean()
    _name(panel, f"{len(y):,} tumours: PCA", f"LogisticRegression: {right:.1%} of {len(predicted)} unseen ones right")


def _name(panel: Any, title: str, below: str) -> None:
    panel.set_title(title, fontsize=11)
    panel.set_xlabel(below, fontsize=9)
    panel.set_xticks([])
    panel.set_yticks([])


def _times(panel: Any, section: Section, names: list[str]) -> None:
    height = 0.8 / len(names)
    for k, name in enumerate(names):
        places = [
            (i + k * height, row.timings[name].median) for i, row in enumerate(section.rows) if name in row.timings
        ]
        if places:
            bars = panel.barh([p for p, _ in places], [t * 1e3 for _, t in places], height * 0.92, label=name)
            panel.bar_label(bars, fmt="%.0f", padding=2, fontsize=8)
    panel.set_yticks([i + 0.4 - height / 2 for i in range(len(section.rows))], [r.stage.name for r in section.rows])
    panel.invert_yaxis()
    panel.margins(x=0.12)
    panel.set_xlabel("milliseconds, median", fontsize=9)
    panel.set_title(f"Time of each stage: {section.data}", fontsize=11)
    panel.legend(fontsize=9)


def _differences(panel: Any, outcome: Outcome) -> None:
    found = [(f"{s.name}: {d.result}", d) for s in outcome.sections for row in s.rows for d in row.differences]
    names = list(dict.fromkeys(name for name, _ in found))
    for within, colour, label in (
        (True, "tab:green", "two devices, within it"),
        (False, "tab:red", "beyond"),
    ):
        points = [(max(d.value, _EXACT), names.index(name)) for name, d in found if d.within is within]
        if points:
            panel.scatter(*zip(*points), s=30, c=colour, label=label, zorder=3)
    bounds = {name: max(d.bound.largest, _EXACT) for name, d in found}
    panel.scatter(bounds.values(), [names.index(n) for n in bounds], marker="|", s=160, c="black", label="bound")
    panel.set_xscale("log")
    panel.set_xlim(_EXACT / 3, 10)
    panel.set_yticks(range(len(names)), names, fontsize=8)
    panel.invert_yaxis()
    panel.grid(axis="x", alpha=0.3)
    panel.set_xlabel(f"difference, relative to the largest value, or share of labels ({_EXACT:.0e}: none)", fontsize=9)
    panel.set_title("Largest differences between devices", fontsize=11)
    panel.legend(fontsize=8, loc="lower right")
