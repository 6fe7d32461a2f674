"""`bench`: runs the benchmarks, and makes one page of what they found; or compares two runs."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xpuarray.commands.bench_page import comparison_page, page
from xpuarray.errors import XpuarrayError
from xpuarray.text import table

__all__ = ["Change", "changes", "main"]


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status: 1 if --compare finds something slower."""
    parser = argparse.ArgumentParser(
        prog="python -m xpuarray bench", description="Run the benchmarks, and make one page of what they found."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which of them (default: all that take seconds)")
    parser.add_argument("--quick", action="store_true", help="small data and few turns: for a look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="every single time, versions and hardware")
    parser.add_argument("--html", type=Path, metavar="FILE", help="the page (default: bench.html)")
    parser.add_argument("--from", type=Path, metavar="FILE", dest="source", help="make the page of an earlier --json")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help="two of --json's files: what has changed")
    given = parser.parse_args(arguments)
    if given.compare:
        before, after = map(_read, given.compare)
        return _compare(before, after, given.html)
    found = _read(given.source) if given.source else _run(given.names, given.quick)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    target = given.html or Path("bench.html")
    target.write_text(page(found), encoding="utf-8")
    print(f"wrote {target}" + (f" and {given.json}" if given.json else ""))
    return 0


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise XpuarrayError(f"{path} is no file that bench --json has written: {error}") from None
    if not isinstance(found, dict) or "races" not in found:
        raise XpuarrayError(f"{path} is no file that bench --json has written: it has no races")
    return found


def _run(names: Sequence[str], quick: bool) -> dict[str, Any]:
    """What `python -m benchmarks` finds; which of its races is under way, it says itself."""
    root = Path(__file__).parents[2]
    if not (root / "benchmarks" / "__main__.py").exists():
        raise XpuarrayError(
            "the benchmarks come with the sources, not with the package: clone them, and call this there; or make the "
            "page of a file that somebody's --json has written: --from FILE"
        )
    sys.path.insert(0, str(root))
    command = importlib.import_module("benchmarks.__main__")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        command.main([*names, *(["--quick"] if quick else []), "--json", str(file)])
        return _read(file)


class Change(NamedTuple):
    """One contender's time in two runs, in seconds."""

    race: str
    contender: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes now."""
        return self.after / self.before


#: By so much two runs of the same program differ on a machine that does other things, too.
NOISE = 1.15


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """All that is in both runs; the best times, which are disturbed least."""
    known = {(r["name"], c["name"]): c["best_s"] for r in before["races"] for c in r["contenders"]}
    for race in after["races"]:
        for contender in race["contenders"]:
            key = race["name"], contender["name"]
            if key in known:
                yield Change(*key, known[key], contender["best_s"])


def _compare(before: dict[str, Any], after: dict[str, Any], target: Path | None) -> int:
    found = sorted(changes(before, after), key=lambda c: -c.ratio)
    rows = [
        (c.race, c.contender, f"{c.before * 1e3:.4g}", f"{c.after * 1e3:.4g}", f"{c.ratio:.2f}", _verdict(c))
        for c in found
    ]
    print(table([("race", "contender", "ms before", "ms after", "ratio", ""), *rows], indent=""))
    if before.get("machine", {}).get("processor") != after.get("machine", {}).get("processor"):
        print("\nthe two runs are of different processors")
    slower = [c for c in found if c.ratio > NOISE]
    print(f"\n{len(slower)} of {len(found)} take over {NOISE:g} times as long")
    if target:
        target.write_text(comparison_page(before, after, rows), encoding="utf-8")
        print(f"wrote {target}")
    return int(bool(slower))


def _verdict(change: Change) -> str:
    return "slower" if change.ratio > NOISE else "faster" if change.ratio < 1 / NOISE else ""
