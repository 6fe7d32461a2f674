"""The command line: `devices`, `doctor`, `demo`, and what they answer when things are not as they should be."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
import types

import pytest

import xpuarray as xp
from xpuarray.backends.host.runtime import HostRuntime
from xpuarray.backends.info import DeviceInfo
from xpuarray.commands import cli, device_check, doctor, packages
from xpuarray.placement import devices as choosing
from xpuarray.placement import discovery
from xpuarray.placement.discovery import Device
from xpuarray.placement.filters import FILTER, SELECTOR


@pytest.fixture(autouse=True)
def no_filters(monkeypatch):
    """Each test sets the variables it is about."""
    for name in (FILTER, SELECTOR, "XPUARRAY_FAKE"):
        monkeypatch.delenv(name, raising=False)


def command_line(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """`python -m xpuarray ...` as a user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "xpuarray", *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


# -- devices ------------------------------------------------------------------------------------


def test_devices_as_json_has_every_fact(capsys):
    assert cli.main(["devices", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [d["filter_string"] for d in listed] == [d.filter_string for d in xp.devices()]
    assert [d["filter_string"] for d in listed if d["default"]] == [xp.default_device().filter_string]
    for facts, device in zip(listed, xp.devices()):
        for field in dataclasses.fields(DeviceInfo):
            value = getattr(device, field.name)
            assert facts[field.name] == (list(value) if isinstance(value, tuple) else value)
        assert facts["usable"] is device.usable


def test_devices_as_a_table_marks_the_default_and_tells_what_is_excluded(monkeypatch, capsys):
    monkeypatch.setenv(FILTER, "host")
    assert cli.main(["devices"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["device", "name", "memory", "units", "float64", "memory", "kinds"]
    assert lines[0].split()[:2] == ["*", "host:cpu:0"]
    excluded = [d.filter_string for d in xp.devices("*") if d.backend != "host"]
    assert ("SYCL_DEVICE_FILTER='host' excludes " + ", ".join(excluded) in lines) == bool(excluded)


def test_a_wrong_filter_is_one_clear_error_and_no_output():
    done = command_line("devices", "--json", SYCL_DEVICE_FILTER="opencl:accelerator")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("DeviceFilterError: SYCL_DEVICE_FILTER='opencl:accelerator' admits no device")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["devices", "--xml"], ["--xml"]])
def test_wrong_usage_has_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m xpuarray" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_names_every_command(arguments, capsys):
    with pytest.raises(SystemExit) if arguments else contextlib.nullcontext() as caught:
        assert cli.main(arguments) == 0
    assert caught is None or caught.value.code == 0
    shown = capsys.readouterr().out
    assert all(name in shown and command.help[:30] in shown for name, command in cli.COMMANDS.items())


@pytest.mark.parametrize("rest", [[], ["--quick", "--devices", "host"], ["--help"]])
def test_demo_gets_the_rest_of_the_line_and_passes_its_status_on(monkeypatch, rest):
    seen = []
    demo = types.SimpleNamespace(main=lambda argv: seen.append(argv) or 3)
    monkeypatch.setitem(sys.modules, "xpuarray.demo", demo)
    monkeypatch.setattr(xp, "demo", demo, raising=False)
    assert cli.main(["demo", *rest]) == 3
    assert seen == [rest]


# -- doctor -------------------------------------------------------------------------------------


def test_doctor_on_this_machine():
    done = command_line("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    sections = [line for line in done.stdout.splitlines() if line in doctor.SECTIONS]
    assert sections == list(doctor.SECTIONS)
    for device in xp.devices():
        checked = [line for line in done.stdout.splitlines() if line.startswith(f"  {device} ") and "right" in line]
        assert len(checked) == device.usable
    assert any(line.split()[:2] == ["numpy", __import__("numpy").__version__] for line in done.stdout.splitlines())


@pytest.fixture
def checks(monkeypatch):
    """The devices whose kernel doctor asked for; each check gives what the dict says, or is right."""
    results: dict[str, dict] = {}
    asked = []

    def check(name):
        asked.append(name)
        return results.get(name, {"why": "", "compile_ms": 1.0, "run_ms": 1.0, "error": 0.0})

    monkeypatch.setattr(doctor, "check_in_a_process", check)
    check.results, check.asked = results, asked
    return check


def test_doctor_reports_a_device_that_computes_wrong(checks, capsys):
    checks.results["host:cpu:0"] = {"why": "its result is wrong by 3"}
    assert cli.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "host:cpu:0      FAILED  its result is wrong by 3" in shown
    assert "xpuarray can't work as it stands:\n  1. a kernel on host:cpu:0 failed: its result is wrong by 3" in shown


@pytest.mark.parametrize(
    ("variable", "value"), [(FILTER, "opencl:accelerator"), (FILTER, "nonsense"), (SELECTOR, "*:accelerator")]
)
def test_doctor_explains_a_wrong_filter_and_still_checks_every_device(checks, monkeypatch, capsys, variable, value):
    monkeypatch.setenv(variable, value)
    assert cli.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert re.search(rf"^  {variable} +{re.escape(repr(value))}$", shown, re.MULTILINE)  # among the variables
    assert f"1. {variable}={value!r}" in shown  # among the problems
    # where there are no SYCL devices, it is the selector that may hide them
    assert "-> change the variable, or unset it" in shown or f"-> unset {variable}" in shown
    assert "python -m xpuarray doctor" not in shown
    monkeypatch.delenv(variable)
    assert checks.asked == [d.filter_string for d in xp.devices() if d.usable]


def test_doctor_shows_what_a_filter_admits(checks, monkeypatch, capsys):
    monkeypatch.setenv(FILTER, "host")
    assert cli.main(["doctor"]) == 0
    assert checks.asked == ["host:cpu:0"]
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert any(row[:1] == ["host:cpu:0"] and "admits" in row and "default:" in row for row in rows)
    for device in xp.devices("*"):
        if device.backend != "host":
            assert any(row[:1] == [str(device)] and "excludes" in row for row in rows)


POCL = DeviceInfo("opencl", "cpu", 0, "pthread", driver="3.1", why_not="its driver (3.1) has no USM")
HOST = DeviceInfo("host", "cpu", 0, "Xeon", driver="NumPy")


@pytest.fixture
def poor_machine(monkeypatch):
    """A made-up machine: an unusable device, the host, no dpctl."""
    found = {"sycl": (Device(HostRuntime(POCL)),), "host": (Device(HostRuntime(HOST)),)}
    monkeypatch.setattr(discovery, "discovered", lambda backend: found.get(backend, ()))
    monkeypatch.setattr(discovery, "_missing", {"cuda": "the package cupy is not installed (pip install cupy)"})
    choosing._best_device.cache_clear()
    yield found
    choosing._best_device.cache_clear()


def test_doctor_tells_of_devices_that_can_not_be_used(checks, poor_machine, capsys):
    assert cli.main(["doctor"]) == 0  # the host works
    assert checks.asked == ["host:cpu:0"]
    shown = capsys.readouterr().out
    assert "xpuarray works; there is room for more:" in shown
    assert "opencl:cpu:0 can't be used: its driver (3.1) has no USM" in shown


def test_doctor_fails_if_no_device_can_be_used(checks, poor_machine, capsys):
    poor_machine["host"] = ()
    assert cli.main(["doctor"]) == 1
    assert checks.asked == []
    assert "can't be used" in capsys.readouterr().out


def test_devices_lists_what_can_not_be_used_with_its_reason(poor_machine, capsys):
    assert cli.main(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("-  opencl:cpu:0") for line in lines)
    assert "- opencl:cpu:0 can't be used: its driver (3.1) has no USM" in lines
    poor_machine["host"] = ()
    choosing._best_device.cache_clear()
    assert cli.main(["devices"]) == 0
    assert "none of these can be used" in capsys.readouterr().out


def test_doctor_names_missing_and_old_packages(checks, monkeypatch, capsys):
    present = {"numpy": "1.20.0", "numba": "0.99", "scikit-learn": "", "dpctl": "", "dpnp": "0.20", "llvmlite": ""}
    required = {
        "numpy": packages.Required("1.26"), "numba": packages.Required("0.66", "0.69"),
        "scikit-learn": packages.Required("1.6", extra="sklearn"), "llvmlite": packages.Required("0.48"),
        "dpctl": packages.Required("0.22", extra="sycl"), "dpnp": packages.Required("0.20", extra="sycl"),
    }  # fmt: skip
    real = packages.version_of
    monkeypatch.setattr(packages, "version_of", lambda name: present.get(name, real(name)))
    monkeypatch.setattr(packages, "has_sycl_wheels", lambda: True)
    monkeypatch.setattr(packages, "_required", lambda: required)
    monkeypatch.setattr(packages.stack, "is_old", lambda: False)
    assert cli.main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "numpy 1.20.0 is older than 1.26\n     -> pip install 'numpy>=1.26'" in shown
    assert "the package llvmlite is missing (compiles kernels)\n     -> pip install 'llvmlite>=0.48'" in shown
    assert "numba 0.99 is newer than" in shown and "-> pip install 'numba>=0.66,<0.69'" in shown
    assert "the package dpctl is missing (SYCL devices, queues and memory)" in shown
    assert "-> pip install 'xpuarray[sycl]'" in shown
    assert "scikit-learn is missing" not in shown  # nobody has to have it
    for name, value in (("has_sycl_wheels", False), ("version_of", "")):  # where there are none, or none is wanted
        monkeypatch.setattr(packages, name, lambda *args, value=value: value)
        assert not [p for p in packages.versions() if "the package dpctl is missing" in p.what]
        monkeypatch.setattr(packages, "has_sycl_wheels", lambda: True)


def test_the_requirements_are_those_of_the_package():
    required = packages._required()
    assert {name for name, r in required.items() if not r.extra} == {"numpy", "numba"}
    assert {name for name, r in required.items() if r.extra == "sycl"} == {"dpctl", "dpnp", "intel-opencl-rt"}
    assert {r.extra for r in required.values()} == {"", "sycl", "sklearn"}
    assert all(packages._numbers(r.least) for r in required.values()) and required["numba"].below


# -- the check of one device --------------------------------------------------------------------


def test_the_check_is_right_on_every_device(device):
    result = device_check.check(device.filter_string)
    assert result["why"] == ""
    assert 0 <= result["error"] <= 2e-6
    assert result["run_ms"] > 0


def test_the_check_finds_a_wrong_result(monkeypatch):
    monkeypatch.setattr(device_check, "asnumpy", lambda a: xp.asnumpy(a) + 1)
    assert device_check.check("host")["why"] == "its result is wrong by 1 (at most 2e-6 is rounding)"


def test_the_check_reports_an_error_as_a_finding():
    assert device_check.check("nonsense")["why"].startswith("DeviceFilterError: the device name 'nonsense'")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import os; os.abort()", "the process ended with signal 6"),
        ("import sys; sys.exit('no such driver')", "the process ended with status 1\nno such driver"),
        ("import time; time.sleep(60)", "it did not end within 2 s"),
    ],
)
def test_a_driver_that_crashes_or_hangs_is_a_finding(monkeypatch, program, why):
    run = subprocess.run

    def crash(command, **options):
        return run([sys.executable, "-c", program], **options)

    monkeypatch.setattr(device_check.subprocess, "run", crash)
    monkeypatch.setattr(device_check, "TIME_LIMIT", 2)
    assert device_check.check_in_a_process("host") == {"why": why}
