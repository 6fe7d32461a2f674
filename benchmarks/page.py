"""`python -m benchmarks page`: docs/benchmarks.md, and the README's table and bars, from benchmarks/results."""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import digits

ROOT = Path(__file__).parents[1]
RESULTS, README = ROOT / "benchmarks" / "results", ROOT / "README.md"
PAGE, BARS = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "bars.png"
#: The file that the README's bars are drawn from, its races by name, and its contenders
BARS_OF = "cpu-epyc-2026-11-26-chains.json"
RACES = {
    "e1": "sin(a)*b + exp(-a)*sqrt(b) + 1, 8 M", "nearest": "nearest of 256 centers, 4,096 points",
    "black_scholes": "Black-Scholes, 2 M options", "standardise": "columns standardised, 1 M × 32",
    "softmax": "softmax over rows, 4096 × 1024", "add_1024": "a + b, 1,024",
}  # fmt: skip
CONTENDERS = {"xpuarray, opencl:cpu:0": "xpuarray", "torch.compile, cpu": "torch.compile", "jax.jit, cpu": "jax.jit"}
_HEAD = """# Benchmarks

Written by `python -m benchmarks page` from the files in `benchmarks/results`, which hold every single time. Each result
was compared with a float64 reference before it was timed; contenders take turns, and a ratio is the median of those
formed turn by turn. Times on CPUs change with the hour: only ratios within one table mean something there. What was
measured by hand, and how each file came about, stands in
[benchmarks/results/README.md](https://github.com/xpuarray/xpuarray/blob/main/benchmarks/results/README.md).
"""
#: The README's table: the file, its rows, and the sizes
EVERYDAY = "cpu-epyc-2026-11-30-everyday.json"
ROWS = (
    *("v[5]", "x + y", "u += v", "x * 2.0 + 1.0", "sin(x) * y + exp(-x) * sqrt(y) + 1.0", "float(sum(v))"),
    *("cumsum(x, axis=1)", "sort(x, axis=0)", "m @ w"),
)
SIZES = (1_000, 1_000_000)
_CELL = "times as fast as {0}: more is better; in brackets the median time"
_COST = "multiples of {0}'s time: less is better; in brackets the median time"


def main(arguments: Sequence[str] = ()) -> int:
    """Write the page; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks page", description=__doc__)
    parser.add_argument("--bars", action="store_true", help="draw the README's picture, too, which takes matplotlib")
    given = parser.parse_args(arguments)
    PAGE.write_text(page(), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(re.sub(r"\| elements \|.*?\n\n", everyday() + "\n\n", readme, flags=re.DOTALL), encoding="utf-8")
    if given.bars:
        draw(json.loads((RESULTS / BARS_OF).read_text(encoding="utf-8"))["races"])
    return 0


def page() -> str:
    """All of it."""
    files = sorted(RESULTS.glob("*.json"), key=lambda f: (f.name.partition("-")[0], f.name))
    sections = [_HEAD]
    for file in files:
        found = json.loads(file.read_text(encoding="utf-8"))
        body = [table for kind, write in _KINDS.items() if found.get(kind) for table in write(found[kind])]
        if body:
            sections.append("\n\n".join([f"## {file.stem}", origin(found["machine"]), *body]) + "\n")
    return "\n".join(sections)


def everyday() -> str:
    """The README's table of what pays and what does not."""
    races = json.loads((RESULTS / EVERYDAY).read_text(encoding="utf-8"))["races"]
    kept = [r for name in ROWS for r in races if r["name"] == name and r["size"] in SIZES]
    return _census(kept)[-1].replace("| **geometric mean**", "| geometric mean of these")


