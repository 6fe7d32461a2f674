"""mypy and pyright, run as their users run them; and what they write, read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

PYRIGHT = Path(sys.prefix) / "pyright" / "node_modules" / "pyright" / "index.js"  # where the Makefile puts it


class Found(NamedTuple):
    """What a checker has said about one line."""

    file: str
    line: int
    error: bool
    text: str


def by_mypy(folder: Path, interpreter: Path, strict: Sequence[str]) -> list[Found]:
    """What mypy says of a folder's programs, all of them taken strictly."""
    command = [sys.executable, "-m", "mypy", "--strict", "--output", "json", "--python-executable", interpreter, "."]
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert run.returncode in (0, 1), run.stdout
    said = map(json.loads, run.stdout.splitlines())
    return [Found(Path(s["file"]).name, s["line"], s["severity"] == "error", s["message"]) for s in said]


def by_pyright(folder: Path, interpreter: Path, strict: Sequence[str]) -> list[Found]:
    """The same of pyright, which takes some of them strictly; skips where it is not installed."""
    node = shutil.which("node")
    if node is None or not PYRIGHT.exists():
        assert not os.environ.get("CI"), "CI is set, and there is no Node.js or no pyright"
        pytest.skip("pyright is not there: it needs Node.js, and `make test` installs it")
    (folder / "pyrightconfig.json").write_text(json.dumps({"strict": strict}))
    command = [node, PYRIGHT, "--outputjson", "--pythonpath", interpreter]
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert run.returncode in (0, 1), run.stdout
    said = json.loads(run.stdout)["generalDiagnostics"]
    return [
        Found(Path(s["file"]).name, s["range"]["start"]["line"] + 1, s["severity"] != "information", s["message"])
        for s in said
    ]


CHECKERS = {"mypy": by_mypy, "pyright": by_pyright}


def results(signature: str) -> list[str]:
    """What a function returns, from its type: in each of its overloads, as either checker writes them."""
    overloads = re.fullmatch(r"Overload[\[(](.*)[\])]", signature)
    forms = re.split(r", (?=def \(|\()", overloads[1]) if overloads else [signature]
    return [form.rpartition(" -> ")[2] for form in forms]


def parameters(signature: str) -> list[str]:
    """Their names, as pyright writes them; "..." stands for any."""
    depth, parts = 0, [""]
    for letter in signature:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            break
        if letter == "," and depth == 1:
            parts.append("")
        elif letter != "(" or depth > 1:
            parts[-1] += letter
    names = [part.partition(":")[0].partition("=")[0].strip().lstrip("*") for part in parts]
    return [name for name in names if name not in ("", "/")]
