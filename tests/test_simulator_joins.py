"""The simulator's variables have one type where ways meet, as those of compiled kernels do."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import xpuarray as xp
from xpuarray.compiler.targets import simulated_joins, simulator
from xpuarray.conformance.suite import kernel_from
from xpuarray.placement.devices import as_device

N = 6


def branch(item, a, b, o):
    i = item.get_id(0)
    v = a[i]
    if i > 2:
        v = b[i]
    o[i] = (v // 2) + v / 3


def conditional(item, a, b, o):
    i = item.get_id(0)
    o[i] = (a[i] if i > 2 else b[i]) // 2 * 3


def in_a_loop(item, a, b, o):
    i = item.get_id(0)
    total = 0
    for k in range(i + 1):
        if k == 3:
            continue
        total += b[k] if k > 1 else a[k] * 3
    o[i] = total // 2 - total


def while_it_grows(item, a, b, o):
    i = item.get_id(0)
    v, turn = a[i], 0
    while turn < 3 and v // 3 < 40:
        turn += 1
        v = v * 3 + b[i] if turn > 1 else v
    o[i] = v // 2 + turn


def chosen(x, y):
    if x > 2:
        return x
    elif x < -1:
        return y
    return x * 3


def called(item, a, b, o):
    i = item.get_id(0)
    o[i] = chosen(a[i], b[i]) // 2 + chosen(b[i], i) * 2 + (chosen(i, a[i]) == i)


def before_it_joins(item, a, b, o):
    """It is an integer as long as nothing else was met."""
    i = item.get_id(0)
    v = a[i]
    o[i] = v // 2 + (v & 1)
    if v > 3:
        v = v * 0.3
    o[i] += v


def either(item, a, b, o):
    i = item.get_id(0)
    v = (a[i] > 2 and b[i] > 0) or i > 4
    w = v if i % 2 else a[i]
    o[i] = w + 1 + (-w // 2 if not v else 0)


KERNELS = (branch, conditional, in_a_loop, while_it_grows, called, before_it_joins, either)
PAIRS = (("int32", "float32"), ("uint8", "int16"), ("int64", "uint64"), ("bool", "int8"), ("uint64", "uint8"))


@pytest.mark.parametrize("kernel", KERNELS)
def test_verify_finds_them_right(kernel: Callable[..., Any]):
    """Of some pairs of types, other ones for each: the simulator's values are those of the compiled kernel."""
    host, start = as_device("host"), KERNELS.index(kernel)
    for k in (start, start + 1):
        (first, second), result = PAIRS[k % 5], ("float64", "int16")[k % 2]
        a = xp.asarray(np.array([1, 0, 3, 7, 100, 5]).astype(first), device=host)
        b = xp.asarray(np.array([2, 9, 1, 120, 3, 5]).astype(second) * np.array(1.5).astype(second), device=host)
        found = xp.kernel(kernel).verify(xp.Range(N), a, b, xp.zeros(N, dtype=result, device=host))
        assert found.ok, (first, second, result, str(found))


def test_integers_that_join_are_as_wide_as_their_sum():
    """docs/differences.md: "A variable that is set to two kinds of integers is of the type that their sum has"."""
    host = as_device("host")
    kernel = kernel_from("wide", "item, a, h, o", [
        "i = item.get_id(0)", "v = a[i] if i > 1 else h[i]", "o[i] = v * 3 // 2",
    ])  # fmt: skip
    a = xp.asarray(np.full(4, 100, np.int8), device=host)
    h = xp.asarray(np.full(4, 2**64 - 1, np.uint64), device=host)
    found = kernel.verify(xp.Range(4), a, h, xp.zeros(4, dtype=xp.float64, device=host))
    assert found.ok, found


def test_planted_faults_are_still_found():
    """A host that computes something else, and a race, in kernels whose variables join."""
    host = as_device("host")

    def race(item, a, o):
        i = item.get_id(0)
        v = a[i] if i > 2 else 0.5
        o[i // 2] = v

    a = xp.ones(N, dtype=xp.int32, device=host)
    assert xp.kernel(race).verify(xp.Range(N), a, xp.zeros(N, device=host)).races


def test_lines_of_the_source_stay(capsys: pytest.CaptureFixture[str]):
    """So that a debugger stops where it should."""
    made = simulated_joins._rewritten(chosen, chosen, simulated_joins._called)
    lines = lambda code: sorted({line for _, _, line in code.co_lines() if line})  # noqa: E731
    assert lines(made.__code__) == lines(chosen.__code__)
    assert made.__code__.co_filename == inspect.getsourcefile(chosen)


def test_a_function_that_is_not_its_source_is_left_as_it_is():
    """It was made otherwise, or its file was changed."""
    scope: dict[str, Any] = {}
    exec(compile("def chosen(x, y):\n    return x if x > y else y\n", __file__, "exec"), scope)
    made = scope["chosen"]
    assert simulated_joins.joining(made, made) is made


def test_a_kernel_that_can_not_be_compiled_runs_all_the_same():
    """The compilers say what is wrong with it."""

    def kernel(item, a, o):
        i = item.get_id(0)
        v = a[i]
        if i > 1:
            v = "text"
        o[i] = len(v) if i > 1 else v

    native = [np.ones(3, np.int32), np.zeros(3, np.int32)]
    types = tuple(xp.asarray(a, device="host")._as_kernel_argument()[0] for a in native)
    simulator.compile_kernel(xp.kernel(kernel), xp.Range(3).space, types, as_device("host").info).binary(
        (3,), None, *native
    )
    assert native[1].tolist() == [1, 1, 4]
