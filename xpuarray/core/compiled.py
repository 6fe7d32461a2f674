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
MODULES = ("xpuarray.core.quick", "xpuarray.core.quick_parts", "xpuarray.core.quick_reductions")
#: "0": the source runs; setup.py looks at it, too
VARIABLE = "XPUARRAY_COMPILE"
_HERE = os.path.dirname(__file__)


class _Source:
    """Finds the source of a module where there is an extension module, too, which Python would take."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name not in MODULES:
            return None
        return importlib.util.spec_from_file_location(name, os.path.join(_HERE, f"{name.rpartition('.')[2]}.py"))


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
    inputs = [entry for entry in os.scandir(_HERE) if entry.name.endswith((".pxd", ".h"))]
    if not inputs:
        return False
    names = [name.rpartition(".")[2] for name in MODULES]
    made = [os.path.join(_HERE, n + suffix) for n in names for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    built = [os.stat(path).st_mtime for path in made if os.path.exists(path)]
    changed = [entry.stat().st_mtime for entry in inputs] + [
        os.stat(os.path.join(_HERE, f"{n}.py")).st_mtime for n in names
    ]
    return bool(built) and max(changed) > min(built)
