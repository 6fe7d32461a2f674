"""The tests of others: a part of them, and what counts them."""

from __future__ import annotations

from pathlib import Path

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
