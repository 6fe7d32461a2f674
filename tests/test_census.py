"""The census and npbench's runner: every call is right, whoever fails is listed, nobody else is hurt."""

from __future__ import annotations

import inspect
import json
import re

import numpy as np
import pytest
import test_benchmarks  # makes `benchmarks` a package that imports

import xpuarray as xp
from benchmarks import census, census_calls, npbench
from benchmarks.census_reasons import why
from xpuarray.commands.coverage import NUMPY, STANDARD

OPTIONS = test_benchmarks.harness.Options(rounds=1, seconds=0.0)
CALLS = list(dict(calls[::-1] for calls in census_calls.calls()))

#: Functions of older NumPys than this one.
GONE = tuple(f"{name}(" for name in ("row_stack",) if not hasattr(np, name))


def test_the_census_calls_every_function():
    functions = {call.partition("(")[0] for texts in (*STANDARD.values(), *NUMPY.values()) for call in texts.split()}
    called = {name for call in CALLS for name in re.findall(r"[\w.]+(?=\()", call)}
    assert functions - called == census_calls.LEFT_OUT
    assert census_calls.OF_SIZE.keys() <= functions


@pytest.mark.parametrize("chapter", sorted({chapter for chapter, _ in census_calls.calls()} - {"random"}))
def test_every_call_of_the_census_is_right(chapter):
    """On the host; a call that NumPy alone gets right, or not even NumPy, would compare nothing."""
    calls = [call for c, call in census_calls.calls() if c == chapter and not call.startswith(GONE)]
    found = [race for call in calls for race in census.races(call, (100,), ["host"], OPTIONS)]
    assert [(race["name"], race["failed"]) for race in found if race["failed"]] == []
    assert all(len(race["contenders"]) == 2 for race in found)


def test_the_census_takes_names_sizes_and_devices(tmp_path, capsys):
    file = tmp_path / "out.json"
    names = ["host", "--only", "^sin", "--sizes", "100,7", "--rounds", "2", "--seconds", "1e-9", "--json", str(file)]
    assert test_benchmarks.command.main(["census", *names]) == 0
    printed = capsys.readouterr().out
    assert "| times the peer takes | host:cpu:0 7 | host:cpu:0 100 | why |" in printed
    assert re.search(r"\| `sinh\(x\)` \| [\d.]+ \| [\d.]+ \| .*\|\n", printed)
    assert re.search(r"worst, host:cpu:0 7: `sin", printed)
    races = json.loads(file.read_text())["races"]
    assert {race["size"] for race in races} == {7, 100}
    assert all(name.startswith("sin") for name in {race["name"] for race in races})
    assert [len(contender["seconds"]) for contender in races[0]["contenders"]] == [2, 2]


def test_wrong_values_and_errors_leave_the_race(monkeypatch):
    monkeypatch.setattr(xp, "cos", xp.sin)
    monkeypatch.setattr(xp, "tan", missing)
    failed = {call: next(census.races(call, (7,), ["host"], OPTIONS))["failed"] for call in ("cos(x)", "tan(x)")}
    assert "is off by" in failed["cos(x)"]["host"]
    assert failed["tan(x)"] == {"host": "TypeError: missing() missing 1 required positional argument: 'k'"}


def test_what_would_take_too_long_is_not_tried(monkeypatch):
    monkeypatch.setattr(census, "TOO_LONG", 0.0)
    first, second = census.races("sin(x)", (7, 100), ["host"], OPTIONS)
    assert first["contenders"] and not second["contenders"]
    assert second["failed"] == {"host": "too long"}


def test_a_call_that_numpy_refuses_is_listed():
    (race,) = census.races("split(x,7)", (100,), ["host"], OPTIONS)
    assert race["failed"] == {"NumPy": "ValueError: array split does not result in an equal division"}


def test_the_summary_counts_what_is_slow():
    def race(name, ratio):
        timed = [{"name": "NumPy", "best_ratio": 1.0}, {"name": "host", "best_ratio": ratio}]
        return {"name": name, "size": 10, "contenders": timed, "failed": {}}

    lost = {"name": "c", "size": 10, "contenders": [], "failed": {"host": "no such function"}}
    text = census.summary([race("a", 4.0), race("b", 1.0), lost], [("host", 10)])
    assert "| host 10 | 2 | 2.00 | 1 | 1 | 0 |" in text
    assert "worst, host 10: `a` 4, `b` 1" in text
    assert "c, 10: host: no such function" in text


