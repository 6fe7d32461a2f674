"""`python -m benchmarks`: run benchmarks, print tables, write JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import secrets
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks import COMMANDS, COUNTED, DEFAULT, NAMED
from benchmarks.harness import Options, check, measure, report, table
from benchmarks.machine import describe, machine

NOTE = """Contenders take turns; a ratio is formed within each turn, and its median is given. On a CPU only the
ratios mean something: times change with the hour and with what else the machine does.
"""


def main(arguments: list[str] | None = None) -> int:
    """Returns 0; a contender with wrong values raises."""
    first, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    if first in COMMANDS:
        return importlib.import_module(f"benchmarks.{first}").main(rest)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare xpuarray with its peers.")
    names = f"{', '.join(DEFAULT)} (these if none is named), {', '.join(NAMED + COUNTED + COMMANDS)}"
    parser.add_argument("names", nargs="*", metavar="name", help=names)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single time, versions and hardware")
    parser.add_argument("--quick", action="store_true", help="small data and few turns: for a look")
    parser.add_argument("--check", action="store_true", help="compare the results with the reference, time nothing")
    parser.add_argument("--rounds", type=int, default=None, help="turns that each contender has")
    parser.add_argument("--seconds", type=float, default=None, help="how long a turn should last, at the least")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="of the random data; new each time")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in DEFAULT + NAMED + COUNTED]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {names}")
    options = Options(
        rounds=given.rounds or (3 if given.quick else 11),
        seconds=given.seconds or (0.02 if given.quick else 0.1),
        quick=given.quick,
        rng=np.random.default_rng(given.seed),
    )
    facts = {**machine(), "seed": given.seed, "quick": given.quick}
    print(describe(facts), NOTE, sep="\n")
    found: dict[str, list[dict]] = {"races": [], "counts": []}
    for name in given.names or DEFAULT:
        benchmark = importlib.import_module(f"benchmarks.{name}")
        if name in COUNTED:
            found["counts"] += count(benchmark, options)
        else:
            found["races"] += run(benchmark, options, check_only=given.check)
    if given.json:
        given.json.write_text(json.dumps({"machine": facts, **found}, indent=1, ensure_ascii=False) + "\n")
    return 0


def run(benchmark: ModuleType, options: Options, check_only: bool) -> list[dict]:
    """Run and print one benchmark's races, or what it concludes from them."""
    found = []
    for race in benchmark.races(options):
        print(f"measuring {race.name} ...", file=sys.stderr)
        if check_only:
            check(race)
            print(f"{race.name}: {len(race.contenders)} right, absent: {', '.join(race.absent) or 'none'}")
            continue
        results = measure(race, options)
        found.append(report(race, results))
        if not hasattr(benchmark, "conclusion"):
            print(table(race, results), flush=True)
    if found and hasattr(benchmark, "conclusion"):
        print(benchmark.conclusion(found))
    return found


def count(benchmark: ModuleType, options: Options) -> list[dict]:
    """Run and print one benchmark that counts."""
    counted = list(benchmark.counts(options))
    print(benchmark.table(counted), flush=True)
    return counted


if __name__ == "__main__":
    sys.exit(main())
