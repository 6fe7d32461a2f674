"""Nothing hangs on a path written as text: what the compiler replaces and hashes, it finds by marks and packages."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import xpuarray as xp
from xpuarray import compiler, fusion, lang, launch
from xpuarray.compiler import fingerprint
from xpuarray.functions import elementwise as chapter
from xpuarray.lang.counterpart import counterpart, counterpart_of


def files_of(package: ModuleType) -> list[Path]:
    return [file for folder in package.__path__ for file in sorted(Path(folder).rglob("*.py"))]


# -- the digest of the compiler's own source ----------------------------------------------------------


@pytest.fixture
def copies(tmp_path, monkeypatch) -> Path:
    """The packages whose source counts, copied to where they may be changed."""
    packages = []
    for package in fingerprint._OURS:
        copy = ModuleType(package.__name__)
        copy.__path__ = [str(tmp_path / package.__name__)]
        shutil.copytree(package.__path__[0], copy.__path__[0], ignore=shutil.ignore_patterns("__pycache__"))
        packages.append(copy)
    original = fingerprint._sources()
    monkeypatch.setattr(fingerprint, "_OURS", tuple(packages))
    assert fingerprint._sources() == original
    return tmp_path


def test_a_change_of_any_file_is_seen(copies):
    original = fingerprint._sources()
    files = sorted(copies.rglob("*.py"))
    folders = {file.parent.relative_to(copies).as_posix() for file in files}
    assert folders == {"xpuarray.compiler", "xpuarray.compiler/frontend", "xpuarray.compiler/targets", "xpuarray.lang"}
    for file in files:
        before = file.read_bytes()
        file.write_bytes(before + b"#")
        assert fingerprint._sources() != original, file
        file.write_bytes(before)
    assert fingerprint._sources() == original


def test_files_of_one_name_are_told_apart_by_their_folders(copies):
    folder = copies / "xpuarray.compiler"
    (folder / "frontend" / "added.py").write_text("")
    original = fingerprint._sources()
    (folder / "frontend" / "added.py").rename(folder / "targets" / "added.py")
    assert fingerprint._sources() != original


def test_without_its_source_a_compiler_has_no_fingerprint(copies):
    shutil.rmtree(copies / "xpuarray.lang")
    with pytest.raises(fingerprint.NoFingerprintError, match=r"xpuarray\.lang"):
        fingerprint._sources()


# -- array functions in kernels -------------------------------------------------------------------------


def test_every_elementwise_function_is_marked():
    marks = {name: counterpart_of(getattr(chapter, name)) for name in chapter.__all__}
    assert marks["sin"] == "sin" and all(marks.values()), marks
    assert [counterpart_of(f) for f in (xp.where, xp.clip, xp.round)] == ["where", "clip", "round"]
    assert [counterpart_of(f) for f in (xp.cumsum, np.sin, "sin")] == [None] * 3


@counterpart("arctan2")
def angle(x1, x2):
    """A function of an array library that is called otherwise, in a module that nobody knows."""
    raise NotImplementedError


@xp.kernel
def angles(item, x, y):
    i = item.get_id(0)
    y[i] = angle(x[i], xp.exp(x[i])) + xp.maximum(xp.sin(x[i]), x[i])


@pytest.mark.parametrize("where", ["host", "fake"])
def test_kernels_call_marked_functions_on_numbers(where):
    with xp.device(where):
        values = np.linspace(-2, 2, 9, dtype=np.float32)
        x, y = xp.asarray(values), xp.zeros(9, dtype=xp.float32)
        xp.call_kernel(angles, xp.Range(9), x, y)
        expected = np.arctan2(values, np.exp(values)) + np.maximum(np.sin(values), values)
        np.testing.assert_allclose(xp.asnumpy(y), expected, rtol=1e-5)


def test_a_mark_is_part_of_the_fingerprint():
    def kernel_with(name):
        f = counterpart(name)(lambda x: x)
        return xp.kernel(lambda item, x: f(x[0]))

    assert fingerprint.fingerprint(kernel_with("sin")) == fingerprint.fingerprint(kernel_with("sin"))
    assert fingerprint.fingerprint(kernel_with("sin")) != fingerprint.fingerprint(kernel_with("cos"))


# -- strings -----------------------------------------------------------------------------------------


def strings_of(tree: ast.AST) -> list[str]:
    """The text in a module that is no docstring (nor another statement that does nothing)."""
    idle = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in idle]
    return [c.value for c in constants if isinstance(c.value, str)]


@pytest.mark.parametrize("package", [compiler, lang, launch, fusion], ids=lambda package: package.__name__)
def test_no_path_of_a_module_is_written_as_text(package):
    files = files_of(package)
    assert files
    paths = {file: [s for s in strings_of(ast.parse(file.read_text())) if "xpuarray." in s] for file in files}
    assert not {file: found for file, found in paths.items() if found}


def test_strings_are_told_from_docstrings():
    module = 'DOC = None\ndef f():\n    """xpuarray.a"""\n    return f"xpuarray.{b}", "xpuarray.c"\n'
    assert strings_of(ast.parse(module)) == ["xpuarray.c", "xpuarray."]
