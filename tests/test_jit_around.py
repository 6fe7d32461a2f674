"""xp.jit: a loop over `range` around pranges is the host's compiled code on CPUs, and means what it means in Python."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from typing import Any

import loop_programs
import numpy as np
import pytest

import xpuarray as xp
from xpuarray import Device, prange
from xpuarray.loops import around, pace


def shortest_paths(x, y):
    for k in range(x.shape[0]):
        for i in prange(x.shape[0]):
            x[i, :] = np.minimum(x[i, :], x[i, k] + x[k, :])


def backwards(x, y):
    for k in range(x.shape[0] - 1, 0, -2):
        for i in prange(k, 0, -1):
            for j in prange(1, x.shape[1], 2):
                x[i, j] += y[k, j] * i


def relaxed(x, y):
    """Numbers before, in and after the loop; branches, and a loop that is left early."""
    largest, count, k = 0.0, 3, 0
    for k in range(50):
        if k % 3 == 1:
            continue
        for i in prange(1, x.shape[0] - 1):
            y[i, 1] = (x[i - 1, 1] + x[i + 1, 1]) / 2
        for i in prange(1, x.shape[0] - 1):
            x[i, 1] = y[i, 1]
        largest = max(largest, y[1, 1] * k)
        count += k
        if count > 60:
            break
    return k, count, largest


def nested(x, y):
    for t in range(3):
        for s in range(t, 4):
            x[s, 0] = t - s
            while x[s, 0] < 2:
                x[s, 0] += 1
                for i in prange(x.shape[1]):
                    y[s, i] += x[t, i]


def rows(x, y):
    for i in range(x.shape[0]):
        for j in prange(x.shape[1]):
            y[i, j] += np.dot(x[i:, 0], x[i:, j])
        x[i, :] += 2 * y[i, :] * x[i, i]


def of_one_or_none(x, y):
    for i in range(4):
        for j in prange(i, 2):
            x[i, j] = 7 + j
        for j in prange(4, i):
            x[j, j] = 1


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why each loop around pranges ran as Python; empty if as compiled code."""
    found: list[str] = []
    run = around._Compiled.run

    def noted(self: Any, values: Any, turns: Any) -> Any:
        done = run(self, values, turns)
        found.append(done if isinstance(done, str) else "")
        return done

    monkeypatch.setattr(around._Compiled, "run", noted)
    return found


def given(dtype: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.integers(1, 9, (9, 9)).astype(dtype) for _ in range(2)]


@pytest.mark.parametrize("dtype", ["int32", "float32"])
@pytest.mark.parametrize("function", [shortest_paths, backwards, relaxed, nested, rows, of_one_or_none])
def test_it_is_pythons(device: Device, function: Any, dtype: str, compiled: list[str]):
    here = given(dtype)
    expected = function(*here)
    there = [xp.asarray(x, device=device) for x in given(dtype)]
    found = xp.jit(function)(*there)
    for a, b in zip(there, here):
        np.testing.assert_allclose(xp.asnumpy(a), b, rtol=1e-4)
    if expected is not None:
        assert [*map(float, found)] == pytest.approx(expected, rel=1e-5)
    if device.type == "cpu":
        assert compiled and not any(compiled)
    else:
        assert not compiled


def test_random_loops_are_pythons(device: Device, compiled: list[str]):
    rng = random.Random(1)
    for _ in range(12):
        source, ndim = loop_programs.written(rng)
        source = loop_programs.repeated(rng, loop_programs.with_updates(rng, source))
        found = loop_programs.ran(source, ndim, str(device))
        assert not found, f"{found}\n{source}"
    assert device.type != "cpu" or compiled.count("") > 1


def test_what_is_told(device: Device):
    told = xp.jit(shortest_paths).explain(*(xp.asarray(x, device=device) for x in given("int32"))).splitlines()
    assert "kernel shortest_paths_" in told[-1] and "in three parts" in told[-1]
    if device.type == "cpu":
        assert "9 turn(s), which start the kernels inside" in told[0]
    else:
        assert len(told) == 1


def test_what_is_no_number_stays_python(device: Device, compiled: list[str]):
    @xp.jit
    def swapped(x, y):
        for _ in range(3):
            for i in prange(x.shape[0]):
                y[i] = x[i] + 1
            x, y = y, x
        return x

    x = xp.zeros(4, dtype=xp.float32, device=device)
    np.testing.assert_array_equal(xp.asnumpy(swapped(x, x.copy())), 3)

    @xp.jit
    def part(x):
        for k in range(2):
            row = x[k]
            for i in prange(2, x.shape[0]):
                x[i, 0] += row[1]

    with pytest.raises(xp.RaceError, match="shares memory"):
        part(xp.ones((4, 2), dtype=xp.float32, device=device))
    assert all(compiled)


def test_errors_are_the_loops_own(device: Device):
    def race(x):
        for k in range(3):
            for i in prange(x.shape[0] - 1):
                x[i] = x[i + 1] + k

    def read_after(x):
        last = 1
        for k in range(3):
            for i in prange(x.shape[0]):
                last = i * k
                x[i] = last
            x[0] = last

    x = xp.zeros(4, dtype=xp.float32, device=device)
    with pytest.raises(xp.RaceError, match="may read"):
        xp.jit(race)(x)
    with pytest.raises(xp.LoopError, match="`last` is set in a prange and read after it"):
        xp.jit(read_after)(x)

    @xp.jit
    def shared(x, y):
        for _ in range(2):
            for i in prange(y.shape[0]):
                y[i] = x[i] + 1

    with pytest.raises(xp.RaceError, match="shares memory"):
        shared(x[1:], x[:3])


def test_large_arrays_are_for_the_devices_own_kernels(device: Device, compiled: list[str]):
    @xp.jit
    def add(x):
        for k in range(2):
            for i in prange(x.shape[0]):
                x[i] += k

    x = xp.zeros(1 << 18, dtype=xp.float32, device=device)
    add(x)
    np.testing.assert_array_equal(xp.asnumpy(x), 1)
    if device.backend == "host":
        assert compiled == [""]
    elif device.type == "cpu":
        assert "more than" in compiled[0]


@pytest.fixture
def interruptible() -> Any:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no os.kill with SIGINT")
def test_it_can_be_interrupted(device: Device, interruptible: None):
    if device.type != "cpu":
        pytest.skip("Python launches each kernel there")

    @xp.jit
    def endless(x, n):
        for k in range(n):
            for _ in range(n):
                for i in prange(x.shape[0]):
                    x[i] += k

    x = xp.zeros(4, dtype=xp.float32, device=device)
    endless(x, 3)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        endless(x, 1 << 30)
    assert time.perf_counter() - began < 1.3
    endless(x, 3)


def test_looks_come_every_so_often():
    left, times = np.zeros(1, np.int64), []
    with pace.Pace(left):
        began = time.perf_counter()
        while time.perf_counter() - began < 0.5:
            pace.look()
            times.append(time.perf_counter())
            time.sleep(0.001 * left[0])
    assert len(times) > 5 and max(np.diff(times)) < 0.25
