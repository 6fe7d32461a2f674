"""The tests of others: a part of them, and what counts them."""

from __future__ import annotations

import json
from pathlib import Path

import cupy_suite
import dpnp_suite
import numpy_suite
import pytest
from foreign_rules import RULES, rule_of
from foreign_runs import arguments, report, run_files

THEIRS = """
import os, time
def test_right(): pass
def test_wrong(): assert 1 == 12
def test_skipped(): __import__("pytest").skip("why")
def test_crash(): os._exit(3)
def test_behind_the_crash(): pass
def test_hang(): time.sleep(60)
def test_last(): raise ValueError("extent 5 is wrong")
"""


def test_every_test_is_counted_though_processes_die(tmp_path: Path):
    (tmp_path / "test_theirs.py").write_text(THEIRS, encoding="utf-8")
    (tmp_path / "test_broken.py").write_text("import nothing_of_that_name", encoding="utf-8")
    options = arguments(None).parse_args(["--limit", "4"])
    found = run_files(tmp_path, ["test_theirs.py", "test_broken.py"], options)
    outcomes = {o.test.rpartition("::")[2]: o.outcome for o in found}
    assert outcomes == {
        **{"test_right": "passed", "test_wrong": "failed", "test_skipped": "skipped", "test_crash": "crash"},
        **{"test_behind_the_crash": "passed", "test_hang": "timeout", "test_last": "failed"},
        "test_broken.py": "error",
    }
    told = report("title", found, causes=9)
    assert "title: 8 tests, 1 crash, 1 error, 2 failed, 2 passed, 1 skipped, 1 timeout" in told
    assert "1  ValueError: extent N is wrong" in told


@pytest.mark.parametrize(
    "suite, options",
    [
        (cupy_suite, ["--only", "logic_tests/|manipulation_tests/|sorting_tests/|binary_tests/", "--sample", "70"]),
        (numpy_suite, ["--only", "lib_test_(shape_base|twodim|arraysetops|histograms|arraypad)", "--sample", "250"]),
        (dpnp_suite, ["--only", "test_(sort|sum|bitwise|nanfunctions|product|manipulation)", "--sample", "20"]),
    ],
    ids=["cupy", "numpy", "dpnp"],
)
def test_a_sample_holds(suite: object, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The short form of `make foreign`: nine of ten hold or fail by a rule of ours, and no process dies."""
    outcomes = tmp_path / "outcomes.json"
    status = suite.main([*options, "--together", "--json", str(outcomes)])  # type: ignore[attr-defined]
    told = capsys.readouterr().out
    if not outcomes.exists():
        pytest.skip(told.strip())  # says where the tests come from
    found = json.loads(outcomes.read_text(encoding="utf-8"))
    passed = [o for o in found if o["outcome"] == "passed"]
    wrong = [o for o in found if o["outcome"] in ("failed", "error") and not rule_of(o["test"], o["cause"])]
    assert status == 0, told
    assert len(passed) > 100 and len(passed) >= 9 * len(wrong), told


def test_a_rule_is_known_by_its_messages():
    """None explains all failures, and each says what it is in words."""
    for rule in RULES:
        assert rule_of("test_x.py::test_plain", "AssertionError: assert 1 == 2") is None
        assert rule.text and any(pattern != "$^" for pattern in rule[1:])
    told = "ImplicitTransferError: add: an operand is a numpy array"
    assert rule_of("test_x.py::test_plain", told) == RULES[0].text
