"""The wheel: built through the source distribution, installed in an empty environment, used from elsewhere.

The environments borrow dependencies of this one instead of downloading a gigabyte: one all of them, and what is
used is checked against those that the wheel declares; one NumPy and Numba alone, which are all that it requires.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from xpuarray.core.compiled import MODULES

ROOT = Path(__file__).parents[1]

SCRIPT = """
import json, sys
import numpy as np
import xpuarray as xp
import xpuarray.kernels

@xp.kernel
def saxpy(item, alpha, x, y, out):
    i = item.get_id(0)
    out[i] = alpha * x[i] + y[i]

ran = []
for device in (d for d in xp.devices() if d.usable):
    with xp.device(device):
        x = xp.arange(1000, dtype=xp.float32)
        out = xp.empty_like(x)
        xp.call_kernel(saxpy, xp.Range(1000), 2.0, x, x, out)
        assert (xp.asnumpy(out) == 3 * np.arange(1000, dtype=np.float32)).all()
        assert float(xp.sum(xp.sin(x) ** 2 + xp.cos(x) ** 2)) == 1000
    ran.append(device.filter_string)

files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print(json.dumps({"ran": ran, "package": xp.__file__, "kernels": xpuarray.kernels.__file__, "files": files}))
"""


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The interpreter of an environment with the wheel, pip's own files and borrowed dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    interpreter = folder / "bin" / "python" if os.name == "posix" else folder / "Scripts" / "python.exe"
    install = [interpreter, "-I", "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run(install, check=True)
    # Paths in a .pth file come last, and .pth files in them (an editable install's) are not read.
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return interpreter


def test_contents(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for expected in ("py.typed", "__init__.pyi", "kernels/elementwise.py", "backends/sycl/runtime.py"):
        assert f"xpuarray/{expected}" in names
    assert {name.partition("/")[0] for name in names} == {"xpuarray", wheel_info(wheel)}
    assert f"{wheel_info(wheel)}/licenses/LICENSE" in names
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "xpuarray").rglob("*.py")}
    here |= {f"xpuarray/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "kernels").rglob("*.py")}
    assert here == {name for name in names if name.endswith(".py")}


def wheel_info(wheel: Path) -> str:
    """The name of the folder of metadata in a wheel."""
    return "-".join(wheel.name.split("-")[:2]) + ".dist-info"


def test_use_on_each_device(python, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)  # a file: a kernel's source is read from it
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SYCL_", "ONEAPI_", "OCL_"))}
    run = subprocess.run(
        [python, "-I", "script.py"], cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    result = json.loads(run.stdout.splitlines()[-1])
    home = python.parents[1]
    assert Path(result["package"]).is_relative_to(home) and Path(result["kernels"]).is_relative_to(home)
    assert "host:cpu:0" in result["ran"]
    allowed = declared("xpuarray", "sycl", "sklearn")
    if "dpctl" in allowed:
        assert "opencl:cpu:0" in result["ran"]
    # SciPy's tests' tools, Numba and NumPy's f2py import them where they are.
    borrowed = {"cython", "pyyaml", "charset-normalizer", "cffi", "pycparser"}
    undeclared = distributions_of(result["files"]) - allowed - borrowed
    assert not undeclared, f"used, but not among the wheel's dependencies: {undeclared}"


# -- NumPy and Numba alone ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def minimal(wheel, tmp_path_factory) -> Path:
    """The folder of commands of an environment with the wheel and what it requires, linked from this one."""
    folder = tmp_path_factory.mktemp("minimal")
    venv.create(folder, with_pip=True)
    commands = folder / ("bin" if os.name == "posix" else "Scripts")
    install = [commands / "python", "-I", "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run(install, check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for name in declared("xpuarray") - {"xpuarray"}:
        for top in {file.parts[0] for file in importlib.metadata.files(name) or () if file.parts[0] != ".."}:
            if top != "__pycache__":
                (own / top).symlink_to(Path(sysconfig.get_path("purelib")) / top)
    return commands


def said(*command: object, cwd: Path, status: int = 0, **variables: str) -> str:
    """What a command prints there."""
    unset = ("SYCL_", "ONEAPI_", "OCL_", "XPUARRAY_", "PYTHON")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(unset)} | variables
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_numpy_and_numba_are_enough_for_the_host(minimal, tmp_path):
    assert declared("xpuarray") == {"xpuarray", "numpy", "numba", "llvmlite"}
    (tmp_path / "script.py").write_text(SCRIPT)
    result = json.loads(said(minimal / "python", "-W", "error", "script.py", cwd=tmp_path).splitlines()[-1])
    assert result["ran"] == ["host:cpu:0"]
    size = sum(f.stat().st_size for f in minimal.parent.rglob("*") if f.is_file()) / 1e6
    linked = sum(f.stat().st_size for n in declared("xpuarray") for f in files_of(n)) / 1e6
    assert size + linked < 400


def files_of(name: str) -> list[Path]:
    found = [Path(str(f.locate())) for f in importlib.metadata.files(name) or ()]
    return [f for f in found if f.is_file()]


def test_a_missing_device_says_what_installs_it(minimal, tmp_path):
    for device, extra in (("opencl:cpu", "sycl"), ("cuda", "cuda")):
        program = f"import xpuarray as xp; xp.zeros(3, device={device!r})"
        shown = said(minimal / "python", "-c", program, cwd=tmp_path, status=1)
        assert f"(pip install 'xpuarray[{extra}]')" in shown and "devices found:\n    host:cpu:0" in shown
    program = "from xpuarray import sklearn; sklearn.patch_sklearn()"
    shown = said(minimal / "python", "-c", program, cwd=tmp_path, status=1)
    assert "pip install 'xpuarray[sklearn]'" in shown


def test_the_command(minimal, tmp_path):
    for program in ([minimal / "xpuarray"], [minimal / "python", "-m", "xpuarray"]):
        assert said(*program, "--version", cwd=tmp_path).strip() == f"xpuarray {importlib.metadata.version('xpuarray')}"
        assert "doctor" in said(*program, cwd=tmp_path)
    told = said(minimal / "xpuarray", "doctor", cwd=tmp_path, COLUMNS="200")
    assert "xpuarray works; there is room for more:" in told and "-> pip install 'xpuarray[sycl]'" in told


# -- with the hot path compiled, and without --------------------------------------------------------


def test_the_hot_path_is_compiled(wheel):
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    compiled = [name for name in names if name.name.endswith(tuple(EXTENSION_SUFFIXES))]
    assert [f"{'.'.join(c.parent.parts)}.{c.name.partition('.')[0]}" for c in compiled] == sorted(MODULES)
    assert not [name for name in names if name.suffix in (".c", ".h", ".pxd")]
    assert "-none-any" not in wheel.name


@pytest.mark.parametrize(("asked", "compiled"), [(None, True), ("1", True), ("0", False)])
def test_its_source_runs_where_that_is_asked_for(python, tmp_path, asked: str | None, compiled: bool):
    environment = {k: v for k, v in os.environ.items() if k != "XPUARRAY_COMPILE"}
    environment |= {"XPUARRAY_COMPILE": asked} if asked else {}
    script = """
