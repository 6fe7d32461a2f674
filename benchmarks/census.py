"""Every public function and what array programs do every day, beside NumPy on CPUs and CuPy on GPUs, by size.

    python -m benchmarks census [devices] [--only PATTERN] [--sizes 100,1000] [--quick] [--json FILE]

The contenders take turns, and the ratio of their least times is what counts: turns are short, and there are few.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import statistics
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

import xpuarray as xp
from benchmarks.census_calls import UNEQUAL, arrays, calls, sizes_of
from benchmarks.census_reasons import SLOW, why
from benchmarks.command import Command
from benchmarks.harness import Contender, Options, Race, Result, check, repeat, report, take_turns
from benchmarks.peers import Cupy
from benchmarks.sides import Numpy, Side, Xpu, parts
from xpuarray.placement.devices import as_device

__all__ = ["main", "races", "summary"]

SIZES = (100, 1_000, 10_000, 1_000_000, 10_000_000)
QUICK = (1_000, 1_000_000)
#: Turns of a race take so many seconds, or everybody has one call; what would take far longer isn't tried.
SECONDS = 3.0
TOO_LONG = 20.0


def main(arguments: Sequence[str]) -> int:
    """Returns 0; what fails or has wrong values is listed."""
    command = Command("census", __doc__)
    command.add_argument("devices", nargs="*", help="filters of devices; all usable ones by default")
    command.add_argument("--only", default="", metavar="PATTERN", help="a regular expression: of chapters or calls")
    command.add_argument("--sizes", type=_integers, metavar="N,N", help=f"elements; by default {SIZES}")
    given, options = command.parse(arguments, rounds=(7, 5), seconds=(0.02, 0.005))
    devices = [str(as_device(name)) for name in given.devices] or [str(d) for d in xp.devices() if d.usable]
    sizes = sorted(given.sizes or (QUICK if options.quick else SIZES))
    columns = [(device, n) for device in devices for n in sizes]
    print(_line("times the peer takes", *(f"{device} {n:,}" for device, n in columns), "why"))
    print("|---" * (2 + len(columns)) + "|")
    found: list[dict[str, Any]] = []
    for chapter, call in calls():
        if re.search(given.only, chapter) or re.search(given.only, call):
            row = [{"chapter": chapter, **race, "why": _why(race)} for race in races(call, sizes, devices, options)]
            reasons = "; ".join(dict.fromkeys(race["why"] for race in row if race["why"]))
            print(_line(f"`{call}`", *_cells(row, columns), reasons), flush=True)
            found += row
    print(summary(found, columns))
    command.write({"races": found})
    return 0


def _why(race: dict[str, Any]) -> str:
    """Why somebody is slow in the race; "?" if nobody knows, and empty if nobody is."""
    contenders = race["contenders"]
    if all(contender["best_ratio"] <= SLOW for contender in contenders):
        return ""
    return why(race["name"], contenders[0]["best_s"]) or "?"


def _integers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


# -- races ----------------------------------------------------------------------------------------


def races(call: str, sizes: Sequence[int], devices: Sequence[str], options: Options) -> Iterator[dict[str, Any]]:
    """A report a size and peer; `failed` says why a device isn't among the contenders."""
    peers, longest, last = 0.0, 0.0, sizes[0]
    for n in sizes:
        if max(peers * (n / last) ** 1.5, longest * n / last) > TOO_LONG:  # a product's work grows so
            yield {"name": call, "size": n, "contenders": [], "failed": dict.fromkeys(devices, "too long")}
            continue
        made = list(_at_size(call, n, devices, options))
        times = [[contender["best_s"] for contender in race["contenders"]] for race in made if race["contenders"]]
        if times:
            peers, longest, last = max(own[0] for own in times), max(map(max, times)), n
        yield from made


def _at_size(call: str, n: int, devices: Sequence[str], options: Options) -> Iterator[dict[str, Any]]:
    """The race of the CPUs beside NumPy, and that of the GPUs beside CuPy."""
    named = {node.id for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Name)}
    values = {name: make() for name, make in arrays(n, options.rng).items() if name in named}
    gpus = [device for device in devices if device.startswith("cuda")]
    cpus = [device for device in devices if device not in gpus]
    peers: list[tuple[str, Callable[[], Side], list[str]]] = [("NumPy", Numpy, cpus), ("CuPy", Cupy, gpus)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            own = {name: value.copy() for name, value in values.items()}
            reference = _numbers(call, Numpy(), _function(call, n, own, Numpy())())
        except Exception as error:  # of a size that the call does not fit
            yield {"name": call, "size": n, "contenders": [], "failed": {"NumPy": f"{type(error).__name__}: {error}"}}
            return
        for peer, side, among in peers:
            if among:
                makers = {peer: side, **{device: partial(Xpu, device) for device in among}}
                entrants = {name: partial(_contender, name, call, n, values, make) for name, make in makers.items()}
                yield {"name": call, "size": n, "peer": peer, **_raced(call, entrants, reference, options)}


def _raced(
    call: str, makers: dict[str, Callable[[], Contender]], reference: np.ndarray, options: Options
) -> dict[str, Any]:
    """A race's report, of those whose values are right; whoever fails is reported, and nobody runs without the peer."""
    bound = 1e-6 * max(1.0, float(np.max(np.abs(reference), initial=0.0)))
    present, failed = [], {}
    for name, make in makers.items():
        try:
            contender = make()
            entered = [(name, partial(_same, contender))]
            check(Race(name, call, entered, reference, bound))
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}".partition("\n")[0]
        else:
            present += entered
    peer = next(iter(makers))
    if peer in failed or not present[1:]:
        return {"contenders": [], "failed": failed}
    race = Race(call, call, present, reference, bound, peer, ratio="cost")
    once = [contender.time(1) for contender in race.contenders]
    if sum(once) > SECONDS:
        results = [Result(c.name, 1, (t,), (t / once[0],), t / once[0]) for c, t in zip(race.contenders, once)]
    else:
        rounds = min(options.rounds, int(SECONDS / sum(max(took, options.seconds) for took in once)))
        results = take_turns(race, dataclasses.replace(options, rounds=max(1, rounds)))
    return {"contenders": report(race, results)["contenders"], "failed": failed}


