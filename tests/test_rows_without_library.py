"""Elementwise functions that no library has, or not every one: our kernel on every device, in one launch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same

import xpuarray as xp
from xpuarray.backends.contract import DeviceInfo
from xpuarray.compiler.targets import spirv
from xpuarray.functions import elementwise
from xpuarray.functions.elementwise import ROWS
from xpuarray.functions.rows import Row
from xpuarray.fusion.expression import Operation, Program
from xpuarray.fusion.generate import elementwise_kernel
from xpuarray.lang.types import ArrayType, Space
from xpuarray.placement.devices import Device

LARGE = 100_000


def rsqrt(x: Any) -> Any:
    return type(x)(1) / np.sqrt(x)


@pytest.fixture
def reciprocal_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., xp.Array]]:
    """A function that NumPy lacks, of a row that is there as long as the test."""
    monkeypatch.setitem(ROWS, "rsqrt", Row("rsqrt", 1, "float"))  # which puts ROWS back afterwards
    yield elementwise._unary("rsqrt", "real float", kernel=rsqrt, library=None)


@pytest.mark.parametrize("size", [0, 1, 4, 100, LARGE])
@pytest.mark.parametrize("route", ["auto", "kernel", "library"])
def test_a_name_that_numpy_lacks(route: str, size: int, reciprocal_root: Any, device: Device):
    """Alone and fused, into a given array, of halves, of integers and of a number."""
    host = np.linspace(0.25, 9, size).astype(np.float32)
    exact = 1 / np.sqrt(host.astype(np.float64))
    with xp.prefer(route):
        x = xp.asarray(host)
        assert_close(reciprocal_root(x), exact, np.float32, 2)
        assert_close(reciprocal_root(x)[::2], exact[::2], np.float32, 2)
        assert_close(reciprocal_root(x * 4) * 2, exact, np.float32, 2)
        with xp.eager():
            assert_close(reciprocal_root(x), exact, np.float32, 2)
        out = xp.zeros(size, dtype=xp.float32)
        assert reciprocal_root(x, out=out) is out
        assert_close(out, exact, np.float32, 2)
        assert reciprocal_root(4.0).item() == 0.5
        assert reciprocal_root(xp.full(size, 4, dtype=xp.int16)).tolist() == [0.5] * size
        if device.fp16:
            assert_same(reciprocal_root(xp.full(size, 4, dtype=xp.float16)), np.full(size, 0.5, np.float16))
        with pytest.raises(xp.UnsupportedDTypeError, match="rsqrt is not defined for complex64"):
            reciprocal_root(xp.astype(x, xp.complex64))


def operands(row: Row) -> list[np.ndarray]:
    """Many numbers of a type that the row takes."""
    random = np.random.default_rng(5)
    whole = row.domain.startswith("integer")
    draw = (lambda: random.integers(-1000, 1000, LARGE)) if whole else (lambda: random.normal(size=LARGE))
    return [draw().astype(np.int32 if whole else np.float32) for _ in range(row.operands)]


OURS = [row for row in ROWS.values() if row.library is None]


@pytest.mark.parametrize("route", ["auto", "library"])
@pytest.mark.parametrize("row", OURS, ids=lambda row: row.name)
def test_one_launch(row: Row, route: str, device: Device):
    """Whatever is preferred: there is nothing else."""
    arrays = [xp.asarray(x) for x in operands(row)]
    with xp.prefer(route), xp.explain() as calls:
        getattr(xp, row.name)(*arrays).native  # noqa: B018
    assert [call.route.partition("(")[0] for call in calls] == [f"kernel {row.name}"]


@pytest.mark.parametrize("name", ["cbrt", "exp2"])
def test_one_launch_of_what_libraries_have(name: str, device: Device):
    arrays = [xp.asarray(x) for x in operands(ROWS[name])]
    with xp.prefer("kernel"), xp.explain() as calls:
        getattr(xp, name)(*arrays).native  # noqa: B018
    assert [call.route.partition("(")[0] for call in calls] == [f"kernel {name}"]


@pytest.mark.parametrize("row", [row for row in OURS if row.domain.endswith("float")], ids=lambda row: row.name)
def test_singles_stay_singles(row: Row):
    """Constants of the source are doubles, and some devices have none: no module of singles may hold one."""
    info = DeviceInfo("level_zero", "gpu", 0, "a GPU that is not here", fp64=False)
    result = np.dtype("float32" if row.result == "same" else row.result)
    assert row.kernel is not None
    work = Operation(row.name, row.kernel, ("float32",) * row.operands, result, lambda device, operands: operands[0])
    program = Program(work.compute, ((work, tuple(f"v{k}" for k in range(row.operands))),), ("t0",))
    kernel = elementwise_kernel(program, ("0",) * (row.operands + 1), 1)
    types = tuple(ArrayType(dtype, 1, "C") for dtype in (*work.compute, result.name))
    assert "double" not in spirv.compile_kernel(kernel, Space(1), types, info).llvm


def test_they_fuse(device: Device):
    x, y = (xp.asarray(o) for o in operands(ROWS["gcd"]))
    with xp.prefer("kernel"), xp.explain() as calls:
        count = xp.bitwise_count(xp.gcd(x, y))
        count.native  # noqa: B018
    assert [call.route.partition("(")[0] for call in calls] == ["kernel gcd_bitwise_count"]
    assert count.dtype == xp.uint8


@pytest.mark.parametrize("size", [1, LARGE])
def test_halves_beside_others(size: int, device: Device):
    """They take what NumPy promotes them to, and have its result."""
    if not device.fp16:
        pytest.skip("no float16")
    halves = np.linspace(-8, 8, size).astype(np.float16)
    for other in (halves[::-1].copy(), np.full(size, 0.75, np.float32), np.full(size, 3, np.int8)):
        got = xp.fmod(xp.asarray(halves), xp.asarray(other))
        assert_same(got, np.fmod(halves, other))
    assert_same(xp.fmod(xp.asarray(halves), 0.3), np.fmod(halves, np.float16(0.3)))


def test_most_negative_integers(device: Device):
    """The one that has no counterpart, beside numbers of every kind."""
    least = xp.asarray([-(2**63)])
    assert xp.fmod(-7, least).tolist() == [-7]
    assert xp.gcd(xp.asarray([-127], dtype=xp.int8), xp.asarray([-128], dtype=xp.int8)).tolist() == [1]
    assert xp.gcd(least, 0).tolist() == [-(2**63)]
    assert xp.gcd(least, 6).tolist() == [2]
    assert xp.bitwise_count(least).tolist() == [1]
