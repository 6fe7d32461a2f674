"""`bench`: the page of a run, and the comparison of two."""

from __future__ import annotations

import copy
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from xpuarray.commands import bench, cli
from xpuarray.commands.bench_page import page

RESULTS = Path(__file__).parents[1] / "benchmarks/results"
RUN = json.loads((RESULTS / "cpu-epyc-2026-11-26-chains.json").read_text(encoding="utf-8"))


class Reader(HTMLParser):
    """The text, and what is loaded from elsewhere."""

    def __init__(self, text: str):
        super().__init__()
        self.text, self.tags, self.loaded = "", [], []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_has_a_bar_a_contender_and_needs_nothing_else():
    found = Reader(page(RUN))
    assert found.tags.count("rect") == sum(len(race["contenders"]) for race in RUN["races"])
    assert found.tags.count("svg") == len(RUN["races"]) and found.loaded == [] and "script" not in found.tags
    for race in RUN["races"]:
        assert race["title"] in found.text
    assert RUN["machine"]["processor"] in found.text and RUN["machine"]["date"] in found.text


def test_what_a_page_is_made_of_is_escaped():
    hostile = copy.deepcopy(RUN)
    race = hostile["races"][0]
    race["title"] = race["contenders"][0]["name"] = hostile["machine"]["processor"] = "<script>alert(1)</script>"
    race["absent"] = {"<script>": "</svg>"}
    assert "script" not in Reader(page(hostile)).tags


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two runs: in the second the first contender of each race takes twice, the last half as long."""
    after = copy.deepcopy(RUN)
    for race in after["races"]:
        race["contenders"][0]["best_s"] *= 2
        race["contenders"][-1]["best_s"] /= 2
    after["machine"]["processor"] = "another"
    for name, run in (("a", RUN), ("b", after)):
        (tmp_path / f"{name}.json").write_text(json.dumps(run), encoding="utf-8")
    return [str(tmp_path / "a.json"), str(tmp_path / "b.json")]


def test_two_runs_are_compared(files: list[str], tmp_path: Path, capsys: Any):
    target = tmp_path / "compared.html"
    assert cli.main(["bench", "--compare", *files, "--html", str(target)]) == 1
    said, races = capsys.readouterr().out, len(RUN["races"])
    assert said.count("slower") == races == said.count("faster") and "different processors" in said
    shown = Reader(target.read_text(encoding="utf-8"))
    assert shown.text.count("slower") == races and shown.loaded == []
    assert cli.main(["bench", "--compare", files[0], files[0]]) == 0


def test_a_run_writes_page_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    asked = []
    monkeypatch.setattr(bench, "_run", lambda names, quick: asked.append((names, quick)) or RUN)
    page_, figures = tmp_path / "bench.html", tmp_path / "bench.json"
    assert cli.main(["bench", "e1", "--quick", "--json", str(figures), "--html", str(page_)]) == 0
    assert asked == [(["e1"], True)] and json.loads(figures.read_text(encoding="utf-8")) == RUN
    assert cli.main(["bench", "--from", str(figures), "--html", str(page_)]) == 0
    assert Reader(page_.read_text(encoding="utf-8")).tags.count("svg") == len(RUN["races"])


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_other_files_are_refused(text: str, tmp_path: Path, capsys: Any):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    assert cli.main(["bench", "--from", str(tmp_path / "x.json")]) == 1
    assert "is no file that bench --json has written" in capsys.readouterr().err


def test_without_the_sources_it_says_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any):
    monkeypatch.setattr(bench, "__file__", str(tmp_path / "xpuarray/commands/bench.py"))
    assert cli.main(["bench"]) == 1
    assert "the benchmarks come with the sources" in capsys.readouterr().err