def _contender(name: str, call: str, n: int, values: dict[str, np.ndarray], make: Callable[[], Side]) -> Contender:
    """A side's way to make the call, where its new arrays are on its device."""
    side = make()
    with side.place():
        timed = _function(call, n, {key: side.asarray(value) for key, value in values.items()}, side)

    def first() -> Any:
        nonlocal timed
        with side.place():
            value = timed()
            if side.waits(value):
                plain = timed
                timed = lambda: side.finish(plain())  # noqa: E731
        return value

    def seconds(loops: int) -> float:
        with side.place():
            return repeat(timed, side.wait)(loops)

    return Contender(name, first, side.wait, partial(_numbers, call, side), seconds=seconds)


def _same(contender: Contender) -> Contender:
    return contender


def _function(call: str, n: int, values: dict[str, Any], side: Side) -> Callable[[], Any]:
    """The call, compiled: its value, or the array that it writes into."""
    module = side.namespace
    names = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    names |= {**sizes_of(n), **values, "bool": bool, "rng": module.random.default_rng(1)}
    tree = ast.parse(call).body[0]
    if isinstance(tree, ast.Expr):
        source = f"def timed():\n return {call}"
    else:
        target = re.match(r"\w+", call)
        assert target is not None
        source = f"def timed():\n global {target[0]}\n {call}\n return {target[0]}"
    exec(source, names)
    return names["timed"]


def _numbers(call: str, side: Side, value: Any) -> np.ndarray:
    """What a function returned, in one row."""
    rows = [np.asarray(side.asnumpy(part) if hasattr(part, "shape") else part).reshape(-1) for part in parts(value)]
    if UNEQUAL.search(call):
        return np.zeros(sum(map(np.size, rows)))
    return np.concatenate([np.zeros(0), *(np.stack([row.real, row.imag]).reshape(-1) for row in rows)])


# -- reports --------------------------------------------------------------------------------------

Column = tuple[str, int]


def _ratios(found: Iterable[dict[str, Any]]) -> dict[Column, dict[str, float]]:
    """Device and size -> call -> times what the peer takes."""
    ratios: dict[Column, dict[str, float]] = {}
    for race in found:
        for contender in race["contenders"][1:]:
            ratios.setdefault((contender["name"], race["size"]), {})[race["name"]] = contender["best_ratio"]
    return ratios


def _cells(row: Sequence[dict[str, Any]], columns: Sequence[Column]) -> Iterator[str]:
    ratios = _ratios(row)
    reasons = {(device, race["size"]): reason for race in row for device, reason in race["failed"].items()}
    for column in columns:
        timed = ratios.get(column)
        yield f"{next(iter(timed.values())):.2f}" if timed else reasons.get(column, "no peer")[:40]


def summary(found: Sequence[dict[str, Any]], columns: Sequence[Column]) -> str:
    """The geometric mean, how many are slow, and the ten that are slowest, a device and size."""
    lines = ["", _line("", "calls", "geometric mean", "over 1.5", "over 3", "over 5"), "|---" * 6 + "|"]
    worst = []
    for (device, n), by_call in sorted(_ratios(found).items(), key=lambda item: columns.index(item[0])):
        ratios = list(by_call.values())
        slower = (str(sum(ratio > bound for ratio in ratios)) for bound in (1.5, 3, 5))
        lines.append(_line(f"{device} {n:,}", str(len(ratios)), f"{statistics.geometric_mean(ratios):.2f}", *slower))
        ten = sorted(by_call, key=by_call.__getitem__, reverse=True)[:10]
        worst.append(f"worst, {device} {n:,}: " + ", ".join(f"`{call}` {by_call[call]:.3g}" for call in ten))
    failed = [
        f"{race['name']}, {n:,}: {where}: {why}"
        for race in found
        for n in [race["size"]]
        for where, why in race["failed"].items()
    ]
    unknown = [f"slow, nobody knows why: {race['name']}, {race['size']:,}" for race in found if race.get("why") == "?"]
    return "\n".join([*lines, "", *worst, "", *unknown, *failed])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
