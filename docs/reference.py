"""The pages of the reference, one a chapter: every public name with its signature, its docstring, and how it runs.

`python docs/reference.py` writes them into docs/reference/; Sphinx does so before it reads the pages (conf.py).
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.commands import coverage

HERE = Path(__file__).parent
SPACES = {"linalg": xp.linalg, "fft": xp.fft, "random": xp.random}
MODULES = {"exceptions", "dpex", "lib", "testing", "typing", "kernel_api", *SPACES}

#: Chapter of what the coverage's tables don't list, by the beginning of the module that defines it; the first counts.
OWN = {
    "xpuarray.errors": "errors",
    "xpuarray.placement": "devices",
    "xpuarray.backends": "devices",
    "xpuarray.advice": "devices",
    "xpuarray.observe": "observing",
    "xpuarray.lang": "kernels",
    "xpuarray.launch": "kernels",
    "xpuarray.loops": "loops",
    "xpuarray.core": "arrays",
    "xpuarray.fusion": "arrays",
    "xpuarray.functions": "more functions",
    "numpy": "data types and constants",
}


def names() -> Iterator[tuple[str, Any]]:
    """Every public name and what it stands for."""
    for name in dir(xp):
        if name not in MODULES:
            yield name, getattr(xp, name)
    for space, module in SPACES.items():
        for name in module.__all__:
            if not isinstance(getattr(module, name), ModuleType):
                yield f"{space}.{name}", getattr(module, name)


def chapter(name: str, value: Any) -> str:
    """Where a name stands."""
    space = name.rpartition(".")[0]
    if space:
        return space
    for chapters in (coverage.STANDARD, coverage.NUMPY):
        for title, calls in chapters.items():
            if name in {call.partition("(")[0] for call in calls.split()}:
                return title.partition(",")[0]
    home = getattr(value, "__module__", None) or "numpy"
    if isinstance(value, str) and name.startswith("__"):
        return "data types and constants"
    return next((title for start, title in OWN.items() if home.startswith(start)), "data types and constants")


def runs() -> dict[str, dict[str, str]]:
    """name -> device -> how it runs there, as `python -m xpuarray coverage --json` has found."""
    found = json.loads((HERE / "coverage.json").read_text(encoding="utf-8"))
    return {row["name"]: row["routes"] for row in found["functions"]}


def pages() -> dict[str, str]:
    """File name -> its text, in MyST's Markdown."""
    by_chapter: dict[str, list[tuple[str, Any]]] = {}
    for name, value in names():
        by_chapter.setdefault(chapter(name, value), []).append((name, value))
    routes = runs()
    found = {}
    for title, listed in sorted(by_chapter.items()):
        entries = "\n".join(
            entry(name, value, routes.get(name, {})) for name, value in sorted(listed, key=lambda e: e[0])
        )
        found[f"{title.replace(' ', '-')}.md".replace("'", "")] = f"# {title[0].upper()}{title[1:]}\n\n{entries}"
    contents = "\n".join(name.removesuffix(".md") for name in found)
    found["index.md"] = (
        "# Reference\n\nEvery public name, by chapter. *Runs as* says by which route a function runs on each device: "
        "by a kernel of xpuarray's, or by the device's library.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{contents}\n```\n"
    )
    return found


def entry(name: str, value: Any, routes: dict[str, str]) -> str:
    """One name: a directive of Sphinx's Python domain."""
    if inspect.isclass(value):
        kind, head = "class", f"{name}{_signature(value)}"
    elif callable(value):
        kind, head = "function", f"{name}{_signature(value) or '(...)'}"
    else:
        kind, head = "data", name
    body = [_runs_as(routes)] if routes else []
    home = getattr(value, "__module__", None) or ""
    if kind == "data":
        body.append("" if isinstance(value, (str, tuple, dict)) or not np.isscalar(value) else f"= {value!r}")
    elif home.startswith("numpy"):
        body.append("NumPy's own.")
    else:
        body.append(prose(inspect.getdoc(value) or ""))
    body += [_members(value)] if kind == "class" and home.startswith("xpuarray") else []
    text = "\n\n".join(part for part in body if part)
    return f"``````{{py:{kind}}} {head}\n\n{text}\n``````\n"


def _signature(value: Any) -> str:
    try:
        shown = inspect.signature(value).replace(return_annotation=inspect.Signature.empty)
    except (TypeError, ValueError):
        return ""
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in shown.parameters.values()]
    text = str(shown.replace(parameters=plain))
    return re.sub(r"<[^<>]*>", "...", text)


def _runs_as(routes: dict[str, str]) -> str:
    return "*Runs as* " + ", ".join(f"{how} on `{device}`" for device, how in routes.items())


def _members(value: Any) -> str:
    """A class's public attributes and methods, and the first line that each says of itself."""
    lines = []
    for name in sorted(set(dir(value)) - set(dir(BaseException))):
        member = inspect.getattr_static(value, name)
        first = (inspect.getdoc(getattr(value, name, None)) or "").partition("\n")[0]
        if not name.startswith("_") and first and (callable(member) or isinstance(member, (property, classmethod))):
            lines.append(f"- `{name}`: {_text(first)}")
    return "\n".join(lines)


def prose(docstring: str) -> str:
    """A docstring as Markdown: examples as code, parameters as a list, all else as paragraphs."""
    parts = []
    for block in re.split(r"\n\s*\n", docstring):
        lines = block.splitlines()
        if block.lstrip().startswith(">>>"):
            code = "\n".join(line.partition("  # doctest:")[0].rstrip() for line in textwrap.dedent(block).splitlines())
            parts.append(f"`````python\n{code}\n`````")
        elif lines and re.match(r"[\w*, ]+: ", lines[0]) and not lines[0].startswith(("Raises", "Returns")):
            parts.append(_parameters(lines))
        elif block.strip():
            parts.append(_text(" ".join(line.strip() for line in lines)))
    return "\n\n".join(parts)


def _parameters(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        name, colon, rest = line.partition(": ")
        if colon and not line.startswith(" ") and re.fullmatch(r"[\w*, ]+", name):
            items.append(f"- *{_text(name)}*: {_text(rest)}")
        elif items:
            items[-1] += " " + _text(line.strip())
        else:
            items.append(_text(line.strip()))
    return "\n".join(items)


def _text(line: str) -> str:
    """A line in which Markdown changes nothing but code in single backticks."""
    pieces = re.split(r"(`+[^`]+`+)", line)
    return "".join(p if p.startswith("`") else re.sub(r"([*_\[\]<>$#|\\{}~])", r"\\\1", p) for p in pieces)


def write() -> None:
    """The pages, where Sphinx looks for them."""
    folder = HERE / "reference"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def kept(text: str) -> str:
    """What `runs` needs of what `coverage --json` says."""
    rows = [{"name": row["name"], "routes": row["routes"]} for row in json.loads(text)["functions"]]
    return json.dumps({"functions": rows}, indent=0)


if __name__ == "__main__":
    if "--keep" in sys.argv:
        print(kept(sys.stdin.read()))
    else:
        write()
