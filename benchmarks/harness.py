"""How contenders are compared: every result is checked first, then all are timed in turn.

The time of a call on a machine that does other things too is a matter of luck; the ratio of two
calls made one right after the other is much less so.  So the contenders of a race take turns (A B C
A B C ...), a ratio is formed within each turn, and its median over the turns is what counts.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from xpuarray.errors import DeviceError

__all__ = [
    "Contender",
    "Options",
    "Race",
    "Result",
    "WrongResultError",
    "check",
    "measure",
    "repeat",
    "table",
    "take_turns",
]


class WrongResultError(AssertionError):
    """A contender's values are off; it is not timed."""


def nothing() -> None:
    """For contenders that are done when they return."""


@dataclasses.dataclass
class Contender:
    """One way to compute what a race is about."""

    name: str
    call: Callable[[], Any]  #: computes once; may return before the device is done
    wait: Callable[[], None] = nothing  #: returns once the device is done
    asnumpy: Callable[[Any], np.ndarray] = np.asarray  #: the values of what `call` returned
    poison: Callable[[], Any] = nothing  #: makes sure that no earlier, right values can be found
    seconds: Callable[[int], float] | None = None  #: loop count -> seconds; by default `repeat`
    part: int | None = None  #: only so many of the reference's elements are computed; times are scaled up

    def time(self, loops: int) -> float:
        """Seconds a loop, as if all elements were computed."""
        return (self.seconds or repeat(self.call, self.wait))(loops) / loops


def repeat(call: Callable[[], Any], wait: Callable[[], None]) -> Callable[[int], float]:
    """A benchmark function: loop count -> seconds, from an idle device to an idle device."""

    def seconds(loops: int) -> float:
        wait()
        start = time.perf_counter()
        for _ in range(loops):
            call()
        wait()
        return time.perf_counter() - start

    return seconds


@dataclasses.dataclass
class Race:
    """Contenders that compute the same, and the values they have to arrive at.

    makers: name and maker of each contender; one whose library or device is missing is kept, as absent
    peer: the name of the contender that the others are compared with; the first that is there if empty
    ratio: "speed" (how many times as fast as the peer) or "cost" (how many times the peer's time)
    """

    name: str
    title: str
    makers: dataclasses.InitVar[Iterable[tuple[str, Callable[[], Contender]]]]
    reference: np.ndarray  #: computed in float64
    bound: float  #: the largest absolute error allowed
    peer: str = ""
    ratio: str = "speed"
    contenders: list[Contender] = dataclasses.field(default_factory=list)
    absent: dict[str, str] = dataclasses.field(default_factory=dict)  #: name -> why

    def __post_init__(self, makers: Iterable[tuple[str, Callable[[], Contender]]]) -> None:
        for name, make in makers:
            try:
                self.contenders.append(make())
            except (ImportError, DeviceError) as error:
                self.absent[name] = str(error).partition("\n")[0]
        present = [c.name for c in self.contenders]
        self.peer = self.peer or next(iter(present), "")
        if self.peer not in present:
            raise ValueError(f"{self.name}: the peer {self.peer!r} is not there; absent: {self.absent}")


@dataclasses.dataclass(frozen=True)
class Options:
    """rounds: turns that each contender has; seconds: how long a turn should last, at the least."""

    rounds: int = 11
    seconds: float = 0.1
    quick: bool = False  #: small data: for a look, and for tests
    rng: np.random.Generator = dataclasses.field(default_factory=np.random.default_rng)

    def size(self, full: int, quick: int) -> int:
        """A number of elements."""
        return quick if self.quick else full


