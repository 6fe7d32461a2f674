"""The seven kernels of `kernels/`: against NumPy in float64 on every device, in the simulator, and as modules."""

from __future__ import annotations

import dataclasses
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bounds import assert_close, assert_same
from xpuarray.kernels import black_scholes, histogram, matmul, nbody, pairwise, reduce_tree, stencil

import xpuarray as xp
from xpuarray.backends.info import DeviceInfo
from xpuarray.lang.types import ArrayType, KernelType, LocalType
from xpuarray.placement.devices import Device

SINGLE = np.float32
DTYPES = [np.float32, np.float64]


def random(*shape: int, dtype: Any = SINGLE) -> np.ndarray:
    return np.random.default_rng(sum(shape)).random(shape).astype(dtype)


def half_eps(dtype: Any) -> float:
    """The rounding error of one operation, relative to its result."""
    return float(np.finfo(dtype).eps) / 2


def skip_without(device: Device, dtype: Any) -> None:
    if np.dtype(dtype) == np.float64 and not device.info.fp64:
        pytest.skip(f"{device} has no float64")


def nan_like(values: np.ndarray, *shape: int) -> xp.Array:
    """For results: an element that is not written stays NaN."""
    return xp.full(shape, math.nan, dtype=values.dtype)


# -- results ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1, 1), (32, 32, 32), (33, 7, 65), (50, 100, 1), (1, 40, 31)], ids=str)
def test_matmul(device: Device, shape: tuple[int, int, int], dtype: Any):
    skip_without(device, dtype)
    rows, inner, columns = shape
    a, b = random(rows, inner, dtype=dtype) - dtype(0.5), random(inner, columns, dtype=dtype)
    out = nan_like(a, rows, columns)
    matmul.matmul(xp.asarray(a), xp.asarray(b), out)
    wide = a.astype(np.longdouble), b.astype(np.longdouble)
    # `inner` products and as many sums are rounded once each, at most by half of eps of the sum of magnitudes.
    bound = (inner + 1) * half_eps(dtype) * (np.abs(wide[0]) @ np.abs(wide[1]))
    assert_close(out, wide[0] @ wide[1], dtype, 0.5, bound, signs=False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size, groups", [(1, 1), (1, 5), (1000, 7), (4096, 16), (10_007, 3)])
def test_sum_tree(device: Device, size: int, groups: int, dtype: Any):
    skip_without(device, dtype)
    x = random(size, dtype=dtype)
    partial, out = nan_like(x, groups), nan_like(x, 1)
    reduce_tree.sum_tree(xp.asarray(x), partial, out)
    exact = np.sum(x, dtype=np.longdouble, keepdims=True)
    # No element takes part in more additions than its work-item makes, and the levels of two trees.
    bound = (size + 32) * half_eps(dtype) * exact
    assert_close(out, exact, dtype, 0.5, bound)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64])
@pytest.mark.parametrize("size, bins", [(1, 1), (1000, 3), (5001, 256), (20_000, 100)])
def test_histogram(device: Device, size: int, bins: int, dtype: Any):
    x = np.random.default_rng(size).integers(0, bins, size).astype(dtype)
    before = np.arange(bins, dtype=np.int32)
    counts = xp.asarray(before)
    histogram.histogram(xp.asarray(x), counts)
    assert_same(counts, before + np.bincount(x, minlength=bins).astype(np.int32))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (17, 40), (65, 3), (3, 70)], ids=str)
def test_stencil(device: Device, shape: tuple[int, int], dtype: Any):
    skip_without(device, dtype)
    x, before = random(*shape, dtype=dtype), random(*shape, dtype=dtype) + dtype(5)
    out = xp.asarray(before)
    stencil.diffuse(xp.asarray(x), 0.2, out)
    wide, rate = x.astype(np.longdouble), np.longdouble(dtype(0.2))
    exact = before.astype(np.longdouble)
    here = wide[1:-1, 1:-1]
    neighbours = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    exact[1:-1, 1:-1] = here + rate * (neighbours - 4 * here)
    # Nine operations on numbers of at most 4.
    assert_close(out, exact, dtype, 0, 9 * 4 * half_eps(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 1000])
def test_black_scholes(device: Device, size: int, dtype: Any):
    skip_without(device, dtype)
    price, strike, years = (random(size, dtype=dtype) * dtype(s) + dtype(s) for s in (50, 60, 1))
    call, put = nan_like(price, size), nan_like(price, size)
    rate, volatility = dtype(0.03), dtype(0.25)
    black_scholes.prices(*map(xp.asarray, (price, strike, years)), rate, volatility, call, put)
    p, k, t, r, v = (np.asarray(a, np.float64) for a in (price, strike, years, rate, volatility))
    d1 = (np.log(p / k) + (r + v * v / 2) * t) / (v * np.sqrt(t))
    d2 = d1 - v * np.sqrt(t)
    share = np.vectorize(lambda d: math.erfc(-d / math.sqrt(2)) / 2)
    discounted = k * np.exp(-r * t)
    # Prices are differences of products of up to 120 with shares that are right to a few units of 1.
    bound = 120 * 32 * half_eps(dtype)
    assert_close(call, p * share(d1) - discounted * share(d2), dtype, 0, bound)
    assert_close(put, discounted * share(-d2) - p * share(-d1), dtype, 0, bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1, 1), (32, 32, 32), (33, 65, 7), (50, 3, 40), (2, 70, 1)], ids=str)
