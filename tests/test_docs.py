"""The documentation: its code runs, every public name is in the reference, and it builds without a warning."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

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
    assert "suggest_device" in (tmp_path / "html/reference/devices.html").read_text(encoding="utf-8")