def test_what_is_slow_has_a_reason():
    def race(peer, ratio):
        return {"name": "x + y", "size": 10, "contenders": [{"best_s": peer, "best_ratio": r} for r in (1.0, ratio)]}

    assert census._why(race(1e-6, 2.9)) == ""
    assert "Python's way" in census._why(race(1e-6, 3.1))
    assert census._why(race(1e-3, 3.1)) == "?"
    assert census._why({"name": "x + y", "size": 10, "contenders": []}) == ""
    assert "first element" in why("any(b)", 2e-6)
    unknown = {**race(1e-3, 4.0), "failed": {}, "why": "?"}
    unknown["contenders"] = [{"name": name, **c} for name, c in zip(("NumPy", "host"), unknown["contenders"])]
    assert "nobody knows why: x + y, 10" in census.summary([unknown], [("host", 10)])


# -- npbench ---------------------------------------------------------------------------------------


def doubled(a, k):
    a[:] = np.multiply(a, k)
    return np.sum(a)


def missing(a, k):
    return np.no_function_of_ours(a) if np.__name__ != "numpy" else a


def wrong(a, k):
    return a + (0 if np.__name__ == "numpy" else 1e-3)


def endless(a, k):
    while np.__name__ != "numpy":
        a = a + 1
    return a


def initialize(N):
    return np.arange(1.0, N), 2.0


@pytest.fixture
def folder(tmp_path):
    """A checkout of npbench with four programs."""
    for function in (doubled, missing, wrong, endless):
        name = function.__name__
        about = {
            **{"module_name": name, "func_name": name, "relative_path": f"some/{name}", "parameters": {"S": {"N": 9}}},
            "init": {"func_name": "initialize", "input_args": ["N"], "output_args": ["a", "k"]},
            **{"input_args": ["a", "k"], "array_args": ["a"], "output_args": ["a"] if function is doubled else []},
        }
        (tmp_path / "bench_info").mkdir(exist_ok=True)
        (tmp_path / f"bench_info/{name}.json").write_text(json.dumps({"benchmark": about}))
        sources = tmp_path / f"npbench/benchmarks/some/{name}"
        sources.mkdir(parents=True)
        for file, code in ((f"{name}.py", initialize), (f"{name}_numpy.py", function)):
            (sources / file).write_text(f"import numpy as np\n\n{inspect.getsource(code)}")
    return tmp_path


def test_a_program_runs_on_every_device(folder, device):
    program = npbench.Program(folder, "doubled", "S")
    found = npbench.compare(program, [str(device)], 60.0, OPTIONS)
    assert found["failed"] == {}
    assert {"NumPy", str(device)} <= found["sides"].keys()
    assert np.array_equal(program.data["a"], np.arange(1.0, 9))  # nobody wrote into what the next begins with


@pytest.mark.parametrize(
    "name, why",
    [
        ("missing", "AttributeError: .*has no attribute 'no_function_of_ours'"),
        ("wrong", "off by"),
        ("endless", "TimeoutError: over 0 s"),
    ],
)
def test_a_program_that_fails_is_listed(folder, name, why):
    found = npbench.compare(npbench.Program(folder, name, "S"), ["host"], 0.2, OPTIONS)
    assert list(found["sides"]) == ["NumPy"]
    assert re.match(why, found["failed"]["host"])


def test_the_table_of_programs(folder, tmp_path, capsys):
    file = tmp_path / "out.json"
    names = ["host", "--npbench", str(folder), "--programs", "doubled,missing", "--rounds", "2", "--json", str(file)]
    assert test_benchmarks.command.main(["npbench", *names]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"\| doubled \| [\d.e-]+ \| [\d.,e+-]+ \| [\d.e-]+ \| [\d.]+ \|\n", printed)
    assert "host:cpu:0: 1 of 2 right, time over NumPy's: " in printed
    assert "missing, host:cpu:0: AttributeError" in printed
    programs = json.loads(file.read_text())["programs"]
    assert len(programs[0]["sides"]["host:cpu:0"]["seconds"]) == 2
