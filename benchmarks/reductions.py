"""Sums of a matrix, over everything and over each axis, by both of xpuarray's routes: of 4096x2048 elements, or of
16384x8192 where there are only GPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.peers import Cupy, Torch
from benchmarks.sides import Dpnp, Numpy, Xpu, device_names, sycl_names


def by_route(route: str, axis: int | None) -> Callable[..., Any]:
    """xp.sum by our kernel, or by the device's library."""

    def total(ns: Any, x: Any) -> Any:
        with xp.prefer(route):
            return ns.sum(x, axis=axis)

    return total


def makers(x: np.ndarray, axis: int | None) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """NumPy, then each device with both routes, then dpnp, CuPy and torch.compile by themselves."""
    plain = lambda ns, x: ns.sum(x, axis=axis)  # noqa: E731
    yield "CuPy", lambda: Cupy().contender("CuPy", plain, x)
    yield "torch.compile, cuda", lambda: Torch("cuda").contender("torch.compile, cuda", plain, x)
    yield "NumPy", lambda: Numpy().contender("NumPy", plain, x)
    for device in device_names():
        for route in ("kernel", "library"):
            name = f"xpuarray {route}, {device}"
            yield name, lambda n=name, d=device, r=route: Xpu(d).contender(n, by_route(r, axis), x)
    for device in sycl_names():
        name = f"dpnp, {device}"
        yield name, lambda n=name, d=device: Dpnp(d).contender(n, plain, x)


def races(options: Options) -> Iterator[Race]:
    """One race an axis."""
    large = 4 if all(d.info.type == "gpu" for d in xp.devices()) else 1
    shape = (options.size(4096 * large, 256), options.size(2048 * large, 128))
    x = options.rng.random(shape, dtype=np.float32)
    for axis in (None, 0, 1):
        reference = np.sum(x, axis=axis, dtype=np.float64)
        where = "everything" if axis is None else f"axis {axis}"
        # Singles added one after the other may lose up to (count * eps / 2) of the sum; all contenders
        # are to do far better, by adding in doubles or in pairs, or in several partial sums.
        bound = float(np.max(reference)) * 64 * large * float(np.finfo(np.float32).eps)
        title = f"Sum over {where} of {shape[0]} x {shape[1]} float32"
        yield Race(f"sum {where}", title, makers(x, axis), reference, bound, peer="NumPy")
