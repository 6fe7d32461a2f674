"""The wheel: built through the source distribution, installed in an empty environment, used from elsewhere.

The environment borrows the dependencies of this one instead of downloading a gigabyte; what is used
of them is checked against those that the wheel declares.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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
    if "dpctl" in declared("xpuarray"):
        assert "opencl:cpu:0" in result["ran"]
    undeclared = distributions_of(result["files"]) - declared("xpuarray")
    assert not undeclared, f"used, but not among the wheel's dependencies: {undeclared}"


def declared(name: str) -> set[str]:
    """The distribution and all it requires on this platform, directly or not, without extras."""
    found: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        requirement = waiting.pop()
        key = normal(requirement.name)
        if key not in found:
            found.add(key)
            more = map(Requirement, importlib.metadata.requires(requirement.name) or ())
            waiting += [r for r in more if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def distributions_of(files: list[str | None]) -> set[str]:
    """The installed distributions that these files of this environment's site-packages belong to."""
    site = Path(sysconfig.get_path("purelib"))
    owners = importlib.metadata.packages_distributions()
    tops = {Path(f).relative_to(site).parts[0] for f in files if f and Path(f).is_relative_to(site)}
    return {normal(owner) for top in tops for owner in owners.get(top.partition(".")[0], ())}


def normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
