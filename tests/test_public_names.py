"""What `dir`, `help` and `import *` show: the public names, all of them, and nothing of what they are made with."""

from __future__ import annotations

import importlib
import pydoc
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import xpuarray as xp
from xpuarray.commands import coverage, stubs

SPACES = {"xpuarray": xp, "linalg": xp.linalg, "fft": xp.fft, "random": xp.random}
MODULES = {"exceptions", "dpex", "fft", "kernel_api", "lib", "linalg", "random", "testing", "typing"}
DUNDERS = {"__array_api_version__", "__array_namespace_info__", "__version__"}

#: What the coverage tables don't list: ours alone, and what is no function.
OWN = """
    Array Device Profile ProfileRow MemoryInfo allow_fallback asnumpy default_device device devices eager evaluate
    explain fuse jit logsumexp isscalar memory_info prange prefer profile release_memory reset_peak_memory select_device
    strict suggest_device synchronize vectorize bool complex64 complex128 float16 float32 float64 int8 int16 int32 int64
    uint8 uint16 uint32 uint64 e inf nan newaxis pi
"""

#: `help` says of methods whose they are: of enumerations' their metaclass's, of a Generator and poly1d their base's.
METACLASS = {"Coefficients", "Composed", "ConstantsMeta"}


def listed(space: str) -> set[str]:
    """The names that the tables of `python -m xpuarray coverage` call in a name space."""
    chapters = [*coverage.STANDARD.values(), *coverage.NUMPY.values()]
    names = {call.partition("(")[0] for text in chapters for call in text.split()}
    parts = {tuple(name.rpartition(".")[::2]) for name in names}
    return {name for where, name in parts if where == ("" if space == "xpuarray" else space)}


@pytest.mark.parametrize("space", SPACES)
def test_dir_is_what_is_public(space: str):
    """`dir` shows `__all__` and, of the package, three dunder names; modules are shown where they are meant to be."""
    module = SPACES[space]
    shown, names = dir(module), module.__all__
    assert shown == sorted(set(shown)) and len(names) == len(set(names))
    assert set(shown) - set(names) == (DUNDERS if module is xp else set())
    assert [name for name in names if name.startswith("_") or not hasattr(module, name)] == []
    modules = {name for name in names if isinstance(getattr(module, name), ModuleType)}
    assert modules == (MODULES if module is xp else set())


@pytest.mark.parametrize("space", SPACES)
def test_what_is_public_is_ours_or_numpys(space: str):
    """Nothing of the standard library's has slipped in: np, Any, annotations, Callable, functools, ..."""
    module = SPACES[space]
    homes = {name: getattr(getattr(module, name), "__module__", None) or "numpy" for name in module.__all__}
    strangers = {name: home for name, home in homes.items() if home.partition(".")[0] not in ("xpuarray", "numpy")}
    assert strangers == {}


@pytest.mark.parametrize("space", SPACES)
def test_no_name_is_missing(space: str):
    names = set(SPACES[space].__all__)
    assert listed(space) - DUNDERS - names == set()
    if space == "xpuarray":
        assert {*OWN.split(), *xp.kernel_api.__all__} - names == set()
        from xpuarray import errors

        assert set(errors.__all__) - names == set()


