"""python -m xpuarray.conformance fuzz: random array programs and random kernels, on devices and by their references."""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import xpuarray as xp
from xpuarray.conformance.fuzz import arrays, kernels
from xpuarray.conformance.fuzz.report import Difference, Outcome

__all__ = ["main", "verify"]


Half = tuple[str, Callable[..., Outcome]]


def main(given: Sequence[str]) -> int:
    """`fuzz`: 1 if anything differs on any device, 130 if it was interrupted."""
    parser = _parser("fuzz", __doc__)
    parser.add_argument("--programs", type=int, default=1000, help="random array programs on each device")
    parser.add_argument("--divergent", action="store_true", help="kernels alone, that store in divergent branches")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of array programs to run, in place of all")
    options = parser.parse_args(given)
    halves: list[Half] = [
        ("array programs", functools.partial(arrays.run, programs=options.programs, numbers=options.only)),
        ("kernels", functools.partial(kernels.run, programs=options.kernels, divergent=options.divergent)),
    ]
    return _run(options, halves[1:] if options.divergent else halves)


def verify(given: Sequence[str]) -> int:
    """`verify`: what Kernel.verify finds in random kernels, which are right.  Returns what `main` does."""
    options = _parser("verify", "Random kernels in the simulator, on the host and on devices.").parse_args(given)
    checked = functools.partial(kernels.run, programs=options.kernels, serve=kernels.verified)
    return _run(options, [("kernels verified", checked)])


def _parser(name: str, description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m xpuarray.conformance {name}", description=description)
    parser.add_argument("devices", nargs="*", metavar="device", help="e.g. opencl:cpu (default: every one)")
    parser.add_argument("--kernels", type=int, default=100, help="random kernels on each device")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument("--minutes", type=float, default=1e9, help="after which each half on each device ends")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work on a device")
    return parser


def _run(options: argparse.Namespace, halves: Sequence[Half]) -> int:
    differences = 0
    try:
        for device in options.devices or [str(device) for device in xp.devices()]:
            for what, half in halves:
                differences += _differences(device, options, what, half)
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    print(f"{differences} differences")
    return int(bool(differences))


def _differences(device: str, options: argparse.Namespace, what: str, half: Callable[..., Outcome]) -> int:
    """How many were found on a device."""
    start = time.monotonic()
    outcome = half(device, seed=options.seed, until=start + 60 * options.minutes, tell=_tell, jobs=options.jobs)
    print(f"{device}: {outcome.told(what, time.monotonic() - start)}", flush=True)
    return len(outcome.found)


def _tell(difference: Difference) -> Any:
    print(difference, flush=True)