@dataclasses.dataclass(frozen=True)
class Result:
    """One contender's part in a race."""

    name: str
    loops: int
    seconds: tuple[float, ...]  #: a loop, one a turn
    ratios: tuple[float, ...]  #: against the peer's of the same turn
    best_ratio: float  #: of the best times: the least disturbed by what else the machine did

    @property
    def median(self) -> float:
        """Seconds a loop."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """Seconds a loop."""
        return min(self.seconds)

    @property
    def ratio(self) -> float:
        """The median of the ratios formed turn by turn."""
        return statistics.median(self.ratios)


def check(race: Race) -> None:
    """Run every contender once, from poisoned memory.  Raises WrongResultError for values that are off."""
    for contender in race.contenders:
        contender.poison()
        contender.wait()
        got = contender.call()
        contender.wait()
        values = np.asarray(contender.asnumpy(got), dtype=np.float64).reshape(-1)
        expected = race.reference.reshape(-1)[: contender.part]
        if values.shape != expected.shape:
            raise WrongResultError(f"{race.name}: {contender.name} made {values.size} of {expected.size} values")
        error = np.max(np.abs(values - expected), initial=0.0)
        if not error <= race.bound:  # NaN, the poison, is not
            raise WrongResultError(f"{race.name}: {contender.name} is off by {error:.3g}; {race.bound:.3g} is allowed")


def measure(race: Race, options: Options) -> list[Result]:
    """Check, then warm up, then time all contenders in turn."""
    check(race)
    return take_turns(race, options)


def take_turns(race: Race, options: Options) -> list[Result]:
    """Warm up, then time all contenders in turn."""
    loops = [_loops(c, options.seconds) for c in race.contenders]
    turns: list[list[float]] = [[] for _ in race.contenders]
    for _ in range(options.rounds):
        for contender, n, times in zip(race.contenders, loops, turns):
            contender.time(1)  # what ran before has left its threads spinning and its data in the caches
            times.append(contender.time(n) * _scale(contender, race))
    ratio = _RATIOS[race.ratio]
    peer = turns[[c.name for c in race.contenders].index(race.peer)]
    return [
        Result(c.name, n, tuple(own), tuple(map(ratio, peer, own)), ratio(min(peer), min(own)))
        for c, n, own in zip(race.contenders, loops, turns)
    ]


def _loops(contender: Contender, seconds: float) -> int:
    """How many loops last long enough; finding out warms the contender up.  Once alone may be an accident."""
    loops = 1
    while (took := min(contender.time(loops) * loops for _ in range(2))) < seconds / 2:
        loops = max(2 * loops, math.ceil(loops * seconds / max(took, 1e-9) / 2))
    return max(1, math.ceil(loops * seconds / took))


def _scale(contender: Contender, race: Race) -> float:
    return race.reference.size / contender.part if contender.part else 1.0


_RATIOS: dict[str, Callable[[float, float], float]] = {
    "speed": lambda peer, own: peer / own,
    "cost": lambda peer, own: own / peer,
}


# -- reports ------------------------------------------------------------------------------------


def table(race: Race, results: Sequence[Result]) -> str:
    """A race's results in Markdown, in the race's order, absent contenders at the end."""
    unit, scale = ("µs", 1e6) if min(r.median for r in results) < 1e-3 else ("ms", 1e3)
    versus = f"times as fast as {race.peer}" if race.ratio == "speed" else f"times what {race.peer} takes"
    rows = [("", f"{unit}, median", f"{unit}, best", versus, "by the best times")]
    for r in results:
        times = (digits(r.median * scale), digits(r.best * scale))
        rows.append((r.name, *times, f"**{digits(r.ratio)}**", digits(r.best_ratio)))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|---|---|---|---|---|")
    lines += [f"| {name} | absent: {why} | | | |" for name, why in race.absent.items()]
    return "\n".join([f"### {race.title}", "", *lines, ""])


def digits(value: float) -> str:
    """Three significant digits, without an exponent."""
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{decimals}f}"


def report(race: Race, results: Sequence[Result]) -> dict[str, Any]:
    """A race's results as JSON: every single time, so that they can be judged later."""
    return {
        "name": race.name,
        "title": race.title,
        "peer": race.peer,
        "ratio": race.ratio,
        "contenders": [
            {
                "name": r.name,
                "median_s": r.median,
                "best_s": r.best,
                "ratio": r.ratio,
                "best_ratio": r.best_ratio,
                "loops": r.loops,
                "seconds": r.seconds,
            }
            for r in results
        ],
        "absent": race.absent,
    }
