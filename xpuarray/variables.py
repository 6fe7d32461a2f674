"""Every XPUARRAY_ variable of the environment: what it does, and which values it has.

Whoever reads one names it here; the documentation and the doctor show this table.  A misspelt name, or a value that
means nothing, is told once, when xpuarray is imported.
"""

from __future__ import annotations

import difflib
import os
import warnings
from typing import NamedTuple

__all__ = ["VARIABLES", "Variable", "check", "faults", "is_on", "markdown"]

_ON, _OFF = ("1", "on", "yes", "true"), ("0", "off", "no", "false")


class Variable(NamedTuple):
    """One of them."""

    does: str
    default: str
    values: tuple[str, ...] = ()  #: nothing: another form, which is looked at where it is read
    form: str = ""  #: then, how it is written


VARIABLES: dict[str, Variable] = {
    "XPUARRAY_CACHE": Variable("keeps compiled kernels on disk", "1", _ON + _OFF),
    "XPUARRAY_CACHE_DIR": Variable("where they are kept", "the platform's folder for caches", form="a folder"),
    "XPUARRAY_CACHE_SIZE": Variable("how much of them is kept", "512MiB", form="a size"),
    "XPUARRAY_CHECK": Variable("has every kernel look at its indices, and raise IndexError", "", ("bounds",)),
    "XPUARRAY_COMPILE": Variable(
        "0: the hot path runs as Python; 1: installing fails where it can't be compiled", "compiled if possible",
        ("0", "1"),
    ),
    "XPUARRAY_FAKE": Variable("a pretend GPU is among the devices, for tests", "0", _ON + _OFF),
    "XPUARRAY_FUSION": Variable("elementwise results wait, and run as one kernel", "1", _ON + _OFF),
    "XPUARRAY_KERNEL_COMPILER": Variable(
        "which compiler makes SPIR-V: xpuarray's own, or numba-dpex", "dpex where it is installed", ("spirv", "dpex")
    ),
    "XPUARRAY_MEMORY_LIMIT": Variable("what a device may hold", "all that it has", form="a size, or 50%"),
    "XPUARRAY_PROFILING": Variable("SYCL devices note when each kernel begins and ends", "0", _ON + _OFF),
    "XPUARRAY_PROGRESS": Variable(
        "what takes over a second is told: 1 everywhere, 0 nowhere", "in terminals and notebooks", _ON + _OFF
    ),
    "XPUARRAY_SYNC": Variable("waits after each launch, so that an error names the one that failed", "0", _ON + _OFF),
    "XPUARRAY_TRACEBACK": Variable("full: uncaught errors show xpuarray's own frames, too", "short", ("short", "full")),
}  # fmt: skip
_PREFIX, _OF_TESTS = "XPUARRAY_", "XPUARRAY_TEST_"


def is_on(name: str) -> bool:
    """Whether the environment switches that on; what it says by default where it says nothing."""
    by_default = VARIABLES[name].default if name in VARIABLES else "0"  # a backend of others' has its own
    return (os.environ.get(name) or by_default).lower() not in _OFF


def faults() -> list[tuple[str, str]]:
    """The variables of the environment that do nothing as they stand, and what to write instead."""
    found = []
    for name, value in os.environ.items():
        known = VARIABLES.get(name)
        if known is None and name.startswith(_PREFIX) and not name.startswith(_OF_TESTS):
            near = difflib.get_close_matches(
                name.removeprefix(_PREFIX), [n.removeprefix(_PREFIX) for n in VARIABLES], 1
            )
            instead = f"did you mean {_PREFIX}{near[0]}?" if near else f"there are {', '.join(VARIABLES)}"
            found.append((name, f"{name}={value!r} does nothing: no variable has this name; {instead}"))
        elif known is not None and known.values and value and value.lower() not in known.values:
            found.append((name, f"{name}={value!r} means nothing: write {_listed(known.values)}"))
    return found


def check() -> None:
    """Warn of each; for `import xpuarray`, in the user's line."""
    for _, told in faults():
        warnings.warn(told, stacklevel=3)


def markdown() -> str:
    """The table for the documentation."""
    rows = [
        f"| `{name}` | {v.does} | {v.form or _listed(v.values)} | {v.default or 'nothing'} |"
        for name, v in VARIABLES.items()
    ]
    return "\n".join(["| variable | what it does | values | default |", "|---|---|---|---|", *rows])


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(values[:-1]) + f" or {values[-1]}" if len(values) > 1 else values[0]
