"""CONTRIBUTING.md's recipes, each followed in a copy of the package: what a recipe says is all that it takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NO_CACHES = shutil.ignore_patterns("__pycache__")


class Scratch:
    """A copy of the package, to add to."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.package = folder / "xpuarray"
        shutil.copytree(ROOT / "xpuarray", self.package, ignore=NO_CACHES)
        shutil.copytree(ROOT / "kernels", self.package / "kernels", ignore=NO_CACHES)

    def add(self, path: str, text: str) -> None:
        """Write a new file of the package."""
        file = self.package / path
        assert not file.exists()
        file.write_text(textwrap.dedent(text))

    def append(self, path: str, text: str) -> None:
        """Write at the end of a file of the package."""
        with (self.package / path).open("a") as file:
            file.write(textwrap.dedent(text))

    def run(self, program: str, **variables: str) -> str:
        """What a program that uses the copy prints."""
        script = self.folder / "program.py"
        script.write_text(textwrap.dedent(program) + "\nimport xpuarray\nprint(xpuarray.__file__)\n")
        here = {"PYTHONPATH": str(self.folder), "XPUARRAY_CACHE_DIR": str(self.folder / "cache")}
        done = subprocess.run(
            [sys.executable, script], capture_output=True, text=True, env={**os.environ, **here, **variables}
        )
        assert done.returncode == 0, done.stderr
        *printed, used = done.stdout.splitlines()
        assert Path(used) == self.package / "__init__.py", "another xpuarray than the copy"
        return "\n".join(printed)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A copy of the package in which a recipe can be followed."""
    return Scratch(tmp_path)


def test_a_backend_is_one_folder(scratch: Scratch):
    """Or one module, as here."""
    scratch.add(
        "backends/toy.py",
        """
        from xpuarray.backends.contract import Runtime
        from xpuarray.backends.info import DeviceInfo
        from xpuarray.backends.registry import Backend


        def discover() -> list[Runtime]:
            from xpuarray.backends.host.runtime import HostRuntime

            return [HostRuntime(DeviceInfo("toy", "accelerator", 0, "a toy"))]


        BACKEND = Backend(discover, ranks={"toy": 9})
        """,
    )
    program = """
        import xpuarray as xp

        @xp.kernel
        def double(item, x):
            x[item.get_id(0)] *= 2

        x = xp.zeros(3, device="toy:accelerator:0") + 1
        xp.call_kernel(double, xp.Range(3), x)
        print(x.device, xp.asnumpy(xp.sum(x)), "toy:accelerator:0" in map(str, xp.devices("*")))
        print(xp.zeros(3).device, xp.asarray(range(3), device="host").to_device("toy").device)
    """
    assert scratch.run(program, SYCL_DEVICE_FILTER="toy", ONEAPI_DEVICE_SELECTOR="").splitlines() == [
        "toy:accelerator:0 6.0 True",
        "toy:accelerator:0 toy:accelerator:0",
    ]
    refused = "import xpuarray as xp\ntry: xp.devices('tony')\nexcept xp.DeviceFilterError as error: print(error)"
    assert "toy) or" in scratch.run(refused)


def test_a_backend_that_can_not_be_imported_is_missing(scratch: Scratch):
    scratch.add("backends/broken.py", "import a_package_of_nobody\n")
    program = """
        from xpuarray.placement.discovery import all_devices, missing_backends
        print("host:cpu:0" in map(str, all_devices()), missing_backends()["broken"])
    """
    assert scratch.run(program) == "True the package a_package_of_nobody is not installed"
