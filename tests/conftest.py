"""What all tests share: the devices they run on, and the rule that CI must have a SYCL CPU device."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import dpex_left_out
import hypothesis
import older_numpy
import pytest
from scratch import Scratch

from xpuarray.backends.sycl.versions import kernel_compiler
from xpuarray.placement.devices import as_device
from xpuarray.placement.discovery import Device, all_devices
from xpuarray.placement.filters import Filter

older_numpy.provide()

# A kernel's first run compiles it, and `device` is the same for all examples of one test.
hypothesis.settings.register_profile(
    "xpuarray",
    deadline=None,
    max_examples=50,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("xpuarray")


def pytest_configure(config: pytest.Config) -> None:
    """Register our markers, and refuse to run in CI without the device that CI is there to test."""
    config.addinivalue_line("markers", "needs_device(filter): skip where no usable device passes the filter")
    reason = missing_cpu_device(all_devices()) if os.environ.get("CI") else ""
    if reason:
        raise pytest.UsageError(f"CI is set, and the SYCL CPU device is missing: {reason}")


@pytest.fixture(autouse=True)
def plans_are_made_anew() -> None:
    """Tests change what plans depend on, such as whether a device works by tiles, and no key of a plan says that."""
    from xpuarray.fusion import arg_reduction, layout, reduction, row_programs, scan

    for table in (arg_reduction._known, layout._walks, reduction._known, row_programs._known, scan._known):
        table.clear()


def missing_cpu_device(found: list[Device]) -> str:
    """Why the tests would not run on SYCL's CPU device, empty if they would (or it can't exist here)."""
    if not (sys.platform == "linux" and platform.machine() == "x86_64"):
        return ""
    cpus = [d for d in found if d.info.backend == "opencl" and d.info.type == "cpu"]
    if any(d.usable for d in cpus):
        return ""
    return "; ".join(f"{d}: {d.why_not}" for d in cpus) or f"found only {', '.join(map(str, found)) or 'no device'}"


def pytest_xpu_devices(config: pytest.Config) -> list[Device]:
    """Beside the real devices, test on two parts of the CPU and on the fake device."""
    return [*sub_devices(), as_device("fake")]


def sub_devices() -> list[Device]:
    """Two parts of a SYCL CPU device, or nothing where there is none with two compute units."""
    cpus = [d for d in all_devices() if d.usable and d.info.backend == "opencl" and d.info.type == "cpu"]
    return next((cpu.create_sub_devices([1, 1]) for cpu in cpus if cpu.info.compute_units > 1), [])


@pytest.fixture
def device(xpu_device: Device) -> Device:
    """Every usable device in turn, two parts of the CPU and the fake device included; new arrays go to it."""
    sub_devices()  # a part's name stands for the partition last asked for, and a test may have asked for another
    return xpu_device


@pytest.fixture
def two_devices() -> tuple[Device, Device]:
    """Two different devices: parts of the SYCL CPU, or else the host and the fake device."""
    first, second = sub_devices() or (as_device("host"), as_device("fake"))
    return first, second


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, so that both are complete.

    In a copy of the tree: setuptools works in the folder, and another process may be building at the same time.
    """
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(
        Path(__file__).parents[1], folder / "tree", ignore=shutil.ignore_patterns(".*", "build", "*.egg-info")
    )
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, folder / "tree"]
    subprocess.run(command, check=True)
    (path,) = folder.glob("*.whl")
    return path


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests that need hardware or versions which are not here, saying why."""
    if kernel_compiler() == "dpex" and (why := dpex_left_out.reason(item.path.name, item.name)):
        pytest.skip(why)
    for marker in item.iter_markers("needs_device"):
        wanted = Filter.parse(marker.args[0], "needs_device")
        if not any(d.usable and wanted.admits(d.info) for d in all_devices()):
            pytest.skip(f"needs the device {marker.args[0]}; there are {', '.join(map(str, all_devices()))}")


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A copy of the package in which a recipe can be followed."""
    return Scratch(tmp_path)
