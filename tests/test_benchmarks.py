"""The benchmark harness: turns, waiting, ratios, absent contenders, reports.  Nothing here looks at a clock."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from xpuarray.kernels import reduce

from xpuarray.errors import DeviceFilterError

FOLDER = Path(__file__).parents[1] / "benchmarks"


def _import_package():
    """`benchmarks` is no installed package; it is meant for the repository's root."""
    spec = importlib.util.spec_from_file_location(
        "benchmarks", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    sys.modules["benchmarks"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


benchmarks = _import_package()
from benchmarks import __main__ as command  # noqa: E402
from benchmarks import first_call, harness, kernels, kernels_prange, walks  # noqa: E402
from benchmarks.harness import Contender, Options, Race, WrongResultError, check, measure, repeat, report, table  # noqa: E402
from benchmarks.kernels_cuda import CUDA  # noqa: E402

REFERENCE = np.arange(4.0)
OPTIONS = Options(rounds=3, seconds=0.0)


def race(*contenders: Contender, peer: str = "", reference=REFERENCE, **more) -> Race:
    makers = [(c.name, lambda c=c: c) for c in contenders]
    return Race("r", "A race", makers, reference, bound=1e-6, peer=peer, **more)


def timed(name: str, times: list[float], log: list | None = None, part: int | None = None) -> Contender:
    """A contender whose turns take these times: after two calls to find the number of loops, each
    turn is a call to warm up and one that counts."""
    calls = []

    def seconds(loops: int) -> float:
        calls.append(loops)
        if len(calls) <= 2:
            return 1.0
        turn, counts = divmod(len(calls) - 3, 2)
        if log is not None:
            log.append((name, "turn" if counts else "warm-up"))
        return times[turn] * loops if counts else 1.0

    return Contender(name, lambda: REFERENCE[:part], seconds=seconds, part=part)


def test_contenders_take_turns_after_a_warm_up_each():
    log = []
    measure(race(*(timed(name, [1, 1, 1], log) for name in "ABC")), OPTIONS)
    turn = [(name, step) for name in "ABC" for step in ("warm-up", "turn")]
    assert log == turn * 3


def test_ratios_are_formed_within_a_turn():
    # The machine is three times as slow in the last two turns; the ratios do not notice.
    slow = timed("slow", [8, 24, 24])
    fast = timed("fast", [2, 6, 4])
    results = measure(race(slow, fast, peer="slow"), OPTIONS)
    assert [r.name for r in results] == ["slow", "fast"]
    assert results[0].ratios == (1, 1, 1)
    assert results[1].ratios == (4, 4, 6)
    assert (results[1].median, results[1].ratio) == (4, 4)
    assert (results[1].best, results[1].best_ratio) == (2, 4)


def test_cost_is_the_inverse_of_speed():
    contenders = [timed("peer", [2, 2, 2]), timed("own", [3, 3, 3])]
    assert measure(race(*contenders, ratio="cost"), OPTIONS)[1].ratio == 1.5


def test_loops_fill_the_time_asked_for():
    loops = []

    def seconds(n: int) -> float:
        loops.append(n)
        return n * 0.001

    (result,) = measure(race(Contender("A", lambda: REFERENCE, seconds=seconds)), Options(rounds=2, seconds=0.1))
    assert result.loops == 100
    assert loops[-4:] == [1, 100, 1, 100]
    assert result.seconds == pytest.approx((0.001, 0.001))


def test_repeat_starts_and_ends_with_an_idle_device():
    log = []
    seconds = repeat(lambda: log.append("call"), lambda: log.append("wait"))
    assert seconds(3) >= 0
    assert log == ["wait", "call", "call", "call", "wait"]


def test_every_contender_is_checked_before_any_is_timed():
    def never(loops: int) -> float:
        raise AssertionError("timed although another contender is wrong")

    good = Contender("good", lambda: REFERENCE, seconds=never)
    bad = Contender("bad", lambda: REFERENCE + 1e-3, seconds=never)
    with pytest.raises(WrongResultError, match=r"bad is off by 0\.001; 1e-06 is allowed"):
        measure(race(good, bad), OPTIONS)


@pytest.mark.parametrize(
    "values, message",
    [
        (np.full(4, np.nan), "off by nan"),
        (np.arange(3.0), "made 3 of 4 values"),
        (np.empty(0), "made 0 of 4 values"),
    ],
)
def test_poison_and_missing_values_are_wrong(values, message):
    with pytest.raises(WrongResultError, match=message):
        check(race(Contender("A", lambda: values)))


def test_earlier_values_do_not_count():
    out = REFERENCE.copy()  # as if an earlier call had computed it
    lazy = Contender("lazy", lambda: out, poison=lambda: out.fill(np.nan))
    with pytest.raises(WrongResultError, match="lazy is off by nan"):
        check(race(lazy))


def test_values_are_read_after_the_wait():
    out = np.full(4, np.nan)
    late = Contender("late", lambda: out, wait=lambda: np.copyto(out, REFERENCE), poison=lambda: out.fill(np.nan))
    check(race(late))


def test_a_part_is_checked_against_that_part_and_scaled_up():
    whole = timed("whole", [8, 8, 8])
    part = timed("part", [3, 3, 3], part=2)
    results = measure(race(whole, part), OPTIONS)
    assert results[1].seconds == (6, 6, 6)


def missing_library():
    raise ModuleNotFoundError("No module named 'nolib'")


def missing_device():
    raise DeviceFilterError("no device passes\nfound: host")


def test_absent_contenders_are_listed_with_the_reason():
    there = timed("there", [1, 1, 1])
    makers = [("lib", missing_library), ("dev", missing_device), ("there", lambda: there)]
    lone = Race("r", "A race", makers, REFERENCE, bound=0.0)
    assert lone.peer == "there"
    results = measure(lone, OPTIONS)
    text = table(lone, results)
    assert "| lib | absent: No module named 'nolib' | | | |" in text
    assert "| dev | absent: no device passes | | | |" in text
    assert report(lone, results)["absent"] == {"lib": "No module named 'nolib'", "dev": "no device passes"}


def test_an_error_in_a_contender_is_not_absence():
    def broken():
        raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        Race("r", "A race", [("broken", broken)], REFERENCE, bound=0.0)


def test_a_race_needs_its_peer():
    with pytest.raises(ValueError, match=r"the peer 'lib' is not there; absent: .*nolib"):
        Race("r", "A race", [("lib", missing_library)], REFERENCE, bound=0.0, peer="lib")


def test_table_and_report():
    entered = race(timed("slow", [8e-3] * 3), timed("fast", [2e-3, 2e-3, 1e-3]))
    results = measure(entered, OPTIONS)
    lines = table(entered, results).splitlines()
    assert lines[:4] == [
        "### A race",
        "",
        "|  | ms, median | ms, best | times as fast as slow | by the best times |",
        "|---|---|---|---|---|",
    ]
    assert lines[5] == "| fast | 2.00 | 1.00 | **4.00** | 8.00 |"
    written = json.loads(json.dumps(report(entered, results)))
    assert (written["peer"], written["ratio"]) == ("slow", "speed")
    assert written["contenders"][1] == {
        "name": "fast",
        "median_s": 2e-3,
        "best_s": 1e-3,
        "ratio": 4.0,
        "best_ratio": 8.0,
        "loops": 1,
        "seconds": [2e-3, 2e-3, 1e-3],
    }


def test_microseconds_where_times_are_short():
    entered = race(timed("A", [2e-6] * 3))
    assert "| A | 2.00 |" in table(entered, measure(entered, OPTIONS))


@pytest.mark.parametrize(
    "value, text", [(0.0123, "0.0123"), (1.5, "1.50"), (15.26, "15.3"), (152.6, "153"), (24310.0, "24,310")]
)
def test_three_digits(value, text):
    assert harness.digits(value) == text


def test_unknown_benchmark(capsys):
    with pytest.raises(SystemExit):
        command.main(["e2"])
    assert "no benchmark e2; there are e1, launch, article, reductions" in capsys.readouterr().err


@pytest.mark.parametrize("name", benchmarks.DEFAULT + benchmarks.NAMED)
def test_every_contender_of_every_benchmark_is_right(name, capsys):
    """On this machine's devices; a contender with wrong values raises."""
    assert command.main([name, "--quick", "--check"]) == 0
    assert " right, absent: " in capsys.readouterr().out


@pytest.mark.parametrize("name", CUDA)
def test_cuda_sources_compile(name, tmp_path):
    """By NVIDIA's compiler, which has the front end of NVRTC; only a GPU can run them."""
    compiler = shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")
    if compiler is None or not shutil.which("g++"):
        pytest.skip("needs nvcc (a CUDA toolkit) and g++")
    source = tmp_path / "kernel.cu"
    source.write_text(CUDA[name].text)
    options = ["-arch=sm_90", "-Werror=all-warnings", "-cubin", "-o", str(tmp_path / "kernel.cubin")]
    done = subprocess.run([compiler, *options, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert f"__global__ void {CUDA[name].name}(" in CUDA[name].text


def test_every_kernel_has_its_peers():
    assert set(kernels.CASES) == set(CUDA) == set(kernels_prange._LOOPS)


def test_first_calls_with_a_warm_cache_must_not_compile(monkeypatch):
    calls = first_call.FirstCall("host", "kernel", 16, warm=False)
    calls.warm = calls.keeps = True
    monkeypatch.setattr(calls, "run", lambda cache: {"seconds": 1.0, "compiler": ["numba"], "values": []})
    with pytest.raises(WrongResultError, match="with a warm cache a process imported numba"):
        calls.seconds(2)
    calls.keeps = False
    assert calls.seconds(2) == 2


def test_json_holds_times_versions_and_hardware(tmp_path, capsys, monkeypatch):
    file = tmp_path / "out.json"
    lone = race(timed("A", [1, 1, 1]))
    benchmark = SimpleNamespace(races=lambda options: [lone])
    monkeypatch.setitem(sys.modules, "benchmarks.e1", benchmark)
    assert command.main(["e1", "--quick", "--seed", "7", "--json", str(file)]) == 0
    written = json.loads(file.read_text())
    assert [r["contenders"][0]["seconds"] for r in written["races"]] == [[1, 1, 1]]
    assert written["machine"]["versions"]["numpy"] == np.__version__
    assert written["machine"]["seed"] == 7
    assert {"date", "processor", "cores", "devices"} <= written["machine"].keys()
    assert "| A | 1,000 |" in capsys.readouterr().out


def test_walks_count_calls_rooms_and_moves(tmp_path, capsys, monkeypatch):
    """Every journey on every device that is there; a device that isn't is left out."""
    file = tmp_path / "out.json"
    monkeypatch.setattr(walks, "device_names", lambda: ["host", "cuda:gpu:7"])
    assert command.main(["walks", "--json", str(file)]) == 0
    counted = json.loads(file.read_text())["counts"]
    assert [c["name"] for c in counted] == list(walks.journeys("host", OPTIONS))
    for c in counted:
        assert 1 <= c["rooms"] <= c["moves"] + 1 <= c["calls"] == len(c["walk"])
    line = next(c for c in counted if c["name"] == "few + more")
    assert f"| `few + more` | {line['calls']} / {line['rooms']} / {line['moves']} |" in capsys.readouterr().out


def test_walks_are_the_same_each_time():
    few = walks.xp.ones(64, device="host")
    first, second, third = (walks.walk(lambda: few + few) for _ in range(3))
    assert second == third
    assert all((FOLDER.parent / "xpuarray" / step.partition(":")[0]).is_file() for step in first)


def test_walks_see_our_functions_alone():
    assert walks.walk(lambda: json.dumps([1, 2, 3])) == []
    assert walks.walk(lambda: reduce.maximum(1, 2)) == ["kernels/reduce.py:maximum"]
