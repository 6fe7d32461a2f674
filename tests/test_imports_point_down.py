"""The house's order: imports point down the data's way, without circles, and nothing goes behind their back.

The layers are in pyproject.toml, under `tool.importlinter`.  An import within a function counts like any other, one
for type checkers alone doesn't.  What no import shows, a table of names or a look into `sys.modules`, is a back door.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

#: Where one of our modules is found by a computed name, and why.
COMPUTED = {
    "compiler/targets/__init__.py": "a target is found by its record, and loads when it first compiles",
    "backends/registry.py": "a backend is a folder or module beside it, and says what it is",
    "sklearn/drivers/__init__.py": "what computes an estimator loads when that is first used",
    "compiler/fingerprint.py": "a kernel's functions are hashed with what their modules say, which are the user's, too",
}
#: Where modules of others are found by a computed name.
OTHERS = {
    "commands/coverage.py": "the libraries that are compared",
    "commands/stubs.py": "where the names of the face are defined",
    "sklearn/libraries.py": "scikit-learn's or the accelerated estimators",
    "sklearn/models.py": "the class of a pickled estimator",
    "sklearn/patching.py": "scikit-learn's modules",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The package as it is installed, with kernels/ in it: a checkout has that folder elsewhere."""
    shutil.copytree(ROOT / "xpuarray", tmp_path / "xpuarray", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "kernels", tmp_path / "xpuarray/kernels", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def report(tree: Path) -> str:
    """What import-linter finds: empty if all is well."""
    pytest.importorskip("importlinter", reason="import-linter is not installed")
    command = [sys.executable, "-c", LINT, "--no-cache", "--no-logo", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "120"}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    return (
        readable(tree, done.stdout.partition("Broken contracts\n")[2] or done.stdout + done.stderr)
        if done.returncode
        else ""
    )


def readable(tree: Path, found: str) -> str:
    """The same with files and lines in place of dotted names, and the lines that close a circle."""

    def file_of(module: str) -> str:
        path = module.replace(".", "/")
        return f"{path}.py" if (tree / f"{path}.py").exists() else f"{path}/__init__.py"

    def edge(match: re.Match[str]) -> str:
        importer, imported, line = match.groups()
        return f"{file_of(importer)}:{line} imports {file_of(imported)}"

    def closing(match: re.Match[str]) -> str:
        importer, imported = (f"{package}.{name}" for name in match.groups()[:2])
        return "\n".join([match[0], *(f"    {line}" for line in lines_importing(tree, importer, imported))])

    parts = re.split(r"(?<=No cycles are allowed in )([\w.]+)(?=\.\n)", found)
    for i in range(1, len(parts), 2):
        package = parts[i]
        parts[i + 1] = re.sub(r"- \.(\w+) -> \.(\w+) \(\d+ imports?\)", closing, parts[i + 1])
    return re.sub(r"(xpuarray[\w.]*) -> (xpuarray[\w.]*) \(l\.(\d+)[^)]*\)", edge, "".join(parts))


def lines_importing(tree: Path, importer: str, imported: str) -> Iterator[str]:
    """The lines in a module, or a folder of modules, that import another."""
    path = tree / importer.replace(".", "/")
    package, _, name = imported.rpartition(".")
    wanted = rf"\s*(from|import) {re.escape(imported)}\b|\s*from {re.escape(package)} import .*\b{name}\b"
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if re.match(wanted, line):
                yield f"{file.relative_to(tree).as_posix()}:{number}: {line.strip()}"


def test_imports_point_down(tree: Path):
    if found := report(tree):
        unmatched = "\nThat import is gone: take it off `ignore_imports` in pyproject.toml." * ("No matches" in found)
        pytest.fail(found + unmatched, pytrace=False)


def append(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text()}\n{text}\n")


def test_an_import_that_points_up_is_named(tree: Path):
    append(tree / "xpuarray/lang/ranges.py", "def late():\n    from xpuarray.fusion import expression")
    line = len((tree / "xpuarray/lang/ranges.py").read_text().splitlines())
    found = report(tree)
    assert f"xpuarray/lang/ranges.py:{line} imports xpuarray/fusion/expression.py" in found
    assert "Move what is imported down to the" in found


def test_a_circle_is_named(tree: Path):
    append(tree / "xpuarray/lang/types.py", "def late():\n    from xpuarray.lang.early import early")
    (tree / "xpuarray/lang/early.py").write_text("import xpuarray.lang.types\n")
    found = report(tree)
    assert re.search(r"xpuarray/lang/(early\.py:1: import xpuarray|types\.py:\d+: from xpuarray\.lang\.early)", found)
    assert "Move what both need into a file that both import" in found


def test_the_face_is_for_those_above_it(tree: Path):
    append(tree / "xpuarray/fusion/expression.py", "import xpuarray as xp")
    found = report(tree)
    assert re.search(r"xpuarray/fusion/expression\.py:\d+ imports xpuarray/__init__\.py", found)
    assert "import them from the file" in found


def test_a_new_folder_has_to_say_where_it_stands(tree: Path):
    (tree / "xpuarray/attic").mkdir()
    (tree / "xpuarray/attic/__init__.py").write_text("")
    assert "attic" in report(tree)


def test_an_import_for_type_checkers_may_point_up(tree: Path):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from xpuarray.fusion import expression"
    append(tree / "xpuarray/lang/ranges.py", text)
    assert report(tree) == ""


# -- back doors ---------------------------------------------------------------------------------


def back_doors(source: str) -> Iterator[tuple[int, str]]:
    """Lines that reach a module without an import, as (line, what it is)."""
    for node in ast.walk(ast.parse(source)):
        asked = None
        match node:
            case ast.Subscript(value=ast.Name(id="operations")):
                yield node.lineno, "a table of names: import the function, or use the array's operator or method"
            case ast.Subscript(value=ast.Attribute(attr="modules"), slice=asked):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="modules"), attr="get"), args=[asked, *_]):
                pass
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
                asked = node.args[0]
        match asked:
            case ast.Constant(value=str(name)) if name.partition(".")[0] == "xpuarray":
                yield node.lineno, f"say `import {name}`"
            case None | ast.Constant():
                pass
            case _:
                yield node.lineno, "computed"


