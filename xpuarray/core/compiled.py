"""Which modules may have been compiled (setup.py), and when their source runs all the same."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
import warnings
from typing import Any

__all__ = ["MODULES", "choose"]

#: Those that setup.py compiles.
MODULES = (
    "xpuarray.core.quick",
    "xpuarray.core.quick_parts",
    "xpuarray.core.quick_reductions",
    "xpuarray.core.quick_launches",
    "xpuarray.backends.cuda.quick_start",
)
#: "0": the source runs; setup.py looks at it, too
VARIABLE = "XPUARRAY_COMPILE"
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))


class _Source:
    """Finds the source of a module where there is an extension module, too, which Python would take."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name not in MODULES:
            return None
        return importlib.util.spec_from_file_location(name, f"{_path(name)}.py")


def _path(module: str) -> str:
    """Where a module's source is, without the suffix."""
    return os.path.join(_ROOT, *module.split("."))


def choose() -> None:
    """Have the sources run if that is asked for, or if they have changed since they were compiled."""
    asked = os.environ.get(VARIABLE) == "0"
    stale = not asked and _is_stale()
    if asked or stale:
        sys.meta_path.insert(0, _Source)  # type: ignore[arg-type]
    if stale:
        warnings.warn(
            "the compiled part of xpuarray is older than its source, which runs as it is; compile it again: "
            f"{VARIABLE}=1 python -m pip install --no-build-isolation --no-deps -e .",
            stacklevel=2,
        )


def _is_stale() -> bool:
    """In a work tree alone: what the compiler reads beside the source is in no wheel."""
    folders = {os.path.dirname(_path(name)) for name in MODULES}
    inputs = [entry for folder in folders for entry in os.scandir(folder) if entry.name.endswith((".pxd", ".h"))]
    if not inputs:
        return False
    made = [_path(name) + suffix for name in MODULES for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    built = [os.stat(path).st_mtime for path in made if os.path.exists(path)]
    changed = [entry.stat().st_mtime for entry in inputs] + [os.stat(f"{_path(n)}.py").st_mtime for n in MODULES]
    return bool(built) and max(changed) > min(built)
