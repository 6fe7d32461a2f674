"""`python -m xpuarray.commands.stubs`: writes `xpuarray/__init__.pyi`, which is what editors and type checkers read.

The package gathers its names with `import *` and leaves modules out of them; no checker can follow that.  So the stub
says of each public name where it is defined, and the checker goes there.  What no source defines under its name (a
table has made it) is declared with the signature that it has when the program runs.

`linalg`, `fft`, `random` and `kernel_api` need no stub: their sources define their names, and list them in `__all__`.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import difflib
import functools
import importlib
import inspect
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import xpuarray
from xpuarray.functions import elementwise

__all__ = ["main", "stub"]

_HEAD = "# Written by `python -m xpuarray.commands.stubs`, not by hand.\n"
_NOWHERE = object()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the stub; with `--check` the exit status is 1, and the difference printed, if it is not up to date."""
    parser = argparse.ArgumentParser(
        prog="python -m xpuarray.commands.stubs", description="Write xpuarray/__init__.pyi."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail with what would change")
    check = parser.parse_args(arguments).check
    path = Path(xpuarray.__file__).with_suffix(".pyi")
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    new = stub(xpuarray)
    if check:
        lines = difflib.unified_diff(
            old.splitlines(True), new.splitlines(True), f"{path.name}, as it is", "as it should be"
        )
        sys.stdout.writelines(lines)
        return int(old != new)
    path.write_text(new, encoding="utf-8")
    return 0


def stub(module: ModuleType) -> str:
    """The text of a module's stub: for each name that `dir` shows, whence it comes."""
    types: dict[str, Any] = {}
    imports, declared = [], []
    for name in dir(module):
        value = getattr(module, name)
        if home := _home(module, name, value):
            where, own = home
            if own == name:
                imports.append(f"from {where} import {own} as {own}")
            else:  # only what is imported as itself is passed on
                imports.append(f"from {where} import {own} as _{own}")
                declared.append(f"{name} = _{own}")
        elif protocol := _protocol(value):
            types[protocol.__name__] = (protocol, protocol.__module__)
            declared.append(f"{name}: _{protocol.__name__}")
        elif isinstance(value, FunctionType):
            declared.append(_declaration(name, value, types))
        else:
            declared.append(f"{name}: {type(value).__name__}")
    imports += [_import(name, value) for name, value in types.items()]
    return _formatted("\n".join([_HEAD, *imports, *declared, ""]))


def _home(module: ModuleType, name: str, value: Any) -> tuple[str, str] | None:
    """Whose source defines the value, and under which name; None if no source does."""
    if isinstance(value, ModuleType):
        return value.__name__.rpartition(".")[0], name
    own = getattr(value, "__name__", name)
    for home in (getattr(value, "__module__", None) or "numpy", "numpy"):
        if getattr(sys.modules.get(home), own, _NOWHERE) is value:
            written = not isinstance(value, FunctionType) or home == "numpy" or own in _functions(home)
            return (home, own) if written else None
    return None


def _protocol(value: Any) -> type | None:
    """What an elementwise function is to a checker, which then knows `xp.add.reduce`, too."""
    made = isinstance(value, FunctionType) and value.__module__ == elementwise.__name__
    return (elementwise.Unary, elementwise.Binary)[value.nin - 1] if made else None  # type: ignore[attr-defined]


@functools.cache
def _functions(module: str) -> set[str]:
    """The names of the functions that a module's source defines."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


# -- a declaration for what no source defines ---------------------------------------------------


class _Verbatim:
    """A text that shows in a signature as it stands."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _declaration(name: str, function: FunctionType, types: dict[str, Any]) -> str:
    """`def name(...) -> ...`, with the first line of its text; `types` gets what its annotations name."""
    scope = inspect.unwrap(function).__globals__
    signature = inspect.signature(function)
    parameters = [
        p.replace(annotation=_spelled(p.annotation, scope, types), default=_default(p.default))
        for p in signature.parameters.values()
    ]
    returned = _spelled(signature.return_annotation, scope, types)
    text = (inspect.getdoc(function) or name).splitlines()[0].replace("\\", r"\\")
    return f'def {name}{signature.replace(parameters=parameters, return_annotation=returned)}: \n    """{text}"""'


def _default(value: Any) -> Any:
    """A default as stubs write it: only what is the same when read back."""
    plain = value is inspect.Parameter.empty or type(value) in (type(None), bool, int, str)
    return value if plain else _Verbatim("...")


def _spelled(annotation: Any, scope: dict[str, Any], types: dict[str, Any]) -> _Verbatim:
    """An annotation whose names have an underscore: `bool` and `any` themselves are public names of the stub's."""
    if annotation is inspect.Parameter.empty:
        annotation = Any
    tree = ast.parse(annotation if isinstance(annotation, str) else inspect.formatannotation(annotation))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            value = scope.get(node.id, getattr(builtins, node.id, Any))
            name = "Any" if value is Any else node.id  # a name that has no meaning when the program runs says nothing
            if types.setdefault(name, (value, scope["__name__"]))[0] != value:
                raise ValueError(f"{node.id} means one thing in {scope['__name__']} and another in {types[name][1]}")
            node.id = f"_{name}"
    return _Verbatim(ast.unparse(tree))


def _import(name: str, meant: tuple[Any, str]) -> str:
    """How the stub gets a name of annotations; an alias of types comes from who uses it, as it has no home itself."""
    value, user = meant
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as _{name}"
    home = getattr(value, "__module__", "")
    return f"from {home if getattr(sys.modules.get(home), name, _NOWHERE) is value else user} import {name} as _{name}"


def _formatted(text: str) -> str:
    """The text as ruff would have it."""
    for command in (["check", "--fix", "--select", "I", "--quiet"], ["format"]):
        line = [sys.executable, "-m", "ruff", *command, "--stdin-filename", "xpuarray/__init__.pyi", "-"]
        text = subprocess.run(line, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    return text


if __name__ == "__main__":
    sys.exit(main())
