"""What reductions are beside sums: indices of extremes, scans, products of vectors, logsumexp, of 8 M singles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba import njit

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.peers import Cupy
from benchmarks.sides import Dpnp, Numpy, Xpu, device_names, sycl_names

EPS = float(np.finfo(np.float32).eps)


@njit(error_model="numpy")
def _running_total(x, out):
    total = 0.0
    for i in range(x.size):
        total += x[i]
        out[i] = total


@njit(error_model="numpy")
def _running_product(x, out):
    total = 1.0
    for i in range(x.size):
        total *= x[i]
        out[i] = total


@njit(error_model="numpy")
def _first_greatest(x, out):
    best, place = x[0], 0
    for i in range(x.size):
        if x[i] > best:
            best, place = x[i], i
    out[0] = place


@njit(error_model="numpy", fastmath=True)
def _dot(x, out):
    total = 0.0
    for i in range(x.size):
        total += x[i] * x[i]
    out[0] = total


def _logsumexp(ns: Any, x: Any, axis: int | None) -> Any:
    """Of NumPy and dpnp, which have none, the same formula."""
    if ns is xp:
        return xp.logsumexp(x, axis=axis)
    most = ns.max(x, axis=axis, keepdims=True)
    return ns.squeeze(ns.log(ns.sum(ns.exp(x - most), axis=axis, keepdims=True)) + most)


def _cumulative(name: str) -> Callable[..., Any]:
    """By the older name, which all have."""
    return lambda ns, x, axis: getattr(ns, f"cum{name}")(x, axis=axis)


def _chain(ns: Any, x: Any, axis: int) -> Any:
    return ns.cumsum(ns.exp(x * np.float32(0.5)) - x, axis=axis)


#: name -> (function, over which axes of a matrix or "row": of it as a vector, numba's loop over a vector)
_WHAT: dict[str, tuple[Callable[..., Any], tuple[Any, ...], Any]] = {
    "argmax": (lambda ns, x, axis: ns.argmax(x, axis=axis), (None, 0, 1), _first_greatest),
    "cumulative_sum": (_cumulative("sum"), ("row", 0, 1), _running_total),
    "cumulative_prod": (_cumulative("prod"), ("row", 0, 1), _running_product),
    "cumulative_sum of a chain": (_chain, ("row", 0, 1), None),
    "dot": (lambda ns, x, axis: ns.dot(x, x), ("row",), _dot),
    "logsumexp": (_logsumexp, (None, 0, 1), None),
}


def by_route(route: str, function: Callable[..., Any], axis: Any) -> Callable[..., Any]:
    """The function of xpuarray by our kernel, or by the device's library."""

    def call(ns: Any, x: Any) -> Any:
        with xp.prefer(route):
            return function(ns, x, axis)

    return call


def looped(loop: Callable[..., None], x: np.ndarray, size: int) -> Contender:
    """Numba's loop on one core, which is what a scan written down is."""
    own, out = x.ravel().copy(), np.empty(size, np.float64 if size == 1 else np.float32)

    def call() -> np.ndarray:
        loop(own, out)
        return out

    return Contender("numba njit", call, poison=lambda: out.fill(np.nan))


def makers(what: str, x: np.ndarray, axis: Any, size: int) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """CuPy, NumPy, each device by both routes, dpnp by itself, and numba's loop where there is one."""
    function, _, loop = _WHAT[what]
    plain = lambda ns, x: function(ns, x, axis)  # noqa: E731
    yield "CuPy", lambda: Cupy().contender("CuPy", plain, x)
    yield "NumPy", lambda: Numpy().contender("NumPy", plain, x)
    for device in device_names():
        for route in ("kernel", "library"):
            name = f"xpuarray {route}, {device}"
            yield name, lambda n=name, d=device, r=route: Xpu(d).contender(n, by_route(r, function, axis), x)
    for device in sycl_names():
        name = f"dpnp, {device}"
        yield name, lambda n=name, d=device: Dpnp(d).contender(n, plain, x)
    if loop is not None and (axis is None or x.ndim == 1):
        yield "numba njit", lambda: looped(loop, x, size)


def races(options: Options) -> Iterator[Race]:
    """One race a function and axis."""
    shape = (options.size(4096, 256), options.size(2048, 128))
    for what, (function, axes, _) in _WHAT.items():
        for axis in axes:
            # Factors so near 1 that no product leaves the range of singles.
            spread = 1e-5 if what == "cumulative_prod" else 1.0
            x = (options.rng.random(shape, dtype=np.float32) - np.float32(0.5)) * np.float32(spread)
            x = x + np.float32(1) if what == "cumulative_prod" else x
            x, along, where = (x.ravel(), 0, "a row") if axis == "row" else (x, axis, f"axis {axis}")
            reference = np.asarray(function(np, x.astype(np.float64), along))
            # Contenders that add singles one after the other lose half a unit in the last place each time, by chance
            # up or down; those that multiply factors near 1 may lose it always in the same direction.
            most = max(1.0, float(np.max(np.abs(reference))))
            bound = EPS * most * (x.size / 2 if what == "cumulative_prod" else 64 * x.size**0.5)
            bound = 0.0 if what == "argmax" else bound
            name = f"{what} {'everything' if axis is None else where}"
            title = f"{what} over {'everything' if axis is None else where} of {x.shape} float32".replace(",)", ")")
            yield Race(name, title, makers(what, x, along, reference.size), reference, bound, peer="NumPy")
