"""The doctor's look at the packages: which are there, of which versions, and what is half there."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from typing import NamedTuple

from xpuarray.backends.sycl import versions as stack
from xpuarray.commands.report import Problem, tell

__all__ = ["has_sycl_wheels", "versions"]

#: What a package is for, by the names it may be installed under.
PACKAGES: dict[tuple[str, ...], str] = {
    ("xpuarray",): "",
    ("numpy",): "arrays on the host",
    ("numba",): "compiles kernels",
    ("llvmlite",): "compiles kernels",
    ("numba-dpex",): "compiles SPIR-V kernels on the packages of 2024",
    ("dpctl",): "SYCL devices, queues and memory",
    ("dpnp",): "array library on SYCL devices",
    ("intel-opencl-rt",): "makes the CPU a SYCL device",
    ("scikit-learn",): "estimators",
    ("scikit-learn-intelex",): "estimators on SYCL devices",
    ("scikit-learn-intelex-gpu",): "estimators on SYCL devices",
    ("cupy", "cupy-cuda12x", "cupy-cuda13x"): "NVIDIA GPUs",
}


def versions() -> list[Problem]:
    """The packages that matter, and whether they are of the versions that xpuarray asks for."""
    rows = [("python", platform.python_version(), "", f"{platform.system()} {platform.machine()}")]
    problems = []
    required = {} if stack.is_old() else _required()
    begun = {r.extra for name, r in required.items() if r.extra and version_of(name)}
    for names, purpose in PACKAGES.items():
        found = [(name, version) for name in names for version in [version_of(name)] if version]
        name, version = found[0] if found else (names[0], "")
        asked = required.get(name, Required())
        rows.append((name, version or "-", str(asked), purpose))
        least, below = _numbers(asked.least), _numbers(asked.below)
        hides = "sycl" if asked.extra == "sycl" else ""
        if not version and least and (not asked.extra or (hides and "sycl" in begun and has_sycl_wheels())):
            problems.append(Problem(f"the package {name} is missing ({purpose})", asked.command(name), hides=hides))
        elif version and _numbers(version) < least:
            problems.append(Problem(f"{name} {version} is older than {asked.least}", asked.command(name), hides=hides))
        elif version and below and _numbers(version) >= below:
            what = f"{name} {version} is newer than what xpuarray is tested with: it has to be older than {asked.below}"
            problems.append(Problem(what, asked.command(name)))
    tell(rows)
    return problems


class Required(NamedTuple):
    """Which versions of a package xpuarray asks for, and with which extra."""

    least: str = ""
    below: str = ""
    extra: str = ""  #: nothing: it can't do without

    def __str__(self) -> str:
        return f">= {self.least}" * bool(self.least) + f", < {self.below}" * bool(self.below)

    def command(self, name: str) -> str:
        """What installs it; with an extra all that belongs to that."""
        return (
            f"pip install 'xpuarray[{self.extra}]'"
            if self.extra
            else f"pip install '{name}{str(self).replace(' ', '')}'"
        )


def version_of(name: str) -> str:
    """The version that is installed; nothing if none is."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _required() -> dict[str, Required]:
    """What xpuarray asks for on some platform, by itself and for SYCL devices and estimators."""
    try:
        requirements = importlib.metadata.requires("xpuarray") or []
    except importlib.metadata.PackageNotFoundError:  # run from a source tree that was not installed
        return {}
    found = {}
    for text in requirements:
        requirement, _, marker = text.partition(";")
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == [\'\"](\w+)", marker)
        least, below = re.search(r">=\s*([\w.]+)", requirement), re.search(r"<\s*([\w.]+)", requirement)
        if name and least and (extra is None or extra[1] in ("sycl", "sklearn")):
            found[name[0].lower()] = Required(least[1], below[1] if below else "", extra[1] if extra else "")
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def has_sycl_wheels() -> bool:
    """Whether there are any for this platform."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"
