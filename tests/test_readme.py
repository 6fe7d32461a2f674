"""The README's examples run as they stand, on every device that a filter can name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import xpuarray as xp

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FIRST, EXPLAIN, FUSED, WATCH, LOOPS, KERNELS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


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


def test_commands_exist():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|^    )make ([\w-]+)", README, re.MULTILINE))
    assert {"demo", "test", "bench"} <= commands
    assert commands <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))


def test_kernel_example(run):
    device, lines = run(KERNELS)
    assert re.findall(r"\d+", lines[0]) == ["64"] * 16
    assert lines[-1].endswith("agree; no races seen")
    assert device in lines[-1]
