"""What a result has to say about where it comes from: versions and hardware."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
from typing import Any

import xpuarray as xp
from xpuarray.backends.host.runtime import _physical_memory, _processor_name
from xpuarray.core.quick import COMPILED

_PACKAGES = [
    *("xpuarray", "numpy", "numba", "llvmlite", "dpctl", "dpnp", "intel-opencl-rt", "dpcpp-cpp-rt"),
    *("scikit-learn", "scikit-learn-intelex", "cupy-cuda12x", "cupy-cuda13x", "torch", "jax"),
]
_FACTS = ("name", "driver", "compute_units", "why_not")


def machine() -> dict[str, Any]:
    """Date, versions, processor and devices."""
    return {
        "commit": _commit(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": _processor_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(_physical_memory() / 2**30, 1),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "devices": [{"filter": str(d), **{fact: getattr(d, fact) for fact in _FACTS}} for d in xp.devices()],
        "compiled": COMPILED,
        "versions": {"python": platform.python_version(), **dict(_versions())},
    }


def _commit() -> str | None:
    """Of the work tree that the benchmarks are in, with a `+` if something in it has changed since."""
    git = ["git", "-C", os.path.dirname(__file__)]
    try:
        told = [
            subprocess.run([*git, *command], capture_output=True, text=True, check=True).stdout.strip()
            for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return None
    return told[0] + "+" * bool(told[1])


def _versions():
    for package in _PACKAGES:
        try:
            yield package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield package, None


def describe(facts: dict[str, Any]) -> str:
    """The same in a few lines of Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version)
    devices = [f"- {d['filter']}: {d['name']} ({d['why_not'] or 'driver ' + d['driver']})" for d in facts["devices"]]
    load = facts["load_before"]
    return "\n".join(
        [
            f"{facts['date']}, {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB"
            + (f", load before: {load:.1f}" if load is not None else ""),
            *devices,
            f"- {versions}",
            "",
        ]
    )
