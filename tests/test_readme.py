"""The README's and the guide's examples run as they stand, on every device that a filter can name; the rest is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pages import GUIDE, examples

import xpuarray as xp

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST, LOOP = examples(README)
EXPLAIN, FUSED, WATCH, LOOPS, KERNELS = GUIDE


@pytest.fixture(params=[d.filter_string for d in xp.devices() if d.usable])
def run(request, tmp_path, monkeypatch):
    """Runs an example as a script on one device; returns the device and the lines printed."""
    monkeypatch.delenv("ONEAPI_DEVICE_SELECTOR", raising=False)
    environment = {**os.environ, "SYCL_DEVICE_FILTER": request.param}

    def start(example: str) -> tuple[str, list[str]]:
        script = tmp_path / "example.py"
        script.write_text(example, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, script], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
        )
        return request.param, done.stdout.splitlines()

    return start


def test_first_example(run):
    device, lines = run(FIRST)
    x = np.linspace(0, 1, 1_000_000)
    z = 2 * np.sin(x) + np.exp(-x)
    place, mean = lines[0].split()
    assert place == device
    assert abs(float(mean) - z.mean()) < 1e-5
    printed = np.array(re.findall(r"[\d.]+(?:e-?\d+)?", lines[1]), dtype=float)
    np.testing.assert_allclose(printed, (2 * x + z)[:3], atol=1e-5)


def test_explain_example(run):
    device, lines = run(EXPLAIN)
    assert lines[0].split() == ["function", "device", "route", "compiled"]
    fuses = device != "host:cpu:0" or os.cpu_count() >= 12  # with fewer cores NumPy is the better choice
    expected = ("sin_add", "sort") if fuses else ("sin", "add", "sort")
    assert [line.split()[:2] for line in lines[1:]] == [[name, device] for name in expected]
    assert all(re.search(r" (kernel \w+\(|library \w|NumPy \w+ on shared)", line) for line in lines[1:])


def test_fusion_example(run):
    _, lines = run(FUSED)
    x = np.linspace(-1, 1, 1_000_000)
    u = x * 2 + 1
    expected = np.sum(np.copysign(np.maximum(np.abs(u) - 0.5, 0), u) - x)
    assert abs(float(lines[0]) / expected - 1) < 1e-5


def test_profile_example(run):
    device, lines = run(WATCH)
    assert lines[0].split()[:3] == ["function", "kind", "device"]
    assert sorted(re.split(r"  +", line)[:3] for line in lines if line.startswith(("sort ", "values "))) == [
        ["sort", "library", device], ["values", "to device", device], ["values", "to host", device],
    ]  # fmt: skip
    assert lines[-1].startswith(f"{device}: in use ")


def test_loops_example(run):
    _, lines = run(LOOPS)
    a = np.zeros((200, 300))
    a[0, :] = 100
    b = np.zeros_like(a)
    for _ in range(20):
        b[1:-1, 1:-1] = (a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:]) / 4
        change = np.abs(b - a)[1:-1, 1:-1].sum()
        a, b = b, a
    np.testing.assert_allclose([float(word) for word in lines[0].split()], [a.sum(), change], rtol=1e-5)
    assert re.fullmatch(r"line \d+: kernel smoothed_\d+ over 198 x 298 iteration\(s\); change by add", lines[1])


def test_loop_example(run):
    _, (line,) = run(LOOP)
    x = np.linspace(0, 1, 1_000_000)
    assert abs(float(line) / (x[x > 0.5] ** 2).sum() - 1) < 1e-4


def test_it_is_short_and_pypi_can_show_it():
    assert len(README.splitlines()) <= 150
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert all(t.startswith("https://") for t in targets)
    ours = [t.partition("/main/")[2] for t in targets]
    assert "docs/bars.png" in ours and not [t for t in ours if not (ROOT / t).exists()]


def test_the_figures_are_those_of_the_files():
    from benchmarks import page

    assert page.everyday() in README
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == page.page()
    for table in re.findall(r"(?:^\|.*\n)+", page.page(), re.MULTILINE):
        assert len({line.replace("\\|", "").count("|") for line in table.splitlines()}) == 1


def test_each_file_says_where_it_comes_from():
    for section in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        assert re.search(r"- commit: .+\n- date: \d{4}-\d\d-\d\d\n- hardware: \w.+\n- versions: python", section), (
            section[:300]
        )


def test_the_error_that_it_shows():
    @xp.kernel
    def k(item, x, n):
        t = np.zeros(n)
        x[0] = t[0]

    with pytest.raises(xp.KernelCompileError) as caught:
        xp.call_kernel(k, xp.Range(4), xp.ones(4, device="host"), 3)
    first, _, *rest = str(caught.value).split("\n")
    shown = README[README.index("    KernelCompileError: ") : README.index("## Beside others")]
    told = " ".join(shown.split())
    assert first.replace("host:cpu:0", "opencl:cpu:0") in told
    assert " ".join("\n".join(rest).split()) in told


def test_the_extras_exist():
    tomllib = pytest.importorskip("tomllib", reason="it is there from Python 3.11 on")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert {"sycl", "cuda", "cuda13", "sklearn", "dask", "all"} <= set(extras)
    assert set(re.findall(r"\[(\w+)\]'`", README)) <= set(extras)
    assert {r.split(">")[0] for r in project["dependencies"]} == {"numpy", "numba"}


def test_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|^    )make ([\w-]+)", README, re.MULTILINE))
    assert {"demo", "test", "bench"} <= commands
    assert commands <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))


def test_kernel_example(run):
    device, lines = run(KERNELS)
    assert re.findall(r"\d+", lines[0]) == ["64"] * 16
    assert lines[-1].endswith("agree; no races seen")
    assert device in lines[-1]
