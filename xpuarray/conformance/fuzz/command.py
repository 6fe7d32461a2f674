"""python -m xpuarray.conformance fuzz: random array programs and random kernels, on devices and by their references."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import xpuarray as xp
from xpuarray.conformance.fuzz import arrays, kernels
from xpuarray.conformance.fuzz.report import Difference

__all__ = ["main"]


def main(given: Sequence[str]) -> int:
    """1 if anything differs on any device."""
    parser = argparse.ArgumentParser(prog="python -m xpuarray.conformance fuzz", description=__doc__)
    parser.add_argument("devices", nargs="*", metavar="device", help="e.g. opencl:cpu (default: every one)")
    parser.add_argument("--programs", type=int, default=1000, help="random array programs on each device")
    parser.add_argument("--kernels", type=int, default=100, help="random kernels on each device")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--minutes", type=float, default=1e9, help="after which each device's run ends")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of array programs to run, in place of all")
    options = parser.parse_args(given)
    devices = options.devices or [str(device) for device in xp.devices()]
    found: list[Difference] = []
    for device in devices:
        start = time.monotonic()
        until = start + 60 * options.minutes / len(devices)
        found += arrays.run(
            device, programs=options.programs, seed=options.seed, until=until, tell=_tell, numbers=options.only
        )
        print(f"{device}: array programs, {time.monotonic() - start:.0f} s", flush=True)
        differ = kernels.run(device, programs=options.kernels, seed=options.seed, until=until)
        for difference in differ:
            _tell(difference)
        found += differ
    print(f"{len(found)} differences")
    return int(bool(found))


def _tell(difference: Difference) -> Any:
    print(difference, flush=True)
