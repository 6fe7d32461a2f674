"""The environment's variables: one table, which all that reads them, the documentation and the doctor go by."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xpuarray import variables
from xpuarray.commands import doctor

ROOT = Path(__file__).parents[1]


def told(**environment: str) -> list[str]:
    """The warnings of an import."""
    program = "import warnings\nimport xpuarray, xpuarray as again"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XPUARRAY_")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | environment, capture_output=True, text=True, check=True
    )
    assert not done.stdout
    return done.stderr.splitlines()


def test_each_is_read_by_the_source_and_each_that_is_read_is_here():
    sources = [*(ROOT / "xpuarray").rglob("*.py"), ROOT / "setup.py"]
    named = {
        n for p in sources if p.name != "variables.py" for n in re.findall(r"XPUARRAY_[A-Z_]*[A-Z]", p.read_text())
    }
    assert named == set(variables.VARIABLES)


def test_the_documentation_has_the_table():
    assert variables.markdown() in (ROOT / "docs" / "environment.md").read_text()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("XPUARRAY_FUSON", "0", "no variable has this name; did you mean XPUARRAY_FUSION?"),
        ("XPUARRAY_MEMORYLIMIT", "1G", "did you mean XPUARRAY_MEMORY_LIMIT?"),
        ("XPUARRAY_QQQ", "", "there are XPUARRAY_CACHE"),
        *(
            (name, "maybe", f"{name}='maybe' means nothing: write {v.values[0]}")
            for name, v in variables.VARIABLES.items()
            if v.values
        ),
    ],
)
def test_what_does_nothing_is_found(monkeypatch, capsys, name: str, value: str, words: str):
    monkeypatch.setenv(name, value)
    assert [words in text for n, text in variables.faults() if n == name] == [True]
    assert any(words in problem.what and problem.remedy == f"unset {name}" for problem in doctor.variables())


def test_it_is_told_once_in_the_line_that_imports():
    (first, *_) = told(XPUARRAY_FUSON="0")
    assert first.startswith("<string>:2: UserWarning: XPUARRAY_FUSON='0' does nothing")
    assert told(XPUARRAY_FUSION="OFF", XPUARRAY_TEST_LARGE="1", XPUARRAY_SYNC="", XPUARRAY_CACHE_DIR="/nowhere") == []


@pytest.mark.parametrize("name", [n for n, v in variables.VARIABLES.items() if "off" in v.values])
def test_switches(monkeypatch, name: str):
    by_default = variables.VARIABLES[name].default
    for value, on in (*((v, True) for v in ("1", "On", "yes")), *((v, False) for v in ("0", "OFF", "no", "false"))):
        monkeypatch.setenv(name, value)
        assert variables.is_on(name) is on
    for unset in ("", None):
        monkeypatch.setenv(name, unset) if unset is not None else monkeypatch.delenv(name)
        assert variables.is_on(name) is (by_default != "0")
