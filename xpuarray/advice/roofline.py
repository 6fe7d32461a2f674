"""Rooflines: how many operations a second a device reaches, by how many it does for each byte that it moves.

S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
architectures", 2009: the smaller of (bytes a second) x (operations a byte) and (operations a second).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Roof", "draw", "text"]

_FROM, _TO = -3, 9  # operations a byte, as powers of two


class Roof(NamedTuple):
    """One line: bytes a second, operations a second, and whether a data sheet says so."""

    bandwidth: float
    compute: float
    promised: bool = False

    def at(self, intensity: float) -> float:
        """Operations a second at so many operations a byte."""
        return min(self.bandwidth * intensity, self.compute)

    @property
    def ridge(self) -> float:
        """From how many operations a byte on it is arithmetic that counts."""
        return self.compute / self.bandwidth


def text(roofs: Mapping[str, Roof], width: int = 60, height: int = 14) -> str:
    """The same for terminals: a line for each roof, each with a letter of its own."""
    if not roofs:
        return ""
    values = {name: [r.at(2 ** (_FROM + k * (_TO - _FROM) / (width - 1))) for k in range(width)]
              for name, r in roofs.items()}  # fmt: skip
    low = math.log10(min(min(v) for v in values.values()))
    high = math.log10(max(max(v) for v in values.values()))
    grid = [[" "] * width for _ in range(height)]
    for letter, line in zip("abcdefghijklmnopqrstuvwxyz", values.values()):
        for column, value in enumerate(line):
            share = (math.log10(value) - low) / max(high - low, 1e-9)
            grid[round((1 - share) * (height - 1))][column] = letter
    rows = []
    for k, cells in enumerate(grid):
        label = f"{10 ** (high - k * (high - low) / (height - 1)) / 1e9:8.3g}" if k % 3 == 0 else " " * 8
        rows.append(f"{label} |{''.join(cells)}".rstrip())
    marks = "".join(f"{2.0**p:<{width // 6}g}" for p in range(_FROM, _TO, 2))
    legend = [
        f"  {letter}  {name}: at most {r.bandwidth / 1e9:.3g} GB/s, {r.compute / 1e9:.4g} Gop/s, from "
        f"{r.ridge:.2g} operations a byte on arithmetic decides"
        for letter, (name, r) in zip("abcdefghijklmnopqrstuvwxyz", roofs.items())
    ]
    head = "10**9 operations a second, by operations a byte"
    return "\n".join([head, *rows, " " * 9 + "+" + "-" * width, " " * 10 + marks.rstrip(), *legend])


def draw(
    roofs: Mapping[str, Roof], path: str | os.PathLike[str], points: Sequence[tuple[str, float, float]] = ()
) -> None:
    """A picture, whose format the ending of `path` says; points: (what, operations a byte, operations a second).

    Raises ImportError where matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    intensities = [2 ** (_FROM + k / 8) for k in range(8 * (_TO - _FROM) + 1)]
    for name, roof in roofs.items():
        style = "--" if roof.promised else "-"
        panel.plot(intensities, [roof.at(i) / 1e9 for i in intensities], style, label=name)
    for what, intensity, reached in points:
        panel.plot([intensity], [reached / 1e9], "o", color="black")
        panel.annotate(what, (intensity, reached / 1e9), textcoords="offset points", xytext=(6, -10))
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set(xlabel="operations a byte", ylabel="10⁹ operations a second")
    panel.grid(True, alpha=0.3)
    panel.legend()
    figure.savefig(path, dpi=110)
