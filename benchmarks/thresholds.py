"""From which size on our compiled kernel beats the device's library, and how much work repays its
compilation: the figures behind `kernel_from` and `compile_after` in xpuarray/backends/."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.harness import Contender, Options, Race
from benchmarks.sides import Xpu
from xpuarray.fusion.generate import elementwise_kernel

FUNCTIONS = {"add": 2, "sin": 1}


def by_route(name: str, route: str) -> Callable[..., Any]:
    """xp's function `name` by our kernel, or by the device's library."""

    def call(ns: Any, *arrays: Any) -> Any:
        with xp.prefer(route):
            return getattr(ns, name)(*arrays)

    return call


def makers(name: str, device: str, inputs: list[np.ndarray]) -> Iterator[tuple[str, Callable[[], Contender]]]:
    """The library's function and our kernel."""
    for route in ("library", "kernel"):
        yield route, lambda route=route: Xpu(device).contender(route, by_route(name, route), *inputs)


def races(options: Options) -> Iterator[Race]:
    """One race a device that is there, function and size: a device has no peer but itself."""
    for device in (str(d) for d in xp.devices() if d.usable):
        for name, operands in FUNCTIONS.items():
            for power in range(10, 13 if options.quick else 25, 2):
                inputs = [options.rng.random(1 << power, dtype=np.float32) for _ in range(operands)]
                reference = getattr(np, name)(*(x.astype(np.float64) for x in inputs))
                title = f"{device} {name} {1 << power}"
                yield Race(title, title, makers(name, device, inputs), reference, bound=5e-7, peer="library")


def conclusion(reports: Sequence[dict[str, Any]]) -> str:
    """Speed-ups by size, and what they say about the two constants."""
    lines = ["| device, function | elements: times as fast as the library | from | compile, ms | repaid after |"]
    lines.append("|---|---|---|---|---|")
    seen = dict.fromkeys(report["name"].rpartition(" ")[0] for report in reports)
    for which in seen:
        mine = [r for r in reports if r["name"].rpartition(" ")[0] == which]
        sizes = [int(r["name"].rpartition(" ")[2]) for r in mine]
        library, kernel = ([r["contenders"][k] for r in mine] for k in (0, 1))
        speeds = [k["best_ratio"] for k in kernel]
        slower = [k for k, speed in enumerate(speeds) if speed < 1]
        start = "0" if not slower else f"{sizes[slower[-1] + 1]:,}" if slower[-1] + 1 < len(sizes) else "never"
        compiling = compile_seconds(*which.split())
        gain = (library[-1]["best_s"] - kernel[-1]["best_s"]) / sizes[-1]
        repaid = f"{compiling / gain:,.0f}" if gain > 0 else "never"
        curve = ", ".join(f"{n:,}: {speed:.2f}" for n, speed in zip(sizes, speeds))
        lines.append(f"| {which} | {curve} | {start} | {compiling * 1e3:.0f} | {repaid} |")
    return "\n".join(lines) + "\n"


def compile_seconds(device: str, name: str) -> float:
    """What a first use costs, once the compiler itself is warm: the least of three."""
    where = Xpu(device)
    arrays = [where.asarray(np.ones(8, np.float32)) for _ in range(FUNCTIONS[name])]
    times = []
    for _ in range(3):
        elementwise_kernel.cache_clear()
        start = time.perf_counter()
        by_route(name, "kernel")(xp, *arrays)
        where.wait()
        times.append(time.perf_counter() - start)
    return min(times)
