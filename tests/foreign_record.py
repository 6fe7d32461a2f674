"""A pytest plugin for the processes in which the tests of others run: one line a test, written as soon as it is known.

A process may crash or hang: what had begun stands in the record, and the next process goes on behind it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RECORD = Path(os.environ["FOREIGN_RECORD"])
#: A pattern of tests that are left out by their names.
LEFT_OUT = re.compile(os.environ.get("FOREIGN_LEFT_OUT", "") or "$^")
#: Of a thousand tests as many run, always the same ones.
SAMPLE = int(os.environ.get("FOREIGN_SAMPLE", "1000"))


def _write(**line: Any) -> None:
    with RECORD.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """The marks of CuPy's and NumPy's tests."""
    for mark in ("slow", "multi_gpu", "leaks_references", "parallel_threads", "thread_unsafe"):
        config.addinivalue_line("markers", f"{mark}: theirs")
    if not config.option.markexpr:
        config.option.markexpr = "not slow"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what an earlier process has begun, what the sample leaves out, and what is left out by name."""
    seen = {json.loads(line).get("test") for line in RECORD.read_text(encoding="utf-8").splitlines()}
    items[:] = [i for i in items if i.nodeid not in seen and zlib.crc32(i.nodeid.encode()) % 1000 < SAMPLE]
    for item in items:
        if LEFT_OUT.search(item.nodeid):
            _write(test=item.nodeid, outcome="left out", cause="")
    items[:] = [i for i in items if not LEFT_OUT.search(i.nodeid)]


def pytest_collection_finish() -> None:
    if "numpy_standin" in sys.modules:
        sys.modules["numpy_standin"].begin()  # type: ignore[attr-defined]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _write(test=report.nodeid, outcome="error", cause=_last_line(str(report.longrepr)))


def _touched() -> int:
    """How often a test has reached for something of xpuarray's, of NumPy's tests; others do nothing else."""
    global _calls
    _calls += 1
    return getattr(sys.modules.get("numpy_standin"), "touched", _calls)


_calls = _before = 0


def pytest_runtest_logstart(nodeid: str) -> None:
    global _before
    _before = _touched()
    _write(test=nodeid, outcome="begun")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if report.when == "call" or not report.passed:
        failed = report.failed and call.excinfo is not None
        outcome = "beside" if report.passed and _touched() == _before else report.outcome
        _write(test=report.nodeid, outcome=outcome, cause=_cause(call.excinfo) if failed else "")
    return report


def pytest_sessionfinish() -> None:
    _write(outcome="end")


def _last_line(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.strip().splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _cause(found: pytest.ExceptionInfo[BaseException]) -> str:
    """What it comes down to, in a line: what the two libraries said, where CuPy's tests compare that; of an assertion
    that says nothing, its statement."""
    error = found.value
    text = str(error).strip()
    if not text:
        statements = [str(e.statement).strip() for e in found.traceback if e.path.name.startswith("test_")]
        text = " ".join(statements[-1].split()) if statements else ""
    head = text.partition("\n")[0]
    if head in ("Only cupy raises error", "Error was raised from test code."):
        return _raised(text)
    if head == "Only numpy raises error":
        return f"no error where NumPy raises {_raised(text)}"
    if head in ("Different types of errors occurred", "Both cupy and numpy raise exceptions"):
        ours, _, numpys = text.partition("\nnumpy\n")
        return f"{_raised(ours)} | NumPy: {_raised(numpys)}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join((f"{type(error).__name__}:", *lines[:4]))[:600]


def _raised(text: str) -> str:
    """The first line of the last error in a traceback's text."""
    starts = [line for line in text.splitlines() if re.match(r"[\w.]+(Error|Warning|Exception|Skipped)\b", line)]
    return starts[-1] if starts else _last_line(text)


# -- what dpnp's conftest gives CuPy's tests ---------------------------------------------------------------------------


@pytest.fixture
def allow_fall_back_on_numpy() -> None:
    """Nothing falls back."""


def _ignoring(category: type[Warning], message: str = "") -> Any:
    @pytest.fixture
    def ignoring() -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message, category)
            yield

    return ignoring


suppress_complex_warning = _ignoring(np.exceptions.ComplexWarning)
suppress_divide_numpy_warnings = _ignoring(RuntimeWarning, "divide")
suppress_invalid_numpy_warnings = _ignoring(RuntimeWarning, "invalid")
suppress_divide_invalid_numpy_warnings = _ignoring(RuntimeWarning)
suppress_dof_numpy_warnings = _ignoring(RuntimeWarning, "Degrees of freedom")
suppress_mean_empty_slice_numpy_warnings = _ignoring(RuntimeWarning, "Mean of empty slice")
suppress_overflow_encountered_in_cast_numpy_warnings = _ignoring(RuntimeWarning, "overflow encountered in cast")