import inspect
import xpuarray as xp
from xpuarray.core import quick
x = xp.asarray([1.0, 2.0], device="host")
assert (x + x[1]).tolist() == [3, 4] and float(x[0]) == 1
assert inspect.signature(xp.Array.__add__).parameters.keys() == {"x1", "x2"}
assert xp.Array.__getitem__.__qualname__ == "Array.__getitem__" and quick.Plan.__doc__
print(quick.COMPILED)"""
    run = subprocess.run(
        [python, "-I", "-c", script], cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout.strip() == str(compiled)


def test_a_wheel_without_it(tmp_path):
    """As it is made where there is no C compiler, or XPUARRAY_COMPILE=0."""
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "tests", "notebooks"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tree]
    environment = {k: v for k, v in os.environ.items() if k != "XPUARRAY_COMPILE"}
    run = subprocess.run(command, env={**environment, "CC": "no-such-compiler"}, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (run.stdout + run.stderr).count("xpuarray runs uncompiled: there is no C compiler (no-such-compiler)") == 1
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")


def test_changed_sources_run_as_they_are(tmp_path):
    """A compiled module that is older than its source is not taken, and who imports it is told."""
    core = tmp_path / "xpuarray" / "core"
    for folder in {Path(*module.split(".")[:-1]) for module in MODULES}:
        ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    (core.parent / "__init__.py").touch()
    made = core / f"quick{EXTENSION_SUFFIXES[0]}"
    made.touch()
    script = """
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    import importlib.util, xpuarray.core
print(importlib.util.find_spec("xpuarray.core.quick").origin, *[t.message for t in told])"""
    said = {}
    for seconds in (0, 4e9):
        os.utime(made, (seconds, seconds))
        run = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
        )
        said[seconds] = run.stdout.strip()
    assert said[4e9] == str(made)
    assert said[0].startswith(f"{core / 'quick.py'} the compiled part of xpuarray is older than its source")


def declared(name: str, *extras: str) -> set[str]:
    """The distribution and all it requires on this platform, directly or not, with these of its extras."""
    found: set[str] = set()
    waiting = [(Requirement(name), ("", *extras))]
    while waiting:
        requirement, wanted = waiting.pop()
        key = normal(requirement.name)
        if key not in found:
            found.add(key)
            more = map(Requirement, importlib.metadata.requires(requirement.name) or ())
            there = [r for r in more if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in wanted)]
            waiting += [(r, ("",)) for r in there]
    return found


def distributions_of(files: list[str | None]) -> set[str]:
    """The installed distributions that these files of this environment's site-packages belong to."""
    site = Path(sysconfig.get_path("purelib"))
    owners = importlib.metadata.packages_distributions()
    tops = {Path(f).relative_to(site).parts[0] for f in files if f and Path(f).is_relative_to(site)}
    return {normal(owner) for top in tops for owner in owners.get(top.partition(".")[0], ())}


def normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
