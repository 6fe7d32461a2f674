"""The pytest plugin, as a user's own test suite sees it: every run here is a pytest process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import xpuarray as xp

SUITE = """
import xpuarray as xp

def test_new_arrays_go_there(xpu_device):
    assert xp.ones(3).device is xpu_device
    assert xp.default_device() is xpu_device

def test_without_device():
    pass
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """Runs a test file with the options given, without this environment's filters."""
    monkeypatch.delenv("SYCL_DEVICE_FILTER", raising=False)
    monkeypatch.delenv("ONEAPI_DEVICE_SELECTOR", raising=False)

    def run(*options, source=SUITE, conftest=""):
        pytester.makepyfile(source)
        pytester.makeconftest(conftest)
        return pytester.runpytest_subprocess("-v", *options)

    return run


def test_each_usable_device_is_a_run_of_its_own(suite, monkeypatch):
    result = suite()
    monkeypatch.delenv("SYCL_DEVICE_FILTER", raising=False)
    usable = [d.filter_string for d in xp.devices() if d.usable]
    assert "host:cpu:0" in usable
    result.assert_outcomes(passed=len(usable) + 1)
    result.stdout.fnmatch_lines(["xpu devices:", *(f"  {name} *" for name in usable)])
    for name in usable:
        result.stdout.fnmatch_lines([f"*::test_new_arrays_go_there[[]{name}[]] PASSED*"])


def test_option_restricts(suite):
    result = suite("--xpu-devices=HOST:*")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_new_arrays_go_there[[]host:cpu:0[]] PASSED*"])


def test_environment_restricts_and_option_overrules(suite, monkeypatch):
    monkeypatch.setenv("SYCL_DEVICE_FILTER", "opencl:gpu:7")
    suite("--xpu-devices=host").assert_outcomes(passed=2)
    monkeypatch.setenv("SYCL_DEVICE_FILTER", "host")
    suite().assert_outcomes(passed=2)


@pytest.mark.parametrize("text", ["nonsense", "opencl:gpu:7"])
def test_filter_without_devices_is_an_error_that_quotes_it(suite, text):
    result = suite(f"--xpu-devices={text}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{text}*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_conftest_adds_devices(suite):
    conftest = """
        from xpuarray.placement.devices import as_device

        def pytest_xpu_devices(config):
            return [as_device("fake")]
    """
    result = suite("--xpu-devices=fake", conftest=conftest)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["  fake:gpu:0 *", "*test_new_arrays_go_there[[]fake:gpu:0[]] PASSED*"])


def test_errors_of_the_device_fail_the_test_that_caused_them(suite):
    source = """
        def test_leaves_an_error_behind(xpu_device):
            def wait():
                raise RuntimeError("the kernel failed")
            xpu_device.runtime.wait = wait
    """
    result = suite("--xpu-devices=host", source=source)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError: the kernel failed*"])


def test_suites_without_the_fixture_look_for_no_devices(suite):
    source = """
        import sys

        def test_nothing_is_loaded():
            assert "xpuarray.pytest_plugin" in sys.modules
            assert not {"numba", "dpctl", "dpnp", "sklearn", "xpuarray.backends.host.runtime"} & set(sys.modules)
    """
    result = suite(source=source)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*xpu devices*")


@pytest.mark.needs_device("opencl:cpu")
def test_ci_without_the_sycl_cpu_device_does_not_start(tmp_path):
    """The rule in our conftest.py; naming no OpenCL driver hides the device."""
    root = Path(__file__).parents[1]
    hidden = {"OCL_ICD_FILENAMES": str(tmp_path / "none.so"), "OCL_ICD_VENDORS": str(tmp_path)}

    def start(**environment):
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(root / "tests" / "test_plugin.py")]
        return subprocess.run(command, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True)

    assert start(CI="true").returncode == pytest.ExitCode.OK
    refused = start(CI="true", **hidden)
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the SYCL CPU device is missing: found only host:cpu:0" in refused.stderr
    assert start(CI="", **hidden).returncode == pytest.ExitCode.OK