def test_pairwise(device: Device, shape: tuple[int, int, int], dtype: Any):
    skip_without(device, dtype)
    samples, centers, features = shape
    x, c = random(samples, features, dtype=dtype), random(centers, features, dtype=dtype)
    out = nan_like(x, samples, centers)
    pairwise.squared_distances(xp.asarray(x), xp.asarray(c), out)
    exact = np.square(x[:, None].astype(np.longdouble) - c).sum(axis=2)
    # A difference is rounded, its square doubles that and is rounded, then there are `features` additions.
    assert_close(out, exact, dtype, 0.5, (features + 3) * half_eps(dtype) * exact)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [1, 64, 131])
def test_nbody(device: Device, size: int, dtype: Any):
    skip_without(device, dtype)
    position, mass, softening = random(3, size, dtype=dtype), random(size, dtype=dtype), dtype(0.01)
    out = nan_like(position, 3, size)
    nbody.accelerations(xp.asarray(position), xp.asarray(mass), softening, out)
    wide = position.astype(np.longdouble)
    there = wide[:, None, :] - wide[:, :, None]
    squared = np.square(there).sum(axis=0) + np.longdouble(softening)
    pull = there * (mass / (squared * np.sqrt(squared)))
    # A dozen operations a pair, the root and the division among them, then `size` additions.
    bound = (size + 24) * half_eps(dtype) * np.abs(pull).sum(axis=2)
    assert_close(out, pull.sum(axis=2), dtype, 0.5, bound, signs=False)


# -- launches: what `verify` and the assemblers get ------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Launch:
    """A kernel with a launch of its own; every array is float32 but the histogram's."""

    kernel: xp.Kernel
    space: xp.Range | xp.NdRange
    arguments: Callable[[], tuple[Any, ...]]

    @property
    def types(self) -> tuple[KernelType, ...]:
        return tuple(_type(a) for a in self.arguments())


def _type(argument: Any) -> KernelType:
    if isinstance(argument, xp.LocalAccessor):
        return LocalType(argument.dtype.name, len(argument.shape))
    if isinstance(argument, np.ndarray):
        return ArrayType(argument.dtype.name, argument.ndim, "C")
    return argument.dtype.name


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, SINGLE)


def integers(size: int, bins: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, bins, size).astype(np.int32)


def tiles(*sizes: int) -> list[xp.LocalAccessor]:
    return [xp.LocalAccessor(size, SINGLE) for size in sizes]


def counts(copies: int) -> Callable[[], tuple[Any, ...]]:
    return lambda: (integers(100, 7), np.zeros(7, np.int32), xp.LocalAccessor((copies, 7), np.int32))


R = SINGLE(0.2)
LAUNCHES = {
    "matmul": Launch(
        matmul.matmul_tiled,
        xp.NdRange((64 // matmul.ROWS, 64), (matmul.STEP, matmul.TILE)),
        lambda: (random(33, 40), random(40, 34), zeros(33, 34), *tiles(matmul.TILE**2, matmul.TILE**2)),
    ),
    "sum": Launch(
        reduce_tree.tree_sum,
        xp.NdRange((48,), (16,)),
        lambda: (random(100), zeros(3), xp.LocalAccessor(16, SINGLE)),
    ),
    "histogram, counts shared": Launch(histogram.histogram_local, xp.NdRange((24,), (8,)), counts(3)),
    "histogram, counts of each": Launch(histogram.histogram_local, xp.NdRange((24,), (8,)), counts(8)),
    "stencil": Launch(stencil.stencil_5_points, xp.Range(3, 5), lambda: (random(5, 7), R, zeros(5, 7))),
    "Black-Scholes": Launch(
        black_scholes.black_scholes,
        xp.Range(9),
        lambda: (*(random(9) + SINGLE(1) for _ in range(3)), R, R, zeros(9), zeros(9)),
    ),
    "pairwise": Launch(
        pairwise.pairwise_squared_distance(pairwise.ROWS),
        xp.NdRange((4, 64), (2, pairwise.TILE)),
        lambda: (
            *(random(17, 5), random(35, 5), zeros(17, 35)),
            *tiles(2 * pairwise.ROWS * pairwise.TILE, pairwise.TILE * pairwise.WIDTH),
        ),
    ),
    "n-body": Launch(
        nbody.nbody_accelerations,
        xp.NdRange((2 * nbody.GROUP,), (nbody.GROUP,)),
        lambda: (random(3, 70), random(70), R, zeros(3, 70), *tiles(4 * nbody.GROUP)),
    ),
}


@pytest.fixture(params=LAUNCHES.values(), ids=LAUNCHES)
def launch(request: pytest.FixtureRequest) -> Launch:
    return request.param


def test_simulator_host_and_device_agree_without_races(device: Device, launch: Launch):
    arguments = [xp.asarray(a) if isinstance(a, np.ndarray) else a for a in launch.arguments()]
    found = launch.kernel.verify(launch.space, *arguments)
    assert found.ok, found


@pytest.fixture(scope="session")
def spirv_val() -> str:
    """Khronos's validator."""
    found = shutil.which("spirv-val")
    if found is None:
        pytest.skip("spirv-val is not installed (Debian: spirv-tools)")
    return found


@pytest.mark.parametrize("fp64", [True, False])
def test_modules_are_valid_and_hold_no_doubles(launch: Launch, spirv_val: str, tmp_path: Path, fp64: bool):
    info = DeviceInfo("level_zero", "gpu", 0, "a GPU that is not here", fp64=fp64)
    from xpuarray.compiler.targets import spirv

    compiled = spirv.compile_kernel(launch.kernel, launch.space.space, launch.types, info)
    module = tmp_path / "kernel.spv"
    module.write_bytes(compiled.binary)
    done = subprocess.run([spirv_val, module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert " double" not in compiled.llvm
