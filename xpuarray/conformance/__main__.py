"""python -m xpuarray.conformance: run the suite on devices, and say how it went."""

from __future__ import annotations

import argparse
import sys

from xpuarray.conformance import random_kernels, run
from xpuarray.placement.devices import as_device, default_device


def main() -> int:
    """1 if a case failed on any device, or a random kernel differed."""
    if sys.argv[1:2] in (["fuzz"], ["verify"]):
        from xpuarray.conformance.fuzz import command

        return (command.main if sys.argv[1] == "fuzz" else command.verify)(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m xpuarray.conformance", description=__doc__)
    parser.add_argument("devices", nargs="*", metavar="device", help="e.g. opencl:cpu (default: the default device)")
    parser.add_argument("-k", action="append", default=[], metavar="PART", help="only cases with PART in their names")
    parser.add_argument("--kernels", type=int, help=f"random kernels (default {random_kernels.options.kernels})")
    parser.add_argument("--seed", type=int, help=f"of the random kernels (default {random_kernels.options.seed})")
    given = parser.parse_args()
    for option in ("kernels", "seed"):
        if getattr(given, option) is not None:
            setattr(random_kernels.options, option, getattr(given, option))
    failed = False
    for device in map(as_device, given.devices or [default_device()]):
        report = run(device, given.k, lambda outcome: print(outcome, flush=True))
        print("\n".join(o.why for o in report.outcomes if o.status == "failed"), end="")
        print(report)
        failed |= not report.ok
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
