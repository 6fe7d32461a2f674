"""What `import xpuarray` does not import: Numba, the runtimes and the estimators load when first needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUNTIMES = {"dpctl", "dpnp", "cupy"}
HEAVY = RUNTIMES | {"numba", "llvmlite", "sklearn", "sklearnex", "scipy", "matplotlib", "rich", "tqdm", "pytest"}


def loaded_after(code: str) -> set[str]:
    """All modules in sys.modules of a fresh process that ran `code`."""
    code += "\nimport json, sys; print(json.dumps(list(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    return set(json.loads(output.splitlines()[-1]))


def packages_after(code: str) -> set[str]:
    """The same, as the names of packages outside the standard library."""
    return {name.partition(".")[0] for name in loaded_after(code)} - set(sys.stdlib_module_names)


def test_import_loads_numpy_and_nothing_else():
    assert packages_after("import xpuarray") - packages_after("import numpy") == {"xpuarray"}


def test_import_opens_no_device():
    runtimes = {f"xpuarray.backends.{name}.runtime" for name in ("cuda", "sycl", "host", "fake")}
    assert not runtimes & loaded_after("import xpuarray")


def test_command_line_loads_nothing_heavy():
    assert not HEAVY & packages_after("import xpuarray.commands.cli")


def test_work_on_the_host_loads_no_other_array_library():
    assert not {"dpctl", "dpnp", "cupy", "sklearn"} & packages_after("import xpuarray as xp; xp.ones(3, device='host')")


def test_what_is_loaded_is_seen():
    assert {"numba", "llvmlite"} <= packages_after("import xpuarray, numba")


@pytest.mark.parametrize("name", ["kernels", "kernels.elementwise"])
def test_kernels_import_under_one_name_only(name):
    assert f"xpuarray.{name}" in loaded_after(f"import xpuarray.{name}")
    refused = subprocess.run([sys.executable, "-c", f"import {name}"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "this folder is the package xpuarray.kernels" in refused.stderr
