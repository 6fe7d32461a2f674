"""The kernels of `kernels/` against the same ones by Numba's parallel loops (on CPUs) and CuPy's RawKernel (on GPUs).

Inputs are single precision (the histogram's: 32-bit integers); results are compared with float64, for large arrays
at samples.  Contenders on a GPU share the arrays they read.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from xpuarray.kernels.black_scholes import prices
from xpuarray.kernels.histogram import histogram
from xpuarray.kernels.matmul import matmul
from xpuarray.kernels.nbody import accelerations
from xpuarray.kernels.pairwise import squared_distances
from xpuarray.kernels.reduce_tree import sum_tree
from xpuarray.kernels.stencil import diffuse

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.kernels_cuda import CUDA
from benchmarks.kernels_prange import loop
from benchmarks.sides import Xpu

SINGLE = np.float32
EPS = float(np.finfo(SINGLE).eps)


@dataclasses.dataclass(frozen=True)
class Case:
    """One kernel on one set of data.

    prepare: (inputs, out) -> a call of our kernel
    sample: the elements of a result that are compared with `reference`
    """

    title: str
    inputs: Sequence[Any]
    out: tuple[int, ...]  #: its shape
    prepare: Callable[[Sequence[Any], xp.Array], Callable[[], None]]
    sample: Callable[[np.ndarray], np.ndarray]
    reference: np.ndarray
    bound: float
    dtype: Any = SINGLE  #: of the result
    poison: float = math.nan  #: what a result holds before


def _directly(function: Callable[..., None]) -> Callable[[Sequence[Any], xp.Array], Callable[[], None]]:
    return lambda inputs, out: partial(function, *inputs, out)


def _some(rng: np.random.Generator, count: int, most: int) -> np.ndarray:
    """Positions of at most `most` of `count` elements, the last one among them."""
    return np.arange(count) if count <= most else np.append(rng.integers(0, count, most - 1), count - 1)


# -- the cases: (random numbers, sizes) -> Case -------------------------------------------------


def matmul_case(rng: np.random.Generator, n: int) -> Case:
    a, b = (rng.random((n, n), dtype=SINGLE) for _ in range(2))
    rows = _some(rng, n, 64)
    exact = a[rows].astype(np.float64) @ b.astype(np.float64)
    title = f"matrix product of {n} x {n}"
    return Case(title, (a, b), (n, n), _directly(matmul), lambda out: out[rows], exact, n * EPS / 2 * exact.max())


def reduce_tree_case(rng: np.random.Generator, n: int) -> Case:
    x = rng.random(n, dtype=SINGLE)
    exact = np.sum(x, dtype=np.float64, keepdims=True)

    def prepare(inputs: Sequence[Any], out: xp.Array) -> Callable[[], None]:
        info = out.device.info
        groups = (32 if info.type == "cpu" else 8) * info.compute_units
        sums = xp.empty(groups, dtype=SINGLE, device=out.device)
        return lambda: sum_tree(*inputs, sums, out)

    # A parallel loop adds half of the numbers one after the other, and so loses more digits than a tree.
    return Case(f"sum of {n:,}", (x,), (1,), prepare, np.asarray, exact, 1e-3 * float(exact[0]))


def histogram_case(rng: np.random.Generator, n: int, bins: int) -> Case:
    x = rng.integers(0, bins, n, dtype=np.int32)
    exact = np.bincount(x, minlength=bins).astype(np.float64)
    title = f"histogram of {n:,} in {bins} bins"
    return Case(title, (x,), (bins,), _directly(histogram), np.asarray, exact, 0.0, np.int32, 0)


def stencil_case(rng: np.random.Generator, n: int) -> Case:
    x, rate = rng.random((n, n), dtype=SINGLE), SINGLE(0.2)
    rows = _some(rng, n - 2, 64) + 1
    wide = [x[rows + step].astype(np.float64) for step in (-1, 0, 1)]
    here = wide[1][:, 1:-1]
    flow = wide[0][:, 1:-1] + wide[2][:, 1:-1] + wide[1][:, :-2] + wide[1][:, 2:] - 4 * here
    exact = here + float(rate) * flow
    title = f"5-point stencil on {n} x {n}"
    return Case(title, (x, rate), (n, n), _directly(diffuse), lambda out: out[rows, 1:-1], exact, 8 * EPS)


def black_scholes_case(rng: np.random.Generator, n: int) -> Case:
    price, strike, years = (rng.random(n, dtype=SINGLE) * SINGLE(s) + SINGLE(s) for s in (50, 50, 1))
    rate, volatility = SINGLE(0.03), SINGLE(0.25)
    at = _some(rng, n, 4096)
    p, k, t = (v[at].astype(np.float64) for v in (price, strike, years))
    spread = float(volatility) * np.sqrt(t)
    d1 = (np.log(p / k) + (float(rate) + float(volatility) ** 2 / 2) * t) / spread
    below, below2 = (0.5 + 0.5 * np.vectorize(math.erf)(d / math.sqrt(2)) for d in (d1, d1 - spread))
    discounted = k * np.exp(-float(rate) * t)
    exact = np.stack([p * below - discounted * below2, discounted * (1 - below2) - p * (1 - below)])

    def prepare(inputs: Sequence[Any], out: xp.Array) -> Callable[[], None]:
        return partial(prices, *inputs, out[0, :], out[1, :])

    inputs = (price, strike, years, rate, volatility)
    # Prices are differences of numbers up to 100, each right to some units in the last place.
    return Case(f"Black-Scholes, {n:,} options", inputs, (2, n), prepare, lambda out: out[:, at], exact, 1600 * EPS)


def pairwise_case(rng: np.random.Generator, samples: int, centers: int, features: int) -> Case:
    x, c = (rng.random((n, features), dtype=SINGLE) for n in (samples, centers))
    rows = _some(rng, samples, 64)
    exact = np.square(x[rows, None, :].astype(np.float64) - c).sum(axis=2)
    title = f"distances of {samples} to {centers} points of {features} features"
    bound = (features / 2 + 2) * EPS * exact.max()
    return Case(title, (x, c), (samples, centers), _directly(squared_distances), lambda out: out[rows], exact, bound)


def nbody_case(rng: np.random.Generator, n: int) -> Case:
    position, mass, softening = rng.random((3, n), dtype=SINGLE), rng.random(n, dtype=SINGLE), SINGLE(1e-2)
    at = _some(rng, n, 64)
    wide = position.astype(np.float64)
    there = wide[:, None, :] - wide[:, at, None]
    squared = np.square(there).sum(axis=0) + float(softening)
    pull = there * (mass / (squared * np.sqrt(squared)))
    bound = (n / 2 + 8) * EPS * float(np.abs(pull).sum(axis=2).max())
    inputs = (position, mass, softening)
    title = f"n-body, {n:,} bodies"
    return Case(title, inputs, (3, n), _directly(accelerations), lambda out: out[:, at], pull.sum(axis=2), bound)


#: name -> case, and its sizes on CPUs, on GPUs, and for a look
CASES: dict[str, tuple[Callable[..., Case], tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "matmul": (matmul_case, (1024,), (4096,), (65,)),
    "reduce_tree": (reduce_tree_case, (8_000_000,), (128_000_000,), (10_001,)),
    "histogram": (histogram_case, (8_000_000, 256), (128_000_000, 256), (10_001, 37)),
    "stencil": (stencil_case, (2048,), (16384,), (67,)),
    "black_scholes": (black_scholes_case, (2_000_000,), (32_000_000,), (1001,)),
    "pairwise": (pairwise_case, (4096, 1024, 32), (16384, 8192, 64), (67, 41, 5)),
    "nbody": (nbody_case, (8192,), (65536,), (131,)),
}


# -- the contenders -----------------------------------------------------------------------------


class Shared:
    """A case's arrays on a device, for whoever competes there."""

    def __init__(self, device: str, case: Case):
        self.side = Xpu(device)
        self.inputs = [self.side.asarray(v) if isinstance(v, np.ndarray) else v for v in case.inputs]
        self.out = self.side.asarray(np.zeros(case.out, case.dtype))
        self.case = case

    def contender(self, name: str, start: Callable[[], None]) -> Contender:
        """`start` fills `out`."""

        def call() -> xp.Array:
            start()
            return self.out

        def poison() -> None:
            self.out[...] = self.case.poison

        return Contender(name, call, self.side.wait, lambda out: self.case.sample(xp.asnumpy(out)), poison)


