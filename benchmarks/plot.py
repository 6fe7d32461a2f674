"""Draws what `python -m benchmarks sizes --json FILE` wrote: `python -m benchmarks.plot FILE PICTURE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.sizes import curves


def main(source: str, target: str) -> None:
    """One panel a function, all contenders in it, both axes logarithmic; the ending of `target` says the format."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found: dict[str, Any] = json.loads(Path(source).read_text())
    functions = curves(found["races"])
    figure = Figure(figsize=(7 * len(functions), 5), layout="constrained")
    FigureCanvasAgg(figure)
    for panel, (function, by_name) in zip(figure.subplots(1, len(functions), squeeze=False)[0], functions.items()):
        for name, curve in by_name.items():
            ours = name.startswith("xpuarray")
            panel.plot(list(curve), [1e6 * s for s in curve.values()], "o-" if ours else "--", label=name, markersize=3)
        panel.set(xscale="log", yscale="log", xlabel="elements", ylabel="µs", title=function)
        panel.grid(True, alpha=0.3)
        panel.legend(fontsize="small")
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
