"""The documentation: its code runs, every public name is in the reference, and it builds without a warning."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

import xpuarray as xp

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    p for p in DOCS.rglob("*.md") if "```python\n" in p.read_text(encoding="utf-8") and "reference" not in p.parts
)


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


reference = module("reference")


#: The pages measure nothing here, which takes seconds.
_RATES = """
from xpuarray.advice import suggest
from xpuarray.advice.measure import Rates
suggest._rates = lambda device: Rates(copy=1e10, float32=1e10, float64=1e10, to_device=1e9, to_host=1e9)
"""


def test_the_code_on_the_pages_runs(tmp_path: Path):
    """All in one process, each page in a namespace of its own."""
    lines = [_RATES]
    for page in PAGES:
        code = "\n".join(re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S))
        file = tmp_path / page.relative_to(DOCS).as_posix().replace("/", "-").replace(".md", ".py")
        file.write_text(code, encoding="utf-8")
        lines.append(f"print({page.name!r}); exec(compile(open({str(file)!r}).read(), {str(file)!r}, 'exec'), {{}})")
    script = "\n".join(lines)
    (tmp_path / "all.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, tmp_path / "all.py"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [page.name for page in PAGES if page.name not in done.stdout] == []


def test_every_public_name_is_in_the_reference():
    text = "\n".join(reference.pages().values())
    found = set(re.findall(r"^``````\{py:\w+\} ([\w.]+)", text, re.M))
    wanted = set(dir(xp)) - reference.MODULES
    wanted |= {
        f"{s}.{n}" for s, m in reference.SPACES.items() for n in m.__all__ if not isinstance(getattr(m, n), ModuleType)
    }
    assert wanted == found


def test_most_functions_say_how_they_run():
    text = "\n".join(reference.pages().values())
    assert text.count("*Runs as*") > 300
    routes = {route for by_device in reference.runs().values() for route in by_device.values()}
    assert routes <= {"kernel", "library", "host"}


@pytest.mark.parametrize("page", [p.name for p in (DOCS / "guide").glob("*.md")])
def test_every_page_is_in_the_contents(page: str):
    assert f"guide/{page.removesuffix('.md')}\n" in (DOCS / "index.md").read_text(encoding="utf-8")


def test_it_builds_without_a_warning(tmp_path: Path):
    pytest.importorskip("sphinx", reason="the documentation's generator is not installed: extra `docs`")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(DOCS),
        str(tmp_path / "html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (tmp_path / "html" / "planted.html").write_text('<a href="nowhere.html">x</a><a href="#no">x</a>')
    assert broken(tmp_path / "html") == ["planted.html: #no", "planted.html: nowhere.html"]
    assert "suggest_device" in (tmp_path / "html/reference/devices.html").read_text(encoding="utf-8")


class _Links(HTMLParser):
    """Where a page leads, and the places in it that others may lead to."""

    def __init__(self, page: Path):
        super().__init__()
        self.targets: set[str] = set()
        self.places: set[str] = {""}
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.targets |= {target for name in ("href", "src") if (target := given.get(name))}
        self.places |= {place for name in ("id", "name") if (place := given.get(name))}


def broken(html: Path) -> list[str]:
    """Links of the pages that lead nowhere: to missing pages, places on pages, or files of this repository."""
    pages = {page.resolve(): _Links(page) for page in html.rglob("*.html") if "_static" not in page.parts}
    found = []
    for page, links in pages.items():
        for target in links.targets:
            url = urlsplit(target)
            ours = (
                re.fullmatch(r"/xpuarray/xpuarray/(?:blob|tree)/main/(.+)", url.path)
                if url.netloc == "github.com"
                else None
            )
            file = (page.parent / unquote(url.path)).resolve() if url.path else page
            if ours:
                fine = (DOCS.parent / ours[1]).exists()
            elif url.scheme or url.netloc:
                fine = True  # of others' sites nothing is known without a network
            else:
                fine = (
                    file in pages and unquote(url.fragment) in pages[file].places
                    if file.suffix == ".html"
                    else file.exists()
                )
            if not fine:
                found.append(f"{page.relative_to(html.resolve())}: {target}")
    return sorted(found)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/results/README.md"])
def test_files_that_a_page_names_are_there(page: str):
    text = (DOCS.parent / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    ours = [t.partition("/main/")[2] for t in targets if "github.com/xpuarray/xpuarray/" in t and "/main/" in t]
    near = [t.partition("#")[0] for t in targets if "://" not in t and not t.startswith("#")]
    assert [t for t in ours if not (DOCS.parent / t).exists()] == []
    assert [t for t in near if not ((DOCS.parent / page).parent / t).exists()] == []