def ours(name: str, shared: Callable[[], Shared]) -> Contender:
    """The kernel of `kernels/`."""
    arrays = shared()
    return arrays.contender(name, arrays.case.prepare(arrays.inputs, arrays.out))


def raw(name: str, kernel: str, shared: Callable[[], Shared]) -> Contender:
    """The same in CUDA C."""
    arrays = shared()
    native = [v.native if isinstance(v, xp.Array) else v for v in arrays.inputs]
    units = arrays.out.device.info.compute_units
    return arrays.contender(name, CUDA[kernel].contender(native, arrays.out.native, units))


def prange(name: str, kernel: str, case: Case, contract: bool) -> Contender:
    """The same as a parallel loop."""
    run, out = loop(kernel, contract), np.zeros(case.out, case.dtype)

    def call() -> np.ndarray:
        run(*case.inputs, out)
        return out

    return Contender(name, call, asnumpy=case.sample, poison=lambda: out.fill(case.poison))


def _once(make: Callable[[], Shared]) -> Callable[[], Shared]:
    made: list[Shared] = []

    def get() -> Shared:
        if not made:
            made.append(make())
        return made[0]

    return get


def makers(
    kernel: str, case: Case, devices: Sequence[str], on_cpu: bool
) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """The peer first, then ours on every device."""
    if on_cpu:
        for name, contract in (("numba prange", False), ("numba prange, contracting", True)):
            yield name, partial(prange, name, kernel, case, contract)
    for device in devices:
        shared = _once(partial(Shared, device, case))
        if device.startswith("cuda"):
            name = f"CuPy RawKernel, {device}"
            yield name, partial(raw, name, kernel, shared)
        name = f"xpuarray kernel, {device}"
        yield name, partial(ours, name, shared)


def races(options: Options) -> Iterator[Race]:
    """One race a kernel on the CPUs that the filter admits, and one on the GPUs."""
    kinds: dict[str, list[str]] = {"CPU": [], "GPU": []}
    for device in xp.devices():
        kinds["CPU" if device.info.type == "cpu" else "GPU"].append(str(device))
    for kind, devices in kinds.items():
        for kernel, (make, on_cpu, on_gpu, small) in CASES.items() if devices else ():
            case = make(options.rng, *(small if options.quick else on_cpu if kind == "CPU" else on_gpu))
            each = makers(kernel, case, devices, kind == "CPU")
            yield Race(f"{kernel}, {kind}", f"{kind}: {case.title}", each, case.reference, case.bound)