def origin(machine: dict[str, Any]) -> str:
    """Commit, hardware, date and versions, in a line each."""
    devices = machine.get("devices") or [{"name": machine.get("gpu", ""), "driver": machine.get("driver", "")}]
    hardware = [machine["processor"], f"{machine['cores']} cores"] if "processor" in machine else []
    hardware += [f"{d['name']} ({d['driver']})" for d in devices if d["name"] != machine.get("processor")]
    versions = machine.get("versions") or {n: machine.get(n) for n in ("python", "numpy", "cupy", "numba")}
    compiled = {True: "compiled", False: "as Python"}.get(machine.get("compiled"), "not recorded")  # type: ignore[arg-type]
    return "\n".join([
        f"- commit: {machine.get('commit') or 'not recorded'}; hot path: {compiled}",
        f"- date: {machine['date'][:10]}",
        f"- hardware: {', '.join(hardware)}",
        f"- versions: {', '.join(f'{n} {v}' for n, v in versions.items() if v)}",
    ])  # fmt: skip


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _races(races: list[dict[str, Any]]) -> list[str]:
    """Tables of races against one peer each; of a census the geometric means."""
    if "size" in races[0]:
        return _census(races)
    tables = []
    for peer, ratio in dict.fromkeys((r["peer"], r["ratio"]) for r in races):
        ours = [r for r in races if (r["peer"], r["ratio"]) == (peer, ratio)]
        names = list(dict.fromkeys(c["name"] for r in ours for c in r["contenders"]))
        rows = []
        for race in ours:
            found = {c["name"]: f"{digits(c['ratio'])} ({_time(c['median_s'])})" for c in race["contenders"]}
            rows.append([race["title"], *(found.get(name, "") for name in names)])
        tables += [(_CELL if ratio == "speed" else _COST).format(peer) + ":", _table(["", *names], rows)]
    return tables


def _census(races: list[dict[str, Any]]) -> list[str]:
    sizes = sorted({r["size"] for r in races})
    names = [c["name"] for c in races[0]["contenders"] if c["name"] != races[0]["peer"]]
    keys = [(name, size) for name in names for size in sizes]
    cells: dict[str, dict[Any, float]] = {}
    for race in races:
        for c in race["contenders"]:
            cells.setdefault(race["name"], {})[c["name"], race["size"]] = c["best_ratio"]
    mean = ["**geometric mean**", *(digits(_mean(c[k] for c in cells.values() if k in c)) for k in keys)]
    rows = [[f"`{n}`", *(digits(c[k]) if k in c else "" for k in keys)] for n, c in cells.items()]
    head = ["elements", *(f"{name} {size:,}" for name, size in keys)]
    return [f"multiples of {races[0]['peer']}'s time, of the least times: less is better:", _table(head, [mean, *rows])]


def _programs(programs: list[dict[str, Any]]) -> list[str]:
    names = [n for n in programs[0]["sides"] if n != "NumPy"]
    ratios = {n: [p["sides"][n]["ratio"] for p in programs if n in p["sides"]] for n in names}
    mean = ["**geometric mean**", *(digits(_mean(ratios[n])) for n in names)]
    rows = [[p["name"], *(digits(p["sides"][n]["ratio"]) if n in p["sides"] else "" for n in names)] for p in programs]
    return ["multiples of NumPy's time: less is better:", _table(["program", *names], [mean, *rows])]


def _calls(calls: dict[str, dict[str, float]]) -> list[str]:
    rows = [[f"`{n}`", *(digits(v) for v in c.values())] for n, c in calls.items()]
    return ["µs a call:", _table(["", *next(iter(calls.values()))], rows)]


_KINDS = {"races": _races, "programs": _programs, "calls": _calls}


def _mean(values: Iterable[float]) -> float:
    logarithms = [math.log(v) for v in values]
    return math.exp(sum(logarithms) / len(logarithms))


def _time(seconds: float) -> str:
    return f"{digits(1e3 * seconds)} ms" if seconds >= 1e-3 else f"{digits(1e6 * seconds)} µs"


def draw(races: list[dict[str, Any]]) -> None:
    """The README's bars: times as fast as NumPy, one group a race, with the figures at their ends."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    by_name = {race["name"]: {c["name"]: c["ratio"] for c in race["contenders"]} for race in races}
    figure = Figure(figsize=(8.4, 5), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    height, colours = 0.8 / len(CONTENDERS), ("#1f6feb", "#b8c2cc", "#d9dfe5")
    for place, (contender, colour) in enumerate(zip(CONTENDERS, colours)):
        ratios = [by_name[race][contender] for race in RACES]
        where = [k + place * height for k in range(len(RACES))]
        bars = panel.barh(where, ratios, height, color=colour, label=CONTENDERS[contender])
        panel.bar_label(bars, [digits(r) for r in ratios], padding=3, fontsize=9)
    panel.set_yticks([k + 0.4 - height / 2 for k in range(len(RACES))], list(RACES.values()))
    panel.invert_yaxis()
    panel.axvline(1, color="black", linewidth=1)
    panel.text(1, -0.55, " NumPy", fontsize=9)
    panel.set(xlabel="times as fast as NumPy, float32, two cores of an AMD EPYC")
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(loc="lower right")
    figure.savefig(BARS, dpi=100)
