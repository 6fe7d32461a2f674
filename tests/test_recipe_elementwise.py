"""CONTRIBUTING's recipe for an elementwise function, followed in a copy of the package: a kernel and a row, no more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from xpuarray.placement.discovery import all_devices

ROOT = Path(__file__).parent.parent

KERNEL = """

def rsqrt(x):
    return type(x)(1) / np.sqrt(x)
"""
ROW = 'rsqrt = _unary("rsqrt", "real float", library=None)\n'

USE = """
    import sys
    from pathlib import Path
    import numpy as np
    import xpuarray as xp
    from xpuarray.kernels import elementwise as kernels

    here = Path(sys.argv[1])
    assert Path(xp.__file__).is_relative_to(here) and Path(kernels.__file__).is_relative_to(here)
    assert not hasattr(np, "rsqrt") and "rsqrt" in dir(xp) and "rsqrt" in xp.__all__
    for place in sys.argv[2:]:
        for size in (1, 100, 100_000):
            for route in ("auto", "kernel", "library"):
                with xp.prefer(route):
                    host = np.linspace(1, 100, size, dtype=np.float32)
                    x = xp.asarray(host, device=place)
                    out = xp.zeros_like(x)
                    for y in (xp.rsqrt(x), xp.rsqrt(x * 4) * 2, xp.rsqrt(x, out=out)):
                        assert y.dtype == x.dtype and str(y.device) == str(x.device)
                        np.testing.assert_allclose(xp.asnumpy(y), 1 / np.sqrt(host), rtol=1e-6)
                    assert y is out
        with xp.device(place):
            assert xp.rsqrt(0.25).item() == 2
    print("computed on", *sys.argv[2:])
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed, with a function that NumPy lacks added to two of its files."""
    folder = tmp_path_factory.mktemp("recipe")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "xpuarray", folder / "xpuarray", ignore=ignored)
    shutil.copytree(ROOT / "kernels", folder / "xpuarray/kernels", ignore=ignored)
    insert(folder / "xpuarray/kernels/elementwise.py", "def sqrt(x):\n    return np.sqrt(x)\n", KERNEL)
    insert(folder / "xpuarray/functions/elementwise.py", 'sqrt = _unary("sqrt", "float")\n', ROW)
    return folder


def insert(file: Path, behind: str, text: str) -> None:
    source = file.read_text(encoding="utf-8")
    assert source.count(behind) == 1
    file.write_text(source.replace(behind, behind + text), encoding="utf-8")


def run(tree: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    line = [sys.executable, *arguments]
    done = subprocess.run(line, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_function_is_there_on_every_device(tree: Path):
    """Of few elements and many, by every route, fused, into a given array, of a number."""
    cpus = [d for d in all_devices() if d.usable and d.info.backend == "opencl" and d.info.type == "cpu"]
    places = ["host", "fake", *(["opencl:cpu"] if cpus else [])]
    assert run(tree, "-c", dedent(USE), str(tree), *places).split() == ["computed", "on", *places]


def test_the_stub_declares_it(tree: Path):
    """`python -m xpuarray.commands.stubs`, as the recipe says: type checkers see the function and its parameters."""
    stub = tree / "xpuarray/__init__.pyi"
    assert "rsqrt" not in stub.read_text(encoding="utf-8")
    run(tree, "-m", "xpuarray.commands.stubs")
    found = stub.read_text(encoding="utf-8").partition("def rsqrt(")[2].partition("def ")[0]
    assert "out: _Array | None" in found and "-> _Array" in found
