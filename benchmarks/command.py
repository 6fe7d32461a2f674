"""The command line of a benchmark with options of its own, and the file that it writes."""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Options
from benchmarks.machine import describe, machine

__all__ = ["Command"]


class Command(argparse.ArgumentParser):
    """`python -m benchmarks NAME ...`, with what all of them take."""

    def __init__(self, name: str, about: str | None):
        super().__init__(f"python -m benchmarks {name}", description=(about or "").partition("\n")[0])
        self.add_argument("--json", type=Path, metavar="FILE", help="write every single time, versions and hardware")
        self.add_argument("--quick", action="store_true", help="little data or few turns: for a look")
        self.add_argument("--rounds", type=int, help="turns that each contender has")
        self.add_argument("--seconds", type=float, help="how long a turn should last, at the least")
        self.add_argument("--seed", type=int, default=secrets.randbits(32), help="of the random data; new each time")

    def parse(
        self, arguments: Sequence[str], rounds: tuple[int, int], seconds: tuple[float, float]
    ) -> tuple[Any, Options]:
        """What is given, and the options made of it; rounds, seconds: by default, and if it has to be quick."""
        given = self.parse_args(arguments)
        self._file = given.json
        self._facts = {**machine(), "seed": given.seed, "quick": given.quick}
        print(describe(self._facts))
        options = Options(
            rounds=given.rounds or rounds[given.quick],
            seconds=given.seconds or seconds[given.quick],
            quick=given.quick,
            rng=np.random.default_rng(given.seed),
        )
        return given, options

    def write(self, found: dict[str, Any]) -> None:
        """The file asked for, if one is."""
        if self._file:
            self._file.write_text(json.dumps({"machine": self._facts, **found}, indent=1, ensure_ascii=False) + "\n")
