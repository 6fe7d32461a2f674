"""Ordinary array code that a library may fuse: chains of operations, alone and under reductions.

Every contender gets the same function of an array namespace: xpuarray as it stands, JAX and PyTorch compiled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.e1 import expression as e1
from benchmarks.harness import Contender, Options, Race
from benchmarks.peers import Cupy, Jax, Torch, numexpr_contender
from benchmarks.sides import Dpnp, Numpy, Xpu, device_names, sycl_names

EPS = float(np.finfo(np.float32).eps)


def add(ns: Any, a: Any, b: Any) -> Any:
    """a + b"""
    return a + b


def sum_e1(ns: Any, a: Any, b: Any) -> Any:
    """The sum of E1."""
    return ns.sum(e1(ns, a, b))


def softmax(ns: Any, x: Any) -> Any:
    """Over each row."""
    e = ns.exp(x - ns.max(x, axis=-1, keepdims=True))
    return e / ns.sum(e, axis=-1, keepdims=True)


def layer_norm(ns: Any, x: Any) -> Any:
    """Each row, less its mean, over its standard deviation."""
    d = x - ns.mean(x, axis=-1, keepdims=True)
    return d / ns.sqrt(ns.mean(d * d, axis=-1, keepdims=True) + 1e-5)


def standardise(ns: Any, x: Any) -> Any:
    """Each column, less its mean, over its standard deviation."""
    d = x - ns.mean(x, axis=0, keepdims=True)
    return d / ns.sqrt(ns.mean(d * d, axis=0, keepdims=True))


def nearest(ns: Any, x: Any, c: Any) -> Any:
    """The least distance of each point to one of the centers, over all features at once."""
    d = x[:, None, :] - c[None, :, :]
    return ns.sqrt(-ns.max(-ns.sum(d * d, axis=-1), axis=-1))


def _normal(ns: Any, x: Any) -> Any:
    """The normal distribution: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17."""
    k = 1 / (1 + 0.2316419 * ns.abs(x))
    tail = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    upper = 0.39894228 * ns.exp(-0.5 * x * x) * tail
    return ns.where(x < 0, upper, 1 - upper)


def black_scholes(ns: Any, price: Any, strike: Any, years: Any) -> Any:
    """The value of a call, at 5 % interest and a volatility of 30 %."""
    spread = 0.3 * ns.sqrt(years)
    d1 = (ns.log(price / strike) + (0.05 + 0.5 * 0.3**2) * years) / spread
    return price * _normal(ns, d1) - strike * ns.exp(-0.05 * years) * _normal(ns, d1 - spread)


@dataclasses.dataclass(frozen=True)
class Case:
    """One function, the shapes of its inputs (float32, uniform in [low, high)), and how far a result may be off."""

    function: Callable[..., Any]
    cpu: tuple[tuple[int, ...], ...]
    gpu: tuple[tuple[int, ...], ...]
    quick: tuple[tuple[int, ...], ...]
    bound: Callable[[np.ndarray], float]
    low: float = 0.0
    high: float = 1.0
    numexpr: str = ""

    def title(self, shapes: tuple[tuple[int, ...], ...]) -> str:
        """For the table."""
        sizes = ", ".join(" x ".join(f"{n:,}" for n in shape) for shape in dict.fromkeys(shapes))
        return f"{self.function.__name__} of {sizes}, float32"


def _few(units: float) -> Callable[[np.ndarray], float]:
    """So many units in the last place of the largest value."""
    return lambda reference: units * EPS * float(np.abs(reference).max())


_M, _ROWS, _WIDE = 1_000_000, (4096, 1024), (16384, 8192)
CASES = {
    "e1": Case(e1, ((8 * _M,),) * 2, ((128 * _M,),) * 2, ((1000,),) * 2, _few(8), numexpr="sin(a)*b+exp(-a)*sqrt(b)+1"),
    "add": Case(add, ((8 * _M,),) * 2, ((128 * _M,),) * 2, ((1000,),) * 2, _few(1), numexpr="a+b"),
    "sum_e1": Case(sum_e1, ((8 * _M,),) * 2, ((128 * _M,),) * 2, ((1000,),) * 2, _few(64)),  # numexpr loses two digits
    "softmax": Case(softmax, (_ROWS,), (_WIDE,), ((9, 33),), _few(16), -4, 4),
    "layer_norm": Case(layer_norm, (_ROWS,), (_WIDE,), ((9, 33),), _few(32), -4, 4),
    "standardise": Case(standardise, ((_M, 32),), (_WIDE,), ((50, 7),), lambda _: 1e-3, -4, 4),  # NumPy's means: 3e-4
    "nearest": Case(nearest, ((4096, 16), (256, 16)), ((65536, 16), (1024, 16)), ((20, 3), (5, 3)), _few(16)),
    "black_scholes": Case(black_scholes, ((2 * _M,),) * 3, ((32 * _M,),) * 3, ((500,),) * 3, _few(64), 1, 5),
    "add_1024": Case(add, ((1024,),) * 2, ((1024,),) * 2, ((1024,),) * 2, _few(1), numexpr="a+b"),
}  # fmt: skip


def makers(case: Case, inputs: list[np.ndarray], gpu: bool = False) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """Our devices and the peers; gpu: those on a GPU alone, for sizes that take NumPy seconds."""
    f = case.function
    if not gpu:
        yield "NumPy", lambda: Numpy().contender("NumPy", f, *inputs)
    for device in (str(d) for d in xp.devices()) if gpu else device_names():
        name = f"xpuarray, {device}"
        yield name, lambda n=name, d=device: Xpu(d).contender(n, f, *inputs)
        name = f"xpuarray, fused once, {device}"
        yield name, lambda n=name, d=device: Xpu(d).contender(n, _fused_once(f), *inputs)
    for device in sycl_names():
        name = f"dpnp, {device}"
        yield name, lambda n=name, d=device: Dpnp(d).contender(n, f, *inputs)
    for kind, platform in (("cpu", "cpu"), ("cuda", "gpu")):
        if kind == "cuda" or not gpu:
            yield f"jax.jit, {kind}", partial(_of, lambda p=platform: Jax(p), f"jax.jit, {kind}", f, inputs)
            yield f"torch.compile, {kind}", partial(_of, lambda k=kind: Torch(k), f"torch.compile, {kind}", f, inputs)
    yield "CuPy", partial(_of, Cupy, "CuPy", f, inputs)
    if case.numexpr:  # operations alone
        yield "cupy.fuse", partial(_of, lambda: Cupy(fuse=True), "cupy.fuse", f, inputs)
        if not gpu:
            yield "numexpr", lambda: numexpr_contender("numexpr", case.numexpr, **dict(zip("ab", inputs)))


def _fused_once(function: Callable[..., Any]) -> Callable[..., Any]:
    fused = xp.fuse(lambda *arrays: function(xp, *arrays), once=True)
    return lambda ns, *arrays: fused(*arrays)


def _of(side: Callable[[], Any], name: str, function: Callable[..., Any], inputs: list[np.ndarray]) -> Contender:
    return side().contender(name, function, *inputs)


def races(options: Options) -> Iterator[Race]:
    """One race a case, with the sizes of GPUs if there is no other device."""
    gpu = all(d.info.type == "gpu" for d in xp.devices())
    for name, case in CASES.items():
        shapes = case.quick if options.quick else case.gpu if gpu else case.cpu
        inputs = [options.rng.uniform(case.low, case.high, shape).astype(np.float32) for shape in shapes]
        reference = np.asarray(case.function(np, *(x.astype(np.float64) for x in inputs)))
        peer = "CuPy" if gpu and any(d.backend == "cuda" for d in xp.devices()) else "" if gpu else "NumPy"
        yield Race(name, case.title(shapes), makers(case, inputs, gpu), reference, case.bound(reference), peer=peer)
