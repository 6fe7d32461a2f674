"""Each way in which an installation is at fault, made: the doctor names the cause, what comes of it, and a cure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import xpuarray as xp
from xpuarray.commands import cli, coverage, doctor, report, runtimes
from xpuarray.commands.report import Problem
from xpuarray.placement.discovery import all_devices

OPENCL_CPU = pytest.mark.skipif(
    not any(d.usable and d.backend == "opencl" for d in all_devices()), reason="there is no OpenCL CPU device to hide"
)


def doctors(tmp_path: Path, *arguments: str, without: str = "", **variables: str) -> dict:
    """What `doctor --json` says in an environment with these variables, or without a module."""
    program = "import sys; from xpuarray.commands import doctor; doctor.check_in_a_process = lambda name: " + (
        "dict(why='', compile_ms=1, run_ms=1, error=0); doctor.main(as_json=True)"
    )
    if without:
        program = f"import sys; sys.modules[{without!r}] = None; {program}"
    ours = ("XPUARRAY_", "SYCL_", "ONEAPI_", "OCL_", "LD_LIBRARY_PATH")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)} | variables
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    return json.loads(done.stdout)


def hiding(told: dict) -> list[dict]:
    """The problems that have the missing SYCL device as a consequence."""
    assert not [p for p in told["problems"] if p["what"].startswith("there is no SYCL device")]
    return [p for p in told["problems"] if any("there is no SYCL device" in so for so in p["so"])]


@OPENCL_CPU
@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("OCL_ICD_FILENAMES", "/nowhere.so", "unset OCL_ICD_FILENAMES"),
        ("XPUARRAY_KERNEL_COMPILER", "foo", "unset XPUARRAY_KERNEL_COMPILER"),
        ("LD_LIBRARY_PATH", "", "out of LD_LIBRARY_PATH"),
    ],
)
def test_what_hides_the_sycl_devices_is_the_cause_and_not_the_packages(tmp_path, name: str, value: str, cure: str):
    if name == "LD_LIBRARY_PATH":  # another loader first: here any library, of which it gets no device
        value = str(tmp_path)
        (tmp_path / "libOpenCL.so.1").write_bytes(Path(runtimes.opencl_driver()).with_name("libtbb.so.12").read_bytes())
    filtered = name == "OCL_ICD_FILENAMES"  # then that the filter admits nothing comes of it, too
    told = doctors(tmp_path, **{name: value}, **({"SYCL_DEVICE_FILTER": "opencl:cpu"} if filtered else {}))
    (cause,) = hiding(told)
    assert cure in cause["remedy"] and not any("reinstall" in p["remedy"] for p in told["problems"])
    if name == "LD_LIBRARY_PATH":
        assert f"{tmp_path}/libOpenCL.so.1 is found before" in cause["what"]
        assert ["OpenCL loader", "", f"{tmp_path}/libOpenCL.so.1"] in told["sections"]["Runtimes"]
    assert told["works"] is not filtered and len(cause["so"]) == 1 + filtered
    assert any("SYCL_DEVICE_FILTER='opencl:cpu' admits no device" in so for so in cause["so"]) is filtered


@OPENCL_CPU
def test_the_loader_is_named():
    report.shown.clear()
    assert not [p for p in runtimes.runtimes() if p.of or p.hides]
    assert ("OpenCL loader", "", str(Path(runtimes.opencl_driver()).with_name("libOpenCL.so.1"))) in report.shown


def test_without_the_sycl_packages_the_extra_is_named(tmp_path):
    told = doctors(tmp_path, without="dpctl")
    (problem,) = [p for p in told["problems"] if "there is no SYCL device" in p["what"]]
    if sys.platform == "linux":
        assert problem["remedy"] == "pip install 'xpuarray[sycl]'"
    assert told["works"]


def test_causes_come_before_consequences_and_the_worst_first():
    consequence, cause = Problem("b", "cure b", of="sycl"), Problem("a", "cure a", hides="sycl")
    other, worst = Problem("c", "cure c", hides="sycl"), Problem("d", "cure d", fatal=True)
    assert report.verdict([consequence, cause, other, worst]) == [(worst, []), (cause, [consequence]), (other, [])]
    assert report.verdict([consequence]) == [(consequence, [])]
    written = report.written([consequence, cause])
    assert written.index("a") < written.index("so b") < written.index("-> cure a") and "cure b" not in written


# -- what is printed --------------------------------------------------------------------------------


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(
        doctor, "check_in_a_process", lambda name: {"why": "", "compile_ms": 1234.5, "run_ms": 1.25, "error": 1.5e-7}
    )


@pytest.mark.parametrize(
    "arguments",
    [["doctor"], ["devices"], ["cache"], ["coverage", "sin", "linalg.norm"], ["coverage", "sklearn"], []],
    ids=" ".join,
)
def test_no_line_is_wider_than_the_terminal(narrow, capsys, arguments: list[str]):
    if "sklearn" in arguments:
        pytest.importorskip("sklearn")
    assert cli.main(arguments) == 0
    wide = [line for line in capsys.readouterr().out.splitlines() if len(line) > 80 and " " in line.strip()]
    assert not [line for line in wide if max(map(len, line.split())) < 60], wide


@pytest.mark.parametrize("arguments", [["devices"], ["cache", "--json"]])
def test_a_reader_may_close_the_pipe(arguments: list[str]):
    program = f"import sys; from xpuarray.commands import cli; sys.argv[1:] = {arguments!r}; sys.exit(cli.program())"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_devices_tells_of_missing_backends_and_the_cure(capsys, monkeypatch):
    why = "the package cupy is not installed (pip install 'xpuarray[cuda]')"
    monkeypatch.setattr("xpuarray.placement.discovery.missing_backends", lambda: {"cuda": why})
    assert cli.main(["devices"]) == 0
    assert capsys.readouterr().out.endswith(f"\nnot available:\n  cuda  {why}\n")


def test_the_version_is_one(capsys):
    import importlib.metadata

    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"xpuarray {xp.__version__}\n"
    assert importlib.metadata.version("xpuarray") == xp.__version__


# -- coverage of some functions ---------------------------------------------------------------------


def test_coverage_of_names(capsys):
    assert coverage.main(["host"], names=["sin", "linalg.norm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["elementwise", "sin", "kernel"], ["linalg", "linalg.norm", "kernel"],
    ]  # fmt: skip
    with pytest.raises(xp.XpuarrayError, match=r"linalg.nrom is not among the \d+ functions; linalg.norm"):
        coverage.main(["host"], names=["linalg.nrom"])


def test_coverage_tells_how_far_it_is(capsys, monkeypatch):
    for looks_on in "1", "0":
        monkeypatch.setenv("XPUARRAY_PROGRESS", looks_on)
        coverage.main(["host"], names=["sin"])
        assert ("1 of 1: sin" in capsys.readouterr().err) == (looks_on == "1")
