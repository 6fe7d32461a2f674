"""1,500 random array programs, the same each time, on the devices that are there; and that the fuzzer finds faults."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.conformance.fuzz import arrays, command
from xpuarray.conformance.fuzz.compare import _one, check
from xpuarray.conformance.fuzz.functions import GROUPS
from xpuarray.conformance.fuzz.generate import program
from xpuarray.conformance.fuzz.program import Step
from xpuarray.conformance.fuzz.worker import Died, Worker

#: What the library of the device has to compile for these takes most of the time, so it gets the fewer ones.
PROGRAMS = {"host": 1100, "opencl:cpu": 400, "cuda": 400}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.timeout(600)
def test_programs(name: str) -> None:
    """No difference from NumPy, no crash and no hang."""
    try:
        xp.asarray(0, device=name)
    except xp.XpuarrayError:
        pytest.skip(f"there is no {name}")
    outcome = arrays.run(name, programs=PROGRAMS[name], seed=1, compiled=0)
    assert not outcome.found, "\n".join(map(str, outcome.found))
    assert outcome.ran + outcome.left_out == PROGRAMS[name]


def test_there_are_150_functions() -> None:
    """Names of functions; operators, and ways to index, come on top."""
    names = {name for group in GROUPS for name in group.names}
    assert (
        len([name for name in names if hasattr(np, name) or hasattr(np.linalg, name) or hasattr(np.fft, name)]) >= 150
    )


def test_a_program_is_known_by_its_number() -> None:
    """Drawn again, it is the same."""
    assert [program(3, k) for k in range(20)] == [program(3, k) for k in range(20)]
    assert program(3, 1) != program(4, 1)


# -- what it is to find ---------------------------------------------------------------------------

LINES = ("v0 = lib.asarray(values('int32', (3, 4), 1))", "v1 = v0[:, ::-1]", "v2 = v1 + 1", "v1[0] = 5", "v3 = v0 * 2")


def steps(*lines: str) -> list[Step]:
    return [Step(line) for line in lines]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("v4 = lib.sum(v0) if lib is not xp else lib.sum(v0) + 1", "values"),
        ("v4 = v0 if lib is not xp else v0[:2]", "shape"),
        ("v4 = v0 if lib is not xp else lib.astype(v0, 'int64')", "dtype"),
        ("v4 = lib.reshape(v0, (5,)) if lib is not xp else v0", "exception"),
        ("v4 = v0 if lib is not xp else lib.reshape(v0, (5,))", "exception"),
        ("v1[1] = 7 if lib is not xp else 8", "values"),
    ],
)
def test_a_difference_is_found(line: str, kind: str) -> None:
    """In values, in what a view shares, in shape, dtype and errors."""
    assert check(steps(*LINES), "host") is None
    found = check(steps(*LINES, line), "host")
    assert found is not None and found[0] == kind


def test_floats_are_compared_by_the_condition_of_their_program() -> None:
    """1e-7 of a difference of nearly equal numbers is rounding; of a sum of positive ones it is a fault."""
    lines = ["v0 = lib.asarray(values('float64', (50,), 1))", "v1 = lib.exp(v0)", "v2 = lib.log(v1)"]
    off = "v3 = v2 - v0 if lib is not xp else v2 - v0 + 1e-16"
    inexact = [Step(lines[0]), Step(lines[1], 4.0), Step(lines[2], 4.0), Step(off)]
    assert check(inexact, "host") is None
    wrong = [*inexact[:3], Step("v3 = v2 if lib is not xp else v2 * (1 + 1e-7)")]
    assert check(wrong, "host") is not None


def test_a_difference_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the lines it needs, few elements and plain operands."""
    wrong = "v4 = lib.sort(v3) + (lib is xp)"
    whole = steps(*LINES, wrong, "v5 = v4 + v0")
    monkeypatch.setattr(arrays, "program", lambda *given, **options: whole)
    with Worker(arrays.answer) as worker:
        finding = arrays.asked(worker, "host", whole)
        assert finding is not None
        found = arrays.minimised(worker, "host", arrays.Drawn(1, 0, 1.0), finding)
    assert found.kind == "values"
    lines = [line.strip() for line in found.script.splitlines()]
    assert sum(line.startswith("v") for line in lines) <= 3, found.script
    assert not any("(3, 4)" in line for line in lines), found.script
    names: dict[str, Any] = {}
    exec(compile(found.script, "script", "exec"), names)  # it runs


# -- processes ------------------------------------------------------------------------------------


def test_a_crash_and_a_hang_are_told_and_the_next_request_is_answered() -> None:
    """With the signal, and what the process wrote."""
    with Worker(ctypes.string_at, limit=30) as worker:
        with pytest.raises(Died, match=r"SIGSEGV.*Segmentation fault") as died:
            worker.ask(8)
        assert died.value.kind == "crash"
    with Worker(time.sleep, limit=5) as worker:
        assert worker.ask(0) is None
        with pytest.raises(Died, match="no answer within 5 s") as died:
            worker.ask(1000)
        assert died.value.kind == "hang"
        assert worker.ask(0) is None


def test_what_a_request_raises_comes_back() -> None:
    with Worker(abs, limit=30) as worker:
        assert worker.ask(-3) == 3
        with pytest.raises(TypeError, match="bad operand"):
            worker.ask("a")
        assert worker.ask(-4) == 4


def test_jobs_share_the_numbers(capfd: pytest.CaptureFixture[str]) -> None:
    """All that one would run, and one line for each half."""
    given = ["host", "--programs", "7", "--kernels", "5", "--jobs", "2"]
    assert command.main(given) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [re.sub(r"in \d+ s, [\d.]+", "in S s, R", line) for line in lines] == [
        "host: 7 array programs in S s, R a second",
        "host: 5 kernels in S s, R a second",
        "0 differences",
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_ends_all_jobs(jobs: int) -> None:
    """At once, with no word of a crash, and no process is left."""
    arguments = [sys.executable, "-m", "xpuarray.conformance", "fuzz", "host", "--programs", "1000000"]
    with subprocess.Popen(
        [*arguments, "--jobs", str(jobs)], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as fuzzing:
        children = Path(f"/proc/{fuzzing.pid}/task").glob
        while sum(len(path.read_text().split()) for path in children("*/children")) < jobs:
            assert fuzzing.poll() is None
            time.sleep(0.1)
        os.killpg(fuzzing.pid, signal.SIGINT)  # as a terminal does
        assert fuzzing.communicate(timeout=60) == ("interrupted\n", None)
    assert fuzzing.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(fuzzing.pid, 0)


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "float32", "float64", "complex64", "complex128"])
def test_on_cuda_small_singles_may_be_0(dtype: str) -> None:
    """And nothing else may."""
    small = np.array([0, 1, 1e-40], dtype)
    zeros = xp.asarray(np.array([0, 1, 0], dtype), device="host")
    differ = bool((xp.asnumpy(zeros) != small).any())
    found = {flushes: _one(small, zeros, True, None, None, flushes) for flushes in (False, True)}  # type: ignore[arg-type]
    assert (found[False] is not None) == differ
    assert (found[True] is not None) == (differ and dtype not in ("float32", "complex64"))
    assert _one(small, zeros + zeros, True, None, None, True) is not None  # type: ignore[arg-type]