def test_import_star():
    namespace: dict[str, object] = {}
    exec("from xpuarray import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(xp.__all__)


@pytest.mark.parametrize("space", SPACES)
def test_help_names_public_things_alone(space: str):
    """Where pydoc says in which module of ours something is, it is something public.

    Its list of the files in the folder is left out of account: no package has a say in that.
    """
    text = pydoc.plain(pydoc.render_doc(SPACES[space]))
    text = re.sub(r"^PACKAGE CONTENTS\n(?: .*\n)+", "", text, flags=re.MULTILINE)
    where = text.partition("\nFILE\n")[0]
    public = {name for module in SPACES.values() for name in module.__all__} | {"xpuarray", *MODULES}
    named = {found.rpartition(".")[2] for found in re.findall(r"\bxpuarray(?:\.\w+)+", where)}
    assert named - public - METACLASS == set()
    assert re.search(r"^FUNCTIONS\n", text, re.MULTILINE)
    functions = {n for n in SPACES[space].__all__ if not isinstance(getattr(SPACES[space], n), (type, ModuleType))}
    missing = [n for n in functions if not re.search(rf"^    {n}(?:\(| = )", text, re.MULTILINE)]
    assert missing == []


def test_stub_is_up_to_date(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("ruff", reason="ruff, which formats the stub, is not installed")
    assert stubs.main(["--check"]) == 0, capsys.readouterr().out + "run `python -m xpuarray.commands.stubs`"


def test_stub_that_is_not_up_to_date_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("ruff", reason="ruff, which formats the stub, is not installed")
    (tmp_path / "__init__.pyi").write_text("from numpy import sin as sin\n", encoding="utf-8")
    monkeypatch.setattr(xp, "__file__", str(tmp_path / "__init__.py"))
    assert stubs.main(["--check"]) == 1
    assert re.search(r"^-from numpy import sin as sin$", capsys.readouterr().out, re.MULTILINE)
    assert stubs.main([]) == 0
    assert stubs.main(["--check"]) == 0


def test_stub_of_a_small_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What a source defines is imported from there, under its name or another; what a table has made is declared."""
    pytest.importorskip("ruff", reason="ruff, which formats the stub, is not installed")
    (tmp_path / "small_package").mkdir()
    (tmp_path / "small_package" / "chapter.py").write_text(CHAPTER)
    (tmp_path / "small_package" / "__init__.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(str(tmp_path))
    written = stubs.stub(importlib.import_module("small_package"))
    assert [line for line in written.splitlines() if line and not line.startswith("#")] == STUB.split("\n")


CHAPTER = """
from __future__ import annotations
from collections.abc import Sequence
Extents = int | Sequence[int]
def written(x: int) -> int:
    return x
def _made(name):
    def function(x: Extents, /, *, keep: bool = False, axis: unknown = (0,)) -> Extents:
        "Text of the first line.\\n\\nThe rest."
        return x
    function.__name__ = name
    return function
globals().update({"made": _made("made")})
"""
PACKAGE = """
from numpy import float32, pi
from small_package import chapter
from small_package.chapter import made, written
another = written
version = "1"
__all__ = ["another", "chapter", "float32", "made", "pi", "version", "written"]
def __dir__():
    return __all__
"""
STUB = """\
from builtins import bool as _bool
from typing import Any as _Any
from numpy import float32 as float32
from numpy import pi as pi
from small_package import chapter as chapter
from small_package.chapter import Extents as _Extents
from small_package.chapter import written as _written
from small_package.chapter import written as written
another = _written
def made(x: _Extents, /, *, keep: _bool = False, axis: _Any = ...) -> _Extents:
    \"\"\"Text of the first line.\"\"\"
version: str"""


def test_modules_of_ours_that_are_not_shown_are_there():
    """`dir` is for people: what imports a module by its full name still finds it."""
    code = "import xpuarray as xp, xpuarray.functions.reductions as r; assert r is xp.functions.reductions"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_no_module_is_hidden_by_what_bears_its_name():
    """`import xpuarray.a.b as b` gives the module of every file: nothing of that name is put in its place."""
    root = Path(xp.__file__).parent
    names = {".".join(("xpuarray", *path.relative_to(root).with_suffix("").parts)) for path in root.rglob("*.py")}
    hidden, checked = [], 0
    for name in sorted(n.removesuffix(".__init__") for n in names if not n.endswith("__main__")):
        space: dict[str, Any] = {}
        try:
            exec(f"import {name} as found", space)
        except ImportError as missing:  # of another library that is not installed here
            assert missing.name and not missing.name.startswith("xpuarray"), name
            continue
        checked += 1
        if not isinstance(space["found"], ModuleType) or space["found"].__name__ != name:
            hidden.append(name)
    assert hidden == []
    assert checked > 150