def found_in(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """The back doors of each file that has any."""
    files = {file.relative_to(folder).as_posix(): file.read_text() for file in sorted(folder.rglob("*.py"))}
    return {name: doors for name, text in files.items() if (doors := list(back_doors(text)))}


def test_no_back_doors(tree: Path):
    found = found_in(tree / "xpuarray").items()
    said = {f"xpuarray/{name}:{line}: {what}" for name, doors in found for line, what in doors if what != "computed"}
    if said:
        pytest.fail("\n".join(sorted(said)), pytrace=False)


def test_computed_names_have_a_reason(tree: Path):
    found = {
        name for name, doors in found_in(tree / "xpuarray").items() if any(what == "computed" for _, what in doors)
    }
    assert found == {*COMPUTED, *OTHERS}, "which file finds a module by a computed name, and why, stands in this test"


@pytest.mark.parametrize(
    "source",
    [
        'operations["add"](x, y)',
        'xp = sys.modules["xpuarray"]',
        'sys.modules.get("xpuarray.linalg")',
        'importlib.import_module("xpuarray.linalg")',
        'import_module(f"xpuarray.{name}")',
        "sys.modules[name]",
    ],
)
def test_back_doors_are_seen(source: str):
    assert [line for line, _ in back_doors(source)] == [1]


@pytest.mark.parametrize("source", ['"dpctl" in sys.modules', 'sys.modules.get("numba")', "import xpuarray.linalg"])
def test_front_doors_are_let_through(source: str):
    assert not list(back_doors(source))


#: Modules that note what is set on them from outside; what a module itself defines doesn't come this way, and the
#: import system sets modules (a package's submodules) and names like __spec__ alone.
WATCH = """
import importlib.machinery, json, types
found = []

class Watched(types.ModuleType):
    def __setattr__(self, name, value):
        if not isinstance(value, types.ModuleType) and not name.startswith("__"):
            found.append(f"{self.__name__}.{name}")
        super().__setattr__(name, value)

importlib.machinery.SourceFileLoader.create_module = (
    lambda self, spec: Watched(spec.name) if spec.name.startswith("xpuarray") else None
)
"""


def set_from_outside(code: str) -> str:
    """What `code` sets on our modules, as JSON."""
    command = [sys.executable, "-c", f"{WATCH}\n{code}\nprint(json.dumps(found))"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def test_no_module_is_changed_from_outside():
    assert set_from_outside("import xpuarray, xpuarray.commands.cli, xpuarray.conformance, xpuarray.sklearn") == "[]"


def test_a_change_from_outside_is_seen():
    assert '"xpuarray.linalg.inv"' in set_from_outside("import xpuarray.linalg as m; m.inv = None")
